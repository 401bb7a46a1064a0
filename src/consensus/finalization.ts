/**
 * Finalization: a finalized view makes its block and all its ancestors final, in order, once they are executed
 * (docs/consensus.md 2.4, 2.9 P4). Assertion A4: heights are contiguous and each block is the parent of the next.
 */

import type { BlockSummary } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import type { Hash } from '../types/primitives.ts'
import { forget } from './blocks.ts'
import { needBlock, sourcesOf } from './certificates.ts'
import { closingHeight } from './execution-status.ts'
import { dropOldRounds, retentionFloor } from './rounds.ts'
import type { ConsensusState } from './state.ts'
import { emit, persistLazily, setTimer, stop, type Turn } from './turn.ts'

/** Finalizes what the best finalization covers, if all of it is executed. */
export function finalizationRule(turn: Turn): void {
  const { state } = turn
  const certificate = state.bestFinalization
  if (certificate === null || certificate.subject.blockHash === state.finalized.hash) return
  const chain = chainTo(turn, certificate)
  if (chain === null || state.mode === 'recovering') return
  const { view } = certificate.subject
  for (const block of chain) {
    const { height, hash } = block
    persistLazily(turn, view, { type: 'finalized', epoch: state.epoch, view, height, hash })
  }
  emit(turn, { type: 'finalize', epoch: state.epoch, view, blocks: chain, certificate })
  acceptHead(turn, chain[chain.length - 1] as BlockSummary)
}

/** The blocks above the finalized head up to the certificate's, ascending; null while some are missing. */
function chainTo(turn: Turn, certificate: Certificate): BlockSummary[] | null {
  const { state } = turn
  const chain: BlockSummary[] = []
  let hash = certificate.subject.blockHash
  while (hash !== state.finalized.hash) {
    const entry = state.blocks.get(hash)
    if (entry?.execution === 'failed') {
      stop(turn, certificate.subject.view, 'STATE_DIVERGED', `finalized block ${hash} failed here`)
      return null
    }
    if (entry === undefined || entry.execution !== 'ok') {
      needBlock(state, certificate.subject.blockHash, certificate.subject.view, sourcesOf(state, certificate))
      return null
    }
    if (entry.summary.height <= state.finalized.height) {
      stop(turn, certificate.subject.view, 'FINALIZED_FORK', `${hash} beside ${state.finalized.hash}`)
      return null
    }
    chain.push(entry.summary)
    hash = entry.summary.parentHash
  }
  chain.reverse()
  const isContiguous = chain.every((block, index) => block.height === state.finalized.height + 1 + index)
  if (isContiguous) return chain
  stop(turn, certificate.subject.view, 'FINALIZED_FORK', `heights above ${state.finalized.height} have a gap`)
  return null
}

/** Makes `head` the finalized head: drops what it outdates, and ends the epoch's voting if it closes the epoch. */
export function acceptHead(turn: Turn, head: BlockSummary): void {
  const { state } = turn
  state.finalized = head
  state.finalizedAtMs = turn.nowMs
  forget(turn, dropDeadBlocks(state))
  dropOldRounds(state)
  emit(turn, {
    type: 'prune',
    epoch: state.epoch,
    view: Math.max(1, retentionFloor(state)),
    dropsEarlierEpochs: state.keepsEarlierEpoch,
  })
  state.keepsEarlierEpoch = false
  state.isDirty = true
  if (head.height >= closingHeight(state)) endVoting(turn)
}

/** Removes the finalized blocks, and those of finalized views that are on no live branch. */
function dropDeadBlocks(state: ConsensusState): Hash[] {
  const dead: Hash[] = []
  // Block sync may stop below the best finalization: what lies between is still to become final.
  const isAtBest = state.bestFinalization === null || state.bestFinalization.subject.blockHash === state.finalized.hash
  for (const [hash, entry] of state.blocks) {
    const { height, view } = entry.summary
    if (height > state.finalized.height && (view > state.lastFinalized || !isAtBest)) continue
    state.blocks.delete(hash)
    dead.push(hash)
  }
  for (const hash of dead) {
    state.needed.delete(hash)
    state.wanted.delete(hash)
  }
  // Whatever is needed or wanted for a view that finality has passed can only be a dead branch.
  for (const [hash, need] of state.needed) if (need.view <= state.lastFinalized) state.needed.delete(hash)
  for (const [hash, wanted] of state.wanted) if (wanted.view <= state.lastFinalized) state.wanted.delete(hash)
  return dead
}

function endVoting(turn: Turn): void {
  turn.state.mode = 'closing'
  for (const name of ['leader', 'certification', 'retry', 'resolve', 'build', 'clock'] as const)
    setTimer(turn, name, null)
}
