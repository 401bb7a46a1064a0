/**
 * web3_*: the client's name and its hash function.
 */

import { defineMethod, type Method } from '../method.ts'
import { data, required } from '../params.ts'
import type { Services } from '../services.ts'

export function web3Methods({ ports }: Services): Method[] {
  return [
    defineMethod({ name: 'web3_clientVersion', params: [], run: () => ports.facts.clientVersion }),
    defineMethod({
      name: 'web3_sha3',
      params: [required('data', data)],
      run: (_context, bytes) => ports.keccak256(bytes),
    }),
  ]
}
