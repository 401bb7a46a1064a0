/**
 * What measured chains share: headers and records of blocks that nobody votes on, and the unit of all ratios.
 */

import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { compactSignature, recoverPublicKey } from '../src/crypto/secp256k1.ts'
import type { BlockContext } from '../src/execution/evm.ts'
import type { NativeModules } from '../src/execution/native-modules.ts'
import type { ReferenceEvm } from '../src/execution/reference-evm.ts'
import type { ExecutionEnvironment } from '../src/execution/transaction-executor.ts'
import type { BlockRecord } from '../src/storage/block-store.ts'
import type { Header } from '../src/types/block.ts'
import { EMPTY_OMMERS_HASH, EMPTY_REQUESTS_HASH, headerHash } from '../src/types/block-codec.ts'
import { BLOOM_BYTES } from '../src/types/bloom.ts'
import { EMPTY_TRIE_ROOT } from '../src/types/ordered-root.ts'
import { type Hash, ZERO_HASH } from '../src/types/primitives.ts'
import type { SignedTransaction } from '../src/types/transaction.ts'
import { signingHash } from '../src/types/transaction-codec.ts'
import { timeMs } from './measure.ts'
import { passiveAddress } from './transfers.ts'

export const BASE_FEE = 1_000_000_000n
export const COINBASE = passiveAddress(2 ** 31)

/** The native call alone, on signatures and hashes made ready. */
export async function timeEcdsaRecover(signed: readonly SignedTransaction[]): Promise<number> {
  const ready = signed.map(({ transaction }) => ({
    hash: signingHash(transaction),
    signature: compactSignature(transaction.r, transaction.s),
    yParity: transaction.yParity,
  }))
  return timeMs(() => {
    for (const { hash, signature, yParity } of ready) recoverPublicKey(hash, signature, yParity)
  })
}

/** What a block of a measured chain executes in. */
export function makeEnvironment(
  evm: ReferenceEvm,
  modules: NativeModules,
  number: number,
  gasLimit: bigint,
): ExecutionEnvironment {
  const block: BlockContext = {
    number,
    timestamp: number,
    coinbase: COINBASE,
    gasLimit,
    baseFeePerGas: BASE_FEE,
    prevRandao: ZERO_HASH,
    blobBaseFee: 1n,
    blockHash: () => ZERO_HASH,
  }
  return {
    evm,
    modules,
    block,
    chainId: BigInt(DEVNET_CHAIN_ID),
    isBaseFeeBurned: false,
    precompiles: new Set(evm.precompileAddresses()),
  }
}

/** A header of block `number` with what `roots` says. */
export function makeHeader(number: number, parentHash: Hash, roots: Partial<Header>): Header {
  return {
    parentHash,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: COINBASE,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    number,
    gasLimit: 0n,
    gasUsed: 0n,
    timestamp: number,
    extraData: new Uint8Array(0),
    mixHash: ZERO_HASH,
    baseFeePerGas: BASE_FEE,
    withdrawalsRoot: EMPTY_TRIE_ROOT,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: EMPTY_REQUESTS_HASH,
    ...roots,
  }
}

/** A block without transactions, as it is stored. */
export function recordOf(header: Header): BlockRecord {
  return {
    hash: headerHash(header),
    header,
    transactions: [],
    transactionHashes: [],
    receipts: [],
    consensusBody: new Uint8Array(0),
    certificate: new Uint8Array(0),
  }
}
