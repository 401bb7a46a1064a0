/**
 * Cells: where they are, how they pack, that no two share a slot, and what their meter is told.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256 } from '../../src/crypto/keccak.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { type CellMeter, Cells, defineBytesCell, defineCell } from '../../src/state/cells.ts'
import type { StateSource } from '../../src/state/state-source.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { type Address, addressFromBytes, type Hash, hashFromBytes } from '../../src/types/primitives.ts'

const MODULE = '0x00000000000000000000000000000000534100fe' as Address
const NOWHERE: StateSource = { getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined }

function openCells() {
  const touches: string[] = []
  const meter: CellMeter = {
    read: (_, slot) => touches.push(`read ${slot}`),
    write: (_, slot, growth) => touches.push(`write ${slot} ${growth}`),
  }
  const state = new WorldState(NOWHERE)
  return { cells: new Cells(state, MODULE, meter), state, touches }
}

const ledger = defineCell({
  name: 'ledger',
  tag: 0x01,
  growth: 'steady',
  key: { node: 8, token: 1 },
  value: { inflow: 128, acc: 128 },
})
const owned = defineCell({
  name: 'owned',
  tag: 0x02,
  growth: 'fresh',
  key: { account: 20, token: 1 },
  value: { a: 1, b: 64 },
})
const claimed = defineCell({
  name: 'claimed',
  tag: 0x03,
  growth: 'fresh',
  key: { content: 32, account: 20 },
  value: { at: 64 },
})
const head = defineCell({ name: 'head', tag: 0x04, growth: 'steady', key: {}, value: { count: 256 } })
const text = defineBytesCell({ name: 'text', tag: 0x05, growth: 'fresh', key: { id: 8 }, maxBytes: 100 })

const addresses = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(addressFromBytes)
const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hashFromBytes)
const u64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(300).map(BigInt))

describe('a slot', () => {
  it('is the tag, then the key right-aligned in 31 bytes', () => {
    const zeros = (bytes: number): string => '00'.repeat(bytes)
    expect(ledger.slot({ node: 258n, token: 3 })).toBe(`0x01${zeros(22)}0000000000000102${'03'}`)
    expect(ledger.slot({ node: 2n ** 64n - 1n, token: 255n })).toBe(`0x01${zeros(22)}${'ff'.repeat(9)}`)
    expect(head.slot({})).toBe(`0x04${zeros(31)}`)
    const account = `0x${'ab'.repeat(20)}` as Address
    expect(owned.slot({ account, token: 1 })).toBe(`0x02${zeros(10)}${'ab'.repeat(20)}01`)
  })

  it('says the same for a number and the bigint of it', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(255), (node, token) => {
        const digits = BigInt(node).toString(16).padStart(16, '0') + token.toString(16).padStart(2, '0')
        const expected = `0x01${digits.padStart(62, '0')}`
        expect(ledger.slot({ node, token })).toBe(expected)
        expect(ledger.slot({ node: BigInt(node), token: BigInt(token) })).toBe(expected)
      }),
    )
  })

  it('of a longer key is the hash of tag and key with the top bit set', () => {
    fc.assert(
      fc.property(hashes, addresses, (content, account) => {
        const digest = keccak256(hexToBytes(`0x03${content.slice(2)}${account.slice(2)}`))
        digest[0] = (digest[0] as number) | 0x80
        expect(claimed.slot({ content, account })).toBe(bytesToHex(digest))
      }),
    )
  })

  it('is no other cell, whatever the keys', () => {
    const keys = fc.record({ node: u64, token: fc.nat(255), account: addresses, content: hashes, part: fc.nat(4) })
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const slots = (key: typeof a): Hash[] => [
          ledger.slot(key),
          owned.slot(key),
          claimed.slot(key),
          head.slot({}),
          text.slot({ id: key.node }, key.part),
        ]
        expect(new Set(slots(a)).size).toBe(5)
        const isSame = a.node === b.node && a.token === b.token
        expect(ledger.slot(a) === ledger.slot(b)).toBe(isSame)
      }),
    )
  })

  it('refuses key fields that do not fit', () => {
    expect(() => ledger.slot({ node: 2n ** 64n, token: 0 })).toThrow(/fits 8 bytes/)
    expect(() => ledger.slot({ node: 1n, token: 256 })).toThrow(/fits 1 bytes/)
    expect(() => ledger.slot({ node: -1n, token: 0 })).toThrow()
    expect(() => ledger.slot({ node: -1, token: 0 })).toThrow()
    expect(() => owned.slot({ account: '0xab' as Address, token: 0 })).toThrow(/20 bytes/)
  })
})

describe('a value', () => {
  it('is packed with the first field in the highest bits and read back', () => {
    expect(ledger.pack({ inflow: 1n, acc: 2n })).toBe((1n << 128n) | 2n)
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
        (inflow, acc) => {
          const { cells } = openCells()
          const key = { node: 7, token: 0 }
          ledger.write(cells, key, { inflow, acc })
          expect(ledger.read(cells, key)).toEqual({ inflow, acc })
        },
      ),
    )
  })

  it('wider than its field is a bug that stops', () => {
    expect(() => owned.pack({ a: 2n, b: 0n })).toThrow(/a of owned fits 1 bits/)
    expect(() => owned.pack({ a: 0n, b: -1n })).toThrow(/b of owned/)
  })

  it('is zeros before the first write', () => {
    const { cells } = openCells()
    expect(owned.read(cells, { account: MODULE, token: 0 })).toEqual({ a: 0n, b: 0n })
  })

  it('of bytes longer than it can be, as a made-up state may say, is a bug that stops before anything is read', () => {
    const { cells } = openCells()
    cells.set(text.slot({ id: 9 }, 0), 1n << 255n, 'fresh')
    expect(() => text.read(cells, { id: 9 })).toThrow(/text holds at most 100 bytes/)
  })

  it('of bytes is read back, also after a longer one, and costs a slot for each 32', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { minLength: 1, maxLength: 4 }), (values) => {
        const { cells, touches } = openCells()
        for (const value of values) {
          const before = touches.length
          text.write(cells, { id: 9 }, value)
          expect(touches.length - before).toBe(1 + Math.ceil(value.length / 32))
          expect(text.read(cells, { id: 9 })).toEqual(value)
        }
        expect(text.read(cells, { id: 8 })).toEqual(new Uint8Array(0))
      }),
    )
    expect(() => text.write(openCells().cells, { id: 9 }, new Uint8Array(101))).toThrow(/at most 100 bytes/)
  })
})

describe('the meter', () => {
  it('is told before each touch, so that a refusal leaves the slot alone', () => {
    const { state } = openCells()
    const empty: CellMeter = {
      read: () => {},
      write: () => {
        throw new Error('out of gas')
      },
    }
    expect(() => head.write(new Cells(state, MODULE, empty), {}, { count: 1n })).toThrow('out of gas')
    expect(state.getStorage(MODULE, head.slot({}))).toBe(0n)
  })

  it('hears of the slot and its growth', () => {
    const { cells, touches } = openCells()
    head.read(cells, {})
    owned.write(cells, { account: MODULE, token: 1 }, { a: 1n, b: 2n })
    expect(touches).toEqual([`read ${head.slot({})}`, `write ${owned.slot({ account: MODULE, token: 1 })} fresh`])
  })
})

describe('marks of slots in a transaction', () => {
  it('tell the first read from the first write, and revert with the journal', () => {
    const { state } = openCells()
    const { transaction } = state
    const slot = head.slot({})
    state.beginTransaction()
    expect(transaction.warmSlot(MODULE, slot)).toBe(true)
    state.checkpoint()
    expect(transaction.markSlotWritten(MODULE, slot)).toBe(true)
    expect(transaction.markSlotWritten(MODULE, slot)).toBe(false)
    state.revert()
    expect(transaction.isWarmSlot(MODULE, slot)).toBe(true)
    expect(transaction.markSlotWritten(MODULE, slot)).toBe(true)
    state.checkpoint()
    const other = ledger.slot({ node: 1, token: 0 })
    expect(transaction.markSlotWritten(MODULE, other)).toBe(true)
    expect(transaction.warmSlot(MODULE, other)).toBe(false)
    state.revert()
    expect(transaction.isWarmSlot(MODULE, other)).toBe(false)
    state.beginTransaction()
    expect(transaction.isWarmSlot(MODULE, slot)).toBe(false)
  })
})
