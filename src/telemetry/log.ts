/**
 * Logs that read as the chain's story: a fixed phrase and an object. JSON for machines, one coloured line for people.
 *
 * error = someone must act; warn = may become one; info = the chain's story; debug = the rest. Keys and raw text from
 * peers are never given to a logger.
 */

import pino from 'pino'
import { prettyLine } from './pretty.ts'

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

type Fields = Readonly<Record<string, unknown>>

/** What every layer asks of a logger. */
export interface Logger {
  error(fields: Fields, phrase: string): void
  warn(fields: Fields, phrase: string): void
  info(fields: Fields, phrase: string): void
  debug(fields: Fields, phrase: string): void
  /** A logger whose lines carry `area` (`engine`, `p2p`, …). */
  child(area: string): Logger
}

export type LogOptions = {
  readonly level: LogLevel
  readonly format: 'json' | 'pretty'
  /** Where lines go, each with its newline; standard output when absent. */
  readonly write?: (line: string) => void
}

/** A logger of the given level and format. bigint fields are written as decimal text, errors as message and stack. */
export function createLogger(options: LogOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(line))
  const stream = options.format === 'json' ? { write } : { write: (line: string) => write(prettyLine(line)) }
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: plainFields },
    },
    stream,
  )
  return wrap(root)
}

/** A logger that says nothing. */
export const silentLogger: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
}

function wrap(log: pino.Logger): Logger {
  return {
    error: (fields, phrase) => log.error(fields, phrase),
    warn: (fields, phrase) => log.warn(fields, phrase),
    info: (fields, phrase) => log.info(fields, phrase),
    debug: (fields, phrase) => log.debug(fields, phrase),
    child: (area) => wrap(log.child({ area })),
  }
}

function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    plain[name] = typeof value === 'bigint' ? value.toString() : value instanceof Error ? describeError(value) : value
  }
  return plain
}

function describeError(error: Error): object {
  return { name: error.name, message: error.message, stack: error.stack }
}
