/**
 * The lineage hash: the published vectors hold, by this program and by an independent encoder, and every part of an asset's
 * ancestry changes it.
 */

import { readFileSync } from 'node:fs'
import { encodeAbiParameters, parseAbiParameters } from 'viem'
import { describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import { bytesToHex, hexToBytes } from '../../../src/lib/bytes.ts'
import { lineagePreimage } from '../../../src/precompiles/assets/lineage.ts'
import type { EdgeTerms } from '../../../src/precompiles/assets/terms.ts'
import type { Hash } from '../../../src/types/primitives.ts'
import { edge, hashOf, Registry } from './support.ts'

type VectorParent = {
  readonly parent: string
  readonly relation: number
  readonly relativePpm: number
  readonly floorPpm: number
  readonly floorGens: number
  readonly licenceId: Hash
}
type Vector = {
  readonly name: string
  readonly kind: number
  readonly contentHash: Hash
  readonly parents: readonly VectorParent[]
  readonly preimage: `0x${string}`
  readonly lineageHash: Hash
}

const file = new URL('../../vectors/attribution/lineage.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Vector[] }
const ENCODING = parseAbiParameters([
  'uint8 kind, bytes32 contentHash, bytes32[] lineageHashes, EdgeTerms[] edges',
  'struct EdgeTerms { uint8 relation; uint32 relativePpm; uint32 floorPpm; uint8 floorGens; bytes32 licenceId; }',
])

function lineageOf(name: string): Hash {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return found.lineageHash
}

function termsOf({ relation, relativePpm, floorPpm, floorGens, licenceId }: VectorParent): EdgeTerms {
  const numbers = { relation: BigInt(relation), relativePpm: BigInt(relativePpm), floorPpm: BigInt(floorPpm) }
  return { ...numbers, floorGens: BigInt(floorGens), licenceId }
}

describe('the lineage hash', () => {
  it('is that of the published vectors', () => {
    expect(cases).toHaveLength(4)
    for (const { kind, contentHash, parents, preimage, lineageHash } of cases) {
      const lineages = parents.map((one) => lineageOf(one.parent))
      const bytes = lineagePreimage(BigInt(kind), contentHash, lineages, parents.map(termsOf))
      expect(bytesToHex(bytes)).toBe(preimage)
      expect(keccak256Hash(bytes)).toBe(lineageHash)
      expect(encodeAbiParameters(ENCODING, [kind, contentHash, lineages, parents])).toBe(preimage)
      expect(keccak256Hash(hexToBytes(preimage))).toBe(lineageHash)
    }
  })

  it('is what the registry stores for the assets of the vectors', () => {
    const chain = new Registry()
    const ids = new Map<string, bigint>()
    for (const { name, kind, parents, lineageHash } of cases) {
      const edges = parents.map((one) => edge(ids.get(one.parent) as bigint, termsOf(one)))
      const id = chain.register({ name, kind: BigInt(kind), parents: edges })
      chain.openTerms(id, chain.read('ownerOf', { tokenId: id }) as never)
      ids.set(name, id)
      expect(chain.read('get', { id })).toMatchObject({ lineageHash })
    }
  })

  it('changes with the kind, the content, the order of parents and every term of an edge', () => {
    const terms = termsOf(cases[1]?.parents[0] as VectorParent)
    const of = (kind: bigint, content: string, parents: readonly string[], edges: readonly EdgeTerms[]) =>
      keccak256Hash(lineagePreimage(kind, hashOf(content), parents.map(hashOf), edges))
    const hashes = [
      of(1n, 'c', ['p', 'q'], [terms, terms]),
      of(2n, 'c', ['p', 'q'], [terms, terms]),
      of(1n, 'd', ['p', 'q'], [terms, terms]),
      of(1n, 'c', ['q', 'p'], [terms, terms]),
      of(1n, 'c', ['p', 'q'], [{ ...terms, relation: 9n }, terms]),
      of(1n, 'c', ['p', 'q'], [{ ...terms, relativePpm: 9n }, terms]),
      of(1n, 'c', ['p', 'q'], [{ ...terms, floorPpm: 9n }, terms]),
      of(1n, 'c', ['p', 'q'], [{ ...terms, floorGens: 9n }, terms]),
      of(1n, 'c', ['p', 'q'], [{ ...terms, licenceId: hashOf('l') }, terms]),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })
})
