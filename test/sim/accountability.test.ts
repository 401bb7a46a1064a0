/**
 * Beyond the fault bound: two of four validators are Byzantine. Agreement may break, but never without proof of who broke it:
 * whenever honest nodes finalize differently, or stop before they would, votes that they saw convict a third of the power.
 */

import { describe, expect, it } from 'vitest'
import { evidenceOf } from '../../src/consensus/evidence.ts'
import type { ConsensusMessage } from '../../src/consensus/messages.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import type { Vote } from '../../src/types/vote.ts'
import { startChaos } from './chaos.ts'
import { type Plan, planOf } from './plan.ts'
import { nodeOfKey } from './validators.ts'
import { World } from './world.ts'

const SEEDS = 60

/** Four equal validators, of whom 0 and 1 are Byzantine and nothing else goes wrong. */
function plan(seed: number): Plan {
  return {
    ...planOf(seed),
    size: 4,
    basePowers: [1, 1, 1, 1],
    byzantine: new Map([
      [0, 'equivocating'],
      [1, 'double-voting'],
    ]),
    epochLength: 1_000,
    crashRate: 0,
    blackoutsMs: [],
    restoredNode: -1,
    refusingNode: -1,
    clockSkewsMs: [0, 0, 0, 0],
    lossRate: 0,
  }
}

/** Votes that a message proves: its own, and those that make up its certificates. */
function votesIn(message: ConsensusMessage): Vote[] {
  const fromCertificate = ({ subject, bitmap, signature }: Certificate): Vote[] =>
    [0, 1, 2, 3]
      .filter((signer) => ((bitmap[0] as number) >> signer) & 1)
      .map((signerIndex) => ({ subject, signerIndex, signature }))
  if (message.type === 'vote') return [message.vote]
  if (message.type === 'proposal') return [message.leaderVote, ...message.justification.flatMap(fromCertificate)]
  return message.type === 'certificate' ? fromCertificate(message.certificate) : []
}

function run(seed: number) {
  const world = new World(plan(seed), undefined, null)
  const seen = new Map<string, Vote[]>()
  const convicted = new Set<number>()
  world.witness = (message) => {
    for (const vote of votesIn(message)) {
      const { epoch, view } = vote.subject
      const key = `${vote.signerIndex} ${epoch} ${view}`
      const held = seen.get(key) ?? []
      const accused = world.setOf(epoch).validators[vote.signerIndex]?.blsPublicKey ?? ''
      if (held.some((other) => evidenceOf(other, vote) !== null)) convicted.add(nodeOfKey(accused))
      if (held.length < 32) held.push(vote)
      seen.set(key, held)
    }
  }
  startChaos(world)
  world.run(6_000, () => false)
  return { violation: world.ledger.violation, convicted }
}

describe('two Byzantine of four', () => {
  const results = Array.from({ length: SEEDS }, (_, index) => run(index + 1))

  it('can break agreement', () => {
    expect(results.filter((one) => one.violation !== null).length).toBeGreaterThan(5)
  })

  it('are convicted whenever they do, by votes that honest nodes saw, and never is anybody honest', () => {
    for (const { violation, convicted } of results) {
      if (violation !== null) expect([...convicted].sort()).toEqual([0, 1])
      else for (const one of convicted) expect(one).toBeLessThan(2)
    }
  })
})
