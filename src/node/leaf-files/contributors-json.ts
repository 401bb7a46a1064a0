/**
 * Contributors from JSON, read in pieces so that a file of any length needs no memory: a list of
 * {"address": …, "weight": …} or of [address, weight], or one object {address: weight}. Weights may be numbers or texts; their
 * digits are taken as they stand, so no precision is lost. What is wrong is refused with its line and which item it is.
 */

import { assert } from '../../lib/assert.ts'
import { CodedError } from '../../lib/errors.ts'
import { MAX_CONTRIBUTOR_LINE_CHARACTERS } from '../../lib/limits.ts'
import { type ContributorRow, malformedRow, quoted } from './contributors.ts'

type Token = {
  readonly kind: 'punctuation' | 'text' | 'number' | 'end'
  readonly text: string
  readonly line: number
}

const WHITE_SPACE = /[ \t\r\n]/
const PUNCTUATION = '[]{}:,'
const NUMBER_CHARACTER = /[-+.0-9eE]/

/** Takes the text in pieces of any size and hands on rows. */
export class JsonContributors {
  private readonly rows: Generator<undefined, void, Token>
  private line = 1
  /** A text or number that has begun; `"` is the first character of a text. */
  private begun = ''
  private begunLine = 1

  constructor(onRow: (row: ContributorRow) => void) {
    this.rows = readRows(onRow)
    this.rows.next()
  }

  push(text: string): void {
    for (const character of text) this.take(character)
  }

  finish(): void {
    if (this.begun.startsWith('"')) throw malformedRow(this.begunLine, 'the file ends within a text')
    this.flushNumber()
    this.hand({ kind: 'end', text: 'the end of the file', line: this.line })
  }

  private take(character: string): void {
    if (this.begun.startsWith('"')) this.takeOfText(character)
    else if (NUMBER_CHARACTER.test(character)) this.begin(this.begun + character, this.begun === '')
    else this.takeBetween(character)
  }

  private takeBetween(character: string): void {
    this.flushNumber()
    if (character === '"') this.begin('"', true)
    else if (character === '\n') this.line++
    else if (PUNCTUATION.includes(character)) this.hand({ kind: 'punctuation', text: character, line: this.line })
    else if (!WHITE_SPACE.test(character)) {
      throw malformedRow(this.line, `expected JSON, got ${JSON.stringify(character)}`)
    }
  }

  private takeOfText(character: string): void {
    if (character === '\n') throw malformedRow(this.begunLine, 'a text goes on over the end of the line')
    // Neither an address nor a weight nor their names need one.
    if (character === '\\') throw malformedRow(this.begunLine, 'escapes are not expected in an address or a weight')
    if (character === '"') this.endText()
    else this.begin(this.begun + character, false)
  }

  private endText(): void {
    const text = this.begun.slice(1)
    this.begun = ''
    this.hand({ kind: 'text', text, line: this.begunLine })
  }

  private begin(text: string, isNew: boolean): void {
    if (isNew) this.begunLine = this.line
    this.begun = text
    if (text.length > MAX_CONTRIBUTOR_LINE_CHARACTERS) {
      throw malformedRow(this.begunLine, `a value longer than ${MAX_CONTRIBUTOR_LINE_CHARACTERS} characters`)
    }
  }

  private flushNumber(): void {
    if (this.begun === '') return
    const text = this.begun
    this.begun = ''
    this.hand({ kind: 'number', text, line: this.begunLine })
  }

  private hand(token: Token): void {
    assert(this.rows.next(token).done !== true || token.kind === 'end', 'only the end of the file ends the rows')
  }
}

/** The grammar: tokens come in, rows go out. */
function* readRows(onRow: (row: ContributorRow) => void): Generator<undefined, void, Token> {
  const first = yield
  if (isMark(first, '[')) yield* readList(onRow)
  else if (isMark(first, '{')) yield* readPairs(onRow)
  else throw unexpected(first, 'a list or an object')
  const last = yield
  if (last.kind !== 'end') throw unexpected(last, 'nothing after the last contributor')
}

function* readList(onRow: (row: ContributorRow) => void): Generator<undefined, void, Token> {
  for (let token = yield, item = 1; ; token = yield, item++) {
    if (item === 1 && isMark(token, ']')) return
    onRow({ ...(yield* readItem(token, item)), item })
    const after = yield
    if (isMark(after, ']')) return
    if (!isMark(after, ',')) throw unexpected(after, ', or ]')
  }
}

/** One item of a list; what is wrong in it is refused with its number. */
function* readItem(token: Token, item: number): Generator<undefined, ContributorRow, Token> {
  try {
    if (isMark(token, '{')) return yield* readObject(token.line)
    if (isMark(token, '[')) return yield* readPair(token.line)
    throw unexpected(token, '{"address": …, "weight": …} or [address, weight]')
  } catch (thrown) {
    if (!(thrown instanceof CodedError) || thrown.code !== 'CONTRIBUTOR_ROW_MALFORMED') throw thrown
    throw malformedRow(thrown.detail.line, thrown.detail.reason, item)
  }
}

function* readObject(line: number): Generator<undefined, ContributorRow, Token> {
  let account: string | undefined
  let weight: string | undefined
  for (;;) {
    const name = textOf(yield, '"address" or "weight"')
    demand(yield, ':')
    const value = yield
    if (name === 'address' && account === undefined) account = textOf(value, 'an address')
    else if (name === 'weight' && weight === undefined) weight = weightOf(value)
    else
      throw malformedRow(
        value.line,
        `field ${JSON.stringify(quoted(name))}; accepted: "address" and "weight", once each`,
      )
    const after = yield
    if (isMark(after, '}')) break
    if (!isMark(after, ',')) throw unexpected(after, ', or }')
  }
  if (account === undefined || weight === undefined) {
    throw malformedRow(line, `"${account === undefined ? 'address' : 'weight'}" is missing`)
  }
  return { line, account, weight }
}

function* readPair(line: number): Generator<undefined, ContributorRow, Token> {
  const account = textOf(yield, 'an address')
  demand(yield, ',')
  const weight = weightOf(yield)
  demand(yield, ']')
  return { line, account, weight }
}

function* readPairs(onRow: (row: ContributorRow) => void): Generator<undefined, void, Token> {
  for (let token = yield, item = 1; ; token = yield, item++) {
    if (item === 1 && isMark(token, '}')) return
    const account = textOf(token, 'an address')
    demand(yield, ':')
    onRow({ line: token.line, item, account, weight: weightOf(yield) })
    const after = yield
    if (isMark(after, '}')) return
    if (!isMark(after, ',')) throw unexpected(after, ', or }')
  }
}

function isMark(token: Token, mark: string): boolean {
  return token.kind === 'punctuation' && token.text === mark
}

function demand(token: Token, mark: string): void {
  if (!isMark(token, mark)) throw unexpected(token, mark)
}

function textOf(token: Token, what: string): string {
  if (token.kind !== 'text') throw unexpected(token, what)
  return token.text
}

function weightOf(token: Token): string {
  if (token.kind !== 'text' && token.kind !== 'number') throw unexpected(token, 'a weight')
  return token.text
}

function unexpected(token: Token, expected: string): Error {
  return malformedRow(token.line, `expected ${expected}, got ${quoted(token.text)}`)
}
