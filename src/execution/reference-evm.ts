/**
 * The reference engine: @ethereumjs/evm under Osaka rules over our journalled state.
 *
 * Keccak is WebAssembly, signature recovery native, jump tables are analysed once per code. Native modules are called with
 * the message bound to them (caller, value, static), which the library's own custom precompiles do not receive. One
 * instance runs one message at a time.
 */

import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { type EVMResult, NobleBN254 } from '@ethereumjs/evm'
import { Address as LibraryAddress } from '@ethereumjs/util'
import { keccak256 } from '../crypto/keccak.ts'
import { verifyKzgProof } from '../crypto/kzg.ts'
import { recoverPublicKey } from '../crypto/secp256k1.ts'
import { assert } from '../lib/assert.ts'
import { concatBytes, hexToBytes } from '../lib/bytes.ts'
import type { StateSource } from '../state/state-source.ts'
import { WorldState } from '../state/world-state.ts'
import { type Address, addressFromBytes, type Hash, hashFromBytes, ZERO_HASH } from '../types/primitives.ts'
import type { BlockContext, Evm, EvmHost, EvmMessage, EvmResult } from './evm.ts'
import { type FailedOperation, gethErrorWords } from './evm-errors.ts'
import { SaharaEvm } from './sahara-evm.ts'
import { StateAdapter } from './state-adapter.ts'

/** What the library's preparation reads. */
const NO_STATE: StateSource = { getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined }

type ExecResult = EVMResult['execResult']

export class ReferenceEvm implements Evm {
  readonly name = 'reference'
  private readonly adapter: StateAdapter
  private readonly evm: SaharaEvm
  private readonly ancestors: Ancestors
  private isRunning = false

  private constructor(adapter: StateAdapter, evm: SaharaEvm, ancestors: Ancestors) {
    this.adapter = adapter
    this.evm = evm
    this.ancestors = ancestors
  }

  /** An engine for one chain id. Asynchronous, for the library's instruction table is prepared by running code. */
  static async create(chainId: number): Promise<ReferenceEvm> {
    const adapter = new StateAdapter()
    const ancestors = new Ancestors()
    const common = new Common({
      chain: { ...Mainnet, chainId },
      hardfork: Hardfork.Osaka,
      customCrypto: {
        keccak256,
        ecrecover: recoverForPrecompile,
        kzg: { verifyProof: verifyKzgProof } as never,
      },
    })
    const evm = new SaharaEvm({
      common,
      stateManager: adapter,
      blockchain: ancestors as never,
      bn254: new NobleBN254(),
    })
    adapter.use(new WorldState(NO_STATE))
    await evm.prepare()
    adapter.use(undefined)
    return new ReferenceEvm(adapter, evm, ancestors)
  }

  /** Addresses of the standard precompiles. */
  precompileAddresses(): readonly Address[] {
    return this.evm.precompileAddresses
  }

  async execute(message: EvmMessage, host: EvmHost): Promise<EvmResult> {
    assert(!this.isRunning, 'the reference engine runs one message at a time')
    this.isRunning = true
    this.adapter.use(host.state)
    this.evm.begin(host)
    this.ancestors.blockHash = host.block.blockHash
    try {
      this.warm(message, host)
      const result = await this.run(message, host)
      return this.finish(result, message, host)
    } finally {
      this.evm.end()
      this.adapter.use(undefined)
      this.isRunning = false
    }
  }

  private warm(message: EvmMessage, host: EvmHost): void {
    const { journal } = this.evm
    for (const address of this.evm.precompileAddresses) journal.addAlwaysWarmAddress(address)
    for (const address of host.modules.addresses()) journal.addAlwaysWarmAddress(address)
    journal.addAlwaysWarmAddress(message.caller)
    journal.addAlwaysWarmAddress(host.block.coinbase)
    if (message.to !== null) journal.addAlwaysWarmAddress(message.to)
    for (const address of message.warmAddresses) journal.addAlwaysWarmAddress(address)
    host.modules.warmSlots(message.accessList, host.state)
    for (const item of message.accessList) {
      journal.addAlwaysWarmAddress(item.address, true)
      for (const slot of item.storageKeys) journal.addAlwaysWarmSlot(item.address, slot, true)
    }
  }

  private run(message: EvmMessage, host: EvmHost): Promise<EVMResult> {
    const to = message.to === null ? {} : { to: new LibraryAddress(hexToBytes(message.to)) }
    return this.evm.runCall({
      ...to,
      caller: new LibraryAddress(hexToBytes(message.caller)),
      value: message.value,
      data: message.data,
      gasLimit: message.gasLimit,
      gasPrice: message.gasPrice,
      skipNonceIncrement: true,
      block: libraryBlock(host.block),
    })
  }

  private finish(result: EVMResult, message: EvmMessage, host: EvmHost): EvmResult {
    const { execResult } = result
    const accessList = host.reportAccess === true ? this.evm.reportedAccess() : undefined
    const createdAddress =
      message.to === null && result.createdAddress !== undefined ? addressFromBytes(result.createdAddress.bytes) : null
    const gasUsed = execResult.executionGasUsed
    const error = execResult.exceptionError?.error
    if (error !== undefined) {
      const status = error === 'revert' ? 'revert' : 'failure'
      const words = gethErrorWords(error, failedOperation(execResult.runState))
      return { status, error: words, gasUsed, returnData: execResult.returnValue.slice(), createdAddress, accessList }
    }
    keepEffects(execResult, host.state)
    const returnData = execResult.returnValue.slice()
    return { status: 'success', error: undefined, gasUsed, returnData, createdAddress, accessList }
  }
}

/** Moves logs, refund and destroyed accounts of a successful message to the transaction. */
function keepEffects(execResult: ExecResult, state: WorldState): void {
  for (const [address, topics, data] of execResult.logs ?? []) {
    state.transaction.addLog({
      address: addressFromBytes(address),
      topics: topics.map(hashFromBytes),
      data: data.slice(),
    })
  }
  state.transaction.addRefund(execResult.gasRefund ?? 0n)
  // EIP-6780: only what this transaction created can be destroyed.
  for (const address of execResult.selfdestruct?.keys() ?? []) {
    if (execResult.createdAddresses?.has(address) === true) state.transaction.markDestroyed(address as Address)
  }
}

/** BLOCKHASH as the library asks for it. */
class Ancestors {
  blockHash: (number: number) => Hash = () => ZERO_HASH

  async getBlock(number: number): Promise<{ hash: () => Uint8Array }> {
    const hash = hexToBytes(this.blockHash(number))
    return { hash: () => hash }
  }

  async putBlock(): Promise<void> {}

  shallowCopy(): this {
    return this
  }
}

function libraryBlock(block: BlockContext) {
  return {
    header: {
      number: BigInt(block.number),
      coinbase: new LibraryAddress(hexToBytes(block.coinbase)),
      timestamp: BigInt(block.timestamp),
      difficulty: 0n,
      prevRandao: hexToBytes(block.prevRandao),
      gasLimit: block.gasLimit,
      baseFeePerGas: block.baseFeePerGas,
      slotNumber: 0n,
      getBlobGasPrice: () => block.blobBaseFee,
    },
  }
}

/** The instruction that failed, for the message. */
function failedOperation(runState: ExecResult['runState']): FailedOperation | undefined {
  return runState === undefined ? undefined : { code: runState.opCode, stackItems: runState.stack.length }
}

/** ECRECOVER: the 64-byte public key; throws when there is none, as the library expects. */
function recoverForPrecompile(hash: Uint8Array, v: bigint, r: Uint8Array, s: Uint8Array): Uint8Array {
  const publicKey = recoverPublicKey(hash, concatBytes(r, s), Number(v - 27n))
  if (publicKey === undefined) throw new Error('no key made this signature')
  return publicKey.subarray(1)
}
