/**
 * Ledger nodes: an asset `a` has two, `a.direct` (payments made to it) with key 2a+1 and `a.all` (income relayed from its
 * children) with key 2a. A child's id is above its parents', so every slot leads to a lower key: descending keys are a
 * topological order. Ids stay below 2^31, so that a key fits in 32 bits and is a plain number here.
 */

/** One past the greatest node key. */
export const NODE_KEYS = 2 ** 32

/** The key of `a.direct`. */
export function directNode(asset: number): number {
  return 2 * asset + 1
}

/** The key of `a.all`. */
export function allNode(asset: number): number {
  return 2 * asset
}

/** The asset that a node belongs to. */
export function assetOf(node: number): number {
  return Math.floor(node / 2)
}

/** True for `a.direct`. */
export function isDirect(node: number): boolean {
  return node % 2 === 1
}
