/**
 * Executes and makes final the blocks of the file in the second argument, over the database in the folder of the first, from
 * its head on, and reports the height of each to its parent. Killed at any moment it goes on where it was.
 */

import { readFileSync } from 'node:fs'
import { ChainExecutor } from '../../../../src/execution/chain-executor.ts'
import { systemClock } from '../../../../src/lib/clock.ts'
import { BlockStore } from '../../../../src/storage/block-store.ts'
import { openLevelKv } from '../../../../src/storage/level-kv.ts'
import { decodeSealedBlock } from '../../../../src/types/sealed-block-codec.ts'
import { decodeTransaction, recoverSender } from '../../../../src/types/transaction-codec.ts'
import { specOf } from '../block-world.ts'

const [folder = '', file = '', seed = '1'] = process.argv.slice(2)
const blocks = (JSON.parse(readFileSync(file, 'utf8')) as string[]).map((one) =>
  decodeSealedBlock(Buffer.from(one, 'hex')),
)
const kv = await openLevelKv(folder)
const spec = specOf(Number(seed))
const options = { spec, kv, blocks: new BlockStore(kv), historyBlocks: 16, clock: systemClock }
const executor = await ChainExecutor.open(options)
const { number } = executor.head().block.header
for (const block of blocks.filter((one) => one.header.number > number)) {
  // The system transaction bears no signature.
  const senders = block.transactions.map((raw) => {
    try {
      return recoverSender(decodeTransaction(raw))
    } catch {
      return undefined
    }
  })
  const certified = await executor.certify(block, senders)
  if (!certified.ok) throw new Error(`block ${block.header.number}: ${JSON.stringify(certified.error)}`)
  await executor.finalize(block.hash, Uint8Array.of(1))
  process.send?.({ height: block.header.number, stateRoot: block.header.stateRoot })
}
process.disconnect?.()
await kv.close()
