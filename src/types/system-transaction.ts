/**
 * The system transaction: the last one of a block whose end-of-block hooks emitted logs; it carries them
 * (docs/attribution.md section 3). Legacy RLP of [nonce = block number, gasPrice 0, gas 0, to the royalty module, value 0,
 * no data, v 27, r 0, s 0], from 0xff…fe. Nobody signs it, it changes no nonce and no balance, the pool refuses it.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { equalBytes, hexToBytes } from '../lib/bytes.ts'
import type { Address, Hash } from './primitives.ts'
import { encodeRlp, rlpInteger } from './rlp.ts'
import type { Transaction } from './transaction.ts'

/** The caller of system calls (EIP-4788) and the sender of the system transaction. */
export const SYSTEM_ADDRESS = `0x${'ff'.repeat(19)}fe` as Address
/** The royalty module, in whose name hooks log. */
export const ROYALTY_MODULE = '0x0000000000000000000000000000000053410002' as Address

const NOTHING = new Uint8Array(0)
const V = Uint8Array.of(27)
/** Thirty bytes and those of the block's number. */
const MAX_SYSTEM_BYTES = 40

/** The one encoding of block `number`'s system transaction. */
export function encodeSystemTransaction(number: number): Uint8Array {
  return encodeRlp([
    rlpInteger(number),
    NOTHING,
    NOTHING,
    hexToBytes(ROYALTY_MODULE),
    NOTHING,
    NOTHING,
    V,
    NOTHING,
    NOTHING,
  ])
}

/** True when `raw` is exactly the system transaction of block `number`. */
export function isSystemTransaction(raw: Uint8Array, number: number): boolean {
  // Any signed transaction is three times as long.
  return raw.length < MAX_SYSTEM_BYTES && equalBytes(raw, encodeSystemTransaction(number))
}

/** Its hash. */
export function systemTransactionHash(number: number): Hash {
  return keccak256Hash(encodeSystemTransaction(number))
}

/** The system transaction as methods show it; decodeTransaction refuses its bytes, for they bear no signature. */
export function systemTransaction(number: number): Transaction {
  return {
    type: 0,
    chainId: undefined,
    nonce: BigInt(number),
    gasPrice: 0n,
    maxFeePerGas: undefined,
    maxPriorityFeePerGas: undefined,
    gasLimit: 0n,
    to: ROYALTY_MODULE,
    value: 0n,
    data: NOTHING,
    accessList: [],
    authorizationList: [],
    yParity: 0,
    r: 0n,
    s: 0n,
  }
}
