/**
 * /livez, /readyz and /status of a node.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HealthCheck } from '../telemetry/exporter.ts'
import type { LoopLag } from '../telemetry/loop-lag.ts'
import type { NodeStatus } from './status.ts'

const MAX_LOOP_LAG_MS = 5_000
const MAX_LAG_BLOCKS = 2

/** The process is alive while its event loop turns. */
export function liveChecks(lag: LoopLag): HealthCheck[] {
  return [
    {
      name: 'eventLoop',
      check: () => {
        const lateMs = lag.currentMs()
        return lateMs < MAX_LOOP_LAG_MS ? 'ok' : `the event loop is ${Math.round(lateMs)} ms late`
      },
    },
  ]
}

/** The node can serve: it is at the head, has company (unless it is alone by design), and its disk takes writes. */
export function readyChecks(status: () => NodeStatus, isAlone: boolean, dataDir: string): HealthCheck[] {
  return [
    {
      name: 'synced',
      check: () => {
        const { behindBlocks } = status()
        return behindBlocks <= MAX_LAG_BLOCKS ? 'ok' : `${behindBlocks} blocks behind`
      },
    },
    { name: 'peers', check: () => (isAlone || status().peers > 0 ? 'ok' : 'no peers') },
    {
      name: 'disk',
      check: () => {
        writeFileSync(join(dataDir, 'data', 'writable'), new Date().toISOString())
        return 'ok'
      },
    },
  ]
}
