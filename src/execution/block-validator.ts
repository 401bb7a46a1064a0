/**
 * Executes a block that somebody else built and compares what came out with what its header says.
 */

import { equalBytes } from '../lib/bytes.ts'
import { err, ok, type Result } from '../lib/result.ts'
import type { SealedBlock } from '../types/block.ts'
import { DecodeError } from '../types/codec.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { receiptsRootOf } from '../types/receipt-codec.ts'
import { encodeSystemTransaction } from '../types/system-transaction.ts'
import { decodeTransaction, INVALID_SENDER, transactionHash } from '../types/transaction-codec.ts'
import type { BlockFailure } from './block-failure.ts'
import { differs, differsInBytes } from './block-rules.ts'
import type { BlockRun } from './block-run.ts'
import type { EndOfBlockHook } from './hooks.ts'

/** Runs every transaction of `block`; `senders` are those of its transactions in order, undefined where invalid. */
export async function runBlock(
  run: BlockRun,
  block: SealedBlock,
  senders: readonly (Address | undefined)[],
  hooks: readonly EndOfBlockHook[],
): Promise<Result<null, BlockFailure>> {
  const { header, transactions } = block
  await run.begin(header.parentBeaconBlockRoot, header.parentHash)
  const count = transactions.length - (endsWithSystemTransaction(block) ? 1 : 0)
  for (let index = 0; index < count; index++) {
    const applied = runTransaction(run, transactions[index] as Uint8Array, senders[index])
    const reason = applied instanceof Promise ? await applied : applied
    if (reason !== undefined) return err(invalidTransaction(index, transactions[index] as Uint8Array, reason))
  }
  const system = run.finish(hooks)
  const hasSystem = count < transactions.length
  if ((system !== undefined) !== hasSystem) {
    const reason = hasSystem ? 'system transaction without a log' : 'system transaction is missing'
    return err(invalidTransaction(count, transactions[count] ?? encodeSystemTransaction(header.number), reason))
  }
  return ok(null)
}

/** Compares gas, receipts, bloom and the state root with the header. */
export function checkResults(run: BlockRun, stateRoot: Hash, block: SealedBlock): BlockFailure | undefined {
  const { header } = block
  const receiptsRoot = receiptsRootOf(run.receipts)
  return (
    differs('GAS_USED_MISMATCH', 'gasUsed', run.gasUsed, header.gasUsed) ??
    differsInBytes('LOGS_BLOOM_MISMATCH', 'logsBloom', run.logsBloom, header.logsBloom) ??
    differs('RECEIPTS_ROOT_MISMATCH', 'receiptsRoot', receiptsRoot, header.receiptsRoot) ??
    differs('STATE_ROOT_MISMATCH', 'stateRoot', stateRoot, header.stateRoot)
  )
}

/** True when the last transaction is exactly the block's system transaction. */
export function endsWithSystemTransaction(block: SealedBlock): boolean {
  const last = block.transactions.at(-1)
  return last !== undefined && equalBytes(last, encodeSystemTransaction(block.header.number))
}

/** Undefined when it was applied, otherwise why it is invalid. */
function runTransaction(
  run: BlockRun,
  raw: Uint8Array,
  sender: Address | undefined,
): string | undefined | Promise<string | undefined> {
  try {
    const tx = decodeTransaction(raw)
    if (sender === undefined) return INVALID_SENDER
    const result = run.execute(tx, sender)
    if (result instanceof Promise) return result.then((done) => keep(done))
    return keep(result)

    function keep(done: Awaited<typeof result>): string | undefined {
      if (!done.ok) return done.error.message
      run.add(tx.type, transactionHash(raw), done.value)
      return undefined
    }
  } catch (thrown) {
    if (thrown instanceof DecodeError) return thrown.message
    throw thrown
  }
}

function invalidTransaction(index: number, raw: Uint8Array, reason: string): BlockFailure {
  return { code: 'INVALID_TRANSACTION', blame: 'reject', index, hash: transactionHash(raw), reason }
}
