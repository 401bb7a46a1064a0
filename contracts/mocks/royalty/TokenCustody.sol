// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../../interfaces/IRoyalty.sol";
import {Custody} from "./RoyaltyStorage.sol";
import {Settlement} from "./Settlement.sol";

interface IToken {
  function balanceOf(address account) external view returns (uint256);
  function transfer(address to, uint256 amount) external returns (bool);
  function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/** What comes in and goes out, and the count of it. */
abstract contract TokenCustody is Settlement {
  uint256 private constant TOTAL_LIMIT = 1 << 120;
  uint256 private constant TOKEN_CALL_GAS = 200_000;

  /** Books the value of this call. */
  function receiveNative() internal {
    bookIn(0, address(0), address(this).balance - msg.value, msg.value);
  }

  /** Books `units` of a token; who calls it writes its cells next and then takes them by `takeTokens`. */
  function bookTokens(uint8 index, uint256 unit, address token, uint256 units) internal returns (uint256 before) {
    before = balanceHere(token);
    bookIn(index, token, times(before, unit), times(units, unit));
  }

  function takeTokens(address token, address from, uint256 units, uint256 before) internal {
    (bool isSuccess, bytes memory answer) = token.call(
      abi.encodeCall(IToken.transferFrom, (from, address(this), units))
    );
    if (!isAccepted(isSuccess, answer)) revert IRoyalty.TokenRefused(token, from, units);
    uint256 now_ = balanceHere(token);
    uint256 actual = now_ > before ? now_ - before : 0;
    if (actual != units) revert IRoyalty.TokenLied(token, units, actual);
  }

  /**
   * Pays what is whole units and gives that back; the rest, and all of it when the token refuses, becomes owed; of many
   * also what was sent back here meanwhile.
   */
  function payOut(
    address account,
    uint8 index,
    uint256 unit,
    uint256 amount,
    bool isOne
  ) internal returns (uint256) {
    if (index == 0) {
      bookOut(0, address(0), address(this).balance, amount);
      moveCoins(account, amount);
      return amount;
    }
    uint256 units = amount / unit;
    uint256 whole = units * unit;
    if (whole < amount) creditOwed(account, index, amount - whole);
    if (units == 0) return 0;
    address token = listed[index].token;
    uint256 before = balanceHere(token);
    bookOut(index, token, times(before, unit), whole);
    uint256 paid = sendUnits(account, token, units, before, isOne);
    if (paid == units) return whole;
    uint256 unpaid = (units - paid) * unit;
    custody[index].booked += uint128(unpaid);
    creditOwed(account, index, unpaid);
    emit IRoyalty.ClaimRefused(account, token, units - paid);
    return paid * unit;
  }

  function balanceHere(address token) internal view returns (uint256) {
    (bool isSuccess, bytes memory answer) = token.staticcall(abi.encodeCall(IToken.balanceOf, (address(this))));
    if (!isSuccess || answer.length < 32) revert IRoyalty.TokenUnreadable(token);
    return uint256(bytes32(answer));
  }

  function times(uint256 a, uint256 b) internal pure returns (uint256) {
    return a > type(uint256).max / b ? type(uint256).max : a * b;
  }

  function bookIn(uint8 index, address token, uint256 here, uint256 amount) private {
    Custody storage books = custody[index];
    demandSolvent(token, here, books.booked);
    if (amount >= TOTAL_LIMIT || books.totalIn + amount >= TOTAL_LIMIT) {
      revert IRoyalty.TotalTooLarge(token, books.totalIn, amount);
    }
    books.totalIn += uint128(amount);
    books.booked += uint128(amount);
  }

  function bookOut(uint8 index, address token, uint256 here, uint256 amount) private {
    demandSolvent(token, here, custody[index].booked);
    custody[index].booked -= uint128(amount);
  }

  function demandSolvent(address token, uint256 here, uint256 booked) private pure {
    if (here < booked) revert IRoyalty.TokenFrozen(token, here, booked);
  }

  /** Units that the account got: none when the token refused it. */
  function sendUnits(
    address account,
    address token,
    uint256 units,
    uint256 before,
    bool isOne
  ) private returns (uint256) {
    // A token moved to where it is pays nobody, whatever it answers.
    if (account == address(this)) return 0;
    uint256 left = gasleft();
    if (left - left / 64 < TOKEN_CALL_GAS) revert IRoyalty.NotEnoughGas(TOKEN_CALL_GAS, left);
    (bool isSuccess, bytes memory answer) = token.call{gas: TOKEN_CALL_GAS}(
      abi.encodeCall(IToken.transfer, (account, units))
    );
    if (!isAccepted(isSuccess, answer)) return 0;
    uint256 now_ = balanceHere(token);
    uint256 moved = before > now_ ? before - now_ : 0;
    if (moved > units || (isOne && moved != units)) revert IRoyalty.TokenLied(token, units, moved);
    return moved;
  }

  /** A token accepts with true or with nothing at all. */
  function isAccepted(bool isSuccess, bytes memory answer) private pure returns (bool) {
    if (!isSuccess) return false;
    return answer.length == 0 || (answer.length >= 32 && uint256(bytes32(answer)) == 1);
  }

  /**
   * Moves coins without running the code of who gets them, as the native module does: a contract that exists for this one
   * moment leaves them to the account (PUSH20 account, SELFDESTRUCT).
   */
  function moveCoins(address account, uint256 amount) private {
    bytes memory code = abi.encodePacked(hex"73", account, hex"ff");
    assembly {
      if iszero(create(amount, add(code, 32), mload(code))) {
        revert(0, 0)
      }
    }
  }
}
