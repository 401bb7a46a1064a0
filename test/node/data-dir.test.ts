/**
 * A data folder belongs to one process at a time and to one chain for ever.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bindToChain, lockDataDir } from '../../src/node/data-dir.ts'
import { type Hash, ZERO_HASH } from '../../src/types/primitives.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sahara-data-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the lock of a data folder', () => {
  it('refuses a second holder by its process, and lets it in after the release', () => {
    const lock = lockDataDir(root)
    expect(() => lockDataDir(root)).toThrow(expect.objectContaining({ code: 'DATA_DIR_LOCKED' }))
    lock.release()
    lockDataDir(root).release()
  })

  it('is free again when its holder was killed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(join(root, 'LOCK'), JSON.stringify({ pid, start: '1' }))
    lockDataDir(root).release()
  })

  it('is free when the number of its holder now belongs to another process', () => {
    writeFileSync(join(root, 'LOCK'), JSON.stringify({ pid: process.pid, start: 'of another life' }))
    lockDataDir(root).release()
  })

  it('is refused by name where no folder can be', () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    expect(() => lockDataDir(file)).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNREADABLE' }))
  })

  it('is free when a crash left an empty file', () => {
    writeFileSync(join(root, 'LOCK'), '')
    lockDataDir(root).release()
  })
})

describe('the chain of a data folder', () => {
  it('is written on first use and demanded from then on', () => {
    bindToChain(root, ZERO_HASH)
    bindToChain(root, ZERO_HASH)
    const other = `0x${'11'.repeat(32)}` as Hash
    expect(() => bindToChain(root, other)).toThrow(expect.objectContaining({ code: 'DATA_DIR_OF_ANOTHER_CHAIN' }))
    expect(JSON.parse(readFileSync(join(root, 'chain.json'), 'utf8')).genesisHash).toBe(ZERO_HASH)
  })

  it('is refused by name when the file is damaged', () => {
    writeFileSync(join(root, 'chain.json'), '{')
    expect(() => bindToChain(root, ZERO_HASH)).toThrow(expect.objectContaining({ code: 'DATA_DIR_UNREADABLE' }))
  })
})
