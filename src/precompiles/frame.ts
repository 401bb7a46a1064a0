/**
 * One running call of a native module: the context of its method, with its gas and its logs.
 */

import { keccak256Hash } from '../crypto/keccak.ts'
import { addressFromPublicKey, recoverPublicKey } from '../crypto/secp256k1.ts'
import { assert } from '../lib/assert.ts'
import { bytesToBigint, hexToBytes } from '../lib/bytes.ts'
import { Cells } from '../state/cells.ts'
import type { WorldState } from '../state/world-state.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { Log } from '../types/receipt.ts'
import { ROYALTY_MODULE } from './addresses.ts'
import type { ModuleCall, ModuleCallResult, ModuleContext } from './context.ts'
import type { EventDefinition, EventFields, EventValues } from './definitions.ts'
import {
  GasMeter,
  keccakGas,
  logGas,
  MOVE_BALANCE_GAS,
  RECOVER_GAS,
  SlotMeter,
  type TouchListener,
  TRANSIENT_GAS,
} from './gas.ts'

/** A call as it reaches a module. */
export type ModuleMessage = {
  readonly caller: Address
  readonly value: bigint
  readonly data: Uint8Array
  readonly gasLimit: bigint
  readonly isStatic: boolean
  /** True for DELEGATECALL and CALLCODE. */
  readonly isDelegate: boolean
  readonly block: { readonly number: number; readonly timestamp: number }
  readonly chainId: bigint
  readonly state: WorldState
  /** Told of every slot before it is touched (eth_createAccessList). */
  readonly onTouch?: TouchListener | undefined
}

/** What a call out of a module came to; `logs` are those of the callee when it succeeded. */
export type CallOutResult = ModuleCallResult & { readonly logs: readonly Log[] }
/** Makes a call in a module's name and charges `gas` for it. */
export type CallOut = (request: ModuleCall, gas: GasMeter, isStatic: boolean) => Promise<CallOutResult>

const SIGNATURE_BYTES = 65
/** Half the order of secp256k1: a signature with a greater s has a twin (EIP-2). */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

export class ModuleFrame implements ModuleContext {
  readonly caller: Address
  readonly value: bigint
  readonly module: Address
  readonly isStatic: boolean
  readonly block: { readonly number: number; readonly timestamp: number }
  readonly chainId: bigint
  readonly state: WorldState
  readonly gas: GasMeter
  readonly logs: Log[] = []
  private readonly meter: SlotMeter
  private readonly callOut: CallOut | undefined
  private lastCells: Cells | undefined

  constructor(module: Address, message: ModuleMessage, callOut: CallOut | undefined) {
    this.module = module
    this.caller = message.caller
    this.value = message.value
    this.isStatic = message.isStatic
    this.block = message.block
    this.chainId = message.chainId
    this.state = message.state
    this.gas = new GasMeter(message.gasLimit)
    this.meter = new SlotMeter(this.gas, message.state.transaction, message.onTouch)
    this.callOut = callOut
  }

  cells(module: Address): Cells {
    const { lastCells } = this
    if (lastCells?.address === module) return lastCells
    const cells = new Cells(this.state, module, this.meter)
    this.lastCells = cells
    return cells
  }

  transient(slot: Hash): bigint {
    this.gas.charge(TRANSIENT_GAS)
    return this.state.transaction.getTransient(ROYALTY_MODULE, slot)
  }

  setTransient(slot: Hash, value: bigint): void {
    this.gas.charge(TRANSIENT_GAS)
    this.state.transaction.setTransient(ROYALTY_MODULE, slot, value)
  }

  emit<Fields extends EventFields>(event: EventDefinition<Fields>, values: EventValues<Fields>, from?: Address): void {
    const { topics, data } = event.encode(values)
    this.gas.charge(logGas(topics.length, data.length))
    this.logs.push({ address: from ?? this.module, topics, data })
  }

  moveBalance(from: Address, to: Address, wei: bigint): void {
    this.gas.charge(MOVE_BALANCE_GAS)
    if (wei === 0n) return
    this.state.subtractBalance(from, wei)
    this.state.addBalance(to, wei)
  }

  hash(bytes: Uint8Array): Hash {
    this.gas.charge(keccakGas(bytes.length))
    return keccak256Hash(bytes)
  }

  recover(digest: Hash, signature: Uint8Array): Address | undefined {
    this.gas.charge(RECOVER_GAS)
    const v = signature[SIGNATURE_BYTES - 1]
    if (signature.length !== SIGNATURE_BYTES || v === undefined) return undefined
    const yParity = v >= 27 ? v - 27 : v
    if (yParity > 1 || bytesToBigint(signature.subarray(32, 64)) > HALF_ORDER) return undefined
    const publicKey = recoverPublicKey(hexToBytes(digest), signature.subarray(0, 64), yParity)
    return publicKey === undefined ? undefined : (addressFromPublicKey(publicKey) as Address)
  }

  async call(request: ModuleCall): Promise<ModuleCallResult> {
    assert(this.callOut !== undefined, 'only a method that is declared to call out does so')
    assert(!this.isStatic || (request.value ?? 0n) === 0n, 'a static call moves no value')
    const isStatic = this.isStatic || request.isStatic === true
    const { isSuccess, returnData, logs } = await this.callOut(request, this.gas, isStatic)
    for (const log of logs) this.logs.push(log)
    return { isSuccess, returnData }
  }
}
