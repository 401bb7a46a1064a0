/**
 * A node that goes away: hands JSON-RPC on to a real one until a method was asked a number of times, then closes the
 * connection of whoever asks it again.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type FailingProxy = { readonly url: string; stop(): void }

/** Hands on everything but calls of `method` beyond the first `calls`. */
export async function startFailingProxy(target: string, method: string, calls: number): Promise<FailingProxy> {
  let seen = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += piece
    if (JSON.parse(body).method === method && ++seen > calls) return void request.socket.destroy()
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    response.end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
