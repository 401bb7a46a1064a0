/**
 * The engine's execution and store without a state: a block carries random bytes of a given size, which nobody interprets.
 *
 * Headers, contexts and hashes are the real ones, and a block is checked against what its header commits to, so consensus
 * moves, logs, hashes and verifies exactly the bytes that it would with transactions. Finalized blocks stay in memory.
 */

import { randomFillSync } from 'node:crypto'
import type { ChainSpec } from '../src/chainspec/chain-spec.ts'
import { genesisBlock } from '../src/chainspec/genesis.ts'
import type { BlockRefusal, BlockRequest, ExecutionPort, FinalizedHead, StorePort } from '../src/engine/ports.ts'
import { BlockRules } from '../src/execution/block-rules.ts'
import { draftHeader } from '../src/execution/sealing.ts'
import { present } from '../src/lib/assert.ts'
import { BoundedMap } from '../src/lib/bounded-map.ts'
import { err, ok, type Result } from '../src/lib/result.ts'
import type { SealedBlock } from '../src/types/block.ts'
import { headerHash, transactionsRootOf } from '../src/types/block-codec.ts'
import { EMPTY_TRIE_ROOT } from '../src/types/ordered-root.ts'
import type { Hash } from '../src/types/primitives.ts'
import { bodyMismatch } from '../src/types/sealed-block-codec.ts'

/** Finalized and pending blocks that are kept. */
const KEPT_BLOCKS = 128
const NOTHING = new Uint8Array(0)

export class OpaqueExecution implements ExecutionPort, StorePort {
  private readonly rules: BlockRules
  private readonly blockBytes: number
  private readonly blocks = new BoundedMap<Hash, SealedBlock>(KEPT_BLOCKS)
  private readonly byHeight = new BoundedMap<number, Hash>(KEPT_BLOCKS)
  private readonly certificates = new BoundedMap<number, Uint8Array>(KEPT_BLOCKS)
  private finalized: FinalizedHead

  constructor(spec: ChainSpec, blockBytes: number) {
    this.rules = new BlockRules(spec)
    this.blockBytes = blockBytes
    this.finalized = { block: genesisBlock(spec, EMPTY_TRIE_ROOT), certificate: NOTHING }
    this.keep(this.finalized.block)
    this.byHeight.set(0, this.finalized.block.hash)
  }

  head(): Promise<FinalizedHead> {
    return Promise.resolve(this.finalized)
  }

  check(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    const mismatch = bodyMismatch(block)
    const reason = `${mismatch?.part} is not the one that the header commits to`
    return Promise.resolve(mismatch === undefined ? ok(null) : err({ code: 'BODY', blame: 'reject', reason }))
  }

  async certify(block: SealedBlock): Promise<Result<null, BlockRefusal>> {
    const checked = await this.check(block)
    if (checked.ok) this.keep(block)
    return checked
  }

  build(request: BlockRequest): Promise<Result<SealedBlock, BlockRefusal>> {
    const parent = present(this.blocks.get(request.parentHash), 'a block is built on one that is here')
    const { ancestors: _, ...rest } = request
    const draft = draftHeader(this.rules, parent, { ...rest, candidates: [] })
    const transactions = [randomFillSync(new Uint8Array(this.blockBytes))]
    const header = { ...draft.header, transactionsRoot: transactionsRootOf(transactions) }
    const block = { hash: headerHash(header), header, transactions, consensus: draft.consensus }
    this.keep(block)
    return Promise.resolve(ok(block))
  }

  finalize(hash: Hash, certificate: Uint8Array): Promise<Result<null, BlockRefusal>> {
    const path: SealedBlock[] = []
    for (let at = this.blocks.peek(hash); at !== undefined && at.header.number > this.height; ) {
      path.unshift(at)
      at = this.blocks.peek(at.header.parentHash)
    }
    for (const block of path) {
      this.finalized = { block, certificate: block.hash === hash ? certificate : NOTHING }
      this.byHeight.set(block.header.number, block.hash)
      if (block.hash === hash) this.certificates.set(block.header.number, certificate)
    }
    return Promise.resolve(ok(null))
  }

  forget(): void {}

  blockByHash(hash: Hash): Promise<SealedBlock | undefined> {
    return Promise.resolve(this.blocks.peek(hash))
  }

  blockByHeight(height: number): Promise<SealedBlock | undefined> {
    const hash = this.byHeight.peek(height)
    return Promise.resolve(hash === undefined ? undefined : this.blocks.peek(hash))
  }

  finalization(height: number): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.certificates.peek(height))
  }

  private get height(): number {
    return this.finalized.block.header.number
  }

  private keep(block: SealedBlock): void {
    this.blocks.set(block.hash, block)
  }
}
