/**
 * EIP-55: an address whose letters' case is its checksum.
 */

import type { Address, Hash } from '../types/primitives.ts'

/** The address with letters upper-case where the hash of its digits says so. */
export function checksumAddress(address: Address, keccak256: (bytes: Uint8Array) => Hash): string {
  const digits = address.slice(2)
  const hash = keccak256(new TextEncoder().encode(digits)).slice(2)
  let out = '0x'
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charAt(i)
    out += Number.parseInt(hash.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit
  }
  return out
}
