/**
 * `npm run test:kill -- --kills 50 [--seed N]`: real validators, SIGKILL at random moments, transactions flowing. Ends with
 * exit code 1 if anybody signed twice, a state root diverged, or a node took 10 s or more to come back.
 */

import { parseArgs } from 'node:util'
import { runKills } from './kill-rounds.ts'

const MAX_REJOIN_MS = 10_000

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: String(Date.now() % 1e9) } },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
console.log(`${kills} kills, seed ${seed}`)
const report = await runKills({
  kills,
  seed,
  onRound: (line, rejoinMs, victim) => {
    console.log(line)
    if (rejoinMs >= MAX_REJOIN_MS) console.log(victim.output)
  },
})
const sorted = [...report.rejoinMs].sort((a, b) => a - b)
const at = (share: number): number =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
const slow = sorted.filter((one) => one >= MAX_REJOIN_MS).length
for (const fault of report.faults) console.log(`FAULT ${fault}`)
console.log(
  `${report.kills} kills, height ${report.height}, ${report.transactions} transactions, ${report.votes} votes compared, ` +
    `rejoin p50 ${at(0.5)} ms p99 ${at(0.99)} ms max ${at(1)} ms, ${slow} over ${MAX_REJOIN_MS} ms, ${report.faults.length} faults`,
)
process.exitCode = report.faults.length === 0 && slow === 0 && report.kills === kills ? 0 : 1
