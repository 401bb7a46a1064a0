/**
 * Writes what a sealed state changes into the block's one batch: flat records, code, branches, and the two change sets.
 *
 * Once the batch is durable, the store takes what `Applied` lists into the caches. Flat records are written page by page of the
 * change set, so that neighbours in the database come after one another.
 */

import { BUCKET, pageKey } from '../storage/buckets.ts'
import type { KvWriter } from '../storage/kv.ts'
import { writeChanges } from '../storage/kv.ts'
import type { Account } from './account.ts'
import { encodeAccount, encodeSlot } from './account-codec.ts'
import { ChangeSetPage, pageBits, pageOfKey } from './change-set.ts'
import type { BranchPlan } from './deferred-branches.ts'
import type { AccountCell, HeadState } from './head-state.ts'
import { nodeChangeSetOperations } from './node-change-set.ts'
import type { ChangedAccount, SealedChanges } from './sealed-state.ts'
import type { SlotCell } from './slot-cache.ts'
import { accountKey, codeKey, slotKey } from './state-keys.ts'
import type { TrieNodes } from './trie-nodes.ts'
import { encodeNext } from './version.ts'

/** What the caches hold after the batch, in columns. */
export type Applied = {
  readonly accountCells: AccountCell[]
  readonly accounts: (Account | undefined)[]
  readonly accountRecords: string[]
  readonly slotCells: SlotCell[]
  readonly slotValues: bigint[]
  readonly slotRecords: string[]
  readonly branches: TrieNodes
  readonly plan: BranchPlan
}

type ChangedSlot = { readonly account: string; readonly slot: string; readonly value: bigint }
/** What lies in one page of the change set. */
type Page = { readonly accounts: ChangedAccount[]; readonly slots: ChangedSlot[] }

/** Room for keys and pages, used again by every block. */
const accountRoom = Buffer.alloc(33)
const slotRoom = Buffer.alloc(65)
const changeSetPage = new ChangeSetPage()

/** Writes the commit of block `height`; writes below `oldest` are no longer looked up. The genesis leaves no change sets. */
export function commitChanges(
  base: HeadState,
  changes: SealedChanges,
  height: number,
  oldest: number,
  writer: KvWriter,
): Applied {
  const plan = base.deferred.plan(height, changes.nodes, base)
  const applied: Applied = {
    accountCells: [],
    accounts: [],
    accountRecords: [],
    slotCells: [],
    slotValues: [],
    slotRecords: [],
    branches: changes.nodes,
    plan,
  }
  const { bits, pages } = pagesOf(changes)
  for (const [number, page] of pages.entries()) {
    if (page === undefined) continue
    changeSetPage.start(bits)
    for (const account of page.accounts) commitAccount(base, account, height, oldest, writer, applied)
    for (const slot of page.slots) commitSlot(base, slot, height, oldest, writer, applied)
    // Before the genesis there is nothing to go back to.
    if (height > 0) writer.put(pageKey(BUCKET.changeSet, height, number), changeSetPage.finish())
  }
  for (const [hash, code] of changes.codes) writer.put(codeKey(hash), code)
  writeChanges(plan.operations, writer)
  if (height > 0) writeChanges(nodeChangeSetOperations(height, changes.nodes), writer)
  return applied
}

function pagesOf(changes: SealedChanges): { readonly bits: number; readonly pages: readonly (Page | undefined)[] } {
  let count = changes.accounts.size
  for (const slots of changes.storage.values()) count += slots.size
  const bits = pageBits(count)
  // Page 0 tells how many bits there are.
  const pages: (Page | undefined)[] = [{ accounts: [], slots: [] }]
  const pageFor = (key: string): Page => {
    const number = pageOfKey(key, bits)
    const page = pages[number] ?? { accounts: [], slots: [] }
    pages[number] = page
    return page
  }
  for (const [key, account] of changes.accounts) pageFor(key).accounts.push(account)
  for (const [account, slots] of changes.storage) {
    for (const [slot, value] of slots) pageFor(slot).slots.push({ account, slot, value })
  }
  return { bits, pages }
}

function commitAccount(
  base: HeadState,
  { account, cell: held }: ChangedAccount,
  height: number,
  oldest: number,
  writer: KvWriter,
  applied: Applied,
): void {
  const cell = held.isCached ? held : base.accountAt(held.key)
  const record = encodeNext(cell.record, height, oldest, account === undefined ? undefined : encodeAccount(account))
  const flatKey = accountKey(cell.key, accountRoom)
  writer.put(flatKey, record.bytes)
  changeSetPage.add(flatKey, cell.record, account === undefined)
  applied.accountCells.push(cell)
  applied.accounts.push(account)
  applied.accountRecords.push(record.text)
}

function commitSlot(
  base: HeadState,
  { account, slot, value }: ChangedSlot,
  height: number,
  oldest: number,
  writer: KvWriter,
  applied: Applied,
): void {
  const cell = base.slot(account, slot)
  const record = encodeNext(cell.record, height, oldest, value === 0n ? undefined : encodeSlot(value))
  const flatKey = slotKey(account, slot, slotRoom)
  writer.put(flatKey, record.bytes)
  changeSetPage.add(flatKey, cell.record, value === 0n)
  applied.slotCells.push(cell)
  applied.slotValues.push(value)
  applied.slotRecords.push(record.text)
}
