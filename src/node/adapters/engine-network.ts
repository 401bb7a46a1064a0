/**
 * The engine's network port over libp2p: which kind of message travels as which, and what the engine's words for a fault
 * cost a peer. Standing (height, view, best certificate) travels in the host's own heartbeat.
 */

import type { PeerFault } from '../../consensus/effect.ts'
import type { NetworkPort, NoticeKind, QuestionKind } from '../../engine/ports.ts'
import * as kinds from '../../p2p/messages.ts'
import type { Fault } from '../../p2p/outcomes.ts'
import type { Host } from '../../p2p/ports.ts'

/** Kinds that travel as messages of their own. */
const KIND_OF = {
  proposal: kinds.PROPOSAL,
  vote: kinds.VOTE,
  certificate: kinds.CERTIFICATE,
  evidence: kinds.EVIDENCE,
} as const

const NOTICE_OF: Readonly<Record<kinds.NoticeKind, NoticeKind>> = {
  [kinds.PROPOSAL]: 'proposal',
  [kinds.VOTE]: 'vote',
  [kinds.CERTIFICATE]: 'certificate',
  [kinds.EVIDENCE]: 'evidence',
}

const FAULT_OF: Readonly<Record<PeerFault | 'malformed' | 'invalidSignature', Fault>> = {
  badVote: 'invalid-signature',
  equivocation: 'invalid-block',
  badProposal: 'invalid-block',
  badRequest: 'malformed-message',
  malformed: 'malformed-message',
  invalidSignature: 'invalid-signature',
}

/** The engine's word for a message from the network. */
export function noticeKindOf(kind: kinds.NoticeKind): NoticeKind {
  return NOTICE_OF[kind]
}

export class EngineNetwork implements NetworkPort {
  private readonly host: () => Host

  /** The host is made after the engine, for it hands the engine its messages. */
  constructor(host: () => Host) {
    this.host = host
  }

  send(to: 'all' | string, kind: NoticeKind, bytes: Uint8Array): void {
    if (kind === 'status') return
    this.host().sendConsensus(to === 'all' ? 'validators' : to, { kind: KIND_OF[kind], bytes })
  }

  async ask(peer: string, kind: QuestionKind, bytes: Uint8Array): Promise<Uint8Array | undefined> {
    const wire = kind === 'block' ? kinds.BLOCK_BY_HASH : kinds.CERTIFICATES
    const answer = await this.host().request(peer, wire, bytes)
    return answer.ok ? answer.value : undefined
  }

  score(peer: string, fault: PeerFault | 'malformed' | 'invalidSignature'): void {
    this.host().score(peer, FAULT_OF[fault])
  }
}
