/**
 * What the devnet shows: the table that a wallet needs, then one live line.
 */

import { WEI_PER_SAHARA } from '../../chainspec/allocations.ts'
import { DEV_ACCOUNTS } from '../../chainspec/dev-accounts.ts'
import { DEV_ACCOUNT_BALANCE_WEI, DEVNET_CHAIN_ID } from '../../chainspec/networks.ts'
import { keccak256Hash } from '../../crypto/keccak.ts'
import type { NodeStatus } from '../../node/status.ts'
import { checksumAddress } from '../../rpc/checksum.ts'
import { printLine, printTable } from '../output.ts'
import type { ValidatorProcess } from './validator-process.ts'

/** Some terminals do not tell how wide they are. */
const UNKNOWN_WIDTH = 160

/** Everything that a person needs to use the network. */
export function printNetworkTable(validators: readonly ValidatorProcess[], folder: string): void {
  const rpcUrl = validators[0]?.rpcUrl ?? ''
  printLine()
  printLine('MetaMask: Settings > Networks > Add a network manually')
  printTable([
    ['  Network name', 'Sahara devnet'],
    ['  RPC URL', rpcUrl],
    ['  Chain ID', String(DEVNET_CHAIN_ID)],
    ['  Currency symbol', 'SAHARA'],
    ['  WebSocket', rpcUrl.replace('http', 'ws')],
  ])
  printLine()
  printLine(
    `Accounts, each with ${DEV_ACCOUNT_BALANCE_WEI / WEI_PER_SAHARA} SAHARA (their keys are public: never use them elsewhere)`,
  )
  printTable(
    DEV_ACCOUNTS.map(({ address, privateKey }, i) => [`  ${i}`, checksumAddress(address, keccak256Hash), privateKey]),
  )
  printLine()
  printTable([
    ['  Validator', 'RPC', 'p2p', 'metrics', 'process', 'log'],
    ...validators.map((one) => [
      `  ${one.node.name}`,
      one.rpcUrl,
      String(one.ports.p2p),
      `http://127.0.0.1:${one.ports.metrics}/metrics`,
      String(one.pid ?? '-'),
      one.logPath,
    ]),
  ])
  printLine()
  printLine(
    `Data in ${folder}. Ctrl-C stops all validators; starting again resumes the chain; --fresh begins a new one.`,
  )
  printLine()
}

/** One line that says how the network does. Statuses of validators that do not answer are undefined. */
export function liveLine(statuses: readonly (NodeStatus | undefined)[]): string {
  const alive = statuses.filter((one) => one !== undefined)
  const highest = Math.max(0, ...alive.map((one) => one.finalizedHeight))
  const lowest = Math.min(highest, ...alive.map((one) => one.finalizedHeight))
  const first = alive[0]
  const parts = [
    `height ${highest}`,
    `finalized ${lowest}${lowest === highest ? '' : ` to ${highest}`}`,
    `interval ${milliseconds(mean(alive.map((one) => one.blockIntervalMs)))}`,
    `finality p50 ${milliseconds(mean(alive.map((one) => one.finalityP50Ms)))} p99 ${milliseconds(mean(alive.map((one) => one.finalityP99Ms)))}`,
    `${(first?.transactionsPerSecond ?? 0).toFixed(1)} tx/s`,
    `peers ${alive.map((one) => one.peers).join('/') || '-'}`,
    ...(alive.length < statuses.length ? [`${statuses.length - alive.length} of ${statuses.length} down`] : []),
  ]
  return parts.join('  ')
}

/** Shows the line: rewritten in place on a terminal, one a call elsewhere. */
export function showLiveLine(line: string): void {
  if (process.stdout.isTTY === true) {
    process.stdout.write(`\r\u001b[2K${line.slice(0, (process.stdout.columns || UNKNOWN_WIDTH) - 1)}`)
  } else printLine(line)
}

/** Ends a rewritten line, so that what follows starts on its own. */
export function endLiveLine(): void {
  if (process.stdout.isTTY === true) process.stdout.write('\n')
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

function milliseconds(value: number | null): string {
  return value === null ? '-' : `${Math.round(value)} ms`
}
