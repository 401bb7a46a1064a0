/**
 * Transactions to and from their canonical bytes (EIP-2718), with their hashes, signatures and senders.
 *
 * Decoding is strict: canonical RLP, integers without leading zeros, low `s` (EIP-2), known types only. It fails with
 * DecodeError, whose message a user may see and which is geth's where geth has one (docs/rpc.md section 5).
 */

import { keccak256, keccak256Hash } from '../crypto/keccak.ts'
import { addressFromPrivateKey, recover, SECP256K1_HALF_ORDER, SECP256K1_ORDER, sign } from '../crypto/secp256k1.ts'
import { concatBytes, hexToBytes } from '../lib/bytes.ts'
import { DecodeError } from './codec.ts'
import { decodePlainTransaction } from './plain-transaction.ts'
import { type Address, addressFromBytes, type Hash, hashFromBytes } from './primitives.ts'
import { decodeRlpList, encodeRlp, type RlpItem, rlpBigint, rlpBytes, rlpFixed, rlpInteger, rlpList } from './rlp.ts'
import type { AccessListItem, Authorization, SignedTransaction, Transaction } from './transaction.ts'

/** geth's words for what a user may meet. */
export const TYPE_NOT_SUPPORTED = 'transaction type not supported'
export const INVALID_SENDER = 'invalid sender'

const EMPTY = new Uint8Array(0)
const AUTHORIZATION_MAGIC = Uint8Array.of(0x05)
const FIELD_COUNTS = { 0: 9, 1: 11, 2: 12, 4: 13 } as const
type TypedKind = 1 | 2 | 4

/** A transaction before it is signed. */
export type UnsignedTransaction = Omit<Transaction, 'yParity' | 'r' | 's'>

/** Decodes canonical bytes; throws DecodeError. Data fields are views of `raw`. */
export function decodeTransaction(raw: Uint8Array): Transaction {
  const first = raw[0]
  if (first === undefined) throw new DecodeError('typed transaction too short')
  if (first > 0x7f) return decodeLegacy(raw)
  if (first !== 1 && first !== 2 && first !== 4) throw new DecodeError(TYPE_NOT_SUPPORTED)
  if (raw.length === 1) throw new DecodeError('typed transaction too short')
  if (first === 2) {
    const plain = decodePlainTransaction(raw)
    if (plain !== undefined) return plain
  }
  return decodeTyped(first, raw.subarray(1))
}

/** Canonical EIP-2718 bytes. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  const { r, s, yParity, chainId, type } = transaction
  const v =
    type !== 0 ? BigInt(yParity) : chainId === undefined ? 27n + BigInt(yParity) : chainId * 2n + 35n + BigInt(yParity)
  const encoded = encodeRlp([...unsignedFields(transaction), rlpInteger(v), rlpInteger(r), rlpInteger(s)])
  return type === 0 ? encoded : concatBytes(Uint8Array.of(type), encoded)
}

/** The transaction hash: keccak of its canonical bytes. */
export function transactionHash(raw: Uint8Array): Hash {
  return keccak256Hash(raw)
}

/** The 32 bytes that the sender signs. */
export function signingHash(transaction: UnsignedTransaction): Uint8Array {
  const fields = unsignedFields(transaction)
  if (transaction.type !== 0) return keccak256(concatBytes(Uint8Array.of(transaction.type), encodeRlp(fields)))
  const { chainId } = transaction
  return keccak256(encodeRlp(chainId === undefined ? fields : [...fields, rlpInteger(chainId), EMPTY, EMPTY]))
}

/** The address that signed; undefined when the signature is nobody's. About 70 microseconds. */
export function recoverSender(transaction: Transaction): Address | undefined {
  return recover(signingHash(transaction), transaction.r, transaction.s, transaction.yParity)
}

/** Signs with a 32-byte private key; for the command line, benchmarks and tests. */
export function signTransaction(unsigned: UnsignedTransaction, privateKey: Uint8Array): SignedTransaction {
  const transaction: Transaction = { ...unsigned, ...sign(signingHash(unsigned), privateKey) }
  const raw = encodeTransaction(transaction)
  return { transaction, raw, hash: transactionHash(raw), sender: addressFromPrivateKey(privateKey) }
}

/** The 32 bytes that an EIP-7702 authority signs. */
export function authorizationSigningHash(
  authorization: Pick<Authorization, 'chainId' | 'address' | 'nonce'>,
): Uint8Array {
  const { chainId, address, nonce } = authorization
  return keccak256(
    concatBytes(AUTHORIZATION_MAGIC, encodeRlp([rlpInteger(chainId), hexToBytes(address), rlpInteger(nonce)])),
  )
}

/** The account that an authorization speaks for; undefined when its signature is invalid or malleable. */
export function recoverAuthority(authorization: Authorization): Address | undefined {
  const { r, s, yParity } = authorization
  if (s > SECP256K1_HALF_ORDER) return undefined
  return recover(authorizationSigningHash(authorization), r, s, yParity)
}

function unsignedFields(tx: UnsignedTransaction): RlpItem[] {
  const to = tx.to === null ? EMPTY : hexToBytes(tx.to)
  const tail: RlpItem[] = [rlpInteger(tx.gasLimit), to, rlpInteger(tx.value), tx.data]
  const nonce = rlpInteger(tx.nonce)
  if (tx.type === 0) return [nonce, rlpInteger(tx.gasPrice ?? 0n), ...tail]
  const chainId = rlpInteger(tx.chainId ?? 0n)
  const accessList = tx.accessList.map((item) => [hexToBytes(item.address), item.storageKeys.map(hexToBytes)])
  if (tx.type === 1) return [chainId, nonce, rlpInteger(tx.gasPrice ?? 0n), ...tail, accessList]
  const fees = [rlpInteger(tx.maxPriorityFeePerGas ?? 0n), rlpInteger(tx.maxFeePerGas ?? 0n)]
  if (tx.type === 2) return [chainId, nonce, ...fees, ...tail, accessList]
  return [chainId, nonce, ...fees, ...tail, accessList, tx.authorizationList.map(authorizationFields)]
}

function authorizationFields(authorization: Authorization): RlpItem[] {
  const { chainId, address, nonce, yParity, r, s } = authorization
  return [
    rlpInteger(chainId),
    hexToBytes(address),
    rlpInteger(nonce),
    rlpInteger(yParity),
    rlpInteger(r),
    rlpInteger(s),
  ]
}

function demandFields(fields: readonly RlpItem[], type: keyof typeof FIELD_COUNTS): void {
  const expected = FIELD_COUNTS[type]
  if (fields.length !== expected) {
    throw new DecodeError(`transaction of type ${type}: expected ${expected} fields, got ${fields.length}`)
  }
}

function decodeLegacy(raw: Uint8Array): Transaction {
  const fields = decodeRlpList(raw, 'transaction')
  demandFields(fields, 0)
  const v = rlpBigint(fields[6], 'v')
  if (v !== 27n && v !== 28n && v < 35n) throw new DecodeError(INVALID_SENDER)
  const isProtected = v >= 35n
  return {
    type: 0,
    chainId: isProtected ? (v - 35n) / 2n : undefined,
    nonce: rlpBigint(fields[0], 'nonce', 8),
    gasPrice: rlpBigint(fields[1], 'gasPrice'),
    maxFeePerGas: undefined,
    maxPriorityFeePerGas: undefined,
    gasLimit: rlpBigint(fields[2], 'gasLimit', 8),
    to: decodeTo(fields[3]),
    value: rlpBigint(fields[4], 'value'),
    data: rlpBytes(fields[5], 'data'),
    accessList: [],
    authorizationList: [],
    ...decodeSignature(isProtected ? Number((v - 35n) % 2n) : Number(v - 27n), fields[7], fields[8]),
  }
}

function decodeTyped(type: TypedKind, payload: Uint8Array): Transaction {
  const fields = decodeRlpList(payload, 'transaction')
  demandFields(fields, type)
  const hasGasPrice = type === 1
  const gas = hasGasPrice ? 3 : 4
  const signature = fields.length - 3
  const yParity = rlpBigint(fields[signature], 'yParity')
  if (yParity > 1n) throw new DecodeError(INVALID_SENDER)
  const to = decodeTo(fields[gas + 1])
  if (type === 4 && to === null) throw new DecodeError('EIP-7702 transaction cannot be used to create contract')
  return {
    type,
    chainId: rlpBigint(fields[0], 'chainId'),
    nonce: rlpBigint(fields[1], 'nonce', 8),
    gasPrice: hasGasPrice ? rlpBigint(fields[2], 'gasPrice') : undefined,
    maxPriorityFeePerGas: hasGasPrice ? undefined : rlpBigint(fields[2], 'maxPriorityFeePerGas'),
    maxFeePerGas: hasGasPrice ? undefined : rlpBigint(fields[3], 'maxFeePerGas'),
    gasLimit: rlpBigint(fields[gas], 'gasLimit', 8),
    to,
    value: rlpBigint(fields[gas + 2], 'value'),
    data: rlpBytes(fields[gas + 3], 'data'),
    accessList: rlpList(fields[gas + 4], 'accessList').map(decodeAccessListItem),
    authorizationList: type === 4 ? rlpList(fields[gas + 5], 'authorizationList').map(decodeAuthorization) : [],
    ...decodeSignature(Number(yParity), fields[signature + 1], fields[signature + 2]),
  }
}

function decodeTo(item: RlpItem | undefined): Address | null {
  const bytes = rlpBytes(item, 'to', 20)
  if (bytes.length === 0) return null
  return addressFromBytes(rlpFixed(bytes, 'to', 20))
}

function decodeAccessListItem(item: RlpItem): AccessListItem {
  const fields = rlpList(item, 'accessList entry')
  if (fields.length !== 2) throw new DecodeError('accessList entry: expected an address and a list of keys')
  return {
    address: addressFromBytes(rlpFixed(fields[0], 'accessList address', 20)),
    storageKeys: rlpList(fields[1], 'accessList keys').map((key) => hashFromBytes(rlpFixed(key, 'accessList key', 32))),
  }
}

function decodeAuthorization(item: RlpItem): Authorization {
  const fields = rlpList(item, 'authorization')
  if (fields.length !== 6) throw new DecodeError(`authorization: expected 6 fields, got ${fields.length}`)
  return {
    chainId: rlpBigint(fields[0], 'authorization chainId'),
    address: addressFromBytes(rlpFixed(fields[1], 'authorization address', 20)),
    nonce: rlpBigint(fields[2], 'authorization nonce', 8),
    yParity: Number(rlpBigint(fields[3], 'authorization yParity', 1)),
    r: rlpBigint(fields[4], 'authorization r'),
    s: rlpBigint(fields[5], 'authorization s'),
  }
}

function decodeSignature(yParity: number, rItem: RlpItem | undefined, sItem: RlpItem | undefined) {
  const r = rlpBigint(rItem, 'r')
  const s = rlpBigint(sItem, 's')
  // EIP-2: a high s would give the same transaction a second hash.
  if (r === 0n || s === 0n || r >= SECP256K1_ORDER || s > SECP256K1_HALF_ORDER) throw new DecodeError(INVALID_SENDER)
  return { yParity, r, s }
}
