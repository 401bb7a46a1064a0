// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IPools} from "../../interfaces/IPools.sol";
import {IRoyaltyLinks, MockParameters, POOLS, ROYALTY} from "../MockLinks.sol";
import {Accrual, Batch, Demand, Pool, PoolsStorage, Stake, Turn} from "./PoolsStorage.sol";
import {SumTree} from "../../libraries/SumTree.sol";

/** The model of N03, last part: batches that come and go, disputes, withheld leaves, and reads. */
contract MockPoolsDisputes is PoolsStorage {
  uint256 private constant MAX_CELLS_PER_BLOCK = 5_120;

  constructor() PoolsStorage(POOLS, address(0)) {}

  /** The end of a block: batches whose time has come begin to earn, and revoked ones stop. */
  function activateBatches(bool isQueued, uint64 oldestQueuedBlock) external onlyModule {
    uint256 first = firstArrival;
    for (uint256 touched; touched < MAX_CELLS_PER_BLOCK && first < arrivals.length; first++) {
      Turn memory turn = arrivals[first];
      if (!isDue(turn, isQueued, oldestQueuedBlock)) break;
      touched += cellsOf(turn);
    }
    while (firstArrival < first) {
      Turn memory turn = arrivals[firstArrival++];
      arrive(turn.pool, turn.batch);
    }
    first = firstDeparture;
    for (uint256 touched; touched < MAX_CELLS_PER_BLOCK && first < departures.length; first++) {
      Turn memory turn = departures[first];
      if (!isDue(turn, isQueued, oldestQueuedBlock)) break;
      touched += cellsOf(turn);
    }
    while (firstDeparture < first) {
      Turn memory turn = departures[firstDeparture++];
      depart(turn.pool, turn.batch, turn.isForfeit);
    }
  }

  /** Cells that the native module touches for a turn: six, and four for each token of the pool. */
  function cellsOf(Turn memory turn) private view returns (uint256 count) {
    count = 6;
    for (uint32 rest = pools[turn.pool].tokens; rest != 0; rest >>= 1) count += 4 * (rest & 1);
  }

  function withdraw(uint64 pool, uint32 batch) external payable unpaid {
    demandController(pool);
    Batch storage found = demandBatch(pool, batch);
    if (found.status != PENDING) revert IPools.BatchGone(pool, batch, found.status);
    withdrawPending(pool, batch);
  }

  function freeze(uint64 pool, uint32 batch) external payable unpaid {
    demandAuthority();
    Batch storage found = demandBatch(pool, batch);
    if (found.status == FORFEITED) revert IPools.BatchGone(pool, batch, found.status);
    if (found.isFrozen) revert IPools.AlreadyFrozen(pool, batch, found.frozenAt);
    (found.isFrozen, found.frozenAt) = (true, uint64(block.number));
    emit IPools.BatchFrozen(pool, batch);
  }

  function unfreeze(uint64 pool, uint32 batch) external payable unpaid {
    demandAuthority();
    Batch storage found = demandBatch(pool, batch);
    if (!found.isFrozen) revert IPools.NotFrozen(pool, batch);
    found.isFrozen = false;
    emit IPools.BatchUnfrozen(pool, batch);
  }

  function revoke(uint64 pool, uint32 batch, bytes32 evidence, bool isForfeit) external payable unpaid {
    demandAuthority();
    Batch storage found = demandBatch(pool, batch);
    if (found.status == EARNING) demandHeard(pool, batch);
    if (found.status != SENT_AWAY || !isForfeit) {
      sendAway(pool, batch, isForfeit, evidence, !isForfeit);
      return;
    }
    demandHeard(pool, batch);
    for (uint8 token; token < 32; token++) {
      if ((pools[pool].tokens >> token) & 1 == 0) continue;
      giveBack(pool, token, unpaidOf(pool, batch, token, stakes[pool][batch][token].exit));
    }
    found.status = FORFEITED;
    emit IPools.BatchRevoked(pool, batch, isForfeit, pools[pool].weight);
  }

  function releaseEscrow(uint64 pool, address token, address account) external payable unpaid returns (uint256 amount) {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    demandAuthority();
    Pool storage head = demandPool(pool);
    (uint8 index, ) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    Accrual storage accrual = accruals[pool][index];
    amount = accrual.escrow;
    if (amount == 0) revert IPools.NothingInEscrow(pool, token);
    accrual.escrow = 0;
    if (account != address(0)) IRoyaltyLinks(ROYALTY).creditOwedTo(account, index, amount);
    else if (head.weight == 0) revert IPools.NoWeight(pool);
    else accrue(accrual, head.weight, amount, 0);
    emit IPools.EscrowReleased(pool, token, account, amount);
  }

  function demandLeaf(uint64 pool, uint32 batch, uint64 index) external payable paid {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    demandIndex(demandPresent(pool, batch), index);
    MockParameters memory parameters = chain();
    if (msg.value != parameters.demandBondWei) revert IPools.WrongValue(msg.value, parameters.demandBondWei);
    Demand storage demand = demands[pool][batch][index];
    if (demand.demander != address(0)) revert IPools.AlreadyDemanded(pool, batch, index, demand.dueAt);
    uint64 dueAt = uint64(block.number) + parameters.demandBlocks;
    (demand.demander, demand.dueAt, demand.bond) = (msg.sender, dueAt, msg.value);
    IRoyaltyLinks(ROYALTY).receiveCoins{value: msg.value}();
    emit IPools.LeafDemanded(pool, batch, msg.sender, index, msg.value, dueAt);
  }

  function answerLeaf(uint64 pool, uint32 batch, IPools.Leaf memory leaf, bytes memory proof) external payable unpaid {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    demandOpenDemand(pool, batch, demandPresent(pool, batch), leaf.index);
    SumTree.verify(rootOf(pool, batch), leaf, proof);
    closeDemand(pool, batch, leaf.index, msg.sender);
    emit IPools.LeafAnswered(pool, batch, msg.sender, leaf.index, leaf.account, leaf.weight);
  }

  function answerEmpty(
    uint64 pool,
    uint32 batch,
    uint64 index,
    uint8 height,
    bytes memory proof
  ) external payable unpaid {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    demandOpenDemand(pool, batch, demandPresent(pool, batch), index);
    SumTree.verifyEmpty(rootOf(pool, batch), index, height, proof);
    closeDemand(pool, batch, index, msg.sender);
    emit IPools.LeafAnswered(pool, batch, msg.sender, index, address(0), 0);
  }

  function revokeUnanswered(uint64 pool, uint32 batch, uint64 index) external payable unpaid {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    Batch storage found = demandPresent(pool, batch);
    uint64 allowedAt = demandOpenDemand(pool, batch, found, index).dueAt + 1;
    if (block.number < allowedAt) revert IPools.TooEarly(allowedAt, uint64(block.number));
    if (found.status != LEAVING) sendAway(pool, batch, false, 0, false);
    giveBondBack(pool, batch, index);
  }

  function returnBond(uint64 pool, uint32 batch, uint64 index) external payable unpaid {
    IRoyaltyLinks(ROYALTY).demandUnlocked();
    Batch storage found = demandBatch(pool, batch);
    if (found.status < SENT_AWAY) revert IPools.BatchStands(pool, batch, found.status);
    demandOpenDemand(pool, batch, found, index);
    giveBondBack(pool, batch, index);
  }

  function state(uint64 pool) external view returns (IPools.PoolState memory) {
    Pool storage head = demandPool(pool);
    return
      IPools.PoolState(
        head.controller,
        head.policy,
        head.maxWeight,
        head.weight,
        head.committed,
        head.batches,
        head.hasStarted
      );
  }

  function batchState(uint64 pool, uint32 batch) external view returns (IPools.BatchState memory) {
    Batch storage found = demandBatch(pool, batch);
    return
      IPools.BatchState(
        found.root,
        found.dataHash,
        found.weight,
        found.depth,
        found.relayFeePpm,
        found.status,
        found.isFrozen,
        found.frozenAt,
        found.readyAt
      );
  }

  function ledger(uint64 pool, address token) external view returns (IPools.PoolLedger memory) {
    demandPool(pool);
    (uint8 index, ) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    Accrual storage accrual = accruals[pool][index];
    return IPools.PoolLedger(accrual.acc, accrual.carry, accrual.waiting, accrual.escrow);
  }

  function entitled(
    uint64 pool,
    uint32 batch,
    address token,
    IPools.Leaf memory leaf,
    bytes memory proof
  ) external view returns (uint256 earned, uint256 paid_) {
    Batch storage found = demandBatch(pool, batch);
    (uint8 index, ) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    if (found.status == PENDING) revert IPools.NotActivated(pool, batch, found.readyAt);
    SumTree.verify(rootOf(pool, batch), leaf, proof);
    paid_ = leafPaid[pool][batch][index][leaf.index];
    earned = found.status == FORFEITED ? paid_ : (unitEarned(pool, batch, index) * leaf.weight) >> 64;
  }

  function batchPaid(uint64 pool, uint32 batch, address token) external view returns (uint256) {
    demandBatch(pool, batch);
    (uint8 index, ) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    return stakes[pool][batch][index].paid;
  }

  function payee(address account) external view returns (address) {
    return payees[account] == address(0) ? account : payees[account];
  }

  function demandOf(
    uint64 pool,
    uint32 batch,
    uint64 index
  ) external view returns (address demander, uint256 bond, uint64 dueAtBlock) {
    demandIndex(demandBatch(pool, batch), index);
    Demand storage demand = demands[pool][batch][index];
    return (demand.demander, demand.bond, demand.dueAt);
  }

  function isDue(Turn memory turn, bool isQueued, uint64 oldest) private view returns (bool) {
    return turn.readyAt <= block.number && (!isQueued || oldest >= turn.mark);
  }

  function arrive(uint64 pool, uint32 batch) private {
    Batch storage found = batches[pool][batch];
    if (found.status != PENDING) return;
    Pool storage head = pools[pool];
    bool isFirst = !head.hasStarted;
    head.hasStarted = true;
    head.weight += found.weight;
    found.status = EARNING;
    for (uint8 token; token < 32; token++) {
      if ((head.tokens >> token) & 1 == 0) continue;
      Accrual storage accrual = accruals[pool][token];
      stakes[pool][batch][token].entry = accrual.acc;
      if (!isFirst) continue;
      uint128 waiting = accrual.waiting;
      accrual.waiting = 0;
      accrue(accrual, head.weight, waiting, 0);
    }
    emit IPools.BatchActivated(pool, batch, found.weight, head.weight);
  }

  function depart(uint64 pool, uint32 batch, bool isForfeit) private {
    Batch storage found = batches[pool][batch];
    Pool storage head = pools[pool];
    head.weight -= found.weight;
    head.committed -= found.weight;
    for (uint8 token; token < 32; token++) {
      if ((head.tokens >> token) & 1 == 0) continue;
      uint256 acc = accruals[pool][token].acc;
      stakes[pool][batch][token].exit = acc;
      giveBack(pool, token, isForfeit ? unpaidOf(pool, batch, token, acc) : 0);
    }
    found.status = isForfeit ? FORFEITED : SENT_AWAY;
    emit IPools.BatchRevoked(pool, batch, isForfeit, head.weight);
  }

  /** What a batch earned up to `end` and was not paid, in 2^-64 units. */
  function unpaidOf(uint64 pool, uint32 batch, uint8 token, uint256 end) private view returns (uint256) {
    Stake storage stake = stakes[pool][batch][token];
    uint256 unit = end > stake.entry ? end - stake.entry : 0;
    return unit * batches[pool][batch].weight - (stake.paid << 64);
  }

  /** Gives the others what was forfeited; without others whole units go to escrow. */
  function giveBack(uint64 pool, uint8 token, uint256 fraction) private {
    Accrual storage accrual = accruals[pool][token];
    if (pools[pool].weight > 0) {
      accrue(accrual, pools[pool].weight, 0, fraction);
      return;
    }
    uint256 sum = accrual.carry + fraction;
    accrual.escrow += uint128(sum >> 64);
    accrual.carry = uint64(sum);
  }

  /** Only who froze a batch opens its claims again. */
  function sendAway(uint64 pool, uint32 batch, bool isForfeit, bytes32 evidence, bool endsFreeze) private {
    Batch storage found = batches[pool][batch];
    if (found.status == PENDING) {
      withdrawPending(pool, batch);
      return;
    }
    if (found.status != EARNING) revert IPools.BatchGone(pool, batch, found.status);
    found.status = LEAVING;
    if (endsFreeze) found.isFrozen = false;
    departures.push(Turn(pool, batch, uint64(block.number), uint64(block.number), isForfeit));
    emit IPools.RevocationQueued(pool, batch, msg.sender, isForfeit, evidence);
  }

  function withdrawPending(uint64 pool, uint32 batch) private {
    pools[pool].committed -= batches[pool][batch].weight;
    batches[pool][batch].status = SENT_AWAY;
    emit IPools.BatchRevoked(pool, batch, false, pools[pool].weight);
  }

  function closeDemand(uint64 pool, uint32 batch, uint64 index, address to) private returns (Demand memory demand) {
    demand = demands[pool][batch][index];
    delete demands[pool][batch][index];
    IRoyaltyLinks(ROYALTY).payOutTo(to, address(0), demand.bond, true);
  }

  function giveBondBack(uint64 pool, uint32 batch, uint64 index) private {
    address demander = demands[pool][batch][index].demander;
    Demand memory demand = closeDemand(pool, batch, index, demander);
    emit IPools.BondReturned(pool, batch, demander, index, demand.bond);
  }

  function demandAuthority() private view {
    address authority = chain().disputeAuthority;
    if (msg.sender != authority) revert IPools.NotDisputeAuthority(msg.sender, authority);
  }

  function demandHeard(uint64 pool, uint32 batch) private view {
    Batch storage found = batches[pool][batch];
    if (!found.isFrozen) revert IPools.NotFrozen(pool, batch);
    uint64 allowedAt = found.frozenAt + chain().disputeBlocks;
    if (block.number < allowedAt) revert IPools.TooEarly(allowedAt, uint64(block.number));
  }

  function demandPresent(uint64 pool, uint32 batch) private view returns (Batch storage found) {
    found = demandBatch(pool, batch);
    if (found.status >= SENT_AWAY) revert IPools.BatchGone(pool, batch, found.status);
  }

  function demandIndex(Batch storage found, uint64 index) private view {
    uint64 limit = uint64(1) << found.depth;
    if (index >= limit) revert IPools.IndexOutOfRange(index, limit);
  }

  function demandOpenDemand(
    uint64 pool,
    uint32 batch,
    Batch storage found,
    uint64 index
  ) private view returns (Demand memory demand) {
    demandIndex(found, index);
    demand = demands[pool][batch][index];
    if (demand.demander == address(0)) revert IPools.NotDemanded(pool, batch, index);
  }
}
