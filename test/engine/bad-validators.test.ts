import { afterEach, describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { MAX_ENGINE_INBOX, MAX_INBOX_BYTES_PER_PEER } from '../../src/lib/limits.ts'
import { Prng } from '../../src/lib/prng.ts'
import type { ConsensusContext, SealedBlock } from '../../src/types/block.ts'
import { contextHash, headerHash } from '../../src/types/block-codec.ts'
import { decodeProposal, encodeProposal } from '../../src/types/consensus-codec.ts'
import { DOUBLE_FINALIZE } from '../../src/types/evidence.ts'
import { encodeEvidence } from '../../src/types/evidence-codec.ts'
import type { Proposal } from '../../src/types/proposal.ts'
import { subjectSignBytes } from '../../src/types/sign-bytes.ts'
import { FINALIZE, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { EngineCluster } from '../support/engine-cluster.ts'
import { testHash } from '../support/votes.ts'

const timing = {
  epochLengthBlocks: 10,
  minBlockIntervalMs: 5,
  idleIntervalMs: 20,
  leaderTimeoutMs: 150,
  retryIntervalMs: 75,
  skipTimeoutMs: 5_000,
}
/** The one that misbehaves. */
const BAD = 3
const HONEST = [0, 1, 2]

let cluster: EngineCluster | undefined
afterEach(() => cluster?.stop())

function expectHonestAgreement(running: EngineCluster, height: number): void {
  const hashes = (index: number): string[] =>
    running
      .node(index)
      .finalized.slice(0, height + 1)
      .map((one) => one.block.hash)
  for (const index of HONEST) expect(hashes(index)).toEqual(hashes(0))
  for (const index of HONEST) expect(running.node(index).stopped).toBeNull()
}

describe('a validator that sends garbage', () => {
  it('is told on, and the others go on', async () => {
    const prng = new Prng(1)
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 1,
      intercept: (from, _to, _kind, bytes) => {
        if (from !== BAD || prng.chance(0.3)) return bytes
        const wild = bytes.slice(0, prng.chance(0.3) ? prng.below(bytes.length + 1) : bytes.length)
        for (let i = 0; i < 3 && wild.length > 0; i++) wild[prng.below(wild.length)] = prng.below(256)
        return wild
      },
    })
    await cluster.start()
    await cluster.untilHeight(25, HONEST)
    expectHonestAgreement(cluster, 25)
    const faults = HONEST.flatMap((index) => present(cluster, 'runs').node(index).faults)
    expect(faults).toContain(`node-${BAD} malformed`)
    expect(faults).toContain(`node-${BAD} invalidSignature`)
    expect(faults.every((fault) => fault.startsWith(`node-${BAD} `))).toBe(true)
  })

  it('cannot fill an engine: what is beyond the bound of its queue is dropped', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 2 })
    await cluster.start()
    await cluster.untilHeight(3)
    const engine = present(cluster.node(0).engine, 'runs')
    for (let i = 0; i < 2 * MAX_ENGINE_INBOX; i++) engine.onNotice(`node-${BAD}`, 'vote', new Uint8Array(50).fill(i))
    await cluster.untilHeight(cluster.height(1) + 10)
    const { faults } = cluster.node(0)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.length).toBeLessThanOrEqual(MAX_ENGINE_INBOX + 100)
  })

  it('stops no engine whose own code fails on it', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 4 })
    await cluster.start()
    const { faults, engine } = cluster.node(0)
    faults.push = () => {
      throw new TypeError('a fault of ours')
    }
    const garbage = new Uint8Array(50).fill(7)
    const running = present(engine, 'runs')
    for (const kind of ['proposal', 'vote', 'certificate'] as const) running.onNotice(`node-${BAD}`, kind, garbage)
    expect(await running.answer(`node-${BAD}`, 'certificates', garbage)).toBeUndefined()
    await cluster.untilHeight(cluster.height(0) + 10)
    expectHonestAgreement(cluster, 10)
  })

  it('cannot fill its memory with proposals either: what one peer has waiting is bounded in bytes', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 2 })
    await cluster.start()
    await cluster.untilHeight(3)
    const engine = present(cluster.node(0).engine, 'runs')
    const large = new Uint8Array(MAX_INBOX_BYTES_PER_PEER / 4)
    for (let i = 0; i < 100; i++) engine.onNotice(`node-${BAD}`, 'proposal', large)
    await cluster.untilHeight(cluster.height(1) + 5)
    expect(cluster.node(0).faults).toEqual(Array.from({ length: 4 }, () => `node-${BAD} malformed`))
  })

  it('and that sends evidence which proves nothing is told on', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 3 })
    await cluster.start()
    const [blockHash, justHash] = [testHash(1), testHash(2)]
    const subject: Subject = { kind: FINALIZE, epoch: 0, view: 1, parentView: 0, blockHash, justHash }
    const key = present(cluster.node(BAD).key, 'a validator')
    const sign = (of: Subject) => ({
      subject: of,
      // Signed by another than the one accused.
      signerIndex: 1,
      signature: key.sign(subjectSignBytes(present(cluster, 'runs').chain, of)),
    })
    const second = { ...subject, blockHash: testHash(3) }
    const lie = encodeEvidence({ type: DOUBLE_FINALIZE, first: sign(subject), second: sign(second) })
    present(cluster.node(0).engine, 'runs').onNotice(`node-${BAD}`, 'evidence', lie)
    await cluster.untilHeight(12)
    expect(cluster.node(0).faults).toContain(`node-${BAD} invalidSignature`)
    expect(cluster.node(0).finalized.flatMap((one) => one.block.consensus.evidence)).toEqual([])
  })
})

describe('a validator that sends others’ proposals on', () => {
  const changes: readonly [string, (proposal: Proposal) => Proposal][] = [
    ['without their block', (proposal) => ({ ...proposal, block: null })],
    ['with another block', (proposal) => ({ ...proposal, block: present(cluster, 'runs').genesis })],
    ['with a nullification too many', withNullification],
  ]
  it.each(changes)('%s stops nobody from voting for the honest ones', async (_, change) => {
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 5,
      intercept: (from, to, kind, bytes) => {
        if (kind !== 'proposal' || to === BAD) return bytes
        const changed = encodeProposal(change(decodeProposal(bytes)))
        present(cluster, 'runs').node(to).engine?.onNotice(`node-${BAD}`, 'proposal', changed)
        return from === BAD ? undefined : bytes
      },
    })
    await cluster.start()
    await cluster.untilHeight(12, HONEST)
    expectHonestAgreement(cluster, 12)
    const faults = HONEST.flatMap((index) => present(cluster, 'runs').node(index).faults)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.every((fault) => fault.startsWith(`node-${BAD} `))).toBe(true)
  })
})

function withNullification(proposal: Proposal): Proposal {
  const signature = new Uint8Array(96)
  const extra = { subject: nullifySubject(0, 1), bitmap: Uint8Array.of(7), signature }
  return { ...proposal, justification: [...proposal.justification, extra] }
}

describe('a leader whose blocks break a rule of consensus', () => {
  const breaks: readonly [string, (context: ConsensusContext) => Partial<ConsensusContext>][] = [
    ['a reveal of its own making', () => ({ randaoReveal: new Uint8Array(96).fill(9) })],
    ['another validator set', () => ({ validatorsHash: testHash(7) })],
    ['a next set before the epoch closes', () => ({ nextValidatorsHash: testHash(7) })],
    ['a later epoch', ({ epoch }) => ({ epoch: epoch + 1 })],
  ]
  for (const [what, change] of breaks) {
    it(`is skipped: ${what}`, async () => {
      const forged = new Set<string>()
      cluster = new EngineCluster({
        size: 4,
        timing,
        seed: 4,
        intercept: (from, _to, kind, bytes) => {
          const running = present(cluster, 'runs')
          if (from !== BAD || kind !== 'proposal') return bytes
          const changed = forge(running, bytes, change)
          if (changed === undefined) return bytes
          forged.add(changed.hash)
          return changed.bytes
        },
      })
      await cluster.start()
      await cluster.untilHeight(12, HONEST)
      expectHonestAgreement(cluster, 12)
      expect(forged.size).toBeGreaterThan(0)
      for (const { block } of cluster.node(0).finalized) expect(forged.has(block.hash)).toBe(false)
    })
  }
})

/** The proposal with another context, sealed and signed again as its leader could. */
function forge(
  running: EngineCluster,
  bytes: Uint8Array,
  change: (context: ConsensusContext) => Partial<ConsensusContext>,
): { readonly hash: string; readonly bytes: Uint8Array } | undefined {
  const { block, justification, leaderVote } = decodeProposal(bytes)
  if (block === null) return undefined
  const context = { ...block.consensus.context, ...change(block.consensus.context) }
  const mixHash = keccak256Hash(context.randaoReveal)
  const header = { ...block.header, parentBeaconBlockRoot: contextHash(context) }
  const sealed = context.randaoReveal === block.consensus.context.randaoReveal ? header : { ...header, mixHash }
  const forgedBlock: SealedBlock = {
    ...block,
    hash: headerHash(sealed),
    header: sealed,
    consensus: { ...block.consensus, context },
  }
  const subject = { ...leaderVote.subject, blockHash: forgedBlock.hash }
  const key = present(running.node(BAD).key, 'a validator')
  const signature = key.sign(subjectSignBytes(running.chain, subject))
  const vote = { ...leaderVote, subject, signature }
  return { hash: forgedBlock.hash, bytes: encodeProposal({ block: forgedBlock, justification, leaderVote: vote }) }
}
