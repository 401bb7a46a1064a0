/**
 * A log folder in memory that behaves as a disk does in the worst case: what was not synced may be lost, torn or turned into
 * nonsense by a crash, and writing or syncing fails when told to.
 */

import { present } from '../../src/lib/assert.ts'
import { concatBytes } from '../../src/lib/bytes.ts'
import type { Prng } from '../../src/lib/prng.ts'
import type { LogFolder, LogHandle } from '../../src/storage/wal-files.ts'

/** A file whose appends are joined only when somebody reads: a log of many megabytes stays cheap to write. */
class MemoryFile {
  private parts: Uint8Array[]
  private length: number
  durableLength: number

  constructor(bytes: Uint8Array, durableLength: number) {
    this.parts = [bytes]
    this.length = bytes.length
    this.durableLength = durableLength
  }

  get bytes(): Uint8Array {
    if (this.parts.length > 1) this.parts = [concatBytes(...this.parts)]
    return present(this.parts[0], 'a file has bytes')
  }

  set bytes(bytes: Uint8Array) {
    this.parts = [bytes]
    this.length = bytes.length
  }

  append(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.length += bytes.length
  }

  sync(): void {
    this.durableLength = this.length
  }
}

export class MemoryLogFolder implements LogFolder {
  readonly name = 'memory'
  readonly files = new Map<string, MemoryFile>()
  /** The error that the next write or sync fails with. */
  failWrite: Error | undefined
  failSync: Error | undefined
  syncs = 0

  async list(): Promise<readonly string[]> {
    return [...this.files.keys()]
  }

  async read(file: string): Promise<Uint8Array> {
    return this.fileOf(file).bytes.slice()
  }

  async create(file: string): Promise<LogHandle> {
    if (this.files.has(file)) throw new Error(`${file} exists`)
    const held = new MemoryFile(new Uint8Array(0), 0)
    this.files.set(file, held)
    return {
      write: async (bytes) => {
        if (this.failWrite !== undefined) throw this.failWrite
        held.append(bytes)
      },
      sync: async () => {
        if (this.failSync !== undefined) throw this.failSync
        this.syncs++
        held.sync()
      },
      close: async () => {},
    }
  }

  async truncate(file: string, length: number): Promise<void> {
    const held = this.fileOf(file)
    held.bytes = held.bytes.slice(0, length)
    held.sync()
  }

  async sync(file: string): Promise<void> {
    this.fileOf(file).sync()
  }

  async remove(file: string): Promise<void> {
    this.files.delete(file)
  }

  /** What a power cut leaves: synced bytes, and of the rest a prefix, or a prefix with a damaged sector, or nothing. */
  crash(prng: Prng): MemoryLogFolder {
    const left = new MemoryLogFolder()
    for (const [name, file] of this.files) {
      const kept = file.durableLength + prng.below(file.bytes.length - file.durableLength + 1)
      const bytes = file.bytes.slice(0, kept)
      if (kept > file.durableLength && prng.chance(0.3)) {
        bytes[file.durableLength + prng.below(kept - file.durableLength)] = prng.below(256)
      }
      left.files.set(name, new MemoryFile(bytes, kept))
    }
    return left
  }

  /** An independent copy, all of it durable. */
  copy(): MemoryLogFolder {
    const copy = new MemoryLogFolder()
    for (const [name, { bytes }] of this.files) copy.files.set(name, new MemoryFile(bytes.slice(), bytes.length))
    return copy
  }

  private fileOf(file: string): MemoryFile {
    return present(this.files.get(file), `${file} is there`)
  }
}
