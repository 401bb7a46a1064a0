/**
 * The validator's key in this process, behind the guard that never lets it sign twice (docs/consensus.md 2.9, P2).
 *
 * Its state is a log of its own, apart from the chain's data: deleting or restoring those must not make it forget. The new
 * state is durable before the signature leaves. A key whose state is missing is not used, unless the operator says that it
 * never signed on this chain.
 */

import { afterSigning, EMPTY_GUARD, type GuardState, guardVerdict } from '../consensus/signer-guard.ts'
import type { BlsPublicKey, BlsSecretKey } from '../crypto/bls.ts'
import { CodedError } from '../lib/errors.ts'
import { err, ok, type Result } from '../lib/result.ts'
import { Serial } from '../lib/serial.ts'
import { type ChainIdentity, randaoSignBytes, subjectSignBytes } from '../types/sign-bytes.ts'
import type { Subject } from '../types/vote.ts'
import type { LoggedRecord, LogPort } from './ports.ts'
import type { Signer, SignRefusal } from './signer.ts'
import { decodeGuardState, encodeGuardState } from './signer-state.ts'

export type SignerFailure =
  /** No state of this key on this chain: it may have signed anything. */
  { readonly code: 'SIGNER_STATE_MISSING'; readonly publicKey: BlsPublicKey }

export type LocalSignerOptions = {
  readonly key: BlsSecretKey
  readonly chain: ChainIdentity
  /** The signer's own log, locked for this process; its identity names the key and the chain. */
  readonly log: LogPort
  /** What the log held, in order. */
  readonly recovered: Iterable<LoggedRecord> | AsyncIterable<LoggedRecord>
  /** True only for a key that has never signed on this chain. */
  readonly allowEmptyState: boolean
}

/** Every record is the whole state, so the newest one is all that counts. */
const STATE_RECORD = 1

/** What a signer's log is for: its identity's purpose, which ties the log to the key. */
export function signerLogPurpose(publicKey: BlsPublicKey): string {
  return `signer ${publicKey.slice(2, 34)}`
}

/** Opens the key. Throws CodedError<SignerFailure>; DecodeError when the state is not one. */
export async function openLocalSigner(options: LocalSignerOptions): Promise<LocalSigner> {
  let state: GuardState | undefined
  for await (const record of options.recovered) {
    if (record.type === STATE_RECORD) state = decodeGuardState(record.payload)
  }
  if (state === undefined && !options.allowEmptyState) {
    const { publicKey } = options.key
    throw new CodedError<SignerFailure>(
      { code: 'SIGNER_STATE_MISSING', publicKey },
      `nothing is known of what key ${publicKey} signed on this chain; restore the signer's folder, or allow an empty ` +
        'state if and only if the key has never been used',
    )
  }
  const signer = new LocalSigner(options, state ?? EMPTY_GUARD)
  // The state is written even where nothing was signed yet: from now on its absence means loss.
  await signer.save()
  return signer
}

export class LocalSigner implements Signer {
  readonly publicKey: BlsPublicKey
  private readonly options: LocalSignerOptions
  private readonly serial = new Serial()
  private state: GuardState

  /** Use openLocalSigner, which reads the state. */
  constructor(options: LocalSignerOptions, state: GuardState) {
    this.options = options
    this.publicKey = options.key.publicKey
    this.state = state
  }

  /** What was signed last, for status and for the checks of the kill tests. */
  get guardState(): GuardState {
    return this.state
  }

  sign(subject: Subject): Promise<Result<Uint8Array, SignRefusal>> {
    return this.serial.run(() => this.signNow(subject))
  }

  randaoReveal(epoch: number, view: number): Uint8Array {
    return this.options.key.sign(randaoSignBytes(this.options.chain, epoch, view))
  }

  async close(): Promise<void> {
    await this.serial.drain()
    await this.options.log.close()
  }

  /** Makes the state durable and lets older segments go. */
  async save(): Promise<void> {
    const { log } = this.options
    const segment = log.append(STATE_RECORD, encodeGuardState(this.state))
    await log.sync()
    await log.dropBefore(segment)
  }

  private async signNow(subject: Subject): Promise<Result<Uint8Array, SignRefusal>> {
    const verdict = guardVerdict(this.state, subject)
    if (verdict.verdict === 'stored') return ok(verdict.signature)
    if (verdict.verdict === 'refuse') return err({ code: 'SIGN_REFUSED', reason: verdict.reason })
    const signature = this.options.key.sign(subjectSignBytes(this.options.chain, subject))
    this.state = afterSigning(this.state, subject, signature)
    await this.save()
    return ok(signature)
  }
}
