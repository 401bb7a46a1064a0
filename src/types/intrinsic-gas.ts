/**
 * What a transaction costs before it runs, and the least it may cost: pure formulas over a decoded transaction.
 *
 * One source for the pool, the executor and estimation: EIP-2028 (data), EIP-2930 (access list), EIP-3860 (initcode),
 * EIP-7623 (data floor), EIP-7702 (authorizations). It lives in types because the pool and the executor, which may not
 * import each other, must agree on every unit.
 */

import type { Transaction } from './transaction.ts'

/** Gas of any transaction, and all that a plain transfer uses. */
export const TRANSACTION_GAS = 21_000n
/** Largest creation code of a transaction, in bytes (EIP-3860). */
export const MAX_INITCODE_BYTES = 49_152

const BASE_GAS = 21_000
const CREATION_GAS = 32_000
const ZERO_BYTE_GAS = 4
const NON_ZERO_BYTE_GAS = 16
const ACCESS_LIST_ADDRESS_GAS = 2_400
const ACCESS_LIST_KEY_GAS = 1_900
const INITCODE_WORD_GAS = 2
const FLOOR_GAS_PER_TOKEN = 10
const TOKENS_PER_NON_ZERO_BYTE = 4
/** EIP-7702: charged in full at the start; part of it is refunded for an authority that exists. */
const AUTHORIZATION_GAS = 25_000

/** The fields of a transaction that decide its intrinsic gas. */
export type IntrinsicGasInput = Pick<Transaction, 'to' | 'data' | 'accessList' | 'authorizationList'>

/** Gas taken before the first instruction; a transaction whose gas limit is lower is invalid. */
export function intrinsicGas(transaction: IntrinsicGasInput): bigint {
  const { data, accessList, authorizationList } = transaction
  if (data.length === 0 && transaction.to !== null && accessList.length === 0 && authorizationList.length === 0) {
    return TRANSACTION_GAS
  }
  const zeros = countZeros(data)
  let gas = BASE_GAS + zeros * ZERO_BYTE_GAS + (data.length - zeros) * NON_ZERO_BYTE_GAS
  if (transaction.to === null) gas += CREATION_GAS + Math.ceil(data.length / 32) * INITCODE_WORD_GAS
  for (const item of accessList) gas += ACCESS_LIST_ADDRESS_GAS + item.storageKeys.length * ACCESS_LIST_KEY_GAS
  gas += authorizationList.length * AUTHORIZATION_GAS
  return BigInt(gas)
}

/** EIP-7623: the gas limit must reach this too, and the gas used is never less. */
export function floorDataGas(data: Uint8Array): bigint {
  if (data.length === 0) return TRANSACTION_GAS
  const zeros = countZeros(data)
  const tokens = zeros + (data.length - zeros) * TOKENS_PER_NON_ZERO_BYTE
  return BigInt(BASE_GAS + tokens * FLOOR_GAS_PER_TOKEN)
}

function countZeros(data: Uint8Array): number {
  let zeros = 0
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++
  return zeros
}
