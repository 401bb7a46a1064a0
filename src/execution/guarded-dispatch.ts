/**
 * A native module's call as transactions meet it: a broken invariant fails that call alone.
 *
 * An assertion in a module says that the program is wrong, and it says the same on every node, for a call depends on the
 * state and its calldata only. Stopping would let one transaction stop the whole chain. So the call fails, uses all its gas
 * and leaves nothing behind, and its error names the invariant. In the end-of-block hooks, where nothing could be undone
 * alone, a broken invariant stops the node.
 *
 * So does one that comes up from beneath the module, out of the engine or the state under a call that it makes: the
 * checkpoints of that call are still open then, and what is wrong may be this node's disk alone.
 */

import { AssertionFailure, LocalFault } from '../lib/assert.ts'
import { dispatch, type ModuleOutcome } from '../precompiles/dispatch.ts'
import type { CallOut, ModuleMessage } from '../precompiles/frame.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'

/** How a call ended; `fault` is the invariant that was found broken. */
export type GuardedOutcome = ModuleOutcome & { readonly fault?: string }

/** `dispatch` whose broken invariants are failures of the call. */
export function dispatchGuarded(
  module: ModuleDefinition,
  message: ModuleMessage,
  callOut?: CallOut,
): GuardedOutcome | Promise<GuardedOutcome> {
  let fromBeneath: unknown
  const watched: CallOut | undefined =
    callOut === undefined
      ? undefined
      : async (...call) => {
          try {
            return await callOut(...call)
          } catch (thrown) {
            fromBeneath = thrown
            throw thrown
          }
        }
  const failed = (thrown: unknown): GuardedOutcome => {
    const isOfModule = thrown instanceof AssertionFailure && !(thrown instanceof LocalFault) && thrown !== fromBeneath
    if (!isOfModule) throw thrown
    const nothing = { returnData: new Uint8Array(0), logs: [] }
    return { status: 'failure', gasUsed: message.gasLimit, ...nothing, fault: thrown.message }
  }
  try {
    const outcome = dispatch(module, message, watched)
    return outcome instanceof Promise ? outcome.catch(failed) : outcome
  } catch (thrown) {
    return failed(thrown)
  }
}
