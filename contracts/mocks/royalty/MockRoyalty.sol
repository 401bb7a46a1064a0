// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {ASSETS, IAssetsLinks, MockParameters, REVOKED, ROYALTY} from "../MockLinks.sol";
import {ListedToken, RoyaltyStorage, Weights} from "./RoyaltyStorage.sol";
import {TokenCustody} from "./TokenCustody.sol";

/**
 * The model of N02, first part: payments, flushes and claims.
 *
 * Call `configure` once after placing it. A chain sweeps at the end of every block; here somebody calls `sweep` (in the second
 * part) as the last thing of a block, and until then nothing that was paid reaches anybody.
 */
contract MockRoyalty is TokenCustody {
  uint256 private constant MAX_BUNDLE_ASSETS = 32;
  uint256 private constant MAX_FLUSHED_NODES = 64;
  uint256 private constant MAX_CLAIMED_ACCOUNTS = 128;

  constructor(address next) RoyaltyStorage(ROYALTY, next) {}

  /** Sets the chain's parameters, which a real chain has from its genesis. */
  function configure(MockParameters calldata given) external {
    parameters = given;
    if (listed.length == 0) listed.push();
    listed[0] = ListedToken(address(0), 18, true, given.flushMinWei, given.slotMinWei);
  }

  function pay(uint64 asset, bytes32 memo) external payable paid {
    demandUnlockedNow();
    receiveNative();
    if (msg.value == 0) revert IRoyalty.ZeroAmount();
    credit(asset, 0, 1, msg.value, memo);
  }

  function payBundle(
    uint64[] calldata assets,
    uint256[] calldata amounts,
    bytes32 memo
  ) external payable paid atMost(assets.length, MAX_BUNDLE_ASSETS) atMost(amounts.length, MAX_BUNDLE_ASSETS) {
    if (assets.length != amounts.length) revert IRoyalty.UnequalLengths(assets.length, amounts.length);
    uint256 expected;
    for (uint256 i; i < amounts.length; i++) {
      expected = amounts[i] > type(uint256).max - expected ? type(uint256).max : expected + amounts[i];
    }
    if (expected != msg.value) revert IRoyalty.WrongValue(msg.value, expected);
    demandUnlockedNow();
    receiveNative();
    for (uint256 i; i < assets.length; i++) {
      if (amounts[i] == 0) revert IRoyalty.ZeroAmount();
      credit(assets[i], 0, 1, amounts[i], memo);
    }
  }

  function payToken(uint64 asset, address token, uint256 amount, bytes32 memo) external payable unpaid {
    demandUnlockedNow();
    locked = 1;
    (uint8 index, uint256 unit) = demandToken(token);
    if (!listed[index].isPayable) revert IRoyalty.TokenDelisted(token);
    if (amount == 0) revert IRoyalty.ZeroAmount();
    uint256 before = bookTokens(index, unit, token, amount);
    credit(asset, index, unit, amount, memo);
    takeTokens(token, msg.sender, amount, before);
    locked = 0;
  }

  function flush(
    address token,
    uint64[] calldata nodesDescending
  ) external payable unpaid atMost(nodesDescending.length, MAX_FLUSHED_NODES) {
    (uint8 index, ) = demandToken(token);
    for (uint256 i; i < nodesDescending.length; i++) {
      uint64 node = nodesDescending[i];
      if (i > 0 && nodesDescending[i - 1] <= node) {
        revert IRoyalty.KeysNotDescending(i, nodesDescending[i - 1], node);
      }
      if (node >= NODE_KEYS || !weightsOf[node / 2].exists) revert IRoyalty.NodeNotFound(node);
    }
    flushNodes(index, nodesDescending);
  }

  function claim(
    address account,
    address[] calldata tokens
  ) external payable unpaid atMost(tokens.length, MAX_TOKENS + 1) returns (uint256[] memory amounts) {
    demandUnlockedNow();
    locked = 1;
    bool isOwed;
    for (uint256 i; i < tokens.length; i++) {
      (uint8 index, uint256 unit) = demandToken(tokens[i]);
      if (owed[account][index] >= unit) isOwed = true;
    }
    if (!isOwed) revert IRoyalty.NothingOwed(account);
    amounts = new uint256[](tokens.length);
    for (uint256 i; i < tokens.length; i++) amounts[i] = claimOne(account, tokens[i], true);
    locked = 0;
  }

  function claimMany(
    address[] calldata accounts,
    address[] calldata tokens
  )
    external
    payable
    unpaid
    atMost(accounts.length, MAX_CLAIMED_ACCOUNTS)
    atMost(tokens.length, MAX_TOKENS + 1)
    returns (uint256[] memory amounts)
  {
    demandUnlockedNow();
    locked = 1;
    for (uint256 i; i < tokens.length; i++) demandToken(tokens[i]);
    amounts = new uint256[](tokens.length);
    for (uint256 i; i < tokens.length; i++) {
      for (uint256 j; j < accounts.length; j++) amounts[i] += claimOne(accounts[j], tokens[i], false);
    }
    locked = 0;
  }

  function claimable(address account, address token) external view returns (uint256) {
    (uint8 index, uint256 unit) = demandToken(token);
    // Rounded down: less than a unit stays owed.
    return owed[account][index] / unit;
  }

  function credit(uint64 asset, uint8 token, uint256 unit, uint256 units, bytes32 memo) private {
    (, uint8 status, ) = IAssetsLinks(ASSETS).standing(asset);
    if (status == 0) revert IRoyalty.AssetNotFound(asset);
    if (status == REVOKED) revert IRoyalty.AssetRevoked(asset);
    Weights storage weights = weightsOf[asset];
    setFee(weights, weights.feePpm + weights.ownerDirectPpm);
    nodes[2 * asset + 1][token].inflow += uint128(units * unit);
    if (paidTokens[asset] == 0) paidAssets.push(asset);
    paidTokens[asset] |= uint32(1) << token;
    emit IRoyalty.Paid(asset, msg.sender, listed[token].token, units, memo);
  }

  function claimOne(address account, address token, bool isOne) private returns (uint256 amount) {
    (uint8 index, uint256 unit) = demandToken(token);
    uint256 due = owed[account][index];
    if (due < unit) return 0;
    owed[account][index] = 0;
    amount = payOut(account, index, unit, due, isOne) / unit;
    if (amount > 0) emit IRoyalty.Claimed(account, token, amount);
  }
}
