/**
 * A chain for measuring native modules: LevelDB on disk with durable commits, the modules' own genesis, and blocks of real
 * transactions whose execution, sweep, root and commit are timed apart.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttributionRules } from '../src/chainspec/attribution.ts'
import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { BlockRun } from '../src/execution/block-run.ts'
import type { EndOfBlockHook } from '../src/execution/hooks.ts'
import { NativeModules } from '../src/execution/native-modules.ts'
import { ReferenceEvm } from '../src/execution/reference-evm.ts'
import type { ExecutionEnvironment } from '../src/execution/transaction-executor.ts'
import { present } from '../src/lib/assert.ts'
import { bytesToHex } from '../src/lib/bytes.ts'
import { FULL_HISTORY_BLOCKS } from '../src/lib/limits.ts'
import { writeModuleGenesis } from '../src/precompiles/genesis.ts'
import { ATTRIBUTION_MODULES } from '../src/precompiles/registry.ts'
import { sweepRoyalties } from '../src/precompiles/royalty/sweep.ts'
import { StateStore } from '../src/state/state-store.ts'
import { WorldState } from '../src/state/world-state.ts'
import { openLevelKv } from '../src/storage/level-kv.ts'
import type { Header } from '../src/types/block.ts'
import { headerHash } from '../src/types/block-codec.ts'
import { orderedTrieRoot } from '../src/types/ordered-root.ts'
import { type Address, type Hash, ZERO_HASH } from '../src/types/primitives.ts'
import type { Receipt } from '../src/types/receipt.ts'
import { receiptsRootOf } from '../src/types/receipt-codec.ts'
import type { SignedTransaction } from '../src/types/transaction.ts'
import { signTransaction } from '../src/types/transaction-codec.ts'
import { BASE_FEE, makeEnvironment, makeHeader, recordOf, timeEcdsaRecover } from './bench-blocks.ts'
import { timeMs } from './measure.ts'
import { type Payer, passiveAddress, payers } from './transfers.ts'

const GAS_LIMIT = 30_000_000_000n
/** Keys that send transactions; each at most once a block while there are enough. */
const PAYERS = 4_000

const ALL_PAYERS: readonly Payer[] = payers(PAYERS)

/** Offices of the measured chain. */
export const FEE_COLLECTOR = passiveAddress(2 ** 30)
/** The last payer, so that it can send. */
export const AUTHORITY_NUMBER = PAYERS - 1
export const AUTHORITY: Address = present(ALL_PAYERS[AUTHORITY_NUMBER], 'the last payer').address
export const TREASURY = passiveAddress(2 ** 30 + 2)

/** The rules of the measured chain: those of the devnet, but that batches of contributors count at once. */
export const BENCH_RULES: AttributionRules = {
  protocolFeePpm: 1_000,
  feeCollector: FEE_COLLECTOR,
  disputeAuthority: AUTHORITY,
  treasury: TREASURY,
  sweepUnits: 10_000_000,
  flushMinWei: 10n ** 12n,
  slotMinWei: 3n * 10n ** 15n,
  noticeBlocks: 0,
  disputeBlocks: 0,
  demandBlocks: 100,
  demandBondWei: 10n ** 18n,
  tokens: [],
}

/** Milliseconds of a block's parts. */
export type BlockTimes = {
  readonly execute: number
  readonly sweep: number
  readonly root: number
  readonly commit: number
  /** One native recovery for each transaction, in the same moment. */
  readonly ecdsaRecover: number
}

export type RunBlock = BlockTimes & { readonly receipts: readonly Receipt[]; readonly gasUsed: bigint }

/** What a transaction of a measured block does. */
export type BenchCall = {
  /** Null creates a contract. */
  readonly to: Address | null
  readonly data: Uint8Array
  readonly value?: bigint
  readonly gasLimit: bigint
  /** The number of the payer who sends it; by its place in the block when left out. */
  readonly from?: number
}

export class RoyaltyChain {
  private readonly folder: string
  private readonly kv: Awaited<ReturnType<typeof openLevelKv>>
  private readonly store: StateStore
  private readonly evm: ReferenceEvm
  private readonly nonces = new Map<Address, number>()
  private readonly hooks: readonly EndOfBlockHook[]
  private parent: { readonly header: Header; readonly hash: Hash } | undefined

  private constructor(
    folder: string,
    kv: Awaited<ReturnType<typeof openLevelKv>>,
    evm: ReferenceEvm,
    hooks: readonly EndOfBlockHook[],
  ) {
    this.folder = folder
    this.kv = kv
    this.store = new StateStore(kv, { historyBlocks: FULL_HISTORY_BLOCKS })
    this.evm = evm
    this.hooks = hooks
  }

  /** A chain whose genesis has the modules, the payers, and what `fill` adds. */
  static async open(
    fill: (state: WorldState) => void,
    hooks = ROYALTY_HOOKS,
    rules: AttributionRules = BENCH_RULES,
  ): Promise<RoyaltyChain> {
    const folder = mkdtempSync(join(tmpdir(), 'sahara-royalty-'))
    const kv = await openLevelKv(folder)
    const chain = new RoyaltyChain(folder, kv, await ReferenceEvm.create(DEVNET_CHAIN_ID), hooks)
    await chain.commitGenesis(fill, rules)
    return chain
  }

  async close(): Promise<void> {
    await this.kv.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The state of the head. */
  state(): WorldState {
    return new WorldState(this.store.head())
  }

  /** The number of the block to come. */
  get nextNumber(): number {
    return present(this.parent, 'genesis comes first').header.number + 1
  }

  /**
   * Commits a block of these calls, each from a payer of its own while there are enough. `replacement` runs instead of the
   * hooks, its time counted as execution.
   */
  async run(calls: readonly BenchCall[], replacement?: (state: WorldState) => void): Promise<RunBlock> {
    const signed = calls.map((call, at) => this.sign(this.payer(call.from ?? at % PAYERS), call))
    const raws = signed.map((one) => one.raw)
    const parent = present(this.parent, 'genesis comes first')
    const number = parent.header.number + 1
    const run = new BlockRun(this.state(), this.environment(number))
    const ecdsaRecover = await timeEcdsaRecover(signed)
    const execute = await timeMs(async () => {
      await run.begin(ZERO_HASH, parent.hash)
      for (const { transaction, sender, hash } of signed) {
        const pending = run.execute(transaction, sender)
        const result = pending instanceof Promise ? await pending : pending
        if (!result.ok) throw new Error(`refused: ${result.error.message}`)
        run.add(transaction.type, hash, result.value)
      }
      replacement?.(run.state)
    })
    let system: Uint8Array | undefined
    const sweep = await timeMs(() => {
      system = run.finish(replacement === undefined ? this.hooks : [])
    })
    const transactions = system === undefined ? raws : [...raws, system]
    const { sealed, record, root } = await this.seal(run, number, parent.hash, transactions)
    const commit = await timeMs(() => this.store.commit(sealed, record))
    this.parent = { header: record.header, hash: record.hash }
    return { execute, sweep, root, commit, ecdsaRecover, receipts: run.receipts, gasUsed: run.gasUsed }
  }

  /**
   * Executes a call as the only transaction of a block on the head, sweep and root included, and forgets it again. The same
   * call can be probed over and over.
   */
  async probe(
    call: BenchCall,
  ): Promise<{ readonly ms: number; readonly receipt: Receipt; readonly error: string | undefined }> {
    const payer = this.payer(call.from ?? 0)
    const nonce = this.nonces.get(payer.address) ?? 0
    const { transaction, sender, hash } = this.sign(payer, call)
    this.nonces.set(payer.address, nonce)
    const run = new BlockRun(this.state(), this.environment(this.nextNumber))
    let error: string | undefined
    const ms = await timeMs(async () => {
      const pending = run.execute(transaction, sender)
      const result = pending instanceof Promise ? await pending : pending
      if (!result.ok) throw new Error(`refused: ${result.error.message}`)
      error = result.value.status === 1 ? undefined : bytesToHex(result.value.returnData)
      run.add(transaction.type, hash, result.value)
      run.finish(this.hooks)
      this.store.seal(this.store.head(), run.state.changes())
    })
    return { ms, receipt: present(run.receipts[0], 'one receipt'), error }
  }

  /** The address of payer number `index`. */
  address(index: number): Address {
    return this.payer(index).address
  }

  /** The private key of payer number `index`. */
  key(index: number): Uint8Array {
    return this.payer(index).key
  }

  private payer(index: number): Payer {
    return present(ALL_PAYERS[index], 'a payer')
  }

  private async seal(run: BlockRun, number: number, parentHash: Hash, transactions: readonly Uint8Array[]) {
    let sealed = this.store.head()
    let header = makeHeader(number, parentHash, { gasLimit: GAS_LIMIT })
    const root = await timeMs(() => {
      sealed = this.store.seal(this.store.head(), run.state.changes())
      header = makeHeader(number, parentHash, {
        gasLimit: GAS_LIMIT,
        stateRoot: sealed.stateRoot,
        transactionsRoot: orderedTrieRoot(transactions),
        receiptsRoot: receiptsRootOf(run.receipts),
        logsBloom: run.logsBloom,
        gasUsed: run.gasUsed,
      })
      headerHash(header)
    })
    const { transactionHashes, receipts } = run
    const record = { ...recordOf(header), transactions, transactionHashes, receipts }
    return { sealed, record, root }
  }

  private sign(payer: Payer, call: BenchCall): SignedTransaction {
    const nonce = this.nonces.get(payer.address) ?? 0
    this.nonces.set(payer.address, nonce + 1)
    const { to, data, value = 0n, gasLimit } = call
    return signTransaction(
      {
        ...{ type: 2, chainId: BigInt(DEVNET_CHAIN_ID), nonce: BigInt(nonce), gasPrice: undefined },
        ...{ maxFeePerGas: BASE_FEE, maxPriorityFeePerGas: 0n, gasLimit, to, value, data },
        ...{ accessList: [], authorizationList: [] },
      },
      payer.key,
    )
  }

  /** Block 0, in batches so that nothing of it is too large for one commit. */
  private async commitGenesis(fill: (state: WorldState) => void, rules: AttributionRules): Promise<void> {
    const state = new WorldState(this.store.head())
    for (const payer of ALL_PAYERS) state.addBalance(payer.address, 10n ** 27n)
    writeModuleGenesis(rules, ATTRIBUTION_MODULES, state)
    fill(state)
    const sealed = this.store.seal(this.store.head(), state.changes())
    const header = makeHeader(0, ZERO_HASH, { stateRoot: sealed.stateRoot, gasLimit: GAS_LIMIT })
    await this.store.commit(sealed, recordOf(header))
    this.parent = { header, hash: headerHash(header) }
  }

  private environment(number: number): ExecutionEnvironment {
    return makeEnvironment(this.evm, new NativeModules(ATTRIBUTION_MODULES), number, GAS_LIMIT)
  }
}

/** What the chain runs at the end of a block. */
export const ROYALTY_HOOKS: readonly EndOfBlockHook[] = [{ name: 'royalty sweep', run: sweepRoyalties }]
