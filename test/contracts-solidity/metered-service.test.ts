/**
 * The example of a contract that charges its users and pays an asset, on a real chain: in the block of the charge the asset's
 * owner, its parent's and the contributors have what is theirs, and the contract keeps its margin.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { present } from '../../src/lib/assert.ts'
import { moduleCells } from '../../src/node/adapters/attribution-state.ts'
import { owedOf } from '../../src/precompiles/royalty/owed.ts'
import type { Address } from '../../src/types/primitives.ts'
import { account } from '../execution/support.ts'
import { readEvent } from '../precompiles/model/module-calls.ts'
import { compileSolidity } from '../support/solidity.ts'
import { artifactOf, type Compilation, compileContracts } from './compile.ts'
import { type Deployed, ExampleChain, type Made } from './example-chain.ts'
import { TOKENS_SOURCE } from './tokens.ts'

const COIN = 10n ** 18n
/** Enough for the dataset’s share to pass its threshold at once. */
const PRICE = COIN
const MARGIN_PPM = 250_000n
const [OPERATOR, USER, OTHER, AUTHORITY] = [4, 5, 6, 9]
const REQUEST = keccak256Hash(new TextEncoder().encode('what is asked'))

let compilation: Compilation

beforeAll(() => {
  compilation = compileContracts(['examples/MeteredService.sol'])
})

/** A dataset, a model that owes it a fifth, and a service built on the model. */
async function serve(): Promise<{ chain: ExampleChain; service: Deployed }> {
  const chain = await ExampleChain.open()
  await chain.world.register([{ by: 0 }])
  await chain.world.register([{ by: 1, parents: [{ parent: 1n, relativePpm: 200_000n }] }])
  const service = await chain.deploy(OPERATOR, artifactOf(compilation, 'MeteredService'), [2n, PRICE, MARGIN_PPM])
  return { chain, service }
}

/** What accounts 0 and 1 are owed: the dataset's owner and the model's. */
function owed(chain: ExampleChain, token = 0): [bigint, bigint] {
  const { royalty } = moduleCells(chain.world.chain.executor.headState())
  return [owedOf(royalty, account(0).address, token), owedOf(royalty, account(1).address, token)]
}

function eventsOf({ receipts }: Made): string[] {
  return receipts.flatMap(({ logs }) => logs.map((log) => readEvent(log)?.name ?? 'Served'))
}

describe('a service that pays the asset it is built on', () => {
  it('hands a call on in its own block: the owner’s part, the parent’s, and the margin', async () => {
    const { chain, service } = await serve()
    const made = await chain.make([
      chain.transaction(USER, service, { functionName: 'ask', args: [REQUEST], value: PRICE }),
    ])
    expect(made.receipts.map(({ status }) => status)).toEqual([1, 1])
    expect(eventsOf(made)).toEqual(['Paid', 'Served', 'Flushed', 'Flushed'])
    // 1,000 parts per million are the chain's fee, 200,000 the dataset's.
    const paid = (PRICE * (1_000_000n - MARGIN_PPM)) / 1_000_000n
    const shareOf = (ppm: bigint): bigint => (paid / 1_000_000n) * ppm
    expect(owed(chain)).toEqual([shareOf(200_000n), shareOf(799_000n)])
    expect(await chain.read(service, { functionName: 'margin' })).toBe(PRICE - paid)
  })

  it('charges deposits for many calls with one payment, and gives back what was not used', async () => {
    const { chain, service } = await serve()
    const deposit = { functionName: 'deposit', value: 10n * PRICE }
    await chain.make([chain.transaction(USER, service, deposit), chain.transaction(OTHER, service, deposit)])
    const users = [account(USER).address, account(OTHER).address]
    const meter = { functionName: 'meter', args: [users, [7n, 3n], REQUEST] }
    const made = await chain.make([chain.transaction(OPERATOR, service, meter)])
    expect(eventsOf(made).filter((name) => name === 'Paid')).toHaveLength(1)
    expect(await chain.read(service, { functionName: 'deposits', args: [users[0]] })).toBe(3n * PRICE)
    const withdrawn = await chain.make([
      chain.transaction(USER, service, { functionName: 'withdraw', args: [3n * PRICE] }),
      chain.transaction(OPERATOR, service, { functionName: 'takeMargin' }),
      chain.transaction(OTHER, service, { functionName: 'withdraw', args: [8n * PRICE] }),
    ])
    expect(withdrawn.receipts.map(({ status }) => status)).toEqual([1, 1, 0])
    const left = chain.world.chain.executor.headState().getAccount(service.address)?.balance
    expect(left).toBe(7n * PRICE)
  })

  it('takes tokens that the ledger lists', async () => {
    const { chain, service } = await serve()
    const token = present(compileSolidity(TOKENS_SOURCE).get('Approved'), 'the source has the token')
    const holders = [account(USER).address]
    const { address } = await chain.deploy(OTHER, { ...token, size: 0 }, [holders])
    const listing = { token: address, decimals: 6n, flushMin: 1n, slotMin: 0n }
    chain.world.send(AUTHORITY, 'royalty', 'listToken', listing)
    await chain.world.block()
    const units = 5_000_000n
    const approve = { functionName: 'approve', args: [service.address, units] }
    const ask = { functionName: 'askInToken', args: [address, units, REQUEST] }
    const made = await chain.make([
      chain.transaction(USER, { address, abi: token.abi }, approve),
      chain.transaction(USER, service, ask),
    ])
    expect(made.receipts.map(({ status }) => status)).toEqual([1, 1, 1])
    expect(owed(chain, 1)).toEqual([COIN, 3_995_000n * 10n ** 12n])
  })

  it('refuses a wrong price and strangers', async () => {
    const { chain, service } = await serve()
    const made = await chain.make([
      chain.transaction(USER, service, { functionName: 'ask', args: [REQUEST], value: PRICE - 1n }),
      chain.transaction(USER, service, { functionName: 'takeMargin' }),
    ])
    expect(made.receipts.map(({ status }) => status)).toEqual([0, 0])
    const meter = { functionName: 'meter', args: [[] as Address[], [], REQUEST] }
    expect(await chain.read(service, meter)).toBe('NotOperator')
    expect(await chain.read(service, { functionName: 'ask', args: [REQUEST] })).toBe('WrongPrice')
  })
})
