/**
 * Chooses the transactions of a block: the dearest executable one first, each sender's in nonce order.
 *
 * The choice is made on the finalized head moved forward by the unfinalized ancestors (docs/consensus.md R2). It is an
 * offer: the builder executes and may leave some out. Gas is planned at what is likely to be used, for a plain transfer
 * uses its limit exactly and a call rarely does, so the builder gets enough to fill the block.
 */

import { TRANSACTION_GAS } from '../types/intrinsic-gas.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { PoolEntry } from './entry.ts'
import { Heap } from './heap.ts'
import type { CandidateRequest } from './pool.ts'
import type { AncestorTransaction } from './ports.ts'
import type { SenderQueue } from './sender-queue.ts'

/** Of a call's gas limit, the part that is planned for it. */
const PLANNED_SHARE = 2n

/** A sender's next transaction while a block is being chosen. */
type Cursor = { readonly queue: SenderQueue; entry: PoolEntry; tip: bigint; balanceWei: bigint }

/** What one ancestor block did to one sender. */
type Spent = { nextNonce: number; costWei: bigint }

/** By the list of a block's transactions: it is asked for again and again until the block is final. */
const spentInBlock = new WeakMap<readonly AncestorTransaction[], ReadonlyMap<Address, Spent>>()

export type CandidateSource = {
  readonly queues: ReadonlyMap<Address, SenderQueue>
  readonly entries: ReadonlyMap<Hash, PoolEntry>
}

/** The transactions for a block in the order in which they should run. */
export function chooseCandidates(source: CandidateSource, request: CandidateRequest): PoolEntry[] {
  const spent = spentByAncestors(source.entries, request)
  const cursors: Cursor[] = []
  for (const [sender, queue] of source.queues) {
    const cursor = firstCursor(sender, queue, spentBy(sender, spent), request)
    if (cursor !== undefined) cursors.push(cursor)
  }
  return fill(new Heap(goesFirst, cursors), request)
}

/** True when `chooseCandidates` would find one; stops at the first. */
export function isAnyExecutable(source: CandidateSource, request: CandidateRequest): boolean {
  const spent = spentByAncestors(source.entries, request)
  for (const [sender, queue] of source.queues) {
    const cursor = firstCursor(sender, queue, spentBy(sender, spent), request)
    if (cursor !== undefined && plannedGas(cursor.entry) <= request.gasLimit) return true
  }
  return false
}

function fill(heap: Heap<Cursor>, request: CandidateRequest): PoolEntry[] {
  const chosen: PoolEntry[] = []
  let gasLeft = request.gasLimit
  let bytesLeft = request.maxBytes
  while (gasLeft >= TRANSACTION_GAS) {
    const cursor = heap.peek()
    if (cursor === undefined) break
    const { entry } = cursor
    const gas = plannedGas(entry)
    // What does not fit ends its sender's turn: a later nonce cannot run without it.
    if (gas > gasLeft || entry.raw.length > bytesLeft) {
      heap.pop()
      continue
    }
    chosen.push(entry)
    gasLeft -= gas
    bytesLeft -= entry.raw.length
    cursor.balanceWei -= entry.costWei
    const next = cursor.queue.get(entry.nonce + 1)
    if (next !== undefined && canRun(next, cursor.balanceWei, request.baseFeePerGas)) {
      cursor.entry = next
      cursor.tip = next.tipUnder(request.baseFeePerGas)
      heap.replaceTop(cursor)
    } else {
      heap.pop()
    }
  }
  return chosen
}

function spentByAncestors(
  entries: ReadonlyMap<Hash, PoolEntry>,
  { ancestors }: CandidateRequest,
): ReadonlyMap<Address, Spent>[] {
  return ancestors
    .filter((block) => block.length > 0)
    .map((block) => {
      const known = spentInBlock.get(block)
      if (known !== undefined) return known
      const spent = readBlock(entries, block)
      spentInBlock.set(block, spent)
      return spent
    })
}

function readBlock(
  entries: ReadonlyMap<Hash, PoolEntry>,
  block: readonly AncestorTransaction[],
): ReadonlyMap<Address, Spent> {
  const spent = new Map<Address, Spent>()
  for (const { hash, sender, nonce } of block) {
    const next = Number(nonce) + 1
    const costWei = entries.get(hash)?.costWei ?? 0n
    const known = spent.get(sender)
    if (known === undefined) {
      spent.set(sender, { nextNonce: next, costWei })
    } else {
      known.nextNonce = Math.max(known.nextNonce, next)
      known.costWei += costWei
    }
  }
  return spent
}

/** What all ancestors did to a sender, or undefined when nothing. */
function spentBy(sender: Address, blocks: readonly ReadonlyMap<Address, Spent>[]): Spent | undefined {
  let sum: Spent | undefined
  for (const block of blocks) {
    const spent = block.get(sender)
    if (spent === undefined) continue
    sum = {
      nextNonce: Math.max(sum?.nextNonce ?? 0, spent.nextNonce),
      costWei: (sum?.costWei ?? 0n) + spent.costWei,
    }
  }
  return sum
}

function firstCursor(
  sender: Address,
  queue: SenderQueue,
  spent: Spent | undefined,
  request: CandidateRequest,
): Cursor | undefined {
  if (queue.pendingCount === 0 && spent === undefined) return undefined
  const account = request.accounts?.get(sender)
  if (account?.code === 'contract') return undefined
  const nonce = account === undefined ? Math.max(queue.nonce, spent?.nextNonce ?? 0) : Number(account.nonce)
  const entry = queue.get(nonce)
  if (entry === undefined) return undefined
  const balanceWei = account?.balanceWei ?? queue.account.balanceWei - (spent?.costWei ?? 0n)
  if (!canRun(entry, balanceWei, request.baseFeePerGas)) return undefined
  return { queue, entry, tip: entry.tipUnder(request.baseFeePerGas), balanceWei }
}

function canRun(entry: PoolEntry, balanceWei: bigint, baseFeePerGas: bigint): boolean {
  return entry.maxFeePerGas >= baseFeePerGas && entry.costWei <= balanceWei
}

function plannedGas({ transaction }: PoolEntry): bigint {
  const { gasLimit } = transaction
  if (gasLimit <= TRANSACTION_GAS) return gasLimit
  const planned = gasLimit / PLANNED_SHARE
  return planned > TRANSACTION_GAS ? planned : TRANSACTION_GAS
}

function goesFirst(a: Cursor, b: Cursor): boolean {
  return a.tip === b.tip ? a.entry.sequence < b.entry.sequence : a.tip > b.tip
}
