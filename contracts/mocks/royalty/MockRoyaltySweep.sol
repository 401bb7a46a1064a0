// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {
  ACTIVE,
  ASSETS,
  FloorWeight,
  IAssetsLinks,
  IPoolsLinks,
  IRoyaltyLinks,
  MockParameters,
  ParentWeight,
  POOLS,
  REVOKED,
  ROYALTY
} from "../MockLinks.sol";
import {Generation, Queue, RoyaltyStorage, Weights} from "./RoyaltyStorage.sol";
import {Ready} from "./Settlement.sol";
import {TokenCustody} from "./TokenCustody.sol";

/** The model of N02, second part: the sweep as an explicit call, and what the models of N01 and N03 ask for. */
contract MockRoyaltySweep is TokenCustody, IRoyaltyLinks {
  /** Units of a pop, and of a Flushed log. */
  int256 private constant POP_UNITS = 1;
  int256 private constant LOG_UNITS = 4;
  int64 private constant NONE = -1;

  constructor(address next) RoyaltyStorage(ROYALTY, next) {}

  /** What a chain does at the end of every block. Anyone may call it; call it last in each block. */
  function sweep() external {
    if (paidAssets.length > 0 || busy != 0) {
      uint32 mask = busy;
      for (uint256 i; i < paidAssets.length; i++) mask |= paidTokens[paidAssets[i]];
      sweepTokens(mask);
    }
    if (nextFee > 0) parameters.protocolFeePpm = nextFee - 1;
    nextFee = 0;
    (bool isQueued, uint64 oldest) = oldestQueuedBlock();
    IPoolsLinks(POOLS).activateBatches(isQueued, oldest);
  }

  function chainParameters() external view returns (MockParameters memory) {
    return parameters;
  }

  function installAsset(
    uint64 id,
    ParentWeight[] calldata parents,
    FloorWeight[] calldata floors,
    uint32 poolPpm,
    uint64 pool
  ) external onlyModule {
    Weights storage weights = weightsOf[id];
    weights.exists = true;
    weights.poolPpm = poolPpm;
    weights.pool = pool;
    for (uint256 i; i < parents.length; i++) weights.parents.push(parents[i]);
    for (uint256 i; i < floors.length; i++) weights.floors.push(floors[i]);
    reweigh(weights);
  }

  function lowerWeights(uint64 child, uint64 parent, uint32 directPpm, uint32 relativePpm) external onlyModule {
    flushEvery(child);
    Weights storage weights = weightsOf[child];
    for (uint256 i; i < weights.parents.length; i++) {
      if (weights.parents[i].asset == parent) weights.parents[i] = ParentWeight(parent, relativePpm, directPpm);
    }
    reweigh(weights);
  }

  function flushForTransfer(uint64 id) external onlyModule {
    flushBoth(id, 0);
  }

  function flushAsset(uint64 id) external onlyModule {
    flushEvery(id);
  }

  function releaseEscrowOf(uint64 id, address account) external onlyModule {
    for (uint8 token; token < listed.length; token++) {
      uint256 amount = escrow[id][token];
      if (amount == 0) continue;
      escrow[id][token] = 0;
      creditOwed(account, token, amount);
      emit IRoyalty.EscrowReleased(id, listed[token].token, account, amount);
    }
  }

  function lockNow() external onlyModule {
    demandUnlockedNow();
    locked = 1;
  }

  function unlock() external onlyModule {
    locked = 0;
  }

  function demandUnlocked() external view onlyModule {
    demandUnlockedNow();
  }

  function tokenOf(address token) external view returns (uint8 index, uint256 unit) {
    return demandToken(token);
  }

  function isPayable(address token) external view returns (bool) {
    return listed[indexOf[token]].isPayable;
  }

  function receiveCoins() external payable onlyModule {
    receiveNative();
  }

  function receiveTokens(address token, address from, uint256 units) external onlyModule {
    (uint8 index, uint256 unit) = demandToken(token);
    takeTokens(token, from, units, bookTokens(index, unit, token, units));
  }

  function payOutTo(address account, address token, uint256 amount, bool isOne) external onlyModule {
    (uint8 index, uint256 unit) = demandToken(token);
    payOut(account, index, unit, amount, isOne);
  }

  function creditOwedTo(address account, uint8 token, uint256 amount) external onlyModule {
    creditOwed(account, token, amount);
  }

  function flushEvery(uint64 id) private {
    for (uint8 token; token < listed.length; token++) flushBoth(id, token);
  }

  /** The owner has what parents, floors and pool leave, and the fee comes out of that. */
  function reweigh(Weights storage weights) private {
    uint32 relatives = weights.poolPpm;
    uint32 directs = weights.poolPpm;
    for (uint256 i; i < weights.parents.length; i++) {
      relatives += weights.parents[i].relativePpm;
      directs += weights.parents[i].directPpm;
    }
    for (uint256 i; i < weights.floors.length; i++) directs += weights.floors[i].ppm;
    weights.ownerAllPpm = WHOLE_PPM - relatives;
    setFee(weights, WHOLE_PPM - directs);
  }

  /** Tokens take turns by block number and share one budget. */
  function sweepTokens(uint32 mask) private {
    uint8[] memory tokens = new uint8[](listed.length);
    uint256 size;
    for (uint8 token; token < listed.length; token++) if ((mask >> token) & 1 == 1) tokens[size++] = token;
    int256 units = int256(uint256(parameters.sweepUnits));
    uint64[] memory assets = takePaid();
    uint32 stillBusy;
    for (uint256 i; i < size; i++) {
      uint8 token = tokens[(block.number + i) % size];
      units = sweepToken(token, paidNodes(assets, token), units);
      Queue storage queue = queues[token];
      if (queue.generations[0].keys.length + queue.generations[1].keys.length > 0) stillBusy |= uint32(1) << token;
    }
    for (uint256 i; i < assets.length; i++) delete paidTokens[assets[i]];
    busy = stillBusy;
  }

  /** One walk by falling keys over the nodes that were paid and those that are queued. */
  function sweepToken(uint8 token, uint64[] memory paidKeys, int256 units) private returns (int256) {
    Queue storage queue = queues[token];
    bool hasTakenOver;
    uint256 next;
    while (true) {
      if (queue.generations[queue.side].keys.length == 0 && !hasTakenOver) {
        takeOver(queue);
        hasTakenOver = true;
      }
      int64 paidKey = next < paidKeys.length ? int64(paidKeys[next]) : NONE;
      int64 queued = units > 0 ? top(queue) : NONE;
      if (paidKey < 0 && queued < 0) break;
      if (queued >= paidKey) {
        remove(queue, uint64(queued));
        if (queued > paidKey) units -= POP_UNITS;
      }
      if (paidKey >= queued) next++;
      uint64 key = uint64(queued > paidKey ? queued : paidKey);
      Ready memory ready;
      if (!flushNode(token, key, ready)) continue;
      for (uint256 i; i < ready.size; i++) enqueue(queue, ready.keys[i]);
      if (queued > paidKey) units -= flushUnits(key);
    }
    return units;
  }

  function flushUnits(uint64 key) private view returns (int256) {
    uint256 parents = weightsOf[key / 2].parents.length;
    uint256 floors = weightsOf[key / 2].floors.length;
    uint256 words = 1 + (parents + 2) / 3;
    if (key % 2 == 0) return int256(words + 1 + parents + 2) + LOG_UNITS;
    return int256(words + (floors + 3) / 4 + 1 + parents + floors + 3) + LOG_UNITS;
  }

  function takeOver(Queue storage queue) private {
    queue.side = 1 - queue.side;
    queue.position = NODE_KEYS;
    queue.drainingSince = queue.collectingSince;
    queue.collectingSince = uint64(block.number);
  }

  /** What a flush of the sweep credited joins the draining generation, if that has not passed the key. */
  function enqueue(Queue storage queue, uint64 key) private {
    if (key < queue.position) insert(queue.generations[queue.side], key);
    else collect(queue, key);
  }

  function top(Queue storage queue) private view returns (int64 greatest) {
    uint64[] storage keys = queue.generations[queue.side].keys;
    greatest = NONE;
    for (uint256 i; i < keys.length; i++) if (int64(keys[i]) > greatest) greatest = int64(keys[i]);
  }

  function remove(Queue storage queue, uint64 key) private {
    Generation storage generation = queue.generations[queue.side];
    uint256 place = generation.places[key];
    uint64 last = generation.keys[generation.keys.length - 1];
    generation.keys[place - 1] = last;
    generation.places[last] = place;
    delete generation.places[key];
    generation.keys.pop();
    queue.position = key;
  }

  /** The assets that were paid, by falling id. */
  function takePaid() private returns (uint64[] memory assets) {
    assets = paidAssets;
    delete paidAssets;
    for (uint256 i = 1; i < assets.length; i++) {
      uint64 asset = assets[i];
      uint256 place = i;
      for (; place > 0 && assets[place - 1] < asset; place--) assets[place] = assets[place - 1];
      assets[place] = asset;
    }
  }

  function paidNodes(uint64[] memory assets, uint8 token) private view returns (uint64[] memory keys) {
    keys = new uint64[](2 * assets.length);
    uint256 size;
    for (uint256 i; i < assets.length; i++) {
      if ((paidTokens[assets[i]] >> token) & 1 == 0) continue;
      (keys[size], keys[size + 1]) = (2 * assets[i] + 1, 2 * assets[i]);
      size += 2;
    }
    assembly {
      mstore(keys, size)
    }
  }

  /** The block at whose end the oldest generation that still holds nodes began to collect, over all tokens. */
  function oldestQueuedBlock() private view returns (bool isQueued, uint64 oldest) {
    for (uint8 token; token < listed.length; token++) {
      if ((busy >> token) & 1 == 0) continue;
      Queue storage queue = queues[token];
      bool isDraining = queue.generations[queue.side].keys.length > 0;
      if (!isDraining && queue.generations[1 - queue.side].keys.length == 0) continue;
      uint64 since = isDraining ? queue.drainingSince : queue.collectingSince;
      if (!isQueued || since < oldest) oldest = since;
      isQueued = true;
    }
  }
}
