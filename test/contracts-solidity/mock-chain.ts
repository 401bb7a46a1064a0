/**
 * Two states side by side: one with the native modules, one with their Solidity models at the same addresses. Every call is
 * made of both, and what came of it can be compared byte by byte.
 */

import { encodeDeployData, encodeFunctionData } from 'viem'
import type { AttributionRules } from '../../src/chainspec/attribution.ts'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import type { BlockContext } from '../../src/execution/evm.ts'
import { NativeModules } from '../../src/execution/native-modules.ts'
import type { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import { assert, present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { writeModuleGenesis } from '../../src/precompiles/genesis.ts'
import { ATTRIBUTION_MODULES } from '../../src/precompiles/registry.ts'
import { sweepRoyalties } from '../../src/precompiles/royalty/sweep.ts'
import { StateStore } from '../../src/state/state-store.ts'
import { WorldState } from '../../src/state/world-state.ts'
import { MemoryKv } from '../../src/storage/memory-kv.ts'
import { type Address, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import type { Log } from '../../src/types/receipt.ts'
import { artifactOf, type Compilation } from './compile.ts'

/** What came of a call, as text that compares and reads well. */
export type Seen = { readonly status: string; readonly returned: string; readonly logs: readonly string[] }

export type Call = {
  readonly from: Address
  readonly to: Address
  readonly data: Uint8Array
  readonly value?: bigint
}

/** Beyond what any call of the models needs. */
const GAS = 1_000_000_000n
const BALANCE = 10n ** 27n
const FIRST_TIMESTAMP = 1_700_000_000
/** Who deploys the models' parts; its nonces are nobody else's. */
const DEPLOYER = `0x${'de'.repeat(20)}` as Address

/** The parts of each model, the one at the module's address first. */
const PARTS: readonly (readonly [Address, readonly string[]])[] = [
  [ASSETS_MODULE, ['MockAssets', 'MockAssetsConsent', 'MockAssetsToken']],
  [ROYALTY_MODULE, ['MockRoyalty', 'MockRoyaltySweep', 'MockRoyaltyViews']],
  [POOLS_MODULE, ['MockPools', 'MockPoolsDisputes']],
]

/** A state and how calls are made of it. */
export class CallWorld {
  readonly state: WorldState
  private readonly evm: ReferenceEvm
  private readonly modules: NativeModules
  block = 1

  constructor(evm: ReferenceEvm, modules: NativeModules) {
    this.evm = evm
    this.modules = modules
    this.state = new WorldState(new StateStore(new MemoryKv(), { historyBlocks: 1 }).head())
    this.state.beginTransaction()
    for (const { address } of DEV_ACCOUNTS) this.state.setBalance(address, BALANCE)
  }

  /** A transaction of its own, without fees. */
  async call({ from, to, data, value = 0n }: Call): Promise<Seen> {
    const { status, returnData, logs } = await this.run(from, to, data, value)
    return { status, returned: bytesToHex(returnData), logs: logs.map(logText) }
  }

  async deploy(from: Address, code: `0x${string}`): Promise<Address> {
    const { createdAddress, status } = await this.run(from, null, hexToBytes(code), 0n)
    assert(status === 'success', 'a contract is deployed')
    return present(createdAddress ?? undefined, 'a creation has an address')
  }

  private async run(caller: Address, to: Address | null, data: Uint8Array, value: bigint) {
    const { state } = this
    state.beginTransaction()
    const nonce = state.getNonce(caller)
    state.setNonce(caller, nonce + 1n)
    const fixed = { gasLimit: GAS, gasPrice: 0n, nonce, accessList: [], warmAddresses: [] }
    const host = { state, block: this.context(), modules: this.modules }
    const result = await this.evm.execute({ caller, to, data, value, ...fixed }, host)
    const { logs } = state.endTransaction()
    return { ...result, logs }
  }

  private context(): BlockContext {
    return {
      number: this.block,
      timestamp: FIRST_TIMESTAMP + this.block,
      coinbase: ZERO_ADDRESS,
      gasLimit: GAS,
      baseFeePerGas: 0n,
      prevRandao: ZERO_HASH,
      blobBaseFee: 1n,
      blockHash: () => ZERO_HASH,
    }
  }
}

/** The native modules and their models, under the same rules. */
export class TwinWorlds {
  readonly native: CallWorld
  readonly model: CallWorld
  private readonly compilation: Compilation

  private constructor(native: CallWorld, model: CallWorld, compilation: Compilation) {
    this.native = native
    this.model = model
    this.compilation = compilation
  }

  static async open(evm: ReferenceEvm, compilation: Compilation, rules: AttributionRules): Promise<TwinWorlds> {
    const native = new CallWorld(evm, new NativeModules(ATTRIBUTION_MODULES))
    writeModuleGenesis(rules, ATTRIBUTION_MODULES, native.state)
    const model = new CallWorld(evm, new NativeModules([]))
    const twins = new TwinWorlds(native, model, compilation)
    await twins.placeModels(rules)
    return twins
  }

  /** Makes the call of both and gives what the native modules and the models did. */
  async call(call: Call): Promise<{ readonly native: Seen; readonly model: Seen }> {
    return { native: await this.native.call(call), model: await this.model.call(call) }
  }

  /** Deploys the same contract to the same address of both. */
  async deploy(from: Address, code: `0x${string}`): Promise<Address> {
    const address = await this.native.deploy(from, code)
    assert((await this.model.deploy(from, code)) === address, 'both worlds count the same nonces')
    return address
  }

  /** The end of the block: the native sweep, and the models' explicit one. */
  async endBlock(): Promise<{ readonly native: readonly string[]; readonly model: readonly string[] }> {
    const { state, block } = this.native
    state.beginTransaction()
    const native = sweepRoyalties(state, { number: block }).map(logText)
    state.endTransaction()
    const data = this.encode('MockRoyaltySweep', 'sweep', [])
    const swept = await this.model.call({ from: DEPLOYER, to: ROYALTY_MODULE, data })
    assert(swept.status === 'success', `the model sweeps: ${swept.returned}`)
    this.native.block++
    this.model.block++
    return { native, model: swept.logs }
  }

  private async placeModels(rules: AttributionRules): Promise<void> {
    const { state } = this.model
    for (const [address, names] of PARTS) {
      let next: Address | undefined
      for (const name of names.toReversed()) {
        const { abi, bytecode } = artifactOf(this.compilation, name)
        const args = next === undefined ? [] : [next]
        next = await this.model.deploy(DEPLOYER, encodeDeployData({ abi, bytecode, args }))
      }
      state.beginTransaction()
      state.setNonce(address, 1n)
      state.setCode(address, state.getCode(present(next, 'a model has a first part')))
      state.endTransaction()
    }
    const data = this.encode('MockRoyalty', 'configure', [rules])
    const seen = await this.model.call({ from: DEPLOYER, to: ROYALTY_MODULE, data })
    assert(seen.status === 'success', 'the models take the chain’s parameters')
  }

  private encode(contract: string, functionName: string, args: readonly unknown[]): Uint8Array {
    const { abi } = artifactOf(this.compilation, contract)
    return hexToBytes(encodeFunctionData({ abi, functionName, args }))
  }
}

function logText({ address, topics, data }: Log): string {
  return [address, ...topics, bytesToHex(data)].join(' ')
}
