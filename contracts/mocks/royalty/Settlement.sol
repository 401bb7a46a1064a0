// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {
  ACTIVE,
  ASSETS,
  DISPUTED,
  FloorWeight,
  IAssetsLinks,
  IPoolsLinks,
  ParentWeight,
  POOLS
} from "../MockLinks.sol";
import {Generation, Node, Queue, RoyaltyStorage, Weights} from "./RoyaltyStorage.sol";

/** Nodes that reached their threshold, each once. */
struct Ready {
  uint64[] keys;
  uint256 size;
}

/** Flushes of ledger nodes, and the queue of those that reached their threshold. */
abstract contract Settlement is RoyaltyStorage {
  /** Hands on what a unit of weight can get; false when that is nothing. Logs `Flushed`. */
  function flushNode(uint8 token, uint64 key, Ready memory ready) internal returns (bool) {
    Node storage node = nodes[key][token];
    uint128 rise = node.inflow / WHOLE_PPM - node.acc;
    if (rise == 0) return false;
    node.acc += rise;
    uint64 asset = key / 2;
    bool isDirect = key % 2 == 1;
    Weights storage weights = weightsOf[asset];
    if (isDirect && weights.feePpm > 0) creditOwed(parameters.feeCollector, token, uint256(rise) * weights.feePpm);
    ParentWeight[] storage parents = weights.parents;
    for (uint256 i; i < parents.length; i++) {
      creditNode(token, parents[i].asset, rise * (isDirect ? parents[i].directPpm : parents[i].relativePpm), ready);
    }
    FloorWeight[] storage floors = weights.floors;
    for (uint256 i; isDirect && i < floors.length; i++) {
      creditNode(token, floors[i].asset, rise * floors[i].ppm, ready);
    }
    if (weights.poolPpm > 0) {
      IPoolsLinks(POOLS).creditPool(weights.pool, token, uint256(rise) * weights.poolPpm);
    }
    payOwner(asset, token, uint256(rise) * (isDirect ? weights.ownerDirectPpm : weights.ownerAllPpm));
    emit IRoyalty.Flushed(asset, isDirect, listed[token].token, node.inflow, node.acc);
    return true;
  }

  /** Flushes in the order given and queues for the next generation what reached its threshold meanwhile. */
  function flushNodes(uint8 token, uint64[] memory keys) internal {
    Ready memory ready;
    for (uint256 i; i < keys.length; i++) {
      removeReady(ready, keys[i]);
      flushNode(token, keys[i], ready);
    }
    for (uint256 i; i < ready.size; i++) collect(queues[token], ready.keys[i]);
    if (ready.size > 0) busy |= uint32(1) << token;
  }

  function flushBoth(uint64 asset, uint8 token) internal {
    uint64[] memory keys = new uint64[](2);
    (keys[0], keys[1]) = (2 * asset + 1, 2 * asset);
    flushNodes(token, keys);
  }

  function creditNode(uint8 token, uint64 asset, uint128 amount, Ready memory ready) private {
    if (amount == 0) return;
    uint64 key = 2 * asset;
    Node storage node = nodes[key][token];
    node.inflow += amount;
    uint256 bySlots = (weightsOf[asset].parents.length + 2) * listed[token].slotMin;
    uint256 threshold = bySlots > listed[token].flushMin ? bySlots : listed[token].flushMin;
    if (node.inflow - uint256(node.acc) * WHOLE_PPM >= threshold) addReady(ready, key);
  }

  /** To whoever owns the asset now, to escrow in a dispute, to the treasury after a revocation. */
  function payOwner(uint64 asset, uint8 token, uint256 amount) private {
    if (amount == 0) return;
    (address owner, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    if (status == DISPUTED) escrow[asset][token] += amount;
    else creditOwed(status == ACTIVE ? owner : parameters.treasury, token, amount);
  }

  function addReady(Ready memory ready, uint64 key) private pure {
    for (uint256 i; i < ready.size; i++) if (ready.keys[i] == key) return;
    if (ready.size == ready.keys.length) {
      uint64[] memory longer = new uint64[](2 * ready.size + 8);
      for (uint256 i; i < ready.size; i++) longer[i] = ready.keys[i];
      ready.keys = longer;
    }
    ready.keys[ready.size++] = key;
  }

  function removeReady(Ready memory ready, uint64 key) private pure {
    for (uint256 i; i < ready.size; i++) {
      if (ready.keys[i] != key) continue;
      ready.keys[i] = ready.keys[--ready.size];
      return;
    }
  }

  /** Queues a node for the next generation, unless it waits in either. */
  function collect(Queue storage queue, uint64 key) internal {
    if (queue.generations[queue.side].places[key] != 0) return;
    insert(queue.generations[1 - queue.side], key);
  }

  function insert(Generation storage generation, uint64 key) internal {
    if (generation.places[key] != 0) return;
    generation.keys.push(key);
    generation.places[key] = generation.keys.length;
  }
}
