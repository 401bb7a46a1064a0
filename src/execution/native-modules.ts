/**
 * The native modules of a chain, which run at fixed addresses instead of bytecode: looked up by the executor for direct
 * calls and by the engine for calls from contracts. A chain without modules has an empty table.
 */

import { methodOf } from '../precompiles/dispatch.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Address } from '../types/primitives.ts'
import type { AccessListItem } from '../types/transaction.ts'

export class NativeModules {
  readonly definitions: readonly ModuleDefinition[]
  private readonly byAddress: ReadonlyMap<Address, ModuleDefinition>

  constructor(definitions: readonly ModuleDefinition[]) {
    this.definitions = definitions
    this.byAddress = new Map(definitions.map((one) => [one.address, one]))
  }

  /** The module at `address`, if one lives there. */
  at(address: Address): ModuleDefinition | undefined {
    return this.byAddress.get(address)
  }

  /** All addresses: they are warm from the start, as precompiles are. */
  addresses(): readonly Address[] {
    return [...this.byAddress.keys()]
  }

  /** The module that a message with this data can call without an engine: its method then calls nobody else. */
  directAt(address: Address, data: Uint8Array): ModuleDefinition | undefined {
    const module = this.byAddress.get(address)
    return module === undefined || methodOf(module, data)?.isDirect(data) === false ? undefined : module
  }

  /** Warms the slots of modules that an access list names; the engine keeps those of contracts itself. */
  warmSlots(accessList: readonly AccessListItem[], state: WorldState): void {
    for (const { address, storageKeys } of accessList) {
      if (!this.byAddress.has(address)) continue
      for (const slot of storageKeys) state.transaction.warmSlot(address, slot)
    }
  }
}
