/**
 * The access list of a message: executed again and again with what it touched, until the list is the one it ran with, for a
 * list changes gas and gas may change the path.
 */

import { err, ok, type Result } from '../lib/result.ts'
import type { CallRequest } from '../types/call.ts'
import type { AccessListItem } from '../types/transaction.ts'
import { type CallRefusal, type CallRun, type CallStage, runCall } from './call-run.ts'

/** Rounds after which a list that still changes is taken as it is. */
const MAX_ROUNDS = 8

/** The list and the run with it. */
export type ListedAccesses = { readonly accessList: readonly AccessListItem[]; readonly run: CallRun }

export async function listAccesses(
  request: CallRequest,
  gasLimit: bigint,
  stage: CallStage,
): Promise<Result<ListedAccesses, CallRefusal>> {
  let accessList = request.accessList ?? []
  for (let round = 1; ; round++) {
    const run = await runCall(request, gasLimit, accessList, stage)
    if (!run.ok) return err(run.error)
    const next = withoutParties(run.value.touched, request, stage)
    if (isSame(accessList, next) || round === MAX_ROUNDS) return ok({ accessList, run: run.value })
    accessList = next
  }
}

/** Sender, recipient and coinbase are warm anyway: they are listed only for their slots. */
function withoutParties(
  touched: readonly AccessListItem[],
  request: CallRequest,
  stage: CallStage,
): readonly AccessListItem[] {
  const parties = new Set([request.from, request.to, stage.block.coinbase])
  return touched.filter((item) => item.storageKeys.length > 0 || !parties.has(item.address))
}

function isSame(a: readonly AccessListItem[], b: readonly AccessListItem[]): boolean {
  const text = (list: readonly AccessListItem[]): string =>
    JSON.stringify(list.map(({ address, storageKeys }) => [address, [...storageKeys].sort()]).sort())
  return text(a) === text(b)
}
