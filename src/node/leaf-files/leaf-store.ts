/**
 * The leaf files that a node serves, in a folder of its own beside the chain's data (which may be deleted and synced again:
 * leaf files cannot).
 *
 *   <dataHash>.leaves   the file as it was handed in
 *   <dataHash>.index    derived from it (batch-index.ts)
 *   <dataHash>.json     the batches on the chain that it is the leaf file of
 *
 * Each is written beside its place and renamed, the `.json` last: what has one is whole. The sum of all is bounded.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { SumRoot } from '../../crypto/merkle-sum.ts'
import { MAX_SERVED_LEAF_FILES, MAX_USES_OF_LEAF_FILE } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { Hash } from '../../types/primitives.ts'
import { readJsonFile, writeJsonFile } from '../json-file.ts'
import { IndexedBatch, indexBytes, indexPieces } from './batch-index.ts'
import { checkLeafFile, type LeafFileFailure } from './leaf-file.ts'

/** A batch of a pool. */
export type BatchKey = { readonly pool: bigint; readonly batch: bigint }
/** What the chain says of a batch. */
export type ExpectedBatch = BatchKey & { readonly root: SumRoot; readonly dataHash: Hash }

export type LeafStoreFailure =
  | LeafFileFailure
  /** The file is another than the one whose hash the batch was appended with. */
  | { readonly code: 'LEAF_FILE_HASH_MISMATCH'; readonly expected: Hash; readonly actual: Hash }
  | {
      readonly code: 'LEAF_STORE_FULL'
      readonly wantedBytes: number
      readonly usedBytes: number
      readonly limitBytes: number
    }
  | { readonly code: 'LEAF_STORE_CROWDED'; readonly limit: number }

const PART_PATTERN = /^(0x[0-9a-f]{64})\.(?:leaves|index)$/
const FILE_PATTERN = /^(0x[0-9a-f]{64})\.json$/

export class LeafStore {
  private readonly folder: string
  private readonly limitBytes: number

  constructor(folder: string, limitBytes: number) {
    this.folder = folder
    this.limitBytes = limitBytes
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  /** Keeps the leaf file of a batch; a file that is not exactly that is refused by name. */
  add(bytes: Uint8Array, batch: ExpectedBatch): Result<Hash, LeafStoreFailure> {
    const file = checkLeafFile(bytes)
    if (!file.ok) return file
    const { dataHash, root, tree, columns } = file.value
    if (root.hash !== batch.root.hash || root.total !== batch.root.total || root.depth !== batch.root.depth) {
      return err({ code: 'LEAF_FILE_ROOT_MISMATCH', claimed: batch.root, actual: root })
    }
    if (dataHash !== batch.dataHash) {
      return err({ code: 'LEAF_FILE_HASH_MISMATCH', expected: batch.dataHash, actual: dataHash })
    }
    if (!this.has(dataHash)) {
      const room = this.demandRoom(bytes.length + indexBytes(columns.count))
      if (!room.ok) return room
      this.write(`${dataHash}.leaves`, [bytes])
      this.write(`${dataHash}.index`, indexPieces(tree, columns))
    }
    return this.addUse(dataHash, batch)
  }

  /** Removes what a crash left behind before a file was whole. While nothing is being added. */
  removeUnfinished(): void {
    for (const name of readdirSync(this.folder)) {
      const dataHash = PART_PATTERN.exec(name)?.[1]
      const isPart = dataHash !== undefined && !this.has(dataHash as Hash)
      if (isPart || name.endsWith('.new')) rmSync(this.pathOf(name), { force: true })
    }
  }

  /** The files that are served. */
  list(): Hash[] {
    return readdirSync(this.folder).flatMap((name) => (FILE_PATTERN.exec(name)?.[1] ?? []) as Hash[] | Hash)
  }

  has(dataHash: Hash): boolean {
    return existsSync(this.pathOf(`${dataHash}.json`))
  }

  /** The batches that a file is the leaf file of. */
  usesOf(dataHash: Hash): BatchKey[] {
    if (!this.has(dataHash)) return []
    const { uses } = readJsonFile(this.pathOf(`${dataHash}.json`)) as { uses: { pool: string; batch: string }[] }
    return uses.map(({ pool, batch }) => ({ pool: BigInt(pool), batch: BigInt(batch) }))
  }

  /** A served file for look-ups and proofs; the caller closes it. */
  open(dataHash: Hash): IndexedBatch | undefined {
    if (!this.has(dataHash)) return undefined
    return new IndexedBatch(this.pathOf(`${dataHash}.leaves`), this.pathOf(`${dataHash}.index`))
  }

  /** Bytes of a served file from `offset`, at most `length`; with its whole length. */
  read(dataHash: Hash, offset: number, length: number): { bytes: Uint8Array; fileBytes: number } | undefined {
    if (!this.has(dataHash)) return undefined
    const file = openSync(this.pathOf(`${dataHash}.leaves`), 'r')
    try {
      const bytes = new Uint8Array(length)
      const count = readSync(file, bytes, 0, length, offset)
      return { bytes: bytes.subarray(0, count), fileBytes: statSync(this.pathOf(`${dataHash}.leaves`)).size }
    } finally {
      closeSync(file)
    }
  }

  private demandRoom(wantedBytes: number): Result<undefined, LeafStoreFailure> {
    const names = readdirSync(this.folder)
    if (names.length / 3 >= MAX_SERVED_LEAF_FILES)
      return err({ code: 'LEAF_STORE_CROWDED', limit: MAX_SERVED_LEAF_FILES })
    const usedBytes = names.reduce((sum, name) => sum + sizeOf(this.pathOf(name)), 0)
    const { limitBytes } = this
    if (usedBytes + wantedBytes <= limitBytes) return ok(undefined)
    return err({ code: 'LEAF_STORE_FULL', wantedBytes, usedBytes, limitBytes })
  }

  private addUse(dataHash: Hash, { pool, batch }: BatchKey): Result<Hash, LeafStoreFailure> {
    const uses = this.usesOf(dataHash)
    if (uses.some((use) => use.pool === pool && use.batch === batch)) return ok(dataHash)
    if (uses.length >= MAX_USES_OF_LEAF_FILE) return err({ code: 'LEAF_STORE_CROWDED', limit: MAX_USES_OF_LEAF_FILE })
    const json = [...uses, { pool, batch }].map((use) => ({ pool: `${use.pool}`, batch: `${use.batch}` }))
    writeJsonFile(this.pathOf(`${dataHash}.json`), { version: 1, uses: json }, 0o600, true)
    return ok(dataHash)
  }

  private write(name: string, pieces: readonly Uint8Array[]): void {
    const path = this.pathOf(name)
    const file = openSync(`${path}.new`, 'w', 0o600)
    try {
      for (const piece of pieces) writeFileSync(file, piece)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(`${path}.new`, path)
  }

  private pathOf(name: string): string {
    return join(this.folder, name)
  }
}

/** A failure as a sentence; those of the file itself are described by leaf-file.ts. */
export function describeStoreFailure(failure: Exclude<LeafStoreFailure, LeafFileFailure>): string {
  switch (failure.code) {
    case 'LEAF_FILE_HASH_MISMATCH':
      return `the file's SHA-256 is ${failure.actual}, but the batch was appended with dataHash ${failure.expected}`
    case 'LEAF_STORE_FULL':
      return `${failure.wantedBytes} bytes do not fit: ${failure.usedBytes} of ${failure.limitBytes} bytes are used (leafFiles.maxMegabytes)`
    case 'LEAF_STORE_CROWDED':
      return `no more than ${failure.limit} files or uses of a file are kept`
  }
}

/** Another thread may just have renamed the file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
