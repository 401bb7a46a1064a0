/**
 * Which heights to ask from whom: the pure heart of block sync (docs/consensus.md 2.11, S1).
 *
 * Heights after the finalized head are cut into segments of at most 64 blocks that never cross an epoch. A segment is missing,
 * asked (of one peer, until a deadline) or held (downloaded, not yet imported). A peer that fails waits, twice as long each
 * time, and its segment goes to another; a peer that turns out not to have what it claims is believed no further than that.
 * Time is an argument and every choice is by order, so the same events give the same plan.
 *
 * Promises: no height is asked of two peers at once, a peer has at most one request, and while some peer that answers
 * honestly claims more than our head, there is always a request under way or due.
 */

import { MAX_RANGE_BLOCKS, MAX_SYNC_SEGMENTS } from '../lib/limits.ts'

export const RANGE_TIMEOUT_MS = 10_000
const FIRST_COOLDOWN_MS = 500
const MAX_COOLDOWN_MS = 60_000

/** A range to ask for, inclusive. */
export type RangeRequest = { readonly peerId: string; readonly from: number; readonly to: number }

type PlannedPeer = {
  /** Height that the peer is believed to have. */
  height: number
  /** Consecutive failures; an answer that was imported clears them. */
  failures: number
  notBeforeMs: number
  isBusy: boolean
  lastAskedMs: number
}

type Segment<Range> = {
  readonly from: number
  readonly to: number
  readonly triedBy: Set<string>
  state:
    | { readonly name: 'missing' }
    | { readonly name: 'asked'; readonly peerId: string; readonly deadlineMs: number }
    | { readonly name: 'held'; readonly peerId: string; readonly range: Range }
}

/** `Range` is whatever a download yields; the plan only keeps it. */
export class SyncPlan<Range> {
  private readonly epochLength: number
  private readonly peers = new Map<string, PlannedPeer>()
  /** Ascending and without gaps from the height after the finalized head. */
  private segments: Segment<Range>[] = []
  private finalizedHeight = 0

  constructor(epochLength: number) {
    this.epochLength = epochLength
  }

  /** The greatest height that some peer is believed to have. */
  get target(): number {
    let target = this.finalizedHeight
    for (const peer of this.peers.values()) target = Math.max(target, peer.height)
    return target
  }

  /** Takes the peers that are connected now, with the heights that they claim. */
  setPeers(claims: readonly { readonly peerId: string; readonly finalizedHeight: number }[], nowMs: number): void {
    const present = new Set(claims.map((claim) => claim.peerId))
    for (const [peerId, peer] of this.peers) {
      if (present.has(peerId)) continue
      if (peer.isBusy) this.release(peerId)
      this.peers.delete(peerId)
    }
    for (const { peerId, finalizedHeight } of claims) {
      const known = this.peers.get(peerId)
      if (known === undefined) {
        const fresh = { failures: 0, notBeforeMs: 0, isBusy: false, lastAskedMs: Number.NEGATIVE_INFINITY }
        this.peers.set(peerId, { ...fresh, height: finalizedHeight })
      } else if (nowMs >= known.notBeforeMs) {
        // While it waits after a failure, what it was last believed to have stands.
        known.height = finalizedHeight
      }
    }
  }

  /** The requests to send now; they count as sent. */
  nextRequests(nowMs: number): RangeRequest[] {
    this.extend()
    const requests: RangeRequest[] = []
    for (const segment of this.segments) {
      if (segment.state.name !== 'missing') continue
      const peerId = this.choosePeer(segment, nowMs)
      if (peerId === undefined) continue
      const peer = this.peers.get(peerId)
      if (peer === undefined) continue
      peer.isBusy = true
      peer.lastAskedMs = nowMs
      segment.triedBy.add(peerId)
      segment.state = { name: 'asked', peerId, deadlineMs: nowMs + RANGE_TIMEOUT_MS }
      requests.push({ peerId, from: segment.from, to: Math.min(segment.to, peer.height) })
    }
    return requests
  }

  /** A range that covers `from` to `to` arrived from a peer that was asked for it; false when nobody waits for it. */
  onRange(peerId: string, from: number, to: number, range: Range): boolean {
    const at = this.segments.findIndex((one) => one.from === from && isAskedOf(one, peerId))
    const segment = this.segments[at]
    this.free(peerId)
    if (segment === undefined || to > segment.to) return false
    const held: Segment<Range> = { from, to, triedBy: segment.triedBy, state: { name: 'held', peerId, range } }
    const rest = to < segment.to ? [missing<Range>(to + 1, segment.to)] : []
    this.segments.splice(at, 1, held, ...rest)
    return true
  }

  /** A request failed. With `lacks` the peer has no more than the blocks before `from`, whatever it claims. */
  onFailure(peerId: string, from: number, nowMs: number, lacks: boolean): void {
    const segment = this.segments.find((one) => one.from === from && isAskedOf(one, peerId))
    if (segment !== undefined) segment.state = { name: 'missing' }
    this.free(peerId)
    this.punish(peerId, nowMs)
    const peer = this.peers.get(peerId)
    if (peer !== undefined && lacks) peer.height = Math.min(peer.height, from - 1)
  }

  /** Requests past their deadline become failures; returns the peers at fault. */
  onTime(nowMs: number): string[] {
    const late: string[] = []
    for (const segment of this.segments) {
      if (segment.state.name !== 'asked' || segment.state.deadlineMs > nowMs) continue
      late.push(segment.state.peerId)
      this.onFailure(segment.state.peerId, segment.from, nowMs, false)
    }
    return late
  }

  /** The range to import next: held, and right after the finalized head. */
  importable(): { readonly peerId: string; readonly range: Range } | undefined {
    const first = this.segments[0]
    if (first === undefined || first.state.name !== 'held' || first.from !== this.finalizedHeight + 1) return undefined
    return { peerId: first.state.peerId, range: first.state.range }
  }

  /** The importable range proved false: it is asked of others. */
  onBadImport(nowMs: number): void {
    const first = this.segments[0]
    if (first?.state.name !== 'held') return
    this.punish(first.state.peerId, nowMs)
    first.state = { name: 'missing' }
  }

  /** The chain moved, by our import or without us. A held range that it cut into is asked for anew from where it stands. */
  onFinalized(height: number): void {
    if (height <= this.finalizedHeight) return
    this.finalizedHeight = height
    this.segments = this.segments.flatMap((segment) => {
      if (segment.to <= height) {
        if (segment.state.name === 'asked') this.free(segment.state.peerId)
        if (segment.state.name === 'held') this.trust(segment.state.peerId)
        return []
      }
      if (segment.from > height) return [segment]
      if (segment.state.name === 'asked') this.free(segment.state.peerId)
      return [missing<Range>(height + 1, segment.to)]
    })
  }

  private extend(): void {
    const { target } = this
    while (this.segments.length < MAX_SYNC_SEGMENTS) {
      const from = (this.segments.at(-1)?.to ?? this.finalizedHeight) + 1
      if (from > target) return
      this.segments.push(missing(from, Math.min(from + MAX_RANGE_BLOCKS - 1, this.closingHeight(from), target)))
    }
  }

  private closingHeight(height: number): number {
    return Math.ceil(height / this.epochLength) * this.epochLength
  }

  /** The peer with the fewest failures that has the segment's first block, is free, and has not failed for it already. */
  private choosePeer(segment: Segment<Range>, nowMs: number): string | undefined {
    const able = [...this.peers].filter(([, peer]) => peer.height >= segment.from)
    if (able.length > 0 && able.every(([peerId]) => segment.triedBy.has(peerId))) segment.triedBy.clear()
    const free = able.filter(([id, peer]) => !peer.isBusy && nowMs >= peer.notBeforeMs && !segment.triedBy.has(id))
    free.sort(([, a], [, b]) => a.failures - b.failures || a.lastAskedMs - b.lastAskedMs)
    return free[0]?.[0]
  }

  private punish(peerId: string, nowMs: number): void {
    const peer = this.peers.get(peerId)
    if (peer === undefined) return
    peer.notBeforeMs = nowMs + Math.min(FIRST_COOLDOWN_MS * 2 ** Math.min(peer.failures, 16), MAX_COOLDOWN_MS)
    peer.failures++
  }

  private trust(peerId: string): void {
    const peer = this.peers.get(peerId)
    if (peer !== undefined) peer.failures = 0
  }

  private free(peerId: string): void {
    const peer = this.peers.get(peerId)
    if (peer !== undefined) peer.isBusy = false
  }

  private release(peerId: string): void {
    for (const segment of this.segments) if (isAskedOf(segment, peerId)) segment.state = { name: 'missing' }
  }
}

function missing<Range>(from: number, to: number): Segment<Range> {
  return { from, to, triedBy: new Set(), state: { name: 'missing' } }
}

function isAskedOf(segment: Segment<unknown>, peerId: string): boolean {
  return segment.state.name === 'asked' && segment.state.peerId === peerId
}
