/**
 * Errors and events by name, for their order in a module's declaration means nothing.
 */

export function sorted<T extends { readonly signature: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.signature < b.signature ? -1 : 1))
}
