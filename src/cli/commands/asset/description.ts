/**
 * What an asset is registered with, from a JSON description and flags over it.
 *
 *     {"kind": "Model", "contentFile": "weights.bin", "uri": "https://…", "poolPpm": 0, "royaltyBps": 0,
 *      "parents": [{"asset": 1, "relation": "TRAINED_ON", "relativePpm": 200000, "floorPpm": 0, "floorGens": 255}]}
 *
 * `contentHash` names the content itself; with `contentFile` it is the SHA-256 of that file, relative to the description.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CodedError, errorMessage } from '../../../lib/errors.ts'
import { describeBadField, type FieldReader, readFields, refuseField } from '../../../lib/field-reader.ts'
import { MAX_PARENTS, MAX_URI_BYTES } from '../../../lib/limits.ts'
import { readJsonFile } from '../../../node/json-file.ts'
import { ASSET_KINDS, RELATIONS } from '../../../precompiles/assets/kinds.ts'
import {
  ALL_GENERATIONS,
  MAX_NEW_FLOOR_PPM,
  MAX_RELATIVES_PPM,
  MAX_ROYALTY_BPS,
  WHOLE_PPM,
} from '../../../precompiles/assets/ppm.ts'
import { type Hash, ZERO_HASH } from '../../../types/primitives.ts'
import { refuseArgument } from '../../arguments.ts'

export type AssetKind = (typeof ASSET_KINDS)[number]

export type EdgeInput = {
  readonly parent: bigint
  readonly relation: bigint
  readonly relativePpm: bigint
  readonly floorPpm: bigint
  readonly floorGens: bigint
  readonly licenceId: Hash
}

/** The parameters of `register` but for the salt. */
export type Registration = {
  readonly kind: bigint
  readonly contentHash: Hash
  readonly dataRoot: Hash
  readonly uri: string
  readonly parents: readonly EdgeInput[]
  readonly poolPpm: bigint
  readonly royaltyBps: bigint
}

/** Flags that stand in for a description's fields. */
export type RegistrationFlags = {
  readonly kind?: AssetKind
  readonly contentHash?: Hash
  readonly contentFile?: string
  readonly dataRoot?: Hash
  readonly uri?: string
  readonly parent?: readonly EdgeInput[]
  readonly poolPpm?: bigint
  readonly royaltyBps?: bigint
}

const HASH = /^0x[0-9a-fA-F]{64}$/
const HASH_WORDS = '0x and 64 hexadecimal digits'
const MAX_ASSET_ID = 2 ** 31 - 1

/** Throws CodedError BAD_FIELD, BAD_OPTION or FILE_UNREADABLE. */
export async function readRegistration(path: string | undefined, flags: RegistrationFlags): Promise<Registration> {
  const described = path === undefined ? {} : describedIn(path)
  const merged = { ...described, ...defined(flags) }
  const { kind, uri = '', dataRoot = ZERO_HASH, poolPpm = 0n, royaltyBps = 0n, parent: parents = [] } = merged
  if (kind === undefined) return refuseArgument('--kind', '', `one of ${ASSET_KINDS.join(', ')}`)
  const contentHash = await contentHashOf(merged)
  const sorted = [...parents].sort((a, b) => (a.parent < b.parent ? -1 : 1))
  const kindNumber = BigInt(ASSET_KINDS.indexOf(kind))
  return { kind: kindNumber, contentHash, dataRoot, uri, parents: sorted, poolPpm, royaltyBps }
}

/** `ID:RELATION:RELATIVE_PPM[:FLOOR_PPM[:FLOOR_GENS]]`. */
export function parentArgument(text: string, previous: readonly EdgeInput[] = []): readonly EdgeInput[] {
  const accepted = 'ID:RELATION:RELATIVE_PPM[:FLOOR_PPM[:FLOOR_GENS]], as 1:TRAINED_ON:200000'
  const [id = '', relation = '', relative = '', floor = '0', gens = '255', ...more] = text.split(':')
  const number = (RELATIONS as readonly string[]).indexOf(relation)
  const isNumeric = [id, relative, floor, gens].every((one) => /^\d{1,10}$/.test(one))
  if (number < 0 || !isNumeric || more.length > 0) {
    return refuseArgument('--parent', text, `${accepted}; relations: ${RELATIONS.join(', ')}`)
  }
  const edge = {
    ...{ parent: BigInt(id), relation: BigInt(number), relativePpm: BigInt(relative) },
    ...{ floorPpm: BigInt(floor), floorGens: BigInt(floor) === 0n ? 0n : BigInt(gens), licenceId: ZERO_HASH },
  }
  return [...previous, edge]
}

function describedIn(path: string): RegistrationFlags {
  const read = readFields(readJsonFile(path), (fields) => readDescription(fields, dirname(path)))
  if (read.ok) return read.value
  throw new CodedError(read.error, `${path}: ${describeBadField(read.error)}`)
}

function readDescription(fields: FieldReader, folder: string): RegistrationFlags {
  const optional = <T>(name: string, read: () => T): T | undefined => (fields.has(name) ? read() : undefined)
  const found = {
    kind: fields.choice('kind', ASSET_KINDS),
    contentHash: optional('contentHash', () => hashField(fields, 'contentHash')),
    contentFile: optional('contentFile', () => resolve(folder, fields.text('contentFile', /./, 'a path'))),
    dataRoot: optional('dataRoot', () => hashField(fields, 'dataRoot')),
    uri: optional('uri', () => uriField(fields)),
    poolPpm: optional('poolPpm', () => BigInt(fields.integer('poolPpm', 0, Number(WHOLE_PPM)))),
    royaltyBps: optional('royaltyBps', () => BigInt(fields.integer('royaltyBps', 0, Number(MAX_ROYALTY_BPS)))),
    parent: optional('parents', () => fields.objects('parents', MAX_PARENTS, readParent)),
  }
  return defined(found)
}

function readParent(fields: FieldReader): EdgeInput {
  const floorPpm = fields.has('floorPpm') ? fields.integer('floorPpm', 0, Number(MAX_NEW_FLOOR_PPM)) : 0
  const standard = floorPpm === 0 ? 0 : Number(ALL_GENERATIONS)
  return {
    parent: BigInt(fields.integer('asset', 1, MAX_ASSET_ID)),
    relation: BigInt(RELATIONS.indexOf(fields.choice('relation', RELATIONS))),
    relativePpm: BigInt(fields.integer('relativePpm', 0, Number(MAX_RELATIVES_PPM))),
    floorPpm: BigInt(floorPpm),
    floorGens: BigInt(fields.has('floorGens') ? fields.integer('floorGens', 0, Number(ALL_GENERATIONS)) : standard),
    licenceId: fields.has('licenceId') ? hashField(fields, 'licenceId') : ZERO_HASH,
  }
}

function hashField(fields: FieldReader, name: string): Hash {
  return fields.text(name, HASH, HASH_WORDS).toLowerCase() as Hash
}

function uriField(fields: FieldReader): string {
  const uri = fields.text('uri', /[\s\S]*/, 'a text')
  if (Buffer.byteLength(uri) > MAX_URI_BYTES) refuseField('uri', uri, `at most ${MAX_URI_BYTES} bytes`)
  return uri
}

async function contentHashOf({ contentHash, contentFile }: RegistrationFlags): Promise<Hash> {
  if (contentHash !== undefined) return contentHash
  if (contentFile === undefined) {
    return refuseArgument('--content-hash', '', `${HASH_WORDS}; or --content-file with the content itself`)
  }
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(contentFile)) hash.update(piece as Uint8Array)
  } catch (thrown) {
    const detail = { code: 'FILE_UNREADABLE', path: contentFile } as const
    throw new CodedError(detail, `${contentFile} cannot be read: ${errorMessage(thrown)}`)
  }
  return `0x${hash.digest('hex')}` as Hash
}

/** Without the fields that are undefined, which would hide others. */
function defined(flags: { [Name in keyof RegistrationFlags]: RegistrationFlags[Name] | undefined }): RegistrationFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
