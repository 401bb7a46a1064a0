/**
 * A commit is all or nothing: under kill -9 at any moment, and when the disk is full.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { Prng } from '../../src/lib/prng.ts'
import { StateReader } from '../../src/state/state-reader.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { BlockStore } from '../../src/storage/block-store.ts'
import { openLevelKv } from '../../src/storage/level-kv.ts'
import { manyAddresses } from './support.ts'

type Report = { height: number } | { failure: string; head: number; isWhole: boolean }

const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sahara-crash-'))
  folders.push(folder)
  return folder
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A committing child, and its reports in order: several may arrive at once. */
class Committer {
  readonly child: ChildProcess
  private readonly reports: Report[] = []
  private readonly exited: Promise<unknown>
  private wake: () => void = () => {}

  constructor(folder: string) {
    this.child = fork(join(import.meta.dirname, 'children', 'commit-blocks.ts'), [folder])
    this.exited = once(this.child, 'exit')
    this.child.on('message', (report: Report) => {
      this.reports.push(report)
      this.wake()
    })
  }

  async nextReport(): Promise<Report> {
    while (this.reports.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    return present(this.reports.shift(), 'there is a report')
  }

  async exit(): Promise<void> {
    await this.exited
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
  }
}

/** Opens the database and checks that it holds whole blocks up to its head and nothing of the next. */
async function headOfWholeChain(folder: string): Promise<number> {
  const kv = await openLevelKv(folder)
  const store = new StateStore(kv, { historyBlocks: 20 })
  const blocks = new BlockStore(kv)
  const head = store.headRecord?.number ?? -1
  for (const address of manyAddresses(400)) {
    expect(store.head().getAccount(address)?.balance).toBe(head < 0 ? undefined : BigInt(head + 1))
  }
  for (let height = 0; height <= head; height++) {
    const header = present(blocks.header(height), `header ${height} is stored`)
    expect(blocks.transactions(height)?.length).toBe(1)
    expect(blocks.certificate(height)).toEqual(Uint8Array.of(2))
    const past = new StateReader(kv).at(height)
    if (past.ok)
      expect(past.value.getAccount(present(manyAddresses(1)[0], 'one address'))?.balance).toBe(
        BigInt(header.number + 1),
      )
  }
  expect(blocks.header(head + 1)).toBeUndefined()
  await kv.close()
  return head
}

describe('the database', () => {
  it('holds whole blocks, and all that were reported, after kill -9 at any moment', async () => {
    const folder = newFolder()
    const prng = new Prng(20)
    for (let round = 0; round < 8; round++) {
      const committer = new Committer(folder)
      let reported = -1
      const blocks = 1 + prng.below(12)
      for (let i = 0; i < blocks; i++) {
        const report = await committer.nextReport()
        if ('height' in report) reported = report.height
      }
      // Not at a message's moment but somewhere in the next block's work.
      for (let turns = prng.below(40); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
      await committer.kill()
      expect(await headOfWholeChain(folder)).toBeGreaterThanOrEqual(reported)
    }
  })

  it('says that the disk is full and loses no block', async () => {
    const folder = newFolder()
    const committer = new Committer(folder)
    await committer.nextReport()
    // The log that the database opens next lies on a device that is always full.
    const numbers = readdirSync(folder).map((file) => Number.parseInt(file, 10) || 0)
    const next = Math.max(...numbers) + 1
    const full = Array.from({ length: 40 }, (_, i) => join(folder, `${String(next + i).padStart(6, '0')}.log`))
    for (const path of full) symlinkSync('/dev/full', path)
    let report = await committer.nextReport()
    for (; 'height' in report; report = await committer.nextReport());
    expect(report).toMatchObject({ failure: 'DISK_FULL', isWhole: true })
    await committer.exit()
    for (const path of full) {
      try {
        unlinkSync(path)
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: 'ENOENT' })
      }
    }
    expect(await headOfWholeChain(folder)).toBe(report.head)
    const again = new Committer(folder)
    expect(await again.nextReport()).toEqual({ height: report.head + 1 })
    await again.kill()
  })
})
