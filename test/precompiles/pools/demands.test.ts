import { describe, expect, it } from 'vitest'
import { leafHash, nodeHash } from '../../../src/crypto/merkle-sum.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, Contributors, PAYER, PoolWorld } from './support.ts'

const BOND = 1_000n
const DEMANDER = account(30)
const ANSWERER = account(31)

/** An active batch of five contributors at depth 3, of which a leaf was demanded. */
async function demanded(index = 2n) {
  const world = new PoolWorld({ noticeBlocks: 0, demandBlocks: 5, disputeBlocks: 0 })
  world.ledger.state.setBalance(DEMANDER, 10n * BOND)
  const pool = await world.create()
  const people = new Contributors([1n, 2n, 3n, 4n, 5n])
  const batch = await world.append(pool, people)
  world.endBlocks()
  const place = { pool, batch, index }
  const demand = (of = place, value = BOND) => world.refusal('demandLeaf', of, { from: DEMANDER, value })
  expect(await demand()).toBe('accepted')
  return { world, pool, batch, people, place, demand }
}

describe('a demanded leaf', () => {
  it('is shown by anybody, who gets the bond', async () => {
    const { world, pool, batch, people, place } = await demanded()
    expect(world.bonds).toBe(BOND)
    expect(world.balance(ROYALTY_MODULE)).toBe(BOND)
    expect(await world.must('demandOf', place)).toMatchObject({ demander: DEMANDER, bond: BOND })
    await world.must('answerLeaf', { pool, batch, ...people.proven(2) }, { from: ANSWERER })
    expect(world.balance(ANSWERER)).toBe(BOND)
    expect([world.bonds, world.ledger.custody().booked]).toEqual([0n, 0n])
    expect(await world.refusal('revokeUnanswered', place)).toMatchObject({ name: 'NotDemanded' })
  })

  it('is not shown by a wrong proof, nor by another leaf', async () => {
    const { world, pool, batch, people } = await demanded()
    const answer = (params: object) => world.refusal('answerLeaf', { pool, batch, ...people.proven(2), ...params })
    expect(await answer({ leaf: { ...people.leaf(2), weight: 9n } })).toMatchObject({ name: 'WrongProof' })
    expect(await answer(people.proven(3))).toMatchObject({ name: 'NotDemanded', index: 3n })
  })

  it('that does not exist is answered by the empty subtree around it', async () => {
    const { world, people, place, demand } = await demanded(6n)
    // Places 6 and 7 are empty. Above them: the node of 4 and 5, and that of 0 to 3, which the proof of 4 ends with.
    const proof = people.tree.prove(4)
    const atOne = new Uint8Array(96)
    const four = { hash: leafHash(people.leaf(4)), sum: 5n }
    const node = nodeHash(four, { hash: ZERO_HASH, sum: 0n })
    if (!node.ok) throw new Error('the sum fits')
    atOne.set(hexToBytes(node.value.hash), 0)
    atOne[47] = 5
    atOne.set(proof.subarray(96, 144), 48)
    expect(await world.refusal('answerEmpty', { ...place, height: 1n, proof: atOne.subarray(48) })).toMatchObject({
      ...{ name: 'WrongProofLength', expected: 96n },
    })
    expect(await world.refusal('answerEmpty', { ...place, height: 4n, proof: atOne })).toMatchObject({
      ...{ name: 'WrongProofLength', expected: 0n },
    })
    const taken = { ...place, index: 4n }
    expect(await demand(taken)).toBe('accepted')
    expect(await world.refusal('answerEmpty', { ...taken, height: 0n, proof })).toMatchObject({ name: 'WrongProof' })
    await world.must('answerEmpty', { ...place, height: 1n, proof: atOne }, { from: ANSWERER })
    expect(world.balance(ANSWERER)).toBe(BOND)
  })

  it('costs exactly the bond, is within the tree, and is demanded once at a time', async () => {
    const { demand, place } = await demanded()
    expect(await demand({ ...place, index: 1n }, BOND - 1n)).toEqual({
      ...{ name: 'WrongValue', value: BOND - 1n, expected: BOND },
    })
    expect(await demand({ ...place, index: 8n })).toEqual({ name: 'IndexOutOfRange', index: 8n, limit: 8n })
    expect(await demand()).toMatchObject({ name: 'AlreadyDemanded', index: 2n })
    expect(await demand({ ...place, batch: 3n })).toMatchObject({ name: 'UnknownBatch' })
  })
})

describe('a leaf that nobody shows', () => {
  it('lets anybody revoke the batch after the time to answer, and the bond goes back', async () => {
    const { world, pool, batch, people, place, demand } = await demanded()
    await demand({ ...place, index: 4n })
    await world.fund(pool, 150n)
    const early = await world.refusal('revokeUnanswered', place, { from: PAYER })
    expect(early).toMatchObject({ name: 'TooEarly', allowedAtBlock: BigInt(world.block + 6) })
    world.endBlocks(6)
    await world.must('revokeUnanswered', place, { from: PAYER })
    expect(world.balance(DEMANDER)).toBe(9n * BOND)
    expect(world.status(pool, batch)).toBe(3n)
    world.endBlocks()
    expect(world.weight(pool)).toBe(0n)
    // Who has a proof keeps what was earned; the other demand's bond goes back too.
    expect((await world.claim(pool, batch, people, 4)).value).toEqual({ amount: 50n })
    await world.must('returnBond', { ...place, index: 4n }, { from: PAYER })
    expect(world.balance(DEMANDER)).toBe(10n * BOND)
    expect(world.bonds).toBe(0n)
    expect(await world.refusal('demandLeaf', place, { from: DEMANDER, value: BOND })).toMatchObject({
      name: 'BatchGone',
    })
  })

  it('can still be shown until the batch is revoked', async () => {
    const { world, pool, batch, people, place } = await demanded()
    world.endBlocks(6)
    expect(await world.refusal('returnBond', place)).toMatchObject({ name: 'BatchStands', status: 2n })
    await world.must('answerLeaf', { pool, batch, ...people.proven(2) }, { from: ANSWERER })
    expect(await world.refusal('revokeUnanswered', place)).toMatchObject({ name: 'NotDemanded' })
  })

  it('withdraws a batch that is pending', async () => {
    const world = new PoolWorld({ noticeBlocks: 50, demandBlocks: 2 })
    const pool = await world.create()
    const batch = await world.append(pool, new Contributors([1n, 2n]))
    await world.must('demandLeaf', { pool, batch, index: 1n }, { from: PAYER, value: BOND })
    world.endBlocks(3)
    await world.must('revokeUnanswered', { pool, batch, index: 1n })
    expect(world.status(pool, batch)).toBe(4n)
    world.endBlocks(60)
    expect(world.weight(pool)).toBe(0n)
  })

  it('does not open the claims of a batch that the authority froze, which can still be forfeited', async () => {
    const { world, pool, batch, people, place } = await demanded()
    await world.fund(pool, 1_500n)
    await world.must('freeze', { pool, batch }, { from: AUTHORITY })
    world.endBlocks(6)
    await world.must('revokeUnanswered', place)
    const frozen = { name: 'ClaimsFrozen', pool, batch }
    expect((await world.claim(pool, batch, people, 0)).refusal).toMatchObject(frozen)
    world.endBlocks()
    expect(world.status(pool, batch)).toBe(4n)
    expect((await world.claim(pool, batch, people, 0)).refusal).toMatchObject(frozen)
    const evidence = `0x${'11'.repeat(32)}`
    await world.must('revoke', { pool, batch, evidence, isForfeit: true }, { from: AUTHORITY })
    expect(world.status(pool, batch)).toBe(5n)
    expect(world.held(pool)).toEqual({ waiting: 0n, escrow: 1_500n })
  })

  it('in a batch that the authority is sending away returns the bond as well', async () => {
    const { world, pool, batch, place } = await demanded()
    world.endBlocks(6)
    await world.must('freeze', { pool, batch }, { from: AUTHORITY })
    const evidence = `0x${'11'.repeat(32)}`
    await world.must('revoke', { pool, batch, evidence, isForfeit: true }, { from: AUTHORITY })
    await world.must('revokeUnanswered', place)
    expect(world.balance(DEMANDER)).toBe(10n * BOND)
    world.endBlocks()
    expect(world.status(pool, batch)).toBe(5n)
  })
})
