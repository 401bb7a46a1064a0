/**
 * A log folder in memory that behaves as a disk does in the worst case: what was not synced may be lost, torn or turned into
 * nonsense by a crash, and writing or syncing fails when told to.
 */

import { present } from '../../src/lib/assert.ts'
import { concatBytes } from '../../src/lib/bytes.ts'
import type { Prng } from '../../src/lib/prng.ts'
import type { LogFolder, LogHandle } from '../../src/storage/wal-files.ts'

type MemoryFile = { bytes: Uint8Array; durableLength: number }

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
    const held: MemoryFile = { bytes: new Uint8Array(0), durableLength: 0 }
    this.files.set(file, held)
    return {
      write: async (bytes) => {
        if (this.failWrite !== undefined) throw this.failWrite
        held.bytes = concatBytes(held.bytes, bytes)
      },
      sync: async () => {
        if (this.failSync !== undefined) throw this.failSync
        this.syncs++
        held.durableLength = held.bytes.length
      },
      close: async () => {},
    }
  }

  async truncate(file: string, length: number): Promise<void> {
    const held = this.fileOf(file)
    held.bytes = held.bytes.slice(0, length)
    held.durableLength = held.bytes.length
  }

  async sync(file: string): Promise<void> {
    const held = this.fileOf(file)
    held.durableLength = held.bytes.length
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
      left.files.set(name, { bytes, durableLength: kept })
    }
    return left
  }

  /** An independent copy, all of it durable. */
  copy(): MemoryLogFolder {
    const copy = new MemoryLogFolder()
    for (const [name, { bytes }] of this.files)
      copy.files.set(name, { bytes: bytes.slice(), durableLength: bytes.length })
    return copy
  }

  private fileOf(file: string): MemoryFile {
    return present(this.files.get(file), `${file} is there`)
  }
}
