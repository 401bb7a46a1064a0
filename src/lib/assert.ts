/**
 * Assertions for what cannot happen. They stay on in production: stopping is better than forking.
 */

/** Thrown when an invariant of this program is broken: a bug, never bad input. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure'
}

/** One of what this node keeps: another node may find it whole, so it never decides what a transaction does. */
export class LocalFault extends AssertionFailure {}

/** Stops the program's current step when `condition` is false; `message` names the invariant. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message)
}

/** The same for what this node keeps in memory and on its disk. */
export function assertLocally(condition: unknown, message: string): asserts condition {
  if (!condition) throw new LocalFault(message)
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never, message = 'unreachable'): never {
  throw new AssertionFailure(`${message}: ${String(value)}`)
}

/** `value` without undefined and null, for look-ups that an invariant guarantees. */
export function present<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new AssertionFailure(message)
  return value
}
