/**
 * rpc_*: which namespaces this server answers.
 */

import { defineMethod, type Method } from '../method.ts'

const VERSION = '1.0'

/** `names` are all other methods of the server. */
export function rpcMethods(names: readonly string[]): Method[] {
  const namespaces = new Set([...names.map((name) => name.split('_')[0] as string), 'rpc'])
  const modules = Object.fromEntries([...namespaces].sort().map((namespace) => [namespace, VERSION]))
  return [defineMethod({ name: 'rpc_modules', params: [], run: () => modules })]
}
