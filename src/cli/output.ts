/**
 * What commands print: plain lines on standard output, tables with aligned columns.
 */

/** One line on standard output. */
export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`)
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
