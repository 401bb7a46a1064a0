/**
 * Notices a test run in which nothing happens any more. A test that waits too long fails by its own limit; but a worker that
 * is blocked in native code, or that does not end, would keep the run alive for ever and tell nobody why. So what the run's
 * processes are doing then is printed, before whoever asked to be told ends the run.
 */

import { readdirSync, readFileSync } from 'node:fs'

/** Longer than any one test may take. */
const STALL_MS = 300_000
const LOOK_MS = 5_000
/** The exit code of a run that stalled. */
export const STALLED_EXIT_CODE = 70
/** The environment variable with the path of the record of a run that stalled; SAHARA_… are the node's options. */
export const STALL_RECORD = 'TEST_STALL_RECORD'

/** What a stalled run came to; `unfinished` are test files. */
export type StallRecord = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly unfinished: readonly string[]
}

export class StallWatch {
  private readonly unfinished = new Set<string>()
  private readonly onStall: (unfinished: readonly string[]) => void
  private lastEventMs = performance.now()

  constructor(onStall: (unfinished: readonly string[]) => void) {
    this.onStall = onStall
  }

  start(files: readonly string[]): void {
    for (const file of files) this.unfinished.add(file)
    this.note()
    setInterval(() => this.look(), LOOK_MS).unref()
  }

  finish(file: string): void {
    this.unfinished.delete(file)
    this.note()
  }

  /** Something happened. */
  note(): void {
    this.lastEventMs = performance.now()
  }

  private look(): void {
    if (performance.now() - this.lastEventMs < STALL_MS) return
    const files = [...this.unfinished]
    console.error(`\nno test has ended for ${STALL_MS / 1_000} s; unfinished: ${files.join(', ') || 'none'}`)
    console.error(describeChildren(process.pid).join('\n'))
    this.onStall(files)
  }
}

/** A line for each descendant and each of its threads: what it is, and what it waits for in the kernel. Linux only. */
function describeChildren(parent: number): string[] {
  const processes = read(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name))) ?? []
  return processes
    .filter((pid) => fieldOf(`/proc/${pid}/status`, 'PPid') === String(parent))
    .flatMap((pid) => {
      const command = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) ?? ''
      const threads = read(() => readdirSync(`/proc/${pid}/task`)) ?? []
      const waits = threads.map((thread) => {
        const folder = `/proc/${pid}/task/${thread}`
        const wait = read(() => readFileSync(`${folder}/wchan`, 'utf8')) ?? '?'
        return `  ${fieldOf(`${folder}/status`, 'Name')} ${fieldOf(`${folder}/status`, 'State')} ${wait}`
      })
      return [`process ${pid}: ${command.slice(0, 200)}`, ...waits, ...describeChildren(Number(pid))]
    })
}

function fieldOf(path: string, field: string): string | undefined {
  return read(() => new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1])
}

function read<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
