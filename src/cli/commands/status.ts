/**
 * `sahara status`: asks a running node how it does.
 */

import { Command } from 'commander'
import { CodedError, errorMessage } from '../../lib/errors.ts'
import type { NodeStatus } from '../../node/status.ts'
import { EXIT_OK, EXIT_UNEXPECTED } from '../exit-codes.ts'
import { printLine, printTable } from '../output.ts'

export function statusCommand(): Command {
  return new Command('status')
    .description('ask a running node for its height, peers and speed')
    .option('--url <url>', "the node's metrics address", 'http://127.0.0.1:9100')
    .option('--json', 'print JSON')
    .option('--ready', 'only tell whether the node can serve: code 0 when it can, 1 when not')
    .action(async (flags: { url: string; json?: boolean; ready?: boolean }) => {
      if (flags.ready === true) return askReady(flags.url)
      const status = await fetchStatus(flags.url)
      if (flags.json === true) printLine(JSON.stringify(status))
      else printTable(describe(status))
    })
}

/** The status of the node whose metrics listen at `url`. Throws CodedError NODE_UNREACHABLE. */
export async function fetchStatus(url: string, timeoutMs = 3_000): Promise<NodeStatus> {
  return (await (await ask(url, '/status', timeoutMs)).json()) as NodeStatus
}

async function askReady(url: string): Promise<void> {
  const answer = await ask(url, '/readyz', 3_000)
  printLine((await answer.text()).trim())
  process.exitCode = answer.ok ? EXIT_OK : EXIT_UNEXPECTED
}

async function ask(url: string, path: string, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(new URL(path, url), { signal: AbortSignal.timeout(timeoutMs) })
  } catch (thrown) {
    throw new CodedError({ code: 'NODE_UNREACHABLE', url }, `no node answers at ${url}: ${errorMessage(thrown)}`)
  }
}

function describe(status: NodeStatus): string[][] {
  const ms = (value: number | null) => (value === null ? '-' : `${Math.round(value)} ms`)
  return [
    ['version', status.version],
    ['chain id', String(status.chainId)],
    ['genesis', status.genesisHash],
    ['role', status.isValidator ? 'validator' : 'full node'],
    ['finalized height', String(status.finalizedHeight)],
    ['finalized hash', status.finalizedHash],
    ['epoch, view', `${status.epoch}, ${status.view}`],
    ['synced', status.isSynced ? 'yes' : `no, ${status.behindBlocks} blocks behind`],
    ['peers', String(status.peers)],
    ['block interval', ms(status.blockIntervalMs)],
    ['finality p50 / p99', `${ms(status.finalityP50Ms)} / ${ms(status.finalityP99Ms)}`],
    ['transactions per second', status.transactionsPerSecond.toFixed(1)],
    ['pool', `${status.pooledTransactions} transactions`],
    ['memory', `${Math.round(status.residentBytes / 1e6)} MB`],
  ]
}
