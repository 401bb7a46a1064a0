/**
 * The Solidity models of the native modules are held to them: the same random calls give the same return data, the same
 * refusals with the same numbers, and the same logs, and what can be read afterwards is the same.
 */

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { DEVELOPMENT_ATTRIBUTION } from '../../src/chainspec/networks.ts'
import { ReferenceEvm } from '../../src/execution/reference-evm.ts'
import { present } from '../../src/lib/assert.ts'
import { Prng } from '../../src/lib/prng.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { type Address, ZERO_ADDRESS } from '../../src/types/primitives.ts'
import { callData } from '../precompiles/model/module-calls.ts'
import { type Compilation, compileContracts, sourcesIn } from './compile.ts'
import { TwinWorlds } from './mock-chain.ts'
import { RandomCalls } from './random-calls.ts'
import { registryModel } from './registry-model.ts'
import { deployTokens } from './tokens.ts'

const CHAIN_ID = 534_100
const RULES = {
  ...DEVELOPMENT_ATTRIBUTION,
  ...{ noticeBlocks: 2, disputeBlocks: 3, demandBlocks: 3, demandBondWei: 10n ** 15n },
  ...{ flushMinWei: 10n ** 12n, slotMinWei: 10n ** 13n, sweepUnits: 200 },
}

let evm: ReferenceEvm
let compilation: Compilation

beforeAll(async () => {
  evm = await ReferenceEvm.create(CHAIN_ID)
  compilation = compileContracts(sourcesIn('mocks'))
}, 120_000)

/** Reads of everything that the accounts know of. */
function readsOf(calls: RandomCalls, tokens: readonly Address[]): { to: Address; data: Uint8Array }[] {
  const reads: { to: Address; data: Uint8Array }[] = []
  const read = (to: Address, name: string, params: Record<string, unknown>): void =>
    void reads.push({ to, data: callData(to, name, params) })
  const all = [ZERO_ADDRESS, ...tokens]
  for (let id = 1n; id <= calls.assets; id++) {
    for (const name of ['get', 'parents', 'obligations', 'terms', 'usage']) read(ASSETS_MODULE, name, { id })
    for (const name of ['ownerOf', 'tokenURI', 'getApproved']) read(ASSETS_MODULE, name, { tokenId: id })
    read(ASSETS_MODULE, 'royaltyInfo', { tokenId: id, salePrice: (1n << 255n) + id })
    read(ROYALTY_MODULE, 'quote', { asset: id, amount: 10n ** 18n + id, maxNodes: 12n })
    for (const token of all) for (const name of ['ledger', 'pending']) read(ROYALTY_MODULE, name, { asset: id, token })
  }
  for (const { address } of DEV_ACCOUNTS) {
    read(ASSETS_MODULE, 'balanceOf', { owner: address })
    read(POOLS_MODULE, 'payee', { account: address })
    for (const token of all) read(ROYALTY_MODULE, 'claimable', { account: address, token })
  }
  for (const token of all) for (const name of ['totals', 'surplus', 'queued']) read(ROYALTY_MODULE, name, { token })
  for (const { pool, number } of calls.batches) {
    read(POOLS_MODULE, 'state', { pool })
    read(POOLS_MODULE, 'batchState', { pool, batch: number })
    for (const token of all) {
      read(POOLS_MODULE, 'ledger', { pool, token })
      read(POOLS_MODULE, 'batchPaid', { pool, batch: number, token })
    }
  }
  read(ROYALTY_MODULE, 'tokens', {})
  read(ASSETS_MODULE, 'assetCount', {})
  return reads
}

/** Plays `blocks` blocks of random calls; returns how many calls of each method succeeded and were refused. */
async function play(seed: number, blocks: number): Promise<Map<string, [number, number]>> {
  const twins = await TwinWorlds.open(evm, compilation, RULES)
  const prng = new Prng(seed)
  const reader = present(DEV_ACCOUNTS[6], 'there are ten development accounts').address
  const tokens = await deployTokens(twins, RULES.disputeAuthority)
  const calls = new RandomCalls(prng.fork('calls'), twins.native, tokens)
  const counts = new Map<string, [number, number]>()
  for (let block = 1; block <= blocks; block++) {
    for (let i = prng.below(8); i >= 0; i--) {
      const draft = calls.next()
      const { native, model } = await twins.call(draft)
      expect(model, `block ${block}, call ${i}`).toEqual(native)
      calls.note(draft, native)
      const key = Buffer.from(draft.data.subarray(0, 4)).toString('hex')
      const [succeeded, refused] = counts.get(key) ?? [0, 0]
      counts.set(key, native.status === 'success' ? [succeeded + 1, refused] : [succeeded, refused + 1])
    }
    const { native, model } = await twins.endBlock()
    expect(model, `end of block ${block}`).toEqual(native)
    if (block % 15 !== 0) continue
    for (const { to, data } of readsOf(calls, tokens)) {
      const seen = await twins.call({ from: reader, to, data })
      expect(seen.model, `a read at the end of block ${block}`).toEqual(seen.native)
    }
  }
  return counts
}

describe('the models of the native modules', () => {
  it('answer, refuse and log as the native modules do, whatever is called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        await play(seed, 60)
      }),
      { numRuns: 2 },
    )
  }, 240_000)
})

registryModel(() => compilation)
