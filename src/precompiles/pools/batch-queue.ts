/**
 * Batches that wait for their turn: one queue for those that arrive and one for those that depart.
 *
 * Both are first in, first out, for the blocks that items wait for only grow; should the notice be shortened, what was
 * appended before still goes first. An empty queue costs a block one read.
 */

import type { Cells } from '../../state/cells.ts'
import { queueEnds, queueItem } from './pool-cells.ts'

export type QueueKind = 'arrival' | 'departure'

/** A batch's turn: not before the end of block `readyAt`, nor before all has drained that was queued up to block `mark`. */
export type Turn = {
  readonly pool: bigint
  readonly batch: bigint
  readonly readyAt: bigint
  readonly mark: bigint
  /** Of a departure: what it earned and did not claim goes to the others. */
  readonly isForfeit: bigint
}

const KIND_KEYS = { arrival: 0, departure: 1 } as const

export function enqueueTurn(cells: Cells, kind: QueueKind, turn: Turn): void {
  const ends = queueEnds.read(cells, {})
  const position = kind === 'arrival' ? ends.nextArrival : ends.nextDeparture
  const next = position + 1n
  queueItem.write(cells, { kind: KIND_KEYS[kind], position }, turn)
  queueEnds.write(cells, {}, kind === 'arrival' ? { ...ends, nextArrival: next } : { ...ends, nextDeparture: next })
}

/** Takes turns off the front of a queue, as long as `isDue` and until their cells reach `limitCells`. */
export function takeTurns(
  cells: Cells,
  kind: QueueKind,
  limitCells: number,
  isDue: (turn: Turn) => boolean,
  cellsOf: (turn: Turn) => number,
): Turn[] {
  const ends = queueEnds.read(cells, {})
  const [first, next] =
    kind === 'arrival' ? [ends.firstArrival, ends.nextArrival] : [ends.firstDeparture, ends.nextDeparture]
  const turns: Turn[] = []
  let position = first
  let touched = 0
  for (; position < next && touched < limitCells; position++) {
    const turn = queueItem.read(cells, { kind: KIND_KEYS[kind], position })
    if (!isDue(turn)) break
    touched += cellsOf(turn)
    turns.push(turn)
    queueItem.write(cells, { kind: KIND_KEYS[kind], position }, NO_TURN)
  }
  if (position === first) return turns
  const moved = kind === 'arrival' ? { ...ends, firstArrival: position } : { ...ends, firstDeparture: position }
  queueEnds.write(cells, {}, moved)
  return turns
}

/** An emptied place of a queue. */
const NO_TURN: Turn = { pool: 0n, batch: 0n, readyAt: 0n, mark: 0n, isForfeit: 0n }
