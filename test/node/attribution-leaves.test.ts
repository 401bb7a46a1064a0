/**
 * Leaf files handed to a node piece by piece, and the proofs and entitlements that it then answers with.
 */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyMultiproof } from '../../src/crypto/merkle-sum.ts'
import { SumTree } from '../../src/crypto/merkle-sum-tree.ts'
import { sha256Hash } from '../../src/crypto/sha256.ts'
import { present } from '../../src/lib/assert.ts'
import { MAX_LEAF_UPLOADS } from '../../src/lib/limits.ts'
import type { Result } from '../../src/lib/result.ts'
import { RpcAttribution } from '../../src/node/adapters/attribution.ts'
import type { AttributionReads } from '../../src/node/adapters/attribution-reads.ts'
import { ContributorColumns } from '../../src/node/leaf-files/contributors.ts'
import { encodeLeafFile } from '../../src/node/leaf-files/leaf-file.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import { type Address, addressFromBigint, type Hash, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { account } from '../execution/support.ts'
import { AttributionChain } from './attribution-chain.ts'

const COIN = 10n ** 18n
const contributor = (i: number): Address => addressFromBigint(BigInt(0xc0ffee00 + i))

type Made = { readonly bytes: Uint8Array; readonly tree: SumTree; readonly dataHash: Hash }
function leafFileOf(weights: readonly bigint[], first = 0): Made {
  const columns = new ContributorColumns({ isMerging: false })
  for (const [i, weight] of weights.entries())
    columns.add({ line: i, account: contributor(first + i), weight: `${weight}` })
  const done = columns.finish()
  const tree = SumTree.build(done)
  const file = tree.ok ? encodeLeafFile(done, tree.value.root) : undefined
  if (!tree.ok || file?.ok !== true) throw new Error('the list makes a file')
  return { bytes: file.value, tree: tree.value, dataHash: sha256Hash(file.value) }
}

function value<T>(answer: Result<T, unknown>): T {
  if (answer.ok) return answer.value
  throw new Error(JSON.stringify(answer.error))
}

/** The node's side of it, with the readings in this thread. */
function attributionOf(world: AttributionChain, folder: string | undefined): RpcAttribution {
  const reads = world.reads as unknown as Record<string, (argument: unknown) => Promise<never>>
  return new RpcAttribution({
    reads: {
      read: (name: keyof AttributionReads, argument: unknown) => present(reads[name], 'it is a reading')(argument),
    },
    headNumber: () => world.height,
    leaves: folder === undefined ? undefined : { folder, limitBytes: 1e9 },
    log: silentLogger,
  })
}

async function append(world: AttributionChain, { tree, dataHash }: Made): Promise<void> {
  const { left, right } = present(tree.rootPreimage(), 'there are several leaves')
  const root = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  const { total, depth } = tree.root
  const values = { pool: 1n, root, weight: total, depth: BigInt(depth), dataHash, relayFeePpm: 0n }
  world.send(0, 'pools', 'append', values)
  await world.block()
}

let folder: string
let world: AttributionChain
let attribution: RpcAttribution
const weights = Array.from({ length: 100 }, (_, i) => BigInt(i + 1))
const first = leafFileOf(weights)
/** The first contributor of the second batch is the last of the first. */
const second = leafFileOf([10n, 20n, 30n], 99)
const place = { pool: 1n, batch: 0n, ticket: undefined }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-leaves-'))
  world = await AttributionChain.open({ folder, limitBytes: 1e9 })
  attribution = attributionOf(world, folder)
  await world.register([{ by: 0, poolPpm: 500_000n }])
  await append(world, first)
  for (let i = 0; i < 6; i++) await world.block()
  await append(world, second)
  for (let i = 0; i < 6; i++) await world.block()
  world.pay(3, 1n, 10n * COIN)
  await world.block()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a leaf file on its way in', () => {
  it('is refused by name for what it is not', async () => {
    const refused = async (piece: object) => {
      const answer = await attribution.submitLeafFile({ ...place, offset: 0, bytes: first.bytes, ...piece })
      return answer.ok ? undefined : answer.error
    }
    expect(await refused({ bytes: second.bytes })).toMatchObject({ code: 'LEAF_FILE_ROOT_MISMATCH' })
    expect(await refused({ batch: 9n })).toMatchObject({ code: 'UNKNOWN_BATCH', message: 'pool 1 has no batch 9' })
    expect(await refused({ bytes: new Uint8Array(500) })).toMatchObject({ code: 'LEAF_FILE_MALFORMED' })
    expect(await refused({ offset: 5 })).toMatchObject({ code: 'UPLOAD_OFFSET' })
    expect(await refused({ ticket: '0x12' })).toMatchObject({ code: 'UPLOAD_UNKNOWN' })
    // Its header is right, one leaf is not: the whole file is looked at in the end.
    const changed = first.bytes.with(first.bytes.length - 1, 77)
    expect(await refused({ bytes: changed })).toMatchObject({ code: 'LEAF_FILE_ROOT_MISMATCH' })
    expect(readdirSync(join(folder, 'incoming'))).toEqual([])
    expect(await attribution.leafFile(first.dataHash, 0, 10)).toBeUndefined()
  })

  it('comes in order, not beyond its length, and is served with its last piece', async () => {
    const cut = 200
    const begun = value(await attribution.submitLeafFile({ ...place, offset: 0, bytes: first.bytes.subarray(0, cut) }))
    expect(begun).toMatchObject({ receivedBytes: cut, fileBytes: first.bytes.length, isServed: false })
    const next = { ...place, ticket: begun.ticket }
    const wrong = await attribution.submitLeafFile({ ...next, offset: 0, bytes: first.bytes })
    expect(wrong).toMatchObject({ error: { code: 'UPLOAD_OFFSET', message: expect.stringContaining('offset 200') } })
    const long = await attribution.submitLeafFile({ ...next, offset: cut, bytes: first.bytes })
    expect(long).toMatchObject({ error: { code: 'UPLOAD_TOO_LONG' } })
    const other = await attribution.submitLeafFile({ ...next, batch: 1n, offset: cut, bytes: first.bytes })
    expect(other).toMatchObject({ error: { code: 'UPLOAD_UNKNOWN' } })
    const last = { ...next, offset: cut, bytes: first.bytes.subarray(cut) }
    const both = await Promise.all([attribution.submitLeafFile(last), attribution.submitLeafFile(last)])
    expect(both[1]).toMatchObject({ error: { code: 'UPLOAD_BUSY' } })
    expect(both[0]).toMatchObject({ ok: true, value: { isServed: true } })
    const piece = await attribution.leafFile(first.dataHash, 150, 100)
    expect(piece).toMatchObject({ fileBytes: first.bytes.length, dataHash: first.dataHash })
    expect(Buffer.compare(piece?.bytes ?? new Uint8Array(0), first.bytes.subarray(150, 250))).toBe(0)
  })

  it('makes room for others when it was idle longest', async () => {
    const begin = async () =>
      value(await attribution.submitLeafFile({ ...place, offset: 0, bytes: first.bytes.subarray(0, 200) })).ticket
    const tickets: string[] = []
    for (let i = 0; i <= MAX_LEAF_UPLOADS; i++) tickets.push(await begin())
    expect(readdirSync(join(folder, 'incoming')).sort()).toEqual(tickets.slice(1).sort())
    const gone = { ...place, offset: 200, bytes: first.bytes.subarray(200), ticket: tickets[0] }
    expect(await attribution.submitLeafFile(gone)).toMatchObject({ error: { code: 'UPLOAD_UNKNOWN' } })
  })

  it('is refused by a node that serves none', async () => {
    const without = attributionOf(world, undefined)
    const answer = await without.submitLeafFile({ ...place, offset: 0, bytes: first.bytes })
    expect(answer).toMatchObject({ error: { code: 'LEAF_FILES_NOT_SERVED' } })
    expect(await without.leafFile(first.dataHash, 0, 1)).toBeUndefined()
  })

  it('leaves nothing behind when the node stopped half-way', async () => {
    const stale = `0x${'ab'.repeat(32)}`
    for (const name of [`${stale}.leaves`, `${stale}.index`, `${stale}.json.new`])
      writeFileSync(join(folder, name), 'x')
    attribution = attributionOf(world, folder)
    expect(readdirSync(folder).filter((name) => name.includes('abab'))).toEqual([])
    expect(readdirSync(join(folder, 'incoming'))).toEqual([])
    expect(await attribution.leafFile(first.dataHash, 0, 1)).toBeDefined()
  })
})

describe('a proof that the node makes', () => {
  const batch = { pool: 1n, batch: 0n }
  const proofOf = (selection: Parameters<RpcAttribution['claimProof']>[1], key = batch) =>
    attribution.claimProof(key, selection, world.height)

  it('verifies for an account and for many indices, with what each may claim', async () => {
    const one = value(await proofOf({ kind: 'account', account: contributor(41) }))
    expect(one).toMatchObject({ status: 'active', root: first.tree.root.hash, weight: 5050n, leaves: [{ index: 41n }] })
    expect(Buffer.compare(one.proof, first.tree.prove(41))).toBe(0)
    const indices = [0n, 3n, 4n, 99n]
    const many = value(await proofOf({ kind: 'indices', indices }))
    expect(verifyMultiproof(first.tree.root, many.leaves, many.proof).ok).toBe(true)
    const total = 5110n
    const acc = ((5n * COIN) << 64n) / total
    for (const { weight, claims } of many.leaves) {
      expect(claims).toEqual([{ token: ZERO_ADDRESS, earned: (acc * weight) >> 64n, paid: 0n }])
    }
  })

  it('is what the chain takes: one claim for many leaves, after which nothing is left', async () => {
    const indices = Array.from({ length: 50 }, (_, i) => BigInt(2 * i))
    const { leaves, proof } = value(await proofOf({ kind: 'indices', indices }))
    const plain = leaves.map(({ index, account: of, weight }) => ({ index, account: of, weight }))
    world.send(4, 'pools', 'claimMany', { ...batch, token: ZERO_ADDRESS, leaves: plain, multiproof: proof })
    await world.block()
    const after = value(await proofOf({ kind: 'indices', indices }))
    for (const { claims } of after.leaves) expect(claims[0]?.paid).toBe(claims[0]?.earned)
    const state = world.chain.executor.head()
    expect(state.block.header.number).toBe(world.height)
  })

  it('is refused by name where there is none', async () => {
    const account_ = contributor(500)
    expect(await proofOf({ kind: 'account', account: account_ })).toMatchObject({
      error: { code: 'NO_SUCH_LEAF', wanted: account_, leaves: 100 },
    })
    expect(await proofOf({ kind: 'indices', indices: [100n] })).toMatchObject({ error: { code: 'NO_SUCH_LEAF' } })
    expect(await proofOf({ kind: 'indices', indices: [0n] }, { pool: 2n, batch: 0n })).toMatchObject({
      error: { code: 'UNKNOWN_BATCH', pool: 2n },
    })
    const huge = { pool: 2n ** 64n, batch: 2n ** 32n }
    expect(await proofOf({ kind: 'indices', indices: [0n] }, huge)).toMatchObject({ error: { code: 'UNKNOWN_BATCH' } })
    expect(await proofOf({ kind: 'indices', indices: [0n] }, { pool: 1n, batch: 1n })).toEqual({
      ok: false,
      error: { code: 'LEAF_FILE_NOT_SERVED', dataHash: second.dataHash },
    })
  })
})

describe('what an account is owed anywhere', () => {
  it('is found across batches, with the payee that it named, and as an owner', async () => {
    const partly = value(await attribution.entitlements(contributor(99), world.height))
    expect(partly).toMatchObject({ searchedBatches: 1, batches: 2, isComplete: false })
    value(await attribution.submitLeafFile({ ...place, batch: 1n, offset: 0, bytes: second.bytes }))
    const found = value(await attribution.entitlements(contributor(99), world.height))
    expect(found).toMatchObject({ searchedLeafFiles: 2, searchedBatches: 2, batches: 2, isComplete: true, owed: [] })
    expect(found.leaves.map(({ batch, index, weight }) => [batch, index, weight]).sort()).toEqual([
      [0n, 99n, 100n],
      [1n, 0n, 10n],
    ])
    const owner = value(await attribution.entitlements(account(0).address, world.height))
    // Half of the payment went to the pool, a thousandth to the chain.
    expect(owner.owed).toEqual([{ token: ZERO_ADDRESS, amount: (4_990n * COIN) / 1_000n }])
    expect(owner.leaves).toEqual([])
  })

  it('is as the asked block had it', async () => {
    const early = value(await attribution.entitlements(contributor(99), 6))
    expect(early.leaves.map(({ batch, status, claims }) => ({ batch, status, claims }))).toEqual([
      { batch: 0n, status: 'pending', claims: [] },
    ])
  })
})

describe('an audit', () => {
  it('runs alone', async () => {
    const [one, two] = await Promise.all([
      attribution.auditConservation(world.height),
      attribution.auditConservation(1),
    ])
    expect(one).toMatchObject({ ok: true, value: { isConserved: true } })
    expect(two).toEqual({ ok: false, error: { code: 'AUDIT_RUNNING' } })
    expect(await attribution.auditConservation(1)).toMatchObject({ ok: true })
  })
})
