/**
 * Turns the net changes of a block into the state after it: storage tries first, then the account trie, each by one batch.
 */

import { present } from '../lib/assert.ts'
import type { Address } from '../types/primitives.ts'
import { type Account, EMPTY_TRIE_ROOT } from './account.ts'
import { encodeAccountRlp, encodeSlotRlp } from './account-codec.ts'
import type { BlockChanges, StorageChanges } from './changes.ts'
import { hashedKey } from './hashed-key.ts'
import { AccountCell, type HeadState } from './head-state.ts'
import { ChangedAccount, noChanges, type SealedChanges, SealedState } from './sealed-state.ts'
import { leadOf, sortItems } from './sort-items.ts'
import type { HeldAccount } from './state-source.ts'
import { type TrieSource, updateTrie } from './trie.ts'
import type { TrieItem } from './trie-items.ts'
import { branchesOf, leafKeysOf } from './trie-walk.ts'

/** The state of `changes` over `parent`. */
export function sealState(base: HeadState, parent: SealedState, changes: BlockChanges): SealedState {
  const sealed = noChanges()
  for (const [hash, code] of changes.codes) sealed.codes.set(hash, code)
  let index = 0
  for (const [address, account] of changes.accounts) {
    const cell = cellOf(base, changes.held[index++], address)
    sealed.accounts.set(cell.key, new ChangedAccount(account, cell))
  }
  for (const [address, storage] of changes.storage) sealStorage(base, parent, sealed, changes, address, storage)
  // Paths of the account trie are as state-keys.ts writes them.
  const root = updateTrie(accountSource(parent), sortItems([...sealed.accounts.values()]), sealed.nodes)
  return new SealedState(base, parent, root, sealed)
}

/** The account's cell: the one that it was read from, if that still is the head's. */
function cellOf(base: HeadState, held: HeldAccount | undefined, address: Address): AccountCell {
  const cell = held instanceof ChangedAccount ? held.cell : held
  return cell instanceof AccountCell && cell.owner === base && cell.isCached ? cell : base.account(address)
}

/** A slot that a block changed, as a change of its storage trie. */
class ChangedSlot implements TrieItem {
  readonly key: string
  readonly lead: number
  private readonly to: bigint

  constructor(key: string, to: bigint) {
    this.key = key
    this.lead = leadOf(key)
    this.to = to
  }

  get isRemoval(): boolean {
    return this.to === 0n
  }

  value(): Uint8Array {
    return encodeSlotRlp(this.to)
  }
}

/** Updates one account's storage trie and puts the new root into the account. */
function sealStorage(
  base: HeadState,
  parent: SealedState,
  sealed: SealedChanges,
  changes: BlockChanges,
  address: Address,
  storage: StorageChanges,
): void {
  const cell = base.account(address)
  const { key } = cell
  const before = parent.accountIn(cell)
  const account = changes.accounts.has(address) ? changes.accounts.get(address) : before
  // An account that does not exist keeps no storage, whatever was written to it.
  const isCleared = storage.isCleared || account === undefined
  const slots = new Map<string, bigint>()
  const source = storageSource(parent, key)
  if (isCleared && (before?.storageRoot ?? EMPTY_TRIE_ROOT) !== EMPTY_TRIE_ROOT) {
    for (const slot of leafKeysOf(source)) slots.set(slot, 0n)
    for (const { path, branch } of branchesOf(source)) sealed.nodes.noteShape(key + path, branch, null)
  }
  const items: TrieItem[] = []
  if (account !== undefined) {
    for (const [slot, value] of storage.slots) {
      const slotKey = hashedKey(slot)
      slots.set(slotKey, value)
      items.push(new ChangedSlot(slotKey, value))
    }
  }
  if (slots.size > 0) sealed.storage.set(key, slots)
  if (account === undefined) return
  // After clearing, the new trie knows nothing of the branches that were in its places; they are noted above.
  const root = updateTrie(isCleared ? EMPTY_SOURCE : source, sortItems(items), sealed.nodes, key)
  const sealedAccount: Account = {
    ...account,
    storageRoot: items.length === 0 && !isCleared ? account.storageRoot : root,
  }
  sealed.accounts.set(key, new ChangedAccount(sealedAccount, cell))
}

/** The account trie of a state. */
export function accountSource(state: SealedState): TrieSource {
  return {
    held: (path, above, nibble) => state.held(path, above, nibble),
    leafValue: (key) => {
      return encodeAccountRlp(present(state.accountOf(key), 'each leaf of the account trie has its account'))
    },
  }
}

/** The storage trie of one account of a state. */
export function storageSource(state: SealedState, account: string): TrieSource {
  return {
    held: (path, above, nibble) => state.held(account + path, above, nibble),
    leafValue: (slot) => encodeSlotRlp(state.slotOf(account, slot)),
  }
}

const EMPTY_SOURCE: TrieSource = {
  held: () => undefined,
  leafValue: () => present<Uint8Array>(undefined, 'an empty trie has no leaves'),
}
