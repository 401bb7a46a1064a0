/**
 * JSON-RPC over a real chain of one validator: refusals word for word, answers in the published shapes, proofs that hold
 * against the header, and heavy calls that delay no block.
 */

import { createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { keccak256 } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { MAX_READ_CALLS } from '../../src/lib/limits.ts'
import type { Address } from '../../src/types/primitives.ts'
import { signTransaction, type UnsignedTransaction } from '../../src/types/transaction-codec.ts'
import { resultFaults } from '../support/execution-apis.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'

type Answer = { readonly result?: unknown; readonly error?: { readonly code: number; readonly message: string } }
type Block = { readonly number: string; readonly stateRoot: string; readonly transactions: readonly string[] }

const TO = '0x00000000000000000000000000000000000000bb' as Address
const LOOP = '0x5b600056'
const rich = present(DEV_ACCOUNTS[6], 'there is such an account')
const EMPTY = new Uint8Array(0)

let node: SingleNode
beforeAll(async () => {
  node = await startSingleNode()
})
afterAll(() => node?.stop())

async function ask(method: string, ...params: unknown[]): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await response.json()) as Answer
}

async function call<T>(method: string, ...params: unknown[]): Promise<T> {
  const answer = await ask(method, ...params)
  expect(answer.error).toBeUndefined()
  return answer.result as T
}

function sign(wish: Partial<UnsignedTransaction>, key = rich.privateKey as string): string {
  const unsigned: UnsignedTransaction = {
    type: 2,
    chainId: 534_100n,
    nonce: 0n,
    gasPrice: undefined,
    maxFeePerGas: 3_000_000_000n,
    maxPriorityFeePerGas: 1_000_000_000n,
    gasLimit: 21_000n,
    to: TO,
    value: 1n,
    data: EMPTY,
    accessList: [],
    authorizationList: [],
    ...wish,
  }
  return bytesToHex(signTransaction(unsigned, hexToBytes(key)).raw)
}

async function sendAndWait(wish: Partial<UnsignedTransaction>): Promise<Record<string, string>> {
  return call('eth_sendRawTransactionSync', sign(wish), 20_000)
}

describe('a transaction that cannot be taken is refused in geth’s words:', () => {
  const legacy = {
    type: 0,
    gasPrice: 3_000_000_000n,
    maxFeePerGas: undefined,
    maxPriorityFeePerGas: undefined,
  } as const
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    [
      'of another chain',
      () => sign({ chainId: 1n }),
      /^invalid sender: invalid chain id for signer: have 1 want 534100$/,
    ],
    [
      'without replay protection',
      () => sign({ ...legacy, chainId: undefined }),
      /^only replay-protected \(EIP-155\) transactions allowed over RPC$/,
    ],
    [
      'from an empty account',
      () => sign({}, `0x${'77'.repeat(32)}`),
      /^insufficient funds for gas \* price \+ value: balance 0, tx cost 63000000000001, overshot 63000000000001$/,
    ],
    ['beyond the balance', () => sign({ value: 10n ** 30n }), /^insufficient funds for gas \* price \+ value: balance/],
    [
      'below the base fee',
      () => sign({ maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }),
      /^max fee per gas less than block base fee/,
    ],
    [
      'with a tip above its fee',
      () => sign({ maxPriorityFeePerGas: 10n ** 12n }),
      /^max priority fee per gas higher than max fee per gas/,
    ],
    [
      'with too little gas',
      () => sign({ gasLimit: 20_999n }),
      /^intrinsic gas too low: gas 20999, minimum needed 21000$/,
    ],
    [
      'below the floor of its data',
      () => sign({ gasLimit: 22_600n, data: new Uint8Array(100).fill(1) }),
      /^insufficient gas for floor data gas cost: gas 22600, minimum needed 25000$/,
    ],
    [
      'above the gas cap',
      () => sign({ gasLimit: 16_777_217n }),
      /^transaction gas limit too high \(cap: 16777216, tx: 16777217\)$/,
    ],
    [
      'creating too large a contract',
      () => sign({ to: null, data: new Uint8Array(49_153), gasLimit: 10_000_000n }),
      /^max initcode size exceeded: code size 49153, limit 49152$/,
    ],
    ['too far ahead', () => sign({ nonce: 3_000n }), /^nonce too high/],
    ['of type 3', () => '0x03c0', /^transaction type not supported$/],
    ['that is noise', () => '0xff00ff', /./],
    ['that is nothing', () => '0x', /^typed transaction too short$/],
  ]

  it.each(cases)('%s', async (_what, raw, message) => {
    const { error } = await ask('eth_sendRawTransaction', raw())
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(message) })
  })

  it('known, underpriced as a replacement, and with a spent nonce', async () => {
    const nonce = BigInt(await call<string>('eth_getTransactionCount', rich.address, 'latest'))
    const refusal = async (wish: object) => (await ask('eth_sendRawTransaction', sign(wish))).error?.message
    // Waits behind a gap, so that no block takes it meanwhile.
    await call('eth_sendRawTransaction', sign({ nonce: nonce + 1n }))
    expect(await refusal({ nonce: nonce + 1n })).toBe('already known')
    expect(await refusal({ nonce: nonce + 1n, value: 2n })).toBe('replacement transaction underpriced')
    await sendAndWait({ nonce })
    expect(await refusal({ nonce, value: 3n })).toBe(`nonce too low: next nonce ${nonce + 2n}, tx nonce ${nonce}`)
  })
})

describe('answers over real blocks', () => {
  it('have the published shapes', async () => {
    const nonce = BigInt(await call<string>('eth_getTransactionCount', rich.address, 'pending'))
    // Logs one empty entry and leaves one byte of code.
    const data = hexToBytes('0x60006000a0600160005360016000f3')
    const receipt = await sendAndWait({ nonce, to: null, data, gasLimit: 200_000n })
    expect(receipt['status']).toBe('0x1')
    const calls: readonly (readonly [string, ...unknown[]])[] = [
      ['eth_getBlockByNumber', 'latest', true],
      ['eth_getBlockByNumber', 'earliest', true],
      ['eth_getBlockByHash', receipt['blockHash'], true],
      ['eth_getTransactionByHash', receipt['transactionHash']],
      ['eth_getTransactionReceipt', receipt['transactionHash']],
      ['eth_getBlockReceipts', receipt['blockHash']],
      ['eth_getLogs', { fromBlock: 'earliest', toBlock: 'latest', address: receipt['contractAddress'] }],
      ['eth_feeHistory', '0x5', 'latest', [10, 90]],
      ['eth_getProof', receipt['contractAddress'], ['0x0'], 'latest'],
      ['eth_createAccessList', { to: receipt['contractAddress'] }, 'latest'],
      ['eth_config'],
      ['eth_syncing'],
      ['debug_getRawBlock', 'latest'],
      ['debug_getRawReceipts', receipt['blockNumber']],
    ]
    for (const [method, ...params] of calls) {
      expect({ method, faults: resultFaults(method, await call(method, ...params)) }).toEqual({ method, faults: [] })
    }
    expect(await call('eth_getLogs', { blockHash: receipt['blockHash'] })).toHaveLength(1)
  })

  it('prove an account against the header of its block', async () => {
    const { number, stateRoot } = await call<Block>('eth_getBlockByNumber', 'latest', false)
    const proof = await call<{ accountProof: string[]; balance: string }>('eth_getProof', rich.address, [], number)
    const trie = await createMPT({})
    const key = keccak256(hexToBytes(rich.address))
    const value = await verifyMPTWithMerkleProof(trie, hexToBytes(stateRoot), key, proof.accountProof.map(hexToBytes))
    const balance = bytesToHex(present(value, 'the account is in the trie'))
    expect(balance).toContain(proof.balance.slice(2))
    expect(proof.balance).toBe(await call('eth_getBalance', rich.address, number))
  })

  it('to more proofs than can wait are refusals that say so', async () => {
    const asked = Array.from({ length: 3 * MAX_READ_CALLS }, () => ask('eth_getProof', TO, [], 'latest'))
    const errors = (await Promise.all(asked)).flatMap(({ error }) => (error === undefined ? [] : [error]))
    expect(errors.length).toBeLessThan(asked.length)
    for (const error of errors) {
      expect(error).toEqual({ code: -32005, message: 'limit exceeded: too many calls are waiting' })
    }
  })

  it('find a final transaction by sender and nonce', async () => {
    const found = await call<{ nonce: string; from: string }>('eth_getTransactionBySenderAndNonce', rich.address, '0x0')
    expect(found).toMatchObject({ nonce: '0x0', from: rich.address })
    expect(await call('eth_getTransactionBySenderAndNonce', rich.address, '0xffff')).toBeNull()
  })

  it('remember earlier states and say which block is unknown', async () => {
    expect(BigInt(await call<string>('eth_getBalance', rich.address, '0x0'))).toBe(10n ** 24n)
    expect(await call('eth_getTransactionCount', rich.address, 'earliest')).toBe('0x0')
    expect((await ask('eth_getBalance', rich.address, '0xffffff')).error).toEqual({
      code: -32000,
      message: 'header not found',
    })
  })
})

describe('an endless loop in eth_call', () => {
  it('ends by gas or by time, and transfers become final meanwhile', async () => {
    const nonce = BigInt(await call<string>('eth_getTransactionCount', rich.address, 'pending'))
    const state = { [TO]: { code: LOOP } }
    const loops = [0, 1, 2].map(() => ask('eth_call', { to: TO, gas: '0xffffffffff' }, 'latest', state))
    let isOver = false
    void Promise.all(loops).then(() => {
      isOver = true
    })
    expect((await sendAndWait({ nonce }))['status']).toBe('0x1')
    expect(isOver).toBe(false)
    for (const { error } of await Promise.all(loops)) {
      expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(/^(out of gas|execution aborted)/) })
    }
  })

  it('is refused in an estimate as beyond any allowance, or after the time limit', async () => {
    const { error } = await ask('eth_estimateGas', { to: TO }, 'latest', { [TO]: { code: LOOP } })
    const either = /^(gas required exceeds allowance \(16777216\)|execution aborted \(timeout = 5s\))$/
    expect(error).toMatchObject({ code: -32000, message: expect.stringMatching(either) })
  })
})
