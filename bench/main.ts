/**
 * `npm run bench`: measures this machine and prints one line a result.
 *
 *     npm run bench -- [block-processing] [consensus] [royalty-settlement] [module-gas] [--shape TEXT] [--json] [--quick]
 *
 * Without a name everything runs. `--json` prints one object a line; `--quick` takes few samples, to see that all works.
 * `--shape` measures the settlement of those shapes of ancestry alone whose name has the text.
 */

import { parseArgs } from 'node:util'
import { runBlockProcessing } from './block-processing.ts'
import { runConsensus } from './consensus.ts'
import { runModuleGas } from './module-gas.ts'
import { Report } from './report.ts'
import { runRoyaltySettlement } from './royalty-settlement.ts'

export type BenchOptions = {
  readonly isQuick: boolean
  /** Part of the names of the shapes of ancestry to measure; all of them, and the rest of their area, when left out. */
  readonly shape?: string | undefined
}

const AREAS: Readonly<Record<string, (report: Report, options: BenchOptions) => Promise<void>>> = {
  'block-processing': runBlockProcessing,
  consensus: runConsensus,
  'royalty-settlement': runRoyaltySettlement,
  'module-gas': runModuleGas,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    shape: { type: 'string' },
  },
})
const unknown = positionals.filter((name) => AREAS[name] === undefined)
if (unknown.length > 0) {
  console.error(`unknown bench ${unknown.join(', ')}: expected ${Object.keys(AREAS).join(' or ')}`)
  process.exit(2)
}
const report = new Report(values.json)
report.header()
for (const [name, run] of Object.entries(AREAS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  await run(report, { isQuick: values.quick, shape: values.shape })
}
