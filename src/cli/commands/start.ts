/**
 * `sahara start`: runs a node until it is told to stop, or until it must.
 */

import { Command } from 'commander'
import { systemClock } from '../../lib/clock.ts'
import { CodedError, errorMessage } from '../../lib/errors.ts'
import { NODE_STOP_TIMEOUT_MS } from '../../lib/limits.ts'
import { VERSION } from '../../node/version.ts'
import { createLogger, type Logger, type LogLevel } from '../../telemetry/log.ts'
import { EXIT_OK, EXIT_UNEXPECTED, exitCodeOf } from '../exit-codes.ts'
import { addNodeOptions, configFromFlags } from '../node-options.ts'

export function startCommand(): Command {
  return addNodeOptions(
    new Command('start').description('run a node: a validator with --validator.enabled, else a full node'),
  ).action(start)
}

async function start(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = configFromFlags(flags)
  const log = createLogger({
    level: config['log.level'] as LogLevel,
    format: config['log.format'] === 'json' ? 'json' : 'pretty',
  })
  outliveOutput()
  log.info({ version: VERSION, node: process.versions.node, pid: process.pid }, 'sahara starts')
  endOnFault(log)
  const asked = stopRequest()
  void asked.then(() => endInTime(log))
  try {
    // Loaded here, so that every other command starts without the whole node.
    const { startNode } = await import('../../node/node.ts')
    const node = await startNode({ config, clock: systemClock, log })
    const reason = await Promise.race([asked, node.failed])
    log.info({ reason: reason instanceof Error ? reason.message : reason }, 'node stops')
    await node.stop()
    if (reason instanceof Error) throw reason
    process.exitCode = EXIT_OK
  } catch (thrown) {
    process.exitCode = reportFailure(log, thrown)
  }
  log.info({ code: process.exitCode }, 'sahara ends')
  // What a library leaves behind must not keep a stopped node alive.
  process.exit()
}

/**
 * Ends the process if it has not ended by itself in time after it was asked to, as when it hangs while it still starts. As
 * after kill -9, nothing is lost.
 */
function endInTime(log: Logger): void {
  const end = (): never => {
    const detail = { code: 'STOP_TIMEOUT', timeoutMs: NODE_STOP_TIMEOUT_MS }
    log.error({ detail }, `the node did not stop within ${NODE_STOP_TIMEOUT_MS} ms and is ended`)
    return process.exit(exitCodeOf(detail.code))
  }
  setTimeout(end, NODE_STOP_TIMEOUT_MS).unref()
}

/** Logs why the node ended and returns the exit code. */
function reportFailure(log: Logger, thrown: unknown): number {
  if (thrown instanceof CodedError) {
    log.error({ detail: withoutBytes(thrown.detail) }, thrown.message)
    return exitCodeOf(thrown.code)
  }
  log.error({ error: thrown }, `the node fails: ${errorMessage(thrown)}`)
  return EXIT_UNEXPECTED
}

/** A block in a detail is kept in a file; a log line has no room for it. */
function withoutBytes(detail: object): object {
  return Object.fromEntries(Object.entries(detail).filter(([, value]) => !(value instanceof Uint8Array)))
}

/** Resolves with the reason when someone asks the process to stop: a signal, or the end of the devnet that started it. */
function stopRequest(): Promise<string> {
  return new Promise((resolve) => {
    process.on('SIGINT', () => resolve('SIGINT'))
    process.on('SIGTERM', () => resolve('SIGTERM'))
    process.on('SIGHUP', () => resolve('SIGHUP'))
    process.on('disconnect', () => resolve('parent process gone'))
  })
}

/** A reader of the log that went away, or a log file on a full disk, costs lines, not the validator. */
function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}

/** What nobody catches leaves the node in a state that nobody knows: it ends, and its log says why. */
function endOnFault(log: Logger): void {
  process.on('uncaughtException', (error) => {
    log.error({ error }, `the node fails: ${errorMessage(error)}`)
    process.exit(EXIT_UNEXPECTED)
  })
}
