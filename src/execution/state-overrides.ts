/**
 * Puts the state overrides of eth_call into a state that will be thrown away, in geth's order and with geth's refusals.
 */

import type { WorldState } from '../state/world-state.ts'
import type { AccountOverride, StateOverrides } from '../types/call.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { NativeModules } from './native-modules.ts'

/** What overrides made of precompiles: address -> the precompile that answers there, undefined where none does any more. */
export type PrecompileMoves = ReadonlyMap<Address, Address | undefined>

/** Applies all overrides; geth's refusal, or the precompiles that moved. */
export function applyStateOverrides(
  overrides: StateOverrides,
  state: WorldState,
  precompiles: ReadonlySet<Address>,
  modules: NativeModules,
): PrecompileMoves | string {
  const moves = new Map<Address, Address | undefined>()
  state.beginTransaction()
  for (const [address, override] of overrides) {
    // A native module keeps answering over an overridden balance or slot, and gives way only to other code.
    if (override.code !== undefined && modules.at(address) !== undefined) moves.set(address, undefined)
    const refusal = applyMove(address, override, moves, precompiles, overrides) ?? applyOne(address, override, state)
    if (refusal !== undefined) return refusal
  }
  return moves
}

function applyMove(
  address: Address,
  override: AccountOverride,
  moves: Map<Address, Address | undefined>,
  precompiles: ReadonlySet<Address>,
  overrides: StateOverrides,
): string | undefined {
  const target = override.movePrecompileToAddress
  // A precompile that is overridden in any way gives way to the account's code, as in geth.
  if (precompiles.has(address)) moves.set(address, undefined)
  if (target === undefined) return undefined
  if (!precompiles.has(address)) return `account ${address} is not a precompile`
  if (moves.has(target) || overrides.has(target)) return `account ${target} is already overridden`
  moves.set(target, address)
  return undefined
}

function applyOne(address: Address, override: AccountOverride, state: WorldState): string | undefined {
  if (override.state !== undefined && override.stateDiff !== undefined) {
    return `account ${address} has both 'state' and 'stateDiff'`
  }
  if (override.nonce !== undefined) state.setNonce(address, override.nonce)
  if (override.code !== undefined) state.setCode(address, override.code)
  if (override.balance !== undefined) state.setBalance(address, override.balance)
  if (override.state !== undefined) state.clearStorage(address)
  setSlots(address, override.state ?? override.stateDiff ?? new Map(), state)
  return undefined
}

function setSlots(address: Address, slots: ReadonlyMap<Hash, Hash>, state: WorldState): void {
  for (const [slot, value] of slots) state.setStorage(address, slot, BigInt(value))
}
