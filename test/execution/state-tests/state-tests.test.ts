/**
 * Ethereum's own state tests, run through the node's decoder, executor, journal and trie.
 */

import { describe, expect, it } from 'vitest'
import { stateTestCases } from './fixture.ts'
import { runCase } from './run-case.ts'

const FOLDER = new URL('../../vectors/state-tests', import.meta.url).pathname

describe("Ethereum's state tests under Osaka", () => {
  it('give the state root, the logs or the refusal that the fixture names', async () => {
    const failures: string[] = []
    let passed = 0
    let skipped = 0
    for (const one of stateTestCases(FOLDER, 'Osaka')) {
      if (one.isBlobTransaction) {
        skipped++
        continue
      }
      const result = await runCase(one)
      if (result.passed) passed++
      else failures.push(`${one.name}: ${result.difference}`)
    }
    expect(failures).toEqual([])
    expect({ passed, skipped }).toEqual({ passed: 1_468, skipped: 25 })
  })
})
