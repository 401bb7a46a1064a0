// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IPools} from "../../interfaces/IPools.sol";
import {ACTIVE, ASSETS, IAssetsLinks, IRoyaltyLinks, POOLS, ROYALTY} from "../MockLinks.sol";
import {Batch, Pool, PoolsStorage, Stake, Turn} from "./PoolsStorage.sol";
import {SumNode, SumTree} from "../../libraries/SumTree.sol";

/** A leaf that was settled and is to be paid. */
struct Payment {
  address payee;
  address token;
  uint256 amount;
  uint256 fee;
}

/** The model of N03, first part: pools, batches, income and claims. */
contract MockPools is PoolsStorage {
  uint256 private constant MAX_TOTAL_WEIGHT = 1 << 96;
  uint32 private constant MAX_RELAY_FEE_PPM = 20_000;
  uint8 private constant MAX_DEPTH = 24;
  uint256 private constant MAX_CLAIMED_LEAVES = 512;

  constructor(address next) PoolsStorage(POOLS, next) {}

  function create(address controller, uint8 policy, uint128 maxWeight) external payable unpaid returns (uint64 pool) {
    if (controller == address(0)) revert IPools.ZeroController();
    checkPolicy(policy, maxWeight);
    pool = STAND_ALONE_POOLS + standAlone++;
    Pool storage head = pools[pool];
    (head.controller, head.policy, head.maxWeight) = (controller, policy, maxWeight);
    emit IPools.PoolCreated(pool, controller, policy, maxWeight);
  }

  function setPolicy(uint64 pool, uint8 policy, uint128 maxWeight) external payable unpaid {
    Pool storage head = demandPool(pool);
    demandController(pool);
    if (pool >= STAND_ALONE_POOLS || head.batches > 0) revert IPools.PolicyFixed(pool, head.policy, head.batches);
    checkPolicy(policy, maxWeight);
    (head.policy, head.maxWeight) = (policy, maxWeight);
    emit IPools.PolicySet(pool, policy, maxWeight);
  }

  function setController(uint64 pool, address controller) external payable unpaid {
    Pool storage head = demandPool(pool);
    demandController(pool);
    if (controller == address(0)) revert IPools.ZeroController();
    address previous = head.controller;
    head.controller = controller;
    emit IPools.ControllerChanged(pool, previous, controller);
  }

  function append(
    uint64 pool,
    IPools.SumRoot memory root,
    uint128 weight,
    uint8 depth,
    bytes32 dataHash,
    uint32 relayFeePpm
  ) external payable unpaid returns (uint32) {
    demandRoom(pool, weight, relayFeePpm);
    if (depth == 0 || depth > MAX_DEPTH) revert IPools.WrongDepth(depth, 1, MAX_DEPTH);
    (bool isFitting, SumNode memory above) = SumTree.combine(
      SumNode(root.leftHash, root.leftSum),
      SumNode(root.rightHash, root.rightSum)
    );
    if (!isFitting) revert IPools.SumOverflow(root.leftSum, root.rightSum);
    if (above.sum != weight) revert IPools.SumMismatch(weight, above.sum);
    return store(pool, above.hash, weight, depth, dataHash, relayFeePpm);
  }

  function appendLeaf(
    uint64 pool,
    IPools.Leaf memory leaf,
    bytes32 dataHash,
    uint32 relayFeePpm
  ) external payable unpaid returns (uint32) {
    demandRoom(pool, leaf.weight, relayFeePpm);
    if (leaf.index != 0) revert IPools.IndexOutOfRange(leaf.index, 1);
    return store(pool, SumTree.leafHash(leaf), leaf.weight, 0, dataHash, relayFeePpm);
  }

  function fund(uint64 pool, address token, uint256 amount) external payable paid {
    IRoyaltyLinks(ROYALTY).lockNow();
    demandPool(pool);
    if (amount == 0) revert IPools.ZeroAmount();
    uint256 expected = token == address(0) ? amount : 0;
    if (msg.value != expected) revert IPools.WrongValue(msg.value, expected);
    (uint8 index, uint256 unit) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    demandPayable(token);
    if (token == address(0)) {
      IRoyaltyLinks(ROYALTY).receiveCoins{value: msg.value}();
      credit(pool, index, amount);
    } else {
      IRoyaltyLinks(ROYALTY).receiveTokens(token, msg.sender, amount);
      credit(pool, index, amount * unit);
    }
    emit IPools.Funded(pool, msg.sender, token, amount);
    IRoyaltyLinks(ROYALTY).unlock();
  }

  function claim(
    uint64 pool,
    uint32 batch,
    address token,
    IPools.Leaf memory leaf,
    bytes memory proof
  ) external payable unpaid returns (uint256 amount) {
    begin(token == address(0));
    Payment[] memory payments = new Payment[](1);
    demandOpen(pool, batch, token);
    SumTree.verify(rootOf(pool, batch), leaf, proof);
    if (!settle(pool, batch, token, leaf, payments[0])) refuseNothing(pool, batch, token, leaf);
    amount = payAll(payments, 1, true) / unitOf(token);
    end(token == address(0));
  }

  function claimMany(
    uint64 pool,
    uint32 batch,
    address token,
    IPools.Leaf[] memory leaves,
    bytes memory multiproof
  ) external payable unpaid atMost(leaves.length, 4 * MAX_CLAIMED_LEAVES) returns (uint256 amount, uint256 paid_) {
    demandCount(leaves.length);
    begin(token == address(0));
    demandOpen(pool, batch, token);
    SumTree.verifyMany(rootOf(pool, batch), leaves, multiproof);
    Payment[] memory payments = new Payment[](leaves.length);
    for (uint256 i; i < leaves.length; i++) {
      payments[paid_] = Payment(address(0), address(0), 0, 0);
      if (settle(pool, batch, token, leaves[i], payments[paid_])) paid_++;
    }
    if (paid_ == 0) refuseNothing(pool, batch, token, leaves[0]);
    amount = payAll(payments, paid_, true) / unitOf(token);
    end(token == address(0));
  }

  function claimAcross(
    IPools.LeafClaim[] memory claims
  ) external payable unpaid atMost(claims.length, 4 * MAX_CLAIMED_LEAVES) returns (uint256 paid_) {
    demandCount(claims.length);
    bool isNative = true;
    for (uint256 i; i < claims.length; i++) if (claims[i].token != address(0)) isNative = false;
    begin(isNative);
    Payment[] memory payments = new Payment[](claims.length);
    for (uint256 i; i < claims.length; i++) {
      IPools.LeafClaim memory one = claims[i];
      demandOpen(one.pool, one.batch, one.token);
      SumTree.verify(rootOf(one.pool, one.batch), one.leaf, one.proof);
      payments[paid_] = Payment(address(0), address(0), 0, 0);
      if (settle(one.pool, one.batch, one.token, one.leaf, payments[paid_])) paid_++;
    }
    if (paid_ == 0) refuseNothing(claims[0].pool, claims[0].batch, claims[0].token, claims[0].leaf);
    payAll(payments, paid_, isNative);
    end(isNative);
  }

  function setPayee(address payee_) external payable unpaid {
    payees[msg.sender] = payee_;
    emit IPools.PayeeSet(msg.sender, payee_);
  }

  function createAssetPool(uint64 assetId, address controller) external onlyModule {
    (pools[assetId].controller, pools[assetId].policy) = (controller, OPEN);
  }

  function creditPool(uint64 pool, uint8 token, uint256 amount) external onlyModule {
    credit(pool, token, amount);
  }

  function credit(uint64 pool, uint8 token, uint256 amount) private {
    Pool storage head = pools[pool];
    head.tokens |= uint32(1) << token;
    if (head.weight > 0) accrue(accruals[pool][token], head.weight, amount, 0);
    else if (head.hasStarted) accruals[pool][token].escrow += uint128(amount);
    else accruals[pool][token].waiting += uint128(amount);
  }

  function checkPolicy(uint8 policy, uint128 maxWeight) private pure {
    if (policy < CLOSED || policy > OPEN) revert IPools.UnknownPolicy(policy);
    uint256 limit = policy == CAPPED ? MAX_TOTAL_WEIGHT - 1 : 0;
    if (maxWeight > limit || (policy == CAPPED && maxWeight == 0)) revert IPools.CapOutOfRange(maxWeight, limit);
  }

  function demandRoom(uint64 pool, uint128 weight, uint32 relayFeePpm) private view {
    Pool storage head = demandPool(pool);
    if (pool >= STAND_ALONE_POOLS) {
      demandController(pool);
    } else {
      (, uint8 status, address operator) = IAssetsLinks(ASSETS).standing(pool);
      if (status != ACTIVE) revert IPools.AssetNotActive(pool, status);
      if (msg.sender != operator) demandController(pool);
    }
    if (relayFeePpm > MAX_RELAY_FEE_PPM) revert IPools.RelayFeeTooHigh(relayFeePpm, MAX_RELAY_FEE_PPM);
    if (weight == 0) revert IPools.ZeroWeight();
    if (head.policy == CLOSED && head.committed > 0) revert IPools.PoolClosed(pool, head.committed);
    uint256 cap = head.policy == CAPPED ? head.maxWeight : MAX_TOTAL_WEIGHT;
    uint256 sum = uint256(head.committed) + weight;
    if (sum > cap) revert IPools.WeightOverCap(pool, sum, cap);
  }

  function store(
    uint64 pool,
    bytes32 root,
    uint128 weight,
    uint8 depth,
    bytes32 dataHash,
    uint32 relayFeePpm
  ) private returns (uint32 batch) {
    Pool storage head = pools[pool];
    batch = head.batches++;
    head.committed += weight;
    uint64 readyAt = uint64(block.number) + chain().noticeBlocks;
    batches[pool][batch] = Batch(root, dataHash, weight, depth, relayFeePpm, PENDING, false, 0, readyAt);
    arrivals.push(Turn(pool, batch, readyAt, uint64(block.number), false));
    emit IPools.BatchQueued(pool, batch, dataHash, root, weight, depth, relayFeePpm, readyAt);
  }

  /** Only claims of tokens call somebody, so only they hold the lock. */
  function begin(bool isNative) private {
    if (isNative) IRoyaltyLinks(ROYALTY).demandUnlocked();
    else IRoyaltyLinks(ROYALTY).lockNow();
  }

  function end(bool isNative) private {
    if (!isNative) IRoyaltyLinks(ROYALTY).unlock();
  }

  function demandOpen(uint64 pool, uint32 batch, address token) private view {
    Batch storage found = demandBatch(pool, batch);
    if (found.isFrozen) revert IPools.ClaimsFrozen(pool, batch, found.frozenAt);
    if (found.status == FORFEITED) revert IPools.BatchForfeited(pool, batch);
    IRoyaltyLinks(ROYALTY).tokenOf(token);
    if (found.status == PENDING) revert IPools.NotActivated(pool, batch, found.readyAt);
  }

  /** Counts what a proven leaf is due and logs it; false when that is nothing. */
  function settle(
    uint64 pool,
    uint32 batch,
    address token,
    IPools.Leaf memory leaf,
    Payment memory payment
  ) private returns (bool) {
    (uint8 index, uint256 unit) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    uint256 earned = (unitEarned(pool, batch, index) * leaf.weight) >> 64;
    uint256 due = earned - leafPaid[pool][batch][index][leaf.index];
    due -= due % unit;
    if (due == 0) return false;
    leafPaid[pool][batch][index][leaf.index] += due;
    stakes[pool][batch][index].paid += due;
    payment.payee = payees[leaf.account] == address(0) ? leaf.account : payees[leaf.account];
    payment.token = token;
    if (msg.sender != leaf.account && msg.sender != payment.payee) {
      // Rounded down twice: to the ledger's units, and to those of the token.
      payment.fee = (due * batches[pool][batch].relayFeePpm) / 1_000_000;
      payment.fee -= payment.fee % unit;
    }
    payment.amount = due - payment.fee;
    emit IPools.LeafClaimed(
      pool,
      leaf.account,
      token,
      batch,
      leaf.index,
      payment.payee,
      payment.amount / unit,
      payment.fee / unit
    );
    return true;
  }

  function unitOf(address token) private view returns (uint256 unit) {
    (, unit) = IRoyaltyLinks(ROYALTY).tokenOf(token);
  }

  function refuseNothing(uint64 pool, uint32 batch, address token, IPools.Leaf memory leaf) private view {
    (uint8 index, ) = IRoyaltyLinks(ROYALTY).tokenOf(token);
    uint256 earned = (unitEarned(pool, batch, index) * leaf.weight) >> 64;
    revert IPools.NothingToClaim(pool, batch, leaf.index, earned);
  }

  /** Pays the first `count` payments, then their fees: as one sum, or one by one. */
  function payAll(Payment[] memory payments, uint256 count, bool isSummed) private returns (uint256 sum) {
    uint256 fees;
    bool isOne = payments.length == 1;
    for (uint256 i; i < count; i++) {
      Payment memory one = payments[i];
      IRoyaltyLinks(ROYALTY).payOutTo(one.payee, one.token, one.amount, isOne);
      sum += one.amount + one.fee;
      fees += one.fee;
    }
    if (isSummed && fees > 0) IRoyaltyLinks(ROYALTY).payOutTo(msg.sender, payments[0].token, fees, isOne);
    for (uint256 i; !isSummed && i < count; i++) {
      Payment memory one = payments[i];
      if (one.fee > 0) IRoyaltyLinks(ROYALTY).payOutTo(msg.sender, one.token, one.fee, isOne);
    }
  }

  function demandCount(uint256 count) private pure {
    if (count == 0) revert IPools.NoLeaves();
    if (count > MAX_CLAIMED_LEAVES) revert IPools.TooManyLeaves(count, MAX_CLAIMED_LEAVES);
  }

  function demandPayable(address token) private view {
    if (!IRoyaltyLinks(ROYALTY).isPayable(token)) revert IPools.TokenDelisted(token);
  }
}
