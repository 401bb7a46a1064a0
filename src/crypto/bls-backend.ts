/**
 * What an implementation of BLS12-381 offers to bls.ts: minimal public keys (48 bytes in G1), signatures of 96 bytes in G2,
 * ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_. Both implementations give the same bytes and the same verdicts.
 *
 * Nothing here throws on bytes of a stranger: malformed points make a verdict false and a parse undefined.
 */

/** The signature ciphersuite's domain separation tag. */
export const SIGNATURE_TAG = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_'

/** One message, all of whose signers signed it, and their aggregated signature. */
export type SignedByMany = {
  /** Parsed keys of one backend. */
  readonly publicKeys: readonly BackendKey[]
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** A parsed, group-checked public key; what it holds is the backend's own. */
export type BackendKey = { readonly brand: 'bls-public-key'; readonly point: unknown }

export interface BlsBackend {
  readonly name: 'native' | 'reference'
  /** The key that HKDF derives from at least 32 bytes of entropy (EIP-2333's KeyGen with an empty key_info). */
  generate(entropy: Uint8Array): Uint8Array
  /** 48 bytes; undefined when `secretKey` is not a scalar below the group order, or zero. */
  publicKeyOf(secretKey: Uint8Array): Uint8Array | undefined
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  parsePublicKey(bytes: Uint8Array): BackendKey | undefined
  verify(key: BackendKey, message: Uint8Array, signature: Uint8Array): boolean
  /** The sum of signatures, each group-checked; undefined when one is no point of the group, or there are none. */
  aggregate(signatures: readonly Uint8Array[]): Uint8Array | undefined
  verifyAggregate(signed: SignedByMany): boolean
  /** One randomised multi-pairing over all; true only if each would verify on its own. */
  verifyMany(batch: readonly SignedByMany[]): boolean
}
