/**
 * Commits blocks to the database in the folder of the first argument until it is killed or the disk is full, and reports the
 * height of each to its parent. Each block writes several hundred accounts, each with the block's height as its balance;
 * most of the changed branches wait.
 */

import { present } from '../../../src/lib/assert.ts'
import { StateStore } from '../../../src/state/state-store.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { StorageError } from '../../../src/storage/kv.ts'
import { openLevelKv } from '../../../src/storage/level-kv.ts'
import { blockOf, manyAddresses } from '../support.ts'

const addresses = manyAddresses(400)
const kv = await openLevelKv(process.argv[2] ?? '')
const store = new StateStore(kv, {
  historyBlocks: 20,
  branches: { perCommit: 8, blocks: 16, most: 1_000, cached: 1_000 },
})
try {
  for (let height = (store.headRecord?.number ?? -1) + 1; ; height++) {
    const world = new WorldState(store.head())
    for (const address of addresses) world.setBalance(address, BigInt(height + 1))
    const state = store.seal(store.head(), world.changes())
    // A large body fills the database's log quickly.
    await store.commit(state, blockOf(state, height, [new Uint8Array(64 * 1024).fill(height)]))
    process.send?.({ height })
  }
} catch (thrown) {
  if (!(thrown instanceof StorageError)) throw thrown
  const head = store.headRecord?.number ?? -1
  const isWhole = store.head().getAccount(present(addresses[0], 'there are addresses'))?.balance === BigInt(head + 1)
  process.send?.({ failure: thrown.code, head, isWhole })
  process.disconnect()
}
