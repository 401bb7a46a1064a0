/**
 * The state after a finalized block, for the RPC: single values straight from the database, proofs from a read worker.
 */

import { err, ok, type Result } from '../../lib/result.ts'
import type { AccountProof, Busy, StatePort, StatePruned } from '../../rpc/ports.ts'
import { EMPTY_CODE_HASH } from '../../state/account.ts'
import type { PastState } from '../../state/past-state.ts'
import type { StateReader, StateUnavailable } from '../../state/state-reader.ts'
import type { Address, Hash } from '../../types/primitives.ts'

/** Proofs need a snapshot and walk back through change sets: work for another thread. */
export type Prover = (
  address: Address,
  slots: readonly bigint[],
  blockNumber: number,
) => Promise<Result<AccountProof, StatePruned | Busy>>

export class RpcState implements StatePort {
  readonly proof: Prover
  private readonly reader: StateReader

  constructor(reader: StateReader, prover: Prover) {
    this.reader = reader
    this.proof = prover
  }

  async balance(address: Address, blockNumber: number): Promise<Result<bigint, StatePruned>> {
    return this.read(blockNumber, (state) => state.getAccount(address)?.balance ?? 0n)
  }

  async nonce(address: Address, blockNumber: number): Promise<Result<bigint, StatePruned>> {
    return this.read(blockNumber, (state) => state.getAccount(address)?.nonce ?? 0n)
  }

  async code(address: Address, blockNumber: number): Promise<Result<Uint8Array, StatePruned>> {
    return this.read(blockNumber, (state) => {
      const codeHash = state.getAccount(address)?.codeHash ?? EMPTY_CODE_HASH
      return codeHash === EMPTY_CODE_HASH ? new Uint8Array(0) : (state.getCode(codeHash) ?? new Uint8Array(0))
    })
  }

  async storage(address: Address, slot: bigint, blockNumber: number): Promise<Result<bigint, StatePruned>> {
    return this.read(blockNumber, (state) => state.getStorage(address, slotHash(slot)))
  }

  private read<T>(blockNumber: number, take: (state: PastState) => T): Result<T, StatePruned> {
    const state = this.reader.at(blockNumber)
    return state.ok ? ok(take(state.value)) : err(prunedOf(state.error))
  }
}

/** A state that cannot be read, in the RPC's words; blocks that do not exist are never asked for. */
export function prunedOf(unavailable: StateUnavailable): StatePruned {
  return { code: 'STATE_PRUNED', oldestBlock: unavailable.oldest }
}

/** A slot number as the 32 bytes that the state is keyed by. */
export function slotHash(slot: bigint): Hash {
  return `0x${slot.toString(16).padStart(64, '0')}` as Hash
}
