/**
 * The errors that every native module can answer with, before any of its methods runs.
 */

import { concatBytes, hexToBytes } from '../lib/bytes.ts'
import { bytes4, uint256 } from './abi-types.ts'
import { makeError } from './definitions.ts'

export const DelegateCallRefused = makeError(
  'DelegateCallRefused',
  {},
  'The module was called by DELEGATECALL or CALLCODE: it has storage and coins of its own and lends its code to nobody.',
)
export const StaticCallRefused = makeError(
  'StaticCallRefused',
  {},
  'A method that changes state was called by STATICCALL or inside one.',
)
export const ValueRefused = makeError(
  'ValueRefused',
  { value: uint256 },
  'The method is not payable, and wei came with the call.',
)
export const UnknownMethod = makeError(
  'UnknownMethod',
  { selector: bytes4 },
  'The module has no method of this selector.',
)
export const BareTransferRefused = makeError(
  'BareTransferRefused',
  {},
  'The call had no data: coins that come without a purpose would belong to nobody.',
)
export const InvalidCalldata = makeError(
  'InvalidCalldata',
  { position: uint256 },
  'The calldata is not the strict encoding of the parameters; position is the byte at fault.',
)
export const ListTooLong = makeError(
  'ListTooLong',
  { length: uint256, maxLength: uint256 },
  'A list has more items than the method takes.',
)

export const STANDARD_ERRORS = [
  DelegateCallRefused,
  StaticCallRefused,
  ValueRefused,
  UnknownMethod,
  BareTransferRefused,
  InvalidCalldata,
  ListTooLong,
]

/**
 * The code of a module's account: what `extcodesize` sees, and what an account runs that delegated itself to the module
 * (EIP-7702). It reverts with DelegateCallRefused(): PUSH4 selector, PUSH0, MSTORE, PUSH1 4, PUSH1 28, REVERT.
 */
export const MODULE_STUB_CODE: Uint8Array = concatBytes(
  Uint8Array.of(0x63),
  DelegateCallRefused.selector,
  hexToBytes('0x5f526004601cfd'),
)
