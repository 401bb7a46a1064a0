/**
 * A devnet chainspec with two made-up validators, and its file form to be spoilt field by field.
 */

import { type ChainSpec, chainSpecToJson } from '../../src/chainspec/chain-spec.ts'
import { buildNetwork } from '../../src/chainspec/networks.ts'
import type { Address } from '../../src/types/primitives.ts'

export const PEER_IDS = [
  '12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtP',
  '12D3KooWHHzSeKaY8xuZVzkLbKFfvNgPPeKhFBGrMbNzbm5akpqu',
] as const

export function devnetSpec(): ChainSpec {
  return buildNetwork('devnet', {
    genesisTimeMs: 1_767_225_600_123,
    validators: PEER_IDS.map((peerId, i) => ({
      blsPublicKey: `0x${String(i + 1).repeat(96)}`,
      proofOfPossession: `0x${String(i + 1).repeat(192)}`,
      peerId,
      operator: `0x${String(i + 1).repeat(40)}` as Address,
      feeAddress: `0x${String(i + 1).repeat(40)}` as Address,
      power: i + 1,
    })),
  })
}

type Json = { [name: string]: Json & Json[] } & unknown

/** The file form as a tree that a test may change. */
// biome-ignore lint/suspicious/noExplicitAny: a test spoils fields of any type at any depth
export function devnetJson(): any {
  return JSON.parse(JSON.stringify(chainSpecToJson(devnetSpec()))) as Json
}
