/**
 * What a database says of itself: the version of its layout and the chain it holds. Checked before anything else is read, so
 * that a folder of another chain or of another version is refused and left as it is.
 */

import { decodeExactly, Writer } from '../types/codec.ts'
import type { Hash } from '../types/primitives.ts'
import { metaKey } from './buckets.ts'
import { type Kv, StorageError } from './kv.ts'

/** Raised whenever keys or values change their meaning. */
export const SCHEMA_VERSION = 2

/**
 * Marks a new database as one of this chain, or checks that it is one. Throws StorageError OTHER_CHAIN or SCHEMA_MISMATCH;
 * `folder` is for their messages.
 */
export async function claimDatabase(kv: Kv, genesisHash: Hash, folder: string): Promise<void> {
  const version = kv.getSync(metaKey('schema'))
  const genesis = kv.getSync(metaKey('genesis'))
  if (version === undefined || genesis === undefined) {
    const operations = [
      { type: 'put' as const, key: metaKey('schema'), value: new Writer(4).u32(SCHEMA_VERSION).finish() },
      { type: 'put' as const, key: metaKey('genesis'), value: new Writer(32).hash(genesisHash).finish() },
    ]
    await kv.batch(operations, { sync: true })
    return
  }
  const found = decodeExactly(version, (reader) => reader.u32())
  if (found !== SCHEMA_VERSION) throw schemaMismatch(folder, found)
  const foundGenesis = decodeExactly(genesis, (reader) => reader.hash())
  if (foundGenesis !== genesisHash) throw otherChain(folder, foundGenesis, genesisHash)
}

function schemaMismatch(folder: string, found: number): StorageError {
  return new StorageError(
    { code: 'SCHEMA_MISMATCH', folder, found, supported: SCHEMA_VERSION },
    `${folder} has layout ${found}, this version reads layout ${SCHEMA_VERSION}; use a new data folder and sync again`,
  )
}

function otherChain(folder: string, found: Hash, expected: Hash): StorageError {
  return new StorageError(
    { code: 'OTHER_CHAIN', folder, found, expected },
    `${folder} holds the chain with genesis ${found}, not ${expected}; choose another data folder or genesis`,
  )
}
