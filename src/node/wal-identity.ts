/**
 * What a log says of itself in every segment, so that it is never read for another chain or another purpose.
 */

import type { LogIdentity } from '../storage/wal-scan.ts'
import type { Hash } from '../types/primitives.ts'

/** The consensus log of a chain. */
export function walIdentity(chainId: number, genesisHash: Hash): LogIdentity {
  return { purpose: 'consensus', chainId, genesisHash }
}

/** The log that keeps evidence across restarts. */
export function evidenceIdentity(chainId: number, genesisHash: Hash): LogIdentity {
  return { purpose: 'evidence', chainId, genesisHash }
}
