/**
 * Messages without a signature: eth_call with overrides, estimates that suffice, access lists, and geth's words for refusals.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { CallExecutor } from '../../src/execution/call.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { CALL_GAS_CAP } from '../../src/lib/limits.ts'
import type { CallContext, CallRequest } from '../../src/types/call.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { account, advance, deploying, GWEI, openChain, signed, type TestChain, TickingClock } from './support.ts'

/** Slot 0 + 1 into slot 0 and a log. */
const COUNTER = '5f546001015f555f5fa000'
const TARGET = '0x00000000000000000000000000000000000000aa' as Address
const SLOT_0 = `0x${'00'.repeat(32)}` as Hash

let chain: TestChain
let calls: CallExecutor
let counter: Address

const HEAD: CallContext = { blockNumber: 3, isNextBlock: false }
const NEXT: CallContext = { blockNumber: 3, isNextBlock: true }

function request(fields: Partial<CallRequest>): CallRequest {
  return {
    from: ZERO_ADDRESS,
    to: TARGET,
    gas: undefined,
    gasPrice: undefined,
    maxFeePerGas: undefined,
    maxPriorityFeePerGas: undefined,
    value: 0n,
    nonce: undefined,
    data: new Uint8Array(0),
    accessList: undefined,
    authorizationList: undefined,
    ...fields,
  }
}

/** The head with code at the target. */
function withCode(code: string, context = HEAD): CallContext {
  return { ...context, stateOverrides: new Map([[TARGET, { code: hexToBytes(`0x${code}`) }]]) }
}

beforeAll(async () => {
  chain = await openChain()
  calls = await CallExecutor.create({ spec: chain.spec, kv: chain.kv, clock: chain.clock })
  const create = signed(account(0), 0, { to: null, value: 0n, gasLimit: 200_000n, data: deploying(COUNTER) })
  await advance(chain, [create])
  counter = '0x5fbdb2315678afecb367f032d93f642f64180aa3' as Address
  for (const nonce of [1, 2])
    await advance(chain, [signed(account(0), nonce, { to: counter, value: 0n, gasLimit: 100_000n })])
})

describe('a call', () => {
  it('reads what transactions wrote, at the head and at a past block', async () => {
    const read = request({ to: counter })
    // SLOAD 0, MSTORE 0, RETURN 32.
    const code = { code: hexToBytes('0x5f545f5260205ff3') }
    for (const [blockNumber, value] of [
      [3, 2],
      [2, 1],
      [1, 0],
    ] as const) {
      const context = { blockNumber, isNextBlock: false, stateOverrides: new Map([[counter, code]]) }
      const result = await calls.call(read, context, CALL_GAS_CAP)
      expect(result.ok && BigInt(bytesToHex(result.value.returnData))).toBe(BigInt(value))
    }
  })

  it('sees balance, nonce, storage and code as overridden, and leaves nothing behind', async () => {
    // BALANCE(CALLER) + SLOAD(0).
    const code = hexToBytes('0x33315f54015f5260205ff3')
    const slots = new Map([[SLOT_0, `0x${'00'.repeat(31)}07` as Hash]])
    const stateOverrides = new Map([
      [TARGET, { code, stateDiff: slots }],
      [account(5).address, { balance: 35n }],
    ])
    const result = await calls.call(request({ from: account(5).address }), { ...HEAD, stateOverrides }, CALL_GAS_CAP)
    expect(result.ok && BigInt(bytesToHex(result.value.returnData))).toBe(42n)
    const plain = await calls.call(request({}), HEAD, CALL_GAS_CAP)
    expect(plain.ok && plain.value.returnData.length).toBe(0)
  })

  it('replaces all storage with `state` and single slots with `stateDiff`', async () => {
    const code = hexToBytes('0x5f545f5260205ff3')
    for (const [override, value] of [
      [{ code, state: new Map() }, 0n],
      [{ code, stateDiff: new Map() }, 2n],
    ] as const) {
      const context = { ...HEAD, stateOverrides: new Map([[counter, override]]) }
      const result = await calls.call(request({ to: counter }), context, CALL_GAS_CAP)
      expect(result.ok && BigInt(bytesToHex(result.value.returnData))).toBe(value)
    }
    const both = { ...HEAD, stateOverrides: new Map([[counter, { state: new Map(), stateDiff: new Map() }]]) }
    expect(await calls.call(request({ to: counter }), both, CALL_GAS_CAP)).toMatchObject({
      error: { code: 'REFUSED', message: `account ${counter} has both 'state' and 'stateDiff'` },
    })
  })

  it('finds a precompile where an override moved it, and not where it was', async () => {
    const identity = '0x0000000000000000000000000000000000000004' as Address
    const stateOverrides = new Map([[identity, { movePrecompileToAddress: TARGET }]])
    const data = hexToBytes('0x010203')
    const moved = await calls.call(request({ data }), { ...HEAD, stateOverrides }, CALL_GAS_CAP)
    expect(moved.ok && moved.value.returnData).toEqual(data)
    const before = await calls.call(request({ to: identity, data }), { ...HEAD, stateOverrides }, CALL_GAS_CAP)
    expect(before.ok && before.value.returnData.length).toBe(0)
  })

  it('runs the code that an override puts in the place of a precompile', async () => {
    const sha256 = '0x0000000000000000000000000000000000000002' as Address
    const overridden = (override: object): CallContext => ({ ...HEAD, stateOverrides: new Map([[sha256, override]]) })
    const answer = async (override: object) => {
      const result = await calls.call(request({ to: sha256 }), overridden(override), CALL_GAS_CAP)
      return result.ok ? bytesToHex(result.value.returnData) : result.error
    }
    expect(await answer({ code: hexToBytes('0x60aa5f5260205ff3') })).toBe(`0x${'00'.repeat(31)}aa`)
    expect(await answer({ balance: 1n })).toBe('0x')
  })

  it('sees the block as overridden', async () => {
    // NUMBER + TIMESTAMP + BASEFEE.
    const context = {
      ...withCode('43420148015f5260205ff3'),
      blockOverrides: { number: 100, time: 20, baseFeePerGas: 3n },
    }
    const funded = request({ from: account(0).address, gas: 100_000n, gasPrice: 3n })
    const result = await calls.call(funded, context, CALL_GAS_CAP)
    expect(result.ok && BigInt(bytesToHex(result.value.returnData))).toBe(123n)
  })

  it("ends with the revert data, or with geth's word for the failure", async () => {
    const cases: readonly (readonly [string, 'revert' | 'failure', string | undefined, string])[] = [
      ['60aa5f5260205ffd', 'revert', undefined, `0x${'00'.repeat(31)}aa`],
      ['fe', 'failure', 'invalid opcode: INVALID', '0x'],
      ['0c', 'failure', 'invalid opcode: opcode 0xc not defined', '0x'],
      ['5f56', 'failure', 'invalid jump destination', '0x'],
      ['01', 'failure', 'stack underflow (0 <=> 2)', '0x'],
      ['5f5f8c', 'failure', 'stack underflow (2 <=> 13)', '0x'],
      ['5f92', 'failure', 'stack underflow (1 <=> 4)', '0x'],
      ['5f5ff1', 'failure', 'stack underflow (2 <=> 7)', '0x'],
      ['5b5f5f56', 'failure', 'stack limit reached 1024 (1023)', '0x'],
      ['6fffffffffffffffffffffffffffffffff51', 'failure', 'out of gas', '0x'],
    ]
    for (const [code, status, error, data] of cases) {
      const result = await calls.call(request({}), withCode(code), CALL_GAS_CAP)
      expect(result).toMatchObject({ ok: true, value: { status, error } })
      expect(result.ok && bytesToHex(result.value.returnData)).toBe(data)
    }
  })

  it("is refused in geth's words", async () => {
    const poor = request({ from: TARGET, value: 1n })
    expect(await calls.call(poor, HEAD, CALL_GAS_CAP)).toMatchObject({
      error: {
        message: `err: insufficient funds for gas * price + value: address ${TARGET} have 0 want 1 (supplied gas 50000000)`,
      },
    })
    expect(await calls.call(request({ gas: 20_000n }), HEAD, CALL_GAS_CAP)).toMatchObject({
      error: { message: 'err: intrinsic gas too low: have 20000, want 21000 (supplied gas 20000)' },
    })
    const cheap = request({ from: account(0).address, gas: 30_000n, maxFeePerGas: 1n })
    expect(await calls.call(cheap, HEAD, CALL_GAS_CAP)).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^err: max fee per gas less than block base fee: address 0x.*\(supplied gas 30000\)$/,
        ),
      },
    })
    const upsideDown = request({ from: account(0).address, maxFeePerGas: GWEI, maxPriorityFeePerGas: 2n * GWEI })
    expect(await calls.call(upsideDown, HEAD, CALL_GAS_CAP)).toMatchObject({
      error: { message: expect.stringMatching(/^err: max priority fee per gas higher than max fee per gas: /) },
    })
  })

  it('is given up when its time is over', async () => {
    const clock = new TickingClock(10)
    const impatient = await CallExecutor.create({ spec: chain.spec, kv: chain.kv, clock, limitMs: 1_000 })
    const loop = await impatient.call(request({}), withCode('5b5f56'), CALL_GAS_CAP)
    expect(loop).toEqual({ ok: false, error: { code: 'TIMEOUT', limitMs: 1_000 } })
    const after = await calls.call(request({}), HEAD, CALL_GAS_CAP)
    expect(after.ok).toBe(true)
  })

  it('of a block whose state is gone names the oldest that is kept', async () => {
    const short = await openChain({ historyBlocks: 2 })
    for (let i = 0; i < 6; i++) await advance(short)
    const old = await CallExecutor.create({ spec: short.spec, kv: short.kv, clock: short.clock })
    expect(await old.call(request({}), { blockNumber: 1, isNextBlock: false }, CALL_GAS_CAP)).toEqual({
      ok: false,
      error: { code: 'STATE_PRUNED', oldestBlock: 4 },
    })
  })
})

describe('an estimate', () => {
  it('of a transfer is exact', async () => {
    const transfer = request({ from: account(0).address, to: TARGET, value: 1n })
    expect(await calls.estimateGas(transfer, NEXT, CALL_GAS_CAP)).toEqual({ ok: true, value: 21_000n })
  })

  it('suffices for the transaction that is sent with it, and little less does not', async () => {
    const own = await openChain()
    const estimates = await CallExecutor.create({ spec: own.spec, kv: own.kv, clock: own.clock })
    const creation = { to: null, value: 0n, data: deploying(COUNTER) }
    const from = account(0).address
    const first = await estimates.estimateGas(
      request({ ...creation, from }),
      { blockNumber: 0, isNextBlock: true },
      CALL_GAS_CAP,
    )
    if (!first.ok) throw new Error(first.error.code)
    await advance(own, [signed(account(0), 0, { ...creation, gasLimit: first.value })])
    const call = { to: counter, value: 0n }
    const second = await estimates.estimateGas(
      request({ ...call, from }),
      { blockNumber: 1, isNextBlock: true },
      CALL_GAS_CAP,
    )
    if (!second.ok) throw new Error(second.error.code)
    await advance(own, [signed(account(0), 1, { ...call, gasLimit: second.value })])
    const third = await estimates.estimateGas(
      request({ ...call, from }),
      { blockNumber: 2, isNextBlock: true },
      CALL_GAS_CAP,
    )
    if (!third.ok) throw new Error(third.error.code)
    await advance(own, [signed(account(0), 2, { ...call, gasLimit: (third.value * 9n) / 10n })])
    const statuses = [1, 2, 3].map((height) => own.blocks.receipts(height)?.[0]?.status)
    expect(statuses).toEqual([1, 1, 0])
  })

  it('of what reverts or fails says so', async () => {
    expect(await calls.estimateGas(request({}), withCode('60aa5f5260205ffd', NEXT), CALL_GAS_CAP)).toMatchObject({
      error: { code: 'REVERTED', returnData: hexToBytes(`0x${'00'.repeat(31)}aa`) },
    })
    expect(await calls.estimateGas(request({}), withCode('fe', NEXT), CALL_GAS_CAP)).toMatchObject({
      error: { code: 'FAILED', message: 'invalid opcode: INVALID' },
    })
  })

  it('that no allowed gas suffices for names the allowance', async () => {
    const dear = request({ gas: 22_000n, to: counter })
    expect(await calls.estimateGas(dear, NEXT, CALL_GAS_CAP)).toMatchObject({
      error: { code: 'REFUSED', message: 'gas required exceeds allowance (22000)' },
    })
    const poor = request({ from: account(5).address, to: counter, gasPrice: 2n * GWEI })
    const context = { ...NEXT, stateOverrides: new Map([[account(5).address, { balance: 26_000n * 2n * GWEI }]]) }
    expect(await calls.estimateGas(poor, context, CALL_GAS_CAP)).toMatchObject({
      error: { message: 'gas required exceeds allowance (26000)' },
    })
  })
})

describe('an access list', () => {
  it('names what is touched beside the parties', async () => {
    const other = '0x00000000000000000000000000000000000000bb' as Address
    // SLOAD 5 of the target, BALANCE of another account.
    const code = `60055450 73${other.slice(2)}3150`.replaceAll(' ', '')
    const result = await calls.createAccessList(request({}), withCode(code), CALL_GAS_CAP)
    const slot = `0x${'00'.repeat(31)}05`
    expect(result.ok && [...result.value.accessList].sort((a, b) => (a.address < b.address ? -1 : 1))).toEqual([
      { address: TARGET, storageKeys: [slot] },
      { address: other, storageKeys: [] },
    ])
    expect(result).toMatchObject({ value: { outcome: { status: 'success' } } })
  })
})
