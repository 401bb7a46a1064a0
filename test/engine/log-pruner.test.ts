import { describe, expect, it } from 'vitest'
import { LogPruner } from '../../src/engine/log-pruner.ts'
import type { LogPort } from '../../src/engine/ports.ts'

function createPruner(): { pruner: LogPruner; dropped: number[] } {
  const dropped: number[] = []
  const log: LogPort = {
    append: () => 0,
    flush: async () => {},
    sync: async () => {},
    dropBefore: async (segment) => {
      dropped.push(segment)
    },
    close: async () => {},
  }
  const pruner = new LogPruner(log)
  pruner.note(1, { epoch: 0, view: 3 })
  pruner.note(1, { epoch: 0, view: 8 })
  pruner.note(2, { epoch: 0, view: 9 })
  pruner.note(2, { epoch: 1, view: 2 })
  pruner.note(3, { epoch: 1, view: 5 })
  return { pruner, dropped }
}

describe('pruning the log', () => {
  it('drops segments only when all of their records are outdated', async () => {
    const { pruner, dropped } = createPruner()
    await pruner.prune({ epoch: 0, view: 8 }, false)
    expect(dropped).toEqual([])
    await pruner.prune({ epoch: 0, view: 9 }, false)
    expect(dropped).toEqual([2])
  })

  it('keeps the epoch before until the live one has been final once', async () => {
    const { pruner, dropped } = createPruner()
    await pruner.prune({ epoch: 1, view: 4 }, false)
    expect(dropped).toEqual([])
    await pruner.prune({ epoch: 1, view: 4 }, true)
    expect(dropped).toEqual([3])
  })

  it('never drops the newest segment', async () => {
    const { pruner, dropped } = createPruner()
    await pruner.prune({ epoch: 7, view: 1 }, true)
    expect(dropped).toEqual([3])
  })
})
