import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KeyHeap } from '../../../src/precompiles/royalty/key-heap.ts'

it('a heap gives its keys back by falling value, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 })), (keys) => {
      const heap = new KeyHeap()
      for (const key of keys) heap.push(key)
      const popped: number[] = []
      while (heap.size > 0) {
        popped.push(heap.top)
        heap.pop()
      }
      expect(popped).toEqual([...new Set(keys)].sort((a, b) => b - a))
      expect(heap.top).toBe(-1)
    }),
  )
})
