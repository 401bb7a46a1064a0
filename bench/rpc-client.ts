/**
 * A JSON-RPC client for load: bodies are made before the clock starts, connections are kept alive and bounded.
 */

import { Agent, request } from 'node:http'

export type Answer = { readonly result?: unknown; readonly error?: { readonly code: number; readonly message: string } }

export class RpcClient {
  private readonly url: URL
  private readonly agent: Agent

  constructor(url: string, connections: number) {
    this.url = new URL(url)
    this.agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Sends one body as it is and returns the answer's text. */
  post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const sent = request(this.url, { method: 'POST', agent: this.agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = JSON.parse(await this.post(callBody(method, params))) as Answer
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`)
    return answer.result
  }

  /** Sends all batches over the connections; throws at the first item that was refused. */
  async postBatches(bodies: readonly string[]): Promise<void> {
    const answers = await Promise.all(bodies.map((body) => this.post(body)))
    for (const text of answers) {
      for (const answer of JSON.parse(text) as Answer[]) {
        if (answer.error !== undefined) throw new Error(`a transaction was refused: ${answer.error.message}`)
      }
    }
  }

  close(): void {
    this.agent.destroy()
  }
}

/** Bodies of batches of `size` submissions each. */
export function submissionBatches(raws: readonly string[], size: number): string[] {
  const bodies: string[] = []
  for (let from = 0; from < raws.length; from += size) {
    const items = raws
      .slice(from, from + size)
      .map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] }))
    bodies.push(JSON.stringify(items))
  }
  return bodies
}

function callBody(method: string, params: readonly unknown[]): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
}
