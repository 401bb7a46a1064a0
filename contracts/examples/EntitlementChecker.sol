// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IPools} from "../interfaces/IPools.sol";
import {StateProof} from "../libraries/StateProof.sol";
import {ProvenRoot, SumTree} from "../libraries/SumTree.sol";

/**
 * Checks what a contributor earned from a state proof, without asking the pools module: of an old block, or on another chain
 * that learns this chain's block hashes.
 *
 * The proofs are eth_getProof's of the pools' account. The cells and their slots are laid out in docs/precompiles.md: the tag
 * of the cell in the first byte, the key right-aligned behind it.
 */
contract EntitlementChecker {
  error WrongBlock(bytes32 expected, bytes32 actual);

  address private constant POOLS = 0x0000000000000000000000000000000053410003;

  uint256 private constant ACCUMULATOR = 0x03;
  uint256 private constant ACCUMULATOR_HIGH = 0x04;
  uint256 private constant BATCH_ROOT = 0x06;
  uint256 private constant BATCH_HEAD = 0x08;
  uint256 private constant BATCH_ENTRY = 0x09;
  uint256 private constant BATCH_EXIT = 0x0a;
  uint256 private constant LEAF_PAID = 0x0c;

  uint256 private constant PENDING = 1;
  uint256 private constant REVOKED = 4;
  uint256 private constant FORFEITED = 5;

  /** Which leaf, and in which token: 0 is the native coin, others by their place in IRoyalty.tokens. */
  struct Claim {
    uint64 pool;
    uint32 batch;
    uint8 token;
    IPools.Leaf leaf;
    bytes leafProof;
  }

  /** Proofs of the pools' account and of its slots; those that the batch does not have may be left empty. */
  struct Proofs {
    bytes header;
    bytes[] account;
    bytes[] accumulator;
    bytes[] accumulatorHigh;
    bytes[] root;
    bytes[] head;
    bytes[] entry;
    bytes[] exit;
    bytes[] paid;
  }

  /** The same of one of the last 256 blocks of this chain. */
  function checkRecent(
    uint256 blockNumber,
    Claim calldata claim,
    Proofs calldata proofs
  ) external view returns (uint256 earned, uint256 paid) {
    return check(blockhash(blockNumber), claim, proofs);
  }

  /** What the leaf had earned and had been paid at the end of a block, in units of 1e-18. The caller trusts the hash. */
  function check(
    bytes32 blockHash,
    Claim memory claim,
    Proofs memory proofs
  ) public pure returns (uint256 earned, uint256 paid) {
    bytes32 actual = keccak256(proofs.header);
    if (actual != blockHash) revert WrongBlock(blockHash, actual);
    bytes32 storageRoot = StateProof.storageRootOf(StateProof.stateRootOf(proofs.header), POOLS, proofs.account);
    uint256 head = StateProof.slotOf(storageRoot, slotOf(BATCH_HEAD, batchKey(claim)), proofs.head);
    proveLeaf(storageRoot, head, claim, proofs);
    uint256 pair = StateProof.slotOf(storageRoot, slotOf(LEAF_PAID, pairKey(claim)), proofs.paid);
    paid = claim.leaf.index % 2 == 0 ? pair >> 128 : uint128(pair);
    uint256 status = statusOf(head);
    if (status == FORFEITED) return (paid, paid);
    if (status > PENDING) earned = (unitEarned(storageRoot, head, claim, proofs) * claim.leaf.weight) >> 64;
  }

  function proveLeaf(bytes32 storageRoot, uint256 head, Claim memory claim, Proofs memory proofs) private pure {
    uint256 root = StateProof.slotOf(storageRoot, slotOf(BATCH_ROOT, batchKey(claim)), proofs.root);
    uint8 depth = uint8((head >> 209) & 31);
    uint128 weight = uint128((head >> 80) & (2 ** 97 - 1));
    SumTree.verify(ProvenRoot(claim.pool, claim.batch, bytes32(root), weight, depth), claim.leaf, claim.leafProof);
  }

  /** What a unit of weight earned between the batch's entry and now, or its exit, in 2^-64 units. */
  function unitEarned(
    bytes32 storageRoot,
    uint256 head,
    Claim memory claim,
    Proofs memory proofs
  ) private pure returns (uint256) {
    uint256 poolKey = (uint256(claim.pool) << 8) | claim.token;
    uint256 tokenKey = (batchKey(claim) << 8) | claim.token;
    uint256 end;
    if (statusOf(head) >= REVOKED) {
      end = StateProof.slotOf(storageRoot, slotOf(BATCH_EXIT, tokenKey), proofs.exit);
    } else {
      uint256 word = StateProof.slotOf(storageRoot, slotOf(ACCUMULATOR, poolKey), proofs.accumulator);
      end = word & (2 ** 159 - 1);
      if (word >> 255 == 1) {
        end |= StateProof.slotOf(storageRoot, slotOf(ACCUMULATOR_HIGH, poolKey), proofs.accumulatorHigh) << 159;
      }
    }
    bool hasEntry = (head >> (177 + claim.token)) & 1 == 1;
    uint256 start = hasEntry ? StateProof.slotOf(storageRoot, slotOf(BATCH_ENTRY, tokenKey), proofs.entry) : 0;
    return end > start ? end - start : 0;
  }

  /** The fields of the head, the first in the highest of 218 bits: status 3, isFrozen 1, depth 5, relayFeePpm 15, entered 17. */
  function statusOf(uint256 head) private pure returns (uint256) {
    return head >> 215;
  }

  function slotOf(uint256 tag, uint256 key) private pure returns (bytes32) {
    return bytes32((tag << 248) | key);
  }

  function batchKey(Claim memory claim) private pure returns (uint256) {
    return (uint256(claim.pool) << 32) | claim.batch;
  }

  function pairKey(Claim memory claim) private pure returns (uint256) {
    return (((batchKey(claim) << 24) | (claim.leaf.index >> 1)) << 8) | claim.token;
  }
}
