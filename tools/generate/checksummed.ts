/**
 * Addresses as Solidity wants them: with the checksum of EIP-55.
 */

import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { checksumAddress } from '../../src/rpc/checksum.ts'
import type { Address } from '../../src/types/primitives.ts'

export function checksummed(address: Address): string {
  return checksumAddress(address, keccak256Hash)
}
