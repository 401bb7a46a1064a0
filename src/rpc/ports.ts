/**
 * Everything the RPC asks of the node. It sees finalized blocks and the pool, nothing else.
 *
 * Reads of blocks and of the pool are synchronous (LevelDB and memory on the main thread); what needs a worker or history
 * is a promise. Unknown is undefined; expected refusals are Result values; a rejected promise is an internal error
 * (-32603), whose text no caller sees.
 */

import type { Result } from '../lib/result.ts'
import type { Header } from '../types/block.ts'
import type { CallContext, CallOutcome, CallRequest } from '../types/call.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Receipt } from '../types/receipt.ts'
import type { AccessListItem, SignedTransaction } from '../types/transaction.ts'
import type { ValidatorSet } from '../types/validator-set.ts'
import type { AttributionPort } from './attribution-port.ts'

/** Undoes a subscription. */
export type Unsubscribe = () => void

/** A header with its hash. */
export type HashedHeader = { readonly hash: Hash; readonly header: Header }

/** Block and position of a finalized transaction. */
export type TransactionLocation = { readonly blockNumber: number; readonly index: number }

/** Finalized blocks only. Genesis is block 0 and always known. */
export interface ChainPort {
  /** The finalized head. */
  head(): HashedHeader
  /** The oldest block whose body and receipts are kept; 0 unless history was pruned. */
  oldestBlock(): number
  numberOf(hash: Hash): number | undefined
  header(number: number): HashedHeader | undefined
  /** The 256 bytes of a header's bloom, cheaper than the header: eth_getLogs reads many. */
  logsBloom(number: number): Uint8Array | undefined
  /** Canonical bytes of the block's transactions in order. */
  rawTransactions(number: number): readonly Uint8Array[] | undefined
  /** Receipts in order, with their blooms. */
  receipts(number: number): readonly Receipt[] | undefined
  locate(hash: Hash): TransactionLocation | undefined
  /** Decoded transactions with their senders (from memory for recent blocks, else recovered in the pool of workers). */
  transactions(number: number): Promise<readonly SignedTransaction[] | undefined>
  /** One of them; undefined when the index is outside the block. */
  transaction(number: number, index: number): Promise<SignedTransaction | undefined>
}

/** The state after a block is no longer kept; `oldestBlock` is the oldest that can be asked for. */
export type StatePruned = { readonly code: 'STATE_PRUNED'; readonly oldestBlock: number }

/** All workers are busy and their queue is full. */
export type Busy = { readonly code: 'BUSY' }

/** The state after a finalized block. Blocks the chain does not have are never asked for. */
export interface StatePort {
  balance(address: Address, blockNumber: number): Promise<Result<bigint, StatePruned>>
  nonce(address: Address, blockNumber: number): Promise<Result<bigint, StatePruned>>
  code(address: Address, blockNumber: number): Promise<Result<Uint8Array, StatePruned>>
  /** 32 bytes as an integer; 0 for an empty slot. */
  storage(address: Address, slot: bigint, blockNumber: number): Promise<Result<bigint, StatePruned>>
  /** EIP-1186 for the last blocks whose trie nodes are kept. `slots` in the order of the answer. */
  proof(
    address: Address,
    slots: readonly bigint[],
    blockNumber: number,
  ): Promise<Result<AccountProof, StatePruned | Busy>>
}

/** Proofs are RLP nodes from the root down. */
export type AccountProof = {
  readonly balance: bigint
  readonly nonce: bigint
  readonly codeHash: Hash
  readonly storageHash: Hash
  readonly accountProof: readonly Uint8Array[]
  readonly storageProofs: readonly { readonly value: bigint; readonly proof: readonly Uint8Array[] }[]
}

/** Why nothing was executed, or not to its end. `message` is geth's, word for word, where geth has one. */
export type CallFailure =
  | StatePruned
  /** Funds, fees, intrinsic gas, nonce: -32000 with the message. */
  | { readonly code: 'REFUSED'; readonly message: string }
  /** The time limit of a call passed, in ms. */
  | { readonly code: 'TIMEOUT'; readonly limitMs: number }
  /** -32005. */
  | Busy

/** Why no amount of gas makes a transaction succeed: it reverts, or fails in the EVM for another reason than gas. */
export type EstimateFailure =
  | CallFailure
  | { readonly code: 'REVERTED'; readonly returnData: Uint8Array }
  | { readonly code: 'FAILED'; readonly message: string }

/** Heavy reads, each in a worker on an explicit snapshot. */
export interface ExecutionPort {
  /** Gas: `request.gas` or the cap, never more than `gasCap`. No balance is needed at price 0. */
  call(request: CallRequest, context: CallContext, gasCap: bigint): Promise<Result<CallOutcome, CallFailure>>
  /**
   * The least gas limit with which the transaction succeeds. The search's ceiling is `request.gas`, else the lower of the
   * block's limit and the transaction gas cap (EIP-7825), lowered to what the sender can pay at its price; never more
   * than `gasCap`. At a ceiling that does not suffice: REFUSED `gas required exceeds allowance (N)`.
   */
  estimateGas(request: CallRequest, context: CallContext, gasCap: bigint): Promise<Result<bigint, EstimateFailure>>
  /** The accounts and slots that the call touches, without sender, recipient, coinbase and precompiles. */
  createAccessList(
    request: CallRequest,
    context: CallContext,
    gasCap: bigint,
  ): Promise<Result<{ readonly accessList: readonly AccessListItem[]; readonly outcome: CallOutcome }, CallFailure>>
}

/** Transactions of one or all senders, each sender's in nonce order. */
export type PoolContent = {
  readonly pending: ReadonlyMap<Address, readonly SignedTransaction[]>
  readonly queued: ReadonlyMap<Address, readonly SignedTransaction[]>
}

/** The transaction pool; mempool's TransactionPool has this shape. */
export interface PoolPort {
  /** Canonical bytes from a user. The refusal's message is geth's, and the answer's (-32000). */
  add(
    raw: Uint8Array,
    origin: 'local',
  ): Promise<Result<SignedTransaction, { readonly code: string; readonly message: string }>>
  get(hash: Hash): SignedTransaction | undefined
  /** The finalized nonce plus the contiguous transactions of the pool. */
  nextNonce(address: Address): bigint
  content(): PoolContent
  contentFrom(address: Address): {
    readonly pending: readonly SignedTransaction[]
    readonly queued: readonly SignedTransaction[]
  }
  status(): { readonly pending: number; readonly queued: number }
  /** Called with each transaction that becomes pending. */
  onPending(listener: (transaction: SignedTransaction) => void): Unsubscribe
}

/** Prices. What blocks paid is computed by the RPC from receipts. */
export interface FeePort {
  /** Wei per gas of the block after a header. */
  nextBaseFee(header: Header): bigint
  /** The least tip that the pool takes, in wei per gas: the floor of every suggestion. */
  minTipPerGas(): bigint
}

export interface NetworkPort {
  peerCount(): number
  isListening(): boolean
}

/** Undefined when the node is at the chain's head. */
export interface SyncPort {
  progress():
    | { readonly startingBlock: number; readonly currentBlock: number; readonly highestBlock: number }
    | undefined
}

/** A new finalized block as subscribers see it. */
export type NewHead = HashedHeader & {
  readonly transactionHashes: readonly Hash[]
  readonly receipts: readonly Receipt[]
}

/** Heads come contiguous and ascending, each once, after the block can be read through ChainPort. */
export interface EventPort {
  onHead(listener: (head: NewHead) => void): Unsubscribe
  /** Called when syncing starts (true) or ends (false). */
  onSyncing(listener: (isSyncing: boolean) => void): Unsubscribe
}

/** What does not change while the node runs. */
export type ChainFacts = {
  readonly chainId: bigint
  readonly genesisHash: Hash
  /** Seconds since the Unix epoch. */
  readonly genesisTime: number
  /** `sahara/v0.1.0/linux-x64/node24.0.0`. */
  readonly clientVersion: string
  /** A legacy transaction without a chain id is refused unless this is set. */
  readonly acceptsUnprotected: boolean
  /** The address that collects fees: every header's coinbase. */
  readonly rewardAddress: Address
  /** Name to address, names as EIP-7910 gives them. */
  readonly precompiles: Readonly<Record<string, Address>>
  /** Name to address, names as EIP-7910 gives them. */
  readonly systemContracts: Readonly<Record<string, Address>>
}

/** Consensus as sahara_* shows it. */
export interface ConsensusPort {
  /** The certificate that made a block final; undefined for genesis and blocks this node does not have. */
  finality(number: number): FinalityProof | undefined
  /** The validators of an epoch; the current one's when undefined. Undefined when unknown. */
  validators(epoch: number | undefined): ValidatorSet | undefined
  status(): ConsensusStatus
}

export type FinalityProof = {
  readonly certificate: Certificate
  /** The certificate as light clients verify it. */
  readonly encoded: Uint8Array
  /** Milliseconds since the Unix epoch at which the block was made. */
  readonly timestampMs: number
}

export type ConsensusStatus = {
  readonly epoch: number
  readonly view: number
  readonly isValidator: boolean
  /** Milliseconds; null before enough blocks were seen. */
  readonly blockIntervalMs: number | null
  readonly finalityP50Ms: number | null
  readonly finalityP99Ms: number | null
  readonly transactionsPerSecond: number
}

/** All of it. */
export type RpcPorts = {
  readonly facts: ChainFacts
  readonly chain: ChainPort
  readonly state: StatePort
  readonly execution: ExecutionPort
  readonly pool: PoolPort
  readonly fees: FeePort
  readonly network: NetworkPort
  readonly sync: SyncPort
  readonly events: EventPort
  readonly consensus: ConsensusPort
  /** Undefined on a chain without the attribution modules. */
  readonly attribution: AttributionPort | undefined
  /** Keccak-256; this layer has no cryptography of its own. */
  readonly keccak256: (bytes: Uint8Array) => Hash
}
