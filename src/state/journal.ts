/**
 * An undo log with checkpoints. Whatever changes the journalled state records how to take the change back; reverting runs
 * the records of the innermost checkpoint backwards, so that accounts, slots, warm sets, transient values, logs and refunds
 * all return together.
 *
 * A record is a function and what it is called with, in columns: a transfer leaves a handful of them and none is an object.
 */

import { assert } from '../lib/assert.ts'

export class Journal {
  private readonly undo: ((target: never, previous: never) => void)[] = []
  private readonly targets: unknown[] = []
  private readonly previous: unknown[] = []
  private readonly marks: number[] = []

  /** Open checkpoints. */
  get depth(): number {
    return this.marks.length
  }

  /** Remembers that `undo(target, previous)` takes a change back. Without an open checkpoint nothing is kept. */
  record<Target, Previous>(
    undo: (target: Target, previous: Previous) => void,
    target: Target,
    previous: Previous,
  ): void {
    if (this.marks.length === 0) return
    this.undo.push(undo)
    this.targets.push(target)
    this.previous.push(previous)
  }

  /** Opens a checkpoint inside the innermost one. */
  checkpoint(): void {
    this.marks.push(this.undo.length)
  }

  /** Closes the innermost checkpoint and keeps its changes, which the one around it can still revert. */
  commit(): void {
    assert(this.marks.pop() !== undefined, 'commit closes an open checkpoint')
    if (this.marks.length === 0) this.truncate(0)
  }

  /** Closes the innermost checkpoint and takes back all since it. */
  revert(): void {
    const mark = this.marks.pop()
    assert(mark !== undefined, 'revert closes an open checkpoint')
    for (let i = this.undo.length - 1; i >= mark; i--)
      this.undo[i]?.(this.targets[i] as never, this.previous[i] as never)
    this.truncate(mark)
  }

  private truncate(length: number): void {
    this.undo.length = length
    this.targets.length = length
    this.previous.length = length
  }
}
