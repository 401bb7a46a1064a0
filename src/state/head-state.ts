/**
 * The state of the finalized head: flat records, code and branches in the database, with bounded caches in front.
 *
 * Only the committing thread owns one. The caches hold what the last commit left.
 */

import { present } from '../lib/assert.ts'
import { ACCOUNT_CACHE, CODE_CACHE, SLOT_CACHE } from '../lib/limits.ts'
import type { KvReader } from '../storage/kv.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'
import { decodeAccount, decodeSlot } from './account-codec.ts'
import { type Branch, decodeBranch } from './branch.ts'
import { BranchCell } from './branch-cell.ts'
import { renameInPlace } from './branch-hashes.ts'
import type { BranchPlan, DeferredBranches } from './deferred-branches.ts'
import { FifoCache } from './fifo-cache.ts'
import { hashKey } from './hashed-key.ts'
import { SlotCache, type SlotCell } from './slot-cache.ts'
import { leadOf } from './sort-items.ts'
import { accountKey, codeKey, nodeKey, slotKey } from './state-keys.ts'
import type { HeldAccount } from './state-source.ts'
import type { HeldBranch, TrieNodes } from './trie-nodes.ts'
import { decodeVersioned } from './version.ts'

/**
 * A flat account and its record as stored, one character a byte; both undefined when nothing is stored. The owner of the head
 * state alone changes it, when a block was committed. Sealed blocks hold the cells of what they change, so that committing
 * looks nothing up; one that the cache has let go is not the account's any more.
 */
export class AccountCell implements HeldAccount {
  /** Whose cell it is. */
  readonly owner: HeadState
  /** The hashed address. */
  readonly key: string
  /** Its first digits as a number (sort-items.ts). */
  readonly lead: number
  account: Account | undefined
  record: string | undefined
  isCached = false

  constructor(owner: HeadState, key: string, account: Account | undefined, record: string | undefined) {
    this.owner = owner
    this.key = key
    this.lead = leadOf(key)
    this.account = account
    this.record = record
  }
}

export class HeadState {
  private readonly kv: KvReader
  private readonly accounts = new FifoCache<Address, AccountCell>(ACCOUNT_CACHE)
  /** The same cells by hashed address: for leaves that a batch moves without naming them. */
  private readonly accountsByKey = new Map<string, AccountCell>()
  private readonly slots = new SlotCache(SLOT_CACHE)
  private readonly codes = new FifoCache<Hash, Uint8Array>(CODE_CACHE)
  private readonly branches: FifoCache<string, BranchCell>
  /** Branches that the database does not have as they are. */
  readonly deferred: DeferredBranches

  constructor(kv: KvReader, deferred: DeferredBranches, cachedBranches: number) {
    this.kv = kv
    this.branches = new FifoCache(cachedBranches)
    this.deferred = deferred
  }

  account(address: Address): AccountCell {
    const known = this.accounts.get(address)
    if (known !== undefined) return known
    const cell = this.readAccount(hashKey(address))
    cell.isCached = true
    const former = this.accounts.set(address, cell)
    this.accountsByKey.set(cell.key, cell)
    if (former !== undefined) {
      former.isCached = false
      this.accountsByKey.delete(former.key)
    }
    return cell
  }

  /** The account with this hashed address; what is not cached stays so. */
  accountAt(key: string): AccountCell {
    return this.accountsByKey.get(key) ?? this.readAccount(key)
  }

  private readAccount(key: string): AccountCell {
    const record = this.kv.getSync(accountKey(key))
    const value = record === undefined ? undefined : decodeVersioned(record).value
    const account = value === undefined ? undefined : decodeAccount(value)
    return new AccountCell(this, key, account, textOf(record))
  }

  slot(account: string, slot: string): SlotCell {
    const known = this.slots.get(account, slot)
    if (known !== undefined) return known
    const record = this.kv.getSync(slotKey(account, slot))
    const value = record === undefined ? undefined : decodeVersioned(record).value
    const cell = { value: value === undefined ? 0n : decodeSlot(value), record: textOf(record) }
    this.slots.add(account, slot, cell)
    return cell
  }

  code(codeHash: Hash): Uint8Array | undefined {
    const known = this.codes.get(codeHash)
    if (known !== undefined) return known
    const code = this.kv.getSync(codeKey(codeHash))
    if (code !== undefined) this.codes.set(codeHash, code)
    return code
  }

  /** The branch at a path; from the branch above one gets there without a look-up, as a rule. */
  held(path: string, above?: HeldBranch, nibble = 0): HeldBranch | undefined {
    if (!(above instanceof BranchCell)) return this.branchAt(path)
    const known = above.below?.[nibble]
    if (known?.isCached === true) return known
    const cell = this.branchAt(path)
    above.below ??= new Array<BranchCell | undefined>(16).fill(undefined)
    above.below[nibble] = cell
    return cell
  }

  /** The cell of what a sealed block holds: the very one, unless the cache has let it go or it lay in an overlay. */
  cellOf(held: HeldBranch, path: string): BranchCell {
    return held instanceof BranchCell && held.isCached ? held : this.branchAt(path)
  }

  /** The cell of a path. */
  branchAt(path: string): BranchCell {
    const known = this.branches.get(path)
    if (known !== undefined) return known
    return this.cache(this.deferred.get(path) ?? new BranchCell(path, this.storedBranch(path)))
  }

  /** The changes of a committed block. */
  takeBranches(nodes: TrieNodes, plan: BranchPlan): void {
    for (let i = 0; i < plan.cells.length; i++) {
      const branch = plan.cells[i]?.branch
      if (branch !== undefined)
        renameInPlace(branch, nodes.children[i] as number, nodes.hashes, nodes.starts[i] as number)
    }
    for (const [path, { after }] of nodes.shapes) this.putBranch(path, after ?? undefined)
    this.deferred.take(plan)
  }

  /** Puts a branch of another shape, or none. */
  private putBranch(path: string, branch: Branch | undefined): void {
    const cell = this.branches.get(path) ?? this.cache(this.deferred.get(path) ?? new BranchCell(path, undefined))
    cell.branch = branch
    cell.below = undefined
  }

  /** Puts a branch that the database lags behind, found when the trie was brought up. */
  bringUp(path: string, branch: Branch): void {
    const cell = this.branchAt(path)
    cell.branch = branch
    this.deferred.add(cell)
  }

  private cache(cell: BranchCell): BranchCell {
    cell.isCached = true
    const former = this.branches.set(cell.path, cell)
    if (former !== undefined) former.isCached = false
    return cell
  }

  private storedBranch(path: string): Branch | undefined {
    const bytes = this.kv.getSync(nodeKey(path))
    return bytes === undefined ? undefined : decodeBranch(bytes)
  }

  /** The account of a leaf that the trie names. */
  demandAccount(key: string): Account {
    return present(this.accountAt(key).account, 'each leaf of the account trie has its account')
  }
}

function textOf(record: Uint8Array | undefined): string | undefined {
  if (record === undefined) return undefined
  return Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1')
}
