/**
 * Epochs (docs/consensus.md 2.10): the closing block, once final, is view 0 of the next epoch, whose validators it committed
 * to. What comes early is kept, a bounded few per peer; who is late is sent the closing block's finalization.
 */

import { MAX_EARLY_MESSAGES_PER_PEER } from '../lib/limits.ts'
import type { EpochOpenedInput, MessageInput } from './input.ts'
import { type ConsensusMessage, epochOfMessage, type PeerName } from './messages.ts'
import { indexPeers } from './open-state.ts'
import { recordOf } from './peers.ts'
import type { ConsensusState } from './state.ts'
import { noteAhead } from './status.ts'
import { emit, persistSynced, type Turn } from './turn.ts'

/** Views of the next epoch that are worth keeping. */
const EARLY_VIEWS = 2
/** A late peer is answered at most this often. */
const ANSWER_INTERVAL_MS = 500

/** A message of an earlier epoch: its sender has not seen the closing block final. */
export function lateMessage(turn: Turn, from: PeerName, message: ConsensusMessage): void {
  const { state, nowMs } = turn
  const record = recordOf(turn, from)
  if (record === null || nowMs - record.answeredAtMs < ANSWER_INTERVAL_MS) return
  record.answeredAtMs = nowMs
  const closedEpoch = epochOfMessage(message)
  emit(turn, { type: 'sendClosing', epoch: state.epoch, view: state.current, to: from, closedEpoch })
}

/** A message of a later epoch: kept if it is of the next one's first views. */
export function earlyMessage(turn: Turn, input: MessageInput): void {
  const { state } = turn
  const { from, message } = input
  if (message.type === 'status') noteAhead(turn, from, message.finalizedHeight)
  if (!isEarly(state, message)) return
  const key = `${from} ${earlyPlace(message)}`
  if (state.earlyMessages.has(key)) return
  if (state.earlyMessages.size >= MAX_EARLY_MESSAGES_PER_PEER * state.set.validators.length) return
  state.earlyMessages.set(key, input)
}

/** Whether the message is one of the next epoch's that are worth keeping until it opens. */
export function isEarly(state: ConsensusState, message: ConsensusMessage): boolean {
  if (epochOfMessage(message) !== state.epoch + 1 || earlyPlace(message) === null) return false
  // So early a view skips no more than the one before it: longer justifications would only fill our memory.
  return message.type !== 'proposal' || message.justification.length < EARLY_VIEWS
}

/** One place per kind of message, kind of vote and view. */
function earlyPlace(message: ConsensusMessage): string | null {
  const subject = earlySubject(message)
  if (subject === null || subject.view < 1 || subject.view > EARLY_VIEWS) return null
  return `${message.type} ${subject.kind} ${subject.view}`
}

function earlySubject(message: ConsensusMessage): { readonly kind: number; readonly view: number } | null {
  if (message.type === 'proposal') return message.leaderVote.subject
  if (message.type === 'vote') return message.vote.subject
  return message.type === 'certificate' ? message.certificate.subject : null
}

/** Starts the next epoch on its anchor; the caller enters view 1. False when the epoch is not news. */
export function openEpoch(turn: Turn, input: EpochOpenedInput): boolean {
  const { state } = turn
  if (input.set.epoch <= state.epoch) return false
  replaceEpoch(state, input)
  if (input.anchor.height > state.finalized.height) state.finalized = input.anchor
  state.finalizedAtMs = turn.nowMs
  persistSynced(turn, 0, { type: 'epochStart', epoch: state.epoch, anchorHash: input.anchor.hash })
  returnEarlyMessages(turn)
  return true
}

function replaceEpoch(state: ConsensusState, input: EpochOpenedInput): void {
  const { set, anchor } = input
  state.epoch = set.epoch
  state.set = set
  state.schedule = state.config.scheduleOf(set, input.mixHash)
  state.selfIndex = set.validators.findIndex((validator) => validator.blsPublicKey === state.config.ownKey)
  state.indexByPeer = indexPeers(set)
  state.anchor = anchor
  state.anchorCertificate = input.anchorCertificate
  state.current = 0
  state.reachable = 1
  state.lastFinalized = 0
  state.bestFinalization = null
  state.signedView = 0
  state.signedStep = 0
  state.keepsEarlierEpoch = true
  state.rounds.clear()
  state.blocks.clear()
  state.needed.clear()
  state.wanted.clear()
  for (const peer of state.peers.keys()) if (!state.indexByPeer.has(peer)) state.peers.delete(peer)
  if (state.mode === 'closing') state.mode = 'running'
}

function returnEarlyMessages(turn: Turn): void {
  const { state } = turn
  const inputs = [...state.earlyMessages.values()].filter((one) => epochOfMessage(one.message) === state.epoch)
  state.earlyMessages.clear()
  if (inputs.length > 0) emit(turn, { type: 'reverify', epoch: state.epoch, view: 0, inputs })
}
