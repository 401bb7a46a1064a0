/**
 * Every option of a node in one table: the JSON file, the SAHARA_* environment, the flags of `start` and their help are
 * derived from it, so they cannot disagree.
 *
 * An option `rpc.port` is {"rpc": {"port": …}} in the file, SAHARA_RPC_PORT in the environment and --rpc.port as a flag;
 * `dataDir` is SAHARA_DATA_DIR and --data-dir.
 */

import { FULL_HISTORY_BLOCKS, PRUNED_HISTORY_BLOCKS } from '../../lib/limits.ts'
import { RATE_LIMIT_PATTERN } from '../../rpc/rate-limit.ts'
import { LOG_LEVELS } from '../../telemetry/log.ts'

type Common<Kind extends string, Value> = { readonly kind: Kind; readonly help: string; readonly initial: Value }
export type IntegerOption = Common<'integer', number> & { readonly minimum: number; readonly maximum: number }
export type FlagOption = Common<'flag', boolean>
export type TextOption = Common<'text', string> & { readonly pattern: RegExp; readonly accepted: string }
/** Relative to the config file's folder when it is written there, else to the working directory; empty means none. */
export type PathOption = Common<'path', string>
export type ListOption = Common<'list', readonly string[]> & { readonly pattern: RegExp; readonly accepted: string }
export type Option = IntegerOption | FlagOption | TextOption | PathOption | ListOption

const HOST = { pattern: /^[0-9a-zA-Z.:-]+$/, accepted: 'an address to listen on, as 127.0.0.1 or 0.0.0.0' } as const
const PORT = { minimum: 0, maximum: 65_535 } as const

const integer = (initial: number, range: { minimum: number; maximum: number }, help: string): IntegerOption => ({
  kind: 'integer',
  initial,
  ...range,
  help,
})
const flag = (initial: boolean, help: string): FlagOption => ({ kind: 'flag', initial, help })
const path = (initial: string, help: string): PathOption => ({ kind: 'path', initial, help })
const text = (initial: string, rule: { pattern: RegExp; accepted: string }, help: string): TextOption => ({
  kind: 'text',
  initial,
  ...rule,
  help,
})
const list = (initial: readonly string[], rule: { pattern: RegExp; accepted: string }, help: string): ListOption => ({
  kind: 'list',
  initial,
  ...rule,
  help,
})
const choice = (initial: string, words: readonly string[], help: string): TextOption =>
  text(initial, { pattern: new RegExp(`^(${words.join('|')})$`), accepted: `one of ${words.join(', ')}` }, help)

export const OPTIONS = {
  dataDir: path('./sahara', "the node's folder: config, genesis, keys, chain data and signer state"),
  genesis: path('', 'the genesis file; genesis.json in the data folder when empty'),
  nodeKey: path('', "the ed25519 key of the node's peer id; keys/node.key in the data folder when empty"),
  'validator.enabled': flag(false, 'propose and vote with the validator key'),
  'validator.keystore': path('', 'the BLS keystore (EIP-2335); keys/validator.json in the data folder when empty'),
  'validator.passwordFile': path('', "the keystore's password; keys/validator.password in the data folder when empty"),
  acceptReexecution: flag(false, 'go on after STATE_DIVERGED: execute the block anew that a quorum finalized'),
  'signer.allowEmptyState': flag(false, 'start a validator whose signer has no state: only for a key that never voted'),
  'rpc.enabled': flag(true, 'serve JSON-RPC over HTTP and WebSocket'),
  'rpc.host': text('127.0.0.1', HOST, 'where JSON-RPC listens'),
  'rpc.port': integer(8545, PORT, 'port of JSON-RPC, HTTP and WebSocket; 0 lets the system choose'),
  'rpc.corsDomains': list(
    ['*'],
    { pattern: /^\S+$/, accepted: 'origins, or *' },
    'origins that browsers may call from',
  ),
  'rpc.vhosts': list(
    ['localhost', '127.0.0.1', '[::1]'],
    { pattern: /^\S+$/, accepted: 'host names, or *' },
    'names that a request may call this host',
  ),
  'rpc.logRangeBlocks': integer(
    10_000,
    { minimum: 1, maximum: 10_000_000 },
    'most blocks that one eth_getLogs may span',
  ),
  'rpc.rateLimit': text(
    'auto',
    { pattern: RATE_LIMIT_PATTERN, accepted: 'auto, off, or TOKENS/TOKENS_PER_SECOND, as 2000/500' },
    'what each client address may spend; auto limits a listener that other machines reach',
  ),
  'rpc.callTimeoutMs': integer(5_000, { minimum: 1, maximum: 600_000 }, 'milliseconds that one eth_call may run'),
  'p2p.host': text('127.0.0.1', HOST, 'where peers connect to'),
  'p2p.port': integer(30_300, PORT, 'port for peers; 0 lets the system choose'),
  'p2p.bootstrap': list(
    [],
    {
      pattern: /^\/(ip4|ip6|dns|dns4|dns6)\/\S+\/p2p\/\S+$/,
      accepted: 'multiaddresses, /ip4/HOST/tcp/PORT/p2p/PEER_ID',
    },
    'peers to connect to first',
  ),
  'p2p.announce': list(
    [],
    { pattern: /^\/\S+$/, accepted: 'multiaddresses, /ip4/HOST/tcp/PORT' },
    'addresses to tell peers in place of the ones listened on',
  ),
  'p2p.maxPeers': integer(64, { minimum: 1, maximum: 1_000 }, 'most connections to peers'),
  'metrics.enabled': flag(true, 'serve /metrics, /livez and /readyz'),
  'metrics.host': text('127.0.0.1', HOST, 'where metrics and health checks listen'),
  'metrics.port': integer(9100, PORT, 'port of metrics and health checks; 0 lets the system choose'),
  'log.level': choice('info', LOG_LEVELS, 'how much to log'),
  'log.format': choice('pretty', ['pretty', 'json'], 'for people or for machines'),
  'mempool.minTipWei': integer(
    0,
    { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    'least tip per gas that the pool takes, in wei',
  ),
  'state.history': choice(
    'full',
    ['pruned', 'full', 'archive'],
    'whose states stay queryable: the least, the last state.historyBlocks, or all',
  ),
  'state.historyBlocks': integer(
    FULL_HISTORY_BLOCKS,
    { minimum: PRUNED_HISTORY_BLOCKS, maximum: 1_000_000_000 },
    'blocks whose states a full node keeps',
  ),
  'leafFiles.serve': flag(false, 'keep and serve leaf files of contributor batches: everything in them is public'),
  'leafFiles.maxMegabytes': integer(
    1_024,
    { minimum: 1, maximum: 1_000_000 },
    'most megabytes of leaf files and their indexes on disk',
  ),
  'workers.read': integer(1, { minimum: 1, maximum: 16 }, 'threads for eth_call, estimates, traces and proofs'),
  'workers.recovery': integer(1, { minimum: 1, maximum: 16 }, 'threads that recover senders of transactions'),
} as const satisfies Readonly<Record<string, Option>>

export type OptionName = keyof typeof OPTIONS

type Widen<V> = V extends boolean ? boolean : V extends number ? number : V extends string ? string : readonly string[]
/** A node's settings by option name. */
export type NodeConfig = { readonly [Name in OptionName]: Widen<(typeof OPTIONS)[Name]['initial']> }

export const OPTION_NAMES = Object.keys(OPTIONS) as readonly OptionName[]

/** `signer.allowEmptyState` as `--signer.allow-empty-state`. */
export function flagName(name: OptionName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `signer.allowEmptyState` as `SAHARA_SIGNER_ALLOW_EMPTY_STATE`. */
export function environmentName(name: OptionName): string {
  return `SAHARA_${name
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .replaceAll('.', '_')
    .toUpperCase()}`
}

/** What the option accepts, for refusals and help. */
export function acceptedBy(option: Option): string {
  switch (option.kind) {
    case 'integer':
      return `an integer from ${option.minimum} to ${option.maximum}`
    case 'flag':
      return 'true or false'
    case 'path':
      return 'a path'
    default:
      return option.accepted
  }
}
