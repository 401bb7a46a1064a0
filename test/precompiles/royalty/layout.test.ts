import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../src/lib/bytes.ts'
import {
  custody,
  escrow,
  floorSlots,
  ledger,
  owed,
  parentSlots,
  queueHead,
  queueWord,
  weightsHead,
} from '../../../src/precompiles/royalty/royalty-cells.ts'
import { account, Ledger } from './support.ts'

const hex = (word: bigint): string => word.toString(16).padStart(64, '0')

describe('the layout that proofs rely on', () => {
  it('has these slots for ever', () => {
    const zeros = (bytes: number): string => '00'.repeat(bytes)
    expect(ledger.slot({ node: 0x0102, token: 3 })).toBe(`0x01${zeros(22)}${zeros(6)}010203`)
    expect(weightsHead.slot({ asset: 0x0102 })).toBe(`0x02${zeros(23)}${zeros(6)}0102`)
    expect(owed.slot({ account: account(1), token: 2 })).toBe(`0x05${zeros(10)}${account(1).slice(2)}02`)
    expect(escrow.slot({ asset: 7, token: 1 })).toBe(`0x08${zeros(22)}${zeros(7)}0701`)
    expect(custody.slot({ token: 4 })).toBe(`0x09${zeros(30)}04`)
    expect(queueHead.slot({ token: 4 })).toBe(`0x0a${zeros(30)}04`)
    expect(queueWord.slot({ token: 4, side: 1, level: 2, index: 3 })).toBe(`0x0b${zeros(24)}040102${zeros(3)}03`)
  })

  it('has these words for ever', () => {
    const high = 'ff'.repeat(15)
    expect(hex(ledger.pack({ inflow: 5n, acc: 6n }))).toBe(`${'0'.repeat(31)}5${'0'.repeat(31)}6`)
    expect(hex(owed.pack({ amount: BigInt(`0x${high}`), holder: 9n }))).toBe(
      `${'0'.repeat(18)}${high}${'0'.repeat(15)}9`,
    )
    expect(hex(custody.pack({ totalIn: 1n, booked: 2n }))).toBe(`${'0'.repeat(31)}1${'0'.repeat(31)}2`)
  })

  it('has this head for an asset of one parent, one floor and a pool', () => {
    const chain = new Ledger()
    for (let i = 0; i < 2; i++) chain.asset()
    const asset = chain.asset({
      parents: [{ parent: 2, relative: 0x11111, direct: 0x22222 }],
      floors: [{ ancestor: 1, ppm: 0x3333 }],
      poolPpm: 0x4444,
    })
    const word = chain.royalty.get(weightsHead.slot({ asset }))
    // parents, floors, fee 1,000, pool's share, pool, print.
    expect(hex(word).slice(2, 24)).toBe(`0101003e80444400000003`)
    const parents = `0000${'00000002'}${'02'}${'11111'}${'22222'}${'0'.repeat(40)}`
    const floors = `0000${'00000001'}${'02'}${'03333'}${'0'.repeat(45)}`
    expect(hex(chain.royalty.get(parentSlots.slot({ asset, word: 0 })))).toBe(parents)
    expect(hex(chain.royalty.get(floorSlots.slot({ asset, word: 0 })))).toBe(floors)
    const digest = bytesToHex(keccak_256(hexToBytes(`0x0101${parents}${floors}`)))
    expect(hex(word).slice(24)).toBe(digest.slice(26))
    expect(hex(word).slice(24)).toBe('ef084f2c326f3722c26c8b8a6c14ed978de0b7e9')
  })
})
