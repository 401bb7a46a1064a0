/**
 * Runs one state-test case through the node's decoder, executor and state, and names the first field that differs.
 */

import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import type { BlockContext } from '../../../src/execution/evm.ts'
import { NativeModules } from '../../../src/execution/native-modules.ts'
import { ReferenceEvm } from '../../../src/execution/reference-evm.ts'
import { executeTransaction } from '../../../src/execution/transaction-executor.ts'
import { bytesToHex } from '../../../src/lib/bytes.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { DecodeError } from '../../../src/types/codec.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'
import { encodeLogs } from '../../../src/types/receipt-codec.ts'
import type { Transaction } from '../../../src/types/transaction.ts'
import { decodeTransaction, recoverSender } from '../../../src/types/transaction-codec.ts'
import type { FixtureState, StateTestCase } from './fixture.ts'
import { FlatState, slotHash } from './flat-state.ts'

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
  const flat = FlatState.of(one.pre)
  const state = new WorldState(flat)
  const outcome = await execute(one, state)
  if (typeof outcome === 'string') {
    if (one.post.expectException === undefined) return failed(`exception: none expected, got "${outcome}"`)
  } else if (one.post.expectException !== undefined) {
    return failed(`exception: expected ${one.post.expectException}, the transaction was valid`)
  }
  flat.apply(state.changes())
  const logs = keccak256Hash(encodeLogs(typeof outcome === 'string' ? [] : outcome))
  const root = flat.root()
  if (root !== one.post.hash) {
    const where = one.post.state === undefined ? '' : `; ${firstDifference(flat, one.post.state)}`
    return failed(`state root: expected ${one.post.hash}, got ${root}${where}`)
  }
  if (logs !== one.post.logs) return failed(`logs: expected ${one.post.logs}, got ${logs}`)
  return PASSED
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

function firstDifference(flat: FlatState, expected: FixtureState): string {
  for (const [text, account] of Object.entries(expected)) {
    const address = text.toLowerCase() as Address
    const actual = flat.getAccount(address)
    if (actual === undefined) return `account ${address} is missing`
    const code = bytesToHex(flat.getCode(actual.codeHash) ?? new Uint8Array(0))
    const fields: readonly (readonly [string, string, string])[] = [
      ['nonce', String(BigInt(account.nonce)), String(actual.nonce)],
      ['balance', String(BigInt(account.balance)), String(actual.balance)],
      ['code', account.code, code],
    ]
    for (const [name, wanted, got] of fields) {
      if (wanted !== got) return `account ${address}, ${name}: expected ${wanted.slice(0, 80)}, got ${got.slice(0, 80)}`
    }
    const slot = slotDifference(flat, address, account.storage)
    if (slot !== undefined) return slot
  }
  for (const [address, account] of flat.accounts) {
    if (expected[address] === undefined) return `account ${address} should not exist, balance ${account.balance}`
  }
  return 'no account differs'
}

function slotDifference(
  flat: FlatState,
  address: Address,
  expected: Readonly<Record<string, string>>,
): string | undefined {
  const wanted = new Map(Object.entries(expected).map(([slot, value]) => [slotHash(slot), BigInt(value)]))
  const slots = new Set([...wanted.keys(), ...(flat.storage.get(address)?.keys() ?? [])])
  for (const slot of slots) {
    const value = wanted.get(slot) ?? 0n
    const actual = flat.getStorage(address, slot)
    if (value !== actual) return `account ${address}, slot ${slot}: expected ${value}, got ${actual}`
  }
  return undefined
}

function failed(difference: string): CaseResult {
  return { passed: false, difference }
}
