/**
 * An estimate holds in the cases in which what came between makes most of a difference: more accounts are owed a token that
 * none of them ever held, an asset receives a token that it had not, and the fee changes in the very block.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { CallExecutor } from '../../../src/execution/call.ts'
import { present } from '../../../src/lib/assert.ts'
import { type Address, ZERO_HASH } from '../../../src/types/primitives.ts'
import { account } from '../../execution/support.ts'
import { AttributionChain, callTo, type PlainCall } from '../../node/attribution-chain.ts'
import { approvals, deployment, listing } from './token-six.ts'

const PAYER = 0
const AUTHORITY = 9
const UNITS = 1_000_000n

let chain: AttributionChain
let token: Address
/** Assets of accounts 1, 2 and 3; the last is a child of the first. */
const OWNERS = [1, 2, 3].map((who) => account(who).address)

beforeAll(async () => {
  chain = await AttributionChain.open()
  chain.sendPlain(PAYER, { to: null, data: deployment([account(PAYER).address]) })
  const { header } = await chain.block()
  token = present(chain.chain.blocks.receipts(header.number)?.[0]?.contractAddress, 'the token is deployed') as Address
  const [approval] = approvals([account(PAYER).address], token)
  for (const action of [present(approval, 'one account approves'), listing(AUTHORITY, token)]) {
    if (action.kind === 'call') chain.sendPlain(action.from, { to: action.to, data: action.data })
  }
  await chain.block()
  await chain.register([{ by: 1 }, { by: 2 }, { by: 3 }])
  await chain.register([{ by: 3, parents: [{ parent: 1n, relativePpm: 100_000n }] }])
})

const payToken = (asset: bigint): PlainCall =>
  callTo('royalty', 'payToken', { asset, token, amount: UNITS, memo: ZERO_HASH })

async function estimate(who: number, call: PlainCall): Promise<bigint> {
  const { spec, kv, clock } = chain.chain
  const caller = await CallExecutor.create({ spec, kv, clock })
  const fees = { gasPrice: undefined, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
  const lists = { accessList: undefined, authorizationList: undefined }
  const rest = { from: account(who).address, gas: undefined, nonce: undefined, value: 0n }
  const context = { blockNumber: chain.height, isNextBlock: true }
  const estimated = await caller.estimateGas({ ...rest, ...fees, ...lists, ...call }, context, 16_000_000n)
  if (!estimated.ok) throw new Error(JSON.stringify(estimated.error))
  return estimated.value
}

describe('an estimate', () => {
  it('of claims for many holds when all of them are owed by then', async () => {
    chain.sendPlain(PAYER, payToken(1n))
    await chain.block()
    const claims = callTo('royalty', 'claimMany', { accounts: OWNERS, tokens: [token] })
    const gasLimit = await estimate(PAYER, claims)
    for (const asset of [1n, 2n, 3n]) chain.sendPlain(PAYER, payToken(asset))
    await chain.block()
    chain.sendPlain(PAYER, { ...claims, gasLimit })
    await chain.block()
    for (const owner of OWNERS) {
      await expect(estimate(PAYER, callTo('royalty', 'claim', { account: owner, tokens: [token] }))).rejects.toThrow()
    }
  })

  it('of a payment in a token holds when the ledger has none of it left', async () => {
    chain.sendPlain(PAYER, payToken(2n))
    await chain.block()
    const gasLimit = await estimate(PAYER, payToken(2n))
    const everybody = [...OWNERS, account(7).address]
    chain.sendPlain(PAYER, callTo('royalty', 'claimMany', { accounts: everybody, tokens: [token] }))
    await chain.block()
    chain.sendPlain(PAYER, { ...payToken(2n), gasLimit })
    await chain.block()
  })

  it('of lowering an edge, and of ending a dispute, holds when the asset received a token meanwhile', async () => {
    const [child, parent] = [4n, 1n]
    const edge = { child, parent, relativePpm: 50_000n, floorPpm: 0n, floorGens: 0n }
    const lowering = callTo('assets', 'lowerEdge', edge)
    const lowered = await estimate(1, lowering)
    chain.send(AUTHORITY, 'assets', 'setStatus', { id: child, status: 2n })
    await chain.block()
    const heir = account(3).address
    const ending = callTo('assets', 'resolve', { id: child, status: 1n, escrowTo: heir, owner: heir })
    const ended = await estimate(AUTHORITY, ending)
    chain.sendPlain(PAYER, payToken(child))
    await chain.block()
    chain.sendPlain(AUTHORITY, { ...ending, gasLimit: ended })
    await chain.block()
    chain.sendPlain(1, { ...lowering, gasLimit: lowered })
    await chain.block()
  })

  it('of a payment holds when the fee changes in its block, before it and after another one', async () => {
    const pay = { ...callTo('royalty', 'pay', { asset: 3n, memo: ZERO_HASH }), value: 10n ** 18n }
    const gasLimit = await estimate(PAYER, pay)
    chain.sendPlain(2, pay)
    chain.send(AUTHORITY, 'royalty', 'setProtocolFee', { feePpm: 9_999n })
    chain.sendPlain(PAYER, { ...pay, gasLimit })
    await chain.block()
    chain.sendPlain(PAYER, { ...pay, gasLimit })
    await chain.block()
  })
})
