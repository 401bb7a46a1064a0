/**
 * Where the head state holds a branch: one cell a path, until the cache lets it go.
 */

import type { Branch } from './branch.ts'
import type { HeldBranch } from './trie-nodes.ts'

/**
 * A branch of the head, or the knowledge that there is none. The owner of the head state alone changes it, when a block was
 * committed: another branch when its shape changed, else new hashes in place.
 */
export class BranchCell implements HeldBranch {
  /** As state-keys.ts writes it. */
  readonly path: string
  branch: Branch | undefined
  isCached = true
  /** The block since which the database lags behind; 0 when it does not. */
  since = 0
  /** The index of the note of a block that is being committed. */
  note: number | undefined
  /** The way down, as far as it was gone; of no use once the shape changes. */
  below: (BranchCell | undefined)[] | undefined

  constructor(path: string, branch: Branch | undefined) {
    this.path = path
    this.branch = branch
  }
}
