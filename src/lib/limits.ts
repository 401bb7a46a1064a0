/**
 * Every bound of the node that is not part of the chain's own parameters, each with its reason.
 * A queue, map, loop, message or list that can grow is held to one of these, and a test meets it.
 */

/** Largest block of transactions, in bytes; EIP-7934 allows 8 MiB, a pushed block must cross the world in a view. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024
/** Validators in one epoch: a bitmap of 16 bytes. */
export const MAX_VALIDATORS = 128
/** Certificates in one proposal's justification. */
export const MAX_JUSTIFICATION = 4_096
/** Pieces of evidence in one block. */
export const MAX_EVIDENCE_PER_BLOCK = 16
/** Notarized blocks above the finalized head before leaders re-propose instead of building. */
export const MAX_UNFINALIZED = 32
/** A new block further above our finalized head than this is not notarized. */
export const MAX_NOTARIZE_DISTANCE = 64
/** Transaction gas cap, EIP-7825. */
export const MAX_TRANSACTION_GAS = 16_777_216n
