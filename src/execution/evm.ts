/**
 * The port behind which contract code runs (docs/execution.md section 4).
 *
 * An engine executes one message call or creation over the journalled state and reports what happened. It does not charge
 * the sender, count nonces of the sender, pay fees or end the transaction: the executor does, the same for every engine.
 * Engines: `reference` (reference-evm.ts); a `fast` one may take its place without a change outside.
 */

import type { WorldState } from '../state/world-state.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { AccessListItem } from '../types/transaction.ts'
import type { NativeModules } from './native-modules.ts'

/** What contract code can see of its block. */
export type BlockContext = {
  readonly number: number
  /** Seconds. */
  readonly timestamp: number
  readonly coinbase: Address
  readonly gasLimit: bigint
  readonly baseFeePerGas: bigint
  /** PREVRANDAO: the header's mixHash. */
  readonly prevRandao: Hash
  /** Wei per blob gas; 1 on a chain without blobs. */
  readonly blobBaseFee: bigint
  /** The hash of an ancestor; asked only for the last 256 below `number`. */
  readonly blockHash: (number: number) => Hash
}

/** A top-level message. */
export type EvmMessage = {
  readonly caller: Address
  /** Null creates a contract at the address that follows from `caller` and `nonce`. */
  readonly to: Address | null
  readonly value: bigint
  readonly data: Uint8Array
  /** Gas that the message may use; intrinsic gas is already taken off. */
  readonly gasLimit: bigint
  /** Wei per gas, as GASPRICE shows it. */
  readonly gasPrice: bigint
  /** The transaction's nonce: it determines a created address. The caller's account already holds nonce + 1. */
  readonly nonce: bigint
  /** Warm from the start (EIP-2930). */
  readonly accessList: readonly AccessListItem[]
  /** Further warm addresses: authorities of EIP-7702. */
  readonly warmAddresses: readonly Address[]
}

/** Called before each instruction when tracing; slows the engine down by an order of magnitude. */
export type StepListener = (step: EvmStep) => void

export type EvmStep = {
  readonly pc: number
  readonly op: number
  readonly name: string
  readonly gasLeft: bigint
  readonly gasCost: bigint
  readonly depth: number
  readonly address: Address
  readonly stack: readonly bigint[]
  readonly memory: Uint8Array
  readonly refund: bigint
}

/** What an engine runs on. */
export type EvmHost = {
  readonly state: WorldState
  readonly block: BlockContext
  readonly modules: NativeModules
  /** Asked now and then; true gives the message up with ExecutionTimeout. Undefined where consensus decides. */
  readonly isTimeOver?: (() => boolean) | undefined
  readonly onStep?: StepListener | undefined
  /** State overrides of precompiles: address -> the precompile that answers there, undefined where none does any more. */
  readonly precompileMoves?: ReadonlyMap<Address, Address | undefined> | undefined
  /** True collects every address and slot touched (eth_createAccessList). */
  readonly reportAccess?: boolean | undefined
}

/**
 * What came of a message. Its logs, refund, created and destroyed accounts are in `host.state.transaction`, where they
 * revert with everything else.
 */
export type EvmResult = {
  readonly status: 'success' | 'revert' | 'failure'
  /** geth's words for the failure, such as `out of gas`; undefined on success. */
  readonly error: string | undefined
  readonly gasUsed: bigint
  readonly returnData: Uint8Array
  readonly createdAddress: Address | null
  /** Set when EvmHost.reportAccess asked for it. */
  readonly accessList: readonly AccessListItem[] | undefined
}

/** Thrown when EvmHost.isTimeOver said so; the state must then be thrown away or reverted by the caller. */
export class ExecutionTimeout extends Error {
  override readonly name = 'ExecutionTimeout'
}

export interface Evm {
  readonly name: 'reference' | 'fast'
  /** Runs to the end, or throws ExecutionTimeout. A promise only from engines that cannot answer at once. */
  execute(message: EvmMessage, host: EvmHost): EvmResult | Promise<EvmResult>
}
