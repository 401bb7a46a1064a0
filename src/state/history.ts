/**
 * How far back states and proofs reach, and the removal of what lies before.
 *
 * Two markers tell the oldest heights whose change sets are kept. Each commit moves them by a few blocks at most, inside the
 * block's own batch, so that a window made shorter is caught up without a pause.
 */

import { MAX_PRUNED_PER_COMMIT, PROOF_HISTORY_BLOCKS } from '../lib/limits.ts'
import { BUCKET, keyOf, metaKey } from '../storage/buckets.ts'
import type { KvOperation, KvReader } from '../storage/kv.ts'
import { decodeExactly, Writer } from '../types/codec.ts'
import { dropChangeSet } from './change-set.ts'
import { dropNodeChangeSet } from './node-change-set.ts'
import { decodeVersioned } from './version.ts'

type Marker = 'history' | 'nodeHistory'

/** The lowest height whose change set (or node change set) is kept; 1 in a new database. */
export function oldestChangeSet(kv: KvReader, marker: Marker): number {
  const bytes = kv.getSync(metaKey(marker))
  return bytes === undefined ? 1 : decodeExactly(bytes, (reader) => reader.u64())
}

/** What the commit of block `height` forgets when `historyBlocks` change sets are kept. */
export function pruneOperations(kv: KvReader, height: number, historyBlocks: number): KvOperation[] {
  const operations: KvOperation[] = []
  prune(kv, operations, 'history', height - historyBlocks, (old) => {
    const { operations: drops, removals } = dropChangeSet(kv, old)
    operations.push(...drops)
    for (const key of removals) dropRemoved(kv, operations, key, old)
  })
  prune(kv, operations, 'nodeHistory', height - PROOF_HISTORY_BLOCKS, (old) => {
    operations.push(...dropNodeChangeSet(kv, old))
  })
  return operations
}

function prune(
  kv: KvReader,
  operations: KvOperation[],
  marker: Marker,
  newest: number,
  drop: (height: number) => void,
): void {
  const oldest = oldestChangeSet(kv, marker)
  if (oldest > newest) return
  const end = Math.min(newest, oldest + MAX_PRUNED_PER_COMMIT - 1)
  for (let height = oldest; height <= end; height++) drop(height)
  operations.push({ type: 'put', key: metaKey(marker), value: new Writer(8).u64(end + 1).finish() })
}

/** A removed value's record was kept for the history before it; the value may have been written again since. */
function dropRemoved(kv: KvReader, operations: KvOperation[], key: Uint8Array, height: number): void {
  const flatKey = keyOf(key.length === 32 ? BUCKET.account : BUCKET.storage, key)
  const bytes = kv.getSync(flatKey)
  if (bytes === undefined) return
  const record = decodeVersioned(bytes)
  if (record.value === undefined && record.height <= height) operations.push({ type: 'del', key: flatKey })
}
