/**
 * A chain in memory behind the RPC's ports: real headers, signed transactions, receipts, blooms and roots, made block by
 * block by the test. Balances and nonces are kept for every block; contract calls answer what the test says.
 */

import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { err, ok, type Result } from '../../src/lib/result.ts'
import type { CallFailure, EstimateFailure, NewHead, RpcPorts, StatePruned } from '../../src/rpc/ports.ts'
import type { Header } from '../../src/types/block.ts'
import { EMPTY_OMMERS_HASH, EMPTY_REQUESTS_HASH, headerHash, transactionsRootOf } from '../../src/types/block-codec.ts'
import { bloomOf } from '../../src/types/bloom.ts'
import type { CallContext, CallOutcome, CallRequest } from '../../src/types/call.ts'
import { EMPTY_TRIE_ROOT, orderedTrieRoot } from '../../src/types/ordered-root.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import type { Log, Receipt } from '../../src/types/receipt.ts'
import { encodeReceipt } from '../../src/types/receipt-codec.ts'
import type { SignedTransaction, Transaction } from '../../src/types/transaction.ts'
import {
  decodeTransaction,
  recoverSender,
  signTransaction,
  transactionHash,
  type UnsignedTransaction,
} from '../../src/types/transaction-codec.ts'
import { FINALIZE } from '../../src/types/vote.ts'

export const CHAIN_ID = 534_100n
export const BASE_FEE = 1_000_000_000n
export const REWARD_ADDRESS = '0x00000000000000000000000000000000000fee00' as Address

type MemoryBlock = {
  readonly hash: Hash
  readonly header: Header
  readonly transactions: readonly SignedTransaction[]
  readonly receipts: readonly Receipt[]
  readonly nonces: ReadonlyMap<Address, bigint>
}

/** What a transaction of a block does in this chain. */
export type Effect = { readonly logs?: readonly Log[]; readonly gasUsed?: bigint; readonly status?: 0 | 1 }

/** Fields of a transaction that a test cares about. */
export type Wish = Partial<UnsignedTransaction> & { readonly key?: Uint8Array }

export const KEY = hexToBytes(`0x${'11'.repeat(32)}`)

/** A signed transaction of any type with sensible fields. */
export function signed(wish: Wish = {}): SignedTransaction {
  const { key = KEY, ...fields } = wish
  const type = fields.type ?? 2
  const isPriced = type === 0 || type === 1
  const unsigned: UnsignedTransaction = {
    type,
    chainId: CHAIN_ID,
    nonce: 0n,
    gasPrice: isPriced ? 3_000_000_000n : undefined,
    maxFeePerGas: isPriced ? undefined : 3_000_000_000n,
    maxPriorityFeePerGas: isPriced ? undefined : 1_000_000_000n,
    gasLimit: 21_000n,
    to: '0x00000000000000000000000000000000000000aa' as Address,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
    authorizationList: [],
    ...fields,
  }
  return signTransaction(unsigned, key)
}

export class MemoryChain {
  readonly ports: RpcPorts
  /** Answers of the execution port, which a test may replace. */
  onCall: (
    request: CallRequest,
    context: CallContext,
  ) => Result<CallOutcome, CallFailure> | Promise<Result<CallOutcome, CallFailure>> = () =>
    ok({ status: 'success', error: undefined, returnData: new Uint8Array(0), gasUsed: 21_000n })
  onEstimate: (request: CallRequest) => Result<bigint, EstimateFailure> = () => ok(21_000n)
  /** States below this height are refused as pruned. */
  oldestState = 0
  progress: { startingBlock: number; currentBlock: number; highestBlock: number } | undefined
  readonly pool = new Map<Hash, SignedTransaction>()
  private readonly blocks: MemoryBlock[] = []
  private readonly heads = new Set<(head: NewHead) => void>()
  private readonly syncing = new Set<(isSyncing: boolean) => void>()
  private readonly pending = new Set<(transaction: SignedTransaction) => void>()

  constructor() {
    this.addBlock([])
    this.ports = this.createPorts()
  }

  get height(): number {
    return this.blocks.length - 1
  }

  get headListeners(): number {
    return this.heads.size
  }

  get pendingListeners(): number {
    return this.pending.size
  }

  block(number: number): MemoryBlock {
    return present(this.blocks[number], `block ${number} exists`)
  }

  /** Makes a block final; `effects` are the transactions' in order. `gasUsed` stands for the header's. */
  addBlock(transactions: readonly SignedTransaction[], effects: readonly Effect[] = [], gasUsed?: bigint): MemoryBlock {
    const parent = this.blocks.at(-1)
    const receipts = receiptsOf(transactions, effects)
    const nonces = new Map(parent?.nonces ?? [])
    for (const one of transactions) nonces.set(one.sender, one.transaction.nonce + 1n)
    const header: Header = {
      parentHash: parent?.hash ?? ZERO_HASH,
      ommersHash: EMPTY_OMMERS_HASH,
      coinbase: REWARD_ADDRESS,
      stateRoot: keccak256Hash(Uint8Array.of(this.blocks.length & 255)),
      transactionsRoot: transactionsRootOf(transactions.map((one) => one.raw)),
      receiptsRoot: orderedTrieRoot(receipts.map(encodeReceipt)),
      logsBloom: bloomOf(receipts.flatMap((one) => one.logs)),
      number: this.blocks.length,
      gasLimit: 30_000_000n,
      gasUsed: gasUsed ?? receipts.at(-1)?.cumulativeGasUsed ?? 0n,
      timestamp: 1_800_000_000 + (this.blocks.length >> 2),
      extraData: new Uint8Array(0),
      mixHash: ZERO_HASH,
      baseFeePerGas: BASE_FEE,
      withdrawalsRoot: EMPTY_TRIE_ROOT,
      blobGasUsed: 0n,
      excessBlobGas: 0n,
      parentBeaconBlockRoot: ZERO_HASH,
      requestsHash: EMPTY_REQUESTS_HASH,
    }
    const block: MemoryBlock = { hash: headerHash(header), header, transactions, receipts, nonces }
    this.blocks.push(block)
    for (const { hash } of transactions) this.pool.delete(hash)
    const head = { hash: block.hash, header, transactionHashes: transactions.map((one) => one.hash), receipts }
    for (const listener of [...this.heads]) listener(head)
    return block
  }

  /** Puts a transaction into the pool and announces it. */
  addPending(transaction: SignedTransaction): void {
    this.pool.set(transaction.hash, transaction)
    for (const listener of [...this.pending]) listener(transaction)
  }

  /** Tells subscribers of `syncing`. */
  announceSyncing(isSyncing: boolean): void {
    for (const listener of [...this.syncing]) listener(isSyncing)
  }

  private at(number: number): MemoryBlock | undefined {
    return this.blocks[number]
  }

  private stateAnswer<T>(number: number, read: (block: MemoryBlock) => T): Promise<Result<T, StatePruned>> {
    if (number < this.oldestState) {
      return Promise.resolve(err({ code: 'STATE_PRUNED', oldestBlock: this.oldestState }))
    }
    return Promise.resolve(ok(read(this.block(number))))
  }

  private admit(raw: Uint8Array): Result<SignedTransaction, { code: string; message: string }> {
    let transaction: Transaction
    try {
      transaction = decodeTransaction(raw)
    } catch (thrown) {
      return err({ code: 'MALFORMED', message: (thrown as Error).message })
    }
    const hash = transactionHash(raw)
    if (this.pool.has(hash)) return err({ code: 'ALREADY_KNOWN', message: 'already known' })
    const sender = recoverSender(transaction)
    if (sender === undefined) return err({ code: 'INVALID_SENDER', message: 'invalid sender' })
    const admitted = { transaction, raw, hash, sender }
    this.addPending(admitted)
    return ok(admitted)
  }

  private queueOf(address: Address): SignedTransaction[] {
    return [...this.pool.values()]
      .filter((one) => one.sender === address)
      .sort((a, b) => Number(a.transaction.nonce - b.transaction.nonce))
  }

  private createPorts(): RpcPorts {
    const head = () => this.block(this.height)
    return {
      facts: {
        chainId: CHAIN_ID,
        genesisHash: this.block(0).hash,
        genesisTime: 1_800_000_000,
        clientVersion: 'sahara/v0.0.0/test/node',
        acceptsUnprotected: false,
        rewardAddress: REWARD_ADDRESS,
        precompiles: { ECREC: '0x0000000000000000000000000000000000000001' as Address },
        systemContracts: { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' as Address },
      },
      chain: {
        head,
        oldestBlock: () => 0,
        numberOf: (hash) => this.blocks.find((one) => one.hash === hash)?.header.number,
        header: (number) => this.at(number),
        logsBloom: (number) => this.at(number)?.header.logsBloom,
        rawTransactions: (number) => this.at(number)?.transactions.map((one) => one.raw),
        receipts: (number) => this.at(number)?.receipts,
        locate: (hash) => {
          for (const { header, transactions } of this.blocks) {
            const index = transactions.findIndex((one) => one.hash === hash)
            if (index >= 0) return { blockNumber: header.number, index }
          }
          return undefined
        },
        transactions: (number) => Promise.resolve(this.at(number)?.transactions),
        transaction: (number, index) => Promise.resolve(this.at(number)?.transactions[index]),
      },
      state: {
        balance: (_address, number) => this.stateAnswer(number, (block) => 10n ** 18n + BigInt(block.header.number)),
        nonce: (address, number) => this.stateAnswer(number, (block) => block.nonces.get(address) ?? 0n),
        code: (_address, number) => this.stateAnswer(number, () => Uint8Array.of(0x60, 0x00)),
        storage: (_address, slot, number) => this.stateAnswer(number, () => slot + 1n),
        proof: (_address, slots, number) =>
          this.stateAnswer(number, (block) => ({
            balance: 1n,
            nonce: 2n,
            codeHash: block.hash,
            storageHash: block.header.stateRoot,
            accountProof: [Uint8Array.of(0xc0)],
            storageProofs: slots.map((slot) => ({ value: slot, proof: [Uint8Array.of(0xc0)] })),
          })),
      },
      execution: {
        call: (request, context) => Promise.resolve(this.onCall(request, context)),
        estimateGas: (request) => Promise.resolve(this.onEstimate(request)),
        createAccessList: async (request, context) => {
          const outcome = await this.onCall(request, context)
          return outcome.ok ? ok({ accessList: accessed(), outcome: outcome.value }) : outcome
        },
      },
      pool: {
        add: (raw) => Promise.resolve(this.admit(raw)),
        get: (hash) => this.pool.get(hash),
        nextNonce: (address) => {
          const last = this.queueOf(address).at(-1)
          return last === undefined ? (head().nonces.get(address) ?? 0n) : last.transaction.nonce + 1n
        },
        content: () => {
          const senders = new Set([...this.pool.values()].map((one) => one.sender))
          return {
            pending: new Map([...senders].map((sender) => [sender, this.queueOf(sender)])),
            queued: new Map(),
          }
        },
        contentFrom: (address) => ({ pending: this.queueOf(address), queued: [] }),
        status: () => ({ pending: this.pool.size, queued: 0 }),
        onPending: (listener) => subscribe(this.pending, listener),
      },
      fees: { nextBaseFee: (header) => header.baseFeePerGas, minTipPerGas: () => 1_000_000n },
      network: { peerCount: () => 3, isListening: () => true },
      sync: { progress: () => this.progress },
      events: {
        onHead: (listener) => subscribe(this.heads, listener),
        onSyncing: (listener) => subscribe(this.syncing, listener),
      },
      consensus: {
        finality: (number) => (number === 0 || number > this.height ? undefined : finalityOf(this.block(number))),
        validators: (epoch) => ({ epoch: epoch ?? 1, validators: [], totalPower: 4, quorum: 3 }),
        status: () => ({
          epoch: 1,
          view: 7,
          isValidator: true,
          blockIntervalMs: 250,
          finalityP50Ms: 100,
          finalityP99Ms: 200,
          transactionsPerSecond: 0,
        }),
      },
      attribution: undefined,
      keccak256: keccak256Hash,
    }
  }
}

function accessed(): { address: Address; storageKeys: Hash[] }[] {
  return [{ address: ZERO_ADDRESS, storageKeys: [ZERO_HASH] }]
}

function finalityOf(block: MemoryBlock) {
  const subject = {
    kind: FINALIZE,
    epoch: 1,
    view: block.header.number,
    parentView: block.header.number - 1,
    blockHash: block.hash,
    justHash: ZERO_HASH,
  } as const
  const certificate = { subject, bitmap: Uint8Array.of(0b1011), signature: new Uint8Array(96) }
  return { certificate, encoded: Uint8Array.of(1, 2, 3), timestampMs: block.header.timestamp * 1000 + 250 }
}

function receiptsOf(transactions: readonly SignedTransaction[], effects: readonly Effect[]): Receipt[] {
  let cumulativeGasUsed = 0n
  return transactions.map(({ transaction: tx, sender }, i) => {
    const { logs = [], gasUsed = 21_000n, status = 1 } = effects[i] ?? {}
    cumulativeGasUsed += gasUsed
    const capped = BASE_FEE + (tx.maxPriorityFeePerGas ?? 0n)
    const most = tx.maxFeePerGas ?? 0n
    return {
      type: tx.type,
      status,
      cumulativeGasUsed,
      gasUsed,
      logs,
      logsBloom: bloomOf(logs),
      effectiveGasPrice: tx.gasPrice ?? (capped < most ? capped : most),
      contractAddress: tx.to === null ? sender : null,
    }
  })
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
