/**
 * A way to misbehave. The node runs the honest core; the role bends, drops, multiplies and adds to what it says.
 */

import type { ConsensusMessage } from '../../../src/consensus/messages.ts'
import type { SimNode } from '../node.ts'

export type Role = {
  /** What the receiver gets instead of `message`. */
  outgoing(node: SimNode, receiver: number, message: ConsensusMessage): readonly ConsensusMessage[]
  /** Called after the core said something, to say more. */
  afterSend?(node: SimNode, to: string, message: ConsensusMessage): void
  /** Called with everything that arrives. */
  observe?(node: SimNode, from: number, message: ConsensusMessage): void
  /** False: asked for blocks, it does not answer. */
  readonly servesBlocks: boolean
}
