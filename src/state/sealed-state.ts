/**
 * The state after one block: the block's changes over its parent's state, down to the finalized head.
 *
 * All it holds is by hashed key and never changes. The state of the head itself is one without changes. When a block becomes
 * final its changes go to the head state, and its SealedState from then on is the head; the states of blocks that lost must
 * not be read any more, which is asserted.
 */

import { assert, assertLocally, present } from '../lib/assert.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Account } from './account.ts'
import { encodeAccountRlp } from './account-codec.ts'
import { hashedKey } from './hashed-key.ts'
import type { AccountCell, HeadState } from './head-state.ts'
import type { StateSource } from './state-source.ts'
import type { TrieItem } from './trie-items.ts'
import { type HeldBranch, TrieNodes } from './trie-nodes.ts'

/** An account that a block changed, also as a change of the account trie. */
export class ChangedAccount implements TrieItem {
  /** Undefined when the block removed it. */
  readonly account: Account | undefined
  /** The account in the finalized head. */
  readonly cell: AccountCell

  constructor(account: Account | undefined, cell: AccountCell) {
    this.account = account
    this.cell = cell
  }

  get key(): string {
    return this.cell.key
  }

  get lead(): number {
    return this.cell.lead
  }

  get isRemoval(): boolean {
    return this.account === undefined
  }

  value(): Uint8Array {
    return encodeAccountRlp(present(this.account, 'a removed account has no value'))
  }
}

/** What a block changed, by hashed key. */
export type SealedChanges = {
  readonly accounts: Map<string, ChangedAccount>
  /** By hashed address, then hashed slot; 0 for a slot that was removed. */
  readonly storage: Map<string, Map<string, bigint>>
  readonly codes: Map<Hash, Uint8Array>
  /** By path as state-keys.ts writes it, of all tries. */
  readonly nodes: TrieNodes
}

/** `head`: the finalized head. `pending`: above it. `dropped`: of a block that lost. */
type Place = 'head' | 'pending' | 'dropped'

export class SealedState implements StateSource {
  readonly stateRoot: Hash
  private readonly base: HeadState
  private below: SealedState | undefined
  private changed: SealedChanges
  private place: Place

  constructor(base: HeadState, parent: SealedState | undefined, stateRoot: Hash, changes: SealedChanges) {
    this.base = base
    this.below = parent
    this.stateRoot = stateRoot
    this.changed = changes
    this.place = parent === undefined ? 'head' : 'pending'
  }

  /** True while this is the state of the finalized head. */
  get isHead(): boolean {
    return this.place === 'head'
  }

  /** The state this one lies on; undefined at the head. */
  get parent(): SealedState | undefined {
    return this.below
  }

  /** What the block changed; empty at the head. */
  get changes(): SealedChanges {
    return this.changed
  }

  getAccount(address: Address): Account | undefined {
    return this.heldAccount(address).account
  }

  heldAccount(address: Address): ChangedAccount | AccountCell {
    const cell = this.base.account(address)
    for (let state: SealedState = this; state.place !== 'head'; state = state.demandBelow()) {
      const changed = state.changed.accounts.get(cell.key)
      if (changed !== undefined) return changed
    }
    return cell
  }

  getStorage(address: Address, slot: Hash): bigint {
    return this.slotOf(hashedKey(address), hashedKey(slot))
  }

  getCode(codeHash: Hash): Uint8Array | undefined {
    for (let state: SealedState | undefined = this; state !== undefined; state = state.below) {
      const code = state.changed.codes.get(codeHash)
      if (code !== undefined) return code
    }
    return this.base.code(codeHash)
  }

  /** The account of a leaf of the trie. */
  accountOf(key: string): Account | undefined {
    for (let state: SealedState = this; ; state = state.demandBelow()) {
      const changed = state.changed.accounts.get(key)
      if (changed !== undefined) return changed.account
      if (state.place === 'head') return this.base.accountAt(key).account
    }
  }

  /** The account whose cell in the finalized head this is. */
  accountIn(cell: AccountCell): Account | undefined {
    for (let state: SealedState = this; state.place !== 'head'; state = state.demandBelow()) {
      const changed = state.changed.accounts.get(cell.key)
      if (changed !== undefined) return changed.account
    }
    return cell.account
  }

  slotOf(account: string, slot: string): bigint {
    for (let state: SealedState = this; ; state = state.demandBelow()) {
      const changed = state.changed.storage.get(account)?.get(slot)
      if (changed !== undefined) return changed
      if (state.place === 'head') return this.base.slot(account, slot).value
    }
  }

  /** The branch at a path as state-keys.ts writes it; `above` and `nibble`: the branch above as this gave it, and the child. */
  held(path: string, above?: HeldBranch, nibble?: number): HeldBranch | undefined {
    for (let state: SealedState = this; state.place !== 'head'; state = state.demandBelow()) {
      const changed = state.changed.nodes.branchAt(path)
      if (changed !== undefined) return changed === null ? undefined : { branch: changed }
    }
    return this.base.held(path, above, nibble)
  }

  /** Called by the store alone: the changes are in the head state now, and the former head gives way. */
  becomeHead(): void {
    assert(this.below !== undefined && this.below.place === 'head', 'only a child of the head becomes the head')
    this.below.place = 'dropped'
    this.below = undefined
    this.place = 'head'
    this.changed = noChanges()
  }

  private demandBelow(): SealedState {
    assertLocally(this.place !== 'dropped' && this.below !== undefined, 'the state of a block that lost is not read')
    return this.below
  }
}

/** Changes of a block that changed nothing. */
export function noChanges(): SealedChanges {
  return { accounts: new Map(), storage: new Map(), codes: new Map(), nodes: new TrieNodes() }
}
