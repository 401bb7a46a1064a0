/**
 * A pool's policy in words, as `sahara_getAsset` tells it: who pays or builds on an asset sees whether its contributors may
 * still be diluted.
 */

export type PolicyJson = {
  readonly policy: 'closed' | 'capped' | 'open'
  readonly maxWeight: string | null
  readonly weight: string
  readonly committedWeight: string
}

/** `capped at weight 1000, of which 700 counts and 50 waits`. */
export function describePolicy({ policy, maxWeight, weight, committedWeight }: PolicyJson): string {
  const waits = BigInt(committedWeight) - BigInt(weight)
  const waiting = waits > 0n ? ` and ${waits} waits` : ''
  if (policy === 'capped')
    return `capped at weight ${BigInt(maxWeight ?? 0)}, of which ${BigInt(weight)} counts${waiting}`
  const joining = policy === 'open' ? 'open to more contributors' : 'closed after its first batch'
  return `${joining}, weight ${BigInt(weight)} counts${waiting}`
}
