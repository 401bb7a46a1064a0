/**
 * Tokens for worlds with models: an honest one of six decimals, and one that can be told to misbehave.
 */

import { encodeDeployData } from 'viem'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { assert, present } from '../../src/lib/assert.ts'
import { ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import type { Address } from '../../src/types/primitives.ts'
import { callData } from '../precompiles/model/module-calls.ts'
import { compileSolidity } from '../support/solidity.ts'
import type { TwinWorlds } from './mock-chain.ts'

/** `Plain` asks no approval, `Approved` does; `Fussy` has an account that it does not pay, and moves less than it says. */
export const TOKENS_SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

contract Plain {
  mapping(address => uint256) public balanceOf;
  constructor(address[] memory holders) { for (uint256 i; i < holders.length; i++) balanceOf[holders[i]] = 1e30; }
  function transfer(address to, uint256 value) external virtual returns (bool) { return move(msg.sender, to, value); }
  function transferFrom(address from, address to, uint256 value) external virtual returns (bool) {
    return move(from, to, value);
  }
  function move(address from, address to, uint256 value) internal returns (bool) {
    balanceOf[from] -= value;
    balanceOf[to] += value;
    return true;
  }
}

contract Approved is Plain {
  mapping(address => mapping(address => uint256)) public allowance;
  constructor(address[] memory holders) Plain(holders) {}
  function approve(address spender, uint256 value) external returns (bool) {
    allowance[msg.sender][spender] = value;
    return true;
  }
  function transferFrom(address from, address to, uint256 value) external override returns (bool) {
    allowance[from][msg.sender] -= value;
    return move(from, to, value);
  }
}

contract Fussy is Plain {
  address private immutable SPURNED;
  constructor(address[] memory holders, address spurned) Plain(holders) { SPURNED = spurned; }
  function transfer(address to, uint256 value) external override returns (bool) {
    if (to == SPURNED) revert("not you");
    return value % 7 == 3 ? false : move(msg.sender, to, value);
  }
  function transferFrom(address from, address to, uint256 value) external override returns (bool) {
    if (value % 5 == 4) return move(from, to, value - 1);
    if (value % 5 == 3) IRoyalty(msg.sender).claim(from, new address[](1));
    return move(from, to, value);
  }
}

interface IRoyalty { function claim(address account, address[] calldata tokens) external; }
`

/** Deploys both and lists them: with 6 and with 18 decimals. */
export async function deployTokens(twins: TwinWorlds, authority: Address): Promise<Address[]> {
  const compiled = compileSolidity(TOKENS_SOURCE)
  const holders = DEV_ACCOUNTS.map((one) => one.address)
  const tokens: Address[] = []
  for (const [name, decimals] of [
    ['Plain', 6n],
    ['Fussy', 18n],
  ] as const) {
    const { abi, bytecode } = present(compiled.get(name), 'the source has the token')
    const args = name === 'Plain' ? [holders] : [holders, holders[2]]
    const token = await twins.deploy(authority, encodeDeployData({ abi, bytecode, args }))
    const data = callData(ROYALTY_MODULE, 'listToken', { token, decimals, flushMin: 10n ** 12n, slotMin: 0n })
    const { native, model } = await twins.call({ from: authority, to: ROYALTY_MODULE, data })
    assert(native.status === 'success' && model.status === 'success', 'the tokens are listed')
    tokens.push(token)
  }
  return tokens
}
