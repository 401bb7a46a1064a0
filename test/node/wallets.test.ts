/**
 * The libraries and tools that people use, against a real chain of one validator: viem, ethers, web3.js, cast, and the
 * calls that MetaMask makes, one by one.
 */

import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ContractFactory, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider } from 'ethers'
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hash,
  http,
  parseEther,
  parseGwei,
  webSocket,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Web3 } from 'web3'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { present } from '../../src/lib/assert.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'
import { compileNotes } from '../support/token-contract.ts'

const run = promisify(execFile)
const BIN = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.bin')
const MULTICALL = '0xcA11bde05977b3631167028862bE2a173976CA11'
const notes = compileNotes()
const account = (i: number) => present(DEV_ACCOUNTS[i], `development account ${i} exists`)

let node: SingleNode
beforeAll(async () => {
  node = await startSingleNode()
})
afterAll(() => node?.stop())

/** An address that nobody has used, different for each number. */
const fresh = (n: number) => `0x${(0xabc00000 + n).toString(16).padStart(40, '0')}` as const

describe('viem', () => {
  const key = privateKeyToAccount(account(0).privateKey)
  function clients() {
    const chain = defineChain({
      id: 534_100,
      name: 'Sahara devnet',
      nativeCurrency: { name: 'Sahara', symbol: 'SAHARA', decimals: 18 },
      rpcUrls: { default: { http: [node.url], webSocket: [node.wsUrl] } },
      contracts: { multicall3: { address: MULTICALL } },
    })
    const common = { chain, pollingInterval: 50 }
    return {
      reader: createPublicClient({ ...common, transport: http() }),
      live: createPublicClient({ ...common, transport: webSocket() }),
      wallet: createWalletClient({ ...common, account: key, transport: http() }),
    }
  }

  it('reads balances and sends money', async () => {
    const { reader, wallet } = clients()
    expect(await reader.getChainId()).toBe(534_100)
    expect(await reader.getBalance({ address: key.address })).toBeGreaterThan(parseEther('999000'))
    const hash = await wallet.sendTransaction({ to: fresh(1), value: parseEther('1.5') })
    const receipt = await reader.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n, type: 'eip1559', to: fresh(1) })
    expect(await reader.getBalance({ address: fresh(1) })).toBe(parseEther('1.5'))
    const sent = await reader.getTransaction({ hash })
    expect(sent).toMatchObject({ from: key.address.toLowerCase(), value: parseEther('1.5'), chainId: 534_100 })
    expect(sent.blockHash).toBe(receipt.blockHash)
    const block = await reader.getBlock({ blockHash: receipt.blockHash, includeTransactions: true })
    expect(block.transactions.map((one) => one.hash)).toContain(hash)
    for (const blockTag of ['safe', 'finalized', 'latest'] as const) {
      expect((await reader.getBlock({ blockTag })).number).toBeGreaterThanOrEqual(receipt.blockNumber)
    }
  })

  it('sends legacy, access-list and delegating transactions', async () => {
    const { reader, wallet } = clients()
    const gasPrice = await reader.getGasPrice()
    const legacy = await wallet.sendTransaction({ type: 'legacy', to: fresh(2), value: 1n, gasPrice })
    expect((await reader.waitForTransactionReceipt({ hash: legacy })).type).toBe('legacy')
    const listed = await wallet.sendTransaction({ type: 'eip2930', to: fresh(2), value: 1n, gasPrice, accessList: [] })
    expect((await reader.waitForTransactionReceipt({ hash: listed })).type).toBe('eip2930')
    const authority = privateKeyToAccount(account(9).privateKey)
    const nonce = await reader.getTransactionCount({ address: authority.address })
    const authorization = await authority.signAuthorization({ chainId: 534_100, address: MULTICALL, nonce })
    const delegating = await wallet.sendTransaction({ to: fresh(2), authorizationList: [authorization] })
    expect((await reader.waitForTransactionReceipt({ hash: delegating })).type).toBe('eip7702')
    expect(await reader.getCode({ address: authority.address })).toBe(`0xef0100${MULTICALL.slice(2).toLowerCase()}`)
    expect(await reader.getTransactionCount({ address: authority.address })).toBe(nonce + 1)
  })

  it('deploys, calls, writes and reads events', async () => {
    const { reader, wallet } = clients()
    const hash = await wallet.deployContract({ ...notes, args: [7n] })
    const { contractAddress } = await reader.waitForTransactionReceipt({ hash })
    const address = present(contractAddress, 'a contract was created')
    const contract = { address, abi: notes.abi }
    expect(await reader.readContract({ ...contract, functionName: 'count' })).toBe(7n)
    const { result } = await reader.simulateContract({
      ...contract,
      functionName: 'write',
      args: ['hello'],
      account: key,
    })
    expect(result).toBe(8n)
    const written = await wallet.writeContract({ ...contract, functionName: 'write', args: ['hello'] })
    const receipt = await reader.waitForTransactionReceipt({ hash: written })
    expect(receipt.logs).toHaveLength(1)
    const events = await reader.getContractEvents({ ...contract, eventName: 'Noted', fromBlock: receipt.blockNumber })
    expect(events).toMatchObject([
      { args: { author: key.address, number: 8n, text: 'hello' }, transactionHash: written },
    ])
    const many = await reader.multicall({
      contracts: [
        { ...contract, functionName: 'count' },
        { ...contract, functionName: 'notes', args: [8n] },
      ],
      allowFailure: false,
    })
    expect(many).toEqual([8n, 'hello'])
    const earlier = await reader.readContract({
      ...contract,
      functionName: 'count',
      blockNumber: receipt.blockNumber - 1n,
    })
    expect(earlier).toBe(7n)
    const refusal = (text: string) => reader.simulateContract({ ...contract, functionName: 'write', args: [text] })
    await expect(refusal('')).rejects.toThrow('an empty note')
    await expect(refusal('x'.repeat(65))).rejects.toThrow('Unwanted(uint256 length)')
    const overridden = { ...contract, functionName: 'count', stateOverride: [{ address, stateDiff: [slotZero(99n)] }] }
    expect(await reader.readContract(overridden)).toBe(99n)
  })

  it('estimates fees and gas, proves state and lists accesses', async () => {
    const { reader } = clients()
    const fees = await reader.estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThanOrEqual(parseGwei('1'))
    expect(await reader.estimateGas({ account: key, to: fresh(3), value: 1n })).toBe(21_000n)
    const history = await reader.getFeeHistory({ blockCount: 4, rewardPercentiles: [25, 75] })
    expect(history.baseFeePerGas).toHaveLength(history.gasUsedRatio.length + 1)
    const proof = await reader.getProof({ address: MULTICALL, storageKeys: [slotZero(0n).slot] })
    expect(proof.accountProof.length).toBeGreaterThan(0)
    const listed = await reader.createAccessList({ account: key.address, to: MULTICALL, data: '0x42cbb15c' })
    expect(listed.gasUsed).toBeGreaterThan(21_000n)
  })

  it('sends and waits in one request', async () => {
    const { wallet } = clients()
    const request = await wallet.prepareTransactionRequest({ to: fresh(4), value: 1n })
    const serializedTransaction = await wallet.signTransaction(request)
    const receipt = await wallet.sendRawTransactionSync({ serializedTransaction })
    expect(receipt.status).toBe('success')
  })

  it('hears of blocks, pending transactions and events over WebSocket', async () => {
    const { reader, live, wallet } = clients()
    const deployed = await wallet.deployContract({ ...notes, args: [0n] })
    const { contractAddress: address } = await reader.waitForTransactionReceipt({ hash: deployed })
    const contract = { address: present(address, 'a contract was created'), abi: notes.abi }
    const numbers: bigint[] = []
    const pending: Hash[] = []
    const heard = Promise.withResolvers<void>()
    const fail = (error: Error) => heard.reject(error)
    const stops = [
      live.watchBlocks({ onBlock: (block) => void numbers.push(block.number), onError: fail }),
      live.watchPendingTransactions({ onTransactions: (hashes) => void pending.push(...hashes), onError: fail }),
      live.watchContractEvent({ ...contract, eventName: 'Noted', onLogs: () => heard.resolve(), onError: fail }),
    ]
    // A request on the same connection comes back after the subscriptions stand.
    await live.getBlockNumber()
    const hash = await wallet.writeContract({ ...contract, functionName: 'write', args: ['over there'] })
    await heard.promise
    await reader.waitForTransactionReceipt({ hash })
    expect(pending).toContain(hash)
    expect(numbers.length).toBeGreaterThan(0)
    for (const stop of stops) stop()
    const socket = await live.transport.getRpcClient()
    socket.close()
  })

  it('understands refusals', async () => {
    const { reader, wallet } = clients()
    const nonce = await reader.getTransactionCount({ address: key.address })
    await expect(wallet.sendTransaction({ to: fresh(5), nonce: nonce - 1 })).rejects.toThrow(/[Nn]once.*lower/)
    const huge = parseEther('100000000')
    await expect(wallet.sendTransaction({ to: fresh(5), value: huge, gas: 21_000n })).rejects.toThrow(
      /exceeds the balance/,
    )
    const cheap = { to: fresh(5), maxFeePerGas: 1n, maxPriorityFeePerGas: 0n, gas: 21_000n } as const
    await expect(wallet.sendTransaction(cheap)).rejects.toThrow(/underpriced|below minimum|base fee/)
    await expect(wallet.sendTransaction({ to: fresh(5), gas: 20_000n })).rejects.toThrow(/intrinsic gas too low/)
  })
})

describe('ethers', () => {
  it('reads, sends, deploys, calls, and finds events', async () => {
    const provider = new JsonRpcProvider(node.url, undefined, { polling: true, pollingInterval: 50 })
    try {
      const wallet = new NonceManager(new Wallet(account(1).privateKey, provider))
      expect((await provider.getNetwork()).chainId).toBe(534_100n)
      const fees = await provider.getFeeData()
      expect(present(fees.maxFeePerGas, 'EIP-1559 is detected')).toBeGreaterThan(0n)
      const sent = await wallet.sendTransaction({ to: fresh(10), value: parseEther('2') })
      const receipt = present(await sent.wait(), 'the transaction is mined')
      expect(receipt).toMatchObject({ status: 1, gasUsed: 21_000n })
      expect(await provider.getBalance(fresh(10))).toBe(parseEther('2'))
      const factory = new ContractFactory(notes.abi, notes.bytecode, wallet)
      const deployed = await factory.deploy(1n)
      await deployed.waitForDeployment()
      const contract = deployed as typeof deployed & Record<string, CallableFunction>
      const written = (await contract['write']?.('by ethers')) as { wait(): Promise<{ blockNumber: number }> }
      const { blockNumber } = await written.wait()
      expect(await contract['count']?.()).toBe(2n)
      const events = await deployed.queryFilter('Noted', blockNumber, 'latest')
      expect(events).toHaveLength(1)
      await expect((deployed.getFunction('write') as CallableFunction)('')).rejects.toThrow('an empty note')
      expect(await deployed.getFunction('write').estimateGas('more')).toBeGreaterThan(40_000n)
    } finally {
      provider.destroy()
    }
  })

  it('hears of blocks and events over WebSocket', async () => {
    const provider = new WebSocketProvider(node.wsUrl)
    try {
      const wallet = new Wallet(account(2).privateKey, provider)
      const factory = new ContractFactory(notes.abi, notes.bytecode, wallet)
      const contract = await factory.deploy(0n)
      await contract.waitForDeployment()
      const heard = Promise.withResolvers<unknown>()
      await contract.on('Noted', (_author, number) => heard.resolve(number))
      const block = Promise.withResolvers<number>()
      await provider.on('block', (number: number) => block.resolve(number))
      await contract.getFunction('write')('heard')
      expect(await heard.promise).toBe(1n)
      expect(await block.promise).toBeGreaterThan(0)
      await contract.removeAllListeners()
    } finally {
      await provider.destroy()
    }
  })
})

describe('web3.js', () => {
  it('reads, sends, deploys, calls, and finds events', async () => {
    const web3 = new Web3(node.url)
    web3.transactionPollingInterval = 50
    const [sender] = web3.eth.accounts.wallet.add(account(3).privateKey)
    const from = present(sender, 'the key is in the wallet').address
    expect(await web3.eth.getChainId()).toBe(534_100n)
    expect(await web3.eth.net.getPeerCount()).toBe(0n)
    expect(await web3.eth.getBalance(from)).toBeGreaterThan(0n)
    const receipt = await web3.eth.sendTransaction({ from, to: fresh(20), value: parseEther('3').toString() })
    expect(receipt.status).toBe(1n)
    expect(await web3.eth.getBalance(fresh(20))).toBe(parseEther('3'))
    const factory = new web3.eth.Contract(notes.abi as never)
    const contract = await factory.deploy({ data: notes.bytecode, arguments: [4] as never }).send({ from })
    const methods = contract.methods as Record<string, (...args: unknown[]) => Web3Call>
    await methods['write']?.('by web3').send({ from })
    expect(await methods['count']?.().call()).toBe(5n)
    const events = await contract.getPastEvents('Noted' as never, { fromBlock: 0, toBlock: 'latest' })
    expect(events).toHaveLength(1)
    expect(await methods['write']?.('x').estimateGas({ from })).toBeGreaterThan(40_000n)
  })

  it('hears of blocks over WebSocket', async () => {
    const web3 = new Web3(node.wsUrl)
    try {
      const subscription = await web3.eth.subscribe('newBlockHeaders')
      const header = Promise.withResolvers<{ number?: unknown }>()
      subscription.on('data', (block) => header.resolve(block))
      expect((await header.promise).number).toBeDefined()
      await subscription.unsubscribe()
    } finally {
      web3.provider?.disconnect()
    }
  })
})

describe('cast', () => {
  const cast = async (...args: string[]) => {
    const env = { ...process.env, ETH_RPC_URL: node.url, NO_COLOR: '1' }
    return (await run(join(BIN, 'cast'), args, { env })).stdout.trim()
  }

  it('reads, sends, deploys, calls, estimates and shows receipts', async () => {
    const { address, privateKey } = account(4)
    expect(await cast('chain-id')).toBe('534100')
    expect(await cast('client')).toMatch(/^sahara\/v/)
    expect(BigInt(await cast('balance', address))).toBeGreaterThan(0n)
    expect(Number(await cast('block-number'))).toBeGreaterThanOrEqual(0)
    const sent = JSON.parse(await cast('send', fresh(30), '--value', '1ether', '--private-key', privateKey, '--json'))
    expect(sent).toMatchObject({ status: '0x1', gasUsed: '0x5208' })
    expect(await cast('balance', fresh(30), '--ether')).toBe('1.000000000000000000')
    const created = JSON.parse(
      await cast(
        'send',
        '--private-key',
        privateKey,
        '--json',
        '--create',
        `${notes.bytecode}${'5'.padStart(64, '0')}`,
      ),
    )
    const contract = created.contractAddress as string
    expect(await cast('call', contract, 'count()(uint256)')).toBe('5')
    await cast('send', contract, 'write(string)', 'by cast', '--private-key', privateKey)
    expect(await cast('call', contract, 'notes(uint256)(string)', '6')).toBe('"by cast"')
    expect(Number(await cast('estimate', contract, 'write(string)', 'more', '--from', address))).toBeGreaterThan(40_000)
    expect(await cast('receipt', sent.transactionHash, 'status')).toMatch(/^1|true/)
    expect(await cast('tx', sent.transactionHash, 'nonce')).toBe('0')
    expect(await cast('nonce', address)).toBe('3')
    expect(await cast('storage', contract, '0')).toMatch(/06$/)
    expect(await cast('logs', '--address', contract, '--from-block', '0')).toMatch(new RegExp(contract, 'i'))
    expect(BigInt(await cast('gas-price'))).toBeGreaterThan(0n)
    await expect(cast('call', contract, 'write(string)', '')).rejects.toThrow('execution reverted: an empty note')
  })
})

describe('MetaMask', () => {
  const rpc = async <T = string>(method: string, ...params: unknown[]): Promise<T> => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await fetch(node.url, { method: 'POST', headers, body })
    expect(response.status).toBe(200)
    const answer = (await response.json()) as { result: T }
    // The presence of the key, even with null, counts as failure.
    expect(Object.keys(answer)).toEqual(['jsonrpc', 'id', 'result'])
    return answer.result
  }

  it('adds the network, sends money with its own fees and sees it confirmed', async () => {
    const sender = privateKeyToAccount(account(5).privateKey)
    const to = fresh(40)
    expect(await rpc('eth_chainId')).toBe('0x82654')
    expect(await rpc('net_version')).toBe('534100')
    const latest = await rpc<{ baseFeePerGas: string; number: string }>('eth_getBlockByNumber', 'latest', false)
    expect(BigInt(latest.baseFeePerGas)).toBeGreaterThan(0n)
    // `latest` is rewritten to a number that may be some seconds old.
    expect(BigInt(await rpc('eth_getBalance', sender.address, latest.number))).toBeGreaterThan(0n)
    expect(await rpc('eth_getCode', sender.address, latest.number)).toBe('0x')
    expect(await rpc('eth_getCode', to, latest.number)).toBe('0x')
    const request = { from: sender.address, to, value: '0xde0b6b3a7640000' }
    const gas = await rpc('eth_estimateGas', request)
    expect(gas).toBe('0x5208')
    const price = BigInt(await rpc('eth_gasPrice'))
    const nonce = await rpc('eth_getTransactionCount', sender.address, 'latest')
    const raw = await sender.signTransaction({
      chainId: 534_100,
      to,
      value: parseEther('1'),
      gas: BigInt(gas),
      nonce: Number(nonce),
      maxFeePerGas: price,
      maxPriorityFeePerGas: price,
    })
    const hash = await rpc('eth_sendRawTransaction', raw)
    let receipt = await rpc<{ blockHash: string; status: string } | null>('eth_getTransactionReceipt', hash)
    while (receipt === null) receipt = await rpc('eth_getTransactionReceipt', hash)
    expect(receipt.status).toBe('0x1')
    const block = await rpc<{ transactions: string[] }>('eth_getBlockByHash', receipt.blockHash, false)
    expect(block.transactions).toContain(hash)
    expect(await rpc('eth_getBalance', to, 'latest')).toBe('0xde0b6b3a7640000')
    const clientRefusal = await fetch(node.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'hardhat_metadata', params: [] }),
    })
    expect(clientRefusal.status).toBe(200)
    expect(((await clientRefusal.json()) as { error: { code: number } }).error.code).toBe(-32601)
  })
})

type Web3Call = {
  send(options: object): Promise<unknown>
  call(): Promise<unknown>
  estimateGas(options: object): Promise<unknown>
}

function slotZero(value: bigint): { slot: Hash; value: Hash } {
  return { slot: `0x${'0'.repeat(64)}`, value: `0x${value.toString(16).padStart(64, '0')}` }
}
