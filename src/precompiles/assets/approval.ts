/**
 * What an owner signs, or says by a transaction, to approve one edge.
 *
 * An approval names the parent, the child's content, who will register it and every value of the edge. A signature is
 * EIP-712: it is bound to this chain and to the registry's address, and holds until its deadline. Content is registered
 * only once, so an approval is used at most once.
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import { concatBytes, hexToBytes } from '../../lib/bytes.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import { encodeValues } from '../abi.ts'
import { address, bytes32, uint8, uint32, uint64, uint256 } from '../abi-types.ts'
import { EDGE_TERMS } from './lineage.ts'
import type { EdgeTerms } from './terms.ts'

export type Approval = {
  readonly parent: bigint
  readonly contentHash: Hash
  readonly registrant: Address
  readonly terms: EdgeTerms
}

/** keccak256 as the caller pays for it. */
type Hasher = (bytes: Uint8Array) => Hash

/** Who asks for the signature, as wallets show it. */
export const DOMAIN_NAME = 'Sahara Assets'
export const DOMAIN_VERSION = '1'
const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'
/** What a wallet is asked to sign, in one struct. */
export const APPROVAL_TYPE =
  'Approval(uint64 parent,bytes32 contentHash,address registrant,uint8 relation,uint32 relativePpm,uint32 floorPpm,uint8 floorGens,bytes32 licenceId,uint64 deadline)'
const DOMAIN_TYPE_HASH = hashOfText(DOMAIN_TYPE)
const APPROVAL_TYPE_HASH = hashOfText(APPROVAL_TYPE)
const NAME_HASH = hashOfText(DOMAIN_NAME)
const VERSION_HASH = hashOfText(DOMAIN_VERSION)

const APPROVAL_KEY = { parent: uint64, contentHash: bytes32, registrant: address, terms: EDGE_TERMS }
const DOMAIN_FIELDS = {
  typeHash: bytes32,
  name: bytes32,
  version: bytes32,
  chainId: uint256,
  verifyingContract: address,
}
const SIGNED_FIELDS = {
  typeHash: bytes32,
  parent: uint64,
  contentHash: bytes32,
  registrant: address,
  relation: uint8,
  relativePpm: uint32,
  floorPpm: uint32,
  floorGens: uint8,
  licenceId: bytes32,
  deadline: uint64,
}

/** The key that a recorded approval is found by: keccak256(abi.encode(parent, contentHash, registrant, terms)). */
export function approvalKey(approval: Approval, hash: Hasher): Hash {
  return hash(encodeValues(APPROVAL_KEY, approval))
}

/** The EIP-712 digest that the parent's owner signs. `deadline` is in seconds. */
export function approvalDigest(
  { parent, contentHash, registrant, terms }: Approval,
  deadline: bigint,
  domain: { readonly chainId: bigint; readonly module: Address },
  hash: Hasher,
): Hash {
  const { relation, relativePpm, floorPpm, floorGens, licenceId } = terms
  const values = { relation, relativePpm, floorPpm, floorGens, licenceId, deadline }
  const signed = { typeHash: APPROVAL_TYPE_HASH, parent, contentHash, registrant, ...values }
  const message = hash(encodeValues(SIGNED_FIELDS, signed))
  return hash(concatBytes(Uint8Array.of(0x19, 0x01), hexToBytes(domainSeparator(domain, hash)), hexToBytes(message)))
}

function domainSeparator(
  { chainId, module }: { readonly chainId: bigint; readonly module: Address },
  hash: Hasher,
): Hash {
  const fixed = { typeHash: DOMAIN_TYPE_HASH, name: NAME_HASH, version: VERSION_HASH }
  return hash(encodeValues(DOMAIN_FIELDS, { ...fixed, chainId, verifyingContract: module }))
}

function hashOfText(text: string): Hash {
  return keccak256Hash(new TextEncoder().encode(text))
}
