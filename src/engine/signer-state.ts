/**
 * The signer's state as bytes: one record holds everything that was signed in the highest view (docs/consensus.md 2.9, P2).
 */

import type { GuardState, SignedStep } from '../consensus/signer-guard.ts'
import { DecodeError, decodeExactly, type Reader, Writer } from '../types/codec.ts'
import { FINALIZE, NOTARIZE, NULLIFY, type Subject } from '../types/vote.ts'

const SIGNATURE_BYTES = 96

/** The bytes of a state. */
export function encodeGuardState(state: GuardState): Uint8Array {
  // Nothing signed is epoch -1, so that any view of epoch 0 lies beyond it.
  const writer = new Writer(512).u64(state.epoch + 1).u64(state.view)
  writeStep(writer, state.first)
  writeStep(writer, state.second)
  return writer.finish()
}

/** Reads what encodeGuardState wrote; throws DecodeError. */
export function decodeGuardState(bytes: Uint8Array): GuardState {
  return decodeExactly(bytes, (reader) => ({
    epoch: reader.u64() - 1,
    view: reader.u64(),
    first: readStep(reader),
    second: readStep(reader),
  }))
}

function writeStep(writer: Writer, step: SignedStep | null): void {
  if (step === null) {
    writer.u8(0)
    return
  }
  const { subject, signature } = step
  writer.u8(subject.kind).u64(subject.epoch).u64(subject.view).u64(subject.parentView)
  writer.hash(subject.blockHash).hash(subject.justHash).fixed(signature)
}

function readStep(reader: Reader): SignedStep | null {
  const kind = reader.u8()
  if (kind === 0) return null
  if (kind !== NOTARIZE && kind !== NULLIFY && kind !== FINALIZE) throw new DecodeError(`vote of unknown kind ${kind}`)
  const subject: Subject = {
    kind,
    epoch: reader.u64(),
    view: reader.u64(),
    parentView: reader.u64(),
    blockHash: reader.hash(),
    justHash: reader.hash(),
  }
  return { subject, signature: reader.fixed(SIGNATURE_BYTES) }
}
