import { describe, expect, it } from 'vitest'
import { MAX_POOL_RECOVERY_BACKLOG, MAX_POOL_RECOVERY_BATCH } from '../../src/lib/limits.ts'
import type { SenderRecovery } from '../../src/mempool/ports.ts'
import { RecoveryQueue } from '../../src/mempool/recovery-queue.ts'
import type { Address } from '../../src/types/primitives.ts'

type Question = { readonly raws: readonly Uint8Array[]; answer(): void; fail(reason: Error): void }

/** Workers that answer when told to; the sender's last digits are the transaction's first byte. */
function createWorkers() {
  const questions: Question[] = []
  const recovery: SenderRecovery = {
    senders: (raws) =>
      new Promise((resolve, reject) => {
        questions.push({ raws, answer: () => resolve(raws.map(senderOf)), fail: reject })
      }),
    authorities: async () => [],
  }
  return { queue: new RecoveryQueue(recovery), questions }
}

function senderOf(raw: Uint8Array): Address {
  return `0x${(raw[0] ?? 0).toString(16).padStart(40, '0')}` as Address
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the queue to the recovery workers', () => {
  it('asks once for everything that arrives in one turn, in bounded questions', async () => {
    const { queue, questions } = createWorkers()
    for (let i = 0; i < MAX_POOL_RECOVERY_BATCH + 1; i++) void queue.sender(Uint8Array.of(1))
    await turn()
    expect(questions.map((one) => one.raws.length)).toEqual([MAX_POOL_RECOVERY_BATCH, 1])
  })

  it('releases answers in the order of arrival although a later question is answered first', async () => {
    const { queue, questions } = createWorkers()
    const released: Address[] = []
    const take = async (byte: number) => {
      const sender = await queue.sender(Uint8Array.of(byte))
      if (sender !== 'full' && sender !== undefined) released.push(sender)
    }
    const first = take(1)
    await turn()
    const second = take(2)
    await turn()
    questions[1]?.answer()
    await turn()
    expect(released).toEqual([])
    questions[0]?.answer()
    await Promise.all([first, second])
    expect(released).toEqual([senderOf(Uint8Array.of(1)), senderOf(Uint8Array.of(2))])
  })

  it('fails those of a question whose worker died, and goes on with the others', async () => {
    const { queue, questions } = createWorkers()
    const first = queue.sender(Uint8Array.of(1))
    await turn()
    const second = queue.sender(Uint8Array.of(2))
    await turn()
    questions[0]?.fail(new Error('the worker is gone'))
    questions[1]?.answer()
    await expect(first).rejects.toThrow('the worker is gone')
    expect(await second).toBe(senderOf(Uint8Array.of(2)))
  })

  it('is full at its bound', () => {
    const { queue } = createWorkers()
    const raw = Uint8Array.of(1)
    for (let i = 0; i < MAX_POOL_RECOVERY_BACKLOG; i++) expect(queue.sender(raw)).not.toBe('full')
    expect(queue.sender(raw)).toBe('full')
  })
})
