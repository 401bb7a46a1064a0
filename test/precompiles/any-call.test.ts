/**
 * No call stops the node: whatever calldata, value, caller, gas and answers of tokens come, every method of every native
 * module succeeds, refuses by an error that it declares, or runs out of gas. Coins are neither made nor lost by it.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { equalBytes } from '../../src/lib/bytes.ts'
import { encodeTuple } from '../../src/precompiles/abi.ts'
import type { AbiType } from '../../src/precompiles/abi-types.ts'
import { addToBalance } from '../../src/precompiles/assets/ownership.ts'
import { dispatch, type ModuleOutcome } from '../../src/precompiles/dispatch.ts'
import type { CallOut } from '../../src/precompiles/frame.ts'
import type { Method, ModuleDefinition } from '../../src/precompiles/module.ts'
import { ATTRIBUTION_MODULES } from '../../src/precompiles/registry.ts'
import { STANDARD_ERRORS } from '../../src/precompiles/standard-errors.ts'
import { type Address, addressFromBigint, hashFromBigint, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { AUTHORITY, account, FEE_COLLECTOR, Ledger, PAYER, TREASURY } from './royalty/support.ts'

const TOKEN = account(77)
const CALLERS = [PAYER, FEE_COLLECTOR, AUTHORITY, TREASURY, account(1_000), account(1_001), TOKEN]
const WEALTH = 1n << 100n

/** The contributors of the batches that are there from the start. */
const LEAVES = [account(1_000), PAYER].map((who) => ({ index: 0n, account: who, weight: 3n }))

/** Numbers at the edges of every width, and ids that exist. */
function integers(bits: number): fc.Arbitrary<bigint> {
  const edges = [0n, 1n, 2n, 3n, 4n, 5n, 255n, 1_000_000n, 10n ** 15n, 1n << 31n, 1n << 63n, 1n << 96n, 1n << 120n]
  const most = (1n << BigInt(bits)) - 1n
  const fitting = [...edges, most - 1n, most].filter((one) => one >= 0n && one <= most)
  const common = fc.bigInt({ min: 0n, max: 4n })
  return fc.oneof(
    { weight: 12, arbitrary: common },
    { weight: 8, arbitrary: fc.constantFrom(...fitting) },
    fc.bigInt({ min: 0n, max: most }),
  )
}

const addresses: fc.Arbitrary<Address> = fc.oneof(
  fc.constantFrom(...CALLERS, ZERO_ADDRESS, ...ATTRIBUTION_MODULES.map((one) => one.address)),
  fc.bigInt({ min: 0n, max: (1n << 160n) - 1n }).map(addressFromBigint),
)

/** Values of a type. */
function valuesOf(type: AbiType<unknown>): fc.Arbitrary<unknown> {
  const { shape, canonical } = type
  if (shape.kind === 'array') {
    const length = shape.length === undefined ? { maxLength: 4 } : { minLength: shape.length, maxLength: shape.length }
    return fc.array(valuesOf(shape.item), length)
  }
  if (shape.kind === 'struct') {
    const any = recordOf(shape.fields)
    return shape.name === 'Leaf' ? fc.oneof(fc.constantFrom(...LEAVES), any) : any
  }
  if (canonical === 'string') return fc.string({ maxLength: 40 })
  if (canonical === 'bytes') {
    return fc.oneof(
      fc.constant(new Uint8Array(0)),
      ...[65, 48, 70].map((n) => fc.uint8Array({ minLength: n, maxLength: n })),
    )
  }
  if (canonical === 'address') return addresses
  if (canonical === 'bool') return fc.boolean()
  if (canonical === 'bytes32') return integers(256).map(hashFromBigint)
  if (canonical === 'bytes4') return fc.constantFrom('0x01ffc9a7', '0xffffffff', '0x80ac58cd')
  return integers(Number(canonical.slice('uint'.length)))
}

function recordOf(fields: Readonly<Record<string, AbiType<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, valuesOf(type)])))
}

type Target = { readonly module: ModuleDefinition; readonly method: Method }

/** Every method of every module by a name that a counterexample shows. */
const TARGETS: ReadonlyMap<string, Target> = new Map(
  ATTRIBUTION_MODULES.flatMap((module) =>
    module.methods.map((method) => [`${module.name} ${method.signature}`, { module, method }]),
  ),
)

function targetOf(name: string): Target {
  return present(TARGETS.get(name), name)
}

const CHANGING = [...TARGETS.keys()].filter((name) => ['payable', 'write'].includes(targetOf(name).method.access))

const anyCall = fc
  .oneof({ weight: 3, arbitrary: fc.constantFrom(...CHANGING) }, fc.constantFrom(...TARGETS.keys()))
  .chain((target) => recordOf(targetOf(target).method.params).map((params) => ({ target, params })))

const step = fc.record({
  call: anyCall,
  caller: fc.constantFrom(...CALLERS),
  value: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 4n }), fc.constantFrom(10n ** 15n, 10n ** 17n)),
  gasLimit: fc.oneof({ weight: 6, arbitrary: fc.constant(16_000_000n) }, fc.bigInt({ min: 0n, max: 300_000n })),
  isStatic: fc.boolean(),
  answer: fc.uint8Array({ maxLength: 64 }),
  isSuccess: fc.boolean(),
  endsBlock: fc.boolean(),
})

function openLedger(): Ledger {
  const token = { address: TOKEN, decimals: 6, flushMin: 1n, slotMin: 0n }
  const ledger = new Ledger({ tokens: [token], noticeBlocks: 0, sweepUnits: 60, flushMinWei: 1n })
  ledger.state.setCode(TOKEN, Uint8Array.of(0x5f))
  for (const one of CALLERS) ledger.state.setBalance(one, WEALTH)
  const [contributor, other] = [account(1_000), account(1_001)]
  const first = ledger.asset({ owner: contributor, poolPpm: 300_000 })
  const second = ledger.asset({ owner: other, parents: [{ parent: first, relative: 100_000 }] })
  const parents = [first, second].map((parent) => ({ parent, relative: 5 * parent }))
  ledger.asset({ owner: PAYER, poolPpm: 10_000, parents })
  for (const owner of [contributor, other, PAYER]) addToBalance(ledger.assets, owner)
  return ledger
}

/** The ledger with income and with a batch of one contributor in each of its pools. */
async function openBusyLedger(): Promise<Ledger> {
  const ledger = openLedger()
  const target = [...TARGETS.keys()].find((name) => name.startsWith('pools appendLeaf'))
  for (const [i, leaf] of LEAVES.entries()) {
    const params = { pool: BigInt(2 * i + 1), leaf, dataHash: hashFromBigint(1n), relayFeePpm: 0n }
    const call = { target: present(target, 'pools take leaves'), params }
    const rest = { value: 0n, gasLimit: 16_000_000n, isStatic: false, answer: new Uint8Array(0), isSuccess: true }
    await perform(ledger, { call, caller: leaf.account, ...rest, endsBlock: true })
  }
  ledger.sweep()
  ledger.pay(3, 10n ** 18n)
  ledger.sweep()
  return ledger
}

/** Runs the call as a transaction would and keeps or undoes what it did. */
async function perform(
  ledger: Ledger,
  one: typeof step extends fc.Arbitrary<infer T> ? T : never,
): Promise<ModuleOutcome> {
  const { call, caller, gasLimit, isStatic, answer, isSuccess } = one
  const { state, block } = ledger
  const { module, method } = targetOf(call.target)
  const { params } = call
  const value = isStatic || method.access !== 'payable' ? 0n : one.value
  const callOut: CallOut = async (_, gas) => {
    gas.charge(100)
    return { isSuccess, returnData: answer, logs: [] }
  }
  state.beginTransaction()
  state.checkpoint()
  state.subtractBalance(caller, value)
  state.addBalance(module.address, value)
  const data = encodeTuple(method.paramsType, params, method.selector)
  const where = { chainId: 1n, block: { number: block, timestamp: block } }
  const message = { caller, value, data, gasLimit, isStatic, isDelegate: false, state, ...where }
  const outcome = await dispatch(module, message, callOut)
  if (outcome.status === 'success') state.commit()
  else state.revert()
  state.endTransaction()
  return outcome
}

function totalOf(ledger: Ledger): bigint {
  const accounts = [...ledger.state.changes().accounts.values()]
  return accounts.reduce((sum, one) => sum + (one?.balance ?? 0n), 0n)
}

describe('any call of any method', () => {
  it('ends as declared and conserves the coins, in any order, with sweeps in between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const ledger = await openBusyLedger()
        const total = totalOf(ledger)
        for (const one of steps) {
          const outcome = await perform(ledger, one)
          const { errors } = targetOf(one.call.target).module
          if (outcome.status === 'revert') {
            const selector = outcome.returnData.subarray(0, 4)
            const known = [...errors, ...STANDARD_ERRORS].some((error) => equalBytes(error.selector, selector))
            expect(known, `${one.call.target} reverts with ${Buffer.from(selector).toString('hex')}`).toBe(true)
          }
          if (outcome.status === 'failure') expect(outcome.gasUsed).toBe(one.gasLimit)
          if (one.endsBlock) ledger.sweep()
        }
        ledger.sweep()
        expect(totalOf(ledger)).toBe(total)
      }),
      { numRuns: 300 },
    )
  })
})
