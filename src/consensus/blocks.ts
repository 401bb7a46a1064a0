/**
 * Blocks above the finalized head: finding them, executing them in order, remembering how it ended (docs/consensus.md 2.6).
 *
 * A block is executed once it is here and its parent is executed. One that is not here is asked from those whose signatures
 * say that they have it. "Not yet available" is pending, never failed.
 */

import { MAX_ANCESTOR_WALK, MAX_WANTED_BLOCKS, VOTE_WINDOW } from '../lib/limits.ts'
import type { BlockSummary } from '../types/block-summary.ts'
import type { Hash } from '../types/primitives.ts'
import { hasFailed, isExecuted } from './execution-status.ts'
import type { PeerName } from './messages.ts'
import type { BlockEntry, WantedBlock } from './state.ts'
import { emit, persistLazily, setTimer, stop, type Turn } from './turn.ts'

/** Two signers are asked at once, and the next two after this. */
const FETCH_INTERVAL_MS = 250
const FETCH_PARALLEL = 2

/** Keeps a block that we asked for or that was proposed; true when it is held now. */
export function holdBlock(turn: Turn, summary: BlockSummary): boolean {
  const { state } = turn
  if (state.blocks.has(summary.hash)) return true
  if (summary.height <= state.finalized.height) return false
  state.blocks.set(summary.hash, { summary, execution: 'none', check: 'none', isLogged: false })
  state.wanted.delete(summary.hash)
  state.isDirty = true
  return true
}

/** A fetched block: held and logged only when something needs it. */
export function blockArrived(turn: Turn, summary: BlockSummary): void {
  const { state } = turn
  if (!state.wanted.has(summary.hash) && !state.needed.has(summary.hash)) {
    if (!state.blocks.has(summary.hash)) forget(turn, [summary.hash])
    return
  }
  if (!holdBlock(turn, summary)) {
    checkNoFork(turn, summary)
    return
  }
  const entry = state.blocks.get(summary.hash)
  if (entry !== undefined && !entry.isLogged) {
    entry.isLogged = true
    persistLazily(turn, summary.view, { type: 'block', block: summary })
  }
}

/** Assertion A4: what the best finalization covers cannot lie beside or below the finalized head. */
function checkNoFork(turn: Turn, { hash, height, view }: BlockSummary): void {
  const { finalized, bestFinalization } = turn.state
  if (bestFinalization?.subject.blockHash !== hash || hash === finalized.hash) return
  stop(
    turn,
    view,
    'FINALIZED_FORK',
    `${hash} at height ${height} is final, ${finalized.hash} at ${finalized.height} too`,
  )
}

/** The outcome of `certify`. */
export function blockCertified(turn: Turn, hash: Hash, isValid: boolean): void {
  const { state } = turn
  const entry = state.blocks.get(hash)
  if (entry === undefined || entry.execution !== 'running') return
  entry.execution = isValid ? 'ok' : 'failed'
  const { epoch, view } = entry.summary
  persistLazily(turn, view, { type: 'certified', epoch, view, hash, isValid })
  state.isDirty = true
}

/** The outcome of `check`. */
export function blockChecked(turn: Turn, hash: Hash, isValid: boolean): void {
  const entry = turn.state.blocks.get(hash)
  if (entry === undefined || entry.check !== 'running') return
  entry.check = isValid ? 'ok' : 'failed'
  turn.state.isDirty = true
}

/** Moves every needed block one step on: fetch, execute an ancestor, execute, or let go. */
export function pursueRule(turn: Turn): void {
  const { state } = turn
  if (state.mode === 'recovering') return
  for (const [hash, need] of state.needed) {
    if (isSettled(turn, hash)) state.needed.delete(hash)
    else pursue(turn, hash, need.view, need.sources)
  }
}

function isSettled(turn: Turn, hash: Hash): boolean {
  const { state } = turn
  if (isExecuted(state, hash) || hasFailed(state, hash)) return true
  const entry = state.blocks.get(hash)
  return entry !== undefined && entry.summary.height <= state.finalized.height
}

function pursue(turn: Turn, target: Hash, view: number, sources: readonly PeerName[]): void {
  const { state } = turn
  let hash = target
  for (let depth = 0; depth < MAX_ANCESTOR_WALK; depth++) {
    const entry = state.blocks.get(hash)
    if (entry === undefined) {
      want(turn, hash, view, sources)
      return
    }
    const { parentHash, height } = entry.summary
    if (entry.execution !== 'none' || height <= state.finalized.height) return
    if (isExecuted(state, parentHash)) {
      execute(turn, entry)
      return
    }
    if (hasFailed(state, parentHash)) {
      entry.execution = 'failed'
      state.isDirty = true
      return
    }
    hash = parentHash
  }
}

function execute(turn: Turn, entry: BlockEntry): void {
  entry.execution = 'running'
  const { epoch, view, hash } = entry.summary
  emit(turn, { type: 'certify', epoch, view, hash })
}

function want(turn: Turn, hash: Hash, view: number, sources: readonly PeerName[]): void {
  const { state } = turn
  const held = state.wanted.get(hash)
  if (held !== undefined && held.sources.length >= sources.length) return
  if (state.wanted.size >= MAX_WANTED_BLOCKS) return
  const wanted: WantedBlock = { view, sources, next: 0 }
  state.wanted.set(hash, wanted)
  askNext(turn, hash, wanted)
  if (!state.isFetchTimerSet) {
    state.isFetchTimerSet = true
    setTimer(turn, 'fetch', turn.nowMs + FETCH_INTERVAL_MS)
  }
}

/** The fetch timer: asks the next signers for everything that is still missing. */
export function fetchAgain(turn: Turn): void {
  const { state } = turn
  state.isFetchTimerSet = false
  for (const hash of state.wanted.keys()) if (state.blocks.has(hash)) state.wanted.delete(hash)
  if (state.wanted.size === 0) return
  for (const [hash, wanted] of state.wanted) askNext(turn, hash, wanted)
  state.isFetchTimerSet = true
  setTimer(turn, 'fetch', turn.nowMs + FETCH_INTERVAL_MS)
}

function askNext(turn: Turn, hash: Hash, wanted: WantedBlock): void {
  const { state } = turn
  const sources = wanted.sources.length > 0 ? wanted.sources : otherPeers(turn)
  const peers: PeerName[] = []
  for (let i = 0; i < Math.min(FETCH_PARALLEL, sources.length); i++) {
    const peer = sources[(wanted.next + i) % sources.length]
    if (peer !== undefined) peers.push(peer)
  }
  wanted.next += FETCH_PARALLEL
  if (peers.length > 0) emit(turn, { type: 'fetch', epoch: state.epoch, view: wanted.view, hash, peers })
}

function otherPeers({ state }: Turn): PeerName[] {
  return state.set.validators.filter((_, index) => index !== state.selfIndex).map((validator) => validator.peerId)
}

/**
 * Drops proposals that we did not vote for and that nobody certified, once their view is far behind: a leader gets one a view,
 * and without finality they would pile up. Should one be certified after all, it is fetched.
 */
export function dropUnvotedBlocks(turn: Turn): void {
  const { state } = turn
  const dropped: Hash[] = []
  for (const [hash, entry] of state.blocks) {
    const { view } = entry.summary
    if (entry.isLogged || view >= state.current - VOTE_WINDOW || state.needed.has(hash)) continue
    if (state.rounds.get(view)?.notarization?.subject.blockHash === hash) continue
    state.blocks.delete(hash)
    dropped.push(hash)
  }
  forget(turn, dropped)
}

/** Lets the shell drop bytes and overlays. */
export function forget(turn: Turn, hashes: readonly Hash[]): void {
  if (hashes.length > 0) emit(turn, { type: 'forget', epoch: turn.state.epoch, view: turn.state.current, hashes })
}
