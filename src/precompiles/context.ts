/**
 * What a method of a native module sees and may do. Everything it does goes through the state's journal and is paid for
 * before it happens; `refuse` ends the call and undoes all of it.
 */

import type { CellMeter, Cells } from '../state/cells.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { AbiFields, AbiValues } from './abi-types.ts'
import type { ErrorDefinition, EventDefinition, EventFields, EventValues } from './definitions.ts'

/** A call that a module makes. */
export type ModuleCall = {
  /** The module in whose name it is made: another one where that holds what is moved; this one when left out. */
  readonly from?: Address
  readonly to: Address
  readonly data: Uint8Array
  /** Wei; 0 when left out. */
  readonly value?: bigint
  /** At most this; never more than 63/64 of what is left. */
  readonly gasLimit?: bigint
  /** True forbids the callee to change anything. */
  readonly isStatic?: boolean
}

export type ModuleCallResult = {
  readonly isSuccess: boolean
  /** At most the first 64 bytes. */
  readonly returnData: Uint8Array
}

export interface ModuleContext {
  readonly caller: Address
  /** Wei that came with the call; the module holds it already. */
  readonly value: bigint
  /** The module's own address. */
  readonly module: Address
  readonly isStatic: boolean
  readonly block: { readonly number: number; readonly timestamp: number }
  readonly chainId: bigint
  readonly state: WorldState
  readonly gas: { charge(amount: bigint | number): void; readonly left: bigint }
  /** The cells of a module, of this one or another, metered. */
  cells(module: Address): Cells
  /** Transient words that all modules share: the lock. */
  transient(slot: Hash): bigint
  setTransient(slot: Hash, value: bigint): void
  /** Logs in the name of `from`, this module when left out. */
  emit<Fields extends EventFields>(event: EventDefinition<Fields>, values: EventValues<Fields>, from?: Address): void
  /** Moves wei that the caller knows to be there. */
  moveBalance(from: Address, to: Address, wei: bigint): void
  hash(bytes: Uint8Array): Hash
  /** Who signed `digest` with these 65 bytes (r, s, v of 0, 1, 27 or 28; s in the lower half), or undefined. */
  recover(digest: Hash, signature: Uint8Array): Address | undefined
  /** Calls an account in the module's name. Only in methods that are declared to call out. */
  call(request: ModuleCall): Promise<ModuleCallResult>
}

/** Thrown by `refuse`; only the dispatcher catches it. */
export class ModuleRevert extends Error {
  override readonly name = 'ModuleRevert'
  readonly data: Uint8Array

  constructor(message: string, data: Uint8Array) {
    super(message)
    this.data = data
  }
}

/** Reverts the call with a custom error. */
export function refuse<Fields extends AbiFields>(error: ErrorDefinition<Fields>, values: AbiValues<Fields>): never {
  throw new ModuleRevert(error.signature, error.encode(values))
}

/** Measures nothing: for hooks with a budget of their own, and for reads outside a transaction. */
export const UNMETERED: CellMeter = { isFree: true, read: () => {}, write: () => {} }
