/**
 * Single transactions: transfers beside the engine equal transfers through it, and each check of Osaka at its edge.
 */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../src/crypto/secp256k1.ts'
import { BlockRun } from '../../src/execution/block-run.ts'
import type { BlockContext } from '../../src/execution/evm.ts'
import { NativeModules } from '../../src/execution/native-modules.ts'
import { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import {
  type ExecutionEnvironment,
  executeTransaction,
  type TransactionResult,
} from '../../src/execution/transaction-executor.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { addressFromBytes, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import { receiptsRootOf } from '../../src/types/receipt-codec.ts'
import type { Authorization, Transaction } from '../../src/types/transaction.ts'
import { authorizationSigningHash } from '../../src/types/transaction-codec.ts'
import { account, GWEI, signed } from './support.ts'

const CHAIN_ID = 534_100
const CONTRACT = '0x00000000000000000000000000000000000c0de5' as Address
const COINBASE = '0x00000000000000000000000000000000000c0bbe' as Address
const ETHER = 10n ** 18n

let evm: ReferenceEvm

beforeAll(async () => {
  evm = await ReferenceEvm.create(CHAIN_ID)
})

function environment(
  overrides: Partial<ExecutionEnvironment> = {},
  block: Partial<BlockContext> = {},
): ExecutionEnvironment {
  return {
    evm,
    modules: new NativeModules([]),
    block: {
      number: 7,
      timestamp: 1_000,
      coinbase: COINBASE,
      gasLimit: 30_000_000n,
      baseFeePerGas: GWEI,
      prevRandao: ZERO_HASH,
      blobBaseFee: 1n,
      blockHash: () => ZERO_HASH,
      ...block,
    },
    chainId: BigInt(CHAIN_ID),
    isBaseFeeBurned: false,
    precompiles: new Set(evm.precompileAddresses()),
    ...overrides,
  }
}

function freshState(): { readonly store: StateStore; readonly state: WorldState } {
  const store = new StateStore(new MemoryKv(), { historyBlocks: 1 })
  const state = new WorldState(store.head())
  state.beginTransaction()
  for (let i = 0; i < 5; i++) state.setBalance(account(i).address, 10n * ETHER)
  // Returns 42 in a log; something with code to run into.
  state.setCode(CONTRACT, hexToBytes('0x602a5f5260205fa000'))
  return { store, state }
}

/** Executes one transaction of account 0 on a fresh state. */
async function run(
  fields: Parameters<typeof signed>[2],
  prepare: (state: WorldState) => void = () => {},
  overrides: Partial<ExecutionEnvironment> = {},
  gasAvailable = 30_000_000n,
): Promise<TransactionResult & { readonly state: WorldState }> {
  const { state } = freshState()
  prepare(state)
  const { transaction, sender } = signed(account(0), Number(fields?.nonce ?? 0n), fields)
  return { ...(await executeTransaction(transaction, sender, state, environment(overrides), gasAvailable)), state }
}

const code = (result: TransactionResult): string => (result.ok ? 'valid' : result.error.code)

describe('a plain transfer', () => {
  const receiver = fc.oneof(
    fc.nat(4).map((i) => account(i).address),
    fc.constant(COINBASE),
    fc.constant(ZERO_ADDRESS),
    fc.constant(addressFromBytes(new Uint8Array(20).fill(0xab))),
  )
  const transfer = fc.record({
    from: fc.nat(4),
    to: receiver,
    value: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 11n * ETHER })),
    gasLimit: fc.bigInt({ min: 20_000n, max: 60_000n }),
    data: fc.uint8Array({ maxLength: 40 }),
    maxFeePerGas: fc.bigInt({ min: GWEI - 1n, max: 3n * GWEI }),
    maxPriorityFeePerGas: fc.bigInt({ min: 0n, max: 2n * GWEI }),
    isBurned: fc.boolean(),
  })

  it('gives the same receipts and state root beside the engine and through it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(transfer, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        async (list, isBaseFeeBurned) => {
          const roots = await Promise.all(
            [true, false].map(async (hasDirectTransfers) => {
              const own = await ReferenceEvm.create(CHAIN_ID)
              return executeAll(list, { evm: own, hasDirectTransfers, isBaseFeeBurned })
            }),
          )
          expect(roots[0]).toEqual(roots[1])
        },
      ),
      { numRuns: 60 },
    )

    async function executeAll(
      list: readonly (typeof transfer extends fc.Arbitrary<infer T> ? T : never)[],
      overrides: Partial<ExecutionEnvironment>,
    ): Promise<readonly (Hash | string)[]> {
      const { store, state } = freshState()
      const block = new BlockRun(state, environment(overrides))
      const refusals: string[] = []
      for (const { from, to, value, gasLimit, data, maxFeePerGas, maxPriorityFeePerGas } of list) {
        const nonce = Number(state.getNonce(account(from).address))
        const one = signed(account(from), nonce, { to, value, gasLimit, data, maxFeePerGas, maxPriorityFeePerGas })
        const result = await block.execute(one.transaction, one.sender)
        if (result.ok) block.add(2, one.hash, result.value)
        else refusals.push(result.error.message)
      }
      const root = store.seal(store.head(), state.changes()).stateRoot
      return [root, receiptsRootOf(block.receipts), ...refusals]
    }
  })

  it('answers at once: the engine is not asked', () => {
    const { state } = freshState()
    const { transaction, sender } = signed(account(0), 0, { to: account(1).address })
    expect(executeTransaction(transaction, sender, state, environment(), 21_000n)).not.toBeInstanceOf(Promise)
  })

  it('to a contract or a precompile enters the engine', async () => {
    for (const to of [CONTRACT, '0x0000000000000000000000000000000000000004' as Address]) {
      const { state } = freshState()
      const { transaction, sender } = signed(account(0), 0, { to, gasLimit: 50_000n })
      const result = executeTransaction(transaction, sender, state, environment(), 50_000n)
      expect(result).toBeInstanceOf(Promise)
      await result
    }
  })

  it('of nothing to nobody leaves no account behind', async () => {
    const nobody = addressFromBytes(new Uint8Array(20).fill(0xcd))
    const result = await run({ to: nobody, value: 0n })
    expect(code(result)).toBe('valid')
    expect(result.state.getAccount(nobody)).toBeUndefined()
  })
})

describe('the checks before a transaction runs', () => {
  it('demand the intrinsic gas, and the floor for data (EIP-7623)', async () => {
    expect(code(await run({ gasLimit: 21_000n }))).toBe('valid')
    expect(code(await run({ gasLimit: 20_999n }))).toBe('INTRINSIC_GAS')
    // 100 non-zero bytes: 21,000 + 1,600 to run, 21,000 + 4,000 at least.
    const data = new Uint8Array(100).fill(1)
    expect(await run({ data, gasLimit: 24_999n })).toMatchObject({
      error: { message: 'insufficient gas for floor data gas cost: gas 24999, minimum needed 25000' },
    })
    expect(await run({ data, gasLimit: 25_000n })).toMatchObject({ value: { gasUsed: 25_000n } })
    const accessList = [{ address: CONTRACT, storageKeys: [ZERO_HASH] }]
    expect(code(await run({ accessList, gasLimit: 25_299n }))).toBe('INTRINSIC_GAS')
    expect(await run({ accessList, gasLimit: 25_300n })).toMatchObject({ value: { gasUsed: 25_300n } })
  })

  it('cap the gas of one transaction (EIP-7825) and what the block has left', async () => {
    expect(code(await run({ gasLimit: 16_777_216n }))).toBe('valid')
    expect(await run({ gasLimit: 16_777_217n })).toMatchObject({
      error: { message: 'transaction gas limit too high (cap: 16777216, tx: 16777217)' },
    })
    expect(code(await run({ gasLimit: 21_001n }, undefined, {}, 21_000n))).toBe('GAS_ALLOWANCE')
  })

  it('bound creation code (EIP-3860)', async () => {
    const fits = { to: null, value: 0n, gasLimit: 3_000_000n, data: new Uint8Array(49_152) }
    expect(code(await run(fits))).toBe('valid')
    expect(code(await run({ ...fits, data: new Uint8Array(49_153) }))).toBe('INITCODE_SIZE')
  })

  it('demand the very next nonce, and one that has a successor', async () => {
    expect(code(await run({ nonce: 1n }))).toBe('NONCE_TOO_HIGH')
    expect(code(await run({}, (state) => state.setNonce(account(0).address, 1n)))).toBe('NONCE_TOO_LOW')
    const last = 2n ** 64n - 1n
    expect(code(await run({ nonce: last }, (state) => state.setNonce(account(0).address, last)))).toBe('NONCE_MAX')
    expect(code(await run({ nonce: last - 1n }, (state) => state.setNonce(account(0).address, last - 1n)))).toBe(
      'valid',
    )
  })

  it('refuse a sender with code (EIP-3607) unless it delegates (EIP-7702)', async () => {
    const { address } = account(0)
    expect(code(await run({}, (state) => state.setCode(address, hexToBytes('0x00'))))).toBe('SENDER_HAS_CODE')
    const delegation = hexToBytes(`0xef0100${CONTRACT.slice(2)}`)
    expect(code(await run({}, (state) => state.setCode(address, delegation)))).toBe('valid')
  })

  it('demand funds for the greatest cost, to the wei', async () => {
    const cost = 21_000n * 10n * GWEI + 5n
    const holding = (wei: bigint) => (state: WorldState) => state.setBalance(account(0).address, wei)
    expect(code(await run({ value: 5n }, holding(cost)))).toBe('valid')
    expect(code(await run({ value: 5n }, holding(cost - 1n)))).toBe('INSUFFICIENT_FUNDS')
  })

  it('demand the base fee, and a tip within the maximum', async () => {
    expect(code(await run({ maxFeePerGas: GWEI, maxPriorityFeePerGas: 0n }))).toBe('valid')
    expect(code(await run({ maxFeePerGas: GWEI - 1n, maxPriorityFeePerGas: 0n }))).toBe('FEE_TOO_LOW')
    expect(code(await run({ maxFeePerGas: GWEI, maxPriorityFeePerGas: GWEI + 1n }))).toBe('PRIORITY_ABOVE_MAX')
    const legacy = { type: 0 as const, gasPrice: GWEI, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
    expect(code(await run(legacy))).toBe('valid')
    expect(code(await run({ ...legacy, gasPrice: GWEI - 1n }))).toBe('FEE_TOO_LOW')
  })

  it('demand this chain, or none (before EIP-155)', async () => {
    expect(code(await run({ chainId: 1n }))).toBe('CHAIN_ID')
    const legacy = { type: 0 as const, gasPrice: GWEI, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
    expect(code(await run({ ...legacy, chainId: undefined }))).toBe('valid')
  })

  it('change nothing when one of them fails', async () => {
    const before = freshState().state.changes()
    const { state } = await run({ nonce: 1n })
    expect(state.changes()).toEqual(before)
  })
})

describe('fees', () => {
  it('go to the coinbase with the base fee, or without it where it is burned', async () => {
    for (const [isBaseFeeBurned, perGas] of [
      [false, 2n * GWEI],
      [true, GWEI],
    ] as const) {
      const { state } = await run({}, undefined, { isBaseFeeBurned })
      expect(state.getBalance(COINBASE)).toBe(21_000n * perGas)
      expect(state.getBalance(account(0).address)).toBe(10n * ETHER - 1n - 21_000n * 2n * GWEI)
    }
  })

  it('are what was used, not the limit, and everything when it runs out', async () => {
    const call = await run({ to: CONTRACT, value: 0n, gasLimit: 100_000n })
    expect(call).toMatchObject({ value: { status: 1, logs: [{ address: CONTRACT }] } })
    expect(call.ok && call.value.gasUsed < 30_000n).toBe(true)
    const starved = await run({ to: CONTRACT, value: 0n, gasLimit: 21_500n })
    expect(starved).toMatchObject({ value: { status: 0, gasUsed: 21_500n, logs: [], error: 'out of gas' } })
  })
})

describe('an EIP-7702 transaction', () => {
  const authorizing = (nonce: bigint, address: Address, chainId = BigInt(CHAIN_ID)): Authorization => {
    const unsigned = { chainId, address, nonce }
    return { ...unsigned, ...sign(authorizationSigningHash(unsigned), account(1).key) }
  }
  const authority = account(1).address
  const type4 = (authorizationList: readonly Authorization[]): Partial<Transaction> => ({
    type: 4,
    to: authority,
    value: 0n,
    gasLimit: 200_000n,
    authorizationList,
  })

  it("lets an account run a contract's code, and takes it back", async () => {
    const result = await run(type4([authorizing(0n, CONTRACT)]))
    expect(result).toMatchObject({ value: { status: 1, logs: [{ address: authority }] } })
    expect(result.state.getCode(authority)).toEqual(hexToBytes(`0xef0100${CONTRACT.slice(2)}`))
    expect(result.state.getNonce(authority)).toBe(1n)
    const cleared = await run(type4([authorizing(0n, CONTRACT), authorizing(1n, ZERO_ADDRESS)]))
    expect(cleared.state.getCode(authority).length).toBe(0)
    expect(cleared.state.getNonce(authority)).toBe(2n)
  })

  it('skips what is for another chain, of another nonce, or of a contract', async () => {
    for (const authorization of [
      authorizing(0n, CONTRACT, 1n),
      authorizing(1n, CONTRACT),
      { ...authorizing(0n, CONTRACT), s: 0n },
    ]) {
      const { state } = await run(type4([authorization]))
      expect(state.getCode(authority).length).toBe(0)
    }
    const contract = hexToBytes('0x00')
    const { state } = await run(type4([authorizing(0n, CONTRACT)]), (before) => before.setCode(authority, contract))
    expect(state.getCode(authority)).toEqual(contract)
  })

  it('without an authorization is invalid', async () => {
    expect(code(await run(type4([])))).toBe('NO_AUTHORIZATIONS')
  })
})
