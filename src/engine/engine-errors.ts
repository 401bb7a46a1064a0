/**
 * Why the engine stops the process. Halting is better than forking.
 */

import type { StopCode } from '../consensus/effect.ts'
import { CodedError } from '../lib/errors.ts'
import type { Hash } from '../types/primitives.ts'

export type EngineFailure =
  /** An assertion of the core failed (docs/consensus.md 2.12, A1 to A5). */
  | { readonly code: Exclude<StopCode, 'STATE_DIVERGED'>; readonly epoch: number; readonly view: number }
  /** A quorum finalized what this node judged invalid (docs/consensus.md 2.6). */
  | {
      readonly code: 'STATE_DIVERGED'
      readonly hash: Hash
      readonly height: number
      readonly reason: string
      /** The encoded sealed block, for replay. */
      readonly block: Uint8Array
    }
  /** A whole record of the log is none that this version writes. */
  | { readonly code: 'LOG_UNREADABLE'; readonly type: number; readonly segment: number }
  /** The executor does not have what consensus has just finalized. */
  | { readonly code: 'FINALIZE_FAILED'; readonly hash: Hash; readonly reason: string }

export class EngineError extends CodedError<EngineFailure> {
  override readonly name = 'EngineError'
}
