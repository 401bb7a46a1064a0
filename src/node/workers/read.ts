/**
 * A read worker: calls, estimates, access lists, proofs and readings of attribution, each on its own snapshot of the database.
 */

import { parentPort, workerData } from 'node:worker_threads'
import type { ChainSpec } from '../../chainspec/chain-spec.ts'
import { CallExecutor } from '../../execution/call.ts'
import type { AccessListOutcome, CallFailure, EstimateFailure } from '../../execution/call-types.ts'
import { present } from '../../lib/assert.ts'
import { systemClock } from '../../lib/clock.ts'
import type { Result } from '../../lib/result.ts'
import type { AccountProof } from '../../state/proof.ts'
import { StateReader, type StateUnavailable } from '../../state/state-reader.ts'
import { openLevelKv } from '../../storage/level-kv.ts'
import type { CallContext, CallOutcome, CallRequest } from '../../types/call.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import { type AttributionReads, attributionReads, type LeafFolder } from '../adapters/attribution-reads.ts'
import { serveCalls } from './worker-rpc.ts'

/** What a read worker is started with; the database exists already. */
export type ReadWorkerData = {
  readonly spec: ChainSpec
  readonly folder: string
  readonly limitMs: number
  /** Undefined on a node that serves no leaf files. */
  readonly leaves: LeafFolder | undefined
}

/** A message and where it runs. */
export type CallArgument = {
  readonly request: CallRequest
  readonly context: CallContext
  readonly gasCap: bigint
}

/** What a proof is asked of. */
export type ProofArgument = {
  readonly height: number
  readonly address: Address
  readonly slots: readonly Hash[]
}

export type ReadMethods = AttributionReads & {
  /** Answered once the module has loaded and the database is open. */
  ready(argument: null): Promise<void>
  call(argument: CallArgument): Promise<Result<CallOutcome, CallFailure>>
  estimateGas(argument: CallArgument): Promise<Result<bigint, EstimateFailure>>
  createAccessList(argument: CallArgument): Promise<Result<AccessListOutcome, CallFailure>>
  prove(argument: ProofArgument): Promise<Result<AccountProof, StateUnavailable>>
}

const { spec, folder, limitMs, leaves } = workerData as ReadWorkerData
const kv = await openLevelKv(folder)
const executor = await CallExecutor.create({ spec, kv, clock: systemClock, limitMs })

const methods: ReadMethods = {
  ...attributionReads(kv, leaves),
  ready: async () => {},
  call: ({ request, context, gasCap }) => executor.call(request, context, gasCap),
  estimateGas: ({ request, context, gasCap }) => executor.estimateGas(request, context, gasCap),
  createAccessList: ({ request, context, gasCap }) => executor.createAccessList(request, context, gasCap),
  prove: async ({ height, address, slots }) => {
    const snapshot = kv.snapshot()
    try {
      return new StateReader(snapshot).prove(height, address, slots)
    } finally {
      await snapshot.release()
    }
  },
}

serveCalls(present(parentPort, 'this module runs in a worker thread'), methods)
