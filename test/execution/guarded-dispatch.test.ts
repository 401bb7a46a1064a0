/**
 * A native module that finds an invariant broken fails the call, not the node.
 */

import { encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import { callDirectly } from '../../src/execution/direct-call.ts'
import type { BlockContext, EvmMessage } from '../../src/execution/evm.ts'
import { dispatchGuarded } from '../../src/execution/guarded-dispatch.ts'
import { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import { assert } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { uint64 } from '../../src/precompiles/abi-types.ts'
import type { ModuleContext } from '../../src/precompiles/context.ts'
import { defineModule, method } from '../../src/precompiles/module.ts'
import { defineCell } from '../../src/state/cells.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { type Address, ZERO_HASH } from '../../src/types/primitives.ts'
import { COUNTER_ADDRESS } from '../precompiles/counter-module.ts'
import { CHAIN_ID, COUNTER_ABI, freshWorld, runOn } from './native-support.ts'

const BROKEN = '0x00000000000000000000000000000000534100fd' as Address
const SENDER = '0x00000000000000000000000000000000000c0de5' as Address
const GAS_LIMIT = 100_000n

const total = defineCell({ name: 'total', tag: 1, growth: 'steady', key: {}, value: { total: 64 } })

function declare(name: string, run: (context: ModuleContext) => void, callsOut: boolean) {
  const common = { name, params: { by: uint64 }, returns: {}, access: 'payable' as const, notes: '', gas: '' }
  return callsOut
    ? method({ ...common, callsOut: true, run: async (context) => run(context) })
    : method({
        ...common,
        run: (context, { by }) => {
          total.write(context.cells(BROKEN), {}, { total: by })
          run(context)
        },
      })
}

const broken = defineModule({
  ...{ name: 'broken', title: 'Broken', address: BROKEN, errors: [], events: [], cells: [total] },
  methods: [
    declare('fault', () => assert(false, 'two is two'), false),
    declare('laterFault', () => assert(false, 'three is three'), true),
    declare('codeOfItself', ({ state }) => state.getCode(BROKEN), false),
  ],
})

function dataOf(name: string): Uint8Array {
  const found = broken.methods.find((one) => one.name === name)
  return Uint8Array.from([...(found?.selector ?? []), ...new Uint8Array(31), 7])
}

function worldOf(): WorldState {
  const state = new WorldState({ getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined })
  state.beginTransaction()
  state.setBalance(SENDER, 10n)
  return state
}

function messageTo(name: string, state: WorldState) {
  const call = { caller: SENDER, value: 0n, data: dataOf(name), gasLimit: GAS_LIMIT, isStatic: false }
  return { ...call, isDelegate: false, block: { number: 1, timestamp: 1 }, chainId: 1n, state }
}

describe('a broken invariant in a native module', () => {
  it('fails the call, which uses all its gas and names the invariant', async () => {
    for (const [name, fault] of [
      ['fault', 'two is two'],
      ['laterFault', 'three is three'],
    ] as const) {
      const outcome = await dispatchGuarded(broken, messageTo(name, worldOf()))
      expect(outcome).toMatchObject({ status: 'failure', gasUsed: GAS_LIMIT, fault, logs: [] })
    }
  })

  it('leaves no write and no moved coin behind', () => {
    const state = worldOf()
    const message: EvmMessage = {
      ...{ caller: SENDER, to: BROKEN, value: 5n, data: dataOf('fault'), gasLimit: GAS_LIMIT },
      ...{ gasPrice: 0n, nonce: 0n, accessList: [], warmAddresses: [] },
    }
    const block = { number: 1, timestamp: 1 } as BlockContext
    const result = callDirectly(broken, message, state, block, 1n)
    expect(result).toMatchObject({ status: 'failure', error: 'native module fault: two is two', gasUsed: GAS_LIMIT })
    expect([state.getBalance(SENDER), state.getBalance(BROKEN)]).toEqual([10n, 0n])
    expect(state.getStorage(BROKEN, total.slot({}))).toBe(0n)
    expect(total.slot({})).not.toBe(ZERO_HASH)
  })

  it('is told apart from what this node alone may have lost, which stops the node', () => {
    const state = worldOf()
    state.setAccount(BROKEN, { nonce: 1n, balance: 0n, codeHash: `0x${'11'.repeat(32)}` as typeof ZERO_HASH })
    expect(() => dispatchGuarded(broken, messageTo('codeOfItself', state))).toThrow('every code hash')
  })

  it('is told apart from one that breaks beneath it, in the engine or the state, which stops the node', async () => {
    const world = freshWorld()
    const { state } = world
    const target = '0x00000000000000000000000000000000000c0d01' as Address
    const lost = '0x00000000000000000000000000000000000c0d02' as Address
    state.setCode(target, hexToBytes(`0x73${lost.slice(2)}3b00`))
    state.setAccount(lost, { nonce: 1n, balance: 0n, codeHash: `0x${'11'.repeat(32)}` as typeof ZERO_HASH })
    const call = { abi: COUNTER_ABI, functionName: 'countAndCall', args: [target, 0n, '0x'] } as const
    const fields = { to: COUNTER_ADDRESS, data: hexToBytes(encodeFunctionData(call)) }
    const evm = await ReferenceEvm.create(CHAIN_ID)
    await expect(runOn(world, evm, fields)).rejects.toThrow('every code hash of the state has its code')
  })

  it('is told apart from what nobody foresaw, which still stops the node', () => {
    const odd = { ...messageTo('fault', worldOf()), data: undefined as never }
    expect(() => dispatchGuarded(broken, odd)).toThrow(TypeError)
  })
})
