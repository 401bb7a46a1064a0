/**
 * The calls that every block starts with: its beacon root (EIP-4788, here the consensus context's hash) and its parent's hash
 * (EIP-2935) go to their contracts, where those are deployed. They pay nothing and count no gas.
 */

import { hexToBytes } from '../lib/bytes.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { SYSTEM_ADDRESS } from '../types/system-transaction.ts'
import type { ExecutionEnvironment } from './transaction-executor.ts'

const BEACON_ROOTS = '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' as Address
const HISTORY_STORAGE = '0x0000f90827f1c53a10cb7a02335b175320002935' as Address
const SYSTEM_CALL_GAS = 30_000_000n

/** Makes both calls on the state of the parent. */
export async function makeSystemCalls(
  state: WorldState,
  environment: ExecutionEnvironment,
  parentBeaconBlockRoot: Hash,
  parentHash: Hash,
): Promise<void> {
  await systemCall(BEACON_ROOTS, parentBeaconBlockRoot, state, environment)
  await systemCall(HISTORY_STORAGE, parentHash, state, environment)
}

async function systemCall(
  to: Address,
  argument: Hash,
  state: WorldState,
  environment: ExecutionEnvironment,
): Promise<void> {
  if (state.getCode(to).length === 0) return
  state.beginTransaction()
  const { evm, block, modules } = environment
  const message = {
    caller: SYSTEM_ADDRESS,
    to,
    value: 0n,
    data: hexToBytes(argument),
    gasLimit: SYSTEM_CALL_GAS,
    gasPrice: 0n,
    nonce: 0n,
    accessList: [],
    warmAddresses: [],
  }
  await evm.execute(message, { state, block, modules })
  state.endTransaction()
}
