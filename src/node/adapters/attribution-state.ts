/**
 * The cells of the attribution modules in the state after a block, for reading only.
 */

import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../precompiles/addresses.ts'
import { UNMETERED } from '../../precompiles/context.ts'
import { tokenAt, tokenCount } from '../../precompiles/royalty/tokens.ts'
import { Cells } from '../../state/cells.ts'
import type { StateSource } from '../../state/state-source.ts'
import { WorldState } from '../../state/world-state.ts'
import type { Address } from '../../types/primitives.ts'

/** Each module's cells. What is read is remembered: long work makes a new one now and then. */
export type ModuleCells = { readonly assets: Cells; readonly royalty: Cells; readonly pools: Cells }

/** A token by its place. */
export type TokenPlace = { readonly index: number; readonly address: Address }

export function moduleCells(source: StateSource): ModuleCells {
  const state = new WorldState(source)
  return {
    assets: new Cells(state, ASSETS_MODULE, UNMETERED),
    royalty: new Cells(state, ROYALTY_MODULE, UNMETERED),
    pools: new Cells(state, POOLS_MODULE, UNMETERED),
  }
}

/** The native coin and every token that was ever listed. */
export function tokenPlaces({ royalty }: ModuleCells): TokenPlace[] {
  return Array.from({ length: tokenCount(royalty) }, (_, index) => {
    const token = tokenAt(royalty, index)
    return token === undefined ? [] : [{ index, address: token.address }]
  }).flat()
}
