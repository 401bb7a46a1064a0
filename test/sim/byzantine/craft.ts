/**
 * Tools of the Byzantine roles: votes with their own key, blocks and proposals of their own making.
 */

import type { ConsensusMessage, ProposalMessage } from '../../../src/consensus/messages.ts'
import type { BlockSummary } from '../../../src/types/block-summary.ts'
import type { Certificate } from '../../../src/types/certificate.ts'
import { NOTARIZE, type Subject } from '../../../src/types/vote.ts'
import { hashJustification } from '../ledger.ts'
import type { SimNode } from '../node.ts'

/** Our vote on anything, guard or no guard. */
export function voteFor(node: SimNode, subject: Subject): ConsensusMessage {
  return { type: 'vote', vote: node.world.ledger.sign(subject, node.state.selfIndex, false) }
}

export type Draft = {
  readonly view: number
  readonly parentView: number
  readonly parent: BlockSummary
  readonly justification: readonly Certificate[]
  readonly changes?: Partial<Omit<BlockSummary, 'hash'>>
  readonly isMalformed?: boolean
  readonly isFalse?: boolean
}

/** A signed proposal of a new block. */
export function craftProposal(node: SimNode, draft: Draft): ProposalMessage {
  const { ledger, plan } = node.world
  const { view, parentView, parent, justification } = draft
  const { epoch } = node.state
  const timestampMs = Math.max(node.nowMs, parent.timestampMs + plan.minBlockIntervalMs)
  const plain = { parentHash: parent.hash, height: parent.height + 1, epoch, view, parentView, timestampMs }
  const block = ledger.addBlock({ ...plain, ...draft.changes }, draft.isMalformed, draft.isFalse)
  return signProposal(node, block, view, parentView, justification)
}

export function signProposal(
  node: SimNode,
  block: BlockSummary,
  view: number,
  parentView: number,
  justification: readonly Certificate[],
): ProposalMessage {
  const subject: Subject = {
    kind: NOTARIZE,
    epoch: node.state.epoch,
    view,
    parentView,
    blockHash: block.hash,
    justHash: hashJustification(justification),
  }
  const leaderVote = node.world.ledger.sign(subject, node.state.selfIndex, false)
  return { type: 'proposal', block, justification, leaderVote }
}

/** The parent that an honest proposal builds on. */
export function parentOf(node: SimNode, proposal: ProposalMessage): BlockSummary | undefined {
  return proposal.block === null ? undefined : node.world.ledger.blocks.get(proposal.block.parentHash)?.summary
}
