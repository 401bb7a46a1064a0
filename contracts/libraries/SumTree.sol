// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IPools} from "../interfaces/IPools.sol";

/** A node of a Merkle-sum tree; an empty subtree is (0, 0). */
struct SumNode {
  bytes32 hash;
  uint128 sum;
}

/** A batch's root, and which it is for refusals. */
struct ProvenRoot {
  uint64 pool;
  uint32 batch;
  bytes32 hash;
  uint128 total;
  uint8 depth;
}

/**
 * Merkle-sum trees: a leaf is keccak256(0x00, index u64, account, weight u128), a node keccak256(0x01, hash and sum of the left,
 * hash and sum of the right). A proof has 48 bytes for each sibling: its hash and its sum.
 */
library SumTree {
  uint256 private constant RECORD_BYTES = 48;

  function leafHash(IPools.Leaf memory leaf) internal pure returns (bytes32) {
    return keccak256(abi.encodePacked(uint8(0), leaf.index, leaf.account, leaf.weight));
  }

  /** The node above two; false when the sum does not fit. */
  function combine(SumNode memory left, SumNode memory right) internal pure returns (bool, SumNode memory above) {
    if (left.hash == 0 && left.sum == 0 && right.hash == 0 && right.sum == 0) return (true, above);
    uint256 sum = uint256(left.sum) + right.sum;
    above.hash = keccak256(abi.encodePacked(uint8(1), left.hash, left.sum, right.hash, right.sum));
    above.sum = uint128(sum);
    return (sum <= type(uint128).max, above);
  }

  function verify(ProvenRoot memory root, IPools.Leaf memory leaf, bytes memory proof) internal pure {
    uint64 limit = uint64(1) << root.depth;
    if (leaf.index >= limit) revert IPools.IndexOutOfRange(leaf.index, limit);
    if (proof.length != root.depth * RECORD_BYTES) {
      revert IPools.WrongProofLength(root.depth * RECORD_BYTES, proof.length);
    }
    climb(root, SumNode(leafHash(leaf), leaf.weight), leaf.index, 0, proof);
  }

  /** That a subtree of 2^height places around `index` is empty. */
  function verifyEmpty(ProvenRoot memory root, uint64 index, uint8 height, bytes memory proof) internal pure {
    uint256 expected = height > root.depth ? 0 : (root.depth - height) * RECORD_BYTES;
    if (height > root.depth || proof.length != expected) revert IPools.WrongProofLength(expected, proof.length);
    climb(root, SumNode(0, 0), index, height, proof);
  }

  /** All leaves at once: siblings level by level and from left to right, those that do not follow from the leaves. */
  function verifyMany(ProvenRoot memory root, IPools.Leaf[] memory leaves, bytes memory proof) internal pure {
    uint64[] memory positions = new uint64[](leaves.length);
    SumNode[] memory nodes = new SumNode[](leaves.length);
    for (uint256 i; i < leaves.length; i++) {
      checkIndex(root, leaves, i);
      positions[i] = leaves[i].index;
      nodes[i] = SumNode(leafHash(leaves[i]), leaves[i].weight);
    }
    uint256 expected = siblingsOf(root.depth, positions) * RECORD_BYTES;
    if (proof.length != expected) revert IPools.WrongProofLength(expected, proof.length);
    uint256 used;
    uint256 size = leaves.length;
    for (uint8 level; level < root.depth; level++) {
      uint256 parents;
      for (uint256 i; i < size; i++) {
        uint64 position = positions[i];
        bool isFitting;
        if (position & 1 == 0 && i + 1 < size && positions[i + 1] == position + 1) {
          (isFitting, nodes[parents]) = combine(nodes[i], nodes[i + 1]);
          i++;
        } else {
          SumNode memory sibling = recordAt(proof, used++);
          (isFitting, nodes[parents]) = position & 1 == 1 ? combine(sibling, nodes[i]) : combine(nodes[i], sibling);
        }
        if (!isFitting) revert IPools.ProofSumOverflow(level + 1);
        positions[parents++] = position >> 1;
      }
      size = parents;
    }
    matchRoot(root, nodes[0]);
  }

  function checkIndex(ProvenRoot memory root, IPools.Leaf[] memory leaves, uint256 place) private pure {
    uint64 index = leaves[place].index;
    uint64 limit = uint64(1) << root.depth;
    if (index >= limit) revert IPools.IndexOutOfRange(index, limit);
    if (place == 0 || index > leaves[place - 1].index) return;
    for (uint256 i; i < place; i++) if (leaves[i].index == index) revert IPools.DuplicateIndex(index, place);
    revert IPools.IndicesNotAscending(index, place);
  }

  function siblingsOf(uint8 depth, uint64[] memory indices) private pure returns (uint256 siblings) {
    uint64[] memory positions = new uint64[](indices.length);
    for (uint256 i; i < indices.length; i++) positions[i] = indices[i];
    uint256 size = positions.length;
    for (uint8 level; level < depth; level++) {
      uint256 parents;
      for (uint256 i; i < size; i++) {
        uint64 position = positions[i];
        if (position & 1 == 0 && i + 1 < size && positions[i + 1] == position + 1) i++;
        else siblings++;
        positions[parents++] = position >> 1;
      }
      size = parents;
    }
  }

  function climb(
    ProvenRoot memory root,
    SumNode memory node,
    uint64 index,
    uint8 height,
    bytes memory proof
  ) private pure {
    for (uint8 level = height; level < root.depth; level++) {
      SumNode memory sibling = recordAt(proof, level - height);
      bool isFitting;
      (isFitting, node) = (index >> level) & 1 == 1 ? combine(sibling, node) : combine(node, sibling);
      if (!isFitting) revert IPools.ProofSumOverflow(level + 1);
    }
    matchRoot(root, node);
  }

  function recordAt(bytes memory proof, uint256 place) private pure returns (SumNode memory node) {
    bytes32 hash;
    bytes32 sum;
    assembly {
      let start := add(add(proof, 32), mul(place, 48))
      hash := mload(start)
      sum := shr(128, mload(add(start, 32)))
    }
    return SumNode(hash, uint128(uint256(sum)));
  }

  function matchRoot(ProvenRoot memory root, SumNode memory node) private pure {
    if (node.hash != root.hash || node.sum != root.total) revert IPools.WrongProof(root.pool, root.batch);
  }
}
