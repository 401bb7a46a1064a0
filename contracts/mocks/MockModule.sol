// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {INativeModule} from "../interfaces/INativeModule.sol";

/**
 * What every model of a native module shares: it lives at the module's own address, refuses to lend its code, takes no value
 * that a method does not ask for, and hands methods that it has not on to the next part of the module.
 *
 * A module is larger than a contract may be, so it is cut into parts that share one storage layout. The first part's code is
 * placed at the module's address and calls the others by DELEGATECALL.
 */
abstract contract MockModule {
  /** The module's address. */
  address private immutable SELF;
  /** Where the methods are that this part has not; zero in the last part. */
  address private immutable NEXT;

  constructor(address self, address next) {
    SELF = self;
    NEXT = next;
  }

  /** For methods that take value. */
  modifier paid() {
    if (address(this) != SELF) revert INativeModule.DelegateCallRefused();
    _;
  }

  /** For methods that take none. */
  modifier unpaid() {
    if (address(this) != SELF) revert INativeModule.DelegateCallRefused();
    if (msg.value != 0) revert INativeModule.ValueRefused(msg.value);
    _;
  }

  /** For what only another module may ask. */
  modifier onlyModule() {
    if (uint160(msg.sender) & ~uint160(0xff) != 0x53410000) revert INativeModule.UnknownMethod(msg.sig);
    _;
  }

  /** Refuses a list that the native module would not decode. */
  modifier atMost(uint256 length, uint256 maxLength) {
    if (length > maxLength) revert INativeModule.ListTooLong(length, maxLength);
    _;
  }

  receive() external payable {
    revert INativeModule.BareTransferRefused();
  }

  fallback() external payable {
    if (address(this) != SELF) revert INativeModule.DelegateCallRefused();
    address next = NEXT;
    if (next == address(0)) revert INativeModule.UnknownMethod(msg.sig);
    assembly {
      calldatacopy(0, 0, calldatasize())
      let isSuccess := delegatecall(gas(), next, 0, calldatasize(), 0, 0)
      returndatacopy(0, 0, returndatasize())
      switch isSuccess
      case 0 {
        revert(0, returndatasize())
      }
      default {
        return(0, returndatasize())
      }
    }
  }
}
