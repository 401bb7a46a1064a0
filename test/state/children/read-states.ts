/**
 * A thread that reads the database while another one commits: every state it can reach must be whole. Its data are the
 * folder and the addresses, each of which has the block's height plus one as its balance in every state.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { keccak256 } from '../../../src/crypto/keccak.ts'
import { present } from '../../../src/lib/assert.ts'
import { Prng } from '../../../src/lib/prng.ts'
import { keyText } from '../../../src/state/hashed-key.ts'
import { StateReader } from '../../../src/state/state-reader.ts'
import { BlockStore } from '../../../src/storage/block-store.ts'
import type { KvReader } from '../../../src/storage/kv.ts'
import { openLevelKv } from '../../../src/storage/level-kv.ts'
import type { Address } from '../../../src/types/primitives.ts'

const { folder, addresses } = workerData as { folder: string; addresses: Address[] }
const kv = await openLevelKv(folder)
const prng = new Prng(5)
let isStopping = false
parentPort?.once('message', () => {
  isStopping = true
})

/** True when the nodes of a proof at `height` name one another, from the block's root on. */
function isProved(snapshot: KvReader, height: number): boolean {
  const answer = new StateReader(snapshot).prove(height, prng.pick(addresses), [])
  if (!answer.ok) return false
  const nodes = answer.value.accountProof
  const root = new BlockStore(snapshot).header(height)?.stateRoot.slice(2)
  return nodes.every((node, at) => {
    const name = keyText(keccak256(node))
    return at === 0 ? name === root : keyText(present(nodes[at - 1], 'a node above')).includes(name)
  })
}

let read = 0
let wrong = 0
let newest = -1
while (!isStopping) {
  // Half of the rounds read the database itself, half a snapshot of it.
  const snapshot = prng.chance(0.5) ? kv.snapshot() : undefined
  const reader = new StateReader(snapshot ?? kv)
  const head = reader.headNumber() ?? -1
  if (head < newest) wrong++
  newest = head
  // A distance from the window's end, so that no state goes away between the check and the read.
  const height = Math.max(0, head - prng.below(10))
  const state = reader.at(height)
  if (state.ok) {
    for (const address of addresses) if (state.value.getAccount(address)?.balance !== BigInt(height + 1)) wrong++
    if (snapshot !== undefined && !isProved(snapshot, height)) wrong++
    read++
  }
  await snapshot?.release()
  await new Promise((resolve) => setImmediate(resolve))
}
await kv.close()
parentPort?.postMessage({ read, wrong, newest })
