/**
 * Settlement within a transaction: anyone may flush any node at own gas, without waiting for a threshold.
 */

import { MAX_FLUSHED_NODES } from '../../lib/limits.ts'
import { address, array, uint64 } from '../abi-types.ts'
import { ROYALTY_MODULE } from '../addresses.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { COLD_SLOT_GAS } from '../gas.ts'
import { method } from '../module.ts'
import { readShape } from './node-vectors.ts'
import { assetOf, isDirect, NODE_KEYS } from './nodes.ts'
import { KeysNotDescending, NodeNotFound } from './royalty-errors.ts'
import { ENQUEUE_GAS, FLUSH_CALL_GAS, nodeGas, SLOT_GAS } from './royalty-gas.ts'
import { flushNodes } from './settle.ts'
import { demandToken } from './tokens.ts'

const FLUSH_GAS_NOTES = `${FLUSH_CALL_GAS} for the call; for each node ${nodeGas({ parents: 0, floors: 0 }, false)} and a log, ${SLOT_GAS + ENQUEUE_GAS} more for each parent and each floor, ${COLD_SLOT_GAS} for each word of three parents or four floors`

export const flush = method({
  name: 'flush',
  params: { token: address, nodesDescending: array(uint64, MAX_FLUSHED_NODES) },
  returns: {},
  access: 'write',
  notes:
    'Flushes ledger nodes of a token in this order: 2a + 1 holds what asset a was paid, 2a what its children relayed. Descending keys let each node hand on what the ones before it credited.',
  gas: FLUSH_GAS_NOTES,
  run: (context, { token, nodesDescending }) => {
    const { index } = demandToken(context, token)
    context.gas.charge(FLUSH_CALL_GAS)
    const nodes = nodesDescending.map((node, i) => {
      const previous = nodesDescending[i - 1]
      if (previous !== undefined && previous <= node) refuse(KeysNotDescending, { index: BigInt(i), previous, node })
      return chargeNode(context, node)
    })
    flushNodes(context, index, nodes)
  },
})

/** Charges for a node's flush, and refuses one that no asset has. */
function chargeNode(context: ModuleContext, key: bigint): number {
  if (key >= BigInt(NODE_KEYS)) refuse(NodeNotFound, { node: key })
  const node = Number(key)
  const shape = readShape(context.cells(ROYALTY_MODULE), assetOf(node)) ?? refuse(NodeNotFound, { node: key })
  context.gas.charge(nodeGas(shape, isDirect(node)))
  return node
}
