/**
 * Log filters: the parameter of eth_getLogs, eth_newFilter and eth_subscribe("logs"), and whether a log or a bloom
 * matches.
 */

import { hexToBytes } from '../lib/bytes.ts'
import { MAX_LOG_ALTERNATIVES, MAX_LOG_TOPICS } from '../lib/limits.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import { type BlockReference, blockNumber } from './block-parameter.ts'
import { invalidParams } from './errors.ts'
import { HexSyntaxError, parseData } from './hex.ts'
import { BadArgument, type Codec, fieldOf, fieldsOf, hash } from './params.ts'

/** Alternatives at one topic position; undefined matches anything. */
type TopicChoice = ReadonlySet<Hash> | undefined

export type LogFilter = {
  readonly blockHash: Hash | undefined
  readonly fromBlock: BlockReference | undefined
  readonly toBlock: BlockReference | undefined
  /** Undefined matches every address. */
  readonly addresses: ReadonlySet<Address> | undefined
  readonly topics: readonly TopicChoice[]
}

const TYPE = 'filters.input'

/** Reads a filter object; throws BadArgument with geth's reasons, and -32602 for what is over a limit. */
export const logFilter: Codec<LogFilter> = (value) => {
  const fields = fieldsOf(value, TYPE)
  const blockHash = fieldOf(fields, 'blockHash', hash, TYPE)
  const fromBlock = fieldOf(fields, 'fromBlock', blockNumber, TYPE)
  const toBlock = fieldOf(fields, 'toBlock', blockNumber, TYPE)
  if (blockHash !== undefined && (fromBlock !== undefined || toBlock !== undefined)) {
    throw new BadArgument('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
  }
  return { blockHash, fromBlock, toBlock, addresses: parseAddresses(fields['address']), topics: parseTopics(fields) }
}

/** A filter that matches everything. */
export const ANY_LOG: LogFilter = {
  blockHash: undefined,
  fromBlock: undefined,
  toBlock: undefined,
  addresses: undefined,
  topics: [],
}

function parseAddresses(value: unknown): ReadonlySet<Address> | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return new Set([parseFilterAddress(value, 'invalid address')])
  if (!Array.isArray(value)) throw new BadArgument('invalid addresses in query')
  if (value.length > MAX_LOG_ALTERNATIVES) throw tooManyAlternatives()
  const addresses = value.map((item: unknown, i) => {
    if (typeof item !== 'string') throw new BadArgument(`non-string address at index ${i}`)
    return parseFilterAddress(item, `invalid address at index ${i}`)
  })
  return addresses.length === 0 ? undefined : new Set(addresses)
}

function parseTopics(fields: Readonly<Record<string, unknown>>): readonly TopicChoice[] {
  const value = fields['topics']
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BadArgument('invalid topic(s)')
  if (value.length > MAX_LOG_TOPICS) throw invalidParams('exceed max topics')
  return value.map(parseTopicChoice)
}

function parseTopicChoice(value: unknown): TopicChoice {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string') return new Set([parseTopic(value)])
  if (!Array.isArray(value)) throw new BadArgument('invalid topic(s)')
  if (value.length > MAX_LOG_ALTERNATIVES) throw tooManyAlternatives()
  // In a list of alternatives null means anything, and so does the list.
  if (value.length === 0 || value.some((item) => item === null)) return undefined
  return new Set(
    value.map((item: unknown) => {
      if (typeof item !== 'string') throw new BadArgument('invalid topic(s)')
      return parseTopic(item)
    }),
  )
}

function tooManyAlternatives(): Error {
  return invalidParams('exceed max addresses or topics per search position')
}

function parseFilterAddress(value: string, what: string): Address {
  return parseFixed(value, 20, `${what}: `, 'address') as Address
}

function parseTopic(value: string): Hash {
  return parseFixed(value, 32, '', 'topic') as Hash
}

function parseFixed(value: string, length: number, prefix: string, noun: string): string {
  try {
    const found = parseData(value).length
    if (found !== length) {
      throw new BadArgument(`${prefix}invalid hex length ${found} after decoding; expected ${length} for ${noun}`)
    }
    return value.toLowerCase()
  } catch (thrown) {
    if (thrown instanceof HexSyntaxError) throw new BadArgument(`${prefix}${thrown.message}`)
    throw thrown
  }
}

/** True when the filter matches one log. */
export function matchesLog(filter: LogFilter, log: Log): boolean {
  if (filter.addresses !== undefined && !filter.addresses.has(log.address)) return false
  if (filter.topics.length > log.topics.length) return false
  return filter.topics.every((choice, i) => choice === undefined || choice.has(log.topics[i] as Hash))
}

/** A quick test of 256-byte blooms: false when no log under the bloom can match. Each item is hashed once. */
export function bloomTest(filter: LogFilter, keccak256: (bytes: Uint8Array) => Hash): (bloom: Uint8Array) => boolean {
  const groups = [filter.addresses, ...filter.topics]
    .filter((choice) => choice !== undefined)
    .map((choice) => [...choice].map((item) => bloomBits(keccak256(hexToBytes(item)))))
  return (bloom) => groups.every((alternatives) => alternatives.some((bits) => bits.every((bit) => isSet(bloom, bit))))
}

/** Three bit positions, each from two bytes of the hash modulo 2048 (Yellow Paper, section 4.3.1). */
function bloomBits(digest: Hash): readonly number[] {
  return [2, 6, 10].map((at) => Number.parseInt(digest.slice(at, at + 4), 16) & 2047)
}

function isSet(bloom: Uint8Array, bit: number): boolean {
  return ((bloom[255 - (bit >> 3)] as number) & (1 << (bit & 7))) !== 0
}
