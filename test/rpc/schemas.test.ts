/**
 * Answers against the published schemas of the Ethereum execution APIs.
 */

import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { resultFaults, schemaFaults } from '../support/execution-apis.ts'
import { KEY, signed } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const TO = '0x00000000000000000000000000000000000000aa' as Address
const TOPIC = `0x${'ab'.repeat(32)}` as Hash
const rpc = new RpcHarness()
const data = Uint8Array.of(1, 2, 3)
const authorization = { chainId: 534_100n, address: TO, nonce: 0n, yParity: 1, r: 5n, s: 6n }
const transactions = [
  signed({ type: 0, nonce: 0n }),
  signed({ type: 0, nonce: 1n, chainId: undefined }),
  signed({ type: 1, nonce: 2n, accessList: [{ address: TO, storageKeys: [TOPIC] }] }),
  signed({ type: 2, nonce: 3n, to: null, data }),
  signed({ type: 4, nonce: 4n, authorizationList: [authorization] }),
]
const logs = [{ address: TO, topics: [TOPIC], data }]
const block = rpc.chain.addBlock(transactions, [{ logs }, { status: 0 }, {}, { logs: [...logs, ...logs] }])
const sender = present(transactions[0], 'a transaction was signed').sender
const first = present(transactions[0], 'a transaction was signed').hash
const pooled = signed({ nonce: 5n })
rpc.chain.addPending(pooled)

/** Methods that answer as their schema says, with parameters that give a whole answer. */
const CALLS: readonly (readonly [string, ...unknown[]])[] = [
  ['eth_chainId'],
  ['eth_blockNumber'],
  ['eth_syncing'],
  ['eth_accounts'],
  ['eth_coinbase'],
  ['eth_gasPrice'],
  ['eth_maxPriorityFeePerGas'],
  ['eth_baseFee'],
  ['eth_blobBaseFee'],
  ['eth_config'],
  ['eth_feeHistory', '0x2', 'latest', [10, 50, 90]],
  ['eth_getBlockByNumber', '0x1', true],
  ['eth_getBlockByNumber', '0x1', false],
  ['eth_getBlockByNumber', '0x99', false],
  ['eth_getBlockByNumber', 'earliest', true],
  ['eth_getBlockByHash', block.hash, true],
  ['eth_getBlockTransactionCountByHash', block.hash],
  ['eth_getBlockTransactionCountByNumber', '0x1'],
  ['eth_getBlockReceipts', '0x1'],
  ['eth_getBlockReceipts', block.hash],
  ...transactions.map(({ hash }) => ['eth_getTransactionByHash', hash] as const),
  ...transactions.map(({ hash }) => ['eth_getTransactionReceipt', hash] as const),
  ['eth_getTransactionByHash', TOPIC],
  ['eth_getTransactionReceipt', TOPIC],
  ['eth_getTransactionByBlockHashAndIndex', block.hash, '0x2'],
  ['eth_getTransactionByBlockNumberAndIndex', '0x1', '0x3'],
  ['eth_getBalance', sender, 'latest'],
  ['eth_getCode', sender, 'latest'],
  ['eth_getStorageAt', sender, '0x0', 'latest'],
  ['eth_getStorageValues', { [sender]: ['0x0', TOPIC] }, 'latest'],
  ['eth_getTransactionCount', sender, 'latest'],
  ['eth_getProof', sender, ['0x0', TOPIC], 'latest'],
  ['eth_call', { to: TO }, 'latest'],
  ['eth_estimateGas', { to: TO }],
  ['eth_createAccessList', { to: TO }, 'latest'],
  ['eth_sendRawTransaction', bytesToHex(signed({ nonce: 6n, key: KEY }).raw)],
  ['eth_fillTransaction', { from: sender, to: TO, value: '0x1' }],
  ['eth_getLogs', { fromBlock: '0x0', toBlock: 'latest', address: TO, topics: [TOPIC] }],
  ['eth_newFilter', { address: TO }],
  ['eth_newBlockFilter'],
  ['eth_newPendingTransactionFilter'],
  ['net_version'],
  ['txpool_status'],
  ['txpool_content'],
  ['txpool_contentFrom', sender],
  ['debug_getRawHeader', '0x1'],
  ['debug_getRawBlock', '0x1'],
  ['debug_getRawReceipts', '0x1'],
  ['debug_getRawTransaction', first],
]

describe('answers', () => {
  it.each(CALLS.map((call) => ({ method: call[0], params: call.slice(1) })))(
    'of $method $params have the published shape',
    async ({ method, params }) => {
      expect(resultFaults(method, await rpc.call(method, ...params))).toEqual([])
    },
  )

  it('are told apart from wrong ones: the checker refuses a receipt with a field too many or too few', async () => {
    const receipt = await rpc.call<Record<string, unknown>>('eth_getTransactionReceipt', first)
    expect(schemaFaults('ReceiptInfo', { ...receipt, extra: 1 })).toEqual(['$.extra: is not allowed'])
    expect(schemaFaults('ReceiptInfo', { ...receipt, from: '0x1' })).toHaveLength(1)
    const { from, ...rest } = receipt
    expect(from).toBe(sender)
    expect(schemaFaults('ReceiptInfo', rest)).toEqual(['$.from: is missing'])
  })
})
