/**
 * A refusal of a pure rule: which error, with which values. The methods turn it into a revert.
 */

import { type Err, err, type Result } from '../lib/result.ts'
import type { AbiFields, AbiValues } from './abi-types.ts'
import { refuse } from './context.ts'
import type { ErrorDefinition } from './definitions.ts'

export type Failure = { readonly error: ErrorDefinition; readonly values: Readonly<Record<string, unknown>> }

/** A refusal with `error`. */
export function failure<Fields extends AbiFields>(
  error: ErrorDefinition<Fields>,
  values: AbiValues<Fields>,
): Err<Failure> {
  return err({ error, values })
}

/** The value of a result; a refusal ends the call. */
export function orRefuse<T>(result: Result<T, Failure>): T {
  return result.ok ? result.value : refuse(result.error.error, result.error.values)
}
