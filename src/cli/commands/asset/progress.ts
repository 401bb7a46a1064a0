/**
 * Progress of long work on one line of standard error, in whole percent; nothing where no person looks.
 */

export type ProgressLine = { show(what: string, done: number, total: number): void; end(): void }

/** A line that is written over; silent unless standard error is a terminal or `isForced`. */
export function progressLine(isForced = process.env['SAHARA_PROGRESS'] === '1'): ProgressLine {
  if (process.stderr.isTTY !== true && !isForced) return { show: () => {}, end: () => {} }
  let shown = ''
  return {
    show: (what, done, total) => {
      const line = `${what} ${total === 0 ? 100 : Math.floor((100 * done) / total)} %`
      if (line !== shown) process.stderr.write(`\r${line.padEnd(shown.length)}`)
      shown = line
    },
    end: () => {
      if (shown !== '') process.stderr.write(`\r${' '.repeat(shown.length)}\r`)
    },
  }
}
