/**
 * A write-ahead log in segments: what a node must remember across kill -9 and power cuts (docs/consensus.md 2.9).
 *
 * `append` is instant, `sync` makes everything appended before it durable with one fdatasync however many callers wait. After
 * the first failed write or sync the log refuses all further work: the kernel may have dropped the dirty pages, and a second
 * fsync that succeeds would prove nothing. Every start opens a new segment; `dropBefore` deletes old ones whole.
 */

import { assert, present } from '../lib/assert.ts'
import { concatBytes } from '../lib/bytes.ts'
import { MAX_WAL_PAYLOAD_BYTES, MAX_WAL_SEGMENT_BYTES } from '../lib/limits.ts'
import { describeWalFailure, WalError, type WalFailure } from './wal-errors.ts'
import type { LogFolder, LogHandle } from './wal-files.ts'
import { encodeWalRecord } from './wal-record.ts'
import { encodeSegmentHeader, type LogIdentity, SEGMENT_RECORD, segmentName } from './wal-scan.ts'

export type WalOptions = {
  readonly folder: LogFolder
  readonly identity: LogIdentity
  /** Salts of new segments: 32 random bits at each call. */
  readonly randomSalt: () => number
  /** Bytes after which a new segment begins; MAX_WAL_SEGMENT_BYTES when absent. */
  readonly maxSegmentBytes?: number
  /** Told of each fdatasync and how long it took, in ms. */
  readonly onSync?: (elapsedMs: number) => void
  /** A clock for `onSync`. */
  readonly monotonicMs?: () => number
}

/** Where a log goes on: what recovery found. */
export type WalPosition = {
  readonly lastSequence: number
  readonly nextSegment: number
  /** Segments that hold older records. */
  readonly kept: readonly { readonly file: string; readonly number: number }[]
}

type OpenSegment = { readonly number: number; readonly file: string; readonly salt: number; handle: LogHandle | null }

export class Wal {
  private readonly options: WalOptions
  private readonly maxSegmentBytes: number
  private older: { readonly file: string; readonly number: number }[]
  private current: OpenSegment
  private segmentBytes = 0
  private sequence: number
  private writtenSequence: number
  private durableSequence: number
  /** The segment whose file is open. */
  private writing: OpenSegment | null = null
  /** Encoded records not yet written, by segment: rotation may leave two segments' worth. */
  private pending: { readonly segment: OpenSegment; readonly bytes: Uint8Array; readonly sequence: number }[] = []
  private work: Promise<void> = Promise.resolve()
  private nextSync: Promise<void> | undefined
  private failure: WalError | undefined

  /** For openWal (wal-open.ts), which knows the position. */
  constructor(options: WalOptions, position: WalPosition) {
    this.options = options
    this.maxSegmentBytes = options.maxSegmentBytes ?? MAX_WAL_SEGMENT_BYTES
    this.older = [...position.kept]
    this.sequence = position.lastSequence
    this.writtenSequence = position.lastSequence
    this.durableSequence = position.lastSequence
    this.current = this.newSegment(position.nextSegment)
    this.appendFrame(SEGMENT_RECORD, encodeSegmentHeader(options.identity))
  }

  /** The segment that the next record goes to, at least. */
  get segment(): number {
    return this.current.number
  }

  append(type: number, payload: Uint8Array): number {
    assert(type > SEGMENT_RECORD && type < 256, 'record types are 1 to 255')
    assert(payload.length <= MAX_WAL_PAYLOAD_BYTES, 'a record fits its bound')
    if (this.segmentBytes >= this.maxSegmentBytes) {
      this.older.push({ file: this.current.file, number: this.current.number })
      this.current = this.newSegment(this.current.number + 1)
      this.segmentBytes = 0
      this.appendFrame(SEGMENT_RECORD, encodeSegmentHeader(this.options.identity))
    }
    this.appendFrame(type, payload)
    return this.current.number
  }

  flush(): Promise<void> {
    this.work = this.work.then(() => this.guarded(() => this.writePending()))
    return this.work
  }

  /** Callers that come while an earlier sync is still waiting its turn share it. */
  sync(): Promise<void> {
    if (this.nextSync === undefined) {
      const turn = this.work.then(() => {
        this.nextSync = undefined
        return this.guarded(() => this.syncPending())
      })
      this.nextSync = turn
      this.work = turn
    }
    return this.nextSync
  }

  dropBefore(segment: number): Promise<void> {
    this.work = this.work.then(() =>
      this.guarded(async () => {
        const dropped = this.older.filter((one) => one.number < segment)
        this.older = this.older.filter((one) => one.number >= segment)
        for (const { file } of dropped) await this.options.folder.remove(file)
      }),
    )
    return this.work
  }

  /** Writes and syncs what is left, then closes the file. After a failure it only closes. */
  async close(): Promise<void> {
    try {
      await this.sync()
    } finally {
      await this.writing?.handle?.close()
      this.writing = null
    }
  }

  private newSegment(number: number): OpenSegment {
    const salt = this.options.randomSalt() >>> 0
    return { number, salt, file: segmentName(number, salt), handle: null }
  }

  private appendFrame(type: number, payload: Uint8Array): void {
    this.sequence++
    const record = { sequence: this.sequence, durableSequence: this.durableSequence, type, payload }
    const bytes = encodeWalRecord(record, this.current.salt)
    this.segmentBytes += bytes.length
    this.pending.push({ segment: this.current, bytes, sequence: this.sequence })
  }

  private async writePending(): Promise<void> {
    while (this.pending.length > 0) {
      const { segment } = present(this.pending[0], 'not empty')
      const end = this.pending.findIndex((one) => one.segment !== segment)
      const batch = this.pending.splice(0, end === -1 ? this.pending.length : end)
      if (this.writing !== segment) {
        await this.finishWriting()
        segment.handle = await this.options.folder.create(segment.file)
        this.writing = segment
      }
      await present(segment.handle, 'open').write(concatBytes(...batch.map((one) => one.bytes)))
      this.writtenSequence = present(batch.at(-1), 'not empty').sequence
    }
  }

  /** A segment is durable before anything of the next one is written: the log is one order. */
  private async finishWriting(): Promise<void> {
    const { writing } = this
    if (writing === null) return
    await this.syncFile(present(writing.handle, 'open'))
    this.writing = null
    await writing.handle?.close()
    writing.handle = null
  }

  private async syncFile(handle: LogHandle): Promise<void> {
    const sequence = this.writtenSequence
    const startedMs = this.options.monotonicMs?.() ?? 0
    await handle.sync()
    this.options.onSync?.((this.options.monotonicMs?.() ?? 0) - startedMs)
    this.durableSequence = Math.max(this.durableSequence, sequence)
  }

  private async syncPending(): Promise<void> {
    await this.writePending()
    if (this.durableSequence < this.writtenSequence) await this.syncFile(present(this.writing?.handle, 'open'))
  }

  private async guarded(task: () => Promise<unknown>): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    try {
      await task()
    } catch (cause) {
      const failure: WalFailure = {
        code: (cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'WAL_DISK_FULL' : 'WAL_WRITE_FAILED',
        folder: this.options.folder.name,
      }
      this.failure = new WalError(failure, describeWalFailure(failure), { cause })
      throw this.failure
    }
  }
}
