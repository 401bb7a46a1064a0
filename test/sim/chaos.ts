/**
 * What goes wrong during a seed's chaos, and its end: partitions, crashes, blackouts, restored logs, changing load.
 */

import type { Prng } from '../../src/lib/prng.ts'
import type { SimNode } from './node.ts'
import type { World } from './world.ts'

const TICK_MS = 10
/** How often an unlucky node's log is put back in one seed. */
const RESTORES = 3

/** Starts all nodes and all that will trouble them. */
export function startChaos(world: World): void {
  const prng = world.stream('chaos')
  for (const node of world.nodes) node.boot()
  for (const atMs of world.plan.blackoutsMs) world.after(atMs, -1, 0, () => blackOut(world, prng))
  if (world.plan.restoredNode >= 0) for (let i = 0; i < RESTORES; i++) scheduleRestore(world, prng)
  world.after(TICK_MS, -1, 0, () => tick(world, prng))
  changeLoad(world, world.stream('load'))
}

function tick(world: World, prng: Prng): void {
  const { plan } = world
  if (world.isHealed) return
  if (world.nowMicros >= plan.chaosMs * 1000) {
    heal(world)
    return
  }
  if (world.partition === null && prng.chance(plan.partitionRate)) partition(world, prng)
  if (prng.chance(plan.crashRate)) crashOne(world, prng)
  world.after(TICK_MS, -1, 0, () => tick(world, prng))
}

function heal(world: World): void {
  world.isHealed = true
  world.partition = null
  for (const node of world.nodes) {
    node.diesInTurn = false
    if (!node.isUp) node.boot()
  }
}

function partition(world: World, prng: Prng): void {
  const isolated = prng.chance(0.3) ? prng.below(world.plan.size) : -1
  world.partition = world.nodes.map((_, index) => (isolated >= 0 ? (index === isolated ? 1 : 0) : prng.below(2)))
  world.isAsymmetric = prng.chance(0.3)
  world.after(50 + prng.exponential(1_200), -1, 0, () => {
    world.partition = null
  })
}

function crashOne(world: World, prng: Prng): void {
  const node = prng.pick(world.nodes)
  if (!node.isUp) return
  if (prng.chance(0.5)) node.die()
  else node.diesInTurn = true
  restartLater(world, node, 30 + prng.exponential(800))
}

/** Brings a node back; one that has not died yet by then dies first. */
function restartLater(world: World, node: SimNode, delayMs: number): void {
  world.after(delayMs, -1, 0, () => {
    if (world.isHealed) return
    if (node.isUp && node.diesInTurn) node.die()
    if (!node.isUp) node.boot()
  })
}

/** All nodes at once, and back within moments of each other. */
function blackOut(world: World, prng: Prng): void {
  if (world.isHealed) return
  for (const node of world.nodes) {
    if (node.isUp) node.die()
    restartLater(world, node, 50 + prng.exponential(200))
  }
}

/** A copy of one node's log is put back a while after it was made. */
function scheduleRestore(world: World, prng: Prng): void {
  const node = world.nodes[world.plan.restoredNode] as SimNode
  const atMs = 500 + prng.below(world.plan.chaosMs - 1_500)
  world.after(atMs, -1, 0, () => {
    node.disk.makeCopy()
    world.after(5 + prng.exponential(150), -1, 0, () => {
      if (world.isHealed) return
      if (node.isUp) node.die()
      node.disk.restoreCopy()
      node.wasRestored = true
      node.boot()
    })
  })
}

/** Transactions come and go; each node notices a little later than the next. */
function changeLoad(world: World, prng: Prng): void {
  let isReady = false
  const change = (): void => {
    isReady = !isReady
    for (const node of world.nodes) {
      const now = isReady
      world.after(prng.float() * 40, -1, 0, () => node.feed({ type: 'poolReady', isReady: now }))
    }
    world.after(isReady ? 500 + prng.exponential(2_500) : 100 + prng.exponential(600), -1, 0, change)
  }
  world.after(1, -1, 0, change)
}
