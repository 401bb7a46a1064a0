import { describe, expect, it } from 'vitest'
import { floorDataGas, intrinsicGas } from '../../src/types/intrinsic-gas.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'

const TO = `0x${'11'.repeat(20)}` as Address
const KEY = `0x${'22'.repeat(32)}` as Hash
const EMPTY = { to: TO, data: new Uint8Array(0), accessList: [], authorizationList: [] }
const AUTHORIZATION = { chainId: 0n, address: TO, nonce: 0n, yParity: 0, r: 1n, s: 1n }

describe('the gas before the first instruction', () => {
  it('is 21,000 for a plain transfer', () => {
    expect(intrinsicGas(EMPTY)).toBe(21_000n)
  })

  it('is 4 for a zero byte and 16 for another (EIP-2028)', () => {
    expect(intrinsicGas({ ...EMPTY, data: Uint8Array.of(0, 0, 7) })).toBe(21_000n + 8n + 16n)
  })

  it('is 32,000 more for a creation and 2 for each word of its code (EIP-3860)', () => {
    expect(intrinsicGas({ ...EMPTY, to: null })).toBe(53_000n)
    expect(intrinsicGas({ ...EMPTY, to: null, data: new Uint8Array(33) })).toBe(53_000n + 33n * 4n + 4n)
  })

  it('is 2,400 for an address and 1,900 for a key of the access list (EIP-2930)', () => {
    const accessList = [
      { address: TO, storageKeys: [KEY, KEY] },
      { address: TO, storageKeys: [] },
    ]
    expect(intrinsicGas({ ...EMPTY, accessList })).toBe(21_000n + 4_800n + 3_800n)
  })

  it('is 25,000 for an authorization (EIP-7702)', () => {
    expect(intrinsicGas({ ...EMPTY, authorizationList: [AUTHORIZATION, AUTHORIZATION] })).toBe(71_000n)
  })
})

describe('the floor for data (EIP-7623)', () => {
  it('is 10 a token, four tokens to a byte that is not zero', () => {
    expect(floorDataGas(new Uint8Array(0))).toBe(21_000n)
    expect(floorDataGas(Uint8Array.of(0, 0, 7))).toBe(21_000n + 60n)
  })
})
