/**
 * The operations by which a sealed state becomes the head's: flat records, code, branches, and the two change sets.
 *
 * Pure of writing: the store puts them into the block's one batch and, once that is durable, takes the `Applied` entries into
 * the caches.
 */

import type { KvOperation } from '../storage/kv.ts'
import type { Account } from './account.ts'
import { encodeAccount, encodeSlot } from './account-codec.ts'
import { type Change, changeSetOperations } from './change-set.ts'
import type { BranchPlan } from './deferred-branches.ts'
import type { AccountCell, HeadState, SlotCell } from './head-state.ts'
import { nodeChangeSetOperations } from './node-change-set.ts'
import type { SealedChanges } from './sealed-state.ts'
import { accountKey, codeKey, slotKey } from './state-keys.ts'
import type { TrieNodes } from './trie-nodes.ts'
import { encodeNext } from './version.ts'

/** What the caches hold after the batch. */
export type Applied = {
  readonly accounts: readonly {
    readonly cell: AccountCell
    readonly account: Account | undefined
    readonly record: string
  }[]
  readonly slots: readonly { readonly cell: SlotCell; readonly value: bigint; readonly record: string }[]
  readonly branches: TrieNodes
  readonly plan: BranchPlan
}

export type Commit = { readonly operations: KvOperation[]; readonly applied: Applied }

/** The commit of block `height`; writes below `oldest` are no longer looked up. The genesis leaves no change sets. */
export function commitChanges(base: HeadState, changes: SealedChanges, height: number, oldest: number): Commit {
  const operations: KvOperation[] = []
  const written: Change[] = []
  const accounts = []
  for (const [key, { account, cell: held }] of changes.accounts) {
    const cell = held.isCached ? held : base.accountAt(key)
    const record = encodeNext(cell.record, height, oldest, account === undefined ? undefined : encodeAccount(account))
    const flatKey = accountKey(key)
    operations.push({ type: 'put', key: flatKey, value: record.bytes })
    written.push({ flatKey, before: cell.record, isRemoval: account === undefined })
    accounts.push({ cell, account, record: record.text })
  }
  const slots = []
  for (const [account, changed] of changes.storage) {
    for (const [slot, value] of changed) {
      const cell = base.slot(account, slot)
      const record = encodeNext(cell.record, height, oldest, value === 0n ? undefined : encodeSlot(value))
      const flatKey = slotKey(account, slot)
      operations.push({ type: 'put', key: flatKey, value: record.bytes })
      written.push({ flatKey, before: cell.record, isRemoval: value === 0n })
      slots.push({ cell, value, record: record.text })
    }
  }
  for (const [hash, code] of changes.codes) operations.push({ type: 'put', key: codeKey(hash), value: code })
  const plan = base.deferred.plan(height, changes.nodes, base)
  for (const operation of plan.operations) operations.push(operation)
  // Before the genesis there is nothing to go back to.
  if (height > 0) {
    for (const operation of changeSetOperations(height, written)) operations.push(operation)
    for (const operation of nodeChangeSetOperations(height, changes.nodes)) operations.push(operation)
  }
  return { operations, applied: { accounts, slots, branches: changes.nodes, plan } }
}
