/**
 * What the pool's tests share: funded senders, signed transactions, an account table and a pool over them.
 */

import { addressFromPrivateKey } from '../../src/crypto/secp256k1.ts'
import { bigintToBytes32 } from '../../src/lib/bytes.ts'
import type { Clock } from '../../src/lib/clock.ts'
import type { Result } from '../../src/lib/result.ts'
import { Mempool, type MempoolOptions } from '../../src/mempool/mempool.ts'
import type { PooledTransaction } from '../../src/mempool/pool.ts'
import type { AccountReader, FinalizedHead, PoolAccount, SenderRecovery } from '../../src/mempool/ports.ts'
import type { Refusal } from '../../src/mempool/refusal.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import type { Address } from '../../src/types/primitives.ts'
import type { SignedTransaction } from '../../src/types/transaction.ts'
import {
  decodeTransaction,
  recoverAuthority,
  recoverSender,
  signTransaction,
  type UnsignedTransaction,
} from '../../src/types/transaction-codec.ts'

export const CHAIN_ID = 534_100n
export const GWEI = 10n ** 9n
export const ETHER = 10n ** 18n
export const RECIPIENT = '0x00000000000000000000000000000000000000aa' as Address

export type TestSender = { readonly key: Uint8Array; readonly address: Address }

/** The sender number `index`, always the same. */
export function sender(index: number): TestSender {
  const key = bigintToBytes32(BigInt(index) + 1n)
  return { key, address: addressFromPrivateKey(key) }
}

/** A signed plain transfer with the given fields changed. */
export function transfer(from: TestSender, nonce: number | bigint, change: Partial<UnsignedTransaction> = {}) {
  const unsigned: UnsignedTransaction = {
    type: 2,
    chainId: CHAIN_ID,
    nonce: BigInt(nonce),
    gasPrice: undefined,
    maxFeePerGas: 10n * GWEI,
    maxPriorityFeePerGas: GWEI,
    gasLimit: 21_000n,
    to: RECIPIENT,
    value: 1n,
    data: new Uint8Array(0),
    accessList: [],
    authorizationList: [],
    ...change,
  }
  return signTransaction(unsigned, from.key)
}

/** A transfer that pays `tip` gwei a gas above the base fee of one gwei. */
export function tipped(from: TestSender, nonce: number, tipGwei: bigint): SignedTransaction {
  return transfer(from, nonce, { maxFeePerGas: tipGwei * GWEI + GWEI, maxPriorityFeePerGas: tipGwei * GWEI })
}

/** Accounts at the finalized head; whoever is not set has nothing. */
export class AccountTable implements AccountReader {
  private readonly accounts = new Map<Address, PoolAccount>()

  account(address: Address): PoolAccount {
    return this.accounts.get(address) ?? { nonce: 0n, balanceWei: 0n, code: 'none' }
  }

  set(address: Address, change: Partial<PoolAccount>): PoolAccount {
    const account = { ...this.account(address), ...change }
    this.accounts.set(address, account)
    return account
  }
}

/** Recovery on this thread, with counts of what was asked. */
export class CountingRecovery implements SenderRecovery {
  recovered = 0
  batches = 0

  async senders(raws: readonly Uint8Array[]): Promise<readonly (Address | undefined)[]> {
    this.batches++
    this.recovered += raws.length
    return raws.map((raw) => recoverSender(decodeTransaction(raw)))
  }

  async authorities(raw: Uint8Array): Promise<readonly (Address | undefined)[]> {
    return decodeTransaction(raw).authorizationList.map(recoverAuthority)
  }
}

export class TestClock implements Clock {
  time = 1_000_000

  nowMs(): number {
    return this.time
  }

  monotonicMs(): number {
    return this.time
  }
}

/** A pool at base fee 1 gwei in which the first ten senders hold 100 ether. */
export function createPool(change: Partial<MempoolOptions> = {}) {
  const accounts = new AccountTable()
  const recovery = new CountingRecovery()
  const clock = new TestClock()
  for (let i = 0; i < 10; i++) accounts.set(sender(i).address, { balanceWei: 100n * ETHER })
  const pool = new Mempool({
    accounts,
    recovery,
    clock,
    log: silentLogger,
    head: { nextBaseFeePerGas: GWEI, gasLimit: 30_000_000n },
    chainId: CHAIN_ID,
    minBaseFeePerGas: GWEI,
    minTipPerGas: 1n,
    ...change,
  })
  return { pool, accounts, recovery, clock }
}

export const REQUEST = { baseFeePerGas: GWEI, gasLimit: 30_000_000n, maxBytes: 1_000_000, ancestors: [] }

/** A new head at base fee 1 gwei. */
export function head(change: Partial<FinalizedHead>): FinalizedHead {
  return {
    nextBaseFeePerGas: GWEI,
    gasLimit: 30_000_000n,
    transactionHashes: [],
    changedAccounts: new Map(),
    ...change,
  }
}

/** The message of a refusal, or `admitted`. */
export function outcome(result: Result<PooledTransaction, Refusal>): string {
  return result.ok ? 'admitted' : result.error.message
}
