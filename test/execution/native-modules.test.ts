/**
 * Native modules in transactions: beside the engine as through it, from contracts, in every kind of call, and undone as a
 * whole when they refuse or run out of gas.
 */

import fc from 'fast-check'
import { decodeErrorResult, decodeEventLog, decodeFunctionResult, encodeFunctionData } from 'viem'
import { beforeAll, describe, expect, it } from 'vitest'
import { sign } from '../../src/crypto/secp256k1.ts'
import { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import type { TransactionOutcome } from '../../src/execution/transaction-executor.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../src/lib/bytes.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import type { Authorization } from '../../src/types/transaction.ts'
import { authorizationSigningHash } from '../../src/types/transaction-codec.ts'
import { COUNTER_ADDRESS } from '../precompiles/counter-module.ts'
import {
  addData,
  CALLER,
  CHAIN_ID,
  COUNTER_ABI,
  callerContract,
  callerData,
  countOf,
  ETHER,
  freshWorld,
  NOTE,
  type Ran,
  runOn,
  wordAt,
} from './native-support.ts'
import { account } from './support.ts'

let evm: ReferenceEvm

beforeAll(async () => {
  evm = await ReferenceEvm.create(CHAIN_ID)
})

type Fields = Parameters<typeof runOn>[2]
const ME = account(0).address

const run = (fields: Fields): Promise<Ran> => runOn(freshWorld(), evm, fields)
const toCounter = (data: Uint8Array, fields: Fields = {}): Fields => ({ to: COUNTER_ADDRESS, data, ...fields })
const toCaller = (functionName: string, args: readonly unknown[] = [], fields: Fields = {}): Fields => ({
  to: CALLER,
  data: callerData(functionName, args),
  ...fields,
})

/** The named error in the outcome's return data. */
function errorIn(data: Uint8Array): { readonly errorName: string; readonly args?: readonly unknown[] } {
  const { errorName, args } = decodeErrorResult({ abi: COUNTER_ABI, data: bytesToHex(data) })
  return args === undefined ? { errorName } : { errorName, args }
}

/** Bytes that a method of the contract returned. */
function bytesFrom(functionName: string, outcome: TransactionOutcome): Uint8Array {
  const { abi } = callerContract()
  return hexToBytes(decodeFunctionResult({ abi, functionName, data: bytesToHex(outcome.returnData) }) as `0x${string}`)
}

describe('a transaction to a native module', () => {
  it('runs its method: value, state, logs and return data', async () => {
    const { outcome, state } = await run(toCounter(addData(5n), { value: 3n }))
    expect(outcome.status).toBe(1)
    expect(wordAt(outcome.returnData, 0)).toBe(5n)
    expect(countOf(state, ME)).toBe(5n)
    expect(state.getBalance(COUNTER_ADDRESS)).toBe(3n)
    const [log] = outcome.logs
    const { address, topics, data } = present(log, 'the method logs')
    expect(address).toBe(COUNTER_ADDRESS)
    const decoded = decodeEventLog({ abi: COUNTER_ABI, topics: topics as never, data: bytesToHex(data) })
    expect(decoded).toMatchObject({ eventName: 'Counted', args: { note: NOTE, total: 5n, memo: 'memo' } })
  })

  it('costs what the formulas say: dispatch, cells, log and answer', async () => {
    const { outcome } = await run(toCounter(addData(5n)))
    const intrinsic = 21_000n + gasOfBytes(addData(5n))
    const dispatch = 200n + 12n * BigInt(Math.ceil(addData(5n).length / 32))
    // Topics: signature, account, note. Data: total, offset, length and text of the memo.
    const log = 375n + 3n * 375n + 8n * 128n
    expect(outcome.gasUsed).toBe(intrinsic + dispatch + 2_100n + 5_000n + log + 6n)
  })

  it('has the same receipt and state beside the engine and through it', async () => {
    const calldata = fc.oneof(
      fc.bigInt({ min: 0n, max: 1_100n }).map((by) => addData(by)),
      fc.uint8Array({ maxLength: 80 }),
      fc
        .tuple(fc.bigInt({ min: 0n, max: 1_100n }), fc.nat(200), fc.nat(255))
        .map(([by, at, byte]) => spoil(addData(by), at, byte)),
      fc
        .array(fc.bigInt({ min: 0n, max: 9n }), { maxLength: 6 })
        .map((list) => hexToBytes(stepsData(list.map((by) => ({ by, kind: 1 }))))),
      fc.constant(
        hexToBytes(encodeFunctionData({ abi: COUNTER_ABI, functionName: 'countOf', args: [account(1).address] })),
      ),
    )
    const message = fc.record({
      data: calldata,
      value: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: ETHER })),
      gasLimit: fc.bigInt({ min: 25_000n, max: 60_000n }),
      hasAccessList: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), async (messages) => {
        const [direct, engine] = await Promise.all(
          [true, false].map(async (hasDirectTransfers) => {
            const own = await ReferenceEvm.create(CHAIN_ID)
            const world = freshWorld()
            const outcomes: (TransactionOutcome | string)[] = []
            for (const { hasAccessList, ...fields } of messages) {
              const accessList = hasAccessList ? [{ address: COUNTER_ADDRESS, storageKeys: [cellOf(ME)] }] : []
              const fieldsOfAll = { to: COUNTER_ADDRESS, ...fields, accessList }
              const ran = await runOn(world, own, fieldsOfAll, { hasDirectTransfers }).catch((thrown) => String(thrown))
              outcomes.push(typeof ran === 'string' ? ran : ran.outcome)
            }
            return { outcomes, root: world.store.seal(world.store.head(), world.state.changes()).stateRoot }
          }),
        )
        expect(direct).toEqual(engine)
      }),
      { numRuns: 40 },
    )
  })

  it('never costs less than the floor of its data, beside the engine and through it', async () => {
    const data = concatBytes(addData(1n), new Uint8Array(5_000).fill(1))
    const floor = 21_000n + 10n * data.reduce((sum, byte) => sum + (byte === 0 ? 1n : 4n), 0n)
    for (const hasDirectTransfers of [true, false]) {
      const fields = toCounter(data, { gasLimit: 300_000n })
      const { outcome } = await runOn(freshWorld(), evm, fields, { hasDirectTransfers })
      expect(outcome).toMatchObject({ status: 1, gasUsed: floor })
    }
  })

  it('refuses by named errors and leaves nothing behind', async () => {
    const refusals: readonly [Uint8Array, bigint, object][] = [
      [addData(1_001n), 7n, { errorName: 'TooMuch', args: [1_001n, 1_000n] }],
      [new Uint8Array(0), 7n, { errorName: 'BareTransferRefused' }],
      [new Uint8Array(0), 0n, { errorName: 'BareTransferRefused' }],
      [Uint8Array.of(1, 2), 0n, { errorName: 'UnknownMethod', args: ['0x01020000'] }],
      [hexToBytes('0xdeadbeef'), 0n, { errorName: 'UnknownMethod', args: ['0xdeadbeef'] }],
      [hexToBytes(stepsData([])), 1n, { errorName: 'ValueRefused', args: [1n] }],
      [hexToBytes(stepsData(Array(5).fill({ by: 1n, kind: 0 }))), 0n, { errorName: 'ListTooLong', args: [5n, 4n] }],
      [addData(1n).subarray(0, 60), 0n, { errorName: 'InvalidCalldata', args: [60n] }],
    ]
    for (const [data, value, error] of refusals) {
      const { outcome, state } = await run(toCounter(data, { value, gasLimit: 100_000n }))
      expect(outcome).toMatchObject({ status: 0, error: 'execution reverted', logs: [] })
      expect(errorIn(outcome.returnData)).toEqual(error)
      expect(countOf(state, ME)).toBe(0n)
      expect(state.getBalance(COUNTER_ADDRESS)).toBe(0n)
      expect(outcome.gasUsed).toBeLessThan(100_000n)
    }
  })

  it('changes nothing but gas at any amount of gas that does not suffice', async () => {
    const data = addData(5n)
    const { outcome } = await run(toCounter(data))
    const floor = 21_000n + gasOfBytes(data)
    for (let gasLimit = outcome.gasUsed - 1n; gasLimit >= floor; gasLimit -= 137n) {
      const world = freshWorld()
      const ran = await runOn(world, evm, toCounter(data, { value: 5n, gasLimit })).catch(() => undefined)
      if (ran === undefined) continue
      expect(ran.outcome).toMatchObject({ status: 0, error: 'out of gas', gasUsed: gasLimit, logs: [] })
      expect(countOf(ran.state, ME)).toBe(0n)
      expect([...ran.changes.storage.keys()]).toEqual([])
      expect(ran.state.getBalance(COUNTER_ADDRESS)).toBe(0n)
    }
    const enough = await run(toCounter(data, { value: 5n, gasLimit: outcome.gasUsed }))
    expect(enough.outcome.status).toBe(1)
  })

  it('may carry authorizations, and its sender may itself be delegated', async () => {
    const authorization = authorizing(account(1).key, CALLER)
    const { outcome, state } = await run(
      toCounter(addData(2n), { type: 4, authorizationList: [authorization], gasLimit: 120_000n }),
    )
    expect(outcome.status).toBe(1)
    expect(state.getCode(account(1).address).length).toBe(23)
    const world = freshWorld()
    world.state.setCode(ME, concatBytes(hexToBytes('0xef0100'), hexToBytes(CALLER)))
    const delegated = await runOn(world, evm, toCounter(addData(2n)))
    expect(delegated.outcome.status).toBe(1)
    expect(countOf(delegated.state, ME)).toBe(2n)
  })

  it('is refused by an account that delegates itself to the module', async () => {
    const world = freshWorld()
    world.state.setCode(account(2).address, concatBytes(hexToBytes('0xef0100'), hexToBytes(COUNTER_ADDRESS)))
    const { outcome } = await runOn(world, evm, { to: account(2).address, data: addData(1n) })
    expect(outcome.status).toBe(0)
    expect(errorIn(outcome.returnData)).toEqual({ errorName: 'DelegateCallRefused' })
  })
})

describe('a contract that calls a native module', () => {
  it('is the caller, passes value on and gets the answer and the log in order', async () => {
    const { outcome, state } = await run(toCaller('add', [4n], { value: 11n }))
    expect(outcome.status).toBe(1)
    expect(wordAt(outcome.returnData, 0)).toBe(4n)
    expect(countOf(state, CALLER)).toBe(4n)
    expect(state.getBalance(COUNTER_ADDRESS)).toBe(11n)
    expect(outcome.logs.map((log) => log.address)).toEqual([COUNTER_ADDRESS])
    const view = await run(toCaller('read', [ME]))
    expect([0, 1, 2].map((i) => wordAt(view.outcome.returnData, i))).toEqual([0n, 0n, 0n])
  })

  it('catches the custom error with its numbers, and goes on', async () => {
    const { outcome } = await run(toCaller('tryAdd', [2_000n]))
    expect(outcome.status).toBe(1)
    const seen = outcome.logs.map(({ data }) => [wordAt(data, 0), wordAt(data, 1)])
    expect(seen).toEqual([[2_000n, 1_000n]])
  })

  it('undoes what the module did when it reverts, also inside try and catch', async () => {
    const reverted = await run(toCaller('addThenRevert', [3n]))
    expect(reverted.outcome).toMatchObject({ status: 0, logs: [] })
    expect(countOf(reverted.state, CALLER)).toBe(0n)
    const swallowed = await run(toCaller('swallow', [3n]))
    expect(swallowed.outcome.status).toBe(1)
    expect(swallowed.outcome.logs.map((log) => log.address)).toEqual([CALLER])
    expect(countOf(swallowed.state, CALLER)).toBe(0n)
  })

  it('finds nothing changed when it gives the module too little gas', async () => {
    const needed = 10_000n
    for (const gas of [0n, 199n, 500n, 2_000n, 5_000n, 7_900n, needed]) {
      const { outcome, state } = await run(toCaller('addWithGas', [3n, gas]))
      expect(outcome.status).toBe(1)
      const isDone = wordAt(outcome.returnData, 0) === 1n
      expect([gas, isDone]).toEqual([gas, gas === needed])
      expect(countOf(state, CALLER)).toBe(isDone ? 3n : 0n)
    }
  })

  it('cannot change anything by STATICCALL, nor borrow the module by DELEGATECALL or CALLCODE', async () => {
    const cases = [
      ['staticAdd', 'StaticCallRefused'],
      ['delegateAdd', 'DelegateCallRefused'],
      ['codeAdd', 'DelegateCallRefused'],
    ] as const
    for (const [method, errorName] of cases) {
      const { outcome, state } = await run(toCaller(method))
      expect(outcome).toMatchObject({ status: 1, logs: [] })
      expect(errorIn(bytesFrom(method, outcome))).toEqual({ errorName })
      expect(countOf(state, CALLER)).toBe(0n)
    }
  })

  it('may do so while it is created, when its code is not there yet', async () => {
    const { outcome, state } = await run(toCaller('make'))
    expect(outcome.status).toBe(1)
    expect(wordAt(outcome.returnData, 0)).toBe(9n)
    const [log] = outcome.logs
    const maker = `0x${present(log?.topics[1], 'the account is a topic').slice(26)}` as Address
    expect(countOf(state, maker)).toBe(9n)
    expect(state.getCode(maker).length).toBeGreaterThan(0)
  })
})

describe('a method that calls out', () => {
  const calling = (to: Address, value: bigint, data: Uint8Array): Uint8Array =>
    hexToBytes(
      encodeFunctionData({ abi: COUNTER_ABI, functionName: 'countAndCall', args: [to, value, bytesToHex(data)] }),
    )
  const answerOf = (outcome: TransactionOutcome) =>
    decodeFunctionResult({ abi: COUNTER_ABI, functionName: 'countAndCall', data: bytesToHex(outcome.returnData) })

  it('calls in the name of the module and reads at most 64 bytes of the answer', async () => {
    const { outcome, state } = await run(toCounter(calling(CALLER, 0n, callerData('add', [4n]))))
    expect(outcome.status).toBe(1)
    expect(answerOf(outcome)).toEqual([true, `0x${'4'.padStart(64, '0')}`])
    expect([countOf(state, ME), countOf(state, CALLER)]).toEqual([1n, 4n])
    const long = await run(toCounter(calling(CALLER, 0n, callerData('long'))))
    expect(answerOf(long.outcome)[1].length).toBe(2 + 2 * 64)
  })

  it('keeps its own changes when the callee reverts, and the callee leaves none', async () => {
    const { outcome, state } = await run(toCounter(calling(CALLER, 0n, callerData('failLater', [4n]))))
    expect(outcome).toMatchObject({ status: 1, logs: [] })
    expect(answerOf(outcome)[0]).toBe(false)
    expect([countOf(state, ME), countOf(state, CALLER)]).toEqual([1n, 0n])
    expect(state.getStorage(CALLER, `0x${'0'.repeat(64)}` as Hash)).toBe(0n)
  })

  it('sends value with a stipend, and fails without a loss when it has none', async () => {
    const { outcome, state } = await run(toCounter(calling(CALLER, 6n, new Uint8Array(0)), { value: 10n }))
    expect(answerOf(outcome)[0]).toBe(true)
    expect([state.getBalance(CALLER), state.getBalance(COUNTER_ADDRESS)]).toEqual([6n, 4n])
    const poor = await run(toCounter(calling(CALLER, 6n, new Uint8Array(0)), { value: 5n }))
    expect(answerOf(poor.outcome)[0]).toBe(false)
    expect(poor.state.getBalance(COUNTER_ADDRESS)).toBe(5n)
  })

  it('pays for a cold account once, and for making an account', async () => {
    const nobody = `0x${'ee'.repeat(20)}` as Address
    const gasOf = async (value: bigint, accessList: readonly Address[] = []) => {
      const list = accessList.map((address) => ({ address, storageKeys: [] }))
      const data = calling(nobody, value, new Uint8Array(0))
      return (await run(toCounter(data, { value: 1n, accessList: list }))).outcome.gasUsed
    }
    // Warm: 2,500 less, for 2,400. Value: its price less the stipend that nobody used, the account, a byte not zero.
    expect((await gasOf(0n, [nobody])) - (await gasOf(0n))).toBe(-100n)
    expect((await gasOf(1n)) - (await gasOf(0n))).toBe(9_000n - 2_300n + 25_000n + 12n)
  })

  it('may be entered again from the call, with state, logs and answers in order', async () => {
    const { outcome, state } = await run(toCaller('reenter', [3n]))
    expect(outcome.status).toBe(1)
    expect(outcome.logs.map(({ data }) => [wordAt(data, 0), wordAt(data, 1)])).toEqual([
      [0n, 4n],
      [1n, 4n],
      [2n, 4n],
      [3n, 4n],
    ])
    expect(countOf(state, CALLER)).toBe(3n)
  })

  it('may be entered again until the gas is gone: the calls that had enough stand', async () => {
    const { outcome, state } = await run(toCaller('reenter', [1_000n], { gasLimit: 16_000_000n }))
    expect(outcome.status).toBe(1)
    const depth = outcome.logs.length
    expect(depth).toBeGreaterThan(100)
    expect(countOf(state, CALLER)).toBe(BigInt(depth))
  })

  it('keeps a 64th of the gas when the callee burns all it got', async () => {
    const { outcome, state } = await run(toCounter(calling(CALLER, 0n, callerData('spin')), { gasLimit: 400_000n }))
    expect(outcome.status).toBe(1)
    expect(answerOf(outcome)[0]).toBe(false)
    expect(outcome.gasUsed).toBeGreaterThan(390_000n)
    expect(countOf(state, ME)).toBe(1n)
  })

  it('runs out of gas as a whole at any amount that does not suffice', async () => {
    const data = calling(CALLER, 0n, callerData('add', [4n]))
    const { outcome } = await run(toCounter(data))
    for (let gasLimit = outcome.gasUsed - 1n; gasLimit > 24_000n; gasLimit -= 997n) {
      const ran = await runOn(freshWorld(), evm, toCounter(data, { gasLimit })).catch(() => undefined)
      if (ran === undefined) continue
      // The callee alone may fail: then the module says so and keeps its own count.
      if (ran.outcome.status === 1) expect(answerOf(ran.outcome)[0]).toBe(false)
      expect(countOf(ran.state, ME)).toBe(ran.outcome.status === 1 ? 1n : 0n)
      expect(countOf(ran.state, CALLER)).toBe(0n)
    }
  })

  it('is static in a static call: the callee cannot change anything either', async () => {
    const inner = callerData('add', [1n])
    const { outcome } = await run(toCaller('viaStatic', [bytesToHex(calling(CALLER, 0n, inner))]))
    const { abi } = callerContract()
    const back = decodeFunctionResult({ abi, functionName: 'viaStatic', data: bytesToHex(outcome.returnData) })
    const [isSuccess, reason] = back as readonly [boolean, `0x${string}`]
    expect(isSuccess).toBe(false)
    expect(errorIn(hexToBytes(reason))).toEqual({ errorName: 'StaticCallRefused' })
  })

  it('logs before and after the logs of the callee, and none when it refuses', async () => {
    const around = (data: Uint8Array): Uint8Array =>
      hexToBytes(
        encodeFunctionData({ abi: COUNTER_ABI, functionName: 'logAround', args: [CALLER, bytesToHex(data), NOTE] }),
      )
    const { outcome } = await run(toCounter(around(callerData('reenter', [1n]))))
    expect(outcome.logs.map(({ address }) => address)).toEqual([COUNTER_ADDRESS, CALLER, CALLER, COUNTER_ADDRESS])
    const refused = await run(toCounter(around(callerData('failLater', [1n]))))
    expect(refused.outcome).toMatchObject({ status: 0, logs: [] })
    expect(errorIn(refused.outcome.returnData).errorName).toBe('Failed')
    expect(countOf(refused.state, CALLER)).toBe(0n)
  })

  it('passes the refund of the callee on, unless the call is undone', async () => {
    const seen = `0x${'0'.repeat(64)}` as Hash
    const refundOf = async (fields: Fields): Promise<bigint> => {
      const world = freshWorld()
      world.state.setStorage(CALLER, seen, 5n)
      world.state.endTransaction()
      const { outcome, state } = await runOn(world, evm, fields)
      expect(outcome.status).toBe(1)
      return state.transaction.refund
    }
    const clear = callerData('clear')
    expect(await refundOf({ to: CALLER, data: clear })).toBe(4_800n)
    expect(await refundOf(toCounter(calling(CALLER, 0n, clear)))).toBe(4_800n)
    expect(await refundOf(toCounter(calling(CALLER, 0n, callerData('failLater', [1n]))))).toBe(0n)
  })

  it('destroys a contract of the same transaction for good', async () => {
    const { outcome, state } = await run(toCaller('destroyed'))
    expect(outcome.status).toBe(1)
    const created = [...state.changes().accounts].filter(([, one]) => one !== undefined).map(([address]) => address)
    const expected = [ME, CALLER, COUNTER_ADDRESS].every((one) => created.includes(one))
    expect(expected).toBe(true)
    expect(created.length).toBe(5 + 2 + 1)
  })
})

function gasOfBytes(data: Uint8Array): bigint {
  return data.reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 0n)
}

function stepsData(steps: readonly { by: bigint; kind: number }[]): `0x${string}` {
  return encodeFunctionData({ abi: COUNTER_ABI, functionName: 'addSteps', args: [steps] })
}

function spoil(data: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = data.slice()
  copy[at % copy.length] = byte
  return copy
}

function cellOf(of: Address): Hash {
  return `0x01${of.slice(2).padStart(62, '0')}` as Hash
}

function authorizing(key: Uint8Array, address: Address): Authorization {
  const unsigned = { chainId: BigInt(CHAIN_ID), address, nonce: 0n }
  const { r, s, yParity } = sign(authorizationSigningHash(unsigned), key)
  return { ...unsigned, yParity, r, s }
}
