/**
 * eth_*: sending signed transactions, and filling in what an unsigned one lacks.
 */

import { MAX_SYNC_SEND_TIMEOUT_MS, MAX_SYNC_SENDS, SYNC_SEND_TIMEOUT_MS } from '../../lib/limits.ts'
import type { Hash } from '../../types/primitives.ts'
import { LATEST } from '../block-parameter.ts'
import { callArguments } from '../call-arguments.ts'
import { limitExceeded, notFinalInTime, serverError } from '../errors.ts'
import { fillTransaction } from '../fill-transaction.ts'
import { HexSyntaxError, parseQuantity } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { BadArgument, type Codec, data, optional, required } from '../params.ts'
import type { RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'
import { contextOf, estimateGas } from './eth-call.ts'
import { transactionReceipt } from './eth-transactions.ts'

/** Milliseconds as a number or a quantity. */
const milliseconds: Codec<number> = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  try {
    if (typeof value === 'string') return Number(parseQuantity(value, 64))
  } catch (thrown) {
    if (!(thrown instanceof HexSyntaxError)) throw thrown
  }
  throw new BadArgument('expected milliseconds, as a number or a hexadecimal quantity')
}

export function ethSubmitMethods(services: Services): Method[] {
  const { ports } = services
  const waiting = { count: 0 }
  return [
    defineMethod({
      name: 'eth_sendRawTransaction',
      params: [required('transaction', data)],
      isOverlapping: true,
      run: (_context, raw) => send(ports, raw),
    }),
    defineMethod({
      name: 'eth_sendRawTransactionSync',
      params: [required('transaction', data), optional('timeout', milliseconds, SYNC_SEND_TIMEOUT_MS)],
      isOverlapping: true,
      run: async (_context, raw, timeoutMs) => {
        if (waiting.count >= MAX_SYNC_SENDS) throw limitExceeded('too many transactions are waited for')
        waiting.count++
        try {
          return await sendAndWait(ports, raw, Math.min(timeoutMs || SYNC_SEND_TIMEOUT_MS, MAX_SYNC_SEND_TIMEOUT_MS))
        } finally {
          waiting.count--
        }
      },
    }),
    defineMethod({
      name: 'eth_fillTransaction',
      params: [required('transaction', callArguments)],
      cost: COST.call,
      run: (_context, args) =>
        fillTransaction(services, args, (request) =>
          estimateGas(ports, request, contextOf(ports, LATEST, true, undefined, undefined)),
        ),
    }),
  ]
}

async function send(ports: RpcPorts, raw: Uint8Array): Promise<Hash> {
  const admitted = await ports.pool.add(raw, 'local')
  if (!admitted.ok) throw serverError(admitted.error.message)
  return admitted.value.hash
}

/** EIP-7966: sends and answers with the receipt as soon as the transaction is final. */
async function sendAndWait(ports: RpcPorts, raw: Uint8Array, timeoutMs: number): Promise<object> {
  const seen = new Set<Hash>()
  let sent: Hash | undefined
  let finish: (() => void) | undefined
  // Listening starts before sending: the block that includes it may come first.
  const stop = ports.events.onHead((head) => {
    for (const hash of head.transactionHashes) if (sent === undefined) seen.add(hash)
    if (sent !== undefined && head.transactionHashes.includes(sent)) finish?.()
  })
  try {
    sent = await send(ports, raw)
    if (!seen.has(sent)) await settled(timeoutMs, (resolve) => (finish = resolve))
    const receipt = await transactionReceipt(ports, sent)
    if (receipt === null) throw notFinalInTime(sent, timeoutMs)
    return receipt
  } finally {
    stop()
  }
}

/** Resolves when `start`'s callback is called or the time is over. */
function settled(timeoutMs: number, start: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    // A node that is told to stop does not wait for its callers.
    const timer = setTimeout(resolve, timeoutMs).unref()
    start(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
