/**
 * Finds out before anything starts whether every port is free: a named error is better than a node that dies later.
 */

import { createServer } from 'node:net'
import { CodedError } from '../lib/errors.ts'

export type PortInUse = { readonly code: 'PORT_IN_USE'; readonly port: number; readonly what: string }

/** A port that something is going to listen on. */
export type WantedPort = { readonly host: string; readonly port: number; readonly what: string }

/** Throws CodedError PORT_IN_USE that names the first port that something else listens on; port 0 is always free. */
export async function demandFreePorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const { host, port, what } of wanted) {
    if (port === 0 || (await isFree(host, port))) continue
    throw portInUse(port, what)
  }
}

/** The named error for a port that is taken. */
export function portInUse(port: number, what: string): CodedError<PortInUse> {
  const message = `port ${port} (${what}) is in use: stop what listens there, or choose another port`
  return new CodedError({ code: 'PORT_IN_USE', port, what }, message)
}

/** Runs `listen` and gives a taken port its name. */
export async function namingPort<T>(port: number, what: string, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen()
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') throw portInUse(port, what)
    throw thrown
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
