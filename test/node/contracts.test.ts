/**
 * Contracts as application developers test them, with viem against a real chain of one validator: tokens, failures of every
 * kind, estimates that suffice, contracts at addresses known before, batched reads, wallets that are contracts.
 */

import {
  type Abi,
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  concatHex,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeDeployData,
  encodeFunctionData,
  getAddress,
  getContractAddress,
  getCreate2Address,
  type Hex,
  http,
  keccak256,
  type LocalAccount,
  numberToHex,
  padHex,
  parseEther,
  parseEventLogs,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { present } from '../../src/lib/assert.ts'
import { compileSuite } from '../support/contract-suite.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'

const MULTICALL = '0xcA11bde05977b3631167028862bE2a173976CA11'
const FACTORY = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
const PERMIT2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3'

const suite = compileSuite()
const account = (i: number) =>
  privateKeyToAccount(present(DEV_ACCOUNTS[i], `development account ${i} exists`).privateKey as Hex)
const owner = account(0)
const other = account(1)

let node: SingleNode
let chain: ReturnType<typeof chainAt>
let reader: ReturnType<typeof readerOf>
beforeAll(async () => {
  node = await startSingleNode()
  chain = chainAt(node.url)
  reader = readerOf()
})
afterAll(() => node?.stop())

function chainAt(url: string) {
  return defineChain({
    id: 534_100,
    name: 'Sahara devnet',
    nativeCurrency: { name: 'Sahara', symbol: 'SAHARA', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
    contracts: { multicall3: { address: MULTICALL } },
  })
}

function readerOf() {
  return createPublicClient({ chain, transport: http(), pollingInterval: 50 })
}

function walletOf(signer: LocalAccount) {
  return createWalletClient({ chain, account: signer, transport: http() })
}

async function mined(hash: Hex) {
  return reader.waitForTransactionReceipt({ hash })
}

async function deploy({ abi, bytecode }: { abi: Abi; bytecode: Hex }, args: readonly unknown[] = []) {
  const receipt = await mined(await walletOf(owner).deployContract({ abi, bytecode, args } as never))
  return { abi, address: getAddress(present(receipt.contractAddress, 'a contract was created')) }
}

async function send(contract: { abi: Abi; address: Address }, functionName: string, args: readonly unknown[] = []) {
  const { request } = await reader.simulateContract({ ...contract, functionName, args, account: owner } as never)
  return mined(await walletOf(owner).writeContract(request as never))
}

async function failureOf(work: Promise<unknown>): Promise<BaseError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(thrown instanceof BaseError)) throw new Error(`expected a refusal, got ${String(thrown)}`)
  return thrown
}

function revertOf(failure: BaseError): ContractFunctionRevertedError {
  const found = failure.walk((one) => one instanceof ContractFunctionRevertedError)
  return present(found as ContractFunctionRevertedError | null, `a revert in ${failure.message}`)
}

describe('a coin (ERC-20)', () => {
  it('moves, is allowed, tells of it, and refuses with its own errors', async () => {
    const coin = await deploy(suite.Coin, ['Dune', 'DUNE', 1_000n])
    const read = (functionName: string, args: readonly unknown[] = []) =>
      reader.readContract({ ...coin, functionName, args } as never)
    const first = await send(coin, 'transfer', [other.address, 300n])
    expect(first.logs).toHaveLength(1)
    await send(coin, 'approve', [other.address, 100n])
    const hash = await walletOf(other).writeContract({
      ...coin,
      functionName: 'transferFrom',
      args: [owner.address, other.address, 60n],
    } as never)
    const moved = await mined(hash)
    expect(parseEventLogs({ abi: coin.abi, logs: moved.logs })).toMatchObject([
      { eventName: 'Transfer', args: { from: owner.address, to: other.address, value: 60n } },
    ])
    expect(await read('balanceOf', [other.address])).toBe(360n)
    expect(await read('allowance', [owner.address, other.address])).toBe(40n)

    const refused = revertOf(await failureOf(send(coin, 'transfer', [other.address, 10_000n])))
    expect(refused.data).toMatchObject({ errorName: 'InsufficientBalance', args: [owner.address, 640n, 10_000n] })
    const event = present(
      coin.abi.find((item) => item.type === 'event' && item.name === 'Transfer'),
      'it is declared',
    )
    const filter = { address: coin.address, event, fromBlock: 0n } as const
    const received = await reader.getLogs({ ...filter, args: { to: [other.address, MULTICALL] } } as never)
    expect(received.map((log) => log.transactionHash)).toEqual([first.transactionHash, hash])
    const minted = await reader.getLogs({ ...filter, args: { from: padHex('0x', { size: 20 }) } } as never)
    expect(minted).toHaveLength(1)
    const inBlock = await reader.getLogs({ address: coin.address, blockHash: moved.blockHash })
    expect(inBlock).toMatchObject([{ transactionHash: hash, logIndex: 0, removed: false }])
  })

  it('is read many times in one call, at any height', async () => {
    const coin = await deploy(suite.Coin, ['Oasis', 'OAS', 5n])
    const before = await reader.getBlockNumber()
    await send(coin, 'transfer', [other.address, 2n])
    const contracts = ['name', 'symbol', 'decimals', 'totalSupply'].map((functionName) => ({ ...coin, functionName }))
    const answers = await reader.multicall({ contracts: contracts as never, allowFailure: false })
    expect(answers).toEqual(['Oasis', 'OAS', 18, 5n])
    const balance = { ...coin, functionName: 'balanceOf', args: [owner.address] } as never
    expect(await reader.readContract(balance)).toBe(3n)
    expect(await reader.readContract({ ...(balance as object), blockNumber: before } as never)).toBe(5n)
    const deployless = await reader.multicall({ contracts: contracts as never, allowFailure: false, deployless: true })
    expect(deployless).toEqual(answers)
  })
})

describe('a picture (ERC-721)', () => {
  it('goes to people and to contracts that take it, and to no other contract', async () => {
    const picture = await deploy(suite.Picture)
    const wallet = await deploy(suite.SigningWallet, [owner.address])
    const minted = await send(picture, 'mint', [3n])
    expect(minted.logs.map((log) => log.topics[3])).toEqual([1n, 2n, 3n].map((id) => numberToHex(id, { size: 32 })))
    expect(minted.logs.map((log) => log.logIndex)).toEqual([0, 1, 2])
    await send(picture, 'safeTransferFrom', [owner.address, other.address, 1n])
    await send(picture, 'safeTransferFrom', [owner.address, wallet.address, 2n])
    expect(await reader.readContract({ ...picture, functionName: 'ownerOf', args: [2n] } as never)).toBe(wallet.address)
    const refused = await failureOf(send(picture, 'safeTransferFrom', [owner.address, picture.address, 3n]))
    expect(revertOf(refused).data).toMatchObject({ errorName: 'RefusedBy', args: [picture.address] })
  })
})

describe('a failure', () => {
  const cases: readonly (readonly [string, readonly unknown[], string])[] = [
    ['reason', [], 'why not'],
    ['asserted', [], 'assert(false)'],
    ['divided', [0n], 'Division or modulo by zero'],
    ['overflown', [2n ** 256n - 1n], 'Arithmetic operation resulted in underflow or overflow.'],
    ['popped', [], 'Performed `.pop()` on an empty array'],
    ['unindexed', [], 'Array index is out of bounds'],
    ['custom', [], 'Error: Custom(uint256 number, string text)'],
    ['bubbled', [], 'Error: Custom(uint256 number, string text)'],
    ['nothing', [], 'reverted'],
  ]

  it('is told alike by calls, simulations and estimates', async () => {
    const faults = await deploy(suite.Faults)
    for (const [functionName, args, words] of cases) {
      const wish = { ...faults, functionName, args, account: owner } as never
      const asked = [
        () => reader.simulateContract(wish),
        () => reader.estimateContractGas(wish),
        () => reader.readContract(wish),
      ]
      for (const ask of asked) expect((await failureOf(ask())).message, functionName).toContain(words)
    }
    const custom = await failureOf(reader.readContract({ ...faults, functionName: 'custom' } as never))
    expect(revertOf(custom).data?.args).toEqual([42n, 'forty-two'])
    const invalid = await failureOf(reader.readContract({ ...faults, functionName: 'invalid' } as never))
    expect(invalid.message).toContain('invalid opcode: INVALID')
    const poor = { ...faults, functionName: 'funded', value: 1n, account: owner } as never
    expect((await failureOf(reader.estimateContractGas(poor))).message).toContain('one at least')
  })

  it('of a transaction leaves a receipt that says so, and the answer is found by calling it again', async () => {
    const faults = await deploy(suite.Faults)
    const data = encodeFunctionData({ abi: faults.abi, functionName: 'custom' })
    const receipt = await mined(await walletOf(owner).sendTransaction({ to: faults.address, data, gas: 100_000n }))
    expect(receipt).toMatchObject({
      status: 'reverted',
      logs: [],
      contractAddress: null,
      to: faults.address.toLowerCase(),
    })
    expect(receipt.gasUsed).toBeLessThan(30_000n)
    const again = reader.call({ account: owner, to: faults.address, data, blockNumber: receipt.blockNumber })
    expect((await failureOf(again)).message).toContain('execution reverted')

    const nonce = await reader.getTransactionCount({ address: owner.address })
    const failed = await mined(
      await walletOf(owner).sendTransaction({ data: suite.BadStart.bytecode, gas: 200_000n, value: 5n }),
    )
    // As geth: the receipt of a creation names the address, whether or not anything is there.
    const would = getContractAddress({ from: owner.address, nonce: BigInt(nonce) })
    expect(failed).toMatchObject({ status: 'reverted', to: null, contractAddress: would.toLowerCase() })
    expect(await reader.getCode({ address: would })).toBeUndefined()
    expect(await reader.getBalance({ address: would })).toBe(0n)
    const reason = await failureOf(reader.estimateGas({ account: owner, data: suite.BadStart.bytecode }))
    expect(reason.message).toContain('never born')
  })
})

describe('an estimate', () => {
  it('suffices for calls that keep gas in reserve, nest, or create', async () => {
    const faults = await deploy(suite.Faults)
    for (const [functionName, args] of [
      ['hungry', []],
      ['nested', [0n]],
      ['nested', [40n]],
    ] as const) {
      const wish = { ...faults, functionName, args, account: owner } as never
      const gas = await reader.estimateContractGas(wish)
      const receipt = await mined(await walletOf(owner).writeContract({ ...(wish as object), gas } as never))
      expect(receipt.status, `${functionName} with ${gas} gas`).toBe('success')
    }
    const data = encodeDeployData({ ...suite.Coin, args: ['A', 'B', 1n] })
    const gas = await reader.estimateGas({ account: owner, data })
    const receipt = await mined(await walletOf(owner).sendTransaction({ data, gas }))
    expect(receipt.status).toBe('success')
    expect(Number(gas) / Number(receipt.gasUsed)).toBeLessThan(1.016)
  })

  it('counts overrides of the state', async () => {
    const poor = '0x00000000000000000000000000000000000c0ffe'
    const wish = { account: poor, to: other.address, value: parseEther('7') } as const
    expect((await failureOf(reader.estimateGas(wish))).message).toContain('insufficient funds')
    const stateOverride = [{ address: poor, balance: parseEther('8') }] as const
    expect(await reader.estimateGas({ ...wish, stateOverride: [...stateOverride] })).toBe(21_000n)
  })
})

describe('the contracts of genesis', () => {
  it('create at an address that is known before', async () => {
    const initCode = encodeDeployData({ ...suite.SigningWallet, args: [owner.address] })
    const salt = keccak256('0x5a17')
    const address = getCreate2Address({ from: FACTORY, salt, bytecode: initCode })
    expect(await reader.getCode({ address })).toBeUndefined()
    const receipt = await mined(
      await walletOf(owner).sendTransaction({ to: FACTORY, data: concatHex([salt, initCode]), value: 9n }),
    )
    expect(receipt).toMatchObject({ status: 'success', contractAddress: null })
    expect(await reader.getBalance({ address })).toBe(9n)
    expect(await reader.readContract({ ...suite.SigningWallet, address, functionName: 'owner' } as never)).toBe(
      owner.address,
    )
  })

  it('are there: Permit2 answers with the domain of this chain', async () => {
    const separator = { name: 'DOMAIN_SEPARATOR', type: 'function', inputs: [], stateMutability: 'view' } as const
    const abi = [{ ...separator, outputs: [{ type: 'bytes32' }] }] as const
    const first = await reader.readContract({ address: PERMIT2, abi, functionName: 'DOMAIN_SEPARATOR' })
    expect(first).toMatch(/^0x[0-9a-f]{64}$/)
  })
})

describe('a wallet that is a contract', () => {
  it('signs by EIP-1271, before it is deployed too (ERC-6492)', async () => {
    const wallet = await deploy(suite.SigningWallet, [owner.address])
    const signature = await owner.signMessage({ message: 'hello' })
    const question = { message: 'hello', signature }
    expect(await reader.verifyMessage({ ...question, address: wallet.address })).toBe(true)
    expect(await reader.verifyMessage({ ...question, message: 'other', address: wallet.address })).toBe(false)
    expect(await reader.verifyMessage({ ...question, address: owner.address })).toBe(true)
    const initCode = encodeDeployData({ ...suite.SigningWallet, args: [owner.address] })
    const salt = keccak256('0x6492')
    const unborn = {
      address: getCreate2Address({ from: FACTORY, salt, bytecode: initCode }),
      factory: FACTORY,
      factoryData: concatHex([salt, initCode]),
    } as const
    expect(await reader.verifyMessage({ ...question, ...unborn })).toBe(true)
    expect(await reader.verifyMessage({ ...question, ...unborn, message: 'other' })).toBe(false)
  })

  it('is an account that delegates (EIP-7702), for as long as it says so', async () => {
    const person = account(4)
    const code = await deploy(suite.SigningWallet, [person.address])
    const wallet = walletOf(person)
    const authorization = await wallet.signAuthorization({ contractAddress: code.address, executor: 'self' })
    const hash = await wallet.sendTransaction({ to: person.address, authorizationList: [authorization] })
    const receipt = await mined(hash)
    expect(receipt).toMatchObject({ status: 'success', type: 'eip7702' })
    const shown = await reader.getTransaction({ hash })
    expect(shown.authorizationList).toMatchObject([{ address: code.address.toLowerCase(), chainId: 534_100 }])
    expect(await reader.getDelegation({ address: person.address })).toBe(code.address)
    expect(await reader.readContract({ ...code, address: person.address, functionName: 'owner' } as never)).toBe(
      person.address,
    )
    const none = padHex('0x', { size: 20 })
    const back = await wallet.signAuthorization({ contractAddress: none, executor: 'self' })
    await mined(await wallet.sendTransaction({ to: person.address, authorizationList: [back] }))
    expect(await reader.getCode({ address: person.address })).toBeUndefined()
  })
})
