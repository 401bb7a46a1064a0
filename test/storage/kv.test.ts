/**
 * Both stores keep the contract; LevelDB also names what the operating system refuses.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { metaKey } from '../../src/storage/buckets.ts'
import { openLevelKv } from '../../src/storage/level-kv.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { claimDatabase } from '../../src/storage/schema.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { kvContract } from '../contracts/kv-contract.ts'

const root = mkdtempSync(join(tmpdir(), 'sahara-kv-'))
let folders = 0
const newFolder = (): string => join(root, String(folders++))
const hashOf = (digit: string): Hash => `0x${digit.repeat(64)}` as Hash

afterAll(() => rmSync(root, { recursive: true, force: true }))

kvContract('memory', async () => new MemoryKv())
kvContract('LevelDB', () => openLevelKv(newFolder()))

describe('a database folder', () => {
  it('is refused while another process has it open', async () => {
    const folder = newFolder()
    const child = fork(join(import.meta.dirname, 'children', 'hold-database.ts'), [folder])
    const [message] = await once(child, 'message')
    expect(message).toBe('open')
    await expect(openLevelKv(folder)).rejects.toMatchObject({ detail: { code: 'STORAGE_LOCKED', folder } })
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await openLevelKv(folder)).close()
  })

  it('is named as damaged when its files are', async () => {
    const folder = newFolder()
    await (await openLevelKv(folder)).close()
    for (const file of await readdir(folder)) {
      if (file.startsWith('MANIFEST')) await writeFile(join(folder, file), 'not a manifest')
    }
    await expect(openLevelKv(folder)).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' })
  })

  it('is refused when its path is a file', async () => {
    const path = newFolder()
    writeFileSync(path, '')
    await expect(openLevelKv(path)).rejects.toMatchObject({ code: 'STORAGE_FAILED' })
  })

  it('of another chain is refused and left as it is', async () => {
    const kv = new MemoryKv()
    await claimDatabase(kv, hashOf('a'), 'data')
    await claimDatabase(kv, hashOf('a'), 'data')
    await expect(claimDatabase(kv, hashOf('b'), 'data')).rejects.toMatchObject({
      detail: { code: 'OTHER_CHAIN', found: hashOf('a'), expected: hashOf('b') },
    })
    await claimDatabase(kv, hashOf('a'), 'data')
  })

  it('of another layout is refused with both numbers', async () => {
    const kv = new MemoryKv()
    await claimDatabase(kv, hashOf('a'), 'data')
    await kv.batch([{ type: 'put', key: metaKey('schema'), value: Uint8Array.of(0, 0, 0, 9) }])
    await expect(claimDatabase(kv, hashOf('a'), 'data')).rejects.toMatchObject({
      detail: { code: 'SCHEMA_MISMATCH', found: 9, supported: 2 },
    })
  })
})
