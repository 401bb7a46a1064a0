/**
 * Lets a bounded number of tasks run at once and a bounded number wait; the rest is refused at once.
 */

import { limitExceeded } from './errors.ts'

export class Gate {
  private running = 0
  private readonly waiting: (() => void)[] = []
  private readonly limits: { readonly running: number; readonly waiting: number; readonly what: string }

  constructor(limits: { readonly running: number; readonly waiting: number; readonly what: string }) {
    this.limits = limits
  }

  /** Runs `task` when it is its turn; throws the RPC's limit error when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.limits.running) {
      if (this.waiting.length >= this.limits.waiting) throw limitExceeded(this.limits.what)
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    } else this.running++
    try {
      return await task()
    } finally {
      // The place passes straight to the next in line, so that nobody overtakes it.
      const next = this.waiting.shift()
      if (next === undefined) this.running--
      else next()
    }
  }
}
