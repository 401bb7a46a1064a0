/**
 * The ABI codec against viem's: what one writes the other reads, and anything but the strict encoding is refused.
 */

import fc from 'fast-check'
import { decodeAbiParameters, encodeAbiParameters, encodeErrorResult, encodeEventTopics, parseAbiItem } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex, equalBytes } from '../../src/lib/bytes.ts'
import { decodeValues, encodeValues } from '../../src/precompiles/abi.ts'
import {
  type AbiFields,
  type AbiType,
  address,
  array,
  bool,
  bytes,
  bytes4,
  bytes32,
  fixedArray,
  string,
  struct,
  uint8,
  uint16,
  uint32,
  uint64,
  uint128,
  uint256,
} from '../../src/precompiles/abi-types.ts'
import { defineError, defineEvent, indexed } from '../../src/precompiles/module.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'

/** A type of ours with viem's description of it and values of both. */
type Case = {
  readonly type: AbiType<unknown>
  readonly viem: object
  readonly value: unknown
  readonly viemValue: unknown
}

const hexOf = (length: number): fc.Arbitrary<`0x${string}`> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((raw) => bytesToHex(raw))

function uintCase(type: AbiType<bigint>, bits: number): fc.Arbitrary<Case> {
  const value = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }), fc.constant(2n ** BigInt(bits) - 1n))
  return value.map((one) => ({
    type,
    viem: { type: `uint${bits}` },
    value: one,
    viemValue: bits <= 48 ? Number(one) : one,
  }))
}

const wordCase: fc.Arbitrary<Case> = fc.oneof(
  uintCase(uint8, 8),
  uintCase(uint16, 16),
  uintCase(uint32, 32),
  uintCase(uint64, 64),
  uintCase(uint128, 128),
  uintCase(uint256, 256),
  fc.boolean().map((value) => ({ type: bool, viem: { type: 'bool' }, value, viemValue: value })),
  hexOf(20).map((value) => ({ type: address, viem: { type: 'address' }, value, viemValue: value })),
  hexOf(32).map((value) => ({ type: bytes32, viem: { type: 'bytes32' }, value, viemValue: value })),
  hexOf(4).map((value) => ({ type: bytes4, viem: { type: 'bytes4' }, value, viemValue: value })),
)

const textCase: fc.Arbitrary<Case> = fc.oneof(
  fc
    .uint8Array({ maxLength: 100 })
    .map((value) => ({ type: bytes, viem: { type: 'bytes' }, value, viemValue: bytesToHex(value) })),
  fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((value) => ({ type: string, viem: { type: 'string' }, value, viemValue: value })),
)

/** Types inside types, the same value repeated in lists. */
const anyCase: fc.Arbitrary<Case> = fc.letrec<{ any: Case }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    wordCase,
    textCase,
    fc.tuple(tie('any'), fc.nat(4)).map(([one, length]) => listOf(one, length, undefined)),
    fc.tuple(tie('any'), fc.integer({ min: 1, max: 3 })).map(([one, length]) => listOf(one, length, length)),
    fc.array(tie('any'), { minLength: 1, maxLength: 4 }).map(structOf),
  ),
})).any

function listOf(one: Case, length: number, fixed: number | undefined): Case {
  const viem = one.viem as { type: string }
  const repeated = <T>(value: T): T[] => Array.from({ length }, () => value)
  return {
    type: (fixed === undefined ? array(one.type, 4) : fixedArray(one.type, fixed)) as AbiType<unknown>,
    viem: { ...viem, type: `${viem.type}[${fixed ?? ''}]` },
    value: repeated(one.value),
    viemValue: repeated(one.viemValue),
  }
}

function structOf(cases: readonly Case[]): Case {
  const named = <T>(pick: (one: Case) => T) => Object.fromEntries(cases.map((one, i) => [`f${i}`, pick(one)]))
  return {
    type: struct(
      'Some',
      named((one) => one.type),
    ) as AbiType<unknown>,
    viem: { type: 'tuple', components: cases.map((one, i) => ({ ...one.viem, name: `f${i}` })) },
    value: named((one) => one.value),
    viemValue: named((one) => one.viemValue),
  }
}

const parameters = fc.array(anyCase, { maxLength: 5 }).map((cases) => {
  const fields: AbiFields = Object.fromEntries(cases.map((one, i) => [`p${i}`, one.type]))
  const values = Object.fromEntries(cases.map((one, i) => [`p${i}`, one.value]))
  return { fields, values, viem: cases.map((one) => one.viem), viemValues: cases.map((one) => one.viemValue) }
})

describe('the ABI codec', () => {
  it("writes viem's bytes and reads them back", () => {
    fc.assert(
      fc.property(parameters, ({ fields, values, viem, viemValues }) => {
        const expected = encodeAbiParameters(viem as never, viemValues as never)
        const encoded = encodeValues(fields, values)
        expect(bytesToHex(encoded)).toBe(expected)
        expect(decodeValues(fields, encoded)).toEqual({ ok: true, value: values })
      }),
      { numRuns: 400 },
    )
  })

  it('reads nothing but the one encoding: a changed byte changes the values, or is refused', () => {
    fc.assert(
      fc.property(parameters, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ fields, values }, at, flip) => {
        const encoded = encodeValues(fields, values)
        if (encoded.length === 0) return
        const spoilt = encoded.slice()
        const position = at % encoded.length
        spoilt[position] = (spoilt[position] as number) ^ flip
        const decoded = decodeValues(fields, spoilt)
        // What is accepted encodes to the very bytes that were read.
        if (decoded.ok) expect(equalBytes(encodeValues(fields, decoded.value), spoilt)).toBe(true)
      }),
      { numRuns: 600 },
    )
  })

  it('refuses input that ends early, at every length', () => {
    fc.assert(
      fc.property(parameters, ({ fields, values }) => {
        const encoded = encodeValues(fields, values)
        for (let length = 0; length < encoded.length; length += 7) {
          expect(decodeValues(fields, encoded.subarray(0, length)).ok).toBe(false)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('leaves bytes behind the last value alone', () => {
    const encoded = encodeValues({ n: uint64, text: string }, { n: 7n, text: 'seven' })
    const tagged = new Uint8Array(encoded.length + 5).fill(0xee)
    tagged.set(encoded)
    expect(decodeValues({ n: uint64, text: string }, tagged)).toEqual({ ok: true, value: { n: 7n, text: 'seven' } })
  })

  const list = { items: array(uint64, 3) }
  const word = (value: bigint): string => value.toString(16).padStart(64, '0')
  const decodeWords = (...words: readonly bigint[]) => decodeValues(list, Buffer.from(words.map(word).join(''), 'hex'))

  it('refuses a list beyond its bound before it looks at the items', () => {
    expect(decodeWords(32n, 3n, 1n, 2n, 3n).ok).toBe(true)
    expect(decodeWords(32n, 4n, 1n, 2n, 3n, 4n)).toEqual({
      ok: false,
      error: 'a list of 4 items where at most 3 are allowed',
    })
    expect(decodeWords(32n, 2n ** 255n)).toMatchObject({ ok: false })
  })

  it('refuses offsets that point elsewhere: back, beyond, or with a gap', () => {
    expect(decodeWords(0n, 1n, 1n).ok).toBe(false)
    expect(decodeWords(64n, 0n, 1n, 1n).ok).toBe(false)
    expect(decodeWords(2n ** 200n, 1n, 1n).ok).toBe(false)
  })

  it('refuses text that is no UTF-8', () => {
    const raw = encodeValues({ text: bytes }, { text: Uint8Array.of(0xc3, 0x28) })
    expect(decodeValues({ text: string }, raw).ok).toBe(false)
  })

  it('reads what viem writes for a contract call with nested structs', () => {
    const Edge = struct('Edge', { parent: uint64, note: string })
    const fields = { edges: array(Edge, 8), flag: bool }
    const viem = [
      {
        type: 'tuple[]',
        components: [
          { name: 'parent', type: 'uint64' },
          { name: 'note', type: 'string' },
        ],
      },
      { type: 'bool' },
    ]
    const values = {
      edges: [
        { parent: 1n, note: 'a' },
        { parent: 2n, note: '' },
      ],
      flag: true,
    }
    const encoded = encodeAbiParameters(viem as never, [values.edges, values.flag] as never)
    expect(decodeValues(fields, Buffer.from(encoded.slice(2), 'hex'))).toEqual({ ok: true, value: values })
    expect(decodeAbiParameters(viem as never, bytesToHex(encodeValues(fields, values)))).toEqual([
      values.edges,
      values.flag,
    ])
  })
})

describe('errors and events', () => {
  it("are viem's", () => {
    const NotMet = defineError('TermsNotMet', { parent: uint64, asked: uint32, given: uint32 })
    const abi = [parseAbiItem('error TermsNotMet(uint64 parent, uint32 asked, uint32 given)')]
    const expected = encodeErrorResult({ abi, errorName: 'TermsNotMet', args: [5n, 600, 500] })
    expect(bytesToHex(NotMet.encode({ parent: 5n, asked: 600n, given: 500n }))).toBe(expected)

    const who = `0x${'ab'.repeat(20)}` as Address
    const memo = `0x${'cd'.repeat(32)}` as Hash
    const Paid = defineEvent('Paid', {
      asset: indexed(uint64),
      payer: indexed(address),
      amount: uint256,
      memo: bytes32,
    })
    const event = parseAbiItem('event Paid(uint64 indexed asset, address indexed payer, uint256 amount, bytes32 memo)')
    const { topics, data } = Paid.encode({ asset: 9n, payer: who, amount: 7n, memo })
    expect(topics).toEqual(encodeEventTopics({ abi: [event], eventName: 'Paid', args: { asset: 9n, payer: who } }))
    expect(bytesToHex(data)).toBe(encodeAbiParameters([{ type: 'uint256' }, { type: 'bytes32' }], [7n, memo]))
  })

  it('demand at most three topics of one word each', () => {
    expect(() => defineEvent('Long', { text: indexed(string) })).toThrow(/of one word each/)
  })
})
