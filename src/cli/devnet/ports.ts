/**
 * Finds out before anything starts whether every port is free: a named error is better than a node that dies later.
 */

import { createServer } from 'node:net'
import { CodedError } from '../../lib/errors.ts'

export type PortInUse = { readonly code: 'PORT_IN_USE'; readonly port: number; readonly what: string }

/** Throws CodedError PORT_IN_USE that names the first port that something else listens on. */
export async function demandFreePorts(
  ports: readonly { readonly port: number; readonly what: string }[],
): Promise<void> {
  for (const { port, what } of ports) {
    if (await isFree(port)) continue
    throw new CodedError<PortInUse>(
      { code: 'PORT_IN_USE', port, what },
      `port ${port} (${what}) is in use: stop what listens there, or give another --port-base`,
    )
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
