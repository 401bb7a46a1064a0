import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BoundedMap } from '../../src/lib/bounded-map.ts'
import { BoundedQueue } from '../../src/lib/bounded-queue.ts'
import {
  bigintToBytes,
  bigintToBytes32,
  bytesToBigint,
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  u64ToBytes,
} from '../../src/lib/bytes.ts'
import { Prng } from '../../src/lib/prng.ts'
import { Serial } from '../../src/lib/serial.ts'

describe('bytes', () => {
  it('survive the way to hexadecimal and back', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => equalBytes(hexToBytes(bytesToHex(bytes)), bytes)))
  })

  it('hold integers in the fewest bytes, or in exactly 32', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 256n) - 1n), (value) => {
        const minimal = bigintToBytes(value)
        expect(bytesToBigint(minimal)).toBe(value)
        expect(minimal[0]).not.toBe(0)
        expect(bytesToBigint(bigintToBytes32(value))).toBe(value)
        expect(bigintToBytes32(value).length).toBe(32)
      }),
    )
  })

  it('are ordered as their hexadecimal text is', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [left, right] = [bytesToHex(a), bytesToHex(b)]
        expect(Math.sign(compareBytes(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
    )
  })

  it('join in order', () => {
    expect(concatBytes(new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3]))).toEqual(
      new Uint8Array([1, 2, 3]),
    )
    expect(bytesToHex(u64ToBytes(258))).toBe('0x0000000000000102')
  })
})

describe('a bounded map', () => {
  it('never exceeds its capacity and drops the least recently used', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    expect(map.set('c', 3)).toEqual({ key: 'b', value: 2 })
    expect([...map.keys()]).toEqual(['a', 'c'])
  })
})

describe('a bounded queue', () => {
  it('keeps the order and refuses what is over its bound', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer(), fc.constant('shift' as const))), (operations) => {
        const queue = new BoundedQueue<number>(5)
        const model: number[] = []
        for (const operation of operations) {
          if (operation === 'shift') expect(queue.shift()).toBe(model.shift())
          else {
            expect(queue.push(operation)).toBe(model.length < 5)
            if (model.length < 5) model.push(operation)
          }
          expect(queue.size).toBe(model.length)
        }
      }),
    )
  })
})

describe('the seeded generator', () => {
  it('repeats itself from the same seed', () => {
    const [a, b] = [new Prng(7), new Prng(7)]
    expect(Array.from({ length: 50 }, () => a.u32())).toEqual(Array.from({ length: 50 }, () => b.u32()))
  })

  it('gives a fork the same draws whatever its parent drew', () => {
    const [a, b] = [new Prng(7), new Prng(7)]
    a.u32()
    expect(a.fork('disk').u32()).toBe(b.fork('disk').u32())
    expect(a.fork('disk').u32()).not.toBe(a.fork('net').u32())
  })

  it('shuffles without losing an item', () => {
    expect(new Prng(3).shuffle([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5])
  })
})

describe('a serial runner', () => {
  it('runs tasks in order and goes on after a failure', async () => {
    const serial = new Serial()
    const seen: number[] = []
    const first = serial.run(async () => {
      await Promise.resolve()
      seen.push(1)
    })
    const second = serial.run(() => {
      throw new Error('second')
    })
    const third = serial.run(() => seen.push(3))
    await expect(second).rejects.toThrow('second')
    await Promise.all([first, third])
    expect(seen).toEqual([1, 3])
    expect(serial.pending).toBe(0)
  })
})
