/**
 * An undo log with checkpoints. Whatever changes the journalled state records how to take the change back; reverting runs
 * the records of the innermost checkpoint backwards, so that accounts, slots, warm sets, transient values, logs and refunds
 * all return together.
 */

import { assert } from '../lib/assert.ts'

export class Journal {
  private readonly undo: (() => void)[] = []
  private readonly marks: number[] = []

  /** Open checkpoints. */
  get depth(): number {
    return this.marks.length
  }

  /** Remembers how to take back a change. Without an open checkpoint nothing can be reverted and nothing is kept. */
  record(undo: () => void): void {
    if (this.marks.length > 0) this.undo.push(undo)
  }

  /** Opens a checkpoint inside the innermost one. */
  checkpoint(): void {
    this.marks.push(this.undo.length)
  }

  /** Closes the innermost checkpoint and keeps its changes, which the one around it can still revert. */
  commit(): void {
    assert(this.marks.pop() !== undefined, 'commit closes an open checkpoint')
    if (this.marks.length === 0) this.undo.length = 0
  }

  /** Closes the innermost checkpoint and takes back all since it. */
  revert(): void {
    const mark = this.marks.pop()
    assert(mark !== undefined, 'revert closes an open checkpoint')
    while (this.undo.length > mark) this.undo.pop()?.()
  }
}
