import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { Prng } from '../../src/lib/prng.ts'
import { WalError } from '../../src/storage/wal-errors.ts'
import { diskFolder, type LogFolder } from '../../src/storage/wal-files.ts'
import { openWal, repairWal } from '../../src/storage/wal-open.ts'
import { encodeWalRecord } from '../../src/storage/wal-record.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { MemoryLogFolder } from '../support/memory-log-folder.ts'

const identity = { purpose: 'test', chainId: 7, genesisHash: `0x${'ab'.repeat(32)}` as Hash }
let salt = 1
const open = (folder: LogFolder, maxSegmentBytes = 1_000_000) =>
  openWal({ folder, identity, randomSalt: () => salt++ * 0x01000193, maxSegmentBytes })

const payloadOf = (i: number): Uint8Array => Uint8Array.from({ length: 1 + ((i * 37) % 60) }, (_, at) => i + at)

async function readAll(folder: LogFolder): Promise<number[]> {
  const { wal, records } = await open(folder)
  const seen: number[] = []
  for await (const { type, payload } of records) {
    expect(type).toBe(1)
    expect(payload).toEqual(payloadOf(present(payload[0], 'payloads are not empty')))
    seen.push(payload[0] as number)
  }
  await wal.close()
  return seen
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (thrown) => (thrown instanceof WalError ? thrown.code : `another: ${thrown}`),
  )
}

describe('the write-ahead log', () => {
  it('gives back what was appended, in order, through starts, segments and on a real disk', async () => {
    const path = await mkdtemp(join(tmpdir(), 'wal-'))
    try {
      for (const folder of [new MemoryLogFolder(), await diskFolder(path)]) {
        for (const start of [0, 20, 40]) {
          const { wal } = await open(folder, 300)
          for (let i = start; i < start + 20; i++) {
            wal.append(1, payloadOf(i))
            if (i % 7 === 0) await wal.sync()
          }
          await wal.close()
        }
        expect(await readAll(folder)).toEqual(Array.from({ length: 60 }, (_, i) => i))
        expect((await folder.list()).length).toBeGreaterThan(6)
      }
    } finally {
      await rm(path, { recursive: true })
    }
  })

  it('shares one fdatasync among all who wait in the same turn', async () => {
    const folder = new MemoryLogFolder()
    const { wal } = await open(folder)
    await wal.sync()
    const before = folder.syncs
    const waits = []
    for (let i = 0; i < 50; i++) {
      wal.append(1, payloadOf(i))
      waits.push(wal.sync())
    }
    await Promise.all(waits)
    expect(folder.syncs - before).toBe(1)
    await wal.sync()
    expect(folder.syncs - before).toBe(1)
  })

  it('drops whole segments and starts again from what is left', async () => {
    const folder = new MemoryLogFolder()
    const { wal } = await open(folder, 300)
    let segment = 0
    for (let i = 0; i < 40; i++) segment = wal.append(1, payloadOf(i))
    await wal.sync()
    await wal.dropBefore(segment)
    await wal.close()
    expect(folder.files.size).toBe(1)
    const left = await readAll(folder)
    expect(left.at(-1)).toBe(39)
    expect(left).toEqual(left.map((_, i) => 40 - left.length + i))
  })

  it('recovers a prefix from a truncation at every byte of the last records', async () => {
    const folder = new MemoryLogFolder()
    const { wal } = await open(folder)
    for (let i = 0; i < 6; i++) wal.append(1, payloadOf(i))
    await wal.close()
    const [name, file] = present([...folder.files][0], 'one segment')
    let previous = -1
    for (let length = 0; length <= file.bytes.length; length++) {
      const cut = folder.copy()
      present(cut.files.get(name), 'copied').bytes = file.bytes.slice(0, length)
      const left = await readAll(cut)
      expect(left).toEqual(left.map((_, i) => i))
      expect(left.length).toBeGreaterThanOrEqual(previous)
      previous = left.length
      // What was cut stays cut, and the log goes on.
      const { wal: next } = await open(cut)
      next.append(1, payloadOf(100))
      await next.close()
      expect(await readAll(cut)).toEqual([...left, 100])
    }
    expect(previous).toBe(6)
  })

  it('answers a flipped bit anywhere with a prefix, or refuses when the record had been durable', async () => {
    const folder = new MemoryLogFolder()
    const { wal } = await open(folder)
    for (let i = 0; i < 6; i++) {
      wal.append(1, payloadOf(i))
      if (i === 2) await wal.sync()
    }
    await wal.close()
    const [name, file] = present([...folder.files][0], 'one segment')
    let refusals = 0
    let prefixes = 0
    for (let at = 0; at < file.bytes.length; at++) {
      const flipped = folder.copy()
      const { bytes } = present(flipped.files.get(name), 'copied')
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8))
      const code = await codeOf(open(flipped).then(({ wal: opened }) => opened.close()))
      if (code === 'WAL_CORRUPT') {
        refusals++
        expect(present(await repairWal(flipped, identity), 'something to cut').bytes).toBeGreaterThan(0)
      } else {
        prefixes++
        expect(code).toBe('none')
      }
      const left = await readAll(flipped)
      expect(left).toEqual(left.map((_, i) => i))
      expect(left.length).toBeLessThan(6)
    }
    // Records 0 to 2 were durable when 3 was written, so damage in them is proven; in 3 to 5 it is not.
    expect(refusals).toBeGreaterThan(0)
    expect(prefixes).toBeGreaterThan(0)
  })

  it('loses nothing that was synced in any crash', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const prng = new Prng(seed)
      let folder = new MemoryLogFolder()
      const durable: number[] = []
      let appended = 0
      for (let life = 0; life < 3; life++) {
        const { wal, records } = await open(folder, 200)
        const left: number[] = []
        for await (const { payload } of records) left.push(payload[0] as number)
        expect(left.slice(0, durable.length), `seed ${seed}`).toEqual(durable)
        durable.splice(0, durable.length, ...left)
        const unsynced: number[] = []
        for (let i = prng.below(12); i > 0; i--) {
          wal.append(1, payloadOf(appended))
          unsynced.push(appended++)
          const then = prng.pick(['sync', 'flush', 'nothing'])
          if (then === 'flush') await wal.flush()
          if (then === 'sync') {
            await wal.sync()
            durable.push(...unsynced.splice(0))
          }
        }
        folder = folder.crash(prng)
      }
    }
  })

  it('stops for ever at the first failed write or fdatasync', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    for (const [fail, code] of [
      ['failWrite', 'WAL_DISK_FULL'],
      ['failSync', 'WAL_DISK_FULL'],
    ] as const) {
      const folder = new MemoryLogFolder()
      const { wal } = await open(folder)
      wal.append(1, payloadOf(1))
      folder[fail] = full
      expect(await codeOf(wal.sync())).toBe(code)
      folder[fail] = undefined
      wal.append(1, payloadOf(2))
      expect(await codeOf(wal.sync())).toBe(code)
      expect(await codeOf(wal.close())).toBe(code)
    }
    const folder = new MemoryLogFolder()
    const { wal } = await open(folder)
    folder.failSync = new Error('input/output error')
    expect(await codeOf(wal.sync())).toBe('WAL_WRITE_FAILED')
  })

  it('refuses the log of another chain, and a segment that is missing in the middle', async () => {
    const folder = new MemoryLogFolder()
    for (let i = 0; i < 3; i++) {
      const { wal } = await open(folder)
      wal.append(1, payloadOf(i))
      await wal.sync()
      await wal.close()
    }
    const other = openWal({ folder, identity: { ...identity, chainId: 8 }, randomSalt: () => 5 })
    expect(await codeOf(other)).toBe('WAL_OF_ANOTHER_CHAIN')
    folder.files.delete(present([...folder.files.keys()][1], 'three segments'))
    expect(await codeOf(open(folder))).toBe('WAL_CORRUPT')
  })

  it('has these bytes', () => {
    const record = { sequence: 5, durableSequence: 3, type: 9, payload: Uint8Array.of(1, 2, 3) }
    expect(Buffer.from(encodeWalRecord(record, 0x01020304)).toString('hex')).toMatchInlineSnapshot(
      `"000000035babccf10000000000000005000000000000000309010203"`,
    )
  })
})
