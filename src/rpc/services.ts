/**
 * What the methods share: the node's ports and the parts of the RPC that live longer than a request.
 */

import type { Clock } from '../lib/clock.ts'
import { FeeOracle } from './fee-oracle.ts'
import { FilterRegistry } from './filters.ts'
import { LogQuery } from './log-query.ts'
import type { RpcPorts } from './ports.ts'

export type Services = {
  readonly ports: RpcPorts
  readonly clock: Clock
  readonly fees: FeeOracle
  readonly logs: LogQuery
  readonly filters: FilterRegistry
}

/** `maxLogRangeBlocks` bounds one eth_getLogs. */
export function createServices(ports: RpcPorts, clock: Clock, maxLogRangeBlocks: number): Services {
  const logs = new LogQuery(ports, clock, maxLogRangeBlocks)
  return { ports, clock, fees: new FeeOracle(ports), logs, filters: new FilterRegistry(ports, logs, clock) }
}
