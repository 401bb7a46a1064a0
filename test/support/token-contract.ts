/**
 * A small contract, compiled when first asked for: a counter of notes with an event, a revert with a reason and one with a
 * custom error.
 */

import { createRequire } from 'node:module'
import { present } from '../../src/lib/assert.ts'

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

contract Notes {
  event Noted(address indexed author, uint256 indexed number, string text);
  error Unwanted(uint256 length);

  uint256 public count;
  mapping(uint256 => string) public notes;

  constructor(uint256 first) payable { count = first; }

  function write(string calldata text) external returns (uint256) {
    require(bytes(text).length > 0, "an empty note");
    if (bytes(text).length > 64) revert Unwanted(bytes(text).length);
    count += 1;
    notes[count] = text;
    emit Noted(msg.sender, count, text);
    return count;
  }

  function spin() external pure { while (true) {} }
}
`

type Compiled = { readonly abi: readonly Record<string, unknown>[]; readonly bytecode: `0x${string}` }
type Output = {
  readonly contracts?: Record<
    string,
    Record<string, { readonly abi: Compiled['abi']; readonly evm: { readonly bytecode: { readonly object: string } } }>
  >
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
}

/** The contract's interface and creation code. */
export function compileNotes(): Compiled {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const input = {
    language: 'Solidity',
    sources: { 'Notes.sol': { content: SOURCE } },
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
  const faults = (output.errors ?? []).filter((one) => one.severity === 'error').map((one) => one.formattedMessage)
  const contract = present(output.contracts?.['Notes.sol']?.['Notes'], `the contract compiles: ${faults.join('\n')}`)
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
}
