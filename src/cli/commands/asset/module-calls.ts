/**
 * Calls of native modules from the command line: encoded and decoded by the modules' own declarations, signed here, sent to a
 * node and waited for. A module's refusal is shown by its name with its numbers.
 */

import { keccak256Hash } from '../../../crypto/keccak.ts'
import { present } from '../../../lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../../lib/bytes.ts'
import { CodedError } from '../../../lib/errors.ts'
import { decodeValues, encodeTuple } from '../../../precompiles/abi.ts'
import { AbiReader } from '../../../precompiles/abi-reader.ts'
import type { Method, ModuleDefinition } from '../../../precompiles/module.ts'
import { ATTRIBUTION_MODULES } from '../../../precompiles/registry.ts'
import { STANDARD_ERRORS } from '../../../precompiles/standard-errors.ts'
import type { Address, Hash } from '../../../types/primitives.ts'
import { signTransaction } from '../../../types/transaction-codec.ts'
import type { Account } from './account-key.ts'
import type { RpcClient, RpcFailure } from './rpc-client.ts'
import { quantity } from './values.ts'

export type CallFailure =
  /** A module's own error. */
  | { readonly code: 'CALL_REFUSED'; readonly error: string; readonly values: Readonly<Record<string, string>> }
  | { readonly code: 'TRANSACTION_FAILED'; readonly hash: string }

/** A call of a module: which method by its signature up to the parenthesis, or all of it where there are several. */
export type ModuleCall = {
  readonly module: 'assets' | 'royalty' | 'pools'
  readonly method: string
  readonly values: Readonly<Record<string, unknown>>
  readonly valueWei?: bigint
}

export type LogJson = { readonly address: Address; readonly topics: readonly Hash[]; readonly data: string }
/** What a command needs of a receipt. */
export type ReceiptJson = {
  readonly transactionHash: Hash
  readonly blockNumber: string
  readonly status: string
  readonly gasUsed: string
  readonly logs: readonly LogJson[]
}

/** Where a call is tried out: by whom, in which block, with which slots and which number of the block in place of the chain's. */
export type CallSetting = {
  readonly from?: Address
  readonly block?: bigint
  readonly slots?: Readonly<Record<Hash, Hash>>
  readonly blockNumber?: bigint
}

/** What a method returns, by name, without a transaction. Throws CALL_REFUSED with the module's error. */
export async function readModule<T>(rpc: RpcClient, call: ModuleCall, setting: CallSetting = {}): Promise<T> {
  const { module, method } = declared(call)
  const data = bytesToHex(encodeTuple(method.paramsType, call.values, method.selector))
  const { from, block, slots, blockNumber } = setting
  const request = { to: module.address, data, ...(from === undefined ? {} : { from }) }
  const changes = slots === undefined ? {} : { [module.address]: { stateDiff: slots } }
  const blockChanges = blockNumber === undefined ? {} : { number: quantity(blockNumber) }
  const at = block === undefined ? 'latest' : quantity(block)
  const answer = await named(rpc.ask<string>('eth_call', request, at, changes, blockChanges))
  return method.returnsType.read(new AbiReader(hexToBytes(answer)), 0) as T
}

/** Signs, sends and waits until the transaction is final. Throws CALL_REFUSED before anything is sent if it would revert. */
export async function sendModule(rpc: RpcClient, account: Account, call: ModuleCall): Promise<ReceiptJson> {
  const { module, method } = declared(call)
  const data = encodeTuple(method.paramsType, call.values, method.selector)
  return send(rpc, account, module.address, data, call.valueWei ?? 0n)
}

/** Sends any call, as a token's approval. */
export async function send(
  rpc: RpcClient,
  account: Account,
  to: Address,
  data: Uint8Array,
  value: bigint,
): Promise<ReceiptJson> {
  const request = { from: account.address, to, data: bytesToHex(data), value: quantity(value) }
  const estimate = await named(rpc.askQuantity('eth_estimateGas', request))
  const [chainId, nonce, tip, block] = await Promise.all([
    rpc.askQuantity('eth_chainId'),
    rpc.askQuantity('eth_getTransactionCount', account.address, 'pending'),
    rpc.askQuantity('eth_maxPriorityFeePerGas'),
    rpc.ask<{ readonly baseFeePerGas: string }>('eth_getBlockByNumber', 'latest', false),
  ])
  const signed = signTransaction(
    {
      ...{ type: 2, chainId, nonce, gasPrice: undefined, to, value, data, accessList: [], authorizationList: [] },
      // A tenth on top, rounded up: another's transaction may come before it and make a shape larger.
      gasLimit: estimate + (estimate + 9n) / 10n,
      maxPriorityFeePerGas: tip,
      // Holds for six full blocks.
      maxFeePerGas: 2n * BigInt(block.baseFeePerGas) + tip,
    },
    account.privateKey,
  )
  const receipt = await submit(rpc, signed.raw, signed.hash)
  if (receipt.status === '0x1') return receipt
  const detail: CallFailure = { code: 'TRANSACTION_FAILED', hash: receipt.transactionHash }
  throw new CodedError(
    detail,
    `transaction ${receipt.transactionHash} was included but failed: the state changed meanwhile`,
  )
}

/** The receipt of a transaction. When the node goes away meanwhile, the error names the transaction: it may be on its way. */
async function submit(rpc: RpcClient, raw: Uint8Array, hash: Hash): Promise<ReceiptJson> {
  try {
    return await rpc.ask<ReceiptJson>('eth_sendRawTransactionSync', bytesToHex(raw))
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.code !== 'NODE_UNREACHABLE') throw thrown
    const message = `${thrown.message}; transaction ${hash} may be mined all the same`
    throw new CodedError(thrown.detail, message, { cause: thrown })
  }
}

/** The fields of the logs of one event in a receipt, indexed ones by their topics. */
export function eventsOf(
  receipt: ReceiptJson,
  moduleName: ModuleCall['module'],
  eventName: string,
): Readonly<Record<string, unknown>>[] {
  const module = moduleOf(moduleName)
  const event = present(
    module.events.find((one) => one.name === eventName),
    'the event is declared',
  )
  const topic = keccak256Hash(new TextEncoder().encode(event.signature))
  return receipt.logs
    .filter((log) => log.address === module.address && log.topics[0] === topic)
    .map((log) => {
      const values: Record<string, unknown> = {}
      const plain: Record<string, unknown> = {}
      let next = 1
      for (const [name, type] of Object.entries(event.fields)) {
        if ('indexed' in type)
          values[name] = type.indexed.read(new AbiReader(hexToBytes(log.topics[next++] ?? '0x')), 0)
        else plain[name] = type
      }
      const rest = decodeValues(plain as never, hexToBytes(log.data))
      return { ...values, ...(rest.ok ? (rest.value as object) : {}) }
    })
}

/** Waits for a call and turns a revert into the error of the module that refused. */
async function named<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (thrown) {
    const detail = thrown instanceof CodedError ? (thrown.detail as RpcFailure) : undefined
    const data = detail?.code === 'RPC_REFUSED' ? detail.data : undefined
    throw (data === undefined ? undefined : refusalOf(data)) ?? thrown
  }
}

/** The name of the module's error that was thrown; undefined for anything else. */
export function refusedAs(thrown: unknown): string | undefined {
  const detail = thrown instanceof CodedError ? (thrown.detail as CallFailure | RpcFailure) : undefined
  return detail?.code === 'CALL_REFUSED' ? detail.error : undefined
}

/** The error that revert data encodes; undefined when no module declares it. */
function refusalOf(data: string): CodedError<CallFailure> | undefined {
  const errors = [...ATTRIBUTION_MODULES.flatMap((module) => module.errors), ...STANDARD_ERRORS]
  const bytes = hexToBytes(data)
  const selector = bytesToHex(bytes.subarray(0, 4))
  for (const error of errors) {
    if (bytesToHex(error.selector) !== selector) continue
    const decoded = decodeValues(error.fields, bytes.subarray(4))
    const fields = decoded.ok ? Object.entries(decoded.value as Record<string, unknown>) : []
    const values = Object.fromEntries(fields.map(([name, value]) => [name, textOf(value)]))
    const shown = fields.map(([name, value]) => `${name} ${textOf(value)}`).join(', ')
    const notes = error.notes === undefined ? '' : `: ${error.notes}`
    return new CodedError({ code: 'CALL_REFUSED', error: error.name, values }, `${error.name}(${shown})${notes}`)
  }
  return undefined
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (typeof value !== 'object' || value === null) return String(value)
  return JSON.stringify(value, (_name, field) => (typeof field === 'bigint' ? field.toString() : field))
}

function declared({ module: name, method: wanted }: ModuleCall): { module: ModuleDefinition; method: Method } {
  const module = moduleOf(name)
  const method = module.methods.find((one) => one.signature === wanted || one.name === wanted)
  return { module, method: present(method, `the module ${name} has a method ${wanted}`) }
}

function moduleOf(name: ModuleCall['module']): ModuleDefinition {
  return present(
    ATTRIBUTION_MODULES.find((one) => one.name === name),
    `this program has the module ${name}`,
  )
}
