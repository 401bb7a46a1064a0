import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PoolJournal } from '../../src/mempool/journal.ts'
import { createPool, head, sender, tipped, transfer } from './support.ts'

const alice = sender(0)
const bob = sender(1)
let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sahara-journal-'))
  path = join(folder, 'nested', 'transactions')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** A pool on the journal, with what it brought back. */
async function restarted() {
  const made = createPool({ journal: new PoolJournal(path) })
  await made.pool.start()
  return made.pool
}

describe('the journal of local transactions', () => {
  it('brings them back after a restart, and none of the peers’', async () => {
    const pool = await restarted()
    await pool.add(transfer(alice, 0).raw, 'local')
    await pool.add(transfer(alice, 1).raw, 'local')
    await pool.add(transfer(bob, 0).raw, 'peer')
    // No stop: the process is gone.
    const again = await restarted()
    expect(again.contentFrom(alice.address).pending).toHaveLength(2)
    expect(again.contentFrom(bob.address).pending).toHaveLength(0)
    expect(again.get(transfer(alice, 0).hash)?.local).toBe(true)
    await pool.stop()
    await again.stop()
  })

  it('loses only the torn tail', async () => {
    const pool = await restarted()
    for (const nonce of [0, 1, 2]) await pool.add(transfer(alice, nonce).raw, 'local')
    await pool.stop()
    await truncate(path, (await readFile(path)).length - 5)
    const again = await restarted()
    expect(again.status().pending).toBe(2)
    await again.add(transfer(alice, 2).raw, 'local')
    await again.stop()
    expect((await restarted()).status().pending).toBe(3)
  })

  it('names the file when it cannot be read', async () => {
    await mkdir(path, { recursive: true })
    const journal = new PoolJournal(path)
    await expect(journal.read()).rejects.toMatchObject({ detail: { code: 'POOL_JOURNAL_UNREADABLE', path } })
    await expect(journal.read()).rejects.toThrow(/Correct the file, or delete it/)
  })

  it('stops at a flipped bit and at garbage', async () => {
    const pool = await restarted()
    for (const nonce of [0, 1]) await pool.add(transfer(alice, nonce).raw, 'local')
    await pool.stop()
    const file = await readFile(path)
    file[file.length - 3] = (file[file.length - 3] ?? 0) ^ 1
    await writeFile(path, file)
    await appendFile(path, new Uint8Array(100).fill(0xff))
    expect((await restarted()).status().pending).toBe(1)
  })

  it('is rewritten at the start with what is still valid', async () => {
    const pool = await restarted()
    await pool.add(transfer(alice, 0).raw, 'local')
    await pool.add(tipped(alice, 0, 50n).raw, 'local')
    await pool.stop()
    const grown = (await readFile(path)).length
    const again = await restarted()
    expect(again.get(tipped(alice, 0, 50n).hash)).toBeDefined()
    await again.stop()
    expect((await readFile(path)).length).toBeLessThan(grown)
  })

  it('is rewritten when most of it has left the pool', async () => {
    const { pool, accounts } = createPool({ journal: new PoolJournal(path) })
    await pool.start()
    const big = { data: new Uint8Array(100_000), gasLimit: 4_000_000n }
    const sent = Array.from({ length: 12 }, (_, nonce) => transfer(alice, nonce, big))
    await Promise.all(sent.map(({ raw }) => pool.add(raw, 'local')))
    await pool.add(transfer(bob, 0).raw, 'local')
    accounts.set(alice.address, { nonce: 12n })
    pool.onFinalized(head({ transactionHashes: sent.map(({ hash }) => hash) }))
    await pool.stop()
    expect((await readFile(path)).length).toBeLessThan(1_000)
    expect((await restarted()).status().pending).toBe(1)
  })

  it('that cannot be written does not stop the pool', async () => {
    await writeFile(join(folder, 'nested'), 'a file where the folder should be')
    const journal = new PoolJournal(path)
    const { pool } = createPool({ journal })
    expect((await pool.add(transfer(alice, 0).raw, 'local')).ok).toBe(true)
    await expect(journal.append(transfer(alice, 1).raw)).rejects.toThrow(/ENOTDIR|EEXIST/)
  })
})
