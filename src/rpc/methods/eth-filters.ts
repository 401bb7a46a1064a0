/**
 * eth_*: logs, installed filters, and subscriptions of WebSocket connections.
 */

import { limitExceeded, notificationsUnsupported, subscriptionNotFound } from '../errors.ts'
import { logFilter } from '../log-filter.ts'
import { COST, defineMethod, type Method, type RequestContext, type Subscriber } from '../method.ts'
import { boolean, type Codec, optional, required, text } from '../params.ts'
import type { Services } from '../services.ts'
import { subscriptionSource } from '../subscriptions.ts'

const anything: Codec<unknown> = (value) => value

export function ethFilterMethods(services: Services): Method[] {
  const { logs, filters } = services
  const id = required('filter', text)
  return [
    defineMethod({
      name: 'eth_getLogs',
      params: [required('filter', logFilter)],
      cost: COST.logs,
      run: (_context, filter) => logs.find(filter),
    }),
    defineMethod({
      name: 'eth_newFilter',
      params: [required('filter', logFilter)],
      run: (_context, filter) => filters.installLogs(filter),
    }),
    defineMethod({ name: 'eth_newBlockFilter', params: [], run: () => filters.installBlocks() }),
    defineMethod({
      name: 'eth_newPendingTransactionFilter',
      params: [optional('full transactions', boolean, false)],
      run: (_context, isFull) => filters.installPending(isFull),
    }),
    defineMethod({
      name: 'eth_getFilterChanges',
      params: [id],
      run: (_context, filter) => filters.changes(filter),
    }),
    defineMethod({
      name: 'eth_getFilterLogs',
      params: [id],
      cost: COST.logs,
      run: (_context, filter) => filters.allLogs(filter),
    }),
    defineMethod({
      name: 'eth_uninstallFilter',
      params: [id],
      run: (_context, filter) => filters.uninstall(filter),
    }),
    defineMethod({
      name: 'eth_subscribe',
      params: [required('subscription', text), optional('options', anything, undefined)],
      run: (context, name, options) => {
        const subscription = demandSubscriber(context).subscribe(subscriptionSource(services, name, options))
        if (subscription === undefined) throw limitExceeded('too many subscriptions on this connection')
        return subscription
      },
    }),
    defineMethod({
      name: 'eth_unsubscribe',
      params: [required('subscription', text)],
      run: (context, subscription) => {
        if (!demandSubscriber(context).unsubscribe(subscription)) throw subscriptionNotFound()
        return true
      },
    }),
  ]
}

function demandSubscriber(context: RequestContext): Subscriber {
  if (context.subscriber === undefined) throw notificationsUnsupported()
  return context.subscriber
}
