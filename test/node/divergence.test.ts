/**
 * A node that diverged keeps the block and does not start again by itself.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodedError } from '../../src/lib/errors.ts'
import { layoutOf } from '../../src/node/data-dir.ts'
import { demandNoDivergence, keepDivergence } from '../../src/node/divergence.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sahara-diverged-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const diverged = new CodedError(
  { code: 'STATE_DIVERGED', height: 7, hash: '0xab', block: Uint8Array.of(1, 2, 3) },
  'block 0xab is final, but here its state root differs',
)

describe('a divergence', () => {
  it('is kept with the block, and refuses the next start until it is accepted once', () => {
    const layout = layoutOf(root)
    keepDivergence(layout, diverged)
    expect(readdirSync(layout.exports).sort()).toEqual(['7-0xab.block', 'diverged.json'])
    expect(() => demandNoDivergence(layout, false)).toThrow(
      expect.objectContaining({ detail: { code: 'STATE_DIVERGED', height: 7, hash: '0xab' } }),
    )
    demandNoDivergence(layout, true)
    demandNoDivergence(layout, false)
  })

  it('is no other fault', () => {
    keepDivergence(layoutOf(root), new Error('something else'))
    demandNoDivergence(layoutOf(root), false)
  })
})
