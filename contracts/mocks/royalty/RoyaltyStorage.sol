// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {FloorWeight, MockParameters, ParentWeight} from "../MockLinks.sol";
import {MockModule} from "../MockModule.sol";

/** A ledger node: all that ever came in, and what was handed on per part per million. */
struct Node {
  uint128 inflow;
  uint128 acc;
}

struct Weights {
  bool exists;
  uint32 feePpm;
  uint32 poolPpm;
  uint32 ownerDirectPpm;
  uint32 ownerAllPpm;
  uint64 pool;
  ParentWeight[] parents;
  FloorWeight[] floors;
}

struct ListedToken {
  address token;
  uint8 decimals;
  bool isPayable;
  uint128 flushMin;
  uint128 slotMin;
}

/** What ever came in of a token, and what of it is here for somebody. */
struct Custody {
  uint128 totalIn;
  uint128 booked;
}

/** A generation of a queue, as a set of node keys. */
struct Generation {
  uint64[] keys;
  /** The place of a key in `keys`, from 1. */
  mapping(uint64 => uint256) places;
}

/** The two generations of a token's queue; `side` is the one that drains. */
struct Queue {
  uint8 side;
  uint64 position;
  uint64 drainingSince;
  uint64 collectingSince;
  Generation[2] generations;
}

/** The storage of the model of N02, and its tokens. */
abstract contract RoyaltyStorage is MockModule {
  uint32 internal constant WHOLE_PPM = 1_000_000;
  uint256 internal constant MAX_TOKENS = 16;
  uint64 internal constant NODE_KEYS = 2 ** 32;

  MockParameters internal parameters;
  mapping(uint64 => mapping(uint8 => Node)) internal nodes;
  mapping(uint64 => Weights) internal weightsOf;
  mapping(address => mapping(uint8 => uint256)) internal owed;
  mapping(uint64 => mapping(uint8 => uint256)) internal escrow;
  mapping(uint8 => Custody) internal custody;
  mapping(uint8 => Queue) internal queues;
  /** The native coin is token 0. */
  ListedToken[] internal listed;
  mapping(address => uint8) internal indexOf;
  /** Assets that were paid since the last sweep, with the tokens in which they were. */
  uint64[] internal paidAssets;
  mapping(uint64 => uint32) internal paidTokens;
  /** The fee from the next block on plus 1; 0 when it stays. */
  uint32 internal nextFee;
  /** Tokens whose queue holds nodes, as bits. */
  uint32 internal busy;
  uint256 internal transient locked;

  constructor(address self, address next) MockModule(self, next) {}

  function demandUnlockedNow() internal view {
    if (locked != 0) revert IRoyalty.Reentered();
  }

  function demandToken(address token) internal view returns (uint8 index, uint256 unit) {
    index = indexOf[token];
    if (index == 0 && token != address(0)) revert IRoyalty.UnknownToken(token);
    unit = 10 ** (18 - listed[index].decimals);
  }

  function creditOwed(address account, uint8 token, uint256 amount) internal {
    owed[account][token] += amount;
  }

  /** Brings the weights of direct payments to the chain's fee. */
  function setFee(Weights storage weights, uint32 rest) internal {
    weights.feePpm = parameters.protocolFeePpm < rest ? parameters.protocolFeePpm : rest;
    weights.ownerDirectPpm = rest - weights.feePpm;
  }
}
