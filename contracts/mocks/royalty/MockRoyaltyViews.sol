// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {ACTIVE, ASSETS, DISPUTED, IAssetsLinks, POOLS, REVOKED, ROYALTY} from "../MockLinks.sol";
import {ListedToken, Node, Queue, RoyaltyStorage, Weights} from "./RoyaltyStorage.sol";
import {TokenCustody} from "./TokenCustody.sol";

/** A quote in the making: what each node got so far, and who earns what. */
struct Draft {
  uint64[] keys;
  uint256[] inflows;
  uint256 size;
  IRoyalty.Payee[] payees;
  uint256[] amounts;
  uint256 parts;
  uint256 unassigned;
}

/** The model of N02, last part: reads, quotes and governance. */
contract MockRoyaltyViews is TokenCustody {
  uint32 private constant MAX_FEE_PPM = 10_000;
  uint256 private constant MAX_QUOTED_NODES = 256;

  constructor() RoyaltyStorage(ROYALTY, address(0)) {}

  function ledger(
    uint64 asset,
    address token
  ) external view returns (uint256 directInflow, uint256 directAcc, uint256 allInflow, uint256 allAcc) {
    (uint8 index, ) = demandToken(token);
    demandAsset(asset);
    Node storage direct = nodes[2 * asset + 1][index];
    Node storage all = nodes[2 * asset][index];
    return (direct.inflow, direct.acc, all.inflow, all.acc);
  }

  function pending(uint64 asset, address token) external view returns (uint256 settled, uint256 ifFlushed) {
    (uint8 index, ) = demandToken(token);
    demandAsset(asset);
    (address owner, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    settled = status == DISPUTED ? escrow[asset][index] : owed[owner][index];
    if (status == REVOKED) return (settled, settled);
    Weights storage weights = weightsOf[asset];
    ifFlushed =
      settled +
      riseOf(nodes[2 * asset + 1][index]) *
      weights.ownerDirectPpm +
      riseOf(nodes[2 * asset][index]) *
      weights.ownerAllPpm;
  }

  function quote(
    uint64 asset,
    uint256 amount,
    uint64 maxNodes
  ) external view returns (IRoyalty.Payee[] memory, uint256[] memory, uint256) {
    if (maxNodes > MAX_QUOTED_NODES) revert IRoyalty.TooManyQuotedNodes(maxNodes, MAX_QUOTED_NODES);
    demandAsset(asset);
    (, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    if (status == REVOKED) revert IRoyalty.AssetRevoked(asset);
    Draft memory draft;
    draft.keys = new uint64[](64);
    draft.inflows = new uint256[](64);
    draft.payees = new IRoyalty.Payee[](3 * maxNodes);
    draft.amounts = new uint256[](3 * maxNodes);
    draft.unassigned = amount;
    (draft.keys[0], draft.inflows[0], draft.size) = (2 * asset + 1, amount, 1);
    for (uint256 i; i < maxNodes && draft.size > 0; i++) follow(draft);
    (IRoyalty.Payee[] memory payees, uint256[] memory amounts) = (draft.payees, draft.amounts);
    uint256 parts = draft.parts;
    assembly {
      mstore(payees, parts)
      mstore(amounts, parts)
    }
    return (payees, amounts, draft.unassigned);
  }

  function totals(address token) external view returns (uint256 totalIn, uint256 booked) {
    (uint8 index, ) = demandToken(token);
    return (custody[index].totalIn, custody[index].booked);
  }

  function surplus(address token) external view returns (uint256 amount, bool isFrozen) {
    (uint8 index, uint256 unit) = demandToken(token);
    uint256 here = index == 0 ? address(this).balance : times(balanceHere(token), unit);
    uint256 booked = custody[index].booked;
    return here < booked ? (0, true) : (here - booked, false);
  }

  function queued(address token) external view returns (uint256 draining, uint256 collecting) {
    (uint8 index, ) = demandToken(token);
    Queue storage queue = queues[index];
    return (queue.generations[queue.side].keys.length, queue.generations[1 - queue.side].keys.length);
  }

  function tokens() external view returns (IRoyalty.Token[] memory all) {
    all = new IRoyalty.Token[](listed.length);
    for (uint256 i; i < all.length; i++) {
      all[i] = IRoyalty.Token(listed[i].token, listed[i].decimals, listed[i].isPayable);
    }
  }

  function setProtocolFee(uint32 feePpm) external payable unpaid {
    demandAuthority();
    if (feePpm > MAX_FEE_PPM) revert IRoyalty.FeeTooHigh(feePpm, MAX_FEE_PPM);
    nextFee = feePpm + 1;
    emit IRoyalty.FeeChanged(feePpm);
  }

  function listToken(
    address token,
    uint8 decimals,
    uint128 flushMin,
    uint128 slotMin
  ) external payable unpaid returns (uint8 index) {
    demandAuthority();
    bool isModule = token == ASSETS || token == ROYALTY || token == POOLS;
    if (isModule || token.code.length == 0) revert IRoyalty.NotAToken(token);
    if (indexOf[token] != 0) revert IRoyalty.TokenListed(token, indexOf[token]);
    if (decimals > 18) revert IRoyalty.TooManyDecimals(decimals, 18);
    if (listed.length > MAX_TOKENS) revert IRoyalty.TooManyTokens(uint8(MAX_TOKENS));
    index = uint8(listed.length);
    listed.push(ListedToken(token, decimals, true, flushMin, slotMin));
    indexOf[token] = index;
    emit IRoyalty.TokenAdded(token, index, decimals);
  }

  function setTokenPayable(address token, bool isPayable) external payable unpaid {
    demandAuthority();
    if (token == address(0)) revert IRoyalty.NotAToken(token);
    (uint8 index, ) = demandToken(token);
    listed[index].isPayable = isPayable;
    emit IRoyalty.TokenPayable(token, isPayable);
  }

  function setThreshold(address token, uint128 flushMin, uint128 slotMin) external payable unpaid {
    demandAuthority();
    (uint8 index, ) = demandToken(token);
    (listed[index].flushMin, listed[index].slotMin) = (flushMin, slotMin);
    emit IRoyalty.ThresholdChanged(token, flushMin, slotMin);
  }

  /** Takes the greatest node of the quote and hands on what it got, every part rounded down. */
  function follow(Draft memory draft) private view {
    uint256 place;
    for (uint256 i = 1; i < draft.size; i++) if (draft.keys[i] > draft.keys[place]) place = i;
    (uint64 key, uint256 inflow) = (draft.keys[place], draft.inflows[place]);
    draft.size--;
    (draft.keys[place], draft.inflows[place]) = (draft.keys[draft.size], draft.inflows[draft.size]);
    uint64 asset = key / 2;
    bool isDirect = key % 2 == 1;
    Weights storage weights = weightsOf[asset];
    // A payment brings the fee of the chain.
    uint32 rest = weights.feePpm + weights.ownerDirectPpm;
    uint32 feePpm = parameters.protocolFeePpm < rest ? parameters.protocolFeePpm : rest;
    if (isDirect) assign(draft, asset, 0, share(inflow, feePpm));
    for (uint256 i; i < weights.parents.length; i++) {
      uint32 ppm = isDirect ? weights.parents[i].directPpm : weights.parents[i].relativePpm;
      pass(draft, weights.parents[i].asset, share(inflow, ppm));
    }
    for (uint256 i; isDirect && i < weights.floors.length; i++) {
      pass(draft, weights.floors[i].asset, share(inflow, weights.floors[i].ppm));
    }
    assign(draft, weights.pool, 1, share(inflow, weights.poolPpm));
    assign(draft, asset, 2, share(inflow, isDirect ? rest - feePpm : weights.ownerAllPpm));
  }

  function pass(Draft memory draft, uint64 asset, uint256 amount) private pure {
    if (amount == 0) return;
    uint64 key = 2 * asset;
    for (uint256 i; i < draft.size; i++) {
      if (draft.keys[i] != key) continue;
      draft.inflows[i] += amount;
      return;
    }
    if (draft.size == draft.keys.length) lengthen(draft);
    (draft.keys[draft.size], draft.inflows[draft.size]) = (key, amount);
    draft.size++;
  }

  function lengthen(Draft memory draft) private pure {
    uint64[] memory keys = new uint64[](2 * draft.size);
    uint256[] memory inflows = new uint256[](2 * draft.size);
    for (uint256 i; i < draft.size; i++) (keys[i], inflows[i]) = (draft.keys[i], draft.inflows[i]);
    (draft.keys, draft.inflows) = (keys, inflows);
  }

  function assign(Draft memory draft, uint64 asset, uint8 role, uint256 amount) private view {
    if (amount == 0) return;
    draft.payees[draft.parts] = IRoyalty.Payee(asset, role, payeeOf(asset, role));
    draft.amounts[draft.parts++] = amount;
    draft.unassigned -= amount;
  }

  function payeeOf(uint64 asset, uint8 role) private view returns (address) {
    if (role == 1) return address(0);
    if (role == 0) return parameters.feeCollector;
    (address owner, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    if (status == REVOKED) return parameters.treasury;
    return status == ACTIVE ? owner : address(0);
  }

  /** Rounded down. In two parts, for the product of a great amount does not fit. */
  function share(uint256 amount, uint32 ppm) private pure returns (uint256) {
    return (amount / WHOLE_PPM) * ppm + ((amount % WHOLE_PPM) * ppm) / WHOLE_PPM;
  }

  function riseOf(Node storage node) private view returns (uint256) {
    return node.inflow / WHOLE_PPM - node.acc;
  }

  function demandAsset(uint64 asset) private view {
    (, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    if (status == 0) revert IRoyalty.AssetNotFound(asset);
  }

  function demandAuthority() private view {
    address authority = parameters.disputeAuthority;
    if (msg.sender != authority) revert IRoyalty.NotAuthority(msg.sender, authority);
  }
}
