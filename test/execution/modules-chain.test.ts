/**
 * The native modules on a chain, as programs meet them: calls encoded, errors, logs and answers decoded by viem and ethers
 * with the generated ABIs, and blocks that another node executes to the same roots.
 */

import { Interface } from 'ethers'
import {
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeAbiParameters,
  encodeFunctionData,
  keccak256,
  parseEther,
} from 'viem'
import { beforeAll, describe, expect, it } from 'vitest'
import { ASSETS_ABI, ASSETS_ADDRESS } from '../../src/abi/assets.ts'
import { ROYALTY_ABI, ROYALTY_ADDRESS } from '../../src/abi/royalty.ts'
import { CallExecutor } from '../../src/execution/call.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { CALL_GAS_CAP } from '../../src/lib/limits.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import type { CallContext, CallOutcome } from '../../src/types/call.ts'
import { type Address, ZERO_HASH } from '../../src/types/primitives.ts'
import type { Log, Receipt } from '../../src/types/receipt.ts'
import { ROYALTY_MODULE, SYSTEM_ADDRESS } from '../../src/types/system-transaction.ts'
import { account, advance, build, openChain, signed, type TestChain } from './support.ts'

const ASSETS = ASSETS_ADDRESS.toLowerCase() as Address
const ROYALTY = ROYALTY_ADDRESS.toLowerCase() as Address
const ME = account(0)
const CONTENT = `0x${'c0'.repeat(32)}` as const
const SALT = `0x${'5a'.repeat(32)}` as const
const MEMO = `0x${'3e'.repeat(32)}` as const

let chain: TestChain
let calls: CallExecutor
let nonce = 0
/** Every block of the chain from 1 on. */
const blocks: SealedBlock[] = []

function register(contentHash: `0x${string}`): `0x${string}` {
  const args = [0, contentHash, ZERO_HASH, 'ipfs://data', [], 0, 0, SALT] as const
  return encodeFunctionData({ abi: ASSETS_ABI, functionName: 'register', args })
}

async function send(to: Address, data: `0x${string}`, value = 0n): Promise<Receipt> {
  const one = signed(ME, nonce++, { to, data: hexToBytes(data), value, gasLimit: 3_000_000n })
  const block = await advance(chain, [one])
  blocks.push(block)
  return present(chain.blocks.receipts(block.header.number)?.[0], 'the block has the receipt')
}

async function call(to: Address, data: `0x${string}`, value = 0n): Promise<CallOutcome> {
  const at: CallContext = { blockNumber: chain.executor.head().block.header.number, isNextBlock: true }
  const fees = { gasPrice: undefined, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined, accessList: undefined }
  const rest = { gas: undefined, nonce: undefined, authorizationList: undefined, ...fees }
  const result = await calls.call({ from: ME.address, to, value, data: hexToBytes(data), ...rest }, at, CALL_GAS_CAP)
  if (!result.ok) throw new Error(result.error.code)
  return result.value
}

/** A log as libraries take it. */
function wire({ topics, data }: Log): { topics: [`0x${string}`, ...`0x${string}`[]]; data: `0x${string}` } {
  const [first, ...rest] = topics
  return { topics: [present(first, 'an event has its signature'), ...rest], data: bytesToHex(data) }
}

beforeAll(async () => {
  chain = await openChain()
  calls = await CallExecutor.create({ spec: chain.spec, kv: chain.kv, clock: chain.clock })
  const preimage = encodeAbiParameters(
    [{ type: 'bytes32' }, { type: 'address' }, { type: 'bytes32' }],
    [CONTENT, ME.address, SALT],
  )
  const commitment = keccak256(preimage)
  await send(ASSETS, encodeFunctionData({ abi: ASSETS_ABI, functionName: 'commit', args: [commitment] }))
  for (let i = 0; i < 2; i++) blocks.push(await advance(chain))
})

describe('the native modules on a chain', () => {
  it('register an asset whose log viem and ethers read', async () => {
    const receipt = await send(ASSETS, register(CONTENT))
    expect(receipt.status).toBe(1)
    const logs = receipt.logs.map(wire)
    const events = logs.map((log) => decodeEventLog({ abi: ASSETS_ABI, ...log }))
    const registered = present(
      events.find((one) => one.eventName === 'Registered'),
      'the registration is logged',
    )
    expect(registered.args).toMatchObject({ id: 1n, contentHash: CONTENT })
    const parsed = logs.map((log) => new Interface(JSON.stringify(ASSETS_ABI)).parseLog(log))
    expect(parsed.map((one) => one?.name)).toEqual(events.map((one) => one.eventName))
  })

  it('name the first asset in the refusal of its content, to viem and to ethers', async () => {
    const { status, returnData } = await call(ASSETS, register(CONTENT))
    expect(status).toBe('revert')
    const data = bytesToHex(returnData)
    expect(decodeErrorResult({ abi: ASSETS_ABI, data })).toMatchObject({ errorName: 'DuplicateContent', args: [1n] })
    const parsed = new Interface(JSON.stringify(ASSETS_ABI)).parseError(data)
    expect([parsed?.name, parsed?.args[0]]).toEqual(['DuplicateContent', 1n])
    const bare = await call(ROYALTY, '0x', 1n)
    expect(decodeErrorResult({ abi: ROYALTY_ABI, data: bytesToHex(bare.returnData) }).errorName).toBe(
      'BareTransferRefused',
    )
  })

  it('take a payment, and the sweep of the same block credits the owner in the system receipt', async () => {
    const pay = encodeFunctionData({ abi: ROYALTY_ABI, functionName: 'pay', args: [1n, MEMO] })
    const receipt = await send(ROYALTY, pay, parseEther('1'))
    const [paid] = receipt.logs.map((log) => decodeEventLog({ abi: ROYALTY_ABI, ...wire(log) }))
    expect(paid).toMatchObject({ eventName: 'Paid', args: { asset: 1n, amount: parseEther('1'), memo: MEMO } })
    const { header, transactions } = chain.executor.head().block
    expect(transactions.length).toBe(2)
    const system = present(chain.blocks.receipts(header.number)?.[1], 'the sweep logged')
    expect(system).toMatchObject({ status: 1, gasUsed: 0n, cumulativeGasUsed: receipt.gasUsed })
    const swept = system.logs.map((log) => decodeEventLog({ abi: ROYALTY_ABI, ...wire(log) }))
    expect(swept.map((one) => one.eventName)).toContain('Flushed')
    const claimable = await call(
      ROYALTY,
      encodeFunctionData({
        abi: ROYALTY_ABI,
        functionName: 'claimable',
        args: [ME.address, '0x0000000000000000000000000000000000000000'],
      }),
    )
    const owed = decodeFunctionResult({
      abi: ROYALTY_ABI,
      functionName: 'claimable',
      data: bytesToHex(claimable.returnData),
    })
    // All but the protocol fee of 1,000 parts per million.
    expect(owed).toBe(parseEther('0.999'))
  })

  it('are executed to the same roots by a node that only judges blocks', async () => {
    const judge = await openChain()
    for (const block of blocks) {
      const senders = block.transactions.map((_, i) => (i === 0 ? ME.address : SYSTEM_ADDRESS))
      const judged = await judge.executor.certify(block, senders)
      expect(judged).toMatchObject({ ok: true })
      await judge.executor.finalize(block.hash, Uint8Array.of(1))
    }
    expect(judge.executor.head().block.hash).toBe(chain.executor.head().block.hash)
    expect(judge.executor.headState().getAccount(ROYALTY_MODULE)).toEqual(
      chain.executor.headState().getAccount(ROYALTY_MODULE),
    )
    const next = signed(ME, nonce, { to: ROYALTY, value: 0n, gasLimit: 100_000n, data: hexToBytes('0x12345678') })
    const built = await build(judge, judge.executor.head().block, [next])
    expect(built.dropped).toEqual([])
  })
})
