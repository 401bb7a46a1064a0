/**
 * The life of blocks in the executor: built, certified by another node, finalized, found again after a restart.
 */

import { describe, expect, it } from 'vitest'
import { REWARD_ADDRESS } from '../../src/chainspec/networks.ts'
import type { Overlay } from '../../src/execution/overlays.ts'
import { CodedError } from '../../src/lib/errors.ts'
import type { WorldState } from '../../src/state/world-state.ts'
import type { SealedBlock } from '../../src/types/block.ts'
import { headerHash, transactionsRootOf } from '../../src/types/block-codec.ts'
import { addressFromBytes, ZERO_HASH } from '../../src/types/primitives.ts'
import { decodeSealedBlock, encodeSealedBlock } from '../../src/types/sealed-block-codec.ts'
import {
  encodeSystemTransaction,
  ROYALTY_MODULE,
  SYSTEM_ADDRESS,
  systemTransaction,
  systemTransactionHash,
} from '../../src/types/system-transaction.ts'
import { transactionHash } from '../../src/types/transaction-codec.ts'
import {
  account,
  advance,
  build,
  deploying,
  dump,
  openChain,
  requestOn,
  signed,
  TickingClock,
  testSpec,
} from './support.ts'

/** Adds 1 to slot 0 and logs. */
const COUNTER = '5f546001015f555f5fa000'
/** Runs until its gas is gone. */
const LOOP = '5b5f56'
const CERTIFICATE = Uint8Array.of(7)

/** A block with another header, hashed anew. */
function withHeader(block: SealedBlock, header: Partial<SealedBlock['header']>): SealedBlock {
  const changed = { ...block.header, ...header }
  return { ...block, header: changed, hash: headerHash(changed) }
}

describe('a chain of blocks', () => {
  it('comes out the same at the builder and at a node that certifies its bytes', async () => {
    const [leader, other] = [await openChain(), await openChain()]
    let nonce = 0
    for (let height = 1; height <= 6; height++) {
      const transactions = [signed(account(0), nonce++, { value: 5n })]
      if (height === 2) {
        transactions.push(
          signed(account(0), nonce++, { to: null, value: 0n, gasLimit: 200_000n, data: deploying(COUNTER) }),
        )
      }
      const { block, senders } = await build(leader, leader.executor.head().block, transactions)
      const received = decodeSealedBlock(encodeSealedBlock(block))
      expect(received).toEqual(block)
      expect(await other.executor.certify(received, senders)).toMatchObject({ ok: true })
      for (const one of [leader, other]) {
        expect(await one.executor.finalize(block.hash, CERTIFICATE)).toMatchObject({ ok: true })
      }
    }
    expect(other.executor.head().block.header.number).toBe(6)
    expect(await dump(leader.kv)).toEqual(await dump(other.kv))
  })

  it('closes an epoch with the next validators in the context', async () => {
    const chain = await openChain()
    for (let height = 1; height <= 51; height++) {
      const block = await advance(chain)
      expect(block.consensus.context.nextValidatorsHash === ZERO_HASH).toBe(height !== 50)
      expect(block.consensus.context.epoch).toBe(height === 51 ? 1 : 0)
    }
  })

  it('finalizes ancestors first, and a second time is nothing', async () => {
    const chain = await openChain()
    const genesis = chain.executor.head().block
    const first = (await build(chain, genesis, [signed(account(0), 0)])).block
    const second = (await build(chain, first, [signed(account(0), 1)])).block
    const done = await chain.executor.finalize(second.hash, CERTIFICATE)
    expect(done.ok && done.value.map((one) => one.block.hash)).toEqual([first.hash, second.hash])
    expect(chain.blocks.certificate(1)).toEqual(new Uint8Array(0))
    expect(chain.blocks.certificate(2)).toEqual(CERTIFICATE)
    expect(await chain.executor.finalize(first.hash, CERTIFICATE)).toEqual({ ok: true, value: [] })
  })

  it('drops the blocks that lost, and those on top of them', async () => {
    const chain = await openChain()
    const genesis = chain.executor.head().block
    const winner = (await build(chain, genesis, [signed(account(0), 0)])).block
    const loser = (await build(chain, genesis, [], { view: 9 })).block
    const onLoser = (await build(chain, loser)).block
    await chain.executor.finalize(winner.hash, CERTIFICATE)
    expect(await chain.executor.build(requestOn(chain.spec, onLoser))).toMatchObject({
      error: { code: 'UNKNOWN_PARENT' },
    })
    expect(await chain.executor.finalize(onLoser.hash, CERTIFICATE)).toMatchObject({
      error: { code: 'UNKNOWN_BLOCK' },
    })
  })

  it('is found again after a restart at the last finalized block', async () => {
    const chain = await openChain()
    await advance(chain, [signed(account(0), 0)])
    const block = await advance(chain, [signed(account(0), 1)])
    const again = await openChain({ kv: chain.kv })
    expect(again.executor.head()).toEqual({ block, certificate: Uint8Array.of(1) })
    await advance(again, [signed(account(0), 2)])
  })

  it('is not opened under another chainspec', async () => {
    const { kv } = await openChain()
    const other = openChain({ kv, spec: { ...testSpec(), chainId: 5 } })
    await expect(other).rejects.toMatchObject({ code: 'GENESIS_MISMATCH' })
  })

  it('leaves every wei of fees at the reward address', async () => {
    const chain = await openChain()
    const before = total(chain)
    const transactions = [0, 1, 2].map((nonce) => signed(account(0), nonce, { value: 10n }))
    const { block, receipts } = await executed(chain, transactions)
    const fees = receipts.reduce((sum, one) => sum + one.gasUsed * one.effectiveGasPrice, 0n)
    expect(fees).toBe(3n * 21_000n * (block.header.baseFeePerGas + 1_000_000_000n))
    expect(total(chain)).toBe(before)

    async function executed(on: typeof chain, sent: typeof transactions): Promise<Pick<Overlay, 'block' | 'receipts'>> {
      const built = await build(on, on.executor.head().block, sent)
      const done = await on.executor.finalize(built.block.hash, CERTIFICATE)
      if (!done.ok || done.value[0] === undefined) throw new Error('not finalized')
      return done.value[0]
    }
    function total(on: typeof chain): bigint {
      const state = on.executor.headState()
      return [account(0).address, account(1).address, REWARD_ADDRESS].reduce(
        (sum, address) => sum + (state.getAccount(address)?.balance ?? 0n),
        0n,
      )
    }
  })
})

describe('a block that breaks a rule', () => {
  const cases: readonly (readonly [string, (block: SealedBlock) => SealedBlock])[] = [
    ['NUMBER_MISMATCH', (block) => withHeader(block, { number: 2 })],
    ['COINBASE_MISMATCH', (block) => withHeader(block, { coinbase: account(3).address })],
    ['GAS_LIMIT_MISMATCH', (block) => withHeader(block, { gasLimit: 30_000_001n })],
    ['BASE_FEE_MISMATCH', (block) => withHeader(block, { baseFeePerGas: 7n })],
    ['MIX_HASH_MISMATCH', (block) => withHeader(block, { mixHash: ZERO_HASH })],
    ['HEADER_CONSTANT_MISMATCH', (block) => withHeader(block, { ommersHash: ZERO_HASH })],
    ['HEADER_CONSTANT_MISMATCH', (block) => withHeader(block, { excessBlobGas: 1n })],
    ['EXTRA_DATA_TOO_LONG', (block) => withHeader(block, { extraData: new Uint8Array(33) })],
    ['TIMESTAMP_TOO_EARLY', (block) => withHeader(block, { timestamp: block.header.timestamp - 1 })],
    ['GAS_LIMIT_EXCEEDED', (block) => withHeader(block, { gasUsed: 30_000_001n })],
    ['CONTEXT_MISMATCH', (block) => withHeader(block, { parentBeaconBlockRoot: ZERO_HASH })],
    ['TRANSACTIONS_ROOT_MISMATCH', (block) => ({ ...block, transactions: [] })],
    ['TRANSACTIONS_ROOT_MISMATCH', (block) => withHeader(block, { transactionsRoot: ZERO_HASH })],
    [
      'PARENT_CERT_MISMATCH',
      (block) => ({ ...block, consensus: { ...block.consensus, parentCert: Uint8Array.of(1) } }),
    ],
    ['GAS_USED_MISMATCH', (block) => withHeader(block, { gasUsed: 20_999n })],
    ['LOGS_BLOOM_MISMATCH', (block) => withHeader(block, { logsBloom: new Uint8Array(256).fill(1) })],
    ['RECEIPTS_ROOT_MISMATCH', (block) => withHeader(block, { receiptsRoot: ZERO_HASH })],
    ['STATE_ROOT_MISMATCH', (block) => withHeader(block, { stateRoot: ZERO_HASH })],
  ]
  for (const [code, breakIt] of cases) {
    it(`is refused with ${code} and both values`, async () => {
      const [leader, other] = [await openChain(), await openChain()]
      const { block, senders } = await build(leader, leader.executor.head().block, [signed(account(0), 0)])
      const result = await other.executor.certify(breakIt(block), senders)
      expect(result).toMatchObject({ ok: false, error: { code, blame: 'reject' } })
      expect(await other.executor.certify(block, senders)).toMatchObject({ ok: true })
    })
  }

  it('is refused with the position and reason of an invalid transaction', async () => {
    const [leader, other] = [await openChain(), await openChain()]
    const { block } = await build(leader, leader.executor.head().block, [signed(account(0), 0)])
    expect(await other.executor.certify(block, [account(1).address])).toMatchObject({
      error: { code: 'STATE_ROOT_MISMATCH' },
    })
    const third = await openChain()
    expect(await third.executor.certify(block, [undefined])).toMatchObject({
      error: { code: 'INVALID_TRANSACTION', index: 0, reason: 'invalid sender' },
    })
  })

  it('cannot be judged without its parent', async () => {
    const [leader, other] = [await openChain(), await openChain()]
    const first = (await build(leader, leader.executor.head().block)).block
    const second = (await build(leader, first)).block
    expect(await other.executor.certify(second, [])).toEqual({
      ok: false,
      error: { code: 'UNKNOWN_PARENT', blame: 'ignore', parent: first.hash },
    })
    expect(await other.executor.finalize(second.hash, CERTIFICATE)).toMatchObject({ error: { code: 'UNKNOWN_BLOCK' } })
  })

  it('stops the process when a quorum finalizes it all the same', async () => {
    const [leader, other] = [await openChain(), await openChain()]
    const { block, senders } = await build(leader, leader.executor.head().block, [signed(account(0), 0)])
    const wrong = withHeader(block, { stateRoot: ZERO_HASH })
    await other.executor.certify(wrong, senders)
    const stop = await other.executor.finalize(wrong.hash, CERTIFICATE).catch((thrown: unknown) => thrown)
    expect(stop).toBeInstanceOf(CodedError)
    expect(stop).toMatchObject({
      detail: { code: 'STATE_DIVERGED', hash: wrong.hash, height: 1, expected: expect.any(String) },
    })
  })
})

describe('building a block', () => {
  it('drops what cannot be included and says why', async () => {
    const chain = await openChain()
    const poor = { address: addressFromBytes(new Uint8Array(20).fill(5)), key: new Uint8Array(32).fill(5) }
    const transactions = [
      signed(account(0), 0),
      signed(account(0), 0, { value: 2n }),
      signed(account(0), 3),
      signed(account(2), 0, { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }),
      signed(account(3), 0, { gasLimit: 20_000n }),
      signed(account(4), 0, { chainId: 1n }),
      signed(poor, 0),
    ]
    const { block, dropped } = await build(chain, chain.executor.head().block, transactions)
    expect(block.transactions).toEqual([transactions[0]?.raw])
    expect(dropped.map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
      'postponed: nonce too low: next nonce 1, tx nonce 0',
      'postponed: nonce too high: next nonce 1, tx nonce 3',
      expect.stringMatching(/^postponed: max fee per gas less than block base fee: /),
      'invalid: intrinsic gas too low: gas 20000, minimum needed 21000',
      'invalid: invalid chain id for signer: have 1 want 534100',
      expect.stringMatching(/^postponed: insufficient funds for gas \* price \+ value: address 0x/),
    ])
  })

  it('leaves out what an unfinalized ancestor holds', async () => {
    const chain = await openChain()
    const one = signed(account(0), 0)
    const first = await build(chain, chain.executor.head().block, [one])
    const second = await build(chain, first.block, [one, signed(account(0), 1)])
    expect(second.block.transactions).toHaveLength(1)
    expect(second.dropped).toEqual([])
  })

  it('leaves out loops that run too long, goes on with the others, and tries them again 20 blocks later', async () => {
    const chain = await openChain({ clock: new TickingClock(10) })
    const endless = { to: null, value: 0n, gasLimit: 14_000_000n, data: Uint8Array.from(Buffer.from(LOOP, 'hex')) }
    const loops = [signed(account(0), 0, endless), signed(account(2), 0, endless)]
    const transfer = signed(account(1), 0)
    const first = await build(chain, chain.executor.head().block, [...loops, transfer])
    expect(first.block.transactions).toEqual([transfer.raw])
    expect(first.dropped).toEqual([
      { hash: loops[0]?.hash, kind: 'postponed', reason: 'took more than 150 ms' },
      { hash: loops[1]?.hash, kind: 'postponed', reason: 'took more than 10 ms' },
    ])
    let parent = first.block
    for (let height = 2; height <= 20; height++) {
      const { block, dropped } = await build(chain, parent, loops)
      expect(dropped.map((one) => one.reason)).toEqual(['was too slow', 'was too slow'])
      parent = block
    }
    const again = await build(chain, parent, loops)
    expect(again.dropped[0]?.reason).toBe('took more than 150 ms')
  })

  it('counts calls that run beside the engine, and takes only transfers when the time for calls is spent', async () => {
    const chain = await openChain({ clock: new TickingClock(10) })
    const calls = Array.from({ length: 25 }, (_, nonce) =>
      signed(account(0), nonce, { data: Uint8Array.of(1), gasLimit: 30_000n }),
    )
    const transfer = signed(account(1), 0)
    const { block, dropped } = await build(chain, chain.executor.head().block, [...calls, transfer])
    expect(block.transactions.at(-1)).toEqual(transfer.raw)
    expect(block.transactions.length + dropped.length).toBe(26)
    expect(dropped.length).toBeGreaterThan(0)
    expect(new Set(dropped.map((one) => `${one.kind}: ${one.reason}`))).toEqual(
      new Set(['postponed: no time is left for calls']),
    )
  })

  it('is refused before the least interval has passed', async () => {
    const chain = await openChain()
    const parent = chain.executor.head().block
    const request = requestOn(chain.spec, parent, [], { timestampMs: testSpec().genesisTimeMs + 249 })
    expect(await chain.executor.build(request)).toMatchObject({ error: { code: 'TIMESTAMP_TOO_EARLY' } })
  })
})

describe('a block whose hooks log', () => {
  const hook = {
    name: 'test',
    run: (state: WorldState, { number }: { readonly number: number }) => {
      state.setBalance(account(7).address, BigInt(number))
      return number === 2 ? [{ address: ROYALTY_MODULE, topics: [], data: Uint8Array.of(number) }] : []
    },
  }

  it('ends with the system transaction, whose receipt carries the logs', async () => {
    const [leader, other] = [await openChain({ hooks: [hook] }), await openChain({ hooks: [hook] })]
    const first = await advance(leader, [signed(account(0), 0)])
    expect(first.transactions).toHaveLength(1)
    const { block, senders } = await build(leader, first, [signed(account(0), 1)])
    expect(block.transactions.map(transactionHash).at(-1)).toBe(systemTransactionHash(2))
    expect(senders.at(-1)).toBe(SYSTEM_ADDRESS)
    expect(systemTransaction(2)).toMatchObject({ nonce: 2n, to: ROYALTY_MODULE, gasLimit: 0n })
    for (const one of [first, block]) {
      expect(await other.executor.certify(one, [account(0).address, undefined])).toMatchObject({ ok: true })
      expect(await other.executor.finalize(one.hash, CERTIFICATE)).toMatchObject({ ok: true })
    }
    const receipt = other.blocks.receipts(2)?.[1]
    expect(receipt).toMatchObject({
      type: 0,
      status: 1,
      gasUsed: 0n,
      cumulativeGasUsed: 21_000n,
      logs: [{ data: Uint8Array.of(2) }],
    })
    expect(other.executor.headState().getAccount(account(7).address)?.balance).toBe(2n)
  })

  it('is refused with a system transaction that nothing logged, or without the one that it needs', async () => {
    const [logging, silent] = [await openChain({ hooks: [hook] }), await openChain()]
    const quiet = { ...hook, run: () => [] }
    const [needy, plain] = [await openChain({ hooks: [hook] }), await openChain({ hooks: [quiet] })]
    const first = (await build(logging, logging.executor.head().block)).block
    const second = (await build(logging, first)).block
    await silent.executor.certify(first, [])
    expect(await silent.executor.certify(second, [undefined])).toMatchObject({ error: { code: 'UNKNOWN_PARENT' } })
    const lonely = (await build(plain, plain.executor.head().block)).block
    const withSystem = { ...lonely, transactions: [encodeSystemTransaction(1)] }
    const sealed = withHeader(withSystem, { transactionsRoot: transactionsRootOf(withSystem.transactions) })
    expect(await plain.executor.certify(sealed, [undefined])).toMatchObject({
      error: { code: 'INVALID_TRANSACTION', index: 0, reason: 'system transaction without a log' },
    })
    await needy.executor.certify(first, [])
    const without = withHeader({ ...second, transactions: [] }, { transactionsRoot: transactionsRootOf([]) })
    expect(await needy.executor.certify(without, [])).toMatchObject({
      error: { code: 'INVALID_TRANSACTION', index: 0, reason: 'system transaction is missing' },
    })
  })
})
