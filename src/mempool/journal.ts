/**
 * The file that carries local transactions across a restart, kill -9 included.
 *
 * A record is a four-byte length, a four-byte CRC-32 and the canonical bytes. Reading stops at the first record that is
 * not whole: a torn tail loses that tail only. Records are handed to the operating system before a submission is
 * answered; they are not synced, for a power cut may cost a wallet a resubmission but never a block.
 */

import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { CodedError, errorMessage } from '../lib/errors.ts'
import { MAX_POOL_TRANSACTION_BYTES } from '../lib/limits.ts'
import { Serial } from '../lib/serial.ts'

export type PoolJournalFailure = { readonly code: 'POOL_JOURNAL_UNREADABLE'; readonly path: string }

const HEADER_BYTES = 8

export class PoolJournal {
  private readonly path: string
  private readonly serial = new Serial()
  private handle: FileHandle | undefined
  private buffered: Uint8Array[] = []
  private flushing: Promise<void> | undefined
  private bytes = 0
  private isTorn = false

  constructor(path: string) {
    this.path = path
  }

  /** Bytes in the file. */
  get sizeBytes(): number {
    return this.bytes
  }

  /**
   * Every whole transaction of the file, in the order of submission; none when there is no file. Throws CodedError
   * POOL_JOURNAL_UNREADABLE.
   */
  async read(): Promise<Uint8Array[]> {
    try {
      return parseRecords(await readFile(this.path))
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw new CodedError<PoolJournalFailure>(
        { code: 'POOL_JOURNAL_UNREADABLE', path: this.path },
        `the pool journal ${this.path} cannot be read: ${errorMessage(thrown)}. Correct the file, or delete it: the transactions submitted here that are not final yet are then forgotten`,
      )
    }
  }

  /** Replaces the file by exactly these transactions, at once or not at all. */
  rewrite(raws: readonly Uint8Array[]): Promise<void> {
    return this.serial.run(async () => {
      await this.handle?.close()
      this.handle = undefined
      await mkdir(dirname(this.path), { recursive: true })
      const content = Buffer.concat(raws.map(encodeRecord))
      const fresh = `${this.path}.new`
      const handle = await open(fresh, 'w', 0o600)
      try {
        await handle.writeFile(content)
      } finally {
        await handle.close()
      }
      await rename(fresh, this.path)
      this.handle = await open(this.path, 'a', 0o600)
      this.bytes = content.length
      this.isTorn = false
    })
  }

  /** Resolves when the record is with the operating system. Records of one turn of the event loop are one write. */
  append(raw: Uint8Array): Promise<void> {
    this.buffered.push(encodeRecord(raw))
    this.flushing ??= this.serial.run(() => this.flush())
    return this.flushing
  }

  async close(): Promise<void> {
    await this.serial.run(async () => {
      await this.flush()
      await this.handle?.close()
      this.handle = undefined
    })
  }

  private async flush(): Promise<void> {
    this.flushing = undefined
    const records = this.buffered
    this.buffered = []
    if (records.length === 0) return
    if (this.handle === undefined) {
      await mkdir(dirname(this.path), { recursive: true })
      this.handle = await open(this.path, 'a', 0o600)
      this.bytes = (await this.handle.stat()).size
    }
    const content = Buffer.concat(records)
    // A write that failed half-way (a full disk) must not hide the records after it.
    if (this.isTorn) await this.handle.truncate(this.bytes)
    this.isTorn = true
    await this.handle.appendFile(content)
    this.isTorn = false
    this.bytes += content.length
  }
}

function encodeRecord(raw: Uint8Array): Uint8Array {
  const record = Buffer.alloc(HEADER_BYTES + raw.length)
  record.writeUInt32BE(raw.length, 0)
  record.writeUInt32BE(crc32(raw), 4)
  record.set(raw, HEADER_BYTES)
  return record
}

function parseRecords(file: Buffer): Uint8Array[] {
  const raws: Uint8Array[] = []
  let at = 0
  while (at + HEADER_BYTES <= file.length) {
    const length = file.readUInt32BE(at)
    const end = at + HEADER_BYTES + length
    if (length > MAX_POOL_TRANSACTION_BYTES || end > file.length) break
    const raw = new Uint8Array(file.subarray(at + HEADER_BYTES, end))
    if (crc32(raw) !== file.readUInt32BE(at + 4)) break
    raws.push(raw)
    at = end
  }
  return raws
}
