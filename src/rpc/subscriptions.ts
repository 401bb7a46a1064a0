/**
 * What eth_subscribe can deliver: newHeads, logs, newPendingTransactions and syncing. One event is turned into text once
 * for all subscribers of the same kind where that is cheap to share.
 */

import type { SignedTransaction } from '../types/transaction.ts'
import { headerJson } from './encode/block-json.ts'
import { transactionJson } from './encode/transaction-json.ts'
import { invalidParams, unknownSubscription } from './errors.ts'
import { ANY_LOG, bloomTest, type LogFilter, logFilter } from './log-filter.ts'
import { appendMatches } from './log-query.ts'
import { syncingJson } from './methods/eth-client.ts'
import { BadArgument, boolean, type Codec } from './params.ts'
import type { NewHead, Unsubscribe } from './ports.ts'
import type { Services } from './services.ts'

/** Starts delivery to `notify`, which takes a result's JSON; returns how to stop. */
export type SubscriptionSource = (notify: (resultJson: string) => void) => Unsubscribe

/** The source that a name and its options mean. Throws RpcError for an unknown name or bad options. */
export function subscriptionSource(services: Services, name: string, options: unknown): SubscriptionSource {
  switch (name) {
    case 'newHeads':
      return newHeads(services)
    case 'logs':
      return newLogs(services, parseOption(options, logFilter, ANY_LOG))
    case 'newPendingTransactions':
      return newPendingTransactions(services, parseOption(options, boolean, false))
    case 'syncing':
      return syncing(services)
    default:
      throw unknownSubscription(name)
  }
}

const headTexts = new WeakMap<NewHead, string>()
const transactionTexts = new WeakMap<SignedTransaction, string>()

function newHeads({ ports }: Services): SubscriptionSource {
  return (notify) =>
    ports.events.onHead((head) => {
      let text = headTexts.get(head)
      if (text === undefined) {
        text = JSON.stringify(headerJson(head.hash, head.header))
        headTexts.set(head, text)
      }
      notify(text)
    })
}

function newLogs({ ports }: Services, filter: LogFilter): SubscriptionSource {
  const mayMatch = bloomTest(filter, ports.keccak256)
  return (notify) =>
    ports.events.onHead((head) => {
      if (!mayMatch(head.header.logsBloom)) return
      const found: object[] = []
      appendMatches(filter, head, head.receipts, (i) => head.transactionHashes[i] ?? head.hash, found)
      for (const log of found) notify(JSON.stringify(log))
    })
}

function newPendingTransactions({ ports }: Services, isFull: boolean): SubscriptionSource {
  return (notify) => ports.pool.onPending((signed) => notify(isFull ? transactionText(signed) : `"${signed.hash}"`))
}

function transactionText(signed: SignedTransaction): string {
  let text = transactionTexts.get(signed)
  if (text === undefined) {
    text = JSON.stringify(transactionJson(signed, undefined))
    transactionTexts.set(signed, text)
  }
  return text
}

function syncing({ ports }: Services): SubscriptionSource {
  return (notify) =>
    ports.events.onSyncing((isSyncing) => {
      const progress = ports.sync.progress()
      notify(JSON.stringify(isSyncing ? { syncing: true, status: syncingJson(progress) } : false))
    })
}

function parseOption<T>(options: unknown, codec: Codec<T>, fallback: T): T {
  if (options === undefined || options === null) return fallback
  try {
    return codec(options)
  } catch (thrown) {
    if (thrown instanceof BadArgument) throw invalidParams(`invalid argument 1: ${thrown.message}`)
    throw thrown
  }
}
