import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import { collectNodes, oldestQueuedBlock } from '../../../src/precompiles/royalty/generations.ts'
import { TokenQueue } from '../../../src/precompiles/royalty/token-queue.ts'
import { Cells } from '../../../src/state/cells.ts'
import type { StateSource } from '../../../src/state/state-source.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { Ledger } from './support.ts'

/** The cells of a node that was restarted: read back from what the last state changed. */
function restarted({ state }: { readonly state: WorldState }): { state: WorldState; cells: Cells } {
  const slots = state.changes().storage.get(ROYALTY_MODULE)?.slots
  const source: StateSource = {
    getAccount: () => undefined,
    getStorage: (_, slot) => slots?.get(slot) ?? 0n,
    getCode: () => undefined,
  }
  const fresh = new WorldState(source)
  return { state: fresh, cells: new Cells(fresh, ROYALTY_MODULE, UNMETERED) }
}

/** Sweeps `units` nodes of token 0 off the queue as the hook would. */
function drain(cells: Cells, block: number, units: number): number[] {
  const queue = new TokenQueue(cells, 0)
  const popped: number[] = []
  if (queue.isDrained) queue.takeOver(block)
  while (popped.length < units && queue.top >= 0) popped.push(queue.pop())
  queue.close()
  return popped
}

describe('a queue of very many nodes', () => {
  it('is drained over many blocks and restarts by falling keys, each node once', () => {
    const ledger = new Ledger()
    const nodes = Array.from({ length: 100_000 }, (_, i) => 2 + ((i * 48_271) % 4_000_037))
    collectNodes(ledger.royalty, 0, nodes)
    const expected = [...new Set(nodes)].sort((a, b) => b - a)
    const popped: number[] = []
    let world = { state: ledger.state, cells: ledger.royalty }
    for (let block = 1; popped.length < expected.length; block++) {
      popped.push(...drain(world.cells, block, 30_011))
      if (block === 2) world = restarted({ state: world.state })
    }
    expect(popped).toEqual(expected)
    expect(new TokenQueue(world.cells, 0).size).toBe(0)
  })

  it('leaves no word in the state when it is empty', () => {
    const ledger = new Ledger()
    collectNodes(ledger.royalty, 0, [1, 300, 70_000, 2 ** 31, 2 ** 32 - 1])
    drain(ledger.royalty, 1, 100)
    const slots = ledger.state.changes().storage.get(ROYALTY_MODULE)?.slots ?? new Map()
    expect([...slots].filter(([slot, value]) => slot.startsWith('0x0b') && value !== 0n)).toEqual([])
  })
})

describe('two generations', () => {
  it('keep apart what is credited below the last flushed key and above it, over any course of events', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('collect' as const), node: fc.nat(2_000) }),
      fc.record({ kind: fc.constant('credit' as const), node: fc.nat(2_000) }),
      fc.record({ kind: fc.constant('drain' as const), node: fc.nat(5) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { royalty } = new Ledger()
        let draining = new Set<number>()
        let collecting = new Set<number>()
        let position = 0
        for (const [block, { kind, node }] of steps.entries()) {
          const queue = new TokenQueue(royalty, 0)
          if (kind === 'collect') {
            queue.collect(node)
            if (!draining.has(node)) collecting.add(node)
          } else if (kind === 'credit') {
            queue.enqueue(node)
            if (node < position) draining.add(node)
            else collecting.add(node)
          } else {
            if (draining.size === 0) {
              queue.takeOver(block)
              draining = collecting
              collecting = new Set()
              position = 2 ** 32
            }
            for (let i = 0; i < node && draining.size > 0; i++) {
              position = Math.max(...draining)
              draining.delete(position)
              expect(queue.pop()).toBe(position)
            }
          }
          queue.close()
          expect(new TokenQueue(royalty, 0).size).toBe(draining.size + collecting.size)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('are told by the block at whose end they began to collect', () => {
    const { royalty } = new Ledger()
    collectNodes(royalty, 0, [10, 20])
    expect(oldestQueuedBlock(royalty)).toBe(0)
    drain(royalty, 7, 1)
    collectNodes(royalty, 0, [30])
    expect(oldestQueuedBlock(royalty)).toBe(0)
    drain(royalty, 8, 1)
    expect(oldestQueuedBlock(royalty)).toBe(7)
    drain(royalty, 9, 1)
    expect(oldestQueuedBlock(royalty)).toBeUndefined()
  })
})
