/**
 * What the engine asks of whoever holds the validator's key. `LocalSigner` (local-signer.ts) is the one in this process.
 */

import type { BlsPublicKey } from '../crypto/bls.ts'
import type { Result } from '../lib/result.ts'
import type { Subject } from '../types/vote.ts'

/** The guard's word: the subject conflicts with what was signed before, or lies behind it. */
export type SignRefusal = { readonly code: 'SIGN_REFUSED'; readonly reason: string }

export interface Signer {
  readonly publicKey: BlsPublicKey
  /**
   * Signs a vote's subject, at most once per step of a view, or returns the signature that it stored for the very same
   * subject. The signer's own state is durable before the promise resolves. Rejects only when that state cannot be written.
   */
  sign(subject: Subject): Promise<Result<Uint8Array, SignRefusal>>
  /** The proposer's share of randomness for a view. Outside the guard: there is only one such value. */
  randaoReveal(epoch: number, view: number): Uint8Array
  close(): Promise<void>
}
