/**
 * Native modules in eth_call, eth_estimateGas and eth_createAccessList: as a wallet sees them, they are contracts.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { CallExecutor } from '../../src/execution/call.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { CALL_GAS_CAP } from '../../src/lib/limits.ts'
import type { CallContext, CallRequest } from '../../src/types/call.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { COUNTER_ADDRESS } from '../precompiles/counter-module.ts'
import { addData, CALLER, callerContract, callerData, MODULES, wordAt } from './native-support.ts'
import { account, advance, openChain, signed, type TestChain } from './support.ts'

let chain: TestChain
let calls: CallExecutor

const NEXT: CallContext = { blockNumber: 1, isNextBlock: true }

function request(fields: Partial<CallRequest>): CallRequest {
  return {
    from: account(0).address,
    to: COUNTER_ADDRESS,
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

/** The next block with the calling contract in place. */
const WITH_CALLER: CallContext = {
  ...NEXT,
  stateOverrides: new Map([
    [
      CALLER,
      {
        get code() {
          return callerContract().runtime
        },
      },
    ],
  ]),
}

beforeAll(async () => {
  chain = await openChain({ modules: MODULES, hooks: [] })
  calls = await CallExecutor.create({ spec: chain.spec, kv: chain.kv, clock: chain.clock, modules: MODULES })
  const add = signed(account(0), 0, { to: COUNTER_ADDRESS, value: 0n, gasLimit: 200_000n, data: addData(5n) })
  await advance(chain, [add])
})

const countOfMe = hexToBytes(`0x13a4dd7b${account(0).address.slice(2).padStart(64, '0')}`)

describe('a native module', () => {
  it('has code and a nonce from genesis on, and what a block wrote', async () => {
    const state = chain.executor.headState()
    expect(state.getAccount(COUNTER_ADDRESS)).toMatchObject({ nonce: 1n })
    const result = await calls.call(
      request({ to: CALLER, data: callerData('read', [account(0).address]) }),
      WITH_CALLER,
      CALL_GAS_CAP,
    )
    expect(result.ok && [0, 1, 2].map((i) => wordAt(result.value.returnData, i))).toEqual([5n, 1n, 1n])
  })

  it('answers a call and leaves nothing behind', async () => {
    for (let i = 0; i < 2; i++) {
      const result = await calls.call(request({ data: addData(2n) }), NEXT, CALL_GAS_CAP)
      expect(result.ok && wordAt(result.value.returnData, 0)).toBe(7n)
    }
  })

  it('reverts with its error, in a call and in an estimate', async () => {
    const data = addData(2_000n)
    const called = await calls.call(request({ data }), NEXT, CALL_GAS_CAP)
    expect(called).toMatchObject({ ok: true, value: { status: 'revert' } })
    const estimated = await calls.estimateGas(request({ data }), NEXT, CALL_GAS_CAP)
    expect(estimated).toMatchObject({ ok: false, error: { code: 'REVERTED' } })
    if (called.ok && !estimated.ok && estimated.error.code === 'REVERTED') {
      expect(estimated.error.returnData).toEqual(called.value.returnData)
    }
    const bare = await calls.estimateGas(request({ value: 1n }), NEXT, CALL_GAS_CAP)
    expect(bare).toMatchObject({ ok: false, error: { code: 'REVERTED' } })
  })

  it('is estimated with gas that suffices, called directly and by a contract', async () => {
    for (const one of [
      request({ data: addData(2n) }),
      request({ to: CALLER, data: callerData('add', [3n]) }),
      request({ to: CALLER, data: callerData('reenter', [4n]) }),
    ]) {
      const gas = await calls.estimateGas(one, WITH_CALLER, CALL_GAS_CAP)
      expect(gas.ok).toBe(true)
      if (!gas.ok) continue
      const run = await calls.call({ ...one, gas: gas.value }, WITH_CALLER, CALL_GAS_CAP)
      expect(run.ok && run.value.status).toBe('success')
      // Within the tolerance of the search.
      const less = await calls.call({ ...one, gas: (gas.value * 96n) / 100n }, WITH_CALLER, CALL_GAS_CAP)
      expect(less.ok && less.value.status).not.toBe('success')
    }
  })

  it('has its cells in the access list, with which it costs less', async () => {
    const cell = `0x01${account(0).address.slice(2).padStart(62, '0')}` as Hash
    for (const one of [
      request({ data: addData(2n) }),
      request({ to: CALLER, data: callerData('read', [account(0).address]) }),
    ]) {
      const listed = await calls.createAccessList(one, WITH_CALLER, CALL_GAS_CAP)
      expect(listed.ok && listed.value.accessList).toContainEqual({ address: COUNTER_ADDRESS, storageKeys: [cell] })
      if (!listed.ok) continue
      const { accessList, outcome } = listed.value
      const plain = await calls.call(one, WITH_CALLER, CALL_GAS_CAP)
      // 1,900 and 2,400 for what is listed, 2,000 less for each cold slot.
      const difference = plain.ok ? outcome.gasUsed - plain.value.gasUsed : 0n
      expect([accessList.length, difference]).toEqual([1, 2_300n])
    }
  })

  it('answers over an overridden slot, and gives way to overridden code', async () => {
    const cell = `0x01${account(0).address.slice(2).padStart(62, '0')}` as Hash
    const slots = new Map([[cell, `0x${(41n << 64n).toString(16).padStart(64, '0')}` as Hash]])
    const overSlot = { ...NEXT, stateOverrides: new Map([[COUNTER_ADDRESS, { stateDiff: slots }]]) }
    const result = await calls.call(request({ data: addData(1n) }), overSlot, CALL_GAS_CAP)
    expect(result.ok && wordAt(result.value.returnData, 0)).toBe(42n)
    // NUMBER, MSTORE, RETURN.
    const code = hexToBytes('0x435f5260205ff3')
    const overCode = { ...NEXT, stateOverrides: new Map([[COUNTER_ADDRESS, { code }]]) }
    const replaced = await calls.call(request({ data: addData(1n) }), overCode, CALL_GAS_CAP)
    expect(replaced.ok && wordAt(replaced.value.returnData, 0)).toBe(2n)
  })

  it('is not there on a chain without it', async () => {
    const spec = { ...chain.spec, name: 'plain' }
    const { attribution, ...plain } = spec
    expect(attribution).toBeDefined()
    const other = await openChain({ spec: plain })
    const own = await CallExecutor.create({ spec: plain, kv: other.kv, clock: other.clock })
    const here: CallContext = { blockNumber: 0, isNextBlock: false }
    const result = await own.call(request({ data: countOfMe }), here, CALL_GAS_CAP)
    expect(result.ok && bytesToHex(result.value.returnData)).toBe('0x')
    for (const address of ['0x0000000000000000000000000000000053410001', COUNTER_ADDRESS] as Address[]) {
      expect(other.executor.headState().getAccount(address)).toBeUndefined()
    }
  })
})
