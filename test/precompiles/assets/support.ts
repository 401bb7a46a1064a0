/**
 * The registry on a state of its own: calls through the dispatcher, each in its transaction, with revert and logs as the
 * executor has them.
 */

import { DEV_ACCOUNTS } from '../../../src/chainspec/dev-accounts.ts'
import { DEVELOPMENT_ATTRIBUTION } from '../../../src/chainspec/networks.ts'
import { keccak256Hash } from '../../../src/crypto/keccak.ts'
import { bytesToHex, equalBytes } from '../../../src/lib/bytes.ts'
import { MAX_TRANSACTION_GAS } from '../../../src/lib/limits.ts'
import { decodeValues, encodeTuple } from '../../../src/precompiles/abi.ts'
import { AbiReader } from '../../../src/precompiles/abi-reader.ts'
import { ASSETS_MODULE } from '../../../src/precompiles/addresses.ts'
import { assets } from '../../../src/precompiles/assets/assets.ts'
import { commitmentPreimage } from '../../../src/precompiles/assets/commitments.ts'
import type { Edge } from '../../../src/precompiles/assets/terms.ts'
import { UNMETERED } from '../../../src/precompiles/context.ts'
import type { ErrorDefinition } from '../../../src/precompiles/definitions.ts'
import { dispatch, type ModuleOutcome } from '../../../src/precompiles/dispatch.ts'
import type { CallOut } from '../../../src/precompiles/frame.ts'
import { writeModuleGenesis } from '../../../src/precompiles/genesis.ts'
import type { Method, ModuleDefinition } from '../../../src/precompiles/module.ts'
import { royalty } from '../../../src/precompiles/royalty/royalty.ts'
import { sweepRoyalties } from '../../../src/precompiles/royalty/sweep.ts'
import { STANDARD_ERRORS } from '../../../src/precompiles/standard-errors.ts'
import { Cells } from '../../../src/state/cells.ts'
import { StateStore } from '../../../src/state/state-store.ts'
import { WorldState } from '../../../src/state/world-state.ts'
import { MemoryKv } from '../../../src/storage/memory-kv.ts'
import { type Address, type Hash, ZERO_HASH } from '../../../src/types/primitives.ts'
import type { Log } from '../../../src/types/receipt.ts'

const [ALICE, BOB, CAROL, DAVE] = DEV_ACCOUNTS.map((one) => one.address) as [Address, Address, Address, Address]

const PAYER = (DEV_ACCOUNTS[4] as { readonly address: Address }).address

export { ALICE, BOB, CAROL, DAVE }
export const AUTHORITY = DEVELOPMENT_ATTRIBUTION.disputeAuthority
export const TREASURY = DEVELOPMENT_ATTRIBUTION.treasury
export const CHAIN_ID = 1_337n
/** Seconds at block 0; a block takes one. */
export const FIRST_TIMESTAMP = 1_000

/** A refusal: the name of its error and its values. */
export type Refusal = { readonly name: string; readonly [value: string]: unknown }

export type Answer = {
  readonly value: Record<string, unknown>
  readonly logs: readonly Log[]
  readonly gasUsed: bigint
  readonly refusal: Refusal | undefined
}

type CallOptions = {
  readonly from?: Address
  readonly to?: ModuleDefinition
  readonly value?: bigint
  readonly isStatic?: boolean
  readonly callOut?: CallOut
  readonly gasLimit?: bigint
}

/** A hash out of a name. */
export function hashOf(name: string): Hash {
  return keccak256Hash(new TextEncoder().encode(name))
}

export function edge(parent: bigint, fields: Partial<Edge> = {}): Edge {
  const values = { relation: 0n, relativePpm: 0n, floorPpm: 0n, floorGens: 255n, licenceId: ZERO_HASH }
  return { parent, ...values, ...fields }
}

export type Registering = {
  readonly by?: Address
  readonly name?: string
  readonly parents?: readonly Edge[]
  readonly poolPpm?: bigint
  readonly kind?: bigint
  readonly uri?: string
  readonly royaltyBps?: bigint
  readonly salt?: Hash
  readonly gasLimit?: bigint
}

/** Names that were not given are made up, so that content differs. */
let unnamed = 0

export class Registry {
  readonly state = new WorldState(new StateStore(new MemoryKv(), { historyBlocks: 10 }).head())
  block = 100

  constructor() {
    this.state.beginTransaction()
    writeModuleGenesis(DEVELOPMENT_ATTRIBUTION, [assets, royalty], this.state)
    this.state.endTransaction()
  }

  cells(module: Address = ASSETS_MODULE): Cells {
    return new Cells(this.state, module, UNMETERED)
  }

  /** A call that does not call out: `method` is a name, or a signature where a name is not enough. */
  call(method: string, params: object = {}, options: CallOptions = {}): Answer {
    const { to = assets } = options
    const found = methodNamed(to, method)
    return this.finish(found, this.begin(found, params, options) as ModuleOutcome, options)
  }

  async callOut(method: string, params: object, options: CallOptions): Promise<Answer> {
    const found = methodNamed(options.to ?? assets, method)
    return this.finish(found, await this.begin(found, params, options), options)
  }

  /** The only value that a successful call returns. */
  read(method: string, params: object = {}): unknown {
    const { value, refusal } = this.call(method, params, { isStatic: true })
    if (refusal !== undefined) throw new Error(`${method}: ${text(refusal)}`)
    return Object.values(value)[0]
  }

  /** Why a call is refused; a refusal leaves no log. */
  refusal(method: string, params: object = {}, options: CallOptions = {}): Refusal | 'accepted' {
    return this.call(method, params, options).refusal ?? 'accepted'
  }

  /** What `setTerms` takes, open and for every relation. */
  openTerms(id: bigint, by: Address, fields: object = {}): void {
    const values = { relationMask: 0x3ffn, minRelativePpm: 0n, floorPpm: 0n, floorGens: 255n, isOpen: true }
    this.must('setTerms', { id, ...values, ...fields }, { from: by })
  }

  commit({ by = ALICE, name = '', salt = ZERO_HASH }: Registering): Hash {
    const commitment = keccak256Hash(commitmentPreimage(hashOf(name), by, salt))
    this.must('commit', { commitment }, { from: by })
    return commitment
  }

  /** Commits, waits two blocks and registers. */
  register(registering: Registering = {}): bigint {
    const answer = this.tryRegister(registering)
    if (answer.refusal !== undefined) throw new Error(text(answer.refusal))
    return answer.value['id'] as bigint
  }

  tryRegister(registering: Registering = {}): Answer {
    const named = { name: `content ${++unnamed}`, by: ALICE, salt: ZERO_HASH, ...registering }
    this.commit(named)
    this.block += 2
    return this.reveal(named)
  }

  reveal(registering: Registering & { readonly name: string }): Answer {
    const { by = ALICE, name, parents = [], poolPpm = 0n, kind = 1n, uri = 'ipfs://x', royaltyBps = 0n } = registering
    const { salt = ZERO_HASH, gasLimit = MAX_TRANSACTION_GAS } = registering
    const facts = { kind, contentHash: hashOf(name), dataRoot: ZERO_HASH, uri, parents, poolPpm, royaltyBps, salt }
    return this.call(REGISTER_WITH_SALT, facts, { from: by, gasLimit })
  }

  /** Commits, waits and adds a version of `previous`. */
  addVersion(previous: bigint, registering: Registering & { readonly name: string }): Answer {
    const { by = ALICE, name, parents = [], uri = '', poolPpm, salt = ZERO_HASH } = registering
    this.commit(registering)
    this.block += 2
    const facts = { previous, contentHash: hashOf(name), dataRoot: ZERO_HASH, uri, parents }
    if (poolPpm === undefined) return this.call(ADD_VERSION, facts, { from: by })
    return this.call(ADD_VERSION_WITH_POOL, { ...facts, poolPpm, salt }, { from: by })
  }

  pay(id: bigint, wei: bigint): void {
    const refusal = this.tryPay(id, wei)
    if (refusal !== 'accepted') throw new Error(text(refusal))
  }

  /** Pays an asset out of coins that come from nowhere. */
  tryPay(id: bigint, wei: bigint): Refusal | 'accepted' {
    this.state.addBalance(PAYER, wei)
    return this.refusal('pay', { asset: id, memo: ZERO_HASH }, { to: royalty, from: PAYER, value: wei })
  }

  /** The end of the block. */
  sweep(): void {
    this.state.beginTransaction()
    sweepRoyalties(this.state, { number: this.block })
    this.state.endTransaction()
    this.block++
  }

  setStatus(id: bigint, status: bigint): void {
    this.must('setStatus', { id, status }, { from: AUTHORITY })
  }

  /** Ends a dispute; escrow and asset go to `owner`. */
  resolve(id: bigint, status: bigint, owner: Address = ALICE): void {
    this.must('resolve', { id, status, escrowTo: owner, owner }, { from: AUTHORITY })
  }

  /** A call that the test takes for granted. */
  must(method: string, params: object, options: CallOptions = {}): Answer {
    const answer = this.call(method, params, options)
    if (answer.refusal !== undefined) throw new Error(`${method}: ${text(answer.refusal)}`)
    return answer
  }

  private begin(method: Method, params: object, options: CallOptions): ModuleOutcome | Promise<ModuleOutcome> {
    const { to = assets, from = ALICE, value = 0n } = options
    this.state.beginTransaction()
    this.state.checkpoint()
    if (value > 0n) {
      this.state.subtractBalance(from, value)
      this.state.addBalance(to.address, value)
    }
    const message = {
      caller: from,
      value,
      data: encodeTuple(method.paramsType, params, method.selector),
      gasLimit: options.gasLimit ?? MAX_TRANSACTION_GAS,
      isStatic: options.isStatic ?? false,
      isDelegate: false,
      block: { number: this.block, timestamp: FIRST_TIMESTAMP + this.block },
      chainId: CHAIN_ID,
      state: this.state,
    }
    return dispatch(to, message, options.callOut)
  }

  private finish(method: Method, outcome: ModuleOutcome, { to = assets }: CallOptions): Answer {
    const { status, logs, gasUsed, returnData } = outcome
    if (status === 'success') this.state.commit()
    else this.state.revert()
    this.state.endTransaction()
    if (status !== 'success') return { value: {}, logs, gasUsed, refusal: refusalOf(to, outcome) }
    const value = method.returnsType.read(new AbiReader(returnData), 0) as Answer['value']
    return { value, logs, gasUsed, refusal: undefined }
  }
}

/** A method by its name, or by its signature where several share the name. */
function methodNamed(module: ModuleDefinition, name: string): Method {
  const found = module.methods.filter((one) => one.name === name || one.signature === name)
  if (found.length !== 1) throw new Error(`${found.length} methods are named ${name}`)
  return found[0] as Method
}

function refusalOf(module: ModuleDefinition, { status, returnData }: ModuleOutcome): Refusal {
  if (status === 'failure') return { name: 'out of gas' }
  const isNamed = (one: ErrorDefinition) => equalBytes(one.selector, returnData.subarray(0, 4))
  const error = [...module.errors, ...STANDARD_ERRORS].find(isNamed)
  if (error === undefined) throw new Error(`an error that is not declared: ${bytesToHex(returnData)}`)
  const values = decodeValues(error.fields, returnData.subarray(4))
  if (!values.ok) throw new Error(values.error)
  return { name: error.name, ...values.value }
}

function text(refusal: Refusal): string {
  return JSON.stringify(refusal, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))
}

export const REGISTER_WITH_SALT = signatureOf('register', 8)
export const REGISTER = signatureOf('register', 7)
export const ADD_VERSION = signatureOf('addVersion', 5)
export const ADD_VERSION_WITH_POOL = signatureOf('addVersion', 7)

function signatureOf(name: string, params: number): string {
  const found = assets.methods.find((one) => one.name === name && Object.keys(one.params).length === params)
  if (found === undefined) throw new Error(`no ${name} of ${params} parameters`)
  return found.signature
}
