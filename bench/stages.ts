/**
 * The stages of a block of transfers in one thread: decode, recover, execute, root, commit, each in microseconds a
 * transfer and as a ratio to one native ecdsaRecover of the same run.
 *
 * The state is LevelDB on disk with durable commits. Senders and receivers are drawn from all accounts, so that caches
 * and trie work are those of a chain in use; each payer pays at most once a block.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { BlockRun } from '../src/execution/block-run.ts'
import { NativeModules } from '../src/execution/native-modules.ts'
import { ReferenceEvm } from '../src/execution/reference-evm.ts'
import type { ExecutionEnvironment } from '../src/execution/transaction-executor.ts'
import { present } from '../src/lib/assert.ts'
import { FULL_HISTORY_BLOCKS } from '../src/lib/limits.ts'
import { Prng } from '../src/lib/prng.ts'
import { StateStore } from '../src/state/state-store.ts'
import { WorldState } from '../src/state/world-state.ts'
import { openLevelKv } from '../src/storage/level-kv.ts'
import type { Header } from '../src/types/block.ts'
import { headerHash } from '../src/types/block-codec.ts'
import { orderedTrieRoot } from '../src/types/ordered-root.ts'
import { type Address, type Hash, ZERO_HASH } from '../src/types/primitives.ts'
import { receiptsRootOf } from '../src/types/receipt-codec.ts'
import type { SignedTransaction } from '../src/types/transaction.ts'
import { decodeTransaction, recoverSender, transactionHash } from '../src/types/transaction-codec.ts'
import { makeEnvironment, makeHeader, recordOf, timeEcdsaRecover } from './bench-blocks.ts'
import type { BenchOptions } from './main.ts'
import { type Summary, summarize, timeMs } from './measure.ts'
import type { Report } from './report.ts'
import { type Payer, passiveAddress, payers, signTransfer } from './transfers.ts'

const TRANSFERS = 4_000
const ACCOUNTS = 100_000
const PAYERS = 8_000
const WARM_UP_BLOCKS = 3
const GAS_LIMIT = 500_000_000n
const STAGES = ['decode', 'recover', 'execute', 'root', 'commit'] as const
type Stage = (typeof STAGES)[number]
type Times = Readonly<Record<Stage | 'ecdsaRecover', number>>

export async function runStages(report: Report, options: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sahara-stages-'))
  const kv = await openLevelKv(folder)
  try {
    const chain = new StageChain(
      new StateStore(kv, { historyBlocks: FULL_HISTORY_BLOCKS }),
      await ReferenceEvm.create(DEVNET_CHAIN_ID),
    )
    await chain.commitGenesis()
    const blocks: Times[] = []
    const count = options.isQuick ? 3 : 20
    for (let at = 0; at < WARM_UP_BLOCKS + count; at++) blocks.push(await chain.runBlock())
    reportStages(report, blocks.slice(WARM_UP_BLOCKS))
  } finally {
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function reportStages(report: Report, blocks: readonly Times[]): void {
  const perTransfer = (name: keyof Times): Summary =>
    summarize(blocks.map((block) => (block[name] * 1_000) / TRANSFERS))
  const suffix = `txs=${TRANSFERS} accounts=${ACCOUNTS}`
  const native = perTransfer('ecdsaRecover')
  const peer = 'ecdsaRecover'
  report.addSummary(`block-processing/ecdsa-recover engine=native`, native, 'us')
  for (const stage of STAGES) {
    const summary = perTransfer(stage)
    const ratio = summary.median / native.median
    report.addSummary(`block-processing/${stage} ${suffix}`, summary, 'us', { peer, ratio })
  }
  const rest = summarize(
    blocks.map((block) => ((block.decode + block.execute + block.root + block.commit) * 1_000) / TRANSFERS),
  )
  const ratio = rest.median / native.median
  report.addSummary(`block-processing/all-but-recovery ${suffix}`, rest, 'us', { peer, ratio })
}

/** A chain of blocks of transfers over a state store. */
class StageChain {
  private readonly store: StateStore
  private readonly evm: ReferenceEvm
  private readonly payers: readonly Payer[] = payers(PAYERS)
  private readonly nonces = new Map<Address, number>()
  private readonly prng = new Prng(1)
  private parent: { readonly header: Header; readonly hash: Hash } | undefined

  constructor(store: StateStore, evm: ReferenceEvm) {
    this.store = store
    this.evm = evm
  }

  /** Block 0 with all accounts. */
  async commitGenesis(): Promise<void> {
    const state = new WorldState(this.store.head())
    for (const payer of this.payers) state.addBalance(payer.address, 10n ** 24n)
    for (let at = PAYERS; at < ACCOUNTS; at++) state.addBalance(passiveAddress(at), 10n ** 18n)
    const sealed = this.store.seal(this.store.head(), state.changes())
    const header = makeHeader(0, ZERO_HASH, { stateRoot: sealed.stateRoot, gasLimit: GAS_LIMIT })
    await this.store.commit(sealed, recordOf(header))
    this.parent = { header, hash: headerHash(header) }
  }

  /** One block, its stages timed in ms. */
  async runBlock(): Promise<Times> {
    const signed = this.signBlock()
    const raws = signed.map((one) => one.raw)
    const { transactions, hashes, decode } = await this.decode(raws)
    const senders: Address[] = []
    const recover = await timeMs(() => {
      for (const tx of transactions) senders.push(present(recoverSender(tx), 'a signed transfer has a sender'))
    })
    const ecdsaRecover = await timeEcdsaRecover(signed)
    const parent = present(this.parent, 'genesis comes first')
    const number = parent.header.number + 1
    const run = new BlockRun(new WorldState(this.store.head()), this.environment(number))
    const execute = await timeMs(async () => {
      await run.begin(ZERO_HASH, parent.hash)
      for (const [at, tx] of transactions.entries()) {
        const pending = run.execute(tx, present(senders[at], 'one sender each'))
        const result = pending instanceof Promise ? await pending : pending
        if (!result.ok) throw new Error(`transfer ${at}: ${result.error.message}`)
        run.add(tx.type, present(hashes[at], 'one hash each'), result.value)
      }
    })
    let sealed = this.store.head()
    let header = parent.header
    const root = await timeMs(() => {
      sealed = this.store.seal(this.store.head(), run.state.changes())
      header = makeHeader(number, parent.hash, {
        gasLimit: GAS_LIMIT,
        stateRoot: sealed.stateRoot,
        transactionsRoot: orderedTrieRoot(raws),
        receiptsRoot: receiptsRootOf(run.receipts),
        logsBloom: run.logsBloom,
        gasUsed: run.gasUsed,
      })
      headerHash(header)
    })
    const record = { ...recordOf(header), transactions: raws, transactionHashes: hashes, receipts: run.receipts }
    const commit = await timeMs(() => this.store.commit(sealed, record))
    this.parent = { header, hash: record.hash }
    return { decode, recover, ecdsaRecover, execute, root, commit }
  }

  private async decode(raws: readonly Uint8Array[]) {
    let transactions: ReturnType<typeof decodeTransaction>[] = []
    let hashes: Hash[] = []
    const decode = await timeMs(() => {
      transactions = raws.map(decodeTransaction)
      hashes = raws.map(transactionHash)
    })
    return { transactions, hashes, decode }
  }

  private signBlock(): SignedTransaction[] {
    return this.prng
      .shuffle(this.payers)
      .slice(0, TRANSFERS)
      .map((payer) => {
        const nonce = this.nonces.get(payer.address) ?? 0
        this.nonces.set(payer.address, nonce + 1)
        const to = passiveAddress(PAYERS + this.prng.below(ACCOUNTS - PAYERS))
        return signTransfer(payer, DEVNET_CHAIN_ID, nonce, to)
      })
  }

  private environment(number: number): ExecutionEnvironment {
    return makeEnvironment(this.evm, new NativeModules([]), number, GAS_LIMIT)
  }
}
