/**
 * The simulator would notice: with any one of these rules taken out, a seed among the first 500 fails.
 */

import { describe, expect, it } from 'vitest'
import { MUTANTS } from '../../src/consensus/config.ts'
import { runSeed } from './run.ts'

const MAX_SEEDS = 500

describe('without the rule', () => {
  it.each(MUTANTS)('%s, a seed fails', (mutant) => {
    let caught: string | null = null
    for (let seed = 1; seed <= MAX_SEEDS && caught === null; seed++) caught = runSeed(seed, mutant).violation
    expect(caught).not.toBeNull()
  })
})
