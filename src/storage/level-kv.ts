/**
 * The key-value store on LevelDB.
 *
 * The database is opened so that every thread of the process can share it. Errors of the library and of the operating system
 * come out as StorageError, each kind under its own code.
 */

import type { ClassicLevel } from 'classic-level'
import { Level } from 'level'
import { AssertionFailure } from '../lib/assert.ts'
import { errorMessage } from '../lib/errors.ts'
import { LEVEL_BLOCK_CACHE_BYTES, LEVEL_WRITE_BUFFER_BYTES, MAX_LEVEL_OPEN_FILES } from '../lib/limits.ts'
import {
  type Kv,
  type KvChanges,
  type KvEntry,
  type KvRange,
  type KvSnapshot,
  StorageError,
  writeChanges,
} from './kv.ts'

type Database = ClassicLevel<Uint8Array, Uint8Array>
type Snapshot = ReturnType<Database['snapshot']>

/** Opens the database in `folder`, creating it when there is none. Throws StorageError. */
export async function openLevelKv(folder: string): Promise<Kv> {
  const options = {
    keyEncoding: 'view',
    valueEncoding: 'view',
    multithreading: true,
    cacheSize: LEVEL_BLOCK_CACHE_BYTES,
    writeBufferSize: LEVEL_WRITE_BUFFER_BYTES,
    maxOpenFiles: MAX_LEVEL_OPEN_FILES,
  }
  // On Node.js `level` is classic-level; its own types name only what browsers have too.
  const database = new Level<Uint8Array, Uint8Array>(folder, options) as unknown as Database
  try {
    await database.open()
  } catch (thrown) {
    throw storageError(folder, thrown)
  }
  return new LevelKv(folder, database)
}

class LevelKv implements Kv {
  private readonly folder: string
  private readonly database: Database

  constructor(folder: string, database: Database) {
    this.folder = folder
    this.database = database
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    try {
      return plain(this.database.getSync(key))
    } catch (thrown) {
      throw storageError(this.folder, thrown)
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return plain(await this.database.get(key))
    } catch (thrown) {
      throw storageError(this.folder, thrown)
    }
  }

  range(range: KvRange): AsyncIterable<KvEntry> {
    return iterate(this.folder, this.database, range, undefined)
  }

  async batch(changes: KvChanges, options: { readonly sync: boolean }): Promise<void> {
    try {
      // A chained batch hands each change over by itself: half the time of an array, whose objects are read natively.
      const chained = this.database.batch()
      writeChanges(changes, chained)
      await chained.write({ sync: options.sync })
    } catch (thrown) {
      throw thrown instanceof AssertionFailure ? thrown : storageError(this.folder, thrown)
    }
  }

  snapshot(): KvSnapshot {
    try {
      return new LevelSnapshot(this.folder, this.database, this.database.snapshot())
    } catch (thrown) {
      throw storageError(this.folder, thrown)
    }
  }

  async close(): Promise<void> {
    await this.database.close()
  }
}

class LevelSnapshot implements KvSnapshot {
  private readonly folder: string
  private readonly database: Database
  private readonly snapshot: Snapshot

  constructor(folder: string, database: Database, snapshot: Snapshot) {
    this.folder = folder
    this.database = database
    this.snapshot = snapshot
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    try {
      return plain(this.database.getSync(key, { snapshot: this.snapshot }))
    } catch (thrown) {
      throw storageError(this.folder, thrown)
    }
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return plain(await this.database.get(key, { snapshot: this.snapshot }))
    } catch (thrown) {
      throw storageError(this.folder, thrown)
    }
  }

  range(range: KvRange): AsyncIterable<KvEntry> {
    return iterate(this.folder, this.database, range, this.snapshot)
  }

  async release(): Promise<void> {
    await this.snapshot.close()
  }
}

async function* iterate(
  folder: string,
  database: Database,
  range: KvRange,
  snapshot: Snapshot | undefined,
): AsyncGenerator<KvEntry> {
  const options = {
    gte: range.start,
    lt: range.end,
    reverse: range.reverse ?? false,
    limit: range.limit ?? -1,
    ...(snapshot === undefined ? {} : { snapshot }),
  }
  try {
    for await (const [key, value] of database.iterator(options)) yield { key: whole(key), value: whole(value) }
  } catch (thrown) {
    throw storageError(folder, thrown)
  }
}

/** The library answers with Buffers, whose `slice` is a view where that of an array is a copy. */
function whole(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : whole(bytes)
}

/** Names what the library reported; LevelDB tells kinds apart by text alone. */
function storageError(folder: string, thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown
  const reasons = reasonsOf(thrown)
  const text = reasons.join(': ')
  const options = { cause: thrown }
  if (/LEVEL_LOCKED|already held by process|Resource temporarily unavailable/.test(text)) {
    return new StorageError(
      { code: 'STORAGE_LOCKED', folder },
      `${folder} is in use by another process; stop it, or choose another data folder`,
      options,
    )
  }
  if (/ENOSPC|No space left on device|Disk quota exceeded/.test(text)) {
    return new StorageError(
      { code: 'DISK_FULL', folder },
      `the disk of ${folder} is full; nothing was written`,
      options,
    )
  }
  if (/LEVEL_CORRUPTION|Corruption/.test(text)) {
    return new StorageError(
      { code: 'STORAGE_CORRUPT', folder },
      `the database in ${folder} is damaged: ${text}`,
      options,
    )
  }
  return new StorageError({ code: 'STORAGE_FAILED', folder }, `the database in ${folder} failed: ${text}`, options)
}

/** Codes and messages of an error and of what caused it. */
function reasonsOf(thrown: unknown): string[] {
  const reasons: string[] = []
  for (let at: unknown = thrown, depth = 0; at !== undefined && at !== null && depth < 4; depth++) {
    const code = (at as { code?: unknown }).code
    if (typeof code === 'string') reasons.push(code)
    reasons.push(errorMessage(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return reasons
}
