/**
 * From the database and the log to a core that can start (docs/consensus.md 2.9, Recovery): the database says what is final,
 * the log's records go through the core's own transitions, and blocks of the log are executed anew.
 */

import type { ConsensusConfig } from '../consensus/config.ts'
import { DEFAULT_STATUS_INTERVAL_MS } from '../consensus/config.ts'
import { epochOfNextBlock, openState } from '../consensus/open-state.ts'
import { buildSchedule } from '../consensus/schedule.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { step } from '../consensus/step.ts'
import { keccak256 } from '../crypto/keccak.ts'
import { present } from '../lib/assert.ts'
import { RETAINED_VIEWS } from '../lib/limits.ts'
import type { SealedBlock } from '../types/block.ts'
import { summarize } from '../types/block-summary.ts'
import { DecodeError } from '../types/codec.ts'
import { decodeCertificate, hashJustification } from '../types/consensus-codec.ts'
import type { BlockCache } from './block-cache.ts'
import { EngineError } from './engine-errors.ts'
import type { EngineOptions } from './engine-options.ts'
import type { LogPruner } from './log-pruner.ts'
import type { FinalizedHead, LoggedRecord } from './ports.ts'
import { decodeRecord, roundOfPayload } from './wal-codec.ts'

/** The core's parameters for this chain and key. */
export function consensusConfig(options: EngineOptions): ConsensusConfig {
  const { timing, signer } = options
  return {
    ownKey: signer === null ? null : signer.publicKey,
    epochLength: timing.epochLengthBlocks,
    minBlockIntervalMs: timing.minBlockIntervalMs,
    idleIntervalMs: timing.idleIntervalMs,
    leaderTimeoutMs: timing.leaderTimeoutMs,
    retryIntervalMs: timing.retryIntervalMs,
    skipTimeoutMs: timing.skipTimeoutMs,
    statusIntervalMs: DEFAULT_STATUS_INTERVAL_MS,
    hashJustification,
    scheduleOf: (set, mixHash) => buildSchedule(set, mixHash, keccak256),
  }
}

/** A core that stands on the finalized head; records are still to be fed. */
export async function openCore(options: EngineOptions, head: FinalizedHead): Promise<ConsensusState> {
  const { timing, validators, store, clock } = options
  const height = head.block.header.number
  const epoch = epochOfNextBlock(height, timing.epochLengthBlocks)
  const anchorHeight = epoch * timing.epochLengthBlocks
  const anchor: SealedBlock =
    anchorHeight === height
      ? head.block
      : present(await store.blockByHeight(anchorHeight), 'the anchor of the live epoch is stored')
  const anchorBytes = anchorHeight === height ? head.certificate : await store.finalization(anchorHeight)
  const opening = {
    set: validators.setOf(epoch),
    anchor: summarize(anchor),
    mixHash: anchor.header.mixHash,
    anchorCertificate: anchorBytes === undefined || anchorBytes.length === 0 ? null : decodeCertificate(anchorBytes),
    head: summarize(head.block),
  }
  const state = openState(consensusConfig(options), opening, clock.nowMs())
  if (head.certificate.length > 0) {
    const certificate = decodeCertificate(head.certificate)
    step(state, { type: 'recovered', record: { type: 'certificate', certificate } }, clock.nowMs())
  }
  return state
}

/** Feeds the log's records of the live epoch; returns how many counted. */
export async function replayLog(
  options: EngineOptions,
  state: ConsensusState,
  blocks: BlockCache,
  pruner: LogPruner,
): Promise<number> {
  const floor = state.lastFinalized - RETAINED_VIEWS
  let count = 0
  for await (const logged of options.recovered) {
    const round = readable(logged, () => roundOfPayload(logged.payload))
    pruner.note(logged.segment, round)
    if (round.epoch !== state.epoch || round.view < floor) continue
    const { record, block } = readable(logged, () => decodeRecord(logged))
    // A block that is final already is in the database.
    if (block !== null && block.header.number > state.finalized.height) blocks.add(block)
    step(state, { type: 'recovered', record }, options.clock.nowMs())
    count++
  }
  return count
}

/** The log's checksums hold, so bytes that do not decode were written by another version. */
function readable<T>({ type, segment }: LoggedRecord, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new EngineError(
      { code: 'LOG_UNREADABLE', type, segment },
      `segment ${segment} of the log holds a record of type ${type} that this version cannot read; ` +
        'run the version that wrote it, or delete the log of a stopped node and keep the signer’s folder',
      { cause },
    )
  }
}
