/**
 * Contracts as application developers write them, compiled when first asked for: a token with custom errors, a collectible
 * that calls its receiver, a wallet that signs by EIP-1271, and a contract that fails in every way Solidity knows.
 */

import { createRequire } from 'node:module'
import type { Abi, Hex } from 'viem'
import { present } from '../../src/lib/assert.ts'

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

contract Coin {
  event Transfer(address indexed from, address indexed to, uint256 value);
  event Approval(address indexed owner, address indexed spender, uint256 value);
  error InsufficientBalance(address sender, uint256 balance, uint256 needed);
  error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);

  string public name;
  string public symbol;
  uint8 public constant decimals = 18;
  uint256 public totalSupply;
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;

  constructor(string memory name_, string memory symbol_, uint256 supply) {
    require(bytes(name_).length > 0, "a coin needs a name");
    name = name_;
    symbol = symbol_;
    totalSupply = supply;
    balanceOf[msg.sender] = supply;
    emit Transfer(address(0), msg.sender, supply);
  }

  function approve(address spender, uint256 value) external returns (bool) {
    allowance[msg.sender][spender] = value;
    emit Approval(msg.sender, spender, value);
    return true;
  }

  function transfer(address to, uint256 value) external returns (bool) {
    move(msg.sender, to, value);
    return true;
  }

  function transferFrom(address from, address to, uint256 value) external returns (bool) {
    uint256 allowed = allowance[from][msg.sender];
    if (allowed < value) revert InsufficientAllowance(msg.sender, allowed, value);
    allowance[from][msg.sender] = allowed - value;
    move(from, to, value);
    return true;
  }

  function move(address from, address to, uint256 value) private {
    uint256 balance = balanceOf[from];
    if (balance < value) revert InsufficientBalance(from, balance, value);
    balanceOf[from] = balance - value;
    balanceOf[to] += value;
    emit Transfer(from, to, value);
  }
}

interface Receiver {
  function onERC721Received(address operator, address from, uint256 id, bytes calldata data) external returns (bytes4);
}

contract Picture {
  event Transfer(address indexed from, address indexed to, uint256 indexed id);
  error NotOwner(address caller, uint256 id);
  error RefusedBy(address receiver);

  mapping(uint256 => address) public ownerOf;
  uint256 private next = 1;

  function mint(uint256 count) external {
    for (uint256 i = 0; i < count; i++) {
      ownerOf[next] = msg.sender;
      emit Transfer(address(0), msg.sender, next++);
    }
  }

  function safeTransferFrom(address from, address to, uint256 id) external {
    if (ownerOf[id] != from || msg.sender != from) revert NotOwner(msg.sender, id);
    ownerOf[id] = to;
    emit Transfer(from, to, id);
    if (to.code.length == 0) return;
    try Receiver(to).onERC721Received(msg.sender, from, id, "") returns (bytes4 answer) {
      if (answer != Receiver.onERC721Received.selector) revert RefusedBy(to);
    } catch {
      revert RefusedBy(to);
    }
  }
}

contract SigningWallet {
  address public immutable owner;
  constructor(address owner_) payable { owner = owner_; }
  receive() external payable {}

  function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
    (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
    return ecrecover(hash, uint8(signature[64]), r, s) == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
  }

  function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
    return Receiver.onERC721Received.selector;
  }
}

contract Faults {
  error Custom(uint256 number, string text);
  uint256[] private list;
  uint256 private kept;

  function reason() external pure { revert("why not"); }
  function nothing() external pure { revert(); }
  function custom() external pure { revert Custom(42, "forty-two"); }
  function asserted() external pure { assert(false); }
  function divided(uint256 by) external pure returns (uint256) { return 1 / by; }
  function overflown(uint256 value) external pure returns (uint256) { return value + 1; }
  function popped() external { list.pop(); }
  function unindexed() external view returns (uint256) { return list[3]; }
  function invalid() external pure { assembly { invalid() } }
  function bubbled() external view { this.custom(); }
  function funded() external payable { require(msg.value >= 1 ether, "one at least"); }
  /** Succeeds only with gas that it does not use: a 63/64 trap for estimates. */
  function hungry() external returns (uint256) {
    require(gasleft() > 400000, "hungry");
    return ++kept;
  }
  function nested(uint256 depth) external returns (uint256) {
    if (depth == 0) return ++kept;
    return this.nested(depth - 1);
  }
}

contract BadStart {
  constructor() payable { revert("never born"); }
}
`

const NAMES = ['Coin', 'Picture', 'SigningWallet', 'Faults', 'BadStart'] as const
type Name = (typeof NAMES)[number]
type Compiled = { readonly abi: Abi; readonly bytecode: Hex }
type Artifact = { readonly abi: Abi; readonly evm: { readonly bytecode: { readonly object: string } } }
type Output = {
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, Artifact>>>>
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
}

/** Interface and creation code of each contract. */
export function compileSuite(): Readonly<Record<Name, Compiled>> {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const input = {
    language: 'Solidity',
    sources: { 'Suite.sol': { content: SOURCE } },
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
  const faults = (output.errors ?? []).filter((one) => one.severity === 'error').map((one) => one.formattedMessage)
  const compiled = NAMES.map((name) => {
    const artifact = present(output.contracts?.['Suite.sol']?.[name], `${name} compiles: ${faults.join('\n')}`)
    return [name, { abi: artifact.abi, bytecode: `0x${artifact.evm.bytecode.object}` }] as const
  })
  return Object.fromEntries(compiled) as Readonly<Record<Name, Compiled>>
}
