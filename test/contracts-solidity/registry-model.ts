/**
 * What random calls do not reach: approvals with a real signature, and receivers of assets that are contracts, of the native
 * modules and of their models alike.
 */

import { encodeDeployData, type Hex, hexToBigInt, type TypedDataParameter } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { DEVELOPMENT_ATTRIBUTION } from '../../src/chainspec/networks.ts'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import { present } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { ASSETS_MODULE } from '../../src/precompiles/addresses.ts'
import { commitmentPreimage } from '../../src/precompiles/assets/commitments.ts'
import { type Address, type Hash, ZERO_HASH } from '../../src/types/primitives.ts'
import { callData, type Fields } from '../precompiles/model/module-calls.ts'
import { compileSolidity } from '../support/solidity.ts'
import type { Compilation } from './compile.ts'
import { type Seen, TwinWorlds } from './mock-chain.ts'

const CHAIN_ID = 534_100
const [OWNER, CHILD] = [present(DEV_ACCOUNTS[0], 'an account'), present(DEV_ACCOUNTS[1], 'an account')]
/** The fields of the EIP-712 type. */
const APPROVAL_FIELDS: TypedDataParameter[] = Object.entries({
  ...{ parent: 'uint64', contentHash: 'bytes32', registrant: 'address', relation: 'uint8', relativePpm: 'uint32' },
  ...{ floorPpm: 'uint32', floorGens: 'uint8', licenceId: 'bytes32', deadline: 'uint64' },
}).map(([name, type]) => ({ name, type }))
const RECEIVERS = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

interface IAssets {
  function ownerOf(uint256 id) external view returns (address);
  function transferFrom(address from, address to, uint256 id) external;
}

contract Vault {
  event Got(address operator, address from, uint256 id, bytes data, address owner);
  function onERC721Received(address o, address f, uint256 i, bytes calldata d) external returns (bytes4) {
    emit Got(o, f, i, d, IAssets(msg.sender).ownerOf(i));
    return this.onERC721Received.selector;
  }
}

contract Refuser { function onERC721Received(address, address, uint256, bytes calldata) external pure { revert("no"); } }
contract Mute { fallback() external {} }
contract Passer {
  function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
    IAssets(msg.sender).transferFrom(address(this), address(0xbeef), id);
    return this.onERC721Received.selector;
  }
}
`

let twins: TwinWorlds

/** The same call of both; demands that they agree, and gives what came of it. */
async function agreed(from: Address, name: string, params: Fields): Promise<Seen> {
  const { native, model } = await twins.call({ from, to: ASSETS_MODULE, data: callData(ASSETS_MODULE, name, params) })
  expect(model).toEqual(native)
  return native
}

function contentOf(name: string): Hash {
  return keccak256Hash(new TextEncoder().encode(name))
}

async function register(by: Address, name: string, parents: readonly object[]): Promise<Seen> {
  const contentHash = contentOf(name)
  await agreed(by, 'commit', { commitment: keccak256Hash(commitmentPreimage(contentHash, by, ZERO_HASH)) })
  for (const world of [twins.native, twins.model]) world.block += 2
  const facts = { kind: 1n, contentHash, dataRoot: ZERO_HASH, uri: `ipfs://${name}`, poolPpm: 0n, royaltyBps: 0n }
  return agreed(by, 'register', { ...facts, parents })
}

/** The tests, over what the test file compiled. */
export function registryModel(compiled: () => Compilation): void {
  describe('the model of the registry', () => {
    it('takes the approval that the owner signed, until it is revoked', async () => {
      twins = await TwinWorlds.open(await ReferenceEvm.create(CHAIN_ID), compiled(), DEVELOPMENT_ATTRIBUTION)
      await register(OWNER.address, 'parent', [])
      const terms = {
        relation: 3n,
        relativePpm: 77_000n,
        floorPpm: 10_000n,
        floorGens: 4n,
        licenceId: contentOf('licence'),
      }
      const child = { parent: 1n, contentHash: contentOf('child'), registrant: CHILD.address }
      const deadline = 1n << 40n
      const signature = await privateKeyToAccount(OWNER.privateKey as Hex).signTypedData({
        domain: { name: 'Sahara Assets', version: '1', chainId: CHAIN_ID, verifyingContract: ASSETS_MODULE },
        primaryType: 'Approval',
        types: { Approval: APPROVAL_FIELDS },
        message: {
          ...child,
          ...terms,
          ...{ relation: 3, relativePpm: 77_000, floorPpm: 10_000, floorGens: 4 },
          deadline,
        },
      })
      const signed = { ...child, terms, deadline, signature: hexToBytes(signature) }
      await agreed(CHILD.address, 'approvalDigest', { ...child, terms, deadline })
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const mirrored = hexToBytes(signature)
      const s = order - hexToBigInt(`0x${signature.slice(66, 130)}`)
      mirrored.set(hexToBytes(`0x${s.toString(16).padStart(64, '0')}`), 32)
      mirrored[64] = mirrored[64] === 27 ? 28 : 27
      expect((await agreed(CHILD.address, 'approveBySignature', { ...signed, signature: mirrored })).status).toBe(
        'revert',
      )
      expect((await agreed(CHILD.address, 'approveBySignature', { ...signed, deadline: deadline + 1n })).status).toBe(
        'revert',
      )
      expect((await agreed(CHILD.address, 'approveBySignature', signed)).status).toBe('success')
      expect((await agreed(OWNER.address, 'revokeApproval', { ...child, terms })).status).toBe('success')
      expect((await agreed(CHILD.address, 'approveBySignature', signed)).status).toBe('revert')
      expect((await agreed(OWNER.address, 'approve', { ...child, terms })).status).toBe('success')
      expect((await register(CHILD.address, 'child', [{ parent: 1n, ...terms }])).status).toBe('success')
      for (const name of ['get', 'parents', 'obligations']) await agreed(CHILD.address, name, { id: 2n })
    })

    it('asks contracts that receive an asset, and minds their answer', async () => {
      twins = await TwinWorlds.open(await ReferenceEvm.create(CHAIN_ID), compiled(), DEVELOPMENT_ATTRIBUTION)
      const { address: from } = OWNER
      const statuses: string[] = []
      for (const [i, [name, { abi, bytecode }]] of [...compileSolidity(RECEIVERS)]
        .filter(([n]) => n !== 'IAssets')
        .entries()) {
        const to = await twins.deploy(CHILD.address, encodeDeployData({ abi, bytecode, args: [] }))
        await register(from, name, [])
        const data = Uint8Array.of(1, 2, 3)
        const seen = await agreed(from, 'safeTransferFrom', { from, to, tokenId: BigInt(i + 1), data })
        statuses.push(`${name} ${seen.status} ${seen.logs.length}`)
        await agreed(from, 'ownerOf', { tokenId: BigInt(i + 1) })
      }
      expect(statuses).toEqual(['Mute revert 0', 'Passer success 2', 'Refuser revert 0', 'Vault success 2'])
    })
  })
}
