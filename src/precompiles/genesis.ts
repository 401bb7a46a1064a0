/**
 * What the native modules are in the genesis state: accounts with nonce 1 and stub code, and the chain's parameters.
 */

import type { AttributionRules } from '../chainspec/attribution.ts'
import { Cells } from '../state/cells.ts'
import type { WorldState } from '../state/world-state.ts'
import { ROYALTY_MODULE } from './addresses.ts'
import { UNMETERED } from './context.ts'
import type { ModuleDefinition } from './module.ts'
import { writeParameters } from './parameters.ts'
import { MODULE_STUB_CODE } from './standard-errors.ts'

/** Writes the accounts of `modules` and the parameters into a state that holds the other accounts of genesis. */
export function writeModuleGenesis(
  rules: AttributionRules,
  modules: readonly ModuleDefinition[],
  state: WorldState,
): void {
  for (const { address } of modules) {
    state.setNonce(address, 1n)
    state.setCode(address, MODULE_STUB_CODE)
  }
  writeParameters(new Cells(state, ROYALTY_MODULE, UNMETERED), rules)
}
