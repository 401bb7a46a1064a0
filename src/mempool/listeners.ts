/**
 * Those who want to hear of one kind of event, called in the order in which they came.
 */

export class Listeners<Arguments extends readonly unknown[]> {
  private readonly all = new Set<(...details: Arguments) => void>()

  /** Adds a listener; the returned function removes it. */
  add(listener: (...details: Arguments) => void): () => void {
    this.all.add(listener)
    return () => {
      this.all.delete(listener)
    }
  }

  emit(...details: Arguments): void {
    for (const listener of this.all) listener(...details)
  }
}
