/**
 * A chain of one validator in this process, on ports that the system chooses, with its data in a temporary folder.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { present } from '../../src/lib/assert.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { loadConfig } from '../../src/node/config/load-config.ts'
import { startNode } from '../../src/node/node.ts'
import { createTestnet, writeConfigs } from '../../src/node/testnet/create.ts'
import { silentLogger } from '../../src/telemetry/log.ts'

export type SingleNode = { readonly url: string; readonly wsUrl: string; stop(): Promise<void> }

/** Creates and starts it; the development accounts are funded. */
export async function startSingleNode(): Promise<SingleNode> {
  const folder = mkdtempSync(join(tmpdir(), 'sahara-single-'))
  const record = await createTestnet(folder, {
    network: 'devnet',
    validators: 1,
    fullNodes: 0,
    genesisTimeMs: systemClock.nowMs(),
    minBlockIntervalMs: undefined,
    fundedAccounts: 0,
  })
  const host = '127.0.0.1'
  writeConfigs(folder, record, [{ listenHost: host, publicHost: host, ports: { rpc: 0, p2p: 0, metrics: 0 } }])
  const config = loadConfig({
    configPath: join(folder, 'validator-0', 'config.json'),
    environment: {},
    flags: { 'metrics.enabled': false },
  })
  const node = await startNode({ config, clock: systemClock, log: silentLogger })
  const port = present(node.ports.rpc, 'the RPC is enabled')
  return {
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}`,
    stop: async () => {
      await node.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
