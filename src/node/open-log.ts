/**
 * Opens one of the node's logs on disk and says what had to be cut off.
 */

import { randomInt } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { diskFolder } from '../storage/wal-files.ts'
import { type OpenedWal, openWal } from '../storage/wal-open.ts'
import type { LogIdentity } from '../storage/wal-scan.ts'
import type { Logger } from '../telemetry/log.ts'
import { type Metrics, SECONDS_BUCKETS } from '../telemetry/metrics.ts'

export type OpenLogOptions = {
  readonly folder: string
  readonly identity: LogIdentity
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/** Opens the log. Throws WalError. */
export async function openNodeLog({ folder, identity, clock, log, metrics }: OpenLogOptions): Promise<OpenedWal> {
  const syncSeconds = metrics.histogram('wal_fsync_seconds', 'time of one fdatasync of a log', SECONDS_BUCKETS, ['log'])
  // The signer's identity ends in its key, which is no label.
  const name = identity.purpose.split(' ')[0] ?? identity.purpose
  const opened = await openWal({
    folder: await diskFolder(folder),
    identity,
    randomSalt: () => randomInt(2 ** 32),
    onSync: (elapsedMs) => syncSeconds.observe(elapsedMs / 1_000, { log: name }),
    monotonicMs: () => clock.monotonicMs(),
  })
  if (opened.torn !== undefined) log.warn({ log: name, ...opened.torn }, 'a torn tail was cut off')
  return opened
}
