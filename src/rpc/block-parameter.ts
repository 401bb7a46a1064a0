/**
 * The block parameter: a number, a tag, a hash, or an EIP-1898 object; and the finalized block that it means.
 *
 * `latest`, `safe` and `finalized` are the last finalized block. `pending` is that block with the pool on top, which only
 * some methods tell apart.
 */

import type { Hash } from '../types/primitives.ts'
import { headerForHashNotFound, headerNotFound, invalidParams } from './errors.ts'
import { HexSyntaxError, parseQuantity } from './hex.ts'
import { BadArgument, type Codec, cannotUnmarshal, fieldOf, fieldsOf, hash, kindOf } from './params.ts'
import type { ChainPort, HashedHeader } from './ports.ts'

const TAGS = ['latest', 'pending', 'earliest', 'safe', 'finalized'] as const
export type BlockTag = (typeof TAGS)[number]

export type BlockReference =
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'tag'; readonly tag: BlockTag }
  | { readonly kind: 'hash'; readonly hash: Hash }
  /** An EIP-1898 object without a number and a hash: an error only when it is resolved, as in geth. */
  | { readonly kind: 'nothing' }

export const LATEST: BlockReference = { kind: 'tag', tag: 'latest' }

const MAX_INT64 = 2n ** 63n - 1n

/** A number or a tag. */
export const blockNumber: Codec<BlockReference> = (value) => {
  if (typeof value !== 'string') throw new BadArgument('hex string without 0x prefix')
  return parseTag(value) ?? parseNumber(value, 'block number larger than int64')
}

/** A number, a tag, a hash or an EIP-1898 object. */
export const blockNumberOrHash: Codec<BlockReference> = (value) => {
  if (typeof value === 'object' && value !== null) return parseReferenceObject(value)
  if (typeof value !== 'string') throw cannotUnmarshal(kindOf(value), 'string')
  if (value.length === 66) return { kind: 'hash', hash: hash(value) }
  return parseTag(value) ?? parseNumber(value, 'blocknumber too high')
}

function parseTag(value: string): BlockReference | undefined {
  return (TAGS as readonly string[]).includes(value) ? { kind: 'tag', tag: value as BlockTag } : undefined
}

function parseNumber(value: string, tooHigh: string): BlockReference {
  let number: bigint
  try {
    number = parseQuantity(value, 64)
  } catch (thrown) {
    if (thrown instanceof HexSyntaxError) throw new BadArgument(thrown.message)
    throw thrown
  }
  if (number > MAX_INT64) throw new BadArgument(tooHigh)
  // Heights beyond 2^53 exist nowhere; the largest safe integer stands for them all.
  return { kind: 'number', number: Number(number > 2n ** 53n - 1n ? 2n ** 53n - 1n : number) }
}

function parseReferenceObject(value: object): BlockReference {
  if (Array.isArray(value)) throw cannotUnmarshal('array', 'string')
  const fields = fieldsOf(value, 'rpc.BlockNumberOrHash')
  const number = fieldOf(fields, 'blockNumber', blockNumber, 'rpc.BlockNumberOrHash')
  const blockHash = fieldOf(fields, 'blockHash', hash, 'rpc.BlockNumberOrHash')
  if (number !== undefined && blockHash !== undefined) {
    throw new BadArgument('cannot specify both BlockHash and BlockNumber, choose one or the other')
  }
  // All blocks this node knows are canonical, so requireCanonical changes nothing.
  return number ?? (blockHash === undefined ? { kind: 'nothing' } : { kind: 'hash', hash: blockHash })
}

/** The height that a reference means, whether or not such a block exists; undefined for an unknown hash. */
export function heightOf(chain: ChainPort, reference: BlockReference): number | undefined {
  switch (reference.kind) {
    case 'number':
      return reference.number
    case 'hash':
      return chain.numberOf(reference.hash)
    case 'tag':
      return reference.tag === 'earliest' ? chain.oldestBlock() : chain.head().header.number
    case 'nothing':
      throw invalidParams('invalid arguments; neither block nor hash specified')
  }
}

/** The block that a reference means; undefined when there is none. */
export function findBlock(chain: ChainPort, reference: BlockReference): HashedHeader | undefined {
  if (reference.kind === 'tag' && reference.tag !== 'earliest') return chain.head()
  const height = heightOf(chain, reference)
  return height === undefined ? undefined : chain.header(height)
}

/** The block whose state is asked for; geth's error when there is none. */
export function demandBlock(chain: ChainPort, reference: BlockReference): HashedHeader {
  const found = findBlock(chain, reference)
  if (found === undefined) throw reference.kind === 'hash' ? headerForHashNotFound() : headerNotFound()
  return found
}

export function isPending(reference: BlockReference): boolean {
  return reference.kind === 'tag' && reference.tag === 'pending'
}
