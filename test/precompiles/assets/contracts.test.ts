/**
 * The registry as contracts use it, in the engine: a contract that registers, receivers that accept, refuse, spin and pass
 * the asset on while they are told of it, and errors that Solidity catches by name.
 */

import { encodeFunctionData, parseAbi } from 'viem'
import { beforeAll, describe, expect, it } from 'vitest'
import { DEVELOPMENT_ATTRIBUTION } from '../../../src/chainspec/networks.ts'
import { NativeModules } from '../../../src/execution/native-modules.ts'
import { ReferenceEvm } from '../../../src/execution/reference-evm.ts'
import { present } from '../../../src/lib/assert.ts'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import { ASSETS_MODULE } from '../../../src/precompiles/addresses.ts'
import { ownerOf } from '../../../src/precompiles/assets/asset-store.ts'
import { assets } from '../../../src/precompiles/assets/assets.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import { writeModuleGenesis } from '../../../src/precompiles/genesis.ts'
import { royalty } from '../../../src/precompiles/royalty/royalty.ts'
import { Cells } from '../../../src/state/cells.ts'
import type { Address } from '../../../src/types/primitives.ts'
import { CALLER, CHAIN_ID, freshWorld, nativeEnvironment, runOn, type World } from '../../execution/native-support.ts'
import { account } from '../../execution/support.ts'
import { compileSolidity } from '../../support/solidity.ts'
import { hashOf } from './support.ts'

const SOURCE = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

struct Edge { uint64 parent; uint8 relation; uint32 relativePpm; uint32 floorPpm; uint8 floorGens; bytes32 licenceId; }

interface IAssets {
  error DuplicateContent(uint64 first);
  error ERC721InvalidReceiver(address receiver);
  function commit(bytes32 commitment) external;
  function register(uint8 kind, bytes32 contentHash, bytes32 dataRoot, string calldata uri, Edge[] calldata parents,
    uint32 poolPpm, uint16 royaltyBps) external returns (uint64 id);
  function ownerOf(uint256 tokenId) external view returns (address);
  function transferFrom(address from, address to, uint256 tokenId) external;
  function safeTransferFrom(address from, address to, uint256 tokenId) external;
  function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external;
}

contract Studio {
  IAssets constant ASSETS = IAssets(address(uint160(0x53410001)));
  event Seen(string what, uint256 value);
  function commit(bytes32 content) external {
    ASSETS.commit(keccak256(abi.encode(content, address(this), bytes32(0))));
  }
  function register(bytes32 content) public returns (uint64) {
    return ASSETS.register(1, content, 0, "ipfs://studio", new Edge[](0), 0, 0);
  }
  function tryRegister(bytes32 content) external {
    try ASSETS.register(1, content, 0, "", new Edge[](0), 0, 0) returns (uint64 id) { emit Seen("registered", id); }
    catch (bytes memory reason) {
      require(bytes4(reason) == IAssets.DuplicateContent.selector);
      assembly { mstore(add(reason, 4), mload(reason)) reason := add(reason, 4) }
      emit Seen("duplicate of", abi.decode(reason, (uint64)));
    }
  }
  function registerAndRevert(bytes32 content) external { register(content); revert("after"); }
  function give(address to, uint256 id) external { ASSETS.safeTransferFrom(address(this), to, id); }
  function giveWith(address to, uint256 id, bytes calldata data) external {
    ASSETS.safeTransferFrom(address(this), to, id, data);
  }
  function tryGive(address to, uint256 id) external {
    try ASSETS.safeTransferFrom(address(this), to, id) { emit Seen("given", id); }
    catch (bytes memory reason) {
      require(bytes4(reason) == IAssets.ERC721InvalidReceiver.selector);
      emit Seen("kept", id);
    }
  }
}

contract Vault {
  address public operator; address public from; uint256 public id; bytes32 public data; bool public isMine;
  function onERC721Received(address o, address f, uint256 i, bytes calldata d) external returns (bytes4) {
    (operator, from, id, data) = (o, f, i, keccak256(d));
    isMine = IAssets(msg.sender).ownerOf(i) == address(this);
    return this.onERC721Received.selector;
  }
}

contract Refuser { function onERC721Received(address, address, uint256, bytes calldata) external pure { revert("no"); } }
contract Spinner { fallback() external { while (true) {} } }
contract Mute { fallback() external {} }

contract Passer {
  function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
    IAssets(msg.sender).transferFrom(address(this), address(0xbeef), id);
    return this.onERC721Received.selector;
  }
}
`

const STUDIO = parseAbi([
  'function commit(bytes32 content)',
  'function register(bytes32 content)',
  'function tryRegister(bytes32 content)',
  'function registerAndRevert(bytes32 content)',
  'function give(address to, uint256 id)',
  'function giveWith(address to, uint256 id, bytes data)',
  'function tryGive(address to, uint256 id)',
])
const RECEIVERS = ['Vault', 'Refuser', 'Spinner', 'Mute', 'Passer'] as const
const BEEF = '0x000000000000000000000000000000000000beef' as Address
const MODULES = new NativeModules([assets, royalty])

let evm: ReferenceEvm
let codes: ReturnType<typeof compileSolidity>

beforeAll(async () => {
  evm = await ReferenceEvm.create(CHAIN_ID)
  codes = compileSolidity(SOURCE)
})

function at(name: (typeof RECEIVERS)[number]): Address {
  return `0x${(0xc0de00 + RECEIVERS.indexOf(name)).toString(16).padStart(40, '0')}` as Address
}

/** A world where the studio owns asset 1. */
async function studio() {
  const world: World = freshWorld()
  const { state } = world
  writeModuleGenesis(DEVELOPMENT_ATTRIBUTION, [assets, royalty], state)
  const place = (address: Address, name: string): void => {
    state.setNonce(address, 1n)
    state.setCode(address, present(codes.get(name), `the source has ${name}`).runtime)
  }
  place(CALLER, 'Studio')
  for (const name of RECEIVERS) place(at(name), name)
  let block = 10
  const call = async (functionName: string, args: readonly unknown[], gasLimit = 3_000_000n) => {
    const data = hexToBytes(
      encodeFunctionData({ abi: STUDIO, functionName: functionName as 'commit', args: args as never }),
    )
    const now = { ...nativeEnvironment(evm).block, number: block++ }
    return (await runOn(world, evm, { to: CALLER, data, gasLimit }, { modules: MODULES, block: now })).outcome
  }
  await call('commit', [hashOf('one')])
  block++
  await call('register', [hashOf('one')])
  const owner = () => ownerOf(new Cells(state, ASSETS_MODULE, UNMETERED), 1n)
  return { state, call, owner, skip: () => block++ }
}

describe('a contract', () => {
  it('commits, registers and owns what it registered', async () => {
    const { owner } = await studio()
    expect(owner()).toBe(CALLER)
  })

  it('catches a duplicate by name, with the first asset in it', async () => {
    const { call } = await studio()
    const { status, logs } = await call('tryRegister', [hashOf('one')])
    expect(status).toBe(1)
    expect(logs).toHaveLength(1)
    expect(Buffer.from(logs[0]?.data ?? []).toString('utf8')).toContain('duplicate of')
  })

  it('that reverts after a registration leaves nothing of it', async () => {
    const { call, state, skip } = await studio()
    await call('commit', [hashOf('two')])
    skip()
    const { status, logs } = await call('registerAndRevert', [hashOf('two')])
    expect([status, logs]).toEqual([0, []])
    expect(ownerOf(new Cells(state, ASSETS_MODULE, UNMETERED), 2n)).toBeUndefined()
    expect((await call('register', [hashOf('two')])).status).toBe(1)
    expect(ownerOf(new Cells(state, ASSETS_MODULE, UNMETERED), 2n)).toBe(CALLER)
  })
})

describe('a receiver of an asset', () => {
  it('that accepts is told who gave it what, and owns it already', async () => {
    const { call, owner, state } = await studio()
    expect((await call('giveWith', [at('Vault'), 1n, '0x0102'])).status).toBe(1)
    expect(owner()).toBe(at('Vault'))
    const slots = [0, 1, 2, 3, 4].map((slot) => `0x${slot.toString(16).padStart(64, '0')}` as ReturnType<typeof hashOf>)
    const stored = slots.map((slot) => state.getStorage(at('Vault'), slot))
    expect(stored.slice(0, 3)).toEqual([BigInt(CALLER), BigInt(CALLER), 1n])
    expect(stored[4]).toBe(1n)
  })

  it('without code is not asked', async () => {
    const { call, owner } = await studio()
    expect((await call('give', [account(3).address, 1n])).status).toBe(1)
    expect(owner()).toBe(account(3).address)
  })

  it('that refuses, spins, says nothing or is a native module does not get it', async () => {
    for (const to of [at('Refuser'), at('Spinner'), at('Mute'), ASSETS_MODULE]) {
      const { call, owner } = await studio()
      const { status, logs } = await call('tryGive', [to, 1n])
      expect(status).toBe(1)
      expect(logs.map((one) => Buffer.from(one.data).toString('utf8').includes('kept'))).toEqual([true])
      expect(owner()).toBe(CALLER)
    }
  })

  it('may pass it on at once', async () => {
    const { call, owner } = await studio()
    const { status, logs } = await call('give', [at('Passer'), 1n])
    expect(status).toBe(1)
    expect(owner()).toBe(BEEF)
    expect(logs.filter((one) => one.topics[0] === hashOf('Transfer(address,address,uint256)'))).toHaveLength(2)
  })
})
