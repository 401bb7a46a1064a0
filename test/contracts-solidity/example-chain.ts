/**
 * A chain whose blocks deploy and call example contracts beside the native modules.
 */

import { type Abi, decodeErrorResult, decodeFunctionResult, encodeDeployData, encodeFunctionData } from 'viem'
import { CallExecutor } from '../../src/execution/call.ts'
import { assert, present } from '../../src/lib/assert.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { type Address, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import type { Receipt } from '../../src/types/receipt.ts'
import type { SignedTransaction } from '../../src/types/transaction.ts'
import { account, advance, signed } from '../execution/support.ts'
import { AttributionChain } from '../node/attribution-chain.ts'
import type { Artifact } from './compile.ts'

/** A contract at its address. */
export type Deployed = { readonly address: Address; readonly abi: Abi }
/** A block with the receipts of its transactions, the system transaction's last where there is one. */
export type Made = { readonly block: SealedBlock; readonly receipts: readonly Receipt[] }
type Call = { readonly functionName: string; readonly args?: readonly unknown[]; readonly value?: bigint }

/** Accounts that call contracts; those below register and pay assets. */
const FIRST_CALLER = 4

export class ExampleChain {
  readonly world: AttributionChain
  private readonly nonces = new Map<number, number>()

  private constructor(world: AttributionChain) {
    this.world = world
  }

  static async open(): Promise<ExampleChain> {
    return new ExampleChain(await AttributionChain.open())
  }

  /** Deploys a contract in a block of its own. */
  async deploy(who: number, { abi, bytecode }: Artifact, args: readonly unknown[] = []): Promise<Deployed> {
    const data = hexToBytes(encodeDeployData({ abi, bytecode, args }))
    const { receipts } = await this.make([this.sign(who, null, data, 0n)])
    const address = present(receipts[0]?.contractAddress ?? undefined, 'a contract is deployed')
    return { address, abi }
  }

  /** A transaction of account `who` that calls a contract. */
  transaction(
    who: number,
    { address, abi }: Deployed,
    { functionName, args = [], value = 0n }: Call,
  ): SignedTransaction {
    return this.sign(who, address, hexToBytes(encodeFunctionData({ abi, functionName, args })), value)
  }

  /** Makes the next block of these transactions. */
  async make(transactions: readonly SignedTransaction[]): Promise<Made> {
    const { chain } = this.world
    const block = await advance(chain, transactions)
    return { block, receipts: present(chain.blocks.receipts(block.header.number), 'a made block has receipts') }
  }

  /** A call that changes nothing, at the head: what it returns, or the name of its error. */
  async read({ address, abi }: Deployed, { functionName, args = [] }: Call): Promise<unknown> {
    const { spec, kv, clock } = this.world.chain
    const executor = await CallExecutor.create({ spec, kv, clock })
    const data = hexToBytes(encodeFunctionData({ abi, functionName, args }))
    const plain = { gas: undefined, gasPrice: undefined, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
    const more = { value: 0n, nonce: undefined, accessList: undefined, authorizationList: undefined }
    const request = { from: ZERO_ADDRESS, to: address, data, ...plain, ...more }
    const answer = await executor.call(request, { blockNumber: this.world.height, isNextBlock: false }, 50_000_000n)
    assert(answer.ok, 'a call of the head runs')
    const returned = bytesToHex(answer.value.returnData)
    if (answer.value.status === 'success') return decodeFunctionResult({ abi, functionName, data: returned })
    return decodeErrorResult({ abi, data: returned }).errorName
  }

  private sign(who: number, to: Address | null, data: Uint8Array, value: bigint): SignedTransaction {
    assert(who >= FIRST_CALLER, 'the nonces of the first accounts are counted elsewhere')
    const nonce = this.nonces.get(who) ?? 0
    this.nonces.set(who, nonce + 1)
    return signed(account(who), nonce, { to, data, value, gasLimit: 8_000_000n })
  }
}
