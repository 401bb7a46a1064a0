/**
 * Why a state cannot be used.
 */

import { CodedError } from '../lib/errors.ts'
import type { Hash } from '../types/primitives.ts'

export type StateFailure =
  /** The stored trie is not that of the head. */
  | {
      readonly code: 'STATE_INCONSISTENT'
      readonly number: number
      readonly expected: Hash
      readonly actual: Hash
    }
  /** The history window moved past this state while it was being read outside a snapshot. */
  | { readonly code: 'STATE_PRUNED'; readonly height: number }

export class StateError extends CodedError<StateFailure> {
  override readonly name = 'StateError'
}
