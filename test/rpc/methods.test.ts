import { describe, expect, it } from 'vitest'
import { bytesToHex, concatBytes } from '../../src/lib/bytes.ts'
import { err, ok } from '../../src/lib/result.ts'
import type { CallContext, CallRequest } from '../../src/types/call.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { BASE_FEE, CHAIN_ID, MemoryChain, REWARD_ADDRESS, signed } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const A = '0x00000000000000000000000000000000000000aa' as Address
const HASH = `0x${'ab'.repeat(32)}` as Hash
const sender = signed().sender

describe('parameters are refused in geth’s words', () => {
  const rpc = new RpcHarness()
  const cases: readonly (readonly [string, readonly unknown[], string])[] = [
    ['eth_getBalance', [], 'missing value for required argument 0'],
    ['eth_getBalance', [null], 'missing value for required argument 0'],
    ['eth_getBalance', [A, 'latest', 1], 'too many arguments, want at most 2'],
    [
      'eth_getBalance',
      ['00'],
      'invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address',
    ],
    ['eth_getBalance', ['0x00'], 'invalid argument 0: hex string has length 2, want 40 for common.Address'],
    [
      'eth_getBalance',
      [1],
      'invalid argument 0: json: cannot unmarshal non-string into Go value of type common.Address',
    ],
    ['eth_getBalance', [A, '5'], 'invalid argument 1: hex string without 0x prefix'],
    ['eth_getBalance', [A, '0x'], 'invalid argument 1: hex string "0x"'],
    ['eth_getBalance', [A, '0x05'], 'invalid argument 1: hex number with leading zero digits'],
    ['eth_getBalance', [A, 5], 'invalid argument 1: json: cannot unmarshal number into Go value of type string'],
    [
      'eth_getBalance',
      [A, { blockNumber: '0x0', blockHash: HASH }],
      'invalid argument 1: cannot specify both BlockHash and BlockNumber, choose one or the other',
    ],
    ['eth_getBalance', [A, {}], 'invalid arguments; neither block nor hash specified'],
    [
      'eth_getBlockByNumber',
      ['latest', 'yes'],
      'invalid argument 1: json: cannot unmarshal string into Go value of type bool',
    ],
    ['eth_getBlockByHash', ['0x12'], 'invalid argument 0: hex string has length 2, want 64 for common.Hash'],
    ['eth_getBlockByNumber', ['0xffffffffffffffff'], 'invalid argument 0: block number larger than int64'],
    [
      'eth_call',
      [{ gas: '21000' }],
      'invalid argument 0: json: cannot unmarshal hex string without 0x prefix into Go struct field TransactionArgs.gas of type hexutil.Uint64',
    ],
    [
      'eth_call',
      [{ value: '0x01' }],
      'invalid argument 0: json: cannot unmarshal hex number with leading zero digits into Go struct field TransactionArgs.value of type *hexutil.Big',
    ],
    [
      'eth_call',
      [{ data: '0x123' }],
      'invalid argument 0: json: cannot unmarshal hex string of odd length into Go struct field TransactionArgs.data of type hexutil.Bytes',
    ],
    [
      'eth_getStorageAt',
      [A, `0x${'00'.repeat(33)}`],
      `hex string too long, want at most 32 bytes: "0x${'00'.repeat(33)}"`,
    ],
    ['eth_getStorageAt', [A, '0xzz'], 'hex string invalid: "0xzz"'],
    [
      'web3_sha3',
      ['0xabc'],
      'invalid argument 0: json: cannot unmarshal hex string of odd length into Go value of type hexutil.Bytes',
    ],
    ['eth_getLogs', [{ topics: [[], [], [], [], []] }], 'exceed max topics'],
    [
      'eth_getLogs',
      [{ fromBlock: '0x0', blockHash: HASH }],
      'invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other',
    ],
    ['eth_getLogs', [{ address: Array(1001).fill(A) }], 'exceed max addresses or topics per search position'],
    ['eth_getLogs', [{ fromBlock: '0x5', toBlock: '0x1' }], 'invalid block range params'],
    ['eth_getLogs', [{ fromBlock: '0x0', toBlock: '0x999' }], 'block range extends beyond current head block'],
  ]

  it.each(cases)('%s %j', async (method, params, message) => {
    expect(await rpc.error(method, ...params)).toEqual({ code: -32602, message })
  })

  it('and parameters by name are refused', async () => {
    expect((await rpc.ask('eth_getBalance', { address: A })).error).toEqual({ code: -32602, message: 'non-array args' })
  })
})

describe('blocks', () => {
  const rpc = new RpcHarness()
  const first = rpc.chain.addBlock([signed({ nonce: 0n }), signed({ nonce: 1n, type: 0 })])
  rpc.chain.addBlock([])

  it('carry exactly geth’s fields', async () => {
    const block = await rpc.call<Record<string, unknown>>('eth_getBlockByNumber', '0x1', false)
    const names =
      'baseFeePerGas blobGasUsed difficulty excessBlobGas extraData gasLimit gasUsed hash logsBloom miner mixHash nonce number parentBeaconBlockRoot parentHash receiptsRoot requestsHash sha3Uncles size stateRoot timestamp transactions transactionsRoot uncles withdrawals withdrawalsRoot'
    expect(Object.keys(block).sort().join(' ')).toBe(names)
    expect(block).toMatchObject({ number: '0x1', hash: first.hash, difficulty: '0x0', uncles: [], withdrawals: [] })
    expect(block['size']).toBe(
      `0x${((await rpc.call<string>('debug_getRawBlock', '0x1')).length / 2 - 1).toString(16)}`,
    )
  })

  it('have headers of their own, pending too', async () => {
    const { transactions, size, uncles, withdrawals, ...header } = await rpc.call<Record<string, unknown>>(
      'eth_getBlockByNumber',
      '0x1',
      false,
    )
    expect([transactions, size, uncles, withdrawals]).not.toContain(undefined)
    expect(await rpc.call('eth_getHeaderByNumber', '0x1')).toEqual(header)
    expect(await rpc.call('eth_getHeaderByHash', header['hash'])).toEqual(header)
    expect(await rpc.call('eth_getHeaderByNumber', '0x99')).toBeNull()
    expect(await rpc.call('eth_getHeaderByNumber', 'pending')).toMatchObject({ hash: null, miner: null, nonce: null })
  })

  it('are latest, safe and finalized alike, and null when unknown', async () => {
    for (const tag of ['latest', 'safe', 'finalized']) {
      expect(await rpc.call('eth_getBlockByNumber', tag, false)).toMatchObject({ number: '0x2' })
    }
    expect(await rpc.call('eth_getBlockByNumber', 'earliest', false)).toMatchObject({ number: '0x0' })
    expect(await rpc.call('eth_getBlockByNumber', '0x63', false)).toBeNull()
    expect(await rpc.call('eth_getBlockByHash', HASH, true)).toBeNull()
    expect(await rpc.call('eth_getBlockReceipts', '0x63')).toBeNull()
    expect(await rpc.call('eth_getBlockTransactionCountByHash', HASH)).toBeNull()
    expect(await rpc.call('eth_getUncleCountByBlockNumber', '0x1')).toBe('0x0')
    expect(await rpc.call('eth_getUncleByBlockNumberAndIndex', '0x1', '0x0')).toBeNull()
  })

  it('are pending as a template over the pool', async () => {
    rpc.chain.addPending(signed({ nonce: 2n }))
    const pending = await rpc.call<{ transactions: string[] }>('eth_getBlockByNumber', 'pending', false)
    expect(pending).toMatchObject({ number: '0x3', hash: null, miner: null, nonce: null })
    expect(pending.transactions).toEqual([signed({ nonce: 2n }).hash])
    expect(await rpc.call('eth_getBlockTransactionCountByNumber', 'pending')).toBe('0x1')
    const { hash, raw } = signed({ nonce: 2n })
    const first = await rpc.call('eth_getTransactionByBlockNumberAndIndex', 'pending', '0x0')
    expect(first).toMatchObject({ hash, blockHash: null, transactionIndex: null })
    expect(await rpc.call('eth_getTransactionByBlockNumberAndIndex', 'pending', '0x1')).toBeNull()
    expect(await rpc.call('eth_getRawTransactionByBlockNumberAndIndex', 'pending', '0x0')).toBe(bytesToHex(raw))
    expect(await rpc.call('eth_getRawTransactionByBlockNumberAndIndex', 'pending', '0x1')).toBe('0x')
    expect(await rpc.call('eth_getBlockReceipts', 'pending')).toBeNull()
    expect(await rpc.call('eth_getTransactionCount', sender, 'pending')).toBe('0x3')
    expect(await rpc.call('eth_getTransactionCount', sender, 'latest')).toBe('0x2')
  })
})

describe('transactions', () => {
  const rpc = new RpcHarness()
  const dynamic = signed({ nonce: 0n })
  const legacy = signed({ nonce: 1n, type: 0 })
  const block = rpc.chain.addBlock([dynamic, legacy])
  const waiting = signed({ nonce: 2n })
  rpc.chain.addPending(waiting)

  it('show the effective price once mined and the maximum in the pool', async () => {
    expect(await rpc.call('eth_getTransactionByHash', dynamic.hash)).toMatchObject({
      gasPrice: `0x${(BASE_FEE + 1_000_000_000n).toString(16)}`,
      maxFeePerGas: '0xb2d05e00',
      blockHash: block.hash,
      blockTimestamp: `0x${block.header.timestamp.toString(16)}`,
      transactionIndex: '0x0',
      from: sender,
      chainId: '0x82654',
      type: '0x2',
    })
    expect(await rpc.call('eth_getTransactionByHash', waiting.hash)).toMatchObject({
      gasPrice: '0xb2d05e00',
      blockHash: null,
      blockNumber: null,
      blockTimestamp: null,
      transactionIndex: null,
    })
  })

  it('keep the signature’s v of EIP-155 for legacy ones, without yParity', async () => {
    const json = await rpc.call<Record<string, unknown>>('eth_getTransactionByHash', legacy.hash)
    const v = CHAIN_ID * 2n + 35n + BigInt(legacy.transaction.yParity)
    expect(json).toMatchObject({ v: `0x${v.toString(16)}`, type: '0x0', chainId: '0x82654' })
    expect(Object.keys(json)).not.toContain('yParity')
    expect(Object.keys(json)).not.toContain('maxFeePerGas')
    expect(Object.keys(json)).not.toContain('accessList')
  })

  it('are found by position, by sender and nonce, and raw', async () => {
    expect(await rpc.call('eth_getTransactionByBlockNumberAndIndex', '0x1', '0x1')).toMatchObject({ hash: legacy.hash })
    expect(await rpc.call('eth_getTransactionByBlockHashAndIndex', block.hash, '0x9')).toBeNull()
    expect(await rpc.call('eth_getTransactionBySenderAndNonce', sender, '0x1')).toMatchObject({ hash: legacy.hash })
    expect(await rpc.call('eth_getTransactionBySenderAndNonce', sender, '0x2')).toMatchObject({ hash: waiting.hash })
    expect(await rpc.call('eth_getTransactionBySenderAndNonce', sender, '0x3')).toBeNull()
    expect(await rpc.call('eth_getRawTransactionByHash', legacy.hash)).toBe(bytesToHex(legacy.raw))
    expect(await rpc.call('eth_getRawTransactionByBlockNumberAndIndex', '0x1', '0x0')).toBe(bytesToHex(dynamic.raw))
    expect(await rpc.call('eth_getRawTransactionByHash', HASH)).toBe('0x')
  })

  it('have no receipt before they are final', async () => {
    expect(await rpc.call('eth_getTransactionReceipt', waiting.hash)).toBeNull()
    expect(await rpc.call('eth_getTransactionReceipt', HASH)).toBeNull()
    const receipt = await rpc.call<Record<string, unknown>>('eth_getTransactionReceipt', legacy.hash)
    expect(Object.keys(receipt).sort().join(' ')).toBe(
      'blockHash blockNumber contractAddress cumulativeGasUsed effectiveGasPrice from gasUsed logs logsBloom status to transactionHash transactionIndex type',
    )
    expect(receipt).toMatchObject({ cumulativeGasUsed: '0xa410', gasUsed: '0x5208', transactionIndex: '0x1' })
  })
})

describe('sending', () => {
  const raw = (nonce: bigint) => bytesToHex(signed({ nonce }).raw)

  it('answers the hash, and the pool’s refusal in its own words', async () => {
    const rpc = new RpcHarness()
    expect(await rpc.call('eth_sendRawTransaction', raw(0n))).toBe(signed({ nonce: 0n }).hash)
    expect(await rpc.error('eth_sendRawTransaction', raw(0n))).toEqual({ code: -32000, message: 'already known' })
    expect((await rpc.error('eth_sendRawTransaction', '0x03c0')).message).toBe('transaction type not supported')
  })

  it('waits for the receipt when asked to, or says that it was sent', async () => {
    const rpc = new RpcHarness()
    const answer = rpc.call('eth_sendRawTransactionSync', raw(0n), 60_000)
    await rpc.call('eth_chainId')
    rpc.chain.addBlock([signed({ nonce: 0n })])
    expect(await answer).toMatchObject({ transactionHash: signed({ nonce: 0n }).hash, status: '0x1' })
    const late = await rpc.error('eth_sendRawTransactionSync', raw(1n), '0x1')
    expect(late).toMatchObject({ code: 4, data: signed({ nonce: 1n }).hash })
    expect(rpc.chain.headListeners).toBe(0)
  })

  it('fills what a transaction lacks', async () => {
    const rpc = new RpcHarness()
    rpc.chain.addPending(signed({ nonce: 0n }))
    const { tx } = await rpc.call<{ tx: object }>('eth_fillTransaction', { from: sender, to: A, value: '0x5' })
    const tip = 1_000_000n
    expect(tx).toMatchObject({
      nonce: '0x1',
      gas: '0x5208',
      type: '0x2',
      chainId: '0x82654',
      maxPriorityFeePerGas: `0x${tip.toString(16)}`,
      maxFeePerGas: `0x${(2n * BASE_FEE + tip).toString(16)}`,
    })
    expect(await rpc.error('eth_fillTransaction', { from: sender })).toEqual({
      code: -32000,
      message: 'contract creation without any data provided',
    })
  })
})

describe('calls', () => {
  const encodeError = (text: string) => {
    const bytes = new TextEncoder().encode(text)
    const word = (value: number) => Uint8Array.from([...new Uint8Array(31), value])
    const padding = new Uint8Array((32 - (bytes.length % 32)) % 32)
    return concatBytes(Uint8Array.of(0x08, 0xc3, 0x79, 0xa0), word(32), word(bytes.length), bytes, padding)
  }
  const outcome = (status: 'revert' | 'failure', returnData: Uint8Array, error?: string) =>
    ok({ status, error, returnData, gasUsed: 30_000n })

  it('pass the request, overrides and the block on as they were given', async () => {
    const rpc = new RpcHarness()
    rpc.chain.addBlock([])
    const seen: [CallRequest, CallContext][] = []
    rpc.chain.onCall = (request, context) => {
      seen.push([request, context])
      return ok({ status: 'success', error: undefined, returnData: Uint8Array.of(7), gasUsed: 1n })
    }
    const overrides = { [A.toUpperCase().replace('0X', '0x')]: { balance: '0x5', stateDiff: { [HASH]: HASH } } }
    const tx = { from: A, to: A, input: '0x01', data: '0x01', gas: '0x10', value: '0x2' }
    expect(await rpc.call('eth_call', tx, '0x0', overrides, { number: '0x10', baseFeePerGas: '0x3' })).toBe('0x07')
    expect(seen[0]?.[0]).toMatchObject({ from: A, to: A, gas: 16n, value: 2n, data: Uint8Array.of(1) })
    expect(seen[0]?.[1]).toEqual({
      blockNumber: 0,
      isNextBlock: false,
      stateOverrides: new Map([[A, { balance: 5n, stateDiff: new Map([[HASH, HASH]]) }]]),
      blockOverrides: { number: 16, baseFeePerGas: 3n },
    })
    await rpc.call('eth_call', tx, 'pending')
    expect(seen[1]?.[1]).toEqual({ blockNumber: 1, isNextBlock: true })
  })

  it('give a revert with its reason and data', async () => {
    const rpc = new RpcHarness()
    const cases = [
      [encodeError('no funds'), 'execution reverted: no funds'],
      [
        Uint8Array.of(0x4e, 0x48, 0x7b, 0x71, ...new Uint8Array(31), 0x11),
        'execution reverted: arithmetic underflow or overflow',
      ],
      [Uint8Array.of(1, 2, 3, 4), 'execution reverted'],
      [new Uint8Array(0), 'execution reverted'],
    ] as const
    for (const [data, message] of cases) {
      rpc.chain.onCall = () => outcome('revert', data)
      rpc.chain.onEstimate = () => err({ code: 'REVERTED', returnData: data })
      for (const method of ['eth_call', 'eth_estimateGas']) {
        expect(await rpc.error(method, { to: A })).toEqual({ code: 3, message, data: bytesToHex(data) })
      }
    }
    expect(await rpc.call('eth_createAccessList', { to: A })).toMatchObject({
      error: 'execution reverted',
      gasUsed: '0x7530',
    })
  })

  it('give other failures in geth’s words', async () => {
    const rpc = new RpcHarness()
    rpc.chain.onCall = () => outcome('failure', new Uint8Array(0), 'invalid opcode: INVALID')
    expect(await rpc.error('eth_call', { to: A })).toEqual({ code: -32000, message: 'invalid opcode: INVALID' })
    rpc.chain.onCall = () => err({ code: 'TIMEOUT', limitMs: 5_000 })
    expect(await rpc.error('eth_call', { to: A })).toEqual({
      code: -32000,
      message: 'execution aborted (timeout = 5s)',
    })
    rpc.chain.onCall = () => err({ code: 'BUSY' })
    expect((await rpc.error('eth_call', { to: A })).code).toBe(-32005)
    rpc.chain.onEstimate = () => err({ code: 'REFUSED', message: 'gas required exceeds allowance (30000)' })
    expect(await rpc.error('eth_estimateGas', { to: A })).toEqual({
      code: -32000,
      message: 'gas required exceeds allowance (30000)',
    })
  })

  it('refuse contradictory requests', async () => {
    const rpc = new RpcHarness()
    const message = async (tx: object) => (await rpc.error('eth_call', tx)).message
    expect(await message({ data: '0x01', input: '0x02' })).toMatch(/^both "data" and "input" are set and not equal/)
    expect(await message({ gasPrice: '0x1', maxFeePerGas: '0x1' })).toMatch(/^both gasPrice and \(maxFeePerGas/)
    expect(await message({ chainId: '0x1' })).toBe(`chainId does not match node's (have=1, want=534100)`)
    expect(await message({ blobVersionedHashes: [HASH] })).toBe('transaction type not supported')
  })

  it('on an unknown or pruned block say so', async () => {
    const rpc = new RpcHarness()
    rpc.chain.addBlock([])
    expect(await rpc.error('eth_call', { to: A }, '0x99')).toEqual({ code: -32000, message: 'header not found' })
    expect(await rpc.error('eth_getBalance', A, HASH)).toEqual({ code: -32000, message: 'header for hash not found' })
    rpc.chain.oldestState = 1
    expect(await rpc.error('eth_getBalance', A, '0x0')).toEqual({
      code: 4444,
      message: 'pruned history unavailable: the oldest block with state is 1',
    })
    expect(await rpc.call('eth_getBalance', A, { blockHash: rpc.chain.block(1).hash })).toBe('0xde0b6b3a7640001')
  })
})

describe('prices', () => {
  it('clear two full blocks and ignore tips paid where there was room', async () => {
    const rpc = new RpcHarness()
    for (let i = 0n; i < 5n; i++) rpc.chain.addBlock([signed({ nonce: i })])
    expect(await rpc.call('eth_maxPriorityFeePerGas')).toBe('0xf4240')
    expect(BigInt(await rpc.call<string>('eth_gasPrice'))).toBe((BASE_FEE * 127n) / 100n + 1_000_000n)
  })

  it('follow the tips of crowded blocks', async () => {
    const rpc = new RpcHarness()
    for (let i = 0n; i < 20n; i++) rpc.chain.addBlock([signed({ nonce: i })], [], 29_000_000n)
    expect(BigInt(await rpc.call<string>('eth_maxPriorityFeePerGas'))).toBe(1_000_000_000n)
  })

  it('have a history of n+1 base fees, with rewards only when asked for', async () => {
    const rpc = new RpcHarness()
    const tips = [1n, 5n, 3n].map((gwei, i) =>
      signed({ nonce: BigInt(i), maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: gwei * 10n ** 9n }),
    )
    rpc.chain.addBlock(tips)
    rpc.chain.addBlock([])
    const history = await rpc.call<Record<string, unknown[]>>('eth_feeHistory', 2, 'latest', [0, 50, 100])
    expect(history).toMatchObject({ oldestBlock: '0x1', gasUsedRatio: [63_000 / 30_000_000, 0] })
    expect(history['baseFeePerGas']).toHaveLength(3)
    expect(history['baseFeePerBlobGas']).toHaveLength(3)
    expect(history['reward']).toEqual([
      ['0x3b9aca00', '0xb2d05e00', '0x12a05f200'],
      ['0x0', '0x0', '0x0'],
    ])
    expect(Object.keys(await rpc.call<object>('eth_feeHistory', '0x1', 'latest', []))).not.toContain('reward')
    expect(await rpc.call('eth_feeHistory', '0xffff', 'latest')).toMatchObject({ oldestBlock: '0x0' })
    const refusal = async (...params: unknown[]) => (await rpc.error('eth_feeHistory', ...params)).message
    expect(await refusal(1, '0x9')).toBe('request beyond head block: requested 9, head 2')
    expect(await refusal(1, 'latest', [50, 10])).toBe('invalid reward percentile: #0:50 >= #1:10')
    expect(await refusal(1, 'latest', [101])).toBe('invalid reward percentile: 101')
    expect(await refusal(1, 'latest', Array(101).fill(1))).toBe('invalid reward percentile: over the query limit 100')
  })
})

describe('the rest', () => {
  const rpc = new RpcHarness()

  it('says who and what this is', async () => {
    expect(await rpc.call('web3_clientVersion')).toBe('sahara/v0.0.0/test/node')
    expect(await rpc.call('web3_sha3', '0x')).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
    expect(await rpc.call('net_version')).toBe('534100')
    expect(await rpc.call('net_listening')).toBe(true)
    expect(await rpc.call('net_peerCount')).toBe('0x3')
    expect(await rpc.call('eth_coinbase')).toBe(REWARD_ADDRESS)
    expect(await rpc.call('eth_mining')).toBe(false)
    expect(await rpc.call('eth_syncing')).toBe(false)
    rpc.chain.progress = { startingBlock: 0, currentBlock: 5, highestBlock: 10 }
    expect(await rpc.call('eth_syncing')).toEqual({ startingBlock: '0x0', currentBlock: '0x5', highestBlock: '0xa' })
  })

  it('refuses what it does not have with -32601', async () => {
    for (const method of ['hardhat_metadata', 'anvil_nodeInfo', 'eth_sign', 'admin_peers', '__proto__', 'toString']) {
      expect(await rpc.error(method)).toEqual({
        code: -32601,
        message: `the method ${method} does not exist/is not available`,
      })
    }
    expect(await rpc.error('eth_subscribe', 'newHeads')).toEqual({
      code: -32601,
      message: 'notifications not supported',
    })
  })

  it('shows the pool by checksummed sender and decimal nonce', async () => {
    const { chain, ...own } = new RpcHarness()
    expect(own).toBeDefined()
    expect(chain).toBeInstanceOf(MemoryChain)
    const pool = new RpcHarness()
    pool.chain.addPending(signed({ nonce: 10n }))
    const content = await pool.call<{ pending: Record<string, Record<string, { hash: string }>> }>('txpool_content')
    const [[shown, queue] = ['', {}]] = Object.entries(content.pending)
    expect(shown.toLowerCase()).toBe(sender)
    expect(shown).not.toBe(sender)
    expect(queue['10']).toMatchObject({ hash: signed({ nonce: 10n }).hash, blockHash: null })
    const inspected = await pool.call<{ pending: Record<string, Record<string, string>> }>('txpool_inspect')
    expect(inspected.pending[shown]?.['10']).toBe(`${A}: 1 wei + 21000 gas × 3000000000 wei`)
    expect(await pool.call('txpool_status')).toEqual({ pending: '0x1', queued: '0x0' })
  })

  it('proves finality with the certificate and its signers', async () => {
    const own = new RpcHarness()
    const block = own.chain.addBlock([])
    expect(await own.call('sahara_finality', '0x1')).toMatchObject({
      blockHash: block.hash,
      certificate: { view: '0x1', signers: ['0x0', '0x1', '0x3'], blockHash: block.hash },
      encoded: '0x010203',
    })
    expect(await own.call('sahara_finality', '0x0')).toMatchObject({ certificate: null })
    expect(await own.call('sahara_finality', '0x9')).toBeNull()
    expect(await own.call('sahara_validators')).toMatchObject({ epoch: '0x1', quorum: '0x3' })
    expect(await own.call('sahara_status')).toMatchObject({ finalizedNumber: '0x1', isSynced: true, view: '0x7' })
  })

  it('echoes proof keys as geth does: whole words as they are, short ones as quantities', async () => {
    const proof = await rpc.call<{ storageProof: { key: string }[] }>(
      'eth_getProof',
      A,
      ['0x1', '0x0001', HASH],
      'latest',
    )
    expect(proof.storageProof.map((one) => one.key)).toEqual(['0x1', '0x1', HASH])
    const error = await rpc.error('eth_getProof', A, Array(1025).fill('0x0'))
    expect(error).toEqual({ code: -32602, message: 'too many slots (max 1024)' })
  })
})
