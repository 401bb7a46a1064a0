/**
 * The genesis file: a chainspec, checked whole, with every validator's proof of possession verified.
 */

import { type ChainSpec, chainSpecToJson } from '../chainspec/chain-spec.ts'
import { genesisPossessionMessage } from '../chainspec/genesis-validators.ts'
import { parseChainSpec } from '../chainspec/parse-chain-spec.ts'
import { verifyPossession } from '../crypto/bls.ts'
import { hexToBytes } from '../lib/bytes.ts'
import { CodedError } from '../lib/errors.ts'
import { type BadField, describeBadField } from '../lib/field-reader.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { readJsonFile, writeJsonFile } from './json-file.ts'

export type GenesisFailure = BadField & { readonly path: string }

/** Reads and checks a genesis file. Throws CodedError: FILE_UNREADABLE, or BAD_FIELD with the field. */
export function readGenesisFile(path: string): ChainSpec {
  const json = readJsonFile(path)
  const parsed = checkGenesis(json)
  if (parsed.ok) return parsed.value
  throw new CodedError<GenesisFailure>(
    { ...parsed.error, path },
    `the genesis file ${path} is refused: ${describeBadField(parsed.error)}`,
  )
}

/** Writes the genesis file; refuses to replace one unless `isReplacing`. */
export function writeGenesisFile(path: string, spec: ChainSpec, isReplacing = false): void {
  writeJsonFile(path, chainSpecToJson(spec), 0o644, isReplacing)
}

/** The chainspec in `json` when its fields and proofs are right. */
export function checkGenesis(json: unknown): Result<ChainSpec, BadField> {
  const parsed = parseChainSpec(json)
  if (!parsed.ok) return parsed
  const spec = parsed.value
  for (const [i, one] of spec.validators.entries()) {
    const message = genesisPossessionMessage(spec.chainId, one.operator, one.blsPublicKey)
    if (!verifyPossession(one.blsPublicKey, message, hexToBytes(one.proofOfPossession))) {
      return err({
        code: 'BAD_FIELD',
        field: `validators[${i}].proofOfPossession`,
        value: `${one.proofOfPossession.slice(0, 18)}…`,
        accepted: `the proof of its own key for chain ${spec.chainId} and operator ${one.operator} (sahara genesis entry)`,
      })
    }
  }
  return ok(spec)
}
