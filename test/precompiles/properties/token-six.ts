/**
 * An ERC-20 with 6 decimals for worlds of blocks, compiled when first asked for, and the transactions that put it to use.
 */

import { encodeDeployData, encodeFunctionData } from 'viem'
import { present } from '../../../src/lib/assert.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import type { Address } from '../../../src/types/primitives.ts'
import { type CompiledContract, compileSolidity } from '../../support/solidity.ts'
import { callData } from '../model/module-calls.ts'
import type { Action } from './actions.ts'

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

contract Six {
  uint8 public constant decimals = 6;
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;

  event Transfer(address indexed from, address indexed to, uint256 value);

  constructor(address[] memory holders) {
    for (uint256 i = 0; i < holders.length; i++) balanceOf[holders[i]] = 1e15;
  }

  function approve(address spender, uint256 value) external returns (bool) {
    allowance[msg.sender][spender] = value;
    return true;
  }

  function transfer(address to, uint256 value) external returns (bool) {
    return move(msg.sender, to, value);
  }

  function transferFrom(address from, address to, uint256 value) external returns (bool) {
    allowance[from][msg.sender] -= value;
    return move(from, to, value);
  }

  function move(address from, address to, uint256 value) private returns (bool) {
    balanceOf[from] -= value;
    balanceOf[to] += value;
    emit Transfer(from, to, value);
    return true;
  }
}
`

let compiled: CompiledContract | undefined

function contract(): CompiledContract {
  compiled ??= present(compileSolidity(SOURCE).get('Six'), 'the source has the contract')
  return compiled
}

/** Creation code that gives a thousand million of the token to each holder. */
export function deployment(holders: readonly Address[]): Uint8Array {
  const { abi, bytecode } = contract()
  return hexToBytes(encodeDeployData({ abi, bytecode, args: [holders] }))
}

/** Every account lets the royalty ledger take from it. */
export function approvals(holders: readonly Address[], token: Address): Action[] {
  const args = [ROYALTY_MODULE, 2n ** 128n] as const
  const data = hexToBytes(encodeFunctionData({ abi: contract().abi, functionName: 'approve', args }))
  return holders.map((_, from) => ({ kind: 'call', from, to: token, data }))
}

/** The authority lists the token; its nodes are swept from small amounts on. */
export function listing(authority: number, token: Address): Action {
  const thresholds = { flushMin: 10n ** 12n, slotMin: 10n ** 11n }
  const data = callData(ROYALTY_MODULE, 'listToken', { token, decimals: 6n, ...thresholds })
  return { kind: 'call', from: authority, to: ROYALTY_MODULE, data }
}
