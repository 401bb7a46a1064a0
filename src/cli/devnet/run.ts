/**
 * The life of a devnet: start every validator, show how they do, stop them all on Ctrl-C or at the height asked for.
 */

import type { NodeStatus } from '../../node/status.ts'
import { EXIT_OK, EXIT_UNEXPECTED } from '../exit-codes.ts'
import { printLine } from '../output.ts'
import { endLiveLine, liveLine, printNetworkTable, showLiveLine } from './screen.ts'
import type { ValidatorProcess } from './validator-process.ts'

export type DevnetRun = {
  readonly folder: string
  readonly validators: readonly ValidatorProcess[]
  readonly untilHeight: number | undefined
  readonly isResumed: boolean
}

/** How long validators may take until they answer for the first time. */
const START_TIMEOUT_MS = 60_000
const POLL_MS = 250
const LINE_MS = 1_000

/** Runs until it is told to stop; resolves with the exit code when every validator has ended. */
export async function runDevnet(run: DevnetRun): Promise<number> {
  const { validators } = run
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  // A terminal that was closed takes no more lines; the validators must be stopped all the same.
  process.stdout.on('error', stop)
  try {
    printLine(`${run.isResumed ? 'resuming' : 'starting'} ${validators.length} validators …`)
    for (const validator of validators) watchChild(validator, stopping.signal)
    const isUp = await waitUntilUp(validators, stopping.signal)
    if (stopping.signal.aborted) return EXIT_OK
    if (!isUp) return EXIT_UNEXPECTED
    printNetworkTable(validators, run.folder)
    return await follow(run, stopping.signal)
  } finally {
    stopping.abort()
    endLiveLine()
    printLine('stopping …')
    const ends = await Promise.all(validators.map((one) => one.stop()))
    const clean = ends.filter((end) => end.code === 0).length
    printLine(`stopped: ${clean} of ${validators.length} validators ended cleanly`)
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    process.off('SIGHUP', stop)
  }
}

/** Starts a child and tells what to do when it ends by itself. */
function watchChild(validator: ValidatorProcess, stopping: AbortSignal): void {
  validator.start()
  validator.end().then(({ code, signal }) => {
    if (stopping.aborted) return
    endLiveLine()
    const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`
    printLine(
      `${validator.node.name} ${how}; start it again with: npm run sahara -- start --config ${validator.configPath}`,
    )
    if (signal === null) printLine(validator.logTail())
  })
}

/** False when a validator ended, or did not answer in time. */
async function waitUntilUp(validators: readonly ValidatorProcess[], stopping: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + START_TIMEOUT_MS
  const gone = Promise.race(validators.map((one) => one.end())).then(() => 'gone' as const)
  while (performance.now() < deadline && !stopping.aborted) {
    const statuses = await askAll(validators)
    if (statuses.every((one) => one !== undefined)) return true
    if ((await Promise.race([gone, delay(POLL_MS, stopping)])) === 'gone') return false
  }
  if (!stopping.aborted)
    printLine(`a validator did not answer within ${START_TIMEOUT_MS / 1_000} s; see the logs in its folder`)
  return false
}

/** Shows the live line until the height is final everywhere, or until told to stop. */
async function follow({ validators, untilHeight }: DevnetRun, stopping: AbortSignal): Promise<number> {
  let shownAt = Number.NEGATIVE_INFINITY
  while (!stopping.aborted) {
    const statuses = await askAll(validators)
    const isReached =
      untilHeight !== undefined && statuses.every((one) => one !== undefined && one.finalizedHeight >= untilHeight)
    if (performance.now() - shownAt >= LINE_MS || isReached) {
      shownAt = performance.now()
      showLiveLine(liveLine(statuses))
    }
    if (isReached) {
      endLiveLine()
      printLine(`height ${untilHeight} is final on all ${validators.length} validators`)
      return EXIT_OK
    }
    await delay(POLL_MS, stopping)
  }
  return EXIT_OK
}

function askAll(validators: readonly ValidatorProcess[]): Promise<(NodeStatus | undefined)[]> {
  return Promise.all(validators.map((one) => one.status()))
}

/** Resolves after `ms`, or at once when told to stop. */
function delay(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    stopping.addEventListener('abort', end)
  })
}
