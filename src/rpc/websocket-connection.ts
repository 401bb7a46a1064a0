/**
 * One WebSocket client: its requests, its subscriptions, and when it is dropped: more than it may send at once pauses
 * reading, more than it can read ends the connection with the reason.
 */

import type { RawData, WebSocket } from 'ws'
import { MAX_RPC_BACKLOG_BYTES, MAX_RPC_IN_FLIGHT, MAX_RPC_SUBSCRIPTIONS } from '../lib/limits.ts'
import type { Dispatcher } from './dispatcher.ts'
import { limitExceeded } from './errors.ts'
import { randomFilterId } from './filters.ts'
import { errorText, notificationText } from './json-rpc.ts'
import type { Subscriber } from './method.ts'
import type { Unsubscribe } from './ports.ts'
import { clientKey, type RateLimit } from './rate-limit.ts'

/** Close code of RFC 6455: try again later. */
const CLOSE_TRY_LATER = 1013

/** `early` holds what happened before the caller was told the subscription's id. */
type Subscription = { readonly stop: Unsubscribe; early: string[] | undefined }

export class WebSocketConnection {
  private readonly socket: WebSocket
  private readonly dispatcher: Dispatcher
  private readonly rateLimit: RateLimit | undefined
  private readonly client: string
  private readonly subscriptions = new Map<string, Subscription>()
  /** Characters held back in all subscriptions together. */
  private heldBack = 0
  private inFlight = 0
  private isAlive = true

  constructor(socket: WebSocket, dispatcher: Dispatcher, rateLimit: RateLimit | undefined, remoteAddress: string) {
    this.socket = socket
    this.dispatcher = dispatcher
    this.rateLimit = rateLimit
    this.client = clientKey(remoteAddress)
  }

  /** Starts listening; `onClose` is called once when the connection is over. */
  open(onClose: () => void): void {
    this.socket.on('message', (data) => void this.receive(data))
    this.socket.on('pong', () => {
      this.isAlive = true
    })
    // A broken frame or a reset: the close event follows and cleans up.
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.endSubscriptions()
      onClose()
    })
  }

  /** Asks whether the client is still there; drops it when the last question was not answered. */
  ping(): void {
    if (this.isAlive) {
      this.isAlive = false
      this.socket.ping()
    } else this.socket.terminate()
  }

  /** Says goodbye to the client. */
  close(code: number, reason: string): void {
    this.socket.close(code, reason)
  }

  /** What one message subscribes to; `fresh` gathers the ids, which are told with the answer to the message. */
  private subscriberOf(fresh: string[]): Subscriber {
    return {
      subscribe: (start) => {
        // A message may still run when its client is gone: nobody would ever end what it subscribes to.
        const isGone = this.socket.readyState !== this.socket.OPEN
        if (isGone || this.subscriptions.size >= MAX_RPC_SUBSCRIPTIONS) return undefined
        const id = randomFilterId()
        const stop = start((resultJson) => this.notify(id, resultJson))
        this.subscriptions.set(id, { stop, early: [] })
        fresh.push(id)
        return id
      },
      unsubscribe: (id) => {
        this.subscriptions.get(id)?.stop()
        return this.subscriptions.delete(id)
      },
    }
  }

  /** Text and binary frames alike, as in geth: some libraries (web3.py) send their JSON as bytes. */
  private async receive(data: RawData): Promise<void> {
    const text = data.toString()
    if (!this.pay(this.dispatcher.costOfLength(text.length))) return
    const parsed = this.dispatcher.parse(text)
    if (!this.pay(parsed.cost)) return
    this.inFlight++
    if (this.inFlight >= MAX_RPC_IN_FLIGHT) this.socket.pause()
    const fresh: string[] = []
    const answer = await this.dispatcher.run(parsed, { subscriber: this.subscriberOf(fresh) })
    this.inFlight--
    if (this.inFlight < MAX_RPC_IN_FLIGHT && this.socket.isPaused) this.socket.resume()
    if (answer !== undefined) this.send(answer)
    for (const id of fresh) this.releaseEarly(id)
  }

  /** Spends tokens of the rate limit; tells the client to wait when there are too few. */
  private pay(cost: number): boolean {
    const waitSeconds = this.rateLimit?.spend(this.client, cost) ?? 0
    if (waitSeconds === 0) return true
    this.send(errorText('null', limitExceeded(`too many requests, retry in ${waitSeconds} s`)))
    return false
  }

  private notify(id: string, resultJson: string): void {
    const subscription = this.subscriptions.get(id)
    if (subscription === undefined) return
    if (subscription.early === undefined) this.send(notificationText(id, resultJson))
    else {
      subscription.early.push(resultJson)
      this.heldBack += resultJson.length
      if (this.heldBack > MAX_RPC_BACKLOG_BYTES) this.drop(this.heldBack)
    }
  }

  /** Delivers what a new subscription held back until its id was sent. */
  private releaseEarly(id: string): void {
    const subscription = this.subscriptions.get(id)
    const early = subscription?.early ?? []
    if (subscription !== undefined) subscription.early = undefined
    for (const resultJson of early) {
      this.heldBack -= resultJson.length
      this.send(notificationText(id, resultJson))
    }
  }

  private send(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return
    const waiting = this.socket.bufferedAmount
    if (waiting <= MAX_RPC_BACKLOG_BYTES) {
      this.socket.send(text)
      return
    }
    this.drop(waiting)
  }

  private drop(waitingBytes: number): void {
    this.endSubscriptions()
    this.close(CLOSE_TRY_LATER, `slow consumer: ${waitingBytes} bytes are waiting`)
  }

  private endSubscriptions(): void {
    for (const { stop } of this.subscriptions.values()) stop()
    this.subscriptions.clear()
  }
}
