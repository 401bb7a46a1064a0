/**
 * Runs one state-test case through the node's decoder, executor and state, and names the first field that differs.
 */

import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import type { BlockContext } from '../../../src/execution/evm.ts'
import { NativeModules } from '../../../src/execution/native-modules.ts'
import { ReferenceEvm } from '../../../src/execution/reference-evm.ts'
import { executeTransaction } from '../../../src/execution/transaction-executor.ts'
import { bytesToHex, hexToBytes } from '../../../src/lib/bytes.ts'
import type { StateSource } from '../../../src/state/state-source.ts'
import { StateStore } from '../../../src/state/state-store.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { MemoryKv } from '../../../src/storage/memory-kv.ts'
import { DecodeError } from '../../../src/types/codec.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'
import { encodeLogs } from '../../../src/types/receipt-codec.ts'
import type { Transaction } from '../../../src/types/transaction.ts'
import { decodeTransaction, recoverSender } from '../../../src/types/transaction-codec.ts'
import type { FixtureAccount, FixtureState, StateTestCase } from './fixture.ts'

/** How a case ended; `difference` names the first field that is not what the fixture says. */
export type CaseResult = { readonly passed: true } | { readonly passed: false; readonly difference: string }

const PASSED: CaseResult = { passed: true }
const engines = new Map<number, ReferenceEvm>()

async function engineOf(chainId: number): Promise<ReferenceEvm> {
  const known = engines.get(chainId)
  if (known !== undefined) return known
  const engine = await ReferenceEvm.create(chainId)
  engines.set(chainId, engine)
  return engine
}

export async function runCase(one: StateTestCase): Promise<CaseResult> {
  const store = new StateStore(new MemoryKv(), { historyBlocks: 1 })
  const before = store.seal(store.head(), preState(one.pre, store.head()).changes())
  const state = new WorldState(before)
  const outcome = await execute(one, state)
  if (typeof outcome === 'string') {
    if (one.post.expectException === undefined) return failed(`exception: none expected, got "${outcome}"`)
  } else if (one.post.expectException !== undefined) {
    return failed(`exception: expected ${one.post.expectException}, the transaction was valid`)
  }
  const logs = keccak256Hash(encodeLogs(typeof outcome === 'string' ? [] : outcome))
  const root = store.seal(before, state.changes()).stateRoot
  if (root !== one.post.hash) {
    const where = one.post.state === undefined ? '' : `; ${firstDifference(state, one.pre, one.post.state)}`
    return failed(`state root: expected ${one.post.hash}, got ${root}${where}`)
  }
  if (logs !== one.post.logs) return failed(`logs: expected ${one.post.logs}, got ${logs}`)
  return PASSED
}

/** The fixture's pre-state as the changes of a block on an empty chain. */
function preState(pre: FixtureState, empty: StateSource): WorldState {
  const state = new WorldState(empty)
  state.beginTransaction()
  for (const [text, account] of Object.entries(pre)) {
    const address = text.toLowerCase() as Address
    state.setBalance(address, BigInt(account.balance))
    state.setNonce(address, BigInt(account.nonce))
    const code = hexToBytes(account.code)
    if (code.length > 0) state.setCode(address, code)
    for (const [slot, value] of Object.entries(account.storage))
      state.setStorage(address, slotHash(slot), BigInt(value))
  }
  return state
}

/** The logs, or why the transaction is invalid. */
async function execute(one: StateTestCase, state: WorldState): Promise<readonly Log[] | string> {
  let transaction: Transaction
  try {
    transaction = decodeTransaction(one.raw)
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown.message
    throw thrown
  }
  const sender = recoverSender(transaction)
  if (sender === undefined) return 'invalid sender'
  if (one.sender !== undefined && sender !== one.sender) return `sender ${sender} instead of ${one.sender}`
  const evm = await engineOf(one.chainId)
  const block = blockOf(one.env)
  const environment = {
    evm,
    modules: new NativeModules([]),
    block,
    chainId: BigInt(one.chainId),
    isBaseFeeBurned: true,
    precompiles: new Set(evm.precompileAddresses()),
  }
  const result = await executeTransaction(transaction, sender, state, environment, block.gasLimit)
  return result.ok ? result.value.logs : result.error.message
}

function blockOf(env: Readonly<Record<string, string>>): BlockContext {
  return {
    number: Number(env['currentNumber']),
    timestamp: Number(env['currentTimestamp']),
    coinbase: (env['currentCoinbase'] ?? '').toLowerCase() as Address,
    gasLimit: BigInt(env['currentGasLimit'] ?? '0x0'),
    baseFeePerGas: BigInt(env['currentBaseFee'] ?? '0x0'),
    prevRandao: slotHash(env['currentRandom'] ?? '0x0'),
    blobBaseFee: blobBaseFee(BigInt(env['currentExcessBlobGas'] ?? '0x0')),
    // State tests have no chain: the hash of block n is keccak of n in decimal.
    blockHash: (number: number): Hash => keccak256Hash(new TextEncoder().encode(String(number))),
  }
}

/** EIP-4844's fake exponential with Osaka's update fraction. */
function blobBaseFee(excessBlobGas: bigint): bigint {
  const fraction = 5_007_716n
  let sum = 0n
  let term = fraction
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * excessBlobGas) / (fraction * i)
  }
  return sum / fraction
}

function firstDifference(state: WorldState, pre: FixtureState, expected: FixtureState): string {
  for (const [text, account] of Object.entries(expected)) {
    const address = text.toLowerCase() as Address
    const actual = state.getAccount(address)
    if (actual === undefined) return `account ${address} is missing`
    const fields: readonly (readonly [string, string, string])[] = [
      ['nonce', String(BigInt(account.nonce)), String(actual.nonce)],
      ['balance', String(BigInt(account.balance)), String(actual.balance)],
      ['code', account.code, bytesToHex(state.getCode(address))],
    ]
    for (const [name, wanted, got] of fields) {
      if (wanted !== got) return `account ${address}, ${name}: expected ${wanted.slice(0, 80)}, got ${got.slice(0, 80)}`
    }
    const slot = slotDifference(state, address, pre[text]?.storage ?? {}, account.storage)
    if (slot !== undefined) return slot
  }
  const { accounts } = state.changes()
  for (const address of new Set([...Object.keys(pre), ...accounts.keys()])) {
    const actual = state.getAccount(address as Address)
    if (actual !== undefined && expected[address] === undefined) {
      return `account ${address} should not exist, balance ${actual.balance}`
    }
  }
  return 'no account differs'
}

function slotDifference(
  state: WorldState,
  address: Address,
  pre: FixtureAccount['storage'],
  expected: FixtureAccount['storage'],
): string | undefined {
  const wanted = new Map(Object.entries(expected).map(([slot, value]) => [slotHash(slot), BigInt(value)]))
  const written = state.changes().storage.get(address)?.slots.keys() ?? []
  for (const slot of new Set([...wanted.keys(), ...Object.keys(pre).map(slotHash), ...written])) {
    const value = wanted.get(slot) ?? 0n
    const actual = state.getStorage(address, slot)
    if (value !== actual) return `account ${address}, slot ${slot}: expected ${value}, got ${actual}`
  }
  return undefined
}

/** A slot or other number of a fixture, written without leading zeros, as a Hash. */
function slotHash(text: string): Hash {
  return `0x${BigInt(text).toString(16).padStart(64, '0')}` as Hash
}

function failed(difference: string): CaseResult {
  return { passed: false, difference }
}
