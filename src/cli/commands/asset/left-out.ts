/**
 * What a claim of everything leaves out, so that one frozen batch or token does not keep back all the rest: the module would
 * refuse the whole claim for it. Whoever names the batch or the token gets the module's refusal.
 */

import type { Address } from '../../../types/primitives.ts'
import { printLine } from '../../output.ts'
import { readModule } from './module-calls.ts'
import type { RpcClient } from './rpc-client.ts'
import { type Standing, standingOf } from './tokens.ts'
import { tokenName } from './values.ts'

export type LeftOut = { readonly what: string; readonly why: string }

/** A batch as the node tells of it, with numbers as JSON-RPC writes them. */
export type BatchJson = {
  readonly pool: string
  readonly batch: string
  readonly status: string
  readonly isFrozen: boolean
}

const WHY: Readonly<Record<Exclude<Standing, 'sound'>, string>> = {
  frozen: 'is frozen: less of it is here than is owed',
  unreadable: 'tells no balances',
}

/** Whether the module refuses every claim of the batch. */
export function isClosed({ status, isFrozen }: BatchJson): boolean {
  return isFrozen || status === 'forfeited'
}

/** Each closed batch once, in the order of their first leaves. */
export async function closedBatches(rpc: RpcClient, leaves: readonly BatchJson[]): Promise<readonly LeftOut[]> {
  const closed = new Map(leaves.filter(isClosed).map((one) => [`${one.pool}/${one.batch}`, one]))
  const found: LeftOut[] = []
  for (const { pool: poolText, batch: batchText, isFrozen } of closed.values()) {
    const [pool, batch] = [BigInt(poolText), BigInt(batchText)]
    found.push({
      what: `batch ${batch} of pool ${pool}`,
      why: isFrozen ? `is frozen since block ${await frozenAt(rpc, pool, batch)}` : 'was forfeited',
    })
  }
  return found
}

/** Those of the tokens that can be claimed, and why the others cannot. */
export async function openTokens(
  rpc: RpcClient,
  tokens: readonly Address[],
): Promise<{ readonly open: readonly Address[]; readonly leftOut: readonly LeftOut[] }> {
  const open: Address[] = []
  const leftOut: LeftOut[] = []
  for (const token of new Set(tokens)) {
    const { standing } = await standingOf(rpc, token)
    if (standing === 'sound') open.push(token)
    else leftOut.push({ what: `token ${tokenName(token)}`, why: WHY[standing] })
  }
  return { open, leftOut }
}

/** A line for each. */
export function printLeftOut(leftOut: readonly LeftOut[]): void {
  for (const { what, why } of leftOut) printLine(`left out: ${what} ${why}`)
}

async function frozenAt(rpc: RpcClient, pool: bigint, batch: bigint): Promise<bigint> {
  type Answer = { readonly state: { readonly frozenAtBlock: bigint } }
  const asked = { module: 'pools', method: 'batchState', values: { pool, batch } } as const
  return (await readModule<Answer>(rpc, asked)).state.frozenAtBlock
}
