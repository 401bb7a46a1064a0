/**
 * Contributors and their weights as they come from a file, row by row, into columns that a Merkle-sum tree is built from.
 *
 * Whatever would pay the wrong person or nobody is refused with the line it is on: an address whose letters' case is not its
 * checksum, the zero address, a weight that is no whole number above 0, an account that is named twice (unless the caller
 * says that weights of one account are to be added up).
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import { ACCOUNT_BYTES, WEIGHT_BYTES } from '../../crypto/merkle-sum.ts'
import type { LeafColumns } from '../../crypto/merkle-sum-tree.ts'
import { bytesToBigint, bytesToHex } from '../../lib/bytes.ts'
import { CodedError } from '../../lib/errors.ts'
import { MAX_BATCH_WEIGHT, MAX_CONTRIBUTORS } from '../../lib/limits.ts'
import { checksumAddress } from '../../rpc/checksum.ts'
import type { Address } from '../../types/primitives.ts'

/** Where a row is: its line, and in JSON, which may be all on one line, which item it is; both count from 1. */
type Place = { readonly line: number; readonly item?: number }

/** One row of the file, as text. */
export type ContributorRow = Place & { readonly account: string; readonly weight: string }

/** Why a list of contributors is refused, and where. */
export type ContributorFailure =
  | (Place & { readonly code: 'CONTRIBUTOR_ROW_MALFORMED'; readonly reason: string })
  | (Place & { readonly code: 'CONTRIBUTOR_ADDRESS_INVALID'; readonly value: string })
  | (Place & { readonly code: 'CONTRIBUTOR_WEIGHT_INVALID'; readonly value: string })
  | (Place & {
      readonly code: 'CONTRIBUTOR_DUPLICATE'
      readonly firstLine: number
      readonly firstItem?: number
      readonly account: string
    })
  | (Place & { readonly code: 'CONTRIBUTORS_TOO_MANY'; readonly limit: number })
  | (Place & { readonly code: 'CONTRIBUTORS_TOO_HEAVY'; readonly limit: bigint })
  | { readonly code: 'CONTRIBUTORS_EMPTY' }

export type ContributorOptions = {
  /** Add up the weights of an account that is named more than once, in place of refusing it. */
  readonly isMerging: boolean
}

const ADDRESS_PATTERN = /^0x[0-9a-fA-F]{40}$/
const ZERO_ADDRESS_PATTERN = /^0x0{40}$/
const WEIGHT_PATTERN = /^[1-9]\d{0,38}$/
/** Longest piece of a file that an error repeats. */
const QUOTED_LENGTH = 80
const INITIAL_CAPACITY = 1_024

/** Takes rows in order and holds what they say. */
export class ContributorColumns {
  private readonly isMerging: boolean
  private count = 0
  private total = 0n
  private accounts = Buffer.alloc(INITIAL_CAPACITY * ACCOUNT_BYTES)
  private weights = new Uint8Array(INITIAL_CAPACITY * WEIGHT_BYTES)
  private lines = new Uint32Array(INITIAL_CAPACITY)
  /** Open addressing: a position and one, or 0 for a free place; at most half full. */
  private places = new Uint32Array(2 * INITIAL_CAPACITY)

  constructor({ isMerging }: ContributorOptions) {
    this.isMerging = isMerging
  }

  /** Throws CodedError<ContributorFailure>. */
  add({ account, weight, ...at }: ContributorRow): void {
    checkAddress(at, account)
    const value = parseWeight(at, weight)
    this.total += value
    if (this.total > MAX_BATCH_WEIGHT) throw tooHeavy(at)
    if (this.count === this.lines.length) this.grow()
    const start = this.count * ACCOUNT_BYTES
    this.accounts.write(account.slice(2), start, ACCOUNT_BYTES, 'hex')
    const place = this.placeOf(this.count)
    const taken = this.places[place] as number
    if (taken > 0) this.addAgain(taken - 1, at, account, value)
    else this.addNew(place, at, value)
  }

  /** What was added, in the order of the rows. Throws CodedError CONTRIBUTORS_EMPTY when that is nothing. */
  finish(): LeafColumns {
    if (this.count === 0)
      throw failure({ code: 'CONTRIBUTORS_EMPTY' }, 'no contributors: expected lines of address,weight')
    return {
      count: this.count,
      accounts: this.accounts.subarray(0, this.count * ACCOUNT_BYTES),
      weights: this.weights.subarray(0, this.count * WEIGHT_BYTES),
    }
  }

  private addNew(place: number, at: Place, value: bigint): void {
    if (this.count === MAX_CONTRIBUTORS) throw tooMany(at)
    this.places[place] = this.count + 1
    this.lines[this.count] = at.line
    this.setWeight(this.count, value)
    this.count++
  }

  private addAgain(position: number, at: Place, account: string, value: bigint): void {
    if (!this.isMerging) {
      const line = this.lines[position] as number
      // Nothing was merged, so positions are the places of items.
      throw duplicate(at, at.item === undefined ? { line } : { line, item: position + 1 }, account)
    }
    const start = position * WEIGHT_BYTES
    this.setWeight(position, bytesToBigint(this.weights.subarray(start, start + WEIGHT_BYTES)) + value)
  }

  private setWeight(position: number, value: bigint): void {
    const view = new DataView(this.weights.buffer, this.weights.byteOffset + position * WEIGHT_BYTES)
    view.setBigUint64(0, value >> 64n)
    view.setBigUint64(8, BigInt.asUintN(64, value))
  }

  /** Where the account at `position` is in the table, or the free place for it. */
  private placeOf(position: number): number {
    const mask = this.places.length - 1
    for (let place = this.hashOf(position) & mask; ; place = (place + 1) & mask) {
      const taken = this.places[place] as number
      if (taken === 0 || this.isSameAccount(taken - 1, position)) return place
    }
  }

  /** FNV-1a over the whole account: addresses with chosen beginnings do not cluster. */
  private hashOf(position: number): number {
    let hash = 0x811c_9dc5
    for (let i = position * ACCOUNT_BYTES; i < (position + 1) * ACCOUNT_BYTES; i++) {
      hash = Math.imul(hash ^ (this.accounts[i] as number), 0x0100_0193)
    }
    return (hash ^ (hash >>> 15)) >>> 0
  }

  private isSameAccount(a: number, b: number): boolean {
    const [left, right] = [a * ACCOUNT_BYTES, b * ACCOUNT_BYTES]
    for (let i = 0; i < ACCOUNT_BYTES; i++) if (this.accounts[left + i] !== this.accounts[right + i]) return false
    return true
  }

  private grow(): void {
    const capacity = 2 * this.lines.length
    const accounts = Buffer.alloc(capacity * ACCOUNT_BYTES)
    accounts.set(this.accounts)
    this.accounts = accounts
    const weights = new Uint8Array(capacity * WEIGHT_BYTES)
    weights.set(this.weights)
    this.weights = weights
    const lines = new Uint32Array(capacity)
    lines.set(this.lines)
    this.lines = lines
    this.places = new Uint32Array(2 * capacity)
    for (let position = 0; position < this.count; position++) this.places[this.placeOf(position)] = position + 1
  }
}

function checkAddress(at: Place, text: string): void {
  if (!ADDRESS_PATTERN.test(text)) throw badAddress(at, text, 'an address is 0x and 40 hexadecimal digits')
  if (ZERO_ADDRESS_PATTERN.test(text)) throw badAddress(at, text, 'nobody can claim for the zero address')
  const digits = text.slice(2)
  const lower = digits.toLowerCase()
  if (digits === lower || digits === digits.toUpperCase()) return
  if (checksumAddress(`0x${lower}` as Address, keccak256Hash) !== text) {
    throw badAddress(at, text, 'the case of its letters is not its checksum (EIP-55), so it may be mistyped')
  }
}

function parseWeight(at: Place, text: string): bigint {
  if (WEIGHT_PATTERN.test(text)) return BigInt(text)
  const value = quoted(text)
  throw failure(
    { code: 'CONTRIBUTOR_WEIGHT_INVALID', ...at, value },
    `${placeText(at)}: weight ${JSON.stringify(value)}; accepted: a whole number from 1 to 2^96 (scale all weights up if there are fractions)`,
  )
}

function badAddress(at: Place, text: string, reason: string): CodedError<ContributorFailure> {
  const value = quoted(text)
  const message = `${placeText(at)}: address ${JSON.stringify(value)}: ${reason}`
  return failure({ code: 'CONTRIBUTOR_ADDRESS_INVALID', ...at, value }, message)
}

function duplicate(at: Place, first: Place, account: string): CodedError<ContributorFailure> {
  const firstItem = first.item === undefined ? {} : { firstItem: first.item }
  return failure(
    { code: 'CONTRIBUTOR_DUPLICATE', ...at, firstLine: first.line, ...firstItem, account },
    `${placeText(at)}: ${account} is on ${placeText(first)} already; name each account once, or have its weights added up`,
  )
}

function tooMany(at: Place): CodedError<ContributorFailure> {
  const message = `${placeText(at)}: more than ${MAX_CONTRIBUTORS} contributors; make several batches of them`
  return failure({ code: 'CONTRIBUTORS_TOO_MANY', ...at, limit: MAX_CONTRIBUTORS }, message)
}

function tooHeavy(at: Place): CodedError<ContributorFailure> {
  const message = `${placeText(at)}: with it the weights sum to more than 2^96, the most that a pool takes`
  return failure({ code: 'CONTRIBUTORS_TOO_HEAVY', ...at, limit: MAX_BATCH_WEIGHT }, message)
}

function placeText({ line, item }: Place): string {
  return item === undefined ? `line ${line}` : `line ${line}, item ${item}`
}

/** A row that is not an account and a weight at all. */
export function malformedRow(line: number, reason: string, item?: number): CodedError<ContributorFailure> {
  const at = item === undefined ? { line } : { line, item }
  return failure({ code: 'CONTRIBUTOR_ROW_MALFORMED', ...at, reason }, `${placeText(at)}: ${reason}`)
}

/** The beginning of a text of any length, for an error. */
export function quoted(text: string): string {
  return text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text
}

/** The account at a position of columns. */
export function accountAt(columns: LeafColumns, position: number): Address {
  const start = position * ACCOUNT_BYTES
  return bytesToHex(columns.accounts.subarray(start, start + ACCOUNT_BYTES)) as Address
}

/** The weight at a position of columns. */
export function weightAt(columns: LeafColumns, position: number): bigint {
  const start = position * WEIGHT_BYTES
  return bytesToBigint(columns.weights.subarray(start, start + WEIGHT_BYTES))
}

function failure(detail: ContributorFailure, message: string): CodedError<ContributorFailure> {
  return new CodedError(detail, message)
}
