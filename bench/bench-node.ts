/**
 * One validator of the `bench` network as a process of its own: 500 million gas a block, durable writes, many accounts.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestnet, writeConfigs } from '../src/node/testnet/create.ts'
import { freePort, stopProcess, untilAnswers } from './anvil.ts'

export type BenchNode = { readonly url: string; readonly pid: number; stop(): Promise<void> }

const ENTRY = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
/** Blocks follow each other as soon as there is something to include. */
const MIN_BLOCK_INTERVAL_MS = 20

/** Creates a one-validator network in a temporary folder, starts it and waits until it answers. */
export async function startBenchNode(fundedAccounts: number): Promise<BenchNode> {
  const folder = mkdtempSync(join(tmpdir(), 'sahara-bench-'))
  const record = await createTestnet(folder, {
    network: 'bench',
    validators: 1,
    fullNodes: 0,
    genesisTimeMs: Date.now(),
    minBlockIntervalMs: MIN_BLOCK_INTERVAL_MS,
    fundedAccounts,
  })
  const ports = { rpc: await freePort(), p2p: await freePort(), metrics: await freePort() }
  writeConfigs(folder, record, [{ listenHost: '127.0.0.1', publicHost: '127.0.0.1', ports }])
  const config = join(folder, 'validator-0', 'config.json')
  const flags = ['--signer.allow-empty-state', '--log.level', 'warn', '--workers.recovery', '2']
  const child = spawn(process.execPath, [ENTRY, 'start', '--config', config, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const url = `http://127.0.0.1:${ports.rpc}`
  await untilAnswers(url, 'eth_chainId', child)
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      await stopProcess(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
