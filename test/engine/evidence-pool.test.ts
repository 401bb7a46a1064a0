import { describe, expect, it } from 'vitest'
import { EvidencePool, faultName } from '../../src/engine/evidence-pool.ts'
import {
  MAX_EVIDENCE_AGE_EPOCHS,
  MAX_EVIDENCE_PER_BLOCK,
  MAX_PENDING_EVIDENCE_PER_SIGNER,
} from '../../src/lib/limits.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { DOUBLE_NOTARIZE, type Evidence } from '../../src/types/evidence.ts'
import { NOTARIZE } from '../../src/types/vote.ts'
import { MemoryLogFolder } from '../support/memory-log-folder.ts'
import { payloadGenesis } from '../support/payload-execution.ts'
import { openTestLog } from '../support/test-log.ts'
import { TestValidators, testChain, testHash } from '../support/votes.ts'

const validators = new TestValidators([1, 1, 1, 1])

function faultOf(epoch: number, view: number, signer = 3, second = 2): Evidence {
  const subject = { kind: NOTARIZE, epoch, view, parentView: 0, blockHash: testHash(1), justHash: testHash(9) } as const
  const other = { ...subject, blockHash: testHash(second) }
  return { type: DOUBLE_NOTARIZE, first: validators.vote(signer, subject), second: validators.vote(signer, other) }
}

function blockWith(epoch: number, evidence: readonly Evidence[], height = 1): SealedBlock {
  const { consensus, header, ...rest } = payloadGenesis(testHash(5), 1_000)
  const context = { ...consensus.context, epoch }
  return { ...rest, header: { ...header, number: height }, consensus: { ...consensus, context, evidence } }
}

async function openPool(folder: MemoryLogFolder): Promise<{ pool: EvidencePool; close(): Promise<void> }> {
  const { wal, records } = await openTestLog(folder, testChain, 'evidence')
  const pool = new EvidencePool(wal)
  await pool.recover(records)
  return { pool, close: () => wal.close() }
}

describe('the evidence pool', () => {
  it('keeps one proof of each fault and offers at most a block’s worth', async () => {
    const { pool } = await openPool(new MemoryLogFolder())
    for (let view = 1; view <= 20; view++) pool.add(faultOf(0, view))
    expect(pool.isNews(faultOf(0, 7, 3, 4), 0)).toBe(false)
    expect(pool.isNews(faultOf(0, 7, 2), 0)).toBe(true)
    expect(pool.isNews(faultOf(1, 7, 2), 0)).toBe(false)
    expect(pool.isNews(faultOf(0, 7, 2), MAX_EVIDENCE_AGE_EPOCHS + 1)).toBe(false)
    const offered = pool.candidates(0, [])
    expect(offered).toHaveLength(MAX_EVIDENCE_PER_BLOCK)
    const next = pool.candidates(0, [blockWith(0, offered)])
    expect(next).toHaveLength(4)
    expect(next.map(faultName)).not.toContain(faultName(offered[0] as Evidence))
  })

  it('keeps only so many proofs against one signer, so that none crowds out the rest', async () => {
    const { pool } = await openPool(new MemoryLogFolder())
    for (let view = 1; view <= MAX_PENDING_EVIDENCE_PER_SIGNER; view++) pool.add(faultOf(0, view))
    expect(pool.isNews(faultOf(0, 1_000), 0)).toBe(false)
    expect(pool.isNews(faultOf(0, 1_000, 2), 0)).toBe(true)
  })

  it('refuses blocks that prove a fault twice, again, too late or too early', async () => {
    const { pool } = await openPool(new MemoryLogFolder())
    const fault = faultOf(2, 1)
    expect(pool.refusalOf(blockWith(2, [fault]), [])).toBeUndefined()
    expect(pool.refusalOf(blockWith(2, [fault, faultOf(2, 1, 3, 4)]), [])).toMatch('already')
    expect(pool.refusalOf(blockWith(2, [fault]), [blockWith(2, [fault])])).toMatch('already')
    expect(pool.refusalOf(blockWith(1, [fault]), [])).toMatch('future')
    expect(pool.refusalOf(blockWith(3 + MAX_EVIDENCE_AGE_EPOCHS, [fault]), [])).toMatch('too old')
    await pool.noteFinal(blockWith(2, [fault]))
    expect(pool.refusalOf(blockWith(2, [faultOf(2, 1, 3, 4)], 2), [])).toMatch('already')
  })

  it('still judges the block that proves a fault after a crash between this log and the database', async () => {
    const folder = new MemoryLogFolder()
    const final = blockWith(2, [faultOf(2, 1)], 7)
    const before = await openPool(folder)
    await before.pool.noteFinal(final)
    await before.close()
    const { pool } = await openPool(folder)
    expect(pool.refusalOf(final, [])).toBeUndefined()
    expect(pool.refusalOf(blockWith(2, [faultOf(2, 1)], 8), [])).toMatch('already')
  })

  it('remembers across restarts what waits and what the chain holds, in a log that stays short', async () => {
    const folder = new MemoryLogFolder()
    for (let life = 0; life < 5; life++) {
      const { pool, close } = await openPool(folder)
      expect(pool.size).toBe(life === 0 ? 0 : 2)
      for (let view = 1; view <= 3; view++) if (pool.isNews(faultOf(0, view), 0)) pool.add(faultOf(0, view))
      if (life === 0) await pool.noteFinal(blockWith(0, [faultOf(0, 2)]))
      expect(pool.isNews(faultOf(0, 2), 0)).toBe(false)
      expect(pool.candidates(0, []).map((one) => one.first.subject.view)).toEqual([1, 3])
      await close()
    }
    expect(folder.files.size).toBeLessThanOrEqual(2)
  })

  it('lets go of what has become too old', async () => {
    const { pool } = await openPool(new MemoryLogFolder())
    pool.add(faultOf(0, 1))
    pool.add(faultOf(5, 1))
    await pool.noteFinal(blockWith(MAX_EVIDENCE_AGE_EPOCHS + 1, []))
    expect(pool.size).toBe(1)
  })
})
