/**
 * A chain in memory for tests of execution: a devnet genesis, signed transactions, and blocks built one after another.
 */

import type { ChainSpec } from '../../src/chainspec/chain-spec.ts'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { buildNetwork } from '../../src/chainspec/networks.ts'
import { BlockRules } from '../../src/execution/block-rules.ts'
import { ChainExecutor, type ChainExecutorOptions } from '../../src/execution/chain-executor.ts'
import type { BuildOutcome, BuildRequest, Candidate } from '../../src/execution/chain-types.ts'
import { present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { BlockStore } from '../../src/storage/block-store.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { blockTimestampMs, type SealedBlock } from '../../src/types/block.ts'
import type { Address } from '../../src/types/primitives.ts'
import type { SignedTransaction } from '../../src/types/transaction.ts'
import { signTransaction, type UnsignedTransaction } from '../../src/types/transaction-codec.ts'

export const GENESIS_TIME_MS = 1_700_000_000_000
export const GWEI = 1_000_000_000n

/** A clock that a test moves. */
export class ManualClock implements Clock {
  now = 0

  nowMs(): number {
    return GENESIS_TIME_MS + this.now
  }

  monotonicMs(): number {
    return this.now
  }
}

/** A clock on which so many milliseconds pass whenever somebody looks. */
export class TickingClock extends ManualClock {
  private readonly stepMs: number

  constructor(stepMs: number) {
    super()
    this.stepMs = stepMs
  }

  override monotonicMs(): number {
    this.now += this.stepMs
    return this.now
  }
}

export function testSpec(): ChainSpec {
  const validator = {
    blsPublicKey: `0x${'aa'.repeat(48)}` as const,
    peerId: 'peer',
    operator: account(9).address,
    feeAddress: account(9).address,
    power: 1,
    proofOfPossession: `0x${'bb'.repeat(96)}` as const,
  }
  return buildNetwork('devnet', { validators: [validator], genesisTimeMs: GENESIS_TIME_MS })
}

export type TestAccount = { readonly address: Address; readonly key: Uint8Array }

/** A funded account of the devnet. */
export function account(index: number): TestAccount {
  const { address, privateKey } = present(DEV_ACCOUNTS[index], 'there are ten development accounts')
  return { address, key: hexToBytes(privateKey) }
}

/** A signed type 2 transaction with fees that always suffice; `fields` override. */
export function signed(from: TestAccount, nonce: number, fields: Partial<UnsignedTransaction> = {}): SignedTransaction {
  const unsigned: UnsignedTransaction = {
    type: 2,
    chainId: 534_100n,
    nonce: BigInt(nonce),
    gasPrice: undefined,
    maxFeePerGas: 10n * GWEI,
    maxPriorityFeePerGas: GWEI,
    gasLimit: 21_000n,
    to: account(1).address,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
    authorizationList: [],
    ...fields,
  }
  return signTransaction(unsigned, from.key)
}

export function candidate(one: SignedTransaction): Candidate {
  return { raw: one.raw, hash: one.hash, sender: one.sender }
}

/** Creation code that returns `runtime` (at most 32 bytes). */
export function deploying(runtime: string): Uint8Array {
  const length = runtime.length / 2
  const hex = (value: number): string => value.toString(16).padStart(2, '0')
  return hexToBytes(`0x${hex(0x5f + length)}${runtime}5f5260${hex(length)}60${hex(32 - length)}f3`)
}

export type TestChain = {
  readonly executor: ChainExecutor
  readonly spec: ChainSpec
  readonly kv: MemoryKv
  readonly blocks: BlockStore
  readonly clock: ManualClock
}

export async function openChain(
  options: Partial<ChainExecutorOptions> & { readonly kv?: MemoryKv } = {},
): Promise<TestChain> {
  const kv = options.kv ?? new MemoryKv()
  const blocks = new BlockStore(kv)
  const clock = new ManualClock()
  const spec = options.spec ?? testSpec()
  const executor = await ChainExecutor.open({ historyBlocks: 64, clock, ...options, spec, kv, blocks })
  return { executor, spec, kv, blocks, clock }
}

/** What a leader asks for on top of `parent`. */
export function requestOn(
  spec: ChainSpec,
  parent: SealedBlock,
  transactions: readonly SignedTransaction[] = [],
  overrides: Partial<BuildRequest> = {},
): BuildRequest {
  const rules = new BlockRules(spec)
  const number = parent.header.number + 1
  return {
    parentHash: parent.hash,
    epoch: rules.epochOf(number),
    view: number,
    parentView: number - 1,
    timestampMs: blockTimestampMs(parent) + 250,
    randaoReveal: new Uint8Array(96).fill(number % 256),
    parentCert: number === 1 ? new Uint8Array(0) : new Uint8Array([number % 256]),
    evidence: [],
    validatorsHash: rules.validatorsHashOf(0),
    nextValidatorsHash: rules.nextValidatorsHash(number),
    candidates: transactions.map(candidate),
    ...overrides,
  }
}

/** Builds on `parent` and demands that it worked. */
export async function build(
  chain: TestChain,
  parent: SealedBlock,
  transactions: readonly SignedTransaction[] = [],
  overrides: Partial<BuildRequest> = {},
): Promise<BuildOutcome> {
  const built = await chain.executor.build(requestOn(chain.spec, parent, transactions, overrides))
  if (!built.ok) throw new Error(`not built: ${built.error.code}`)
  return built.value
}

/** Builds, finalizes and returns the block. */
export async function advance(chain: TestChain, transactions: readonly SignedTransaction[] = []): Promise<SealedBlock> {
  const { block, dropped } = await build(chain, chain.executor.head().block, transactions)
  if (dropped.length > 0) throw new Error(`dropped: ${dropped.map((one) => one.reason).join('; ')}`)
  const finalized = await chain.executor.finalize(block.hash, Uint8Array.of(1))
  if (!finalized.ok) throw new Error(`not finalized: ${finalized.error.code}`)
  return block
}

/** Every key and value of the store as text, to compare whole databases. */
export async function dump(kv: MemoryKv): Promise<string[]> {
  const entries: string[] = []
  for await (const { key, value } of kv.range({ start: new Uint8Array(0), end: new Uint8Array([0xff, 0xff]) })) {
    entries.push(`${bytesToHex(key)}=${bytesToHex(value)}`)
  }
  return entries
}
