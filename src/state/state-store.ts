/**
 * The chain's state on disk, in the hands of the one thread that writes it: sealing blocks above the finalized head and
 * committing the one that becomes final.
 *
 * A commit is one atomic, durable batch of everything that belongs to the block; a crash leaves the block before or this one.
 * Opening brings up what stored branches do not show yet and checks that the root is the one in the head's record.
 */

import { assert, present } from '../lib/assert.ts'
import { BRANCH_CACHE, BRANCH_DEFERRAL_BLOCKS, BRANCHES_PER_COMMIT, MAX_DEFERRED_BRANCHES } from '../lib/limits.ts'
import { type BlockRecord, BlockStore, type Head, writeBlock } from '../storage/block-store.ts'
import { type Kv, type KvOperation, type KvWriter, writeChanges } from '../storage/kv.ts'
import type { Hash } from '../types/primitives.ts'
import { EMPTY_TRIE_ROOT } from './account.ts'
import { bringUpTrie, keysChangedBetween } from './bring-up.ts'
import type { BlockChanges } from './changes.ts'
import { type Applied, commitChanges } from './commit.ts'
import { type BranchBounds, DeferredBranches, deferredSince } from './deferred-branches.ts'
import { HeadState } from './head-state.ts'
import { oldestChangeSet, pruneOperations } from './history.ts'
import { accountSource, sealState, storageSource } from './seal.ts'
import { noChanges, SealedState } from './sealed-state.ts'
import { StateError } from './state-error.ts'

export type StateStoreOptions = {
  /** Change sets kept: FULL_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS, or Infinity for an archive. */
  readonly historyBlocks: number
  /** Bounds of the branches in memory; the node's own when absent. */
  readonly branches?: BranchBounds
}

const BRANCHES: BranchBounds = {
  perCommit: BRANCHES_PER_COMMIT,
  blocks: BRANCH_DEFERRAL_BLOCKS,
  most: MAX_DEFERRED_BRANCHES,
  cached: BRANCH_CACHE,
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
    const bounds = options.branches ?? BRANCHES
    // What lags behind is brought up through change sets, so it must not be older than they are.
    const blocks = Math.min(bounds.blocks, options.historyBlocks)
    this.base = new HeadState(kv, new DeferredBranches({ ...bounds, blocks }, deferredSince(kv)), bounds.cached)
    this.headBlock = new BlockStore(kv).head()
    this.headState = new SealedState(this.base, undefined, this.headBlock?.stateRoot ?? EMPTY_TRIE_ROOT, noChanges())
    if (this.headBlock !== undefined) this.bringUp(this.headBlock)
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
    const commit: { applied: Applied | undefined } = { applied: undefined }
    const write = (writer: KvWriter): void => {
      // What is forgotten comes first: a later change of the same key wins, and this block may write one of those keys.
      writeChanges(pruneOperations(this.kv, height, this.options.historyBlocks), writer)
      commit.applied = commitChanges(this.base, state.changes, height, oldest, writer)
      writeBlock(block, writer)
      writeChanges(extra, writer)
    }
    await this.kv.batch(write, { sync: true })
    this.take(present(commit.applied, 'a batch that is durable was written'))
    state.becomeHead()
    this.headState = state
    this.headBlock = { number: height, hash: block.hash, stateRoot: state.stateRoot }
  }

  private take(applied: Applied): void {
    for (const [index, cell] of applied.accountCells.entries()) {
      cell.account = applied.accounts[index]
      cell.record = applied.accountRecords[index]
    }
    for (const [index, cell] of applied.slotCells.entries()) {
      cell.value = applied.slotValues[index] as bigint
      cell.record = applied.slotRecords[index]
    }
    this.base.takeBranches(applied.branches, applied.plan)
  }

  /** Hashes anew what stored branches do not show yet, and checks that the head's root comes out. */
  private bringUp(head: Head): void {
    const from = this.base.deferred.since ?? head.number + 1
    const changed = keysChangedBetween(this.kv, from, head.number)
    for (const [account, slots] of changed.slots) {
      const expected = this.base.accountAt(account).account?.storageRoot ?? EMPTY_TRIE_ROOT
      const source = storageSource(this.headState, account)
      checkRoot(
        head,
        expected,
        bringUpTrie(source, slots, (path, branch) => this.base.bringUp(account + path, branch)),
      )
    }
    const root = bringUpTrie(accountSource(this.headState), changed.accounts, (path, branch) =>
      this.base.bringUp(path, branch),
    )
    checkRoot(head, head.stateRoot, root)
  }
}

function checkRoot(head: Head, expected: Hash, actual: Hash): void {
  if (actual === expected) return
  const detail = { code: 'STATE_INCONSISTENT' as const, number: head.number, expected, actual }
  const message = `the state after block ${head.number} has a trie with the root ${expected}, but the stored one has ${actual}`
  throw new StateError(detail, message)
}
