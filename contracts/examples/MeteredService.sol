// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IRoyalty} from "../interfaces/IRoyalty.sol";

interface IERC20 {
  function approve(address spender, uint256 amount) external returns (bool);
  function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/**
 * A service that charges its users and pays the asset it is built on, and with it everybody whom the asset came from.
 *
 * A user pays for one call at once, or deposits and is charged by the operator for the calls that it made since. The operator
 * keeps its margin; the rest goes to the asset, which hands it on at the end of the same block.
 */
contract MeteredService {
  error WrongPrice(uint256 expected, uint256 given);
  error NotOperator(address caller, address operator);
  error NotEnoughDeposited(address user, uint256 needed, uint256 deposited);
  error TokenFailed(address token);
  error CoinsRefused(address to);
  error MarginTooHigh(uint256 marginPpm);
  error UnequalLengths();

  event Deposited(address indexed user, uint256 amount);
  event Withdrawn(address indexed user, uint256 amount);
  event Served(address indexed user, uint256 calls, uint256 charged);

  IRoyalty private constant ROYALTY = IRoyalty(0x0000000000000000000000000000000053410002);
  uint256 private constant WHOLE_PPM = 1_000_000;

  address public immutable operator;
  uint64 public immutable asset;
  /** Wei of one call. */
  uint256 public immutable price;
  /** Parts per million of each call that the operator keeps. */
  uint256 public immutable marginPpm;
  mapping(address => uint256) public deposits;
  /** The operator's margin that it has not taken yet. */
  uint256 public margin;

  constructor(uint64 asset_, uint256 price_, uint256 marginPpm_) {
    if (marginPpm_ >= WHOLE_PPM) revert MarginTooHigh(marginPpm_);
    (operator, asset, price, marginPpm) = (msg.sender, asset_, price_, marginPpm_);
  }

  modifier onlyOperator() {
    if (msg.sender != operator) revert NotOperator(msg.sender, operator);
    _;
  }

  /** One call, paid at once. `request` is the hash of what is asked; the payment carries it as its memo. */
  function ask(bytes32 request) external payable {
    if (msg.value != price) revert WrongPrice(price, msg.value);
    payAsset(msg.value, request);
    emit Served(msg.sender, 1, msg.value);
  }

  /** One call, paid in a token that the royalty ledger lists and that the user approved for this contract. */
  function askInToken(address token, uint256 amount, bytes32 request) external {
    bool isTaken = IERC20(token).transferFrom(msg.sender, address(this), amount);
    if (!isTaken || !IERC20(token).approve(address(ROYALTY), amount)) revert TokenFailed(token);
    ROYALTY.payToken(asset, token, amount, request);
    emit Served(msg.sender, 1, amount);
  }

  function deposit() external payable {
    deposits[msg.sender] += msg.value;
    emit Deposited(msg.sender, msg.value);
  }

  function withdraw(uint256 amount) external {
    take(msg.sender, amount);
    send(msg.sender, amount);
    emit Withdrawn(msg.sender, amount);
  }

  /** Charges users for their calls and pays the asset once for all of them. */
  function meter(address[] calldata users, uint256[] calldata calls, bytes32 log) external onlyOperator {
    if (users.length != calls.length) revert UnequalLengths();
    uint256 sum;
    for (uint256 i; i < users.length; i++) {
      uint256 charged = calls[i] * price;
      take(users[i], charged);
      sum += charged;
      emit Served(users[i], calls[i], charged);
    }
    payAsset(sum, log);
  }

  function takeMargin() external onlyOperator {
    uint256 amount = margin;
    margin = 0;
    send(operator, amount);
  }

  /** The margin is rounded down, so that the asset never gets less than its part. */
  function payAsset(uint256 amount, bytes32 memo) private {
    uint256 kept = (amount * marginPpm) / WHOLE_PPM;
    margin += kept;
    ROYALTY.pay{value: amount - kept}(asset, memo);
  }

  function take(address user, uint256 amount) private {
    uint256 deposited = deposits[user];
    if (deposited < amount) revert NotEnoughDeposited(user, amount, deposited);
    deposits[user] = deposited - amount;
  }

  function send(address to, uint256 amount) private {
    (bool isSent, ) = to.call{value: amount}("");
    if (!isSent) revert CoinsRefused(to);
  }
}
