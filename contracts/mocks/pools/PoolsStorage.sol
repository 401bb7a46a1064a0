// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IPools} from "../../interfaces/IPools.sol";
import {IRoyaltyLinks, MockParameters, ROYALTY} from "../MockLinks.sol";
import {MockModule} from "../MockModule.sol";
import {ProvenRoot} from "../../libraries/SumTree.sol";

/** Bit i of `tokens` says that token i ever came in; `weight` is that of the active batches, `committed` of pending ones too. */
struct Pool {
  address controller;
  uint8 policy;
  bool hasStarted;
  uint32 tokens;
  uint32 batches;
  uint128 weight;
  uint128 committed;
  uint128 maxWeight;
}

struct Batch {
  bytes32 root;
  bytes32 dataHash;
  uint128 weight;
  uint8 depth;
  uint32 relayFeePpm;
  uint8 status;
  bool isFrozen;
  uint64 frozenAt;
  uint64 readyAt;
}

/** What a unit of weight earned and the carry, in 2^-64 units; what waits for the first batch; what is in escrow. */
struct Accrual {
  uint256 acc;
  uint128 carry;
  uint128 waiting;
  uint128 escrow;
}

/** A batch's place in one token: where it entered, where it left, what its leaves were paid. */
struct Stake {
  uint256 entry;
  uint256 exit;
  uint256 paid;
}

/** A batch that waits to arrive or to depart. */
struct Turn {
  uint64 pool;
  uint32 batch;
  uint64 readyAt;
  uint64 mark;
  bool isForfeit;
}

struct Demand {
  address demander;
  uint64 dueAt;
  uint256 bond;
}

/** The storage of the model of N03, and the accumulator. */
abstract contract PoolsStorage is MockModule {
  uint64 internal constant STAND_ALONE_POOLS = 2 ** 63;
  uint8 internal constant CLOSED = 1;
  uint8 internal constant CAPPED = 2;
  uint8 internal constant OPEN = 3;
  uint8 internal constant PENDING = 1;
  uint8 internal constant EARNING = 2;
  uint8 internal constant LEAVING = 3;
  uint8 internal constant SENT_AWAY = 4;
  uint8 internal constant FORFEITED = 5;

  mapping(uint64 => Pool) internal pools;
  mapping(uint64 => mapping(uint8 => Accrual)) internal accruals;
  mapping(uint64 => mapping(uint32 => Batch)) internal batches;
  mapping(uint64 => mapping(uint32 => mapping(uint8 => Stake))) internal stakes;
  mapping(uint64 => mapping(uint32 => mapping(uint8 => mapping(uint64 => uint256)))) internal leafPaid;
  mapping(uint64 => mapping(uint32 => mapping(uint64 => Demand))) internal demands;
  mapping(address => address) internal payees;
  uint64 internal standAlone;
  Turn[] internal arrivals;
  Turn[] internal departures;
  uint256 internal firstArrival;
  uint256 internal firstDeparture;

  constructor(address self, address next) MockModule(self, next) {}

  function chain() internal view returns (MockParameters memory) {
    return IRoyaltyLinks(ROYALTY).chainParameters();
  }

  function demandPool(uint64 pool) internal view returns (Pool storage head) {
    head = pools[pool];
    if (head.policy == 0) revert IPools.UnknownPool(pool);
  }

  function demandBatch(uint64 pool, uint32 batch) internal view returns (Batch storage found) {
    found = batches[pool][batch];
    if (found.status == 0) revert IPools.UnknownBatch(pool, batch, demandPool(pool).batches);
  }

  function demandController(uint64 pool) internal view {
    address controller = pools[pool].controller;
    if (msg.sender != controller) revert IPools.NotController(pool, msg.sender, controller);
  }

  function rootOf(uint64 pool, uint32 batch) internal view returns (ProvenRoot memory) {
    Batch storage found = batches[pool][batch];
    return ProvenRoot(pool, batch, found.root, found.weight, found.depth);
  }

  /** Shares what is in the carry, and `amount` whole units, among a weight. The division rounds down into the carry. */
  function accrue(Accrual storage accrual, uint128 weight, uint256 amount, uint256 fraction) internal {
    uint256 sum = (amount << 64) + fraction + accrual.carry;
    accrual.acc += sum / weight;
    accrual.carry = uint128(sum % weight);
  }

  /** What a unit of weight earned between entering and now, or leaving. */
  function unitEarned(uint64 pool, uint32 batch, uint8 token) internal view returns (uint256) {
    Stake storage stake = stakes[pool][batch][token];
    uint8 status = batches[pool][batch].status;
    uint256 end = status == SENT_AWAY || status == FORFEITED ? stake.exit : accruals[pool][token].acc;
    return end > stake.entry ? end - stake.entry : 0;
  }
}
