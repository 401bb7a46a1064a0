/**
 * Contributors from CSV: one `address,weight` a line. A first line of `address,weight` and empty lines are passed over;
 * fields may be in double quotes and have spaces around them; lines end with LF or CRLF.
 */

import { MAX_CONTRIBUTOR_LINE_CHARACTERS } from '../../lib/limits.ts'
import { type ContributorRow, malformedRow, quoted } from './contributors.ts'

const HEADER_PATTERN = /^(address|account)$/i

/** Takes the text in pieces of any size and hands on rows. */
export class CsvContributors {
  private readonly onRow: (row: ContributorRow) => void
  private rest = ''
  private line = 0
  private hasContent = false

  constructor(onRow: (row: ContributorRow) => void) {
    this.onRow = onRow
  }

  push(text: string): void {
    const lines = (this.rest + text).split('\n')
    this.rest = lines.pop() ?? ''
    for (const one of lines) this.take(one)
    if (this.rest.length > MAX_CONTRIBUTOR_LINE_CHARACTERS) throw tooLong(this.line + 1)
  }

  finish(): void {
    if (this.rest !== '') this.take(this.rest)
    this.rest = ''
  }

  private take(line: string): void {
    this.line++
    if (line.length > MAX_CONTRIBUTOR_LINE_CHARACTERS) throw tooLong(this.line)
    const text = line.trim()
    if (text === '') return
    const fields = text.split(',').map(unquote)
    const isFirst = !this.hasContent
    this.hasContent = true
    if (isFirst && HEADER_PATTERN.test(fields[0] ?? '')) return
    const [account, weight] = fields
    if (fields.length !== 2 || account === undefined || weight === undefined) {
      throw malformedRow(this.line, `expected address,weight, got ${JSON.stringify(quoted(text))}`)
    }
    this.onRow({ line: this.line, account, weight })
  }
}

function unquote(field: string): string {
  const text = field.trim()
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text
}

function tooLong(line: number): Error {
  return malformedRow(line, `longer than ${MAX_CONTRIBUTOR_LINE_CHARACTERS} characters`)
}
