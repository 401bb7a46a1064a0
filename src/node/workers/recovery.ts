/**
 * A recovery worker: secp256k1 senders of transactions, the one thing that costs more than everything else together.
 */

import { parentPort } from 'node:worker_threads'
import { present } from '../../lib/assert.ts'
import { DecodeError } from '../../types/codec.ts'
import type { Address } from '../../types/primitives.ts'
import { decodeTransaction, recoverAuthority, recoverSender } from '../../types/transaction-codec.ts'
import { serveCalls } from './worker-rpc.ts'

export type RecoveryMethods = {
  /** The sender of each transaction (canonical bytes); undefined where nobody signed it. */
  senders(raws: readonly Uint8Array[]): readonly (Address | undefined)[]
  /** The authorities of a type 4 transaction in order. */
  authorities(raw: Uint8Array): readonly (Address | undefined)[]
}

const methods: RecoveryMethods = {
  senders: (raws) => raws.map(senderOf),
  authorities: (raw) => decodeTransaction(raw).authorizationList.map(recoverAuthority),
}

serveCalls(present(parentPort, 'this module runs in a worker thread'), methods)

function senderOf(raw: Uint8Array): Address | undefined {
  try {
    return recoverSender(decodeTransaction(raw))
  } catch (thrown) {
    if (thrown instanceof DecodeError) return undefined
    throw thrown
  }
}
