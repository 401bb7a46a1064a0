/**
 * Consensus alone: real processes over loopback with blocks of opaque bytes, and many validators in virtual time.
 */

import { runCluster } from './consensus-cluster.ts'
import type { BenchOptions } from './main.ts'
import { summarize } from './measure.ts'
import type { Report } from './report.ts'
import { simulateWan } from './wan-simulation.ts'

const VALIDATORS = 4
const BLOCK_SIZES = [1024, 100 * 1024, 1024 * 1024] as const
/** The devnet's interval, and as fast as the validators can. */
const PACES_MS = [250, 1] as const
const WAN_SIZES = [4, 16, 64, 100] as const
const WAN_BLOCK_BYTES = 100 * 1024

export async function runConsensus(report: Report, options: BenchOptions): Promise<void> {
  for (const paceMs of PACES_MS) {
    for (const blockBytes of BLOCK_SIZES) {
      const blocks = options.isQuick ? 20 : 120
      const figures = await runCluster({
        validators: VALIDATORS,
        blockBytes,
        minBlockIntervalMs: paceMs,
        blocks,
        warmUp: 10,
      })
      const suffix = `validators=${VALIDATORS} block=${blockBytes / 1024}KiB minInterval=${paceMs}ms`
      report.addSummary(`consensus/interval ${suffix}`, summarize(figures.intervalsMs), 'ms')
      report.addSummary(`consensus/finality ${suffix}`, summarize(figures.finalityMs), 'ms')
    }
  }
  for (const size of WAN_SIZES) {
    const { intervalsMs, finalityMs } = simulateWan(size, WAN_BLOCK_BYTES, options.isQuick ? 10 : 60)
    const suffix = `validators=${size} block=${WAN_BLOCK_BYTES / 1024}KiB network=simulated-wan`
    report.addSummary(`consensus/interval ${suffix}`, summarize(intervalsMs), 'ms')
    report.addSummary(`consensus/finality ${suffix}`, summarize(finalityMs), 'ms')
  }
}
