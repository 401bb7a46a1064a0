/**
 * Opens a log in memory or on disk for engines and signers under test.
 */

import { Prng } from '../../src/lib/prng.ts'
import type { LogFolder } from '../../src/storage/wal-files.ts'
import { type OpenedWal, openWal } from '../../src/storage/wal-open.ts'
import type { ChainIdentity } from '../../src/types/sign-bytes.ts'

const salts = new Prng(0x5a17)

/** The log in `folder`, for `purpose` on `chain`. */
export function openTestLog(
  folder: LogFolder,
  chain: ChainIdentity,
  purpose: string,
  maxSegmentBytes?: number,
): Promise<OpenedWal> {
  const identity = { purpose, chainId: chain.chainId, genesisHash: chain.genesisHash }
  const randomSalt = (): number => salts.u32()
  return openWal({ folder, identity, randomSalt, ...(maxSegmentBytes === undefined ? {} : { maxSegmentBytes }) })
}
