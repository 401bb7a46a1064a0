/**
 * The native modules of a chain, and what they do at the end of every block. Whoever executes blocks or calls takes both
 * from here, so proposer, validator, replay, sync and read workers cannot differ.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Log } from '../types/receipt.ts'
import { assets } from './assets/assets.ts'
import type { ModuleDefinition } from './module.ts'
import { pools } from './pools/pools.ts'
import { royalty } from './royalty/royalty.ts'
import { sweepRoyalties } from './royalty/sweep.ts'

/** Every native module that this program has, by ascending address. */
export const ATTRIBUTION_MODULES: readonly ModuleDefinition[] = [assets, royalty, pools]

/** The modules of the chain: none without the section `attribution`. */
export function modulesOf(spec: ChainSpec): readonly ModuleDefinition[] {
  return spec.attribution === undefined ? [] : ATTRIBUTION_MODULES
}

/** What runs when all transactions of a block have; its logs go into the system transaction's receipt. */
export type BlockEnd = {
  readonly name: string
  readonly run: (state: WorldState, block: { readonly number: number; readonly timestamp: number }) => readonly Log[]
}

const ALL_BLOCK_ENDS: readonly BlockEnd[] = [{ name: 'royalty-sweep', run: sweepRoyalties }]

/** The chain's work at the end of a block, in order. */
export function blockEndsOf(spec: ChainSpec): readonly BlockEnd[] {
  return spec.attribution === undefined ? [] : ALL_BLOCK_ENDS
}
