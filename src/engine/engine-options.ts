/**
 * What an engine is made of: its chain, its parameters and its ports.
 */

import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { SealedBlock } from '../types/block.ts'
import type { ChainIdentity } from '../types/sign-bytes.ts'
import type {
  ExecutionPort,
  LoggedRecord,
  LogPort,
  MempoolPort,
  NetworkPort,
  StorePort,
  SyncPort,
  TimersPort,
  ValidatorsPort,
} from './ports.ts'
import type { Signer } from './signer.ts'

/** The chain's timing; the chainspec's ConsensusRules are of this shape. */
export type EngineTiming = {
  readonly epochLengthBlocks: number
  readonly minBlockIntervalMs: number
  readonly idleIntervalMs: number
  readonly leaderTimeoutMs: number
  readonly retryIntervalMs: number
  readonly skipTimeoutMs: number
}

export type EngineOptions = {
  readonly chain: ChainIdentity
  readonly timing: EngineTiming
  /** Null for a full node: it imports what others finalize and never votes. */
  readonly signer: Signer | null
  readonly execution: ExecutionPort
  readonly store: StorePort
  readonly validators: ValidatorsPort
  readonly network: NetworkPort
  readonly mempool: MempoolPort
  readonly sync: SyncPort
  readonly timers: TimersPort
  readonly clock: Clock
  /** The write-ahead log, open for appending. */
  readonly wal: LogPort
  /** What the log held when it was opened, in file order. Read once, by `start`. */
  readonly recovered: Iterable<LoggedRecord> | AsyncIterable<LoggedRecord>
  /** Keeps evidence across restarts: another log. */
  readonly evidenceLog: LogPort
  readonly recoveredEvidence: Iterable<LoggedRecord> | AsyncIterable<LoggedRecord>
  readonly log: Logger
  readonly metrics: Metrics
  readonly events: EngineEvents
}

/** What the node hears from the engine. Must not throw. */
export type EngineEvents = {
  /** Durably final; once for each block, ascending. */
  onFinalized(block: SealedBlock, certificate: Uint8Array | null): void
  /** The epoch opened: the network's allow-list follows its set. */
  onEpoch(epoch: number): void
  /** The engine has stopped for good; the process is to exit. `error` has a `code` in its detail where it is a CodedError. */
  onStop(error: Error): void
}

/** Where the engine stands, for status, heartbeat and RPC. */
export type EngineStatus = {
  readonly epoch: number
  readonly view: number
  readonly finalizedHeight: number
  readonly finalizedHash: SealedBlock['hash']
  /** Encoded newest finalization, or empty. */
  readonly bestCertificate: Uint8Array
}
