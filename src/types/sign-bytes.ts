/**
 * What validators sign (docs/consensus.md 2.2). Chain id and genesis hash are in every preimage, so no signature of one chain
 * says anything on another, not even on one that reuses the chain id after a reset. Integers are eight bytes, big-endian.
 */

import { sha256 } from '../crypto/sha256.ts'
import { Writer } from './codec.ts'
import type { Hash } from './primitives.ts'
import type { Subject } from './vote.ts'

/** The chain that a signature belongs to. */
export type ChainIdentity = { readonly chainId: number; readonly genesisHash: Hash }

const SUBJECT_TAG = new TextEncoder().encode('sahara/sxe/1')
const RANDAO_TAG = new TextEncoder().encode('sahara/randao/1')

/** 32 bytes: what a vote or certificate on `subject` signs. */
export function subjectSignBytes(chain: ChainIdentity, subject: Subject): Uint8Array {
  return sha256(
    new Writer(160)
      .fixed(SUBJECT_TAG)
      .u64(chain.chainId)
      .hash(chain.genesisHash)
      .u64(subject.kind)
      .u64(subject.epoch)
      .u64(subject.view)
      .u64(subject.parentView)
      .hash(subject.blockHash)
      .hash(subject.justHash)
      .finish(),
  )
}

/** 32 bytes: what a proposer signs as its share of the chain's randomness, without choice: nothing but the view is in it. */
export function randaoSignBytes(chain: ChainIdentity, epoch: number, view: number): Uint8Array {
  const writer = new Writer(80).fixed(RANDAO_TAG).u64(chain.chainId).hash(chain.genesisHash)
  return sha256(writer.u64(epoch).u64(view).finish())
}
