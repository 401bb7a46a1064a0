/**
 * Values of the asset commands as people write and read them: amounts, ids, hashes, tokens. A refusal names the option, the
 * value and what is accepted.
 */

import { type Address, type Hash, parseHash, ZERO_ADDRESS } from '../../../types/primitives.ts'
import { addressArgument, refuseArgument } from '../../arguments.ts'

const DECIMALS = 18
/** Ids of assets stay below this, so that a ledger node's key fits 32 bits. */
const MAX_ASSET_ID = 2n ** 31n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/** `1.5` or `0.0001` of a coin with so many decimals, or its smallest units as `25wei`. */
export function parseAmount(option: string, text: string, decimals = DECIMALS): bigint {
  const units = /^(\d{1,60})wei$/.exec(text)?.[1]
  if (units !== undefined) return BigInt(units)
  const [, whole, fraction = ''] = /^(\d{1,40})(?:\.(\d{1,18}))?$/.exec(text) ?? []
  if (whole === undefined || fraction.length > decimals) {
    return refuseArgument(option, text, `an amount as 1.5, at most ${decimals} decimals, or smallest units as 25wei`)
  }
  return BigInt(whole) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, '0') || '0')
}

/** Wei as coins, without trailing zeros. */
export function formatAmount(wei: bigint): string {
  const digits = wei.toString().padStart(DECIMALS + 1, '0')
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '')
  const whole = digits.slice(0, -DECIMALS)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** Coins and, where that is easier to compare, wei. */
export function formatBoth(wei: bigint): string {
  return `${formatAmount(wei)} (${wei} wei)`
}

/** An asset's id. */
export function assetArgument(option: string): (text: string) => bigint {
  return (text) => unsigned(option, text, 1n, MAX_ASSET_ID, 'the number of an asset, from 1')
}

/** A pool's id: an asset's, or that of a pool that stands alone. */
export function poolArgument(option: string): (text: string) => bigint {
  return (text) => unsigned(option, text, 1n, MAX_UINT64, 'the number of a pool, from 1')
}

/** A whole number within bounds, of any size. */
export function unsignedArgument(option: string, minimum: bigint, maximum: bigint): (text: string) => bigint {
  return (text) => unsigned(option, text, minimum, maximum, `an integer from ${minimum} to ${maximum}`)
}

/** 32 bytes. */
export function hashArgument(option: string): (text: string) => Hash {
  return (text) => {
    const hash = parseHash(text)
    return hash.ok ? hash.value : refuseArgument(option, text, '0x and 64 hexadecimal digits')
  }
}

/** `native`, or the address of a listed token. */
export function tokenArgument(option: string): (text: string) => Address {
  return (text) => (text === 'native' ? ZERO_ADDRESS : addressArgument(option, text))
}

/** A number as JSON-RPC writes it. */
export function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

/** A token's name in a table. */
export function tokenName(token: string): string {
  return token === ZERO_ADDRESS ? 'native' : token
}

/** A fraction of a million as a percentage. */
export function formatPpm(ppm: bigint): string {
  const digits = ppm.toString().padStart(5, '0')
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/, '').concat('%')
}

function unsigned(option: string, text: string, minimum: bigint, maximum: bigint, accepted: string): bigint {
  const value = /^\d{1,80}$/.test(text) ? BigInt(text) : -1n
  return value >= minimum && value <= maximum ? value : refuseArgument(option, text, accepted)
}
