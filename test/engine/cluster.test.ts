import { afterEach, describe, expect, it } from 'vitest'
import { faultName } from '../../src/engine/evidence-pool.ts'
import type { NoticeKind } from '../../src/engine/ports.ts'
import { present } from '../../src/lib/assert.ts'
import { CodedError } from '../../src/lib/errors.ts'
import { Prng } from '../../src/lib/prng.ts'
import { decodeProposal, decodeVote, encodeVote } from '../../src/types/consensus-codec.ts'
import type { Evidence } from '../../src/types/evidence.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { subjectSignBytes } from '../../src/types/sign-bytes.ts'
import { FINALIZE, NOTARIZE, type Subject } from '../../src/types/vote.ts'
import { EngineCluster } from '../support/engine-cluster.ts'

const timing = {
  epochLengthBlocks: 10,
  minBlockIntervalMs: 5,
  idleIntervalMs: 20,
  leaderTimeoutMs: 200,
  retryIntervalMs: 100,
  skipTimeoutMs: 5_000,
}

let cluster: EngineCluster | undefined
afterEach(() => cluster?.stop())

/** Every pair of nodes agrees on every height that both have. */
function expectAgreement(running: EngineCluster): void {
  for (const a of running.nodes) {
    for (const b of running.nodes) {
      const common = Math.min(a.finalized.length, b.finalized.length)
      const hashes = (of: typeof a): string[] => of.finalized.slice(0, common).map((one) => one.block.hash)
      expect(hashes(a)).toEqual(hashes(b))
    }
  }
}

describe('four engines in one process', () => {
  it('finalize blocks across epochs and agree on each', async () => {
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 1,
      payload: (request) => new Uint8Array(1_000).fill(request.view),
    })
    await cluster.start()
    await cluster.untilHeight(35)
    expectAgreement(cluster)
    for (const node of cluster.nodes) {
      expect(node.faults).toEqual([])
      expect(node.stopped).toBeNull()
    }
  })
})

describe('engines that are killed', () => {
  it('go on with three of four, and the fourth comes back from its log and catches up', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 2 })
    await cluster.start()
    await cluster.untilHeight(12)
    cluster.kill(3)
    const behind = cluster.height(3)
    await cluster.untilHeight(behind + 25, [0, 1, 2])
    await cluster.startNode(3)
    await cluster.untilHeight(behind + 35)
    expectAgreement(cluster)
  })

  it('halt without a quorum and resume when it is back', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 3 })
    await cluster.start()
    await cluster.untilHeight(5)
    cluster.kill(0)
    cluster.kill(1)
    await cluster.startNode(1)
    await cluster.untilHeight(cluster.height(2) + 10, [1, 2, 3])
    expectAgreement(cluster)
  })

  it('resume after a blackout of all at once, whatever the disks kept of what was not synced', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 4, payload: () => new Uint8Array(100) })
    await cluster.start()
    for (let round = 0; round < 6; round++) {
      const from = Math.max(...cluster.nodes.map((_, i) => present(cluster, 'started').height(i)))
      await cluster.untilHeight(from + 4)
      for (let i = 0; i < 4; i++) cluster.kill(i)
      for (let i = 0; i < 4; i++) await cluster.startNode(i)
    }
    await cluster.untilHeight(cluster.height(0) + 10)
    expectAgreement(cluster)
    for (const node of cluster.nodes) expect(node.faults).toEqual([])
  })

  it('never contradict what they said before, in 40 kills while blocks flow and execution is slow', async () => {
    const ear = new Ear()
    const delays = new Prng(55)
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 5,
      executionMs: () => (delays.chance(0.3) ? delays.below(30) : 0),
      intercept: (from, _to, kind, bytes) => ear.hear(from, kind, bytes),
    })
    await cluster.start()
    const prng = new Prng(5)
    for (let kill = 0; kill < 40; kill++) {
      const victim = prng.below(4)
      const others = [0, 1, 2, 3].filter((i) => i !== victim)
      await cluster.untilHeight(cluster.height(present(others[0], 'three')) + prng.below(4), others)
      cluster.kill(victim)
      await cluster.startNode(victim)
    }
    await cluster.untilHeight(cluster.height(0) + 10)
    expectAgreement(cluster)
    expect(ear.contradictions).toEqual([])
    expect(ear.votes.size).toBeGreaterThan(100)
  })

  it('never contradict themselves when they die between the signer’s state and the log', async () => {
    const ear = new Ear()
    const prng = new Prng(10)
    let deaths = 0
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 10,
      intercept: (from, _to, kind, bytes) => ear.hear(from, kind, bytes),
      onSigned: (index) => {
        const running = cluster
        if (running === undefined || deaths >= 25 || !prng.chance(0.08)) return
        deaths++
        running.kill(index)
        setImmediate(() => void running.startNode(index))
      },
    })
    await cluster.start()
    await cluster.until(() => deaths === 25)
    await cluster.untilHeight(cluster.height(0) + 15)
    expectAgreement(cluster)
    expect(ear.contradictions).toEqual([])
    for (const node of cluster.nodes) expect(node.faults).toEqual([])
  })
})

/** Hears all votes, across the lives of their senders. */
class Ear {
  readonly votes = new Map<string, string>()
  readonly contradictions: string[] = []

  hear(from: number, kind: NoticeKind, bytes: Uint8Array): Uint8Array {
    if (kind === 'vote') this.note(from, decodeVote(bytes).subject)
    if (kind === 'proposal') this.note(from, decodeProposal(bytes).leaderVote.subject)
    return bytes
  }

  private note(from: number, { kind, epoch, view, blockHash, parentView, justHash }: Subject): void {
    const name = `${from}/${epoch}/${view}/${kind === NOTARIZE ? 1 : 2}`
    const said = `${kind} ${blockHash} ${parentView} ${justHash}`
    const before = this.votes.get(name)
    if (before !== undefined && before !== said) this.contradictions.push(`${name}: ${before} and ${said}`)
    this.votes.set(name, said)
  }
}

describe('a node without a key', () => {
  it('follows the finalized chain and never speaks', async () => {
    const spoke: string[] = []
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 6,
      followers: 1,
      intercept: (from, _to, kind, bytes) => {
        if (from === 4) spoke.push(kind)
        return bytes
      },
    })
    await cluster.start()
    await cluster.untilHeight(25)
    expectAgreement(cluster)
    expect(spoke).toEqual([])
  })
})

describe('an engine that must stop', () => {
  it('says STATE_DIVERGED with the block when a quorum finalizes what it finds invalid', async () => {
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 7,
      refuse: (index, block) => (index === 2 && block.header.number === 8 ? 'another state root' : undefined),
    })
    await cluster.start()
    await cluster.until(() => cluster?.node(2).stopped !== null)
    const error = cluster.node(2).stopped
    expect(error).toBeInstanceOf(CodedError)
    expect(error).toMatchObject({ detail: { code: 'STATE_DIVERGED', height: 8 } })
    await cluster.untilHeight(20, [0, 1, 3])
    expect(cluster.height(2)).toBe(7)
  })

  it('says so when the disk of its log is full, and the others go on', async () => {
    cluster = new EngineCluster({ size: 4, timing, seed: 8 })
    await cluster.start()
    await cluster.untilHeight(5)
    cluster.node(1).folder.failWrite = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    await cluster.until(() => cluster?.node(1).stopped !== null)
    expect(cluster.node(1).stopped).toMatchObject({ detail: { code: 'WAL_DISK_FULL' } })
    await cluster.untilHeight(cluster.height(0) + 10, [0, 2, 3])
    cluster.node(1).folder.failWrite = undefined
    cluster.kill(1)
    await cluster.startNode(1)
    await cluster.untilHeight(cluster.height(0) + 5)
    expectAgreement(cluster)
  })
})

describe('a validator that votes twice', () => {
  it('is proven guilty in a block that all nodes hold', async () => {
    const twin = new EvilTwin()
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 9,
      intercept: (from, to, kind, bytes) => (from === 3 && kind === 'vote' ? twin.vote(to, bytes) : bytes),
    })
    twin.join(cluster)
    await cluster.start()
    const proof = (index: number): Evidence | undefined =>
      cluster?.node(index).finalized.flatMap((one) => one.block.consensus.evidence)[0]
    await cluster.until(() => [0, 1, 2, 3].every((index) => proof(index) !== undefined))
    expectAgreement(cluster)
    expect(proof(0)?.first.signerIndex).toBe(3)
    const all = cluster.node(0).finalized.flatMap((one) => one.block.consensus.evidence.map(faultName))
    expect(new Set(all).size).toBe(all.length)
  })
})

/** Sends node 0 a finalization of another block beside the honest one. */
class EvilTwin {
  private cluster: EngineCluster | undefined

  join(cluster: EngineCluster): void {
    this.cluster = cluster
  }

  vote(to: number, bytes: Uint8Array): Uint8Array {
    const { cluster } = this
    const vote = decodeVote(bytes)
    if (to !== 0 || vote.subject.kind !== FINALIZE || cluster === undefined) return bytes
    const subject = { ...vote.subject, blockHash: `0x${'66'.repeat(32)}` as Hash }
    const key = present(cluster.node(3).key, 'a validator')
    const signature = key.sign(subjectSignBytes(cluster.chain, subject))
    return encodeVote({ subject, signerIndex: vote.signerIndex, signature })
  }
}
