import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BlsSecretKey, verifySignature } from '../../src/crypto/bls.ts'
import { type LocalSigner, openLocalSigner, signerLogPurpose } from '../../src/engine/local-signer.ts'
import { CodedError } from '../../src/lib/errors.ts'
import { Prng } from '../../src/lib/prng.ts'
import type { Hash } from '../../src/types/primitives.ts'
import { subjectSignBytes } from '../../src/types/sign-bytes.ts'
import { FINALIZE, NOTARIZE, NULLIFY, nullifySubject, type Subject } from '../../src/types/vote.ts'
import { MemoryLogFolder } from '../support/memory-log-folder.ts'
import { openTestLog } from '../support/test-log.ts'

const chain = { chainId: 7, genesisHash: `0x${'01'.repeat(32)}` as Hash }
const key = BlsSecretKey.generate(new Uint8Array(32).fill(9))

async function openSigner(folder: MemoryLogFolder, allowEmptyState = true): Promise<LocalSigner> {
  const { wal, records } = await openTestLog(folder, chain, signerLogPurpose(key.publicKey), 4_096)
  return openLocalSigner({ key, chain, log: wal, recovered: records, allowEmptyState })
}

const subjectOf = (kind: 1 | 2 | 3, epoch: number, view: number, block: number): Subject =>
  kind === NULLIFY
    ? nullifySubject(epoch, view)
    : {
        kind,
        epoch,
        view,
        parentView: 0,
        blockHash: `0x${String(block).padStart(64, '0')}` as Hash,
        justHash: `0x${'22'.repeat(32)}` as Hash,
      }

describe('the signer', () => {
  it('signs each step of a view once and gives the stored signature again for the same subject', async () => {
    const signer = await openSigner(new MemoryLogFolder())
    const notarize = subjectOf(NOTARIZE, 0, 5, 1)
    const first = await signer.sign(notarize)
    expect(first.ok && verifySignature(key.publicKey, subjectSignBytes(chain, notarize), first.value)).toBe(true)
    expect(await signer.sign(notarize)).toEqual(first)
    expect(await signer.sign(subjectOf(NOTARIZE, 0, 5, 2))).toMatchObject({ error: { code: 'SIGN_REFUSED' } })
    expect(await signer.sign(subjectOf(FINALIZE, 0, 5, 2))).toMatchObject({ error: { code: 'SIGN_REFUSED' } })
    expect((await signer.sign(subjectOf(FINALIZE, 0, 5, 1))).ok).toBe(true)
    expect((await signer.sign(subjectOf(NULLIFY, 0, 5, 0))).ok).toBe(false)
    expect((await signer.sign(subjectOf(NULLIFY, 0, 4, 0))).ok).toBe(false)
    expect((await signer.sign(subjectOf(NULLIFY, 1, 1, 0))).ok).toBe(true)
    await signer.close()
  })

  it('is not used without its state unless told that the key is new', async () => {
    const folder = new MemoryLogFolder()
    const refused = await openSigner(folder, false).then(
      () => 'opened',
      (thrown) => (thrown instanceof CodedError ? thrown.code : String(thrown)),
    )
    expect(refused).toBe('SIGNER_STATE_MISSING')
    await (await openSigner(folder, true)).close()
    await (await openSigner(folder, false)).close()
  })

  it('keeps its log small', async () => {
    const folder = new MemoryLogFolder()
    const signer = await openSigner(folder)
    for (let view = 1; view <= 60; view++) await signer.sign(subjectOf(NOTARIZE, 0, view, view))
    await signer.close()
    expect(folder.files.size).toBeLessThanOrEqual(2)
    const again = await openSigner(folder, false)
    expect(again.guardState.view).toBe(60)
    await again.close()
  })

  it('never signs two conflicting subjects, whatever is asked and whenever the power fails', async () => {
    const request = fc.record({
      kind: fc.constantFrom<1 | 2 | 3>(NOTARIZE, NULLIFY, FINALIZE),
      epoch: fc.integer({ min: 0, max: 1 }),
      view: fc.integer({ min: 1, max: 4 }),
      block: fc.integer({ min: 1, max: 2 }),
      crash: fc.integer({ min: 0, max: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 24 }), fc.integer(), async (requests, seed) => {
        const prng = new Prng(seed)
        let folder = new MemoryLogFolder()
        let signer = await openSigner(folder)
        const released: Subject[] = []
        for (const { kind, epoch, view, block, crash } of requests) {
          const subject = subjectOf(kind, epoch, view, block)
          const answer = await signer.sign(subject)
          if (answer.ok) released.push(subject)
          if (crash === 0) {
            folder = folder.crash(prng)
            signer = await openSigner(folder, false)
          }
        }
        for (const a of released) {
          for (const b of released) {
            if (a.epoch !== b.epoch || a.view !== b.view) continue
            if (a.kind === b.kind) expect(a).toEqual(b)
            if (a.kind === NULLIFY) expect(b.kind).not.toBe(FINALIZE)
            if (a.kind === NOTARIZE && b.kind === FINALIZE) expect(a.blockHash).toBe(b.blockHash)
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})
