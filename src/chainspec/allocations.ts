/**
 * The whole supply, 10,000,000,000 SAHARA, out of seven named buckets (docs/attribution.md section 6). Genesis refuses any
 * other sum: no path mints, so what is allocated here is all there will ever be.
 */

import { keccak256 } from '../crypto/keccak.ts'
import { type Address, addressFromBytes } from '../types/primitives.ts'

/** Wei in one SAHARA. */
export const WEI_PER_SAHARA = 10n ** 18n
/** Wei in existence. */
export const TOTAL_SUPPLY_WEI = 10_000_000_000n * WEI_PER_SAHARA

/** What each bucket holds, in wei. */
export const BUCKETS = {
  airdrop: 815_000_000n * WEI_PER_SAHARA,
  'community-development': 2_075_000_000n * WEI_PER_SAHARA,
  'ecosystem-rewards': 3_393_000_000n * WEI_PER_SAHARA,
  buidlpad: 142_000_000n * WEI_PER_SAHARA,
  team: 1_500_000_000n * WEI_PER_SAHARA,
  investors: 1_975_000_000n * WEI_PER_SAHARA,
  liquidity: 100_000_000n * WEI_PER_SAHARA,
} as const

export type Bucket = keyof typeof BUCKETS
export const BUCKET_NAMES = Object.keys(BUCKETS) as readonly Bucket[]

/** A genesis balance and the bucket it comes out of. */
export type Allocation = { readonly bucket: Bucket; readonly address: Address; readonly balanceWei: bigint }

/** The account that holds what a bucket has not given away; nobody has a key to it. */
export function bucketReserve(bucket: Bucket): Address {
  return addressFromBytes(keccak256(new TextEncoder().encode(`sahara/bucket/${bucket}`)).subarray(12))
}

/** `grants` and, for every bucket, its remainder at its reserve. Throws RangeError when a bucket does not suffice. */
export function allocateSupply(grants: readonly Allocation[]): Allocation[] {
  const remaining = new Map<Bucket, bigint>(BUCKET_NAMES.map((bucket) => [bucket, BUCKETS[bucket]]))
  for (const { bucket, balanceWei } of grants) {
    const left = (remaining.get(bucket) ?? 0n) - balanceWei
    if (left < 0n) throw new RangeError(`the bucket ${bucket} lacks ${-left} wei for its grants`)
    remaining.set(bucket, left)
  }
  const reserves = [...remaining].filter(([, balanceWei]) => balanceWei > 0n)
  return [
    ...grants,
    ...reserves.map(([bucket, balanceWei]) => ({ bucket, address: bucketReserve(bucket), balanceWei })),
  ]
}

/** What is wrong with the sums, or undefined when every bucket gives exactly what it holds. */
export function findSupplyFault(
  allocations: readonly Allocation[],
): { readonly bucket: Bucket; readonly sumWei: bigint; readonly budgetWei: bigint } | undefined {
  for (const bucket of BUCKET_NAMES) {
    let sumWei = 0n
    for (const one of allocations) if (one.bucket === bucket) sumWei += one.balanceWei
    if (sumWei !== BUCKETS[bucket]) return { bucket, sumWei, budgetWei: BUCKETS[bucket] }
  }
  return undefined
}
