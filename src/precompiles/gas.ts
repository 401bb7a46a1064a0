/**
 * Gas of native modules: a price for each touch, charged before it happens. Prices depend on the shape of the work (how many
 * slots, words, bytes), never on the values found there, so an estimate still holds when others were faster.
 */

import type { CellMeter, Growth } from '../state/cells.ts'
import type { TransactionState } from '../state/transaction-state.ts'
import type { Address, Hash } from '../types/primitives.ts'

/** First read of a slot in a transaction, and any later touch (EIP-2929). */
export const COLD_SLOT_GAS = 2_100
export const WARM_SLOT_GAS = 100
/** First write of a cell in a transaction: one that makes a cell, and one that changes a cell which was there. */
export const FRESH_WRITE_GAS = 22_100
export const STEADY_WRITE_GAS = 5_000
/** keccak256, as the EVM has it. */
export const KECCAK_GAS = 30
export const KECCAK_WORD_GAS = 6
/** Logs, as the EVM has them. */
export const LOG_GAS = 375
export const LOG_TOPIC_GAS = 375
export const LOG_BYTE_GAS = 8
/** A public key from a signature, as the precompile has it. */
export const RECOVER_GAS = 3_000
/** A balance moved: value transfer of the EVM and one account that may be cold. */
export const MOVE_BALANCE_GAS = 11_600
/** Transient storage, as the EVM has it. */
export const TRANSIENT_GAS = 100
/** Looking a method up, and decoding a word of its calldata. */
export const DISPATCH_GAS = 200
export const CALLDATA_WORD_GAS = 12
/** Encoding a word of what is returned. */
export const RETURN_WORD_GAS = 6
/** An account called for the first time in a transaction, and later (EIP-2929). */
export const COLD_ACCOUNT_GAS = 2_600
export const WARM_ACCOUNT_GAS = 100
/** Value sent with a call, and what of it the callee may use. */
export const CALL_VALUE_GAS = 9_000
export const CALL_STIPEND_GAS = 2_300
/** Value sent to an account that does not exist yet. */
export const CALL_NEW_ACCOUNT_GAS = 25_000

/** Thrown when a charge does not fit what is left; only the dispatcher catches it. */
export class OutOfGas extends Error {
  override readonly name = 'OutOfGas'
}

/** What is left of a call's gas. Numbers, for a charge must cost nothing; a limit beyond them is cut to them. */
export class GasMeter {
  private readonly limit: number
  private remaining: number

  constructor(limit: bigint) {
    this.limit = limit > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(limit)
    this.remaining = this.limit
  }

  get used(): bigint {
    return BigInt(this.limit - this.remaining)
  }

  get left(): bigint {
    return BigInt(this.remaining)
  }

  charge(amount: bigint | number): void {
    const gas = Number(amount)
    if (gas > this.remaining) throw new OutOfGas('out of gas')
    this.remaining -= gas
  }

  /** Gas that a call did not use. */
  giveBack(gas: bigint): void {
    this.remaining += Number(gas)
  }
}

/** Told of every slot before it is touched. */
export type TouchListener = (address: Address, slot: Hash) => void

/** Charges slots by what the transaction has touched already. */
export class SlotMeter implements CellMeter {
  private readonly gas: GasMeter
  private readonly transaction: TransactionState
  private readonly onTouch: TouchListener | undefined

  constructor(gas: GasMeter, transaction: TransactionState, onTouch: TouchListener | undefined) {
    this.gas = gas
    this.transaction = transaction
    this.onTouch = onTouch
  }

  read(address: Address, slot: Hash): void {
    this.onTouch?.(address, slot)
    this.gas.charge(this.transaction.warmSlot(address, slot) ? COLD_SLOT_GAS : WARM_SLOT_GAS)
  }

  write(address: Address, slot: Hash, growth: Growth): void {
    this.onTouch?.(address, slot)
    if (!this.transaction.markSlotWritten(address, slot)) this.gas.charge(WARM_SLOT_GAS)
    else this.gas.charge(growth === 'fresh' ? FRESH_WRITE_GAS : STEADY_WRITE_GAS)
  }
}

/** Gas of hashing `length` bytes. */
export function keccakGas(length: number): number {
  return KECCAK_GAS + KECCAK_WORD_GAS * Math.ceil(length / 32)
}

/** Gas of a log. */
export function logGas(topics: number, bytes: number): number {
  return LOG_GAS + LOG_TOPIC_GAS * topics + LOG_BYTE_GAS * bytes
}
