/**
 * Rule V3: a proposal carries, in canonical order, the certificate of exactly its parent (none when that is the anchor) and
 * the nullification of every view between, and its subject commits to them. Signatures were verified before.
 */

import type { Hash } from '../types/primitives.ts'
import { FINALIZE, NOTARIZE, NULLIFY } from '../types/vote.ts'
import type { ProposalMessage } from './messages.ts'
import type { ConsensusState } from './state.ts'

/**
 * Whether the leader's signature covers everything that came with it. Only the vote in a proposal is signed: whoever has it can
 * send it on with other certificates, with another block or without one, and that is the sender's fault, never the leader's.
 */
export function isAsSigned(state: ConsensusState, { block, justification, leaderVote }: ProposalMessage): boolean {
  const { subject } = leaderVote
  if (state.config.hashJustification(justification) !== subject.justHash) return false
  const isReproposal = subject.parentView > 0 && justification[0]?.subject.blockHash === subject.blockHash
  return block === null ? isReproposal : !isReproposal && block.hash === subject.blockHash
}

/** Whether the proposal is justified; that the justification is the one signed was checked before. */
export function isJustified(state: ConsensusState, message: ProposalMessage): boolean {
  const { subject } = message.leaderVote
  const { justification } = message
  if (subject.parentView >= subject.view) return false
  const skipped = subject.view - subject.parentView - 1
  const hasParentCertificate = subject.parentView > 0
  if (justification.length !== skipped + (hasParentCertificate ? 1 : 0)) return false
  if (hasParentCertificate && !certifiesParent(state, message)) return false
  if (!hasParentCertificate && proposedParentHash(message) !== state.anchor.hash) return false
  const first = hasParentCertificate ? 1 : 0
  for (let i = first; i < justification.length; i++) {
    const nullified = justification[i]?.subject
    if (nullified?.kind !== NULLIFY || nullified.epoch !== state.epoch) return false
    if (nullified.view !== subject.parentView + 1 + i - first) return false
  }
  return true
}

/** The hash that the proposal builds on; a re-proposal builds on the very block that it names. */
export function proposedParentHash(message: ProposalMessage): Hash {
  return message.block === null ? message.leaderVote.subject.blockHash : message.block.parentHash
}

function certifiesParent(state: ConsensusState, message: ProposalMessage): boolean {
  const parent = message.justification[0]?.subject
  if (parent === undefined || (parent.kind !== NOTARIZE && parent.kind !== FINALIZE)) return false
  return (
    parent.epoch === state.epoch &&
    parent.view === message.leaderVote.subject.parentView &&
    parent.blockHash === proposedParentHash(message)
  )
}
