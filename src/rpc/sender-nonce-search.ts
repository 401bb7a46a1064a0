/**
 * Finds a final transaction by sender and nonce without an index: the account's nonce only grows, so a binary search over
 * the states that are kept finds the block in which it passed the number.
 */

import type { Address } from '../types/primitives.ts'
import type { SignedTransaction } from '../types/transaction.ts'
import type { HashedHeader, RpcPorts } from './ports.ts'

export type FoundTransaction = {
  readonly signed: SignedTransaction
  readonly block: HashedHeader
  readonly index: number
}

/** The transaction, or undefined when there is none or its block is older than the states that are kept. */
export async function findBySenderAndNonce(
  ports: RpcPorts,
  sender: Address,
  nonce: bigint,
): Promise<FoundTransaction | undefined> {
  const head = ports.chain.head().header.number
  if (!(await isUsedAt(ports, sender, nonce, head))) return undefined
  const number = await firstBlockThatUsed(ports, sender, nonce, await oldestState(ports, sender), head)
  const block = ports.chain.header(number)
  const transactions = await ports.chain.transactions(number)
  const index = transactions?.findIndex((one) => one.sender === sender && one.transaction.nonce === nonce) ?? -1
  const signed = transactions?.[index]
  return signed === undefined || block === undefined ? undefined : { signed, block, index }
}

/** Some state in (oldest, newest] is the first after which the nonce is used; a pruned one is passed over. */
async function firstBlockThatUsed(
  ports: RpcPorts,
  sender: Address,
  nonce: bigint,
  oldest: number,
  newest: number,
): Promise<number> {
  let low = oldest
  let high = newest
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await isUsedAt(ports, sender, nonce, middle)) high = middle
    else low = middle + 1
  }
  return high
}

async function oldestState(ports: RpcPorts, sender: Address): Promise<number> {
  const answer = await ports.state.nonce(sender, 0)
  return answer.ok ? 0 : answer.error.oldestBlock
}

/** False for a state that has been pruned meanwhile: the search then ends at a block that is still there. */
async function isUsedAt(ports: RpcPorts, sender: Address, nonce: bigint, number: number): Promise<boolean> {
  const answer = await ports.state.nonce(sender, number)
  return answer.ok && answer.value > nonce
}
