/**
 * A sweep's logs on a chain of one validator: every method of Ethereum shows the system transaction that carries them, alike,
 * nobody can send one, and a listed token with 6 decimals takes the same way as the native coin.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeDeployData } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { RpcClient } from '../../src/cli/commands/asset/rpc-client.ts'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { RpcChain } from '../../src/node/adapters/rpc-chain.ts'
import { encodeTuple } from '../../src/precompiles/abi.ts'
import { ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { royalty } from '../../src/precompiles/royalty/royalty.ts'
import { Flushed } from '../../src/precompiles/royalty/royalty-events.ts'
import { type Address, ZERO_HASH } from '../../src/types/primitives.ts'
import { encodeSystemTransaction, SYSTEM_ADDRESS, systemTransactionHash } from '../../src/types/system-transaction.ts'
import { decodeTransaction, recoverSender, signTransaction } from '../../src/types/transaction-codec.ts'
import { runCli } from '../cli/run-cli.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'
import { compileSolidity } from '../support/solidity.ts'
import { AttributionChain } from './attribution-chain.ts'

const TOKEN = `
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;
contract Six {
  mapping(address => uint256) public balanceOf;
  mapping(address => mapping(address => uint256)) public allowance;
  constructor() { balanceOf[msg.sender] = 1e12; }
  function approve(address spender, uint256 value) external returns (bool) {
    allowance[msg.sender][spender] = value;
    return true;
  }
  function transfer(address to, uint256 value) external returns (bool) { return move(msg.sender, to, value); }
  function transferFrom(address from, address to, uint256 value) external returns (bool) {
    allowance[from][msg.sender] -= value;
    return move(from, to, value);
  }
  function move(address from, address to, uint256 value) private returns (bool) {
    balanceOf[from] -= value;
    balanceOf[to] += value;
    return true;
  }
}
`

const developer = (i: number) => {
  const { address, privateKey } = present(DEV_ACCOUNTS[i], 'there are ten development accounts')
  return { address, privateKey: hexToBytes(privateKey) }
}

let folder: string
let node: SingleNode
let rpc: RpcClient
const cli = (who: number, ...args: string[]) =>
  runCli(['asset', ...args], { SAHARA_RPC_URL: node.url, SAHARA_PRIVATE_KEY: DEV_ACCOUNTS[who]?.privateKey ?? '' })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-system-'))
  node = await startSingleNode()
  rpc = new RpcClient(node.url)
  writeFileSync(join(folder, 'asset.json'), JSON.stringify({ kind: 'Model', contentHash: `0x${'11'.repeat(32)}` }))
  const { stdout, stderr } = await cli(0, 'register', join(folder, 'asset.json'))
  if (stdout === '') throw new Error(stderr)
})
afterAll(async () => {
  await node?.stop()
  rmSync(folder, { recursive: true, force: true })
})

type Json = Record<string, unknown>

/** Sends a transaction that tips a gwei. */
async function send(who: number, to: Address | null, data: Uint8Array, value: bigint) {
  const { address, privateKey } = developer(who)
  const nonce = await rpc.askQuantity('eth_getTransactionCount', address, 'pending')
  const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, gasPrice: undefined }
  const rest = {
    chainId: 534_100n,
    nonce,
    gasLimit: 2_000_000n,
    to,
    value,
    data,
    accessList: [],
    authorizationList: [],
  }
  const { raw } = signTransaction({ type: 2, ...fees, ...rest }, privateKey)
  type Receipt = { readonly blockNumber: string; readonly contractAddress: Address }
  return rpc.ask<Receipt>('eth_sendRawTransactionSync', bytesToHex(raw))
}

describe('the system transaction', () => {
  let number: string
  let hash: string
  beforeAll(async () => {
    const pay = present(
      royalty.methods.find((one) => one.name === 'pay'),
      'there is a method pay',
    )
    const data = encodeTuple(pay.paramsType, { asset: 1n, memo: ZERO_HASH }, pay.selector)
    number = (await send(1, ROYALTY_MODULE, data, 10n ** 18n)).blockNumber
    hash = systemTransactionHash(Number(number))
  })

  it('is the last of its block, and has a receipt with the logs of the sweep', async () => {
    const block = await rpc.ask<{ transactions: Json[]; hash: string }>('eth_getBlockByNumber', number, true)
    const last = present(block.transactions.at(-1), 'the block has transactions')
    expect(last).toMatchObject({ hash, from: SYSTEM_ADDRESS, nonce: number, gas: '0x0', gasPrice: '0x0', value: '0x0' })
    expect(last).toMatchObject({ type: '0x0', v: '0x1b', r: '0x0', s: '0x0', input: '0x', blockHash: block.hash })
    const receipt = await rpc.ask<Json & { logs: Json[] }>('eth_getTransactionReceipt', hash)
    expect(receipt).toMatchObject({
      status: '0x1',
      type: '0x0',
      gasUsed: '0x0',
      from: SYSTEM_ADDRESS,
      blockNumber: number,
    })
    const flushed = keccak256Hash(new TextEncoder().encode(Flushed.signature))
    expect(receipt.logs.length).toBeGreaterThan(0)
    for (const log of receipt.logs) expect((log['topics'] as string[])[0]).toBe(flushed)
    const receipts = await rpc.ask<Json[]>('eth_getBlockReceipts', number)
    expect(receipts.at(-1)).toEqual(receipt)
    expect(receipts.at(-2)?.['cumulativeGasUsed']).toBe(receipt['cumulativeGasUsed'])
    const logs = await rpc.ask<Json[]>('eth_getLogs', { fromBlock: number, toBlock: number, topics: [flushed] })
    expect(logs).toEqual(receipt.logs)
  })

  it('is the same by hash, by place, by sender and nonce, and in its bytes', async () => {
    const whole = await rpc.ask<Json>('eth_getTransactionByHash', hash)
    const index = whole['transactionIndex']
    expect(await rpc.ask('eth_getTransactionByBlockNumberAndIndex', number, index)).toEqual(whole)
    expect(await rpc.ask('eth_getTransactionByBlockHashAndIndex', whole['blockHash'], index)).toEqual(whole)
    const raw = bytesToHex(encodeSystemTransaction(Number(number)))
    expect(await rpc.ask('eth_getRawTransactionByHash', hash)).toBe(raw)
    expect(await rpc.ask('debug_getRawTransaction', hash)).toBe(raw)
    const block = await rpc.ask<string>('debug_getRawBlock', number)
    expect(block).toContain(raw.slice(2))
    const count = await rpc.askQuantity('eth_getBlockTransactionCountByNumber', number)
    expect(count).toBe(BigInt(String(index)) + 1n)
  })

  it('changes nobody’s nonce and is no part of the fee statistics', async () => {
    expect(await rpc.ask('eth_getTransactionCount', SYSTEM_ADDRESS, 'latest')).toBe('0x0')
    const history = await rpc.ask<{ reward: string[][] }>('eth_feeHistory', '0x1', number, [0])
    expect(history.reward).toEqual([['0x3b9aca00']])
  })

  it('cannot be sent', async () => {
    const raw = bytesToHex(encodeSystemTransaction(Number(number) + 5))
    await expect(rpc.ask('eth_sendRawTransaction', raw)).rejects.toMatchObject({ detail: { code: 'RPC_REFUSED' } })
  })
})

describe('blocks that are read long afterwards', () => {
  it('have their senders recovered, and the system transaction’s known', async () => {
    const world = await AttributionChain.open()
    await world.register([{}])
    world.pay(3, 1n, 10n ** 18n)
    const { header } = await world.block()
    const senders = async (raws: readonly Uint8Array[]) => raws.map((raw) => recoverSender(decodeTransaction(raw)))
    const authorities = () => Promise.reject(new Error('nobody asks for authorities'))
    const reader = new RpcChain(world.chain.blocks, { senders, authorities })
    const all = (await reader.transactions(header.number)) ?? []
    expect(all.map((one) => one.sender)).toEqual([developer(3).address, SYSTEM_ADDRESS])
    expect(await reader.transaction(header.number, 1)).toEqual(all[1])
    expect(all[1]?.transaction.nonce).toBe(BigInt(header.number))
  })
})

describe('a listed token with 6 decimals', () => {
  let token: Address
  beforeAll(async () => {
    const { abi, bytecode } = present(compileSolidity(TOKEN).get('Six'), 'the source has the contract')
    const receipt = await send(2, null, hexToBytes(encodeDeployData({ abi, bytecode })), 0n)
    token = receipt.contractAddress
    expect((await cli(9, 'token', 'add', token, '--decimals', '6')).stderr).toBe('')
    expect((await cli(9, 'token', 'list')).stdout).toMatch(new RegExp(`^${token} +6 +yes +sound$`, 'm'))
  })

  it('is paid from the command line, and claimed in its own units', async () => {
    const refused = await cli(2, 'pay', '1', '1.5', '--token', token)
    expect(refused.stderr).toContain('error CALL_REFUSED: TokenRefused')
    const tooFine = await cli(2, 'pay', '1', '0.0000001', '--token', token, '--approve')
    expect(tooFine.stderr).toContain('at most 6 decimals')
    const paid = await cli(2, 'pay', '1', '1.5', '--token', token, '--approve')
    expect(paid.stdout).toContain('1500000 smallest units')
    const { owed } = JSON.parse((await cli(0, 'entitlements', '--json')).stdout)
    // A thousandth is the chain's.
    expect(owed).toContainEqual({ token, amount: `0x${(1_498_500n * 10n ** 12n).toString(16)}` })
    const claimed = await cli(0, 'claim', '--token', token)
    expect(claimed.stdout).toContain('1498500 smallest units')
    expect((await cli(0, 'earnings', '--csv')).stdout).toContain(`1,1,${token},${1_500_000n * 10n ** 12n},`)
  })

  it('is put into a pool and claimed by a contributor, in its own units', async () => {
    writeFileSync(join(folder, 'list.csv'), `${developer(4).address},1\n${developer(5).address},2`)
    const leaves = join(folder, 'list.leaves')
    await cli(4, 'pool', 'build', join(folder, 'list.csv'), '--output', leaves)
    const { pool } = JSON.parse((await cli(4, 'pool', 'create', '--json')).stdout)
    await cli(4, 'append', pool, leaves)
    const funded = await cli(2, 'pool', 'fund', pool, '0.000031', '--token', token, '--approve')
    expect(funded.stdout).toContain('31 smallest units')
    await cli(2, 'pool', 'fund', pool, '3wei')
    const due = async () => JSON.parse((await cli(5, 'entitlements', '--json')).stdout).leaves[0]?.claims
    await expect.poll(due, { timeout: 60_000 }).toHaveLength(2)
    const claimed = (await cli(5, 'claim-pool')).stdout
    expect(claimed).toMatch(/^leaves paid +2$/m)
    expect(claimed).toContain('(2 wei) native')
    expect(claimed).toContain(`20 smallest units of ${token}`)
    // Two thirds of a unit are left.
    expect((await cli(5, 'claim-pool')).stdout).toContain('nothing is due')
    expect((await cli(4, 'claim-pool', '--token', token)).stdout).toContain('10 smallest units')
  })

  it('leaves books that balance for every token', async () => {
    const audit = await rpc.ask<{ isConserved: boolean; tokens: Json[] }>('sahara_auditConservation')
    expect(audit.isConserved).toBe(true)
    expect(audit.tokens).toMatchObject([{ difference: '0x0' }, { token, difference: '0x0', balance: null }])
  })
})
