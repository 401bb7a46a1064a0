/**
 * Leaf files: frozen bytes, what is refused by name, and what a node's folder of them answers.
 */

import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SumRoot, verifyMultiproof, verifyProof } from '../../../src/crypto/merkle-sum.ts'
import { type LeafColumns, SumTree } from '../../../src/crypto/merkle-sum-tree.ts'
import { bytesToHex, hexToBytes } from '../../../src/lib/bytes.ts'
import { MAX_LEAF_FILE_BYTES, MAX_USES_OF_LEAF_FILE } from '../../../src/lib/limits.ts'
import { ContributorColumns } from '../../../src/node/leaf-files/contributors.ts'
import {
  checkLeafFile,
  decodeLeafFile,
  decodeLeafHeader,
  encodeLeafFile,
  LEAF_HEADER_BYTES,
  LEAF_NOTICE,
} from '../../../src/node/leaf-files/leaf-file.ts'
import { LeafStore } from '../../../src/node/leaf-files/leaf-store.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'

const addressOf = (i: number) => `0x${(i * 7919 + 1).toString(16).padStart(40, '0')}` as Address

function columnsOf(weights: readonly bigint[]): LeafColumns {
  const columns = new ContributorColumns({ isMerging: false })
  for (const [i, weight] of weights.entries()) columns.add({ line: i + 1, account: addressOf(i), weight: `${weight}` })
  return columns.finish()
}

type Made = { bytes: Uint8Array; root: SumRoot; columns: LeafColumns; dataHash: Hash }
function made(weights: readonly bigint[]): Made {
  const columns = columnsOf(weights)
  const tree = SumTree.build(columns)
  if (!tree.ok) throw new Error(tree.error.code)
  const { root } = tree.value
  const file = encodeLeafFile(columns, root)
  if (!file.ok) throw new Error(file.error.code)
  const dataHash = `0x${createHash('sha256').update(file.value).digest('hex')}` as Hash
  return { bytes: file.value, root, columns, dataHash }
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-leaf-files-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let stores = 0
const newStore = (limitBytes = 1e9) => new LeafStore(join(folder, `store-${stores++}`), limitBytes)

describe('a leaf file', () => {
  it('has frozen bytes', () => {
    const frozen = readFileSync(new URL('../../vectors/attribution/leaf-file.hex', import.meta.url), 'utf8').trim()
    const { bytes } = made([1n, 300n, 70_000n])
    expect(bytesToHex(bytes)).toBe(frozen)
    expect(bytes.length).toBe(LEAF_HEADER_BYTES + 3 * 23)
    expect(new TextDecoder().decode(bytes)).toContain(LEAF_NOTICE)
    expect(LEAF_NOTICE).toContain('public')
  })

  it('gives back the leaves it was made of, under the SHA-256 of its bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 1n, max: 1n << 80n }), { minLength: 1, maxLength: 40 }), (weights) => {
        const { bytes, root, columns, dataHash } = made(weights)
        const file = checkLeafFile(bytes)
        if (!file.ok) throw new Error(file.error.code)
        expect(file.value).toMatchObject({ dataHash, root })
        expect(file.value.columns.count).toBe(columns.count)
        expect(Buffer.compare(file.value.columns.accounts, columns.accounts)).toBe(0)
        expect(Buffer.compare(file.value.columns.weights, columns.weights)).toBe(0)
      }),
    )
  })

  it('whose leaves do not have its root is refused with both', () => {
    const { bytes, root } = made([1n, 2n, 3n])
    const changed = bytes.slice()
    changed[changed.length - 1] = 4
    expect(checkLeafFile(changed)).toMatchObject({
      ok: false,
      error: { code: 'LEAF_FILE_ROOT_MISMATCH', claimed: root, actual: { total: 7n } },
    })
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 1)],
    ['too short for a header', (bytes) => bytes.subarray(0, 20)],
    ['longer than it says', (bytes) => new Uint8Array([...bytes, 0])],
    ['of another kind', (bytes) => new Uint8Array([...hexToBytes('0x504b0304'), ...bytes.subarray(4)])],
    ['of an unknown version', (bytes) => bytes.with(8, 2)],
    ['of a wrong depth', (bytes) => bytes.with(9, 3)],
    ['of a depth beyond the bound', (bytes) => bytes.with(9, 25)],
    ['with weights of no bytes', (bytes) => bytes.with(10, 0)],
    ['with weights of 17 bytes', (bytes) => bytes.with(10, 17)],
    ['with something in the reserved byte', (bytes) => bytes.with(11, 1)],
    ['without leaves', (bytes) => bytes.with(15, 0)],
    ['with another notice', (bytes) => bytes.with(70, 65)],
  ])('%s is refused', (_what, change) => {
    const { bytes } = made([1n, 2n, 3n])
    expect(decodeLeafFile(change(bytes))).toMatchObject({ ok: false, error: { code: 'LEAF_FILE_MALFORMED' } })
  })

  it('has no second form with wider weights', () => {
    const { columns, root, bytes } = made([1n, 2n])
    const wide = new Uint8Array(LEAF_HEADER_BYTES + 2 * 22)
    wide.set(bytes.subarray(0, LEAF_HEADER_BYTES))
    wide[10] = 2
    for (let i = 0; i < 2; i++) {
      wide.set(columns.accounts.subarray(20 * i, 20 * i + 20), LEAF_HEADER_BYTES + 22 * i)
      wide[LEAF_HEADER_BYTES + 22 * i + 21] = i + 1
    }
    expect(decodeLeafFile(wide)).toMatchObject({ error: { reason: 'its weights would fit fewer bytes' } })
    expect(root.total).toBe(3n)
  })

  it('is never larger than the bound', () => {
    const { bytes, root } = made([1n])
    const many = { count: 3_200_000, accounts: new Uint8Array(64_000_000), weights: new Uint8Array(51_200_000) }
    expect(encodeLeafFile(many, root)).toMatchObject({
      error: { code: 'LEAF_FILE_TOO_LARGE', limit: MAX_LEAF_FILE_BYTES },
    })
    const claimed = bytes.slice()
    new DataView(claimed.buffer).setUint32(12, 2 ** 23)
    claimed[9] = 23
    expect(decodeLeafHeader(claimed)).toMatchObject({ error: { code: 'LEAF_FILE_TOO_LARGE' } })
  })
})

describe('the folder of leaf files', () => {
  const weights = Array.from({ length: 100 }, (_, i) => BigInt(i + 1))

  it('answers with proofs that verify, for an index, an account and several', () => {
    const { bytes, root, dataHash } = made(weights)
    const store = newStore()
    expect(store.add(bytes, { pool: 7n, batch: 0n, root, dataHash })).toEqual({ ok: true, value: dataHash })
    const batch = store.open(dataHash)
    if (batch === undefined) throw new Error('it was added')
    for (const index of [0, 37, 98, 99]) {
      expect(verifyProof(root, batch.leaf(index), batch.prove([index])).ok).toBe(true)
      expect(batch.indicesOf(addressOf(index), 10)).toEqual([index])
    }
    const indices = [0, 1, 50, 99]
    const leaves = indices.map((index) => batch.leaf(index))
    expect(verifyMultiproof(root, leaves, batch.prove(indices)).ok).toBe(true)
    expect(batch.indicesOf(addressOf(1_000), 10)).toEqual([])
    batch.close()
  })

  it('finds all leaves of an account that a batch names more than once, up to a limit', () => {
    const accounts = new Uint8Array(20 * 9)
    for (const i of [2, 4, 8]) accounts.fill(0x11, 20 * i, 20 * i + 20)
    const columns = { count: 9, accounts, weights: new Uint8Array(16 * 9).map((_, i) => (i % 16 === 15 ? 1 : 0)) }
    const tree = SumTree.build(columns)
    const file = tree.ok ? encodeLeafFile(columns, tree.value.root) : undefined
    if (!tree.ok || file?.ok !== true) throw new Error('it builds')
    const dataHash = `0x${createHash('sha256').update(file.value).digest('hex')}` as Hash
    const store = newStore()
    store.add(file.value, { pool: 1n, batch: 1n, root: tree.value.root, dataHash })
    const batch = store.open(dataHash)
    expect(batch?.indicesOf(`0x${'11'.repeat(20)}` as Address, 10)).toEqual([2, 4, 8])
    expect(batch?.indicesOf(`0x${'11'.repeat(20)}` as Address, 2)).toEqual([2, 4])
    batch?.close()
  })

  it('refuses by name what is not the leaf file of the batch, and keeps nothing of it', () => {
    const { bytes, root, dataHash } = made(weights)
    const store = newStore()
    const other = made([1n, 2n])
    const batch = { pool: 7n, batch: 0n }
    expect(store.add(other.bytes, { ...batch, root, dataHash })).toMatchObject({
      error: { code: 'LEAF_FILE_ROOT_MISMATCH' },
    })
    expect(store.add(bytes, { ...batch, root, dataHash: other.dataHash })).toEqual({
      ok: false,
      error: { code: 'LEAF_FILE_HASH_MISMATCH', expected: other.dataHash, actual: dataHash },
    })
    expect(store.add(bytes.subarray(1), { ...batch, root, dataHash })).toMatchObject({
      error: { code: 'LEAF_FILE_MALFORMED' },
    })
    expect(store.list()).toEqual([])
  })

  it('remembers every batch that a file belongs to, once, also after a restart', () => {
    const { bytes, root, dataHash } = made(weights)
    const path = join(folder, 'kept')
    const store = new LeafStore(path, 1e9)
    for (const batch of [0n, 1n, 0n]) store.add(bytes, { pool: 2n ** 63n, batch, root, dataHash })
    const again = new LeafStore(path, 1e9)
    expect(again.list()).toEqual([dataHash])
    expect(again.usesOf(dataHash)).toEqual([
      { pool: 2n ** 63n, batch: 0n },
      { pool: 2n ** 63n, batch: 1n },
    ])
    expect(again.open(made([5n]).dataHash)).toBeUndefined()
    expect(again.usesOf(made([5n]).dataHash)).toEqual([])
    expect(readdirSync(path)).toHaveLength(3)
  })

  it('is held to its bounds of bytes and of uses', () => {
    const { bytes, root, dataHash } = made(weights)
    const full = newStore(bytes.length)
    expect(full.add(bytes, { pool: 1n, batch: 0n, root, dataHash })).toMatchObject({
      error: { code: 'LEAF_STORE_FULL', usedBytes: 0, limitBytes: bytes.length },
    })
    const store = newStore()
    for (let i = 0; i < MAX_USES_OF_LEAF_FILE; i++) store.add(bytes, { pool: 1n, batch: BigInt(i), root, dataHash })
    expect(store.add(bytes, { pool: 2n, batch: 0n, root, dataHash })).toMatchObject({
      error: { code: 'LEAF_STORE_CROWDED', limit: MAX_USES_OF_LEAF_FILE },
    })
  })

  it('hands out a file in pieces', () => {
    const { bytes, root, dataHash } = made(weights)
    const store = newStore()
    store.add(bytes, { pool: 1n, batch: 0n, root, dataHash })
    const first = store.read(dataHash, 0, 100)
    const rest = store.read(dataHash, 100, 1e6)
    expect(first?.fileBytes).toBe(bytes.length)
    expect(Buffer.concat([first?.bytes ?? [], rest?.bytes ?? []] as Uint8Array[]).equals(bytes)).toBe(true)
    expect(store.read(made([5n]).dataHash, 0, 1)).toBeUndefined()
  })
})
