/**
 * Who would earn what from a payment, followed down the graph by falling keys without changing anything.
 *
 * Each slot's part is rounded down, as if no carry were there; what rounding leaves, and what reaches nodes beyond the bound,
 * is unassigned, so that all parts and the unassigned rest sum to exactly the payment. The real settlement hands on later
 * what is unassigned here.
 */

import type { AssetWeights } from './asset-weights.ts'
import { KeyHeap } from './key-heap.ts'
import { WHOLE_PPM } from './node-ledger.ts'
import { allNode, assetOf, directNode, isDirect } from './nodes.ts'

/** What a payee is of the asset it is listed under. */
export const QUOTE_ROLES = { protocolFee: 0n, contributorPool: 1n, owner: 2n } as const

export type QuotedPart = { readonly asset: number; readonly role: bigint; readonly amount: bigint }
export type Quote = { readonly parts: readonly QuotedPart[]; readonly unassigned: bigint }

/** Follows `amount` paid to `asset` through at most `maxNodes` nodes; `weights` reads an asset's. */
export function quotePayment(
  weights: (asset: number) => AssetWeights,
  asset: number,
  amount: bigint,
  maxNodes: number,
): Quote {
  const parts: QuotedPart[] = []
  const inflows = new Map([[directNode(asset), amount]])
  const heap = new KeyHeap()
  heap.push(directNode(asset))
  let unassigned = amount
  for (let followed = 0; followed < maxNodes && heap.size > 0; followed++) {
    const node = heap.top
    heap.pop()
    const slots = slotsOf(node, weights(assetOf(node)))
    const inflow = inflows.get(node) ?? 0n
    for (const { target, role, ppm } of slots) {
      // Rounded down, slot by slot.
      const part = (inflow * ppm) / WHOLE_PPM
      if (part === 0n) continue
      if (role !== undefined) {
        parts.push({ asset: target, role, amount: part })
        unassigned -= part
        continue
      }
      inflows.set(allNode(target), (inflows.get(allNode(target)) ?? 0n) + part)
      heap.push(allNode(target))
    }
  }
  return { parts, unassigned }
}

/** A slot pays a role of an asset, or an ancestor's a.all when it has no role. */
type Slot = { readonly target: number; readonly role: bigint | undefined; readonly ppm: bigint }

function slotsOf(node: number, weights: AssetWeights): Slot[] {
  const asset = assetOf(node)
  const { parents, floors, feePpm, poolPpm, pool, ownerDirectPpm, ownerAllPpm } = weights
  const own = (owner: bigint): Slot[] => [
    { target: pool, role: QUOTE_ROLES.contributorPool, ppm: poolPpm },
    { target: asset, role: QUOTE_ROLES.owner, ppm: owner },
  ]
  if (!isDirect(node)) {
    return [
      ...parents.map((one) => ({ target: one.asset, role: undefined, ppm: one.relativePpm })),
      ...own(ownerAllPpm),
    ]
  }
  return [
    { target: asset, role: QUOTE_ROLES.protocolFee, ppm: feePpm },
    ...parents.map((one) => ({ target: one.asset, role: undefined, ppm: one.directPpm })),
    ...floors.map((one) => ({ target: one.asset, role: undefined, ppm: one.ppm })),
    ...own(ownerDirectPpm),
  ]
}
