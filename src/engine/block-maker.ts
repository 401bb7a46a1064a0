/**
 * Makes the leader's block: gathers what consensus puts into it and has execution build, execute and seal it
 * (docs/consensus.md 2.2, R2).
 */

import type { BuildEffect } from '../consensus/effect.ts'
import type { BuildFailedInput, BuiltInput } from '../consensus/input.ts'
import { present } from '../lib/assert.ts'
import { summarize } from '../types/block-summary.ts'
import { encodeCertificate } from '../types/consensus-codec.ts'
import type { BlockCache } from './block-cache.ts'
import type { ContextRules } from './context-rules.ts'
import type { EngineOptions } from './engine-options.ts'
import type { EvidencePool } from './evidence-pool.ts'
import type { FinalizedChain } from './finalized-chain.ts'

export type BlockMakerOptions = {
  readonly engine: EngineOptions
  readonly blocks: BlockCache
  readonly rules: ContextRules
  readonly chain: FinalizedChain
  readonly evidence: EvidencePool
}

/** The answer to a `build` effect. */
export async function makeBlock(
  options: BlockMakerOptions,
  effect: BuildEffect,
): Promise<BuiltInput | BuildFailedInput> {
  const { engine, blocks, rules, chain, evidence } = options
  const { epoch, view, parent, parentView } = effect
  const fail = (reason: string): BuildFailedInput => {
    engine.log.warn({ epoch, view, parent: parent.hash, reason }, 'no block built')
    return { type: 'buildFailed', epoch, view }
  }
  const parentCert = await parentCertificateBytes(engine, effect)
  const ancestors = blocks.pathFrom(chain.tip.hash, parent.hash)
  if (ancestors === undefined) return fail('an ancestor is not here')
  if (parentCert === undefined) return fail('the anchor’s finalization is not here')
  const built = await engine.execution.build({
    parentHash: parent.hash,
    epoch,
    view,
    parentView,
    timestampMs: Math.max(engine.clock.nowMs(), effect.notBeforeMs),
    randaoReveal: present(engine.signer, 'only a validator leads').randaoReveal(epoch, view),
    parentCert,
    evidence: evidence.candidates(epoch, ancestors),
    validatorsHash: rules.validatorsHash(epoch),
    nextValidatorsHash: rules.nextValidatorsHash(epoch, parent.height + 1),
    ancestors,
  })
  if (!built.ok) return fail(built.error.reason)
  blocks.add(built.value)
  return { type: 'built', epoch, view, block: summarize(built.value) }
}

async function parentCertificateBytes(
  engine: EngineOptions,
  { parent, parentCertificate }: BuildEffect,
): Promise<Uint8Array | undefined> {
  if (parentCertificate !== null) return encodeCertificate(parentCertificate)
  return parent.height === 0 ? new Uint8Array(0) : engine.store.finalization(parent.height)
}
