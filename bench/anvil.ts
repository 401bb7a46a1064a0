/**
 * Starts Foundry's anvil from npm as the peer of a run, on a port of the system's choice.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Anvil = { readonly url: string; readonly version: string; stop(): Promise<void> }

/** A busy machine with 100,000 accounts in genesis may need a while. */
const START_TIMEOUT_MS = 120_000
const BINARY = fileURLToPath(new URL('../node_modules/.bin/anvil', import.meta.url))

/** What an anvil starts with. */
export type AnvilGenesis = {
  readonly chainId: number
  readonly gasLimit: bigint
  /** Balance in wei of each account. */
  readonly balances: readonly { readonly address: string; readonly balanceWei: bigint }[]
}

/** An anvil that mines only when told to, with the given gas limit and accounts beside its own ten. */
export async function startAnvil({ chainId, gasLimit, balances }: AnvilGenesis): Promise<Anvil> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'sahara-bench-anvil-'))
  const genesis = join(folder, 'genesis.json')
  writeFileSync(genesis, genesisJson({ chainId, gasLimit, balances }))
  const child = spawn(
    BINARY,
    [
      '--port',
      String(port),
      '--chain-id',
      String(chainId),
      '--gas-limit',
      gasLimit.toString(),
      '--no-mining',
      '--init',
      genesis,
      '--silent',
    ],
    { stdio: 'ignore' },
  )
  const url = `http://127.0.0.1:${port}`
  const version = await untilAnswers(url, 'web3_clientVersion', child)
  rmSync(folder, { recursive: true })
  return { url, version, stop: () => stopProcess(child) }
}

/** A genesis file in go-ethereum's format. */
function genesisJson({ chainId, gasLimit, balances }: AnvilGenesis): string {
  const hex = (value: bigint) => `0x${value.toString(16)}`
  return JSON.stringify({
    config: { chainId },
    nonce: '0x0',
    timestamp: '0x0',
    extraData: '0x',
    gasLimit: hex(gasLimit),
    difficulty: '0x0',
    mixHash: `0x${'00'.repeat(32)}`,
    coinbase: `0x${'00'.repeat(20)}`,
    alloc: Object.fromEntries(balances.map(({ address, balanceWei }) => [address, { balance: hex(balanceWei) }])),
  })
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Asks until the process answers; throws when it ends before, and ends it when it stays silent. */
export async function untilAnswers(url: string, method: string, child: ChildProcess): Promise<string> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the process ended with code ${child.exitCode} before it answered`)
    try {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] })
      const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      const answer = (await response.json()) as { result?: unknown }
      if (typeof answer.result === 'string') return answer.result
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await stopProcess(child)
  throw new Error(`no answer from ${url} within ${START_TIMEOUT_MS} ms`)
}

/** Ends a process that this run started, politely first. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(timer)
}
