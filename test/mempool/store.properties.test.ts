import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, u64ToBytes } from '../../src/lib/bytes.ts'
import { chooseCandidates } from '../../src/mempool/candidates.ts'
import { PoolEntry } from '../../src/mempool/entry.ts'
import { Heap } from '../../src/mempool/heap.ts'
import { type PoolLimits, PoolStore } from '../../src/mempool/store.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'

const LIMITS: PoolLimits = { transactions: 12, bytes: 2_000, perSender: 8, nonceGap: 4 }
const SENDERS = 4
const BALANCE = 10n ** 9n

type Paid = { readonly fee: number; readonly tip: number; readonly size: number }

type Action =
  | {
      readonly kind: 'add'
      readonly sender: number
      readonly ahead: number
      readonly fee: number
      readonly tip: number
      readonly size: number
    }
  | { readonly kind: 'finalize'; readonly sender: number; readonly count: number; readonly balance: number }
  | { readonly kind: 'baseFee'; readonly fee: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      sender: fc.nat(SENDERS - 1),
      ahead: fc.nat(6),
      fee: fc.integer({ min: 1, max: 40 }),
      tip: fc.integer({ min: 1, max: 40 }),
      size: fc.integer({ min: 100, max: 600 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('finalize' as const),
      sender: fc.nat(SENDERS - 1),
      count: fc.nat(3),
      balance: fc.integer({ min: 0, max: 1_000_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('baseFee' as const), fee: fc.integer({ min: 1, max: 30 }) }) },
)

function addressOf(index: number): Address {
  return `0x${index.toString(16).padStart(40, '0')}` as Address
}

/** Drives a store with actions as the pool does, and keeps what a check may need. */
class Driver {
  readonly store = new PoolStore(LIMITS, 1n)
  readonly accounts = Array.from({ length: SENDERS }, () => ({ nonce: 0n, balanceWei: BALANCE, code: 'none' as const }))
  baseFee = 1n
  sequence = 0

  run(step: Action): void {
    if (step.kind === 'add') this.add(step)
    else if (step.kind === 'finalize') this.finalize(step)
    else {
      this.baseFee = BigInt(step.fee)
      this.store.setBaseFee(this.baseFee)
    }
  }

  private add(step: Action & { kind: 'add' }): void {
    const sender = addressOf(step.sender)
    const account = this.store.queues.get(sender)?.account ?? present(this.accounts[step.sender])
    const entry = entryOf(sender, account.nonce + BigInt(step.ahead), this.sequence++, step)
    if (!this.store.check(entry.transaction, sender, account).ok) return
    const before = [...this.store.entries.keys()]
    const inserted = this.store.insert(entry, account)
    // A refusal changes nothing.
    if (!inserted.ok) expect([...this.store.entries.keys()].sort()).toEqual(before.sort())
  }

  private finalize(step: Action & { kind: 'finalize' }): void {
    const sender = addressOf(step.sender)
    const old = present(this.accounts[step.sender])
    const account = { ...old, nonce: old.nonce + BigInt(step.count), balanceWei: BigInt(step.balance) }
    this.accounts[step.sender] = account
    const { removed } = this.store.advance(sender, account)
    for (const entry of removed) {
      expect(entry.transaction.nonce < account.nonce || entry.costWei > account.balanceWei).toBe(true)
    }
  }
}

/** An entry as admission would make it; only the fields that the store reads matter. */
function entryOf(sender: Address, nonce: bigint, sequence: number, paid: Paid): PoolEntry {
  const transaction = {
    type: 2 as const,
    chainId: 1n,
    nonce,
    gasPrice: undefined,
    maxFeePerGas: BigInt(Math.max(paid.fee, paid.tip)),
    maxPriorityFeePerGas: BigInt(paid.tip),
    gasLimit: 21_000n,
    to: sender,
    value: 0n,
    data: new Uint8Array(0),
    accessList: [],
    authorizationList: [],
    yParity: 0,
    r: 1n,
    s: 1n,
  }
  const hash = `${bytesToHex(u64ToBytes(sequence))}${'0'.repeat(48)}` as Hash
  const raw = new Uint8Array(paid.size)
  return new PoolEntry({ transaction, raw, hash, sender, local: false, addedAtMs: sequence }, sequence, [])
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing')
  return value
}

function expectConsistent({ store, baseFee }: Driver): void {
  let count = 0
  let pending = 0
  let bytes = 0
  for (const [sender, queue] of store.queues) {
    const all = [...queue.pending(), ...queue.queued()]
    expect(queue.size).toBe(all.length)
    expect(queue.size).toBeGreaterThan(0)
    expect(queue.size).toBeLessThanOrEqual(LIMITS.perSender)
    expect(queue.pending().map((one) => one.nonce)).toEqual(queue.pending().map((_, at) => queue.nonce + at))
    expect(queue.spentWei).toBe(all.reduce((sum, one) => sum + one.costWei, 0n))
    expect(queue.tail()).toBe(all.at(-1))
    expect(all.every((one) => one.sender === sender && store.entries.get(one.hash) === one)).toBe(true)
    count += all.length
    pending += queue.pending().length
    bytes += all.reduce((sum, one) => sum + one.raw.length, 0)
  }
  expect({ count, pending, bytes }).toEqual({
    count: store.entries.size,
    pending: store.pendingCount,
    bytes: store.bytes,
  })
  expect(count).toBeLessThanOrEqual(LIMITS.transactions)
  expect(bytes).toBeLessThanOrEqual(LIMITS.bytes)
  expectOrdered(store, baseFee)
}

function expectOrdered(store: PoolStore, baseFeePerGas: bigint): void {
  const chosen = chooseCandidates(store, { baseFeePerGas, gasLimit: 10n ** 9n, maxBytes: 10 ** 9, ancestors: [] })
  const next = new Map<Address, number>()
  for (const entry of chosen) {
    const expected = next.get(entry.sender) ?? store.queues.get(entry.sender)?.nonce
    expect(entry.nonce).toBe(expected)
    next.set(entry.sender, entry.nonce + 1)
    expect(entry.maxFeePerGas >= baseFeePerGas).toBe(true)
  }
  // At each place no sender's next transaction would have paid more than the one chosen.
  const heads = new Map([...store.queues].map(([sender, queue]) => [sender, queue.nonce]))
  for (const entry of chosen) {
    for (const [sender, nonce] of heads) {
      const rival = store.queues.get(sender)?.get(nonce)
      if (rival === undefined || !chosen.includes(rival)) continue
      expect(rival.tipUnder(baseFeePerGas) <= entry.tipUnder(baseFeePerGas)).toBe(true)
    }
    heads.set(entry.sender, entry.nonce + 1)
  }
}

describe('the store under any sequence of transactions, blocks and base fees', () => {
  it('keeps its caps, its counts, each sender’s order and the best paying', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 80 }), (steps) => {
        const driver = new Driver()
        for (const step of steps) {
          driver.run(step)
          expectConsistent(driver)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a full store', () => {
  it('keeps those who pay best, and among equals those who came first', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }), (tips) => {
        const store = new PoolStore({ ...LIMITS, bytes: 10 ** 6 }, 1n)
        const account = { nonce: 0n, balanceWei: BALANCE, code: 'none' as const }
        const entries = tips.map((tip, at) => entryOf(addressOf(at), 0n, at, { fee: 100, tip, size: 100 }))
        for (const entry of entries) store.insert(entry, account)
        const best = entries.toSorted((a, b) => Number(b.maxTipPerGas - a.maxTipPerGas) || a.sequence - b.sequence)
        const kept = [...store.entries.values()].map((one) => one.sequence).sort((a, b) => a - b)
        expect(kept).toEqual(
          best
            .slice(0, LIMITS.transactions)
            .map((one) => one.sequence)
            .sort((a, b) => a - b),
        )
      }),
    )
  })

  it('does not let one dear last transaction shelter cheap ones before it', () => {
    const store = new PoolStore({ ...LIMITS, transactions: 4, bytes: 10 ** 6 }, 1n)
    const account = { nonce: 0n, balanceWei: BALANCE, code: 'none' as const }
    const pay = (tip: number) => ({ fee: 100, tip, size: 100 })
    for (const [nonce, tip] of [1, 1, 90].entries()) {
      store.insert(entryOf(addressOf(1), BigInt(nonce), nonce, pay(tip)), account)
    }
    store.insert(entryOf(addressOf(2), 0n, 10, pay(5)), account)
    store.insert(entryOf(addressOf(3), 0n, 11, pay(5)), account)
    store.insert(entryOf(addressOf(4), 0n, 12, pay(5)), account)
    expect(
      store.queues
        .get(addressOf(1))
        ?.pending()
        .map((one) => one.nonce),
    ).toEqual([0])
  })
})

describe('the heap', () => {
  it('gives everything back in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (start, more) => {
        const heap = new Heap<number>((a, b) => a < b, [...start])
        for (const item of more) heap.push(item)
        const out: number[] = []
        while (heap.size > 0) out.push(present(heap.pop()))
        expect(out).toEqual([...start, ...more].sort((a, b) => a - b))
      }),
    )
  })
})
