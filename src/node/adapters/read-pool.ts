/**
 * The read workers as one: a request goes to the worker with the fewest in hand; when all are full the caller is told so.
 */

import { present } from '../../lib/assert.ts'
import { CodedError } from '../../lib/errors.ts'
import { MAX_READ_CALLS } from '../../lib/limits.ts'
import { type Err, err, ok, type Result } from '../../lib/result.ts'
import type { AccountProof, Busy, ExecutionPort, StatePruned } from '../../rpc/ports.ts'
import type { CallContext, CallRequest } from '../../types/call.ts'
import type { Address } from '../../types/primitives.ts'
import type { ReadMethods, ReadWorkerData } from '../workers/read.ts'
import { startWorker, type WorkerThread } from '../workers/worker-thread.ts'
import type { AttributionReads } from './attribution-reads.ts'
import { prunedOf, slotHash } from './rpc-state.ts'

/** Megabytes: contract memory and the snapshot's working set of one request at a time. */
const HEAP = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 } as const

export class ReadPool implements ExecutionPort {
  private readonly threads: readonly WorkerThread<ReadMethods>[]

  constructor(count: number, data: ReadWorkerData, onCrash: (worker: string, reason: string) => void) {
    this.threads = Array.from({ length: count }, (_, i) => {
      const name = `read-${i}`
      return startWorker<ReadMethods>({
        name,
        entry: 'read',
        data,
        maxInFlight: MAX_READ_CALLS,
        limits: HEAP,
        onCrash: (reason) => onCrash(name, reason),
      })
    })
  }

  call(request: CallRequest, context: CallContext, gasCap: bigint): ReturnType<ExecutionPort['call']> {
    return unlessBusy(this.idlest().calls.call('call', { request, context, gasCap }))
  }

  estimateGas(request: CallRequest, context: CallContext, gasCap: bigint): ReturnType<ExecutionPort['estimateGas']> {
    return unlessBusy(this.idlest().calls.call('estimateGas', { request, context, gasCap }))
  }

  createAccessList(
    request: CallRequest,
    context: CallContext,
    gasCap: bigint,
  ): ReturnType<ExecutionPort['createAccessList']> {
    return unlessBusy(this.idlest().calls.call('createAccessList', { request, context, gasCap }))
  }

  /** EIP-1186, in the RPC's shape. */
  async proof(
    address: Address,
    slots: readonly bigint[],
    blockNumber: number,
  ): Promise<Result<AccountProof, StatePruned | Busy>> {
    const argument = { height: blockNumber, address, slots: slots.map(slotHash) }
    const proved = await unlessBusy(this.idlest().calls.call('prove', argument))
    if (!proved.ok) return err(proved.error.code === 'BUSY' ? proved.error : prunedOf(proved.error))
    const { account, accountProof, storageProofs } = proved.value
    const { balance, nonce, codeHash, storageRoot } = account
    return ok({ balance, nonce, codeHash, storageHash: storageRoot, accountProof, storageProofs })
  }

  /** One of the readings of attribution. */
  read<Name extends keyof AttributionReads>(
    name: Name,
    argument: Parameters<AttributionReads[Name]>[0],
  ): Promise<Awaited<ReturnType<AttributionReads[Name]>> | Err<Busy>> {
    const answer: Promise<Result<unknown, unknown>> = this.idlest().calls.call(name, argument as never)
    return unlessBusy(answer) as Promise<Awaited<ReturnType<AttributionReads[Name]>> | Err<Busy>>
  }

  /** Resolves when every worker has the database open: one that is ended in the middle of that may take the process along. */
  async ready(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.calls.call('ready', null)))
  }

  async stop(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  private idlest(): WorkerThread<ReadMethods> {
    const sorted = [...this.threads].sort((a, b) => a.calls.inFlight - b.calls.inFlight)
    return present(sorted[0], 'there is at least one read worker')
  }
}

async function unlessBusy<T, E>(answer: Promise<Result<T, E>>): Promise<Result<T, E | Busy>> {
  try {
    return await answer
  } catch (thrown) {
    if (thrown instanceof CodedError && thrown.code === 'WORKER_BUSY') return err({ code: 'BUSY' })
    throw thrown
  }
}
