/**
 * Signed transfers for load, deterministic: the same call makes the same bytes.
 */

import { addressFromPrivateKey } from '../src/crypto/secp256k1.ts'
import { bigintToBytes32, hexToBytes } from '../src/lib/bytes.ts'
import type { Address } from '../src/types/primitives.ts'
import type { SignedTransaction } from '../src/types/transaction.ts'
import { signTransaction } from '../src/types/transaction-codec.ts'

export type Payer = { readonly key: Uint8Array; readonly address: Address }

const FIRST_KEY = 0x5a_4a_00_00_00n
const GWEI = 1_000_000_000n

/** `count` payers with keys of their own. */
export function payers(count: number): Payer[] {
  return Array.from({ length: count }, (_, at) => {
    const key = bigintToBytes32(FIRST_KEY + BigInt(at))
    return { key, address: addressFromPrivateKey(key) }
  })
}

/** The payer of a hexadecimal key. */
export function payerOf(privateKey: string): Payer {
  const key = hexToBytes(privateKey)
  return { key, address: addressFromPrivateKey(key) }
}

/** Account number `index`, which nobody holds the key of. */
export function passiveAddress(index: number): Address {
  return `0x${(0x5a4a_0000_0000n + BigInt(index)).toString(16).padStart(40, 'e')}` as Address
}

/** A transfer of one wei at a price that 200 full blocks in a row do not outgrow. */
export function signTransfer(payer: Payer, chainId: number, nonce: number, to: Address): SignedTransaction {
  return signTransaction(
    {
      type: 2,
      chainId: BigInt(chainId),
      nonce: BigInt(nonce),
      gasPrice: undefined,
      maxFeePerGas: 1_000n * GWEI,
      maxPriorityFeePerGas: GWEI,
      gasLimit: 21_000n,
      to,
      value: 1n,
      data: new Uint8Array(0),
      accessList: [],
      authorizationList: [],
    },
    payer.key,
  )
}
