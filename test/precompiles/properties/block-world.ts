/**
 * A world on a real chain: signed transactions in blocks, one executor that builds them, one that validates each at once and
 * is torn down now and then, and one that gets them late, in rows, as a node that syncs does.
 *
 * An executor refuses a block whose roots it does not reach itself, so that all three agree block by block. After every
 * block the auditor compares the whole ledger with the model. One seed makes one world: the same actions, the same hashes.
 */

import type { ChainSpec } from '../../../src/chainspec/chain-spec.ts'
import { CallExecutor } from '../../../src/execution/call.ts'
import { ChainExecutor } from '../../../src/execution/chain-executor.ts'
import { assert, present } from '../../../src/lib/assert.ts'
import { Prng } from '../../../src/lib/prng.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { BlockStore } from '../../../src/storage/block-store.ts'
import { MemoryKv } from '../../../src/storage/memory-kv.ts'
import type { SealedBlock } from '../../../src/types/block.ts'
import type { Address } from '../../../src/types/primitives.ts'
import type { Receipt } from '../../../src/types/receipt.ts'
import type { SignedTransaction } from '../../../src/types/transaction.ts'
import { account, ManualClock, requestOn, signed, type TestAccount, testSpec } from '../../execution/support.ts'
import { type Action, type Call, callOf, contentHashOf } from './actions.ts'
import { Auditor } from './auditor.ts'
import { Scenario } from './scenario.ts'
import { approvals, deployment, listing } from './token-six.ts'

/** The development accounts; the last one holds the office of disputes. */
const ACCOUNTS: readonly TestAccount[] = Array.from({ length: 10 }, (_, index) => account(index))
const ADDRESSES: readonly Address[] = ACCOUNTS.map((one) => one.address)
const AUTHORITY = 9
const FEE_COLLECTOR = 7
const TREASURY = 8
const GAS_LIMIT = 2_500_000n
const MAX_ACTIONS = 9
const MAX_ESTIMATE = 16_000_000n
/** Blocks that the late node is behind, at most. */
const MAX_ROW = 24

export type WorldFigures = { blocks: number; transactions: number; reverted: number; logs: number; leftovers: number }

type Built = { readonly block: SealedBlock; readonly senders: readonly (Address | undefined)[] }

export class BlockWorld {
  readonly figures: WorldFigures = { blocks: 0, transactions: 0, reverted: 0, logs: 0, leftovers: 0 }
  readonly auditor: Auditor
  private readonly prng: Prng
  private readonly spec: ChainSpec
  private readonly nonces = new Map<number, number>()
  private readonly scenario: Scenario
  private readonly builder: Node
  private readonly validator: Node
  private readonly late: Node
  private readonly row: Built[] = []
  /** All blocks so far. */
  readonly built: Built[] = []
  private token: Address | undefined

  private constructor(seed: number, spec: ChainSpec, nodes: readonly [Node, Node, Node]) {
    this.prng = new Prng(seed)
    this.spec = spec
    ;[this.builder, this.validator, this.late] = nodes
    const address = (index: number): Address => present(ADDRESSES[index], 'a development account')
    const rules = present(spec.attribution, 'the devnet has royalties')
    this.auditor = new Auditor({
      feePpm: BigInt(rules.protocolFeePpm),
      feeCollector: address(FEE_COLLECTOR),
      treasury: address(TREASURY),
    })
    for (const one of ADDRESSES) this.auditor.accounts.add(one)
    this.scenario = new Scenario({
      prng: this.prng.fork('actions'),
      auditor: this.auditor,
      addresses: ADDRESSES,
      authority: AUTHORITY,
      token: () => this.auditor.tokens[1]?.address,
      bondWei: rules.demandBondWei,
    })
  }

  static async open(seed: number): Promise<BlockWorld> {
    const spec = specOf(seed)
    const nodes = [await Node.open(spec, 64), await Node.open(spec, Number.POSITIVE_INFINITY), await Node.open(spec, 8)]
    return new BlockWorld(seed, spec, nodes as [Node, Node, Node])
  }

  /** One more block, on every node but the late one; throws with what is wrong. Returns the receipts. */
  async advance(last?: { readonly action: Action; readonly gasLimit: bigint }): Promise<readonly Receipt[]> {
    const number = this.nextNumber
    const actions = number <= 3 ? this.tokenActions(number) : this.drawActions(number)
    const transactions = actions.map((action) => this.sign(action, GAS_LIMIT))
    if (last !== undefined) transactions.push(this.sign(last.action, last.gasLimit))
    const { block, senders, receipts } = await this.builder.build(this.spec, transactions)
    for (const { logs } of receipts) this.auditor.read(logs)
    this.auditor.endBlock()
    this.count(block, receipts)
    await this.validator.accept({ block, senders })
    if (this.prng.chance(0.03)) await this.validator.restart()
    this.row.push({ block, senders })
    this.built.push({ block, senders })
    if (this.row.length >= MAX_ROW || this.prng.chance(0.05)) await this.catchUp()
    const state = new WorldState(this.builder.state())
    this.auditor.check(state)
    if (!this.auditor.checkResidue(state)) this.figures.leftovers++
    return receipts
  }

  /** An action that would succeed now, and the gas that a wallet would give it; undefined when the draw fits nothing. */
  async estimate(): Promise<{ readonly action: Action; readonly gasLimit: bigint } | undefined> {
    const action = this.scenario.next(this.nextNumber)
    if (action === undefined) return undefined
    this.plan(action)
    const from = present(ADDRESSES[action.from], 'an account of the world')
    const gasLimit = await this.builder.estimate(from, callOf(action, from))
    return gasLimit === undefined ? undefined : { action, gasLimit }
  }

  /** The budget of a sweep in this world. */
  get sweepUnits(): number {
    return present(this.spec.attribution, 'the devnet has royalties').sweepUnits
  }

  get nextNumber(): number {
    return this.builder.head.header.number + 1
  }

  /** Brings the late node to the head: all blocks executed on one another, then made final together. */
  async catchUp(): Promise<void> {
    await this.late.acceptRow(this.row.splice(0))
  }

  /** The hash of the head, which all agree on. */
  get headHash(): string {
    return this.builder.head.hash
  }

  private drawActions(block: number): Action[] {
    const count = this.prng.chance(0.1) ? 0 : 1 + this.prng.below(MAX_ACTIONS)
    return Array.from({ length: count }, () => this.scenario.next(block)).filter((one) => one !== undefined)
  }

  /** Deploys the token, approves it, lists it. */
  private tokenActions(block: number): Action[] {
    if (block === 1) return [{ kind: 'call', from: 0, to: null, data: deployment(ADDRESSES) }]
    const token = present(this.token, 'the token is deployed by the first block')
    return block === 2 ? approvals(ADDRESSES, token) : [listing(AUTHORITY, token)]
  }

  private sign(action: Action, gasLimit: bigint): SignedTransaction {
    const from = present(ACCOUNTS[action.from], 'an account of the world')
    this.plan(action)
    const nonce = this.nonces.get(action.from) ?? 0
    this.nonces.set(action.from, nonce + 1)
    return signed(from, nonce, { ...callOf(action, from.address), gasLimit })
  }

  private plan(action: Action): void {
    if (action.kind === 'register') {
      const { content, edges, poolPpm } = action
      this.auditor.plan(contentHashOf(content), { edges, poolPpm })
    } else if (action.kind === 'addVersion') {
      const { content, edges, previous } = action
      const { poolPpm, pool } = this.auditor.books.lineage.get(previous)
      this.auditor.plan(contentHashOf(content), { edges, poolPpm }, pool)
    }
  }

  private count(block: SealedBlock, receipts: readonly Receipt[]): void {
    const { figures } = this
    figures.blocks++
    figures.transactions += receipts.length
    figures.reverted += receipts.filter((one) => one.status === 0).length
    figures.logs += receipts.reduce((sum, one) => sum + one.logs.length, 0)
    this.token ??= receipts[0]?.contractAddress ?? undefined
    assert(block.header.gasUsed <= block.header.gasLimit, 'a block keeps to its gas')
  }
}

/** The devnet with thresholds that small payments cross, and a budget that a sweep may exceed. */
export function specOf(seed: number): ChainSpec {
  const spec = testSpec()
  const rules = present(spec.attribution, 'the devnet has royalties')
  const prng = new Prng(seed).fork('rules')
  const attribution = {
    ...rules,
    sweepUnits: prng.pick([30, 120, 1_000, 20_000]),
    flushMinWei: prng.pick([1n, 10n ** 6n, 10n ** 12n]),
    slotMinWei: prng.pick([0n, 10n ** 5n, 3n * 10n ** 15n]),
    noticeBlocks: prng.below(4),
    disputeBlocks: prng.below(5),
    demandBlocks: 1 + prng.below(6),
  }
  return { ...spec, attribution }
}

/** One executor over a database of its own. */
class Node {
  private readonly spec: ChainSpec
  private readonly kv = new MemoryKv()
  private readonly blocks = new BlockStore(this.kv)
  private readonly historyBlocks: number
  private executor: ChainExecutor
  private caller: CallExecutor | undefined

  private constructor(spec: ChainSpec, historyBlocks: number) {
    this.spec = spec
    this.historyBlocks = historyBlocks
    this.executor = undefined as unknown as ChainExecutor
  }

  static async open(spec: ChainSpec, historyBlocks: number): Promise<Node> {
    const node = new Node(spec, historyBlocks)
    await node.restart()
    return node
  }

  /** Forgets everything that is not in the database. */
  async restart(): Promise<void> {
    const { spec, kv, blocks, historyBlocks } = this
    this.executor = await ChainExecutor.open({ spec, kv, blocks, historyBlocks, clock: new ManualClock() })
  }

  get head(): SealedBlock {
    return this.executor.head().block
  }

  state() {
    return this.executor.headState()
  }

  async build(
    spec: ChainSpec,
    transactions: readonly SignedTransaction[],
  ): Promise<Built & { readonly receipts: readonly Receipt[] }> {
    const built = await this.executor.build(requestOn(spec, this.head, transactions))
    assert(built.ok, 'a block is built')
    const { block, senders, dropped } = built.value
    assert(dropped.length === 0, `no transaction is dropped: ${dropped[0]?.reason}`)
    const [finalized] = await this.finalize(block)
    return { block, senders, receipts: present(finalized, 'the built block is final').receipts }
  }

  /** As eth_estimateGas would answer; undefined when nothing makes it succeed. */
  async estimate(from: Address, call: Call): Promise<bigint | undefined> {
    const { spec, kv } = this
    this.caller ??= await CallExecutor.create({ spec, kv, clock: new ManualClock() })
    const fees = { gasPrice: undefined, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
    const request = { ...call, ...fees, from, gas: undefined, nonce: undefined }
    const context = { blockNumber: this.head.header.number, isNextBlock: true }
    const lists = { accessList: undefined, authorizationList: undefined }
    const estimated = await this.caller.estimateGas({ ...request, ...lists }, context, MAX_ESTIMATE)
    return estimated.ok ? estimated.value : undefined
  }

  async accept({ block, senders }: Built): Promise<void> {
    await this.certify(block, senders)
    await this.finalize(block)
  }

  async acceptRow(row: readonly Built[]): Promise<void> {
    for (const { block, senders } of row) await this.certify(block, senders)
    const last = row.at(-1)
    if (last !== undefined) await this.finalize(last.block)
  }

  private async certify(block: SealedBlock, senders: Built['senders']): Promise<void> {
    const certified = await this.executor.certify(block, senders)
    if (!certified.ok) throw new Error(`block ${block.header.number}: ${JSON.stringify(certified.error)}`)
  }

  private async finalize(block: SealedBlock) {
    const finalized = await this.executor.finalize(block.hash, Uint8Array.of(1))
    assert(finalized.ok, 'a certified block is made final')
    return finalized.value
  }
}
