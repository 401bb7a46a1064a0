/**
 * The words of the registry: what an asset is, how it came from another, and where it stands.
 *
 * Kinds and relations are numbered in the order below, from 0; a relation mask has bit `n` for relation `n`. A status is
 * numbered from 1, so that the empty cell of an asset that does not exist has none.
 */

/** What an asset is. */
export const ASSET_KINDS = ['Dataset', 'Model', 'Agent', 'Adapter', 'Pipeline', 'Knowledge', 'App'] as const

/** How a child came from its parent. */
export const RELATIONS = [
  'TRAINED_ON',
  'FINETUNED_FROM',
  'DISTILLED_FROM',
  'MERGED_FROM',
  'ADAPTER_OF',
  'QUANTIZED_FROM',
  'RAG_USES',
  'COMPOSED_OF',
  'LABELED_FROM',
  'EVALUATED_ON',
] as const

/** The mask of all relations. */
export const ALL_RELATIONS = (1n << BigInt(RELATIONS.length)) - 1n

/** Where an asset stands: payments to a disputed one go to escrow, a revoked one is not paid. */
export type AssetStatus = 'active' | 'disputed' | 'revoked'

export const ACTIVE = 1n
export const DISPUTED = 2n
export const REVOKED = 3n

const STATUS_NAMES: readonly (AssetStatus | undefined)[] = [undefined, 'active', 'disputed', 'revoked']

/** The name of a status number; undefined for 0, which is no asset. */
export function statusName(status: bigint): AssetStatus | undefined {
  return STATUS_NAMES[Number(status)]
}
