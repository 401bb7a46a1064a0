/**
 * Proofs of leaves as the methods check them: paid for by their shape before a hash is made, refused by name.
 */

import {
  combineRecords,
  MAX_SUM_DEPTH,
  multiproofShape,
  readSumRecord,
  SUM_RECORD_BYTES,
  type SumFailure,
  type SumRoot,
  verifyMultiproof,
  verifyProof,
} from '../../crypto/merkle-sum.ts'
import { assert, unreachable } from '../../lib/assert.ts'
import { ok, type Result } from '../../lib/result.ts'
import type { ModuleContext } from '../context.ts'
import { type Failure, failure } from '../failure.ts'
import { keccakGas } from '../gas.ts'
import type { Leaf } from './abi-structs.ts'
import type { BatchKey } from './batch-turns.ts'
import {
  DuplicateIndex,
  IndexOutOfRange,
  IndicesNotAscending,
  NoLeaves,
  ProofSumOverflow,
  WrongProof,
  WrongProofLength,
} from './errors.ts'

/** A root that a batch stores, and whose it is. */
export type ProvenRoot = { readonly key: BatchKey; readonly root: SumRoot }

/** Who pays for the hashes. */
type Paying = Pick<ModuleContext, 'gas'>

/** Gas of hashing a leaf and a node. */
const LEAF_HASH_GAS = keccakGas(1 + 8 + 20 + 16)
const NODE_HASH_GAS = keccakGas(1 + 2 * SUM_RECORD_BYTES)

/** Checks that `leaf` is in the batch. */
export function checkLeaf(
  { gas }: Paying,
  { key, root }: ProvenRoot,
  leaf: Leaf,
  proof: Uint8Array,
): Result<undefined, Failure> {
  gas.charge(proofGas(root.depth))
  const verified = verifyProof(root, leaf, proof)
  return verified.ok ? verified : refusal(key, verified.error)
}

/** Checks that all `leaves`, of distinct ascending indices, are in the batch. */
export function checkLeaves(
  { gas }: Paying,
  { key, root }: ProvenRoot,
  leaves: readonly Leaf[],
  proof: Uint8Array,
): Result<undefined, Failure> {
  const shape = multiproofShape(
    root.depth,
    leaves.map(({ index }) => index),
  )
  if (!shape.ok) return refusal(key, shape.error, leaves)
  gas.charge(leaves.length * LEAF_HASH_GAS + (shape.value.hashes - leaves.length) * NODE_HASH_GAS)
  const verified = verifyMultiproof(root, leaves, proof)
  return verified.ok ? verified : refusal(key, verified.error, leaves)
}

/**
 * Checks that the place `index` is empty: that a subtree of 2^height places around it is (0, 0). The proof has the siblings
 * from that subtree up.
 */
export function checkEmpty(
  { gas }: Paying,
  { key, root }: ProvenRoot,
  index: bigint,
  height: bigint,
  proof: Uint8Array,
): Result<undefined, Failure> {
  assert(index < 1n << BigInt(root.depth), 'a place that is asked for is within the tree')
  const levels = root.depth - Number(height)
  const expected = levels * SUM_RECORD_BYTES
  if (levels < 0 || proof.length !== expected) {
    return failure(WrongProofLength, { expected: BigInt(Math.max(expected, 0)), given: BigInt(proof.length) })
  }
  gas.charge(levels * NODE_HASH_GAS)
  const record = new Uint8Array(SUM_RECORD_BYTES)
  for (let level = 0; level < levels; level++) {
    const isRight = ((index >> (height + BigInt(level))) & 1n) === 1n
    const at = level * SUM_RECORD_BYTES
    const isFitting = isRight
      ? combineRecords(proof, at, record, 0, record, 0)
      : combineRecords(record, 0, proof, at, record, 0)
    if (!isFitting) return failure(ProofSumOverflow, { level: height + BigInt(level + 1) })
  }
  const { hash, sum } = readSumRecord(record, 0)
  return hash === root.hash && sum === root.total ? ok(undefined) : failure(WrongProof, key)
}

/** Gas of one proof in a tree of this depth. */
export function proofGas(depth: number): number {
  assert(depth <= MAX_SUM_DEPTH, 'the depth of a stored root is within the bound')
  return LEAF_HASH_GAS + depth * NODE_HASH_GAS
}

function refusal(key: BatchKey, error: SumFailure, leaves: readonly Leaf[] = []): Result<undefined, Failure> {
  switch (error.code) {
    case 'NO_LEAVES':
      return failure(NoLeaves, {})
    case 'INDEX_OUT_OF_RANGE':
      return failure(IndexOutOfRange, { index: error.index, limit: error.limit })
    case 'INDEX_NOT_ASCENDING': {
      const isDuplicate = leaves.slice(0, error.position).some(({ index }) => index === error.index)
      const values = { index: error.index, position: BigInt(error.position) }
      return isDuplicate ? failure(DuplicateIndex, values) : failure(IndicesNotAscending, values)
    }
    case 'PROOF_LENGTH':
      return failure(WrongProofLength, { expected: BigInt(error.expected), given: BigInt(error.actual) })
    case 'SUM_OVERFLOW':
      return failure(ProofSumOverflow, { level: BigInt(error.level) })
    case 'ROOT_MISMATCH':
      return failure(WrongProof, key)
    default:
      return unreachable(error)
  }
}
