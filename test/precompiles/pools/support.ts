/**
 * Pools on a ledger of their own: calls through the dispatcher, batches out of lists of contributors, blocks that end as the
 * hook ends them, and the books of a pool added up from its cells.
 */

import type { AttributionRules } from '../../../src/chainspec/attribution.ts'
import type { SumRoot } from '../../../src/crypto/merkle-sum.ts'
import { leafHash } from '../../../src/crypto/merkle-sum.ts'
import { SumTree } from '../../../src/crypto/merkle-sum-tree.ts'
import { present } from '../../../src/lib/assert.ts'
import { concatBytes, equalBytes, hexToBytes } from '../../../src/lib/bytes.ts'
import { decodeValues, encodeTuple } from '../../../src/precompiles/abi.ts'
import { AbiReader } from '../../../src/precompiles/abi-reader.ts'
import { POOLS_MODULE } from '../../../src/precompiles/addresses.ts'
import { dispatch, type ModuleOutcome } from '../../../src/precompiles/dispatch.ts'
import type { CallOut } from '../../../src/precompiles/frame.ts'
import type { Method } from '../../../src/precompiles/module.ts'
import { ACCRUAL_BITS, unitEarnings } from '../../../src/precompiles/pools/accrual.ts'
import { entryOf } from '../../../src/precompiles/pools/batch-turns.ts'
import {
  batchExit,
  batchHead,
  batchPaid,
  bondsHeld,
  held,
  poolHead,
} from '../../../src/precompiles/pools/pool-cells.ts'
import { BATCH, readAccrual } from '../../../src/precompiles/pools/pool-store.ts'
import { pools } from '../../../src/precompiles/pools/pools.ts'
import { STANDARD_ERRORS } from '../../../src/precompiles/standard-errors.ts'
import { type Address, ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, Ledger, PAYER } from '../royalty/support.ts'

export { AUTHORITY, account, PAYER }
export const CONTROLLER = account(50)

export const POLICY = { closed: 1n, capped: 2n, open: 3n } as const

/** A refusal: the name of its error and its values. */
export type Refusal = { readonly name: string; readonly [value: string]: unknown }

export type Answer = {
  readonly value: Record<string, unknown>
  readonly gasUsed: bigint
  readonly refusal: Refusal | undefined
}

export type CallOptions = {
  readonly from?: Address
  readonly value?: bigint
  readonly callOut?: CallOut
  readonly gasLimit?: bigint
  readonly isWithin?: boolean
}

export type Leaf = { readonly index: bigint; readonly account: Address; readonly weight: bigint }

/** Contributors with their tree. */
export class Contributors {
  readonly leaves: readonly Leaf[]
  readonly tree: SumTree

  constructor(weights: readonly bigint[], firstAccount = 1_000) {
    this.leaves = weights.map((weight, i) => ({ index: BigInt(i), account: account(firstAccount + i), weight }))
    const accounts = concatBytes(...this.leaves.map((leaf) => hexToBytes(leaf.account)))
    const columns = concatBytes(...weights.map((weight) => hexToBytes(`0x${weight.toString(16).padStart(32, '0')}`)))
    const built = SumTree.build({ count: weights.length, accounts, weights: columns })
    if (!built.ok) throw new Error(built.error.code)
    this.tree = built.value
  }

  get root(): SumRoot {
    return this.tree.root
  }

  get weight(): bigint {
    return this.root.total
  }

  leaf(index: number): Leaf {
    return present(this.leaves[index], 'the leaf is in the tree')
  }

  /** What `claim` takes beside pool, batch and token. */
  proven(index: number): { readonly leaf: Leaf; readonly proof: Uint8Array } {
    return { leaf: this.leaf(index), proof: this.tree.prove(index) }
  }

  /** What `append` takes beside the pool. */
  offer(relayFeePpm = 0n) {
    const { left, right } = present(this.tree.rootPreimage(), 'the tree has more than one leaf')
    return {
      root: { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum },
      weight: this.weight,
      depth: BigInt(this.root.depth),
      dataHash: ZERO_HASH,
      relayFeePpm,
    }
  }
}

export class PoolWorld {
  readonly ledger: Ledger

  constructor(rules: Partial<AttributionRules> = {}) {
    this.ledger = new Ledger({ noticeBlocks: 2, disputeBlocks: 5, demandBlocks: 5, demandBondWei: 1_000n, ...rules })
  }

  get block(): number {
    return this.ledger.block
  }

  /** A call of a method that calls nobody, or of one that could and does not. */
  async call(name: string, params: object, options: CallOptions = {}): Promise<Answer> {
    const method = present(
      pools.methods.find((one) => one.name === name),
      `there is a method ${name}`,
    )
    const { from = CONTROLLER, value = 0n, gasLimit = 16_777_216n, isWithin = false } = options
    const { state } = this.ledger
    if (!isWithin) state.beginTransaction()
    state.checkpoint()
    if (value > 0n) {
      state.subtractBalance(from, value)
      state.addBalance(POOLS_MODULE, value)
    }
    const data = encodeTuple(method.paramsType, params, method.selector)
    const where = { chainId: 1n, block: { number: this.block, timestamp: this.block } }
    const message = { caller: from, value, data, gasLimit, isStatic: false, isDelegate: false, state, ...where }
    const outcome = await dispatch(pools, message, options.callOut ?? callsNobody)
    if (outcome.status === 'success') state.commit()
    else state.revert()
    if (!isWithin) state.endTransaction()
    return answerOf(method, outcome)
  }

  /** A call that the test takes for granted. */
  async must(name: string, params: object, options: CallOptions = {}): Promise<Record<string, unknown>> {
    const { value, refusal } = await this.call(name, params, options)
    if (refusal !== undefined) throw new Error(`${name}: ${refusal.name}`)
    return value
  }

  /** The refusal of a call; its state change is none. */
  async refusal(name: string, params: object, options: CallOptions = {}): Promise<Refusal | 'accepted'> {
    return (await this.call(name, params, options)).refusal ?? 'accepted'
  }

  /** A stand-alone pool. */
  async create(policy: bigint = POLICY.open, maxWeight = 0n): Promise<bigint> {
    return (await this.must('create', { controller: CONTROLLER, policy, maxWeight }))['pool'] as bigint
  }

  /** Appends and returns the batch's number. */
  async append(pool: bigint, batch: Contributors | Single, relayFeePpm = 0n): Promise<bigint> {
    const answer =
      batch instanceof Contributors
        ? this.must('append', { pool, ...batch.offer(relayFeePpm) })
        : this.must('appendLeaf', { pool, leaf: batch.leaves[0], dataHash: ZERO_HASH, relayFeePpm })
    return (await answer)['batch'] as bigint
  }

  fund(pool: bigint, amount: bigint): Promise<Answer> {
    return this.call('fund', { pool, token: ZERO_ADDRESS, amount }, { from: PAYER, value: amount })
  }

  claim(pool: bigint, batch: bigint, by: Contributors, index: number, options: CallOptions = {}): Promise<Answer> {
    const { leaf, proof } = by.proven(index)
    return this.call('claim', { pool, batch, token: ZERO_ADDRESS, leaf, proof }, { from: leaf.account, ...options })
  }

  /** Ends blocks. */
  endBlocks(count = 1): void {
    for (let i = 0; i < count; i++) this.ledger.sweep()
  }

  balance(who: Address): bigint {
    return this.ledger.state.getBalance(who)
  }

  status(pool: bigint, batch: bigint): bigint {
    return batchHead.read(this.ledger.pools, { pool, batch }).status
  }

  /** What a batch earned in all, in 2^-64 units. */
  earned(pool: bigint, batch: bigint, token = 0): bigint {
    const { pools: cells } = this.ledger
    const head = batchHead.read(cells, { pool, batch })
    if (head.status === BATCH.pending) return 0n
    const hasLeft = head.status === BATCH.revoked || head.status === BATCH.forfeited
    const exit = hasLeft ? batchExit.read(cells, { pool, batch, token }).acc : undefined
    const { acc } = readAccrual(cells, pool, token)
    return unitEarnings(acc, entryOf(cells, { pool, batch }, head, token), exit) * head.weight
  }

  paid(pool: bigint, batch: bigint, token = 0): bigint {
    return batchPaid.read(this.ledger.pools, { pool, batch, token }).amount
  }

  /** All that the cells say is in a pool for somebody; it is a whole number of units. */
  holdings(pool: bigint, token = 0): bigint {
    const { pools: cells } = this.ledger
    const { batches } = poolHead.read(cells, { pool })
    let fine = readAccrual(cells, pool, token).carry
    for (let batch = 0n; batch < batches; batch++) {
      if (this.status(pool, batch) === BATCH.forfeited) continue
      fine += this.earned(pool, batch, token) - (this.paid(pool, batch, token) << ACCRUAL_BITS)
    }
    if (fine % (1n << ACCRUAL_BITS) !== 0n) throw new Error(`a pool holds ${fine} 2^-64 units`)
    const { waiting, escrow } = held.read(cells, { pool, token })
    return (fine >> ACCRUAL_BITS) + waiting + escrow
  }

  held(pool: bigint, token = 0): { readonly waiting: bigint; readonly escrow: bigint } {
    return held.read(this.ledger.pools, { pool, token })
  }

  weight(pool: bigint): bigint {
    return poolHead.read(this.ledger.pools, { pool }).weight
  }

  get bonds(): bigint {
    return bondsHeld.read(this.ledger.pools, {}).wei
  }
}

/** A batch of one contributor. */
export type Single = { readonly leaves: readonly [Leaf] }

export function single(weight: bigint, who: Address = account(1_000)): Single & { readonly root: SumRoot } {
  const leaf = { index: 0n, account: who, weight }
  return { leaves: [leaf], root: { hash: leafHash(leaf), total: weight, depth: 0 } }
}

const callsNobody: CallOut = () => {
  throw new Error('nobody is called')
}

function answerOf(method: Method, { status, returnData, gasUsed }: ModuleOutcome): Answer {
  if (status === 'failure') return { value: {}, gasUsed, refusal: { name: 'out of gas' } }
  if (status === 'revert') return { value: {}, gasUsed, refusal: refusalOf(returnData) }
  const value = method.returnsType.read(new AbiReader(returnData), 0) as Answer['value']
  return { value, gasUsed, refusal: undefined }
}

function refusalOf(returnData: Uint8Array): Refusal {
  const error = [...pools.errors, ...STANDARD_ERRORS].find((one) => equalBytes(one.selector, returnData.subarray(0, 4)))
  if (error === undefined) throw new Error('an error that is not declared')
  const values = decodeValues(error.fields, returnData.subarray(4))
  if (!values.ok) throw new Error('an error that does not decode')
  return { name: error.name, ...values.value }
}
