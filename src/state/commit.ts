/**
 * The operations by which a sealed state becomes the head's: flat records, code, branches, and the two change sets.
 *
 * Pure of writing: the store puts them into the block's one batch and, once that is durable, takes the `Applied` entries into
 * the caches.
 */

import type { KvOperation } from '../storage/kv.ts'
import { encodeAccount, encodeSlot } from './account-codec.ts'
import type { Branch } from './branch.ts'
import { type ChangeEntry, changeSetOperations } from './change-set.ts'
import type { AccountEntry, HeadState, SlotEntry } from './head-state.ts'
import { type NodeChange, nodeChangeSetOperations } from './node-change-set.ts'
import type { SealedChanges } from './sealed-state.ts'
import { accountKey, codeKey, joinKeys, nodeKey, slotKey } from './state-keys.ts'
import { encodeNext } from './version.ts'

/** What the caches hold after the batch. */
export type Applied = {
  readonly accounts: readonly (readonly [string, AccountEntry])[]
  readonly slots: readonly (readonly [string, SlotEntry])[]
  readonly branches: readonly (readonly [string, Branch | null])[]
}

export type Commit = { readonly operations: KvOperation[]; readonly applied: Applied }

/** The commit of block `height`; writes below `oldest` are no longer looked up. The genesis leaves no change sets. */
export function commitChanges(base: HeadState, changes: SealedChanges, height: number, oldest: number): Commit {
  const operations: KvOperation[] = []
  const entries: ChangeEntry[] = []
  const accounts: (readonly [string, AccountEntry])[] = []
  for (const [text, { key, account }] of changes.accounts) {
    const before = base.account(key).record
    const value = account === undefined ? undefined : encodeAccount(account)
    const record = encodeNext(before, height, oldest, value)
    operations.push({ type: 'put', key: accountKey(key.bytes), value: record })
    entries.push({ key: key.bytes, before, isRemoval: value === undefined })
    accounts.push([text, { account, record }])
  }
  const slots: (readonly [string, SlotEntry])[] = []
  for (const { key: account, slots: changed } of changes.storage.values()) {
    for (const { key: slot, value } of changed.values()) {
      const before = base.slot(account, slot).record
      const record = encodeNext(before, height, oldest, value === 0n ? undefined : encodeSlot(value))
      const key = joinKeys(account.bytes, slot.bytes)
      operations.push({ type: 'put', key: slotKey(key), value: record })
      entries.push({ key, before, isRemoval: value === 0n })
      slots.push([account.text + slot.text, { value, record }])
    }
  }
  for (const [hash, code] of changes.codes) operations.push({ type: 'put', key: codeKey(hash), value: code })
  const branches: (readonly [string, Branch | null])[] = []
  const nodeChanges: NodeChange[] = []
  for (const [path, after] of changes.nodes) {
    const before = base.branch(path) ?? null
    if (before === null && after === null) continue
    const key = nodeKey(path)
    operations.push(after === null ? { type: 'del', key } : { type: 'put', key, value: after.bytes })
    nodeChanges.push({ path, before, after })
    branches.push([path, after])
  }
  // Before the genesis there is nothing to go back to.
  if (height > 0) {
    for (const operation of changeSetOperations(height, entries)) operations.push(operation)
    for (const operation of nodeChangeSetOperations(height, nodeChanges)) operations.push(operation)
  }
  return { operations, applied: { accounts, slots, branches } }
}
