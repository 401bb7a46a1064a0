/**
 * Single transactions over a state with the counter module and a contract that calls it in every way.
 */

import { encodeFunctionData, parseAbi } from 'viem'
import type { BlockContext } from '../../src/execution/evm.ts'
import { NativeModules } from '../../src/execution/native-modules.ts'
import type { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import {
  type ExecutionEnvironment,
  executeTransaction,
  type TransactionOutcome,
} from '../../src/execution/transaction-executor.ts'
import { present } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { MODULE_STUB_CODE } from '../../src/precompiles/standard-errors.ts'
import type { BlockChanges } from '../../src/state/changes.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { type Address, ZERO_HASH } from '../../src/types/primitives.ts'
import { COUNTER_ADDRESS, counter } from '../precompiles/counter-module.ts'
import { type CompiledContract, compileSolidity } from '../support/solidity.ts'
import { account, GWEI, signed } from './support.ts'

export const CHAIN_ID = 534_100
export const CALLER = '0x00000000000000000000000000000000000c0de5' as Address
export const COINBASE = '0x00000000000000000000000000000000000c0bbe' as Address
export const ETHER = 10n ** 18n
export const MODULES = new NativeModules([counter])

export const COUNTER_ABI = parseAbi([
  'function add(uint256 by, bytes32 note, string memo) payable returns (uint256 total)',
  'struct Step { uint64 by; uint8 kind; }',
  'function addSteps(Step[] steps)',
  'function countOf(address account) view returns (uint256 total, uint64 calls, bool isKnown)',
  'function countAndCall(address to, uint256 value, bytes data) payable returns (bool isSuccess, bytes returned)',
  'function logAround(address to, bytes data, bytes32 note)',
  'event Counted(address indexed account, bytes32 indexed note, uint256 total, string memo)',
  'error TooMuch(uint256 asked, uint256 most)',
  'error Failed(bytes returned)',
  'error DelegateCallRefused()',
  'error StaticCallRefused()',
  'error ValueRefused(uint256 value)',
  'error UnknownMethod(bytes4 selector)',
  'error BareTransferRefused()',
  'error InvalidCalldata(uint256 position)',
  'error ListTooLong(uint256 length, uint256 maxLength)',
])

export const NOTE = `0x${'0e'.repeat(32)}` as const

export function addData(by: bigint, memo = 'memo'): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi: COUNTER_ABI, functionName: 'add', args: [by, NOTE, memo] }))
}

/** The count of an account, read from its cell. */
export function countOf(state: WorldState, of: Address): bigint {
  const digits = of.slice(2).padStart(62, '0')
  return state.getStorage(COUNTER_ADDRESS, `0x01${digits}` as typeof ZERO_HASH) >> 64n
}

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

interface ICounter {
  error TooMuch(uint256 asked, uint256 most);
  function add(uint256 by, bytes32 note, string calldata memo) external payable returns (uint256 total);
  function countOf(address account) external view returns (uint256 total, uint64 calls, bool isKnown);
  function countAndCall(address to, uint256 value, bytes calldata data) external payable returns (bool, bytes memory);
}

contract Maker {
  uint256 public total;
  constructor(address counter) { total = ICounter(counter).add(9, bytes32(0), "made"); }
}

contract Caller {
  ICounter constant COUNTER = ICounter(address(uint160(0x534100fe)));
  event Seen(uint256 a, uint256 b);
  uint256 public seen;

  function add(uint256 by) external payable returns (uint256) {
    return COUNTER.add{value: msg.value}(by, bytes32(0), "by contract");
  }
  function addThenRevert(uint256 by) external { COUNTER.add(by, bytes32(0), ""); revert("after"); }
  function swallow(uint256 by) external { try this.addThenRevert(by) {} catch { emit Seen(1, 0); } }
  function tryAdd(uint256 by) external {
    try COUNTER.add(by, bytes32(0), "") returns (uint256 total) { emit Seen(total, 0); }
    catch (bytes memory reason) {
      require(bytes4(reason) == ICounter.TooMuch.selector);
      assembly { mstore(add(reason, 4), mload(reason)) reason := add(reason, 4) }
      (uint256 asked, uint256 most) = abi.decode(reason, (uint256, uint256));
      emit Seen(asked, most);
    }
  }
  function addWithGas(uint256 by, uint256 gasLimit) external returns (bool ok) {
    (ok, ) = address(COUNTER).call{gas: gasLimit}(abi.encodeCall(ICounter.add, (by, bytes32(0), "")));
  }
  function staticAdd() external view returns (bytes memory reason) {
    (, reason) = address(COUNTER).staticcall(abi.encodeCall(ICounter.add, (1, bytes32(0), "")));
  }
  function delegateAdd() external returns (bytes memory reason) {
    (, reason) = address(COUNTER).delegatecall(abi.encodeCall(ICounter.add, (1, bytes32(0), "")));
  }
  function codeAdd() external returns (bytes memory reason) {
    bytes memory data = abi.encodeCall(ICounter.add, (1, bytes32(0), ""));
    address target = address(COUNTER);
    assembly {
      pop(callcode(gas(), target, 0, add(data, 32), mload(data), 0, 0))
      reason := mload(0x40)
      mstore(reason, returndatasize())
      returndatacopy(add(reason, 32), 0, returndatasize())
      mstore(0x40, add(reason, 128))
    }
  }
  function read(address account) external view returns (uint256, uint64, bool) { return COUNTER.countOf(account); }
  function make() external returns (uint256) { return new Maker(address(COUNTER)).total(); }

  // Reentrancy: the counter calls back, and the call back counts again.
  function reenter(uint256 depth) external payable returns (uint256) {
    seen += 1;
    if (depth > 0) COUNTER.countAndCall(address(this), 0, abi.encodeCall(this.reenter, (depth - 1)));
    emit Seen(depth, seen);
    return seen;
  }
  function failLater(uint256 by) external { COUNTER.add(by, bytes32(0), ""); seen = 77; revert("no"); }
  function long() external pure returns (uint256, uint256, uint256) { return (1, 2, 3); }
  function viaStatic(bytes calldata data) external view returns (bool ok, bytes memory back) {
    (ok, back) = address(COUNTER).staticcall(data);
  }
  function destroyed() external returns (bool, bytes memory) {
    Doomed doomed = new Doomed();
    return COUNTER.countAndCall(address(doomed), 0, abi.encodeCall(doomed.end, ()));
  }
  function clear() external { seen = 0; }
  function spin() external pure { while (true) {} }
  receive() external payable {}
}

contract Doomed {
  constructor() payable {}
  function end() external { selfdestruct(payable(msg.sender)); }
}
`

let compiled: CompiledContract | undefined

/** The contract at CALLER. */
export function callerContract(): CompiledContract {
  compiled ??= present(compileSolidity(SOURCE).get('Caller'), 'the source has the contract')
  return compiled
}

export function callerData(functionName: string, args: readonly unknown[] = []): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi: callerContract().abi, functionName, args }))
}

export type World = { readonly store: StateStore; readonly state: WorldState }

/** Five rich accounts, the module and the contract that calls it. */
export function freshWorld(): World {
  const store = new StateStore(new MemoryKv(), { historyBlocks: 1 })
  const state = new WorldState(store.head())
  state.beginTransaction()
  for (let i = 0; i < 5; i++) state.setBalance(account(i).address, 10n * ETHER)
  state.setNonce(COUNTER_ADDRESS, 1n)
  state.setCode(COUNTER_ADDRESS, MODULE_STUB_CODE)
  state.setNonce(CALLER, 1n)
  state.setCode(CALLER, callerContract().runtime)
  return { store, state }
}

export function nativeEnvironment(
  evm: ReferenceEvm,
  overrides: Partial<ExecutionEnvironment> = {},
): ExecutionEnvironment {
  const block: BlockContext = {
    number: 7,
    timestamp: 1_000,
    coinbase: COINBASE,
    gasLimit: 30_000_000n,
    baseFeePerGas: GWEI,
    prevRandao: ZERO_HASH,
    blobBaseFee: 1n,
    blockHash: () => ZERO_HASH,
  }
  const precompiles = new Set(evm.precompileAddresses())
  return { evm, modules: MODULES, block, chainId: BigInt(CHAIN_ID), isBaseFeeBurned: false, precompiles, ...overrides }
}

export type Ran = { readonly outcome: TransactionOutcome; readonly state: WorldState; readonly changes: BlockChanges }

/** One transaction of account 0 that must be valid. */
export async function runOn(
  world: World,
  evm: ReferenceEvm,
  fields: Parameters<typeof signed>[2],
  overrides: Partial<ExecutionEnvironment> = {},
): Promise<Ran> {
  const { state } = world
  const nonce = Number(state.getNonce(account(0).address))
  const { transaction, sender } = signed(account(0), nonce, { value: 0n, gasLimit: 1_000_000n, ...fields })
  const result = await executeTransaction(transaction, sender, state, nativeEnvironment(evm, overrides), 30_000_000n)
  if (!result.ok) throw new Error(result.error.message)
  return { outcome: result.value, state, changes: state.changes() }
}

/** A word of return data. */
export function wordAt(data: Uint8Array, index: number): bigint {
  return BigInt(`0x${Buffer.from(data.subarray(32 * index, 32 * index + 32)).toString('hex')}`)
}
