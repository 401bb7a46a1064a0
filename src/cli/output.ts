/**
 * What commands print: plain lines on standard output, tables with aligned columns.
 */

let isWatched = false

/** One line on standard output. Who reads it may stop reading, as `head` does: the command goes on all the same. */
export function printLine(line = ''): void {
  if (!isWatched) process.stdout.on('error', ignoreClosedPipe)
  isWatched = true
  process.stdout.write(`${line}\n`)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

/** Rows with columns as wide as their widest cell, two spaces apart. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  for (const row of rows)
    printLine(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

/** What a command did: names and values as a table, or as one JSON object. */
export function printFacts(flags: { readonly json?: boolean }, facts: Readonly<Record<string, string>>): void {
  if (flags.json === true) printLine(JSON.stringify(facts))
  else printTable(Object.entries(facts))
}
