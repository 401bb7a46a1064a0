/**
 * The ledger on a state of its own: assets put in directly, calls through the dispatcher, sweeps as the hook runs them, and
 * the books added up from the cells.
 */

import type { AttributionRules } from '../../../src/chainspec/attribution.ts'
import { present } from '../../../src/lib/assert.ts'
import { equalBytes } from '../../../src/lib/bytes.ts'
import { encodeTuple } from '../../../src/precompiles/abi.ts'
import { AbiReader } from '../../../src/precompiles/abi-reader.ts'
import { tupleOf } from '../../../src/precompiles/abi-types.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { registry } from '../../../src/precompiles/assets/asset-cells.ts'
import { createAsset, readAsset, updateAsset } from '../../../src/precompiles/assets/asset-store.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import { dispatch } from '../../../src/precompiles/dispatch.ts'
import { type CallOut, ModuleFrame } from '../../../src/precompiles/frame.ts'
import { parameters, writeParameters } from '../../../src/precompiles/parameters.ts'
import { createAssetPool } from '../../../src/precompiles/pools/accumulator.ts'
import { accumulator, held, poolHead } from '../../../src/precompiles/pools/pool-cells.ts'
import { pendingOf } from '../../../src/precompiles/royalty/node-ledger.ts'
import { installAsset } from '../../../src/precompiles/royalty/node-vectors.ts'
import { royalty } from '../../../src/precompiles/royalty/royalty.ts'
import { custody, escrow, holderAt, holderCount, ledger, owed } from '../../../src/precompiles/royalty/royalty-cells.ts'
import { sweepRoyalties } from '../../../src/precompiles/royalty/sweep.ts'
import { STANDARD_ERRORS } from '../../../src/precompiles/standard-errors.ts'
import { Cells } from '../../../src/state/cells.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { type Address, addressFromBigint, ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'

/** An account by number. */
export function account(number: number): Address {
  return addressFromBigint(BigInt(0xacc0_0000 + number))
}

export const PAYER = account(1)
export const FEE_COLLECTOR = account(2)
export const AUTHORITY = account(3)
export const TREASURY = account(4)
const WEALTH = 1n << 130n

export const RULES: AttributionRules = {
  protocolFeePpm: 1_000,
  feeCollector: FEE_COLLECTOR,
  disputeAuthority: AUTHORITY,
  treasury: TREASURY,
  sweepUnits: 100_000,
  flushMinWei: 1_000_000n,
  slotMinWei: 0n,
  noticeBlocks: 1,
  disputeBlocks: 10,
  demandBlocks: 10,
  demandBondWei: 1n,
  tokens: [],
}

export type NewAsset = {
  readonly owner?: Address
  /** relativePpm, and directPpm where it is more. */
  readonly parents?: readonly { readonly parent: number; readonly relative: number; readonly direct?: number }[]
  readonly floors?: readonly { readonly ancestor: number; readonly ppm: number }[]
  readonly poolPpm?: number
}

export type Outcome = {
  readonly value: Record<string, unknown>
  readonly logs: readonly Log[]
  readonly gasUsed: bigint
  /** The name of the error, or how the call failed; undefined on success. */
  readonly refusal: string | undefined
}

type CallOptions = {
  readonly from?: Address
  readonly value?: bigint
  readonly gasLimit?: bigint
  readonly callOut?: CallOut
  /** True for a call within a transaction that goes on. */
  readonly isWithin?: boolean
}

export class Ledger {
  readonly state: WorldState
  readonly royalty: Cells
  readonly assets: Cells
  readonly pools: Cells
  block = 100
  private count = 0

  constructor(rules: Partial<AttributionRules> = {}) {
    const nothing = { getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined }
    this.state = new WorldState(nothing)
    this.royalty = new Cells(this.state, ROYALTY_MODULE, UNMETERED)
    this.assets = new Cells(this.state, ASSETS_MODULE, UNMETERED)
    this.pools = new Cells(this.state, POOLS_MODULE, UNMETERED)
    // As in genesis, so that no module's account is ever empty.
    for (const module of [ASSETS_MODULE, ROYALTY_MODULE, POOLS_MODULE]) this.state.setNonce(module, 1n)
    writeParameters(this.royalty, { ...RULES, ...rules })
    this.state.setBalance(PAYER, WEALTH)
  }

  /** Registers an asset as the registry would; returns its id. */
  asset({ owner = account(1_000 + this.count), parents = [], floors = [], poolPpm = 0 }: NewAsset = {}): number {
    this.count++
    const id = BigInt(this.count)
    createAsset(this.assets, id, {
      ...{ owner: BigInt(owner), status: 1n, kind: 0n, poolPpm: BigInt(poolPpm), pool: poolPpm > 0 ? id : 0n },
      ...{ parents: BigInt(parents.length), floors: BigInt(floors.length) },
    })
    registry.write(this.assets, {}, { count: id })
    installAsset(this.royalty, {
      id,
      directParents: parents.map((one) => ({ parent: BigInt(one.parent), ppm: BigInt(one.direct ?? one.relative) })),
      relatives: parents.map((one) => ({ parent: BigInt(one.parent), ppm: BigInt(one.relative) })),
      floors: floors.map((one) => ({ ancestor: BigInt(one.ancestor), ppm: BigInt(one.ppm) })),
      poolPpm: BigInt(poolPpm),
      pool: id,
    })
    if (poolPpm > 0) createAssetPool(this.pools, id, owner)
    return this.count
  }

  setStatus(asset: number, status: 1n | 2n | 3n): void {
    updateAsset(this.assets, BigInt(asset), { ...readAsset(this.assets, BigInt(asset)), status })
  }

  setOwner(asset: number, owner: Address): void {
    updateAsset(this.assets, BigInt(asset), { ...readAsset(this.assets, BigInt(asset)), owner: BigInt(owner) })
  }

  /** Ends the block: its hook, and the next block begins. */
  sweep(): Log[] {
    this.state.beginTransaction()
    const logs = sweepRoyalties(this.state, { number: this.block })
    this.state.endTransaction()
    this.block++
    return logs
  }

  /** A call that calls nobody. */
  call(name: string, params: object, options: CallOptions = {}): Outcome {
    const { finish, outcome } = this.begin(name, params, options)
    if (outcome instanceof Promise) throw new Error(`${name} calls out`)
    return finish(outcome)
  }

  async callOut(name: string, params: object, options: CallOptions = {}): Promise<Outcome> {
    const { finish, outcome } = this.begin(name, params, options)
    return finish(await outcome)
  }

  /** A call within a running one, as a token makes it. */
  async reenter(name: string, params: object, options: CallOptions = {}): Promise<Outcome> {
    const { finish, outcome } = this.begin(name, params, { ...options, isWithin: true })
    return finish(await outcome)
  }

  pay(asset: number, value: bigint): Outcome {
    return this.call('pay', { asset: BigInt(asset), memo: ZERO_HASH }, { value })
  }

  claim(who: Address, tokens: readonly Address[] = [ZERO_ADDRESS], callOut?: CallOut): Promise<Outcome> {
    return this.callOut('claim', { account: who, tokens }, callOut === undefined ? {} : { callOut })
  }

  owed(who: Address, token = 0): bigint {
    return owed.read(this.royalty, { account: who, token }).amount
  }

  node(key: number, token = 0): { readonly inflow: bigint; readonly acc: bigint } {
    return ledger.read(this.royalty, { node: key, token })
  }

  /** A context to call what other modules call. */
  context(from: Address = PAYER): ModuleFrame {
    const { state, block } = this
    const call = { value: 0n, data: new Uint8Array(0), gasLimit: 30_000_000n, isStatic: false, isDelegate: false }
    return new ModuleFrame(
      ASSETS_MODULE,
      { ...call, caller: from, state, chainId: 1n, block: { number: block, timestamp: block } },
      undefined,
    )
  }

  /** All that the cells say somebody has in a token; equals what is booked when nothing was made or lost. */
  sumOfClaims(token = 0): bigint {
    let sum = 0n
    for (let key = 0; key < 2 * this.count + 2; key++) sum += pendingOf(this.node(key, token))
    for (let holder = 1n; holder <= holderCount.read(this.royalty, {}).count; holder++) {
      const entry = holderAt.read(this.royalty, { holder })
      if (entry.token === BigInt(token)) sum += this.owed(addressFromBigint(entry.account), token)
    }
    for (let asset = 1; asset <= this.count; asset++) {
      sum += escrow.read(this.royalty, { asset, token }).amount + this.pool(asset, token)
    }
    return sum
  }

  /** What a pool holds, when nobody claimed from it. */
  pool(asset: number, token = 0): bigint {
    const { weight } = poolHead.read(this.pools, { pool: asset })
    const { acc, carry } = accumulator.read(this.pools, { pool: asset, token })
    const { waiting, escrow: held_ } = held.read(this.pools, { pool: asset, token })
    return ((acc * weight + carry) >> 64n) + waiting + held_
  }

  custody(token = 0): { readonly totalIn: bigint; readonly booked: bigint } {
    return custody.read(this.royalty, { token })
  }

  get sweepUnits(): number {
    return parameters(this.royalty).sweepUnits
  }

  private begin(name: string, params: object, options: CallOptions) {
    const { from = PAYER, value = 0n, gasLimit = 16_777_216n, isWithin = false } = options
    const method = present(
      royalty.methods.find((one) => one.name === name),
      `there is a method ${name}`,
    )
    const { state, block } = this
    if (!isWithin) state.beginTransaction()
    state.checkpoint()
    state.subtractBalance(from, value)
    state.addBalance(ROYALTY_MODULE, value)
    const data = encodeTuple(method.paramsType, params, method.selector)
    const where = { chainId: 1n, block: { number: block, timestamp: block } }
    const message = { caller: from, value, data, gasLimit, isStatic: false, isDelegate: false, state, ...where }
    const outcome = dispatch(royalty, message, options.callOut)
    const finish = ({ status, logs, gasUsed, returnData }: Awaited<typeof outcome>): Outcome => {
      if (status === 'success') state.commit()
      else state.revert()
      if (!isWithin) state.endTransaction()
      if (status === 'failure') return { value: {}, logs, gasUsed, refusal: 'failure' }
      if (status === 'revert') return { value: {}, logs, gasUsed, refusal: errorName(returnData) }
      const decoded = tupleOf(method.returns).read(new AbiReader(returnData), 0)
      return { value: decoded as Record<string, unknown>, logs, gasUsed, refusal: undefined }
    }
    return { outcome, finish }
  }
}

function errorName(returnData: Uint8Array): string {
  const selector = returnData.subarray(0, 4)
  const known = [...royalty.errors, ...STANDARD_ERRORS].find((one) => equalBytes(one.selector, selector))
  return known?.name ?? 'an unknown error'
}
