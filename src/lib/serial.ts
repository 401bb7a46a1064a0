/**
 * Runs asynchronous tasks one after another in the order given; one task's failure does not stop the next.
 */

export class Serial {
  private tail: Promise<unknown> = Promise.resolve()
  private waiting = 0

  /** Tasks that have not finished yet. */
  get pending(): number {
    return this.waiting
  }

  run<T>(task: () => Promise<T> | T): Promise<T> {
    this.waiting++
    const result = this.tail.then(task)
    this.tail = result.then(
      () => {
        this.waiting--
      },
      () => {
        this.waiting--
      },
    )
    return result
  }

  /** Resolves when everything given so far has finished. */
  async drain(): Promise<void> {
    await this.tail
  }
}
