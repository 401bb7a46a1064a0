/**
 * The key-value store in memory: for tests, for state tests and for computing a genesis without a folder.
 *
 * Keys live in a map and, once something iterates or takes a snapshot, also in a sorted list that is rebuilt after a change.
 */

import { compareBytes } from '../lib/bytes.ts'
import type { Kv, KvChanges, KvEntry, KvRange, KvReader, KvSnapshot } from './kv.ts'
import { StorageError, writeChanges } from './kv.ts'

class MemoryReader implements KvReader {
  protected values: Map<string, Uint8Array>
  private sorted: Uint8Array[] | undefined
  protected isClosed = false

  constructor(values: Map<string, Uint8Array>) {
    this.values = values
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.demandOpen()
    return this.values.get(textOf(key))?.slice()
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key)
  }

  async *range(range: KvRange): AsyncIterable<KvEntry> {
    this.demandOpen()
    // The iteration sees the store as it is now, whatever is written while it runs.
    const values = new Map(this.values)
    this.sorted ??= [...values.keys()].map(bytesOf).sort(compareBytes)
    const keys = this.sorted.filter((key) => compareBytes(key, range.start) >= 0 && compareBytes(key, range.end) < 0)
    if (range.reverse === true) keys.reverse()
    for (const key of keys.slice(0, range.limit)) {
      const value = values.get(textOf(key))
      if (value !== undefined) yield { key: key.slice(), value: value.slice() }
    }
  }

  protected changed(): void {
    this.sorted = undefined
  }

  protected demandOpen(): void {
    if (this.isClosed) throw new StorageError({ code: 'STORAGE_FAILED', folder: 'memory' }, 'the store is closed')
  }
}

class MemorySnapshot extends MemoryReader implements KvSnapshot {
  async release(): Promise<void> {
    this.isClosed = true
  }
}

export class MemoryKv extends MemoryReader implements Kv {
  constructor() {
    super(new Map())
  }

  async batch(changes: KvChanges): Promise<void> {
    this.demandOpen()
    const batch: [string, Uint8Array | undefined][] = []
    writeChanges(changes, {
      put: (key, value) => batch.push([textOf(key), new Uint8Array(value)]),
      del: (key) => batch.push([textOf(key), undefined]),
    })
    for (const [key, value] of batch) {
      if (value === undefined) this.values.delete(key)
      else this.values.set(key, value)
    }
    this.changed()
  }

  snapshot(): KvSnapshot {
    this.demandOpen()
    return new MemorySnapshot(new Map(this.values))
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
