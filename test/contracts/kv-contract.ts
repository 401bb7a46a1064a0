/**
 * What each key-value store promises; level-kv and memory-kv both run it.
 */

import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex, compareBytes, hexToBytes } from '../../src/lib/bytes.ts'
import type { Kv, KvEntry, KvOperation, KvRange, KvReader } from '../../src/storage/kv.ts'

const START = new Uint8Array(0)
const END = new Uint8Array(8).fill(0xff)

const shortBytes = fc.uint8Array({ minLength: 1, maxLength: 3 })
const operation: fc.Arbitrary<KvOperation> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key: shortBytes, value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ type: fc.constant('del' as const), key: shortBytes }),
)

export function kvContract(name: string, open: () => Promise<Kv>): void {
  describe(`${name} as a key-value store`, () => {
    const opened: Kv[] = []
    const fresh = async (): Promise<Kv> => {
      const kv = await open()
      opened.push(kv)
      return kv
    }

    afterEach(async () => {
      for (const kv of opened.splice(0)) await kv.close()
    })

    it('gives back what was put and nothing else', async () => {
      const kv = await fresh()
      await kv.batch([put([1], [9, 9]), put([2], [])], { sync: true })
      expect(kv.getSync(Uint8Array.of(1))).toEqual(Uint8Array.of(9, 9))
      expect(await kv.get(Uint8Array.of(1))).toEqual(Uint8Array.of(9, 9))
      expect(kv.getSync(Uint8Array.of(2))).toEqual(new Uint8Array(0))
      expect(kv.getSync(Uint8Array.of(3))).toBeUndefined()
      expect(await kv.get(Uint8Array.of(3))).toBeUndefined()
    })

    it('lets the later operation of a batch win', async () => {
      const kv = await fresh()
      await kv.batch([del([1]), put([1], [1]), put([2], [2]), del([2])], { sync: false })
      expect(kv.getSync(Uint8Array.of(1))).toEqual(Uint8Array.of(1))
      expect(kv.getSync(Uint8Array.of(2))).toBeUndefined()
    })

    it('takes changes from a function that uses its bytes again', async () => {
      const kv = await fresh()
      const key = Uint8Array.of(0)
      await kv.batch(
        (writer) => {
          for (let n = 0; n < 4; n++) {
            key[0] = n
            writer.put(key, key)
          }
          writer.del(Uint8Array.of(2))
        },
        { sync: true },
      )
      for (let n = 0; n < 4; n++) expect(kv.getSync(Uint8Array.of(n))).toEqual(n === 2 ? undefined : Uint8Array.of(n))
    })

    it('hands out bytes that belong to the caller', async () => {
      const kv = await fresh()
      await kv.batch([put([1], [5])], { sync: false })
      kv.getSync(Uint8Array.of(1))?.fill(0)
      expect(kv.getSync(Uint8Array.of(1))).toEqual(Uint8Array.of(5))
    })

    it('shows a snapshot the store as it was', async () => {
      const kv = await fresh()
      await kv.batch([put([1], [1]), put([2], [2])], { sync: false })
      const snapshot = kv.snapshot()
      await kv.batch([put([1], [7]), del([2]), put([3], [3])], { sync: false })
      expect(snapshot.getSync(Uint8Array.of(1))).toEqual(Uint8Array.of(1))
      expect(await snapshot.get(Uint8Array.of(2))).toEqual(Uint8Array.of(2))
      expect(snapshot.getSync(Uint8Array.of(3))).toBeUndefined()
      expect(await texts(snapshot, { start: START, end: END })).toEqual(['0x01=0x01', '0x02=0x02'])
      await snapshot.release()
    })

    it('equals a sorted map after any batches, forwards, backwards and in part', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { maxLength: 20 }), { maxLength: 5 }),
          shortBytes,
          async (batches, from) => {
            const kv = await open()
            const model = new Map<string, Uint8Array>()
            for (const batch of batches) {
              await kv.batch(batch, { sync: false })
              for (const item of batch) {
                if (item.type === 'put') model.set(bytesToHex(item.key), item.value)
                else model.delete(bytesToHex(item.key))
              }
            }
            const ordered = [...model].sort(([a], [b]) => compareBytes(hexToBytes(a), hexToBytes(b)))
            const sorted = ordered.map(([key, value]) => `${key}=${bytesToHex(value)}`)
            const after = sorted.filter((text) => compareBytes(hexKey(text), from) >= 0)
            expect(await texts(kv, { start: START, end: END })).toEqual(sorted)
            expect(await texts(kv, { start: from, end: END, limit: 3 })).toEqual(after.slice(0, 3))
            expect(await texts(kv, { start: from, end: END, reverse: true })).toEqual(after.toReversed())
            await kv.close()
          },
        ),
        { numRuns: 40 },
      )
    })

    it('refuses with a code once it is closed', async () => {
      const kv = await open()
      await kv.close()
      expect(() => kv.getSync(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }))
      await expect(kv.batch([put([1], [1])], { sync: true })).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
    })
  })
}

function put(key: number[], value: number[]): KvOperation {
  return { type: 'put', key: Uint8Array.from(key), value: Uint8Array.from(value) }
}

function del(key: number[]): KvOperation {
  return { type: 'del', key: Uint8Array.from(key) }
}

function textOf({ key, value }: KvEntry): string {
  return `${bytesToHex(key)}=${bytesToHex(value)}`
}

function hexKey(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.slice(2, text.indexOf('=')), 'hex'))
}

async function texts(reader: KvReader, range: KvRange): Promise<string[]> {
  const found: string[] = []
  for await (const entry of reader.range(range)) found.push(textOf(entry))
  return found
}
