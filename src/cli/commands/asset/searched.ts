/**
 * How much of the chain a node could search for what an account may claim: it has not every batch's leaf file.
 */

/** Of an answer to sahara_entitlements. */
export type SearchedJson = { readonly searchedBatches: string; readonly batches: string }

/** Batches whose leaf files the node does not have. */
export function missingBatches({ searchedBatches, batches }: SearchedJson): bigint {
  return BigInt(batches) - BigInt(searchedBatches)
}

/** The same as a sentence. */
export function searchedLine(searched: SearchedJson): string {
  const missing = missingBatches(searched)
  const rest = missing === 0n ? '' : `; the leaf files of ${missing} are not on this node: ask another, or hand them in`
  return `searched ${BigInt(searched.searchedBatches)} of ${BigInt(searched.batches)} batches${rest}`
}
