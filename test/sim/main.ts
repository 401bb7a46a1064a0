/**
 * `npm run sim -- --seeds N [--from S] [--seed S --trace] [--mutant NAME] [--coverage]`: runs seeds and says which fail.
 */

import { parseArgs } from 'node:util'
import { MUTANTS } from '../../src/consensus/config.ts'
import { runSeed, type SeedResult } from './run.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    coverage: { type: 'boolean', default: false },
  },
})

const mutant = MUTANTS.find((name) => name === values.mutant)
if (values.mutant !== undefined && mutant === undefined) {
  throw new Error(`--mutant ${values.mutant} is none of ${MUTANTS.join(', ')}`)
}
const trace = values.trace ? (line: string): void => console.log(line) : null
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const started = process.cpuUsage()
const startedMs = performance.now()
const results: SeedResult[] = []
for (let seed = first; seed < first + count; seed++) {
  const result = runSeed(seed, mutant, trace)
  results.push(result)
  if (result.violation !== null) console.log(`seed ${seed} fails: ${result.violation}`)
  if (mutant !== undefined && result.violation !== null) break
}
const used = process.cpuUsage(started)
const cpuMinutes = (used.user + used.system) / 60_000_000
const sum = (pick: (result: SeedResult) => number): number => results.reduce((total, one) => total + pick(one), 0)
const failed = results.filter((result) => result.violation !== null)
const recoveries = results.map((result) => result.recoveryMs).sort((a, b) => a - b)
console.log(
  JSON.stringify({
    seeds: results.length,
    failed: failed.length,
    seconds: Number(((performance.now() - startedMs) / 1000).toFixed(1)),
    seedsPerCpuMinute: Math.round(results.length / cpuMinutes),
    eventsPerSeed: Math.round(sum((one) => one.events) / results.length),
    heightsPerSeed: Number((sum((one) => one.heights) / results.length).toFixed(1)),
    evidence: sum((one) => one.evidence),
    recoveryMsMedian: Math.round(recoveries[recoveries.length >> 1] ?? 0),
    recoveryMsP99: Math.round(recoveries[Math.floor(recoveries.length * 0.99)] ?? 0),
    digest: results.reduce((total, one) => (Math.imul(total, 31) + one.digest) | 0, 0) >>> 0,
  }),
)
if (values.coverage) {
  const counts = new Map<string, number>()
  for (const result of results)
    for (const [name, count] of result.coverage) counts.set(name, (counts.get(name) ?? 0) + count)
  for (const [name, count] of [...counts].sort()) console.log(`${name}: ${count}`)
}
process.exitCode = failed.length === 0 ? 0 : 1
