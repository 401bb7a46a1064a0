/**
 * Which segments of the log may go: those in which every record is outdated (docs/consensus.md 2.9, P4).
 */

import type { RecordRound } from '../consensus/record.ts'
import type { LogPort } from './ports.ts'

type Span = { lowestEpoch: number; highestEpoch: number; highestView: number }

export class LogPruner {
  private readonly log: LogPort
  private readonly spans = new Map<number, Span>()

  constructor(log: LogPort) {
    this.log = log
  }

  /** Notes that a record of that round is in the segment. */
  note(segment: number, { epoch, view }: RecordRound): void {
    const span = this.spans.get(segment)
    if (span === undefined) {
      this.spans.set(segment, { lowestEpoch: epoch, highestEpoch: epoch, highestView: view })
      return
    }
    span.lowestEpoch = Math.min(span.lowestEpoch, epoch)
    if (epoch === span.highestEpoch) span.highestView = Math.max(span.highestView, view)
    if (epoch > span.highestEpoch) {
      span.highestEpoch = epoch
      span.highestView = view
    }
  }

  /** Drops the oldest segments as long as they hold only records below (epoch, view), and of earlier epochs if told. */
  async prune(floor: RecordRound, dropsEarlierEpochs: boolean): Promise<void> {
    let first: number | undefined
    for (const segment of [...this.spans.keys()].sort((a, b) => a - b)) {
      const span = this.spans.get(segment)
      if (span === undefined || !isOutdated(span, floor, dropsEarlierEpochs)) break
      first = segment
    }
    if (first === undefined || this.spans.size < 2) return
    const keep = Math.min(first + 1, Math.max(...this.spans.keys()))
    for (const segment of [...this.spans.keys()]) if (segment < keep) this.spans.delete(segment)
    await this.log.dropBefore(keep)
  }
}

function isOutdated(span: Span, floor: RecordRound, dropsEarlierEpochs: boolean): boolean {
  if (span.lowestEpoch < floor.epoch && !dropsEarlierEpochs) return false
  if (span.highestEpoch < floor.epoch) return true
  return span.highestEpoch === floor.epoch && span.highestView < floor.view
}
