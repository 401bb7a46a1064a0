/**
 * `npm run test:royalty -- --blocks N [--seed S] [--world W]`: random blocks through the executor against the exact model.
 *
 * Blocks come in worlds of W (500 when left out), each from a seed of its own counted from S. The seed and block of a fault
 * are printed, and the command that replays it.
 */

import { parseArgs } from 'node:util'
import { BlockWorld } from './block-world.ts'

const { values } = parseArgs({
  options: {
    blocks: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    world: { type: 'string', default: '500' },
  },
})
const blocks = Number(values.blocks)
const perWorld = Number(values.world)
const startedMs = performance.now()
const totals = { blocks: 0, transactions: 0, reverted: 0, logs: 0 }
const events = new Map<string, number>()
let worlds = 0
for (let seed = Number(values.seed); totals.blocks < blocks; seed++) {
  const world = await BlockWorld.open(seed)
  const count = Math.min(perWorld, blocks - totals.blocks)
  for (let block = 1; block <= count; block++) {
    try {
      await world.advance()
    } catch (fault) {
      console.error(`seed ${seed} fails in block ${block}: npm run test:royalty -- --blocks ${block} --seed ${seed}`)
      throw fault
    }
  }
  await world.catchUp()
  const { figures } = world
  totals.blocks += figures.blocks
  totals.transactions += figures.transactions
  totals.reverted += figures.reverted
  totals.logs += figures.logs
  for (const [name, count] of world.auditor.events) events.set(name, (events.get(name) ?? 0) + count)
  worlds++
  console.log(`seed ${seed}: ${figures.blocks} blocks, ${figures.transactions} transactions, head ${world.headHash}`)
}
const seconds = Number(((performance.now() - startedMs) / 1_000).toFixed(1))
console.log(JSON.stringify(Object.fromEntries([...events].sort())))
console.log(JSON.stringify({ worlds, ...totals, seconds, difference: '0 wei' }))
