/**
 * The peers that a node knows, kept on disk so that a restarted node finds the network without its bootstrap list.
 *
 * One JSON file, replaced atomically. A damaged file costs the knowledge in it and nothing else: it is set aside and the
 * node goes on with its bootstrap list.
 */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BoundedMap } from '../lib/bounded-map.ts'
import { errorMessage } from '../lib/errors.ts'
import { MAX_KNOWN_PEERS, MAX_PEER_ADDRESSES } from '../lib/limits.ts'
import type { Outcome } from './outcomes.ts'
import { bareAddress, isTcpAddress } from './peer-exchange.ts'
import type { NetworkLog } from './ports.ts'

const FILE_NAME = 'peers.json'
const FORMAT_VERSION = 1

export type BookEntry = {
  readonly peerId: string
  /** Without the peer id, newest first. */
  readonly addresses: readonly string[]
  /** Unix ms of the last completed handshake, 0 for never. */
  readonly lastMetMs: number
  readonly lastOutcome: Outcome | 'never-met'
}

export type Ban = { readonly peerId: string; readonly untilMs: number }

export class AddressBook {
  private readonly folder: string
  private readonly log: NetworkLog
  private readonly entries = new BoundedMap<string, BookEntry>(MAX_KNOWN_PEERS)
  private readonly pinned: ReadonlySet<string>
  private isDirty = false

  /** `pinned` peers never make room for others. */
  constructor(folder: string, log: NetworkLog, pinned: ReadonlySet<string>) {
    this.folder = folder
    this.log = log
    this.pinned = pinned
  }

  private get file(): string {
    return join(this.folder, FILE_NAME)
  }

  /** Reads the file and returns the bans that it holds. */
  async load(): Promise<readonly Ban[]> {
    await mkdir(this.folder, { recursive: true })
    const text = await readFile(this.file, 'utf8').catch(() => undefined)
    if (text === undefined) return []
    try {
      const content = parseBook(text)
      for (const entry of content.peers) this.entries.set(entry.peerId, entry)
      return content.bans
    } catch (thrown) {
      await rename(this.file, `${this.file}.damaged`).catch(() => undefined)
      this.log.warn({ reason: errorMessage(thrown) }, 'address book is damaged and was set aside')
      return []
    }
  }

  /** Writes the file when something changed or `isForced`. A full disk is logged, not fatal: the book is only a convenience. */
  async save(bans: readonly Ban[], isForced = false): Promise<void> {
    if (!this.isDirty && !isForced) return
    this.isDirty = false
    const content = JSON.stringify({ version: FORMAT_VERSION, peers: [...this.entries.values()], bans }, null, 1)
    const temporary = `${this.file}.new`
    try {
      await writeFile(temporary, `${content}\n`, { mode: 0o600 })
      await rename(temporary, this.file)
    } catch (thrown) {
      this.isDirty = true
      this.log.warn({ reason: errorMessage(thrown) }, 'address book could not be saved')
    }
  }

  get(peerId: string): BookEntry | undefined {
    return this.entries.peek(peerId)
  }

  all(): readonly BookEntry[] {
    return [...this.entries.values()]
  }

  /** Adds addresses as hints; known ones keep their place. */
  learn(peerId: string, addresses: readonly string[]): void {
    const known = this.entries.peek(peerId)
    const bare = addresses.filter(isTcpAddress).map(bareAddress)
    const merged = [...new Set([...(known?.addresses ?? []), ...bare])].slice(0, MAX_PEER_ADDRESSES)
    if (known !== undefined && merged.length === known.addresses.length) return
    if (known === undefined && !this.hasRoomForHint()) return
    this.put({
      peerId,
      addresses: merged,
      lastMetMs: known?.lastMetMs ?? 0,
      lastOutcome: known?.lastOutcome ?? 'never-met',
    })
  }

  /** Takes a met peer's own word for its addresses, ahead of what others said. */
  met(peerId: string, addresses: readonly string[], nowMs: number): void {
    const known = this.entries.peek(peerId)?.addresses ?? []
    const bare = addresses.filter(isTcpAddress).map(bareAddress)
    const merged = [...new Set([...bare, ...known])].slice(0, MAX_PEER_ADDRESSES)
    this.put({ peerId, addresses: merged, lastMetMs: nowMs, lastOutcome: 'connected' })
  }

  /** Records how an encounter ended. */
  ended(peerId: string, outcome: Outcome): void {
    const known = this.entries.peek(peerId)
    if (known === undefined || known.lastOutcome === outcome) return
    this.put({ ...known, lastOutcome: outcome })
  }

  /** Hints never push out a peer that we have met: whoever floods peer exchange only replaces other hints. */
  private hasRoomForHint(): boolean {
    if (this.entries.size < MAX_KNOWN_PEERS) return true
    const hint = this.all().find((entry) => entry.lastMetMs === 0 && !this.pinned.has(entry.peerId))
    return hint !== undefined && this.entries.delete(hint.peerId)
  }

  private put(entry: BookEntry): void {
    this.entries.set(entry.peerId, entry)
    this.isDirty = true
  }
}

function parseBook(text: string): { peers: BookEntry[]; bans: Ban[] } {
  const content: unknown = JSON.parse(text)
  if (!isRecord(content) || content['version'] !== FORMAT_VERSION) throw new Error('unknown version')
  const { peers, bans } = content
  if (!Array.isArray(peers) || !Array.isArray(bans)) throw new Error('lists are missing')
  return { peers: peers.slice(0, MAX_KNOWN_PEERS).map(parseEntry), bans: bans.slice(0, MAX_KNOWN_PEERS).map(parseBan) }
}

function parseEntry(item: unknown): BookEntry {
  if (!isRecord(item)) throw new Error('peer is no object')
  const { peerId, addresses, lastMetMs, lastOutcome } = item
  if (typeof peerId !== 'string' || !Array.isArray(addresses)) throw new Error('peer lacks its id or addresses')
  if (typeof lastMetMs !== 'number' || typeof lastOutcome !== 'string') throw new Error('peer lacks its history')
  const texts = addresses.filter((one): one is string => typeof one === 'string' && isTcpAddress(one))
  const bounded = texts.slice(0, MAX_PEER_ADDRESSES)
  return { peerId, addresses: bounded, lastMetMs, lastOutcome: lastOutcome as BookEntry['lastOutcome'] }
}

function parseBan(item: unknown): Ban {
  if (!isRecord(item) || typeof item['peerId'] !== 'string' || typeof item['untilMs'] !== 'number') {
    throw new Error('ban lacks its peer or time')
  }
  return { peerId: item['peerId'], untilMs: item['untilMs'] }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
