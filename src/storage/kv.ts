/**
 * The key-value store under the chain: ordered byte keys, synchronous reads, atomic durable batches, snapshots.
 *
 * A batch is all or nothing, also across a crash. With `sync` it is on disk when the promise resolves. Two stores implement
 * this (level-kv.ts, memory-kv.ts) and pass one suite of tests.
 */

import { CodedError } from '../lib/errors.ts'

/** One change of a batch; a later one of the same key wins. */
export type KvOperation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** Takes the changes of one batch, in order; bytes are copied at once, so that who gives them may use them again. */
export interface KvWriter {
  put(key: Uint8Array, value: Uint8Array): void
  del(key: Uint8Array): void
}

/** The changes of a batch: a list, or a function that writes them and has returned when `batch` does. */
export type KvChanges = readonly KvOperation[] | ((writer: KvWriter) => void)

/** Which entries an iteration visits, in ascending order of keys unless `reverse`. */
export type KvRange = {
  /** First key that belongs to the range. */
  readonly start: Uint8Array
  /** First key that no longer does. */
  readonly end: Uint8Array
  readonly reverse?: boolean
  /** Most entries to visit; all when absent. */
  readonly limit?: number
}

export type KvEntry = { readonly key: Uint8Array; readonly value: Uint8Array }

/** Reading, of the newest state or of a snapshot. Returned bytes belong to the caller. */
export interface KvReader {
  getSync(key: Uint8Array): Uint8Array | undefined
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  range(range: KvRange): AsyncIterable<KvEntry>
}

/** The store as it was when the snapshot was taken; `release` it, for it holds old files alive. */
export interface KvSnapshot extends KvReader {
  release(): Promise<void>
}

export interface Kv extends KvReader {
  /** Applies all changes or none. Throws StorageError. */
  batch(changes: KvChanges, options: { readonly sync: boolean }): Promise<void>
  snapshot(): KvSnapshot
  close(): Promise<void>
}

/** Why the store stopped. */
export type StorageFailure =
  /** Another process has the folder open. */
  | { readonly code: 'STORAGE_LOCKED'; readonly folder: string }
  /** The disk is full; nothing of the batch was applied. */
  | { readonly code: 'DISK_FULL'; readonly folder: string }
  /** The files are damaged. */
  | { readonly code: 'STORAGE_CORRUPT'; readonly folder: string }
  /** The folder was written by another version of the layout. */
  | { readonly code: 'SCHEMA_MISMATCH'; readonly folder: string; readonly found: number; readonly supported: number }
  /** The folder holds another chain. */
  | { readonly code: 'OTHER_CHAIN'; readonly folder: string; readonly found: string; readonly expected: string }
  /** Any other refusal of the operating system or the store. */
  | { readonly code: 'STORAGE_FAILED'; readonly folder: string }

export class StorageError extends CodedError<StorageFailure> {
  override readonly name = 'StorageError'
}

/** Gives the changes of a batch to `writer`. */
export function writeChanges(changes: KvChanges, writer: KvWriter): void {
  if (typeof changes === 'function') {
    changes(writer)
    return
  }
  for (const change of changes) {
    if (change.type === 'put') writer.put(change.key, change.value)
    else writer.del(change.key)
  }
}
