/**
 * The chain's state on disk, in the hands of the one thread that writes it: sealing blocks above the finalized head and
 * committing the one that becomes final.
 *
 * A commit is one atomic, durable batch of everything that belongs to the block; a crash leaves the block before or this one.
 * Opening checks that the root of the stored trie is the one in the head's record.
 */

import { assert } from '../lib/assert.ts'
import { type BlockRecord, BlockStore, blockOperations, type Head } from '../storage/block-store.ts'
import type { Kv, KvOperation } from '../storage/kv.ts'
import type { Hash } from '../types/primitives.ts'
import { EMPTY_TRIE_ROOT } from './account.ts'
import { encodeAccountRlp } from './account-codec.ts'
import { loneLeafKey } from './branch.ts'
import type { BlockChanges } from './changes.ts'
import { type Applied, commitChanges } from './commit.ts'
import { HeadState } from './head-state.ts'
import { oldestChangeSet, pruneOperations } from './history.ts'
import { sealState } from './seal.ts'
import { noChanges, SealedState } from './sealed-state.ts'
import { StateError } from './state-error.ts'
import { rootOfBranch, rootOfLeaf } from './trie.ts'

export type StateStoreOptions = {
  /** Change sets kept: FULL_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS, or Infinity for an archive. */
  readonly historyBlocks: number
}

export class StateStore {
  private readonly kv: Kv
  private readonly options: StateStoreOptions
  private readonly base: HeadState
  private headState: SealedState
  private headBlock: Head | undefined

  /** Reads the head and checks its root. Throws StateError when the two differ. */
  constructor(kv: Kv, options: StateStoreOptions) {
    this.kv = kv
    this.options = options
    this.base = new HeadState(kv)
    this.headBlock = new BlockStore(kv).head()
    const stateRoot = this.headBlock?.stateRoot ?? EMPTY_TRIE_ROOT
    if (this.headBlock !== undefined) checkRoot(this.headBlock, this.storedRoot())
    this.headState = new SealedState(this.base, undefined, stateRoot, noChanges())
  }

  /** The finalized head; undefined before the genesis is committed. */
  get headRecord(): Head | undefined {
    return this.headBlock
  }

  /** The state of the finalized head; empty before the genesis is committed. */
  head(): SealedState {
    return this.headState
  }

  /** The state after a block that made `changes` over `parent`, with its root. Nothing is written. */
  seal(parent: SealedState, changes: BlockChanges): SealedState {
    return sealState(this.base, parent, changes)
  }

  /**
   * Writes `block` with its state, a child of the head, in one durable batch; `extra` operations are part of it. Then `state`
   * is the head, and states of other children of the old head must not be read any more. One commit at a time.
   * Throws StorageError; then nothing has changed.
   */
  async commit(state: SealedState, block: BlockRecord, extra: readonly KvOperation[] = []): Promise<void> {
    const height = block.header.number
    assert(state.parent === this.headState, 'a committed block is a child of the head')
    assert(block.header.stateRoot === state.stateRoot, 'a committed block has the root of its state')
    assert(height === (this.headBlock?.number ?? -1) + 1, 'blocks are committed in order of height')
    assert(height < 2 ** 32, 'records keep heights in four bytes')
    const oldest = Math.max(oldestChangeSet(this.kv, 'history'), height - this.options.historyBlocks)
    const { operations, applied } = commitChanges(this.base, state.changes, height, oldest)
    // What is forgotten comes first: a later operation of the same key wins, and this block may write one of those keys.
    const all = pruneOperations(this.kv, height, this.options.historyBlocks)
    for (const part of [operations, blockOperations(block), extra]) for (const operation of part) all.push(operation)
    await this.kv.batch(all, { sync: true })
    this.take(applied)
    state.becomeHead()
    this.headState = state
    this.headBlock = { number: height, hash: block.hash, stateRoot: state.stateRoot }
  }

  private take(applied: Applied): void {
    for (const { cell, account, record } of applied.accounts) {
      cell.account = account
      cell.record = record
    }
    for (const { cell, value, record } of applied.slots) {
      cell.value = value
      cell.record = record
    }
    for (const [path, { after }] of applied.branches) this.base.putBranch(path, after)
  }

  private storedRoot(): Hash {
    const branch = this.base.branch('')
    if (branch === undefined) return EMPTY_TRIE_ROOT
    const key = loneLeafKey(branch)
    if (key === undefined) return rootOfBranch(branch)
    return rootOfLeaf(key, encodeAccountRlp(this.base.demandAccount(key)))
  }
}

function checkRoot(head: Head, actual: Hash): void {
  if (actual === head.stateRoot) return
  const detail = { code: 'STATE_INCONSISTENT' as const, number: head.number, expected: head.stateRoot, actual }
  const message = `block ${head.number} has the state root ${head.stateRoot}, but the stored trie has ${actual}`
  throw new StateError(detail, message)
}
