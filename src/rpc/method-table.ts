/**
 * Every method of the public server, by name.
 */

import { assert } from '../lib/assert.ts'
import type { Method } from './method.ts'
import { attributionMethods } from './methods/attribution.ts'
import { attributionBookMethods } from './methods/attribution-books.ts'
import { debugMethods } from './methods/debug.ts'
import { ethBlockMethods } from './methods/eth-blocks.ts'
import { ethCallMethods } from './methods/eth-call.ts'
import { ethClientMethods } from './methods/eth-client.ts'
import { ethFeeMethods } from './methods/eth-fees.ts'
import { ethFilterMethods } from './methods/eth-filters.ts'
import { ethStateMethods } from './methods/eth-state.ts'
import { ethSubmitMethods } from './methods/eth-submit.ts'
import { ethTransactionMethods } from './methods/eth-transactions.ts'
import { netMethods } from './methods/net.ts'
import { rpcMethods } from './methods/rpc.ts'
import { saharaMethods } from './methods/sahara.ts'
import { txpoolMethods } from './methods/txpool.ts'
import { web3Methods } from './methods/web3.ts'
import type { Services } from './services.ts'

export type MethodTable = ReadonlyMap<string, Method>

/** The table over one node's services. */
export function createMethodTable(services: Services): MethodTable {
  const groups = [
    web3Methods,
    netMethods,
    ethClientMethods,
    ethBlockMethods,
    ethTransactionMethods,
    ethStateMethods,
    ethCallMethods,
    ethFeeMethods,
    ethFilterMethods,
    ethSubmitMethods,
    txpoolMethods,
    debugMethods,
    saharaMethods,
    attributionMethods,
    attributionBookMethods,
  ]
  const methods = groups.flatMap((group) => group(services))
  const all = [...methods, ...rpcMethods(methods.map((method) => method.name))]
  const table = new Map(all.map((method) => [method.name, method]))
  assert(table.size === all.length, 'every method is defined once')
  return table
}
