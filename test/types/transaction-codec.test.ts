/**
 * Transactions to and from bytes, against viem's and ethers' own encoding of the same transactions.
 */

import { Transaction as EthersTransaction } from 'ethers'
import fc from 'fast-check'
import { privateKeyToAccount, sign as viemSign } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { keccak256 } from '../../src/crypto/keccak.ts'
import { SECP256K1_ORDER } from '../../src/crypto/secp256k1.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { DecodeError } from '../../src/types/codec.ts'
import { addressFromBytes, hashFromBytes } from '../../src/types/primitives.ts'
import { encodeRlp } from '../../src/types/rlp.ts'
import type { Authorization, Transaction } from '../../src/types/transaction.ts'
import {
  authorizationSigningHash,
  decodeTransaction,
  encodeTransaction,
  recoverAuthority,
  recoverSender,
  signTransaction,
  transactionHash,
  type UnsignedTransaction,
} from '../../src/types/transaction-codec.ts'

const KEY = hexToBytes('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const SENDER = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'

const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n })
const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(addressFromBytes)
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hashFromBytes)
const data = fc.uint8Array({ maxLength: 100 })
const accessList = fc.array(fc.record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), { maxLength: 3 })
const chainId = fc.bigInt({ min: 1n, max: 2n ** 50n })

const authorization: fc.Arbitrary<Authorization> = fc.record({
  chainId,
  address,
  nonce: uint(64),
  yParity: fc.integer({ min: 0, max: 1 }),
  r: uint(256),
  s: uint(256),
})

const unsigned: fc.Arbitrary<UnsignedTransaction> = fc
  .record({
    type: fc.constantFrom<0 | 1 | 2 | 4>(0, 1, 2, 4),
    isProtected: fc.boolean(),
    chainId,
    nonce: uint(64),
    price: uint(100),
    tip: uint(100),
    gasLimit: uint(64),
    to: fc.option(address),
    recipient: address,
    value: uint(128),
    data,
    accessList,
    authorizationList: fc.array(authorization, { minLength: 1, maxLength: 3 }),
  })
  .map((one) => {
    const hasGasPrice = one.type < 2
    return {
      type: one.type,
      chainId: one.type === 0 && !one.isProtected ? undefined : one.chainId,
      nonce: one.nonce,
      gasPrice: hasGasPrice ? one.price : undefined,
      maxFeePerGas: hasGasPrice ? undefined : one.price,
      maxPriorityFeePerGas: hasGasPrice ? undefined : one.tip,
      gasLimit: one.gasLimit,
      to: one.type === 4 ? one.recipient : one.to,
      value: one.value,
      data: one.data,
      accessList: one.type === 0 ? [] : one.accessList,
      authorizationList: one.type === 4 ? one.authorizationList : [],
    }
  })

describe('a transaction', () => {
  it('survives its bytes, and its sender is who signed', () => {
    fc.assert(
      fc.property(unsigned, (fields) => {
        const one = signTransaction(fields, KEY)
        expect(one.sender).toBe(SENDER)
        const decoded = decodeTransaction(one.raw)
        expect(decoded).toEqual(one.transaction)
        expect(recoverSender(decoded)).toBe(SENDER)
        expect(encodeTransaction(decoded)).toEqual(one.raw)
        expect(transactionHash(one.raw)).toBe(one.hash)
      }),
      { numRuns: 150 },
    )
  })

  it('is the same to ethers: fields, hash, sender', () => {
    fc.assert(
      fc.property(unsigned, (fields) => {
        // ethers holds nonces in a double, and refuses a tip above the maximum fee.
        const maxPriorityFeePerGas = fields.type < 2 ? undefined : 0n
        const one = signTransaction({ ...fields, nonce: fields.nonce % 2n ** 50n, maxPriorityFeePerGas }, KEY)
        const theirs = EthersTransaction.from(bytesToHex(one.raw))
        expect(theirs.hash).toBe(one.hash)
        expect(theirs.from?.toLowerCase()).toBe(SENDER)
        expect(theirs.gasLimit).toBe(one.transaction.gasLimit)
        expect(theirs.value).toBe(one.transaction.value)
        expect(theirs.to?.toLowerCase() ?? null).toBe(one.transaction.to)
      }),
      { numRuns: 60 },
    )
  })

  it('signed by viem decodes with the same sender', async () => {
    const account = privateKeyToAccount(bytesToHex(KEY))
    const common = { chainId: 534_100, nonce: 3, gas: 21_000n, to: account.address, value: 7n }
    const signedByViem = [
      await account.signTransaction({ ...common, type: 'legacy', gasPrice: 5n }),
      await account.signTransaction({ ...common, type: 'eip2930', gasPrice: 5n, accessList: [] }),
      await account.signTransaction({ ...common, type: 'eip1559', maxFeePerGas: 5n, maxPriorityFeePerGas: 1n }),
    ]
    for (const raw of signedByViem) {
      const decoded = decodeTransaction(hexToBytes(raw))
      expect(recoverSender(decoded)).toBe(SENDER)
      expect(decoded).toMatchObject({ chainId: 534_100n, nonce: 3n, gasLimit: 21_000n, value: 7n })
    }
  })

  it('names the authority of an EIP-7702 authorization that viem signed', async () => {
    const account = privateKeyToAccount(bytesToHex(KEY))
    const theirs = await account.signAuthorization({ chainId: 534_100, nonce: 9, address: account.address })
    const ours: Authorization = {
      chainId: 534_100n,
      nonce: 9n,
      address: addressFromBytes(hexToBytes(account.address)),
      yParity: theirs.yParity ?? 0,
      r: BigInt(theirs.r),
      s: BigInt(theirs.s),
    }
    expect(recoverAuthority(ours)).toBe(SENDER)
    expect(recoverAuthority({ ...ours, s: SECP256K1_ORDER - ours.s, yParity: 1 - ours.yParity })).toBeUndefined()
    const signature = await viemSign({ hash: bytesToHex(authorizationSigningHash(ours)), privateKey: bytesToHex(KEY) })
    expect(BigInt(signature.r)).toBe(ours.r)
  })
})

describe('bytes that are no transaction', () => {
  const valid = signTransaction(
    {
      type: 2,
      chainId: 1n,
      nonce: 1n,
      gasPrice: undefined,
      maxFeePerGas: 2n,
      maxPriorityFeePerGas: 1n,
      gasLimit: 21_000n,
      to: addressFromBytes(new Uint8Array(20)),
      value: 0n,
      data: new Uint8Array(0),
      accessList: [],
      authorizationList: [],
    },
    KEY,
  )
  const refusal = (raw: Uint8Array): string => {
    try {
      decodeTransaction(raw)
      return 'decoded'
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(DecodeError)
      return (thrown as Error).message
    }
  }

  it('are refused in words that a user understands', () => {
    const { transaction } = valid
    const changed = (fields: Partial<Transaction>): Uint8Array => encodeTransaction({ ...transaction, ...fields })
    expect(refusal(new Uint8Array(0))).toBe('typed transaction too short')
    expect(refusal(Uint8Array.of(2))).toBe('typed transaction too short')
    expect(refusal(Uint8Array.of(3, 0xc0))).toBe('transaction type not supported')
    expect(refusal(Uint8Array.of(5, 0xc0))).toBe('transaction type not supported')
    expect(refusal(changed({ s: SECP256K1_ORDER - transaction.s }))).toBe('invalid sender')
    expect(refusal(changed({ r: 0n }))).toBe('invalid sender')
    expect(refusal(changed({ yParity: 2 }))).toBe('invalid sender')
    expect(refusal(changed({ type: 4, to: null, authorizationList: [] }))).toBe(
      'EIP-7702 transaction cannot be used to create contract',
    )
    expect(refusal(changed({ nonce: 2n ** 64n }))).toMatch(/^nonce: 9 bytes/)
    expect(refusal(encodeRlp([new Uint8Array(0)]))).toBe('transaction of type 0: expected 9 fields, got 1')
  })

  it('are refused, never anything but a DecodeError, wherever they are cut or changed', () => {
    for (let length = 0; length < valid.raw.length; length++) refusal(valid.raw.subarray(0, length))
    fc.assert(
      fc.property(fc.nat(valid.raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const raw = valid.raw.slice()
        raw[at] = (raw[at] as number) ^ change
        try {
          expect(encodeTransaction(decodeTransaction(raw))).toEqual(raw)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DecodeError)
        }
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => {
        refusal(raw)
      }),
    )
  })

  it('hash as keccak does', () => {
    expect(transactionHash(valid.raw)).toBe(bytesToHex(keccak256(valid.raw)))
  })
})
