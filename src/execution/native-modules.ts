/**
 * The native modules that run at fixed addresses instead of bytecode: looked up by the executor for direct calls and by the
 * engine for calls from contracts. A chain without modules has an empty table.
 */

import type { WorldState } from '../state/world-state.ts'
import type { Address } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'

/** A call as a module sees it; for a delegate call `self` is the account on whose behalf the code would run. */
export type NativeCall = {
  readonly caller: Address
  readonly self: Address
  readonly value: bigint
  readonly data: Uint8Array
  readonly gasLimit: bigint
  readonly isStatic: boolean
  readonly isDelegate: boolean
  readonly depth: number
  readonly state: WorldState
}

export type NativeResult = {
  readonly status: 'success' | 'revert' | 'failure'
  readonly gasUsed: bigint
  readonly returnData: Uint8Array
  readonly logs: readonly Log[]
}

export type NativeModule = {
  readonly name: string
  readonly address: Address
  readonly call: (call: NativeCall) => NativeResult
}

export class NativeModules {
  private readonly byAddress: ReadonlyMap<Address, NativeModule>

  constructor(modules: readonly NativeModule[]) {
    this.byAddress = new Map(modules.map((one) => [one.address, one]))
  }

  /** The module at `address`, if one lives there. */
  at(address: Address): NativeModule | undefined {
    return this.byAddress.get(address)
  }

  /** All addresses: they are warm from the start, as precompiles are. */
  addresses(): readonly Address[] {
    return [...this.byAddress.keys()]
  }
}
