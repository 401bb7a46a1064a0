/**
 * How a result is told: one line for people, or one JSON object a line with `--json`.
 *
 * `ratio` is ours against `peer` measured in the same run, so that it means the same on every machine; above 1 is better
 * for throughput, below 1 for time. Names are `area/operation key=value …`.
 */

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import type { Summary } from './measure.ts'

export type BenchResult = {
  readonly name: string
  /** The median of the samples. */
  readonly value: number
  readonly unit: string
  /** What `ratio` compares with. */
  readonly peer?: string
  readonly ratio?: number
  readonly p99?: number
  readonly samples?: number
}

export class Report {
  private readonly isJson: boolean
  private readonly machine = describeMachine()
  private readonly commit = currentCommit()

  constructor(isJson: boolean) {
    this.isJson = isJson
  }

  /** What the numbers were measured on. */
  header(): void {
    if (this.isJson) return
    console.log(
      `machine ${this.machine}, load ${loadavg()[0]?.toFixed(1)}, commit ${this.commit}, node ${process.version}`,
    )
  }

  /** A sentence for people. */
  note(text: string): void {
    if (!this.isJson) console.log(text)
  }

  add(result: BenchResult): void {
    if (this.isJson) {
      const { name, value, unit, peer, ratio, p99, samples } = result
      const { machine, commit } = this
      console.log(
        JSON.stringify({ name, value, unit, peer: peer ?? null, ratio: ratio ?? null, p99, samples, machine, commit }),
      )
      return
    }
    const parts = [result.name.padEnd(64), `${format(result.value)} ${result.unit}`.padStart(16)]
    if (result.p99 !== undefined) parts.push(`p99 ${format(result.p99)}`.padStart(14))
    if (result.samples !== undefined) parts.push(`n ${result.samples}`.padStart(7))
    if (result.ratio !== undefined) parts.push(`${result.ratio.toFixed(3)} of ${result.peer ?? 'peer'}`)
    console.log(parts.join('  '))
  }

  /** A result made of samples. */
  addSummary(
    name: string,
    summary: Summary,
    unit: string,
    compared?: { readonly peer: string; readonly ratio: number },
  ) {
    this.add({ name, unit, value: summary.median, p99: summary.p99, samples: summary.samples, ...compared })
  }
}

function format(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}

function describeMachine(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'} x${availableParallelism()}`
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
