/**
 * From a peer's bytes to the core's input: decode, verify what must be verified, keep the block (docs/consensus.md 2.11).
 *
 * A vote on its own signer's stream is taken unverified, for a quorum of them is verified at once; everything else is verified
 * here. Bad bytes and bad signatures cost the peer that sent them, and go no further.
 */

import { wantsCertificate } from '../consensus/certificates.ts'
import { isEarly } from '../consensus/epochs.ts'
import type { Input, MessageInput } from '../consensus/input.ts'
import { isAsSigned, isJustified } from '../consensus/justification.ts'
import { type ConsensusMessage, epochOfMessage, type PeerName } from '../consensus/messages.ts'
import { leaderOf } from '../consensus/schedule.ts'
import type { ConsensusState } from '../consensus/state.ts'
import { wantsVote } from '../consensus/votes.ts'
import type { SealedBlock } from '../types/block.ts'
import { summarize } from '../types/block-summary.ts'
import type { Certificate } from '../types/certificate.ts'
import { DecodeError } from '../types/codec.ts'
import {
  decodeCertificate,
  decodeCertificateAnswer,
  decodeCertificateQuestion,
  decodeProposal,
  decodeVote,
} from '../types/consensus-codec.ts'
import { bodyMismatch, decodeSealedBlock } from '../types/sealed-block-codec.ts'
import { FINALIZE, NOTARIZE, NULLIFY } from '../types/vote.ts'
import type { BlockCache } from './block-cache.ts'
import type { EngineMeters } from './meters.ts'
import type { NetworkPort } from './ports.ts'
import type { Verifier } from './verifier.ts'

/** What the engine reads from the wire: notices, and the answers and questions about certificates. */
export type WireKind = 'proposal' | 'vote' | 'certificate' | 'certificateAnswer' | 'certificateQuestion'

const VOTE_NAMES = { [NOTARIZE]: 'notarize', [NULLIFY]: 'nullify', [FINALIZE]: 'finalize' } as const

/** Where a peer says it stands; `bestCertificate` encoded, or empty. */
export type PeerStatus = {
  readonly epoch: number
  readonly view: number
  readonly finalizedHeight: number
  readonly finalizedHash: SealedBlock['hash']
  readonly bestCertificate: Uint8Array
}

export type InboundOptions = {
  readonly state: ConsensusState
  readonly verifier: Verifier
  readonly blocks: BlockCache
  readonly network: NetworkPort
  readonly meters: EngineMeters
}

export class Inbound {
  private readonly options: InboundOptions

  constructor(options: InboundOptions) {
    this.options = options
  }

  /** The input that the bytes make, or undefined when the peer gets nothing for them. */
  async read(from: PeerName, kind: WireKind, bytes: Uint8Array): Promise<Input | undefined> {
    const decoded = this.attempt(from, () => this.decode(kind, bytes))
    return decoded === undefined ? undefined : this.verify(from, decoded.message, decoded.block)
  }

  /** A status, whose certificate is worth verifying only where it is news. */
  async readStatus(from: PeerName, status: PeerStatus): Promise<Input | undefined> {
    const { bestCertificate, ...rest } = status
    const certificate =
      bestCertificate.length === 0 ? null : this.attempt(from, () => decodeCertificate(bestCertificate))
    if (certificate === undefined) return undefined
    return this.verify(from, { type: 'status', ...rest, bestCertificate: certificate })
  }

  /** A block that was asked for by its hash; undefined when the answer is another one or its body is not the header's. */
  readBlock(from: PeerName, hash: SealedBlock['hash'], bytes: Uint8Array): SealedBlock | undefined {
    const block = this.attempt(from, () => decodeSealedBlock(bytes))
    if (block === undefined) return undefined
    if (block.hash === hash && bodyMismatch(block) === undefined) {
      this.options.blocks.add(block, bytes)
      return block
    }
    this.options.network.score(from, 'malformed')
    return undefined
  }

  /**
   * Verifies a decoded message of the live epoch; those of other epochs are marked unverified. Also used when an epoch opens.
   *
   * @param block the block that came with a proposal, unless it is kept already
   */
  async verify(
    from: PeerName,
    message: ConsensusMessage,
    block: SealedBlock | null = null,
  ): Promise<MessageInput | undefined> {
    const input: MessageInput = { type: 'message', from, message, isVerified: true }
    if (epochOfMessage(message) !== this.options.state.epoch) {
      if (block !== null && isEarly(this.options.state, message) && !this.keepBlock(from, block)) return undefined
      return { ...input, isVerified: false }
    }
    switch (message.type) {
      case 'proposal':
        return this.verifyProposal(from, message, block)
      case 'vote':
        return this.verifyVote(from, message)
      case 'certificate':
        return (await this.isWorthTaking(from, message.certificate)) ? input : undefined
      case 'certificateResponse':
        return this.verifyAnswer(from, message)
      case 'status': {
        const { bestCertificate } = message
        const isTaken = bestCertificate !== null && (await this.isWorthTaking(from, bestCertificate))
        return { ...input, message: { ...message, bestCertificate: isTaken ? bestCertificate : null } }
      }
      default:
        return input
    }
  }

  private decode(kind: WireKind, bytes: Uint8Array): Decoded {
    switch (kind) {
      case 'vote':
        return plain({ type: 'vote', vote: decodeVote(bytes) })
      case 'certificate':
        return plain({ type: 'certificate', certificate: decodeCertificate(bytes) })
      case 'certificateQuestion':
        return plain({ type: 'certificateRequest', ...decodeCertificateQuestion(bytes) })
      case 'certificateAnswer':
        return plain({ type: 'certificateResponse', ...decodeCertificateAnswer(bytes) })
      case 'proposal': {
        const { block, justification, leaderVote } = decodeProposal(bytes)
        const summary = block === null ? null : summarize(block)
        return { message: { type: 'proposal', block: summary, justification, leaderVote }, block }
      }
    }
  }

  /** Keeps a pushed block; false, and the message goes no further, when its body is not its header's or there is no room. */
  private keepBlock(from: PeerName, block: SealedBlock): boolean {
    const { blocks, network } = this.options
    if (blocks.get(block.hash) !== undefined) return true
    // The hash names only the header: a body that is not its own would poison everyone who asks us for the block.
    if (bodyMismatch(block) === undefined) return blocks.offer(block)
    network.score(from, 'malformed')
    return false
  }

  private async verifyProposal(
    from: PeerName,
    message: Extract<ConsensusMessage, { type: 'proposal' }>,
    block: SealedBlock | null,
  ): Promise<MessageInput | undefined> {
    const { state, verifier, network } = this.options
    const { leaderVote, justification } = message
    const { view } = leaderVote.subject
    if (view < 1 || leaderVote.signerIndex !== leaderOf(state.schedule, view) || !verifier.isVoteValid(leaderVote)) {
      network.score(from, 'invalidSignature')
      return undefined
    }
    // The cheap rules first: a block is worth its room and certificates are worth a pairing only where the leader signed for
    // them, they are those that the proposal needs, and the view is not over.
    const isOfLeader = isAsSigned(state, message)
    if (isOfLeader && block !== null && !this.keepBlock(from, block)) return undefined
    const isJustificationVerified =
      isOfLeader &&
      view >= state.current &&
      isJustified(state, message) &&
      (await verifier.areCertificatesValid(justification))
    return { type: 'message', from, message, isVerified: true, isVoteVerified: true, isJustificationVerified }
  }

  private verifyVote(from: PeerName, message: Extract<ConsensusMessage, { type: 'vote' }>): MessageInput | undefined {
    const { state, verifier, network, meters } = this.options
    const { vote } = message
    meters.votesReceived.inc({ kind: VOTE_NAMES[vote.subject.kind] })
    const isOwnStream = state.set.validators[vote.signerIndex]?.peerId === from
    if (!isOwnStream && !wantsVote(state, vote)) return undefined
    if (!isOwnStream && !verifier.isVoteValid(vote)) {
      network.score(from, 'invalidSignature')
      return undefined
    }
    return { type: 'message', from, message, isVerified: true, isVoteVerified: !isOwnStream }
  }

  private async verifyAnswer(
    from: PeerName,
    message: Extract<ConsensusMessage, { type: 'certificateResponse' }>,
  ): Promise<MessageInput | undefined> {
    const { state, verifier, network } = this.options
    const wanted = message.certificates.filter((one) => wantsCertificate(state, one.subject))
    if (!(await verifier.areCertificatesValid(wanted))) {
      network.score(from, 'invalidSignature')
      return undefined
    }
    return { type: 'message', from, message: { ...message, certificates: wanted }, isVerified: true }
  }

  private async isWorthTaking(from: PeerName, certificate: Certificate): Promise<boolean> {
    const { state, verifier, network } = this.options
    if (!wantsCertificate(state, certificate.subject)) return false
    if (verifier.isCertificateValid(certificate)) return true
    network.score(from, 'invalidSignature')
    return false
  }

  private attempt<T>(from: PeerName, decode: () => T): T | undefined {
    try {
      return decode()
    } catch (thrown) {
      if (!(thrown instanceof DecodeError)) throw thrown
      this.options.network.score(from, 'malformed')
      return undefined
    }
  }
}

/** What the bytes say, and the block that came with it. */
type Decoded = { readonly message: ConsensusMessage; readonly block: SealedBlock | null }

function plain(message: ConsensusMessage): Decoded {
  return { message, block: null }
}
