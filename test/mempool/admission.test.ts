import { describe, expect, it } from 'vitest'
import { sign } from '../../src/crypto/secp256k1.ts'
import { concatBytes } from '../../src/lib/bytes.ts'
import type { Authorization } from '../../src/types/transaction.ts'
import { authorizationSigningHash, encodeTransaction } from '../../src/types/transaction-codec.ts'
import {
  CHAIN_ID,
  createPool,
  ETHER,
  GWEI,
  outcome,
  RECIPIENT,
  sender,
  type TestSender,
  tipped,
  transfer,
} from './support.ts'

const alice = sender(0)
const bob = sender(1)
const pauper = sender(99)

async function refusalOf(raw: Uint8Array, prepare: (made: ReturnType<typeof createPool>) => void = () => {}) {
  const made = createPool()
  prepare(made)
  return outcome(await made.pool.add(raw, 'local'))
}

function authorize(authority: TestSender): Authorization {
  const unsigned = { chainId: CHAIN_ID, address: RECIPIENT, nonce: 0n }
  return { ...unsigned, ...sign(authorizationSigningHash(unsigned), authority.key) }
}

function delegation(from: TestSender, nonce: number, authorities: readonly TestSender[]) {
  const authorizationList = authorities.map(authorize)
  return transfer(from, nonce, { type: 4, authorizationList, gasLimit: 200_000n })
}

describe('what the pool refuses, in geth’s words', () => {
  it('bytes that are no transaction', async () => {
    expect(await refusalOf(new Uint8Array(0))).toBe('typed transaction too short')
    expect(await refusalOf(Uint8Array.of(0x02, 0x01))).toMatch(/expected a list/)
    expect(await refusalOf(concatBytes(transfer(alice, 0).raw, Uint8Array.of(0)))).toMatch(/follow/)
  })

  it('a blob transaction and types from the future', async () => {
    expect(await refusalOf(Uint8Array.of(0x03, 0xc0))).toBe('transaction type not supported')
    expect(await refusalOf(Uint8Array.of(0x05, 0xc0))).toBe('transaction type not supported')
  })

  it('more bytes than it takes', async () => {
    const raw = transfer(alice, 0, { data: new Uint8Array(131_072), gasLimit: 10_000_000n }).raw
    expect(await refusalOf(raw)).toBe(`oversized data: transaction size ${raw.length}, limit 131072`)
  })

  it('a transaction that is not bound to a chain, or to another one', async () => {
    const free = transfer(alice, 0, { type: 0, chainId: undefined, gasPrice: GWEI * 2n })
    expect(await refusalOf(free.raw)).toBe('only replay-protected (EIP-155) transactions allowed over RPC')
    expect(await refusalOf(transfer(alice, 0, { chainId: 1n }).raw)).toBe(
      'invalid sender: invalid chain id for signer: have 1 want 534100',
    )
  })

  it('creation code above the limit', async () => {
    const raw = transfer(alice, 0, { to: null, data: new Uint8Array(49_153), gasLimit: 10_000_000n }).raw
    expect(await refusalOf(raw)).toBe('max initcode size exceeded: code size 49153, limit 49152')
  })

  it('too much gas for a transaction or a block', async () => {
    expect(await refusalOf(transfer(alice, 0, { gasLimit: 16_777_217n }).raw)).toBe(
      'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    )
    const { pool } = createPool({ head: { nextBaseFeePerGas: GWEI, gasLimit: 1_000_000n } })
    expect(outcome(await pool.add(transfer(alice, 0, { gasLimit: 1_000_001n }).raw, 'local'))).toBe(
      'exceeds block gas limit',
    )
  })

  it('too little gas to begin with, or for its data', async () => {
    expect(await refusalOf(transfer(alice, 0, { gasLimit: 20_999n }).raw)).toBe(
      'intrinsic gas too low: gas 20999, minimum needed 21000',
    )
    const data = new Uint8Array(100).fill(1)
    expect(await refusalOf(transfer(alice, 0, { data, gasLimit: 24_999n }).raw)).toBe(
      'insufficient gas for floor data gas cost: gas 24999, minimum needed 25000',
    )
  })

  it('fees that contradict each other or pay nobody', async () => {
    expect(await refusalOf(transfer(alice, 0, { maxPriorityFeePerGas: 11n * GWEI }).raw)).toBe(
      'max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas: 11000000000, maxFeePerGas: 10000000000',
    )
    expect(await refusalOf(transfer(alice, 0, { maxPriorityFeePerGas: 0n }).raw)).toBe(
      'transaction gas price below minimum: gas tip cap 0, minimum needed 1',
    )
    expect(await refusalOf(transfer(alice, 0, { maxFeePerGas: GWEI - 1n, maxPriorityFeePerGas: 1n }).raw)).toBe(
      'max fee per gas less than block base fee: maxFeePerGas: 999999999, baseFee: 1000000000',
    )
  })

  it('a nonce that can never be spent', async () => {
    expect(await refusalOf(transfer(alice, 2n ** 64n - 1n).raw)).toBe('nonce has max value')
  })

  it('a signature that nobody made', async () => {
    const { transaction } = transfer(alice, 0)
    const broken = [1n, 2n, 3n, 5n, 7n].map((r) => encodeTransaction({ ...transaction, r }))
    const words = await Promise.all(broken.map((raw) => refusalOf(raw)))
    // About half of all r have no point; the others recover to an account without funds.
    expect(words).toContain('invalid sender: invalid transaction v, r, s values')
    expect(words.every((one) => /^invalid sender|^insufficient funds/.test(one))).toBe(true)
  })

  it('a spent nonce and one far beyond the next', async () => {
    const advance = (made: ReturnType<typeof createPool>) => void made.accounts.set(alice.address, { nonce: 5n })
    expect(await refusalOf(transfer(alice, 4).raw, advance)).toBe('nonce too low: next nonce 5, tx nonce 4')
    expect(await refusalOf(transfer(alice, 262).raw, advance)).toBe('nonce too high: tx nonce 262, gapped nonce 5')
    expect(await refusalOf(transfer(alice, 261).raw, advance)).toBe('admitted')
  })

  it('what its sender cannot pay, alone or together with what is pooled', async () => {
    const cost = 21_000n * 10n * GWEI + 1n
    expect(await refusalOf(transfer(pauper, 0).raw)).toBe(
      `insufficient funds for gas * price + value: balance 0, tx cost ${cost}, overshot ${cost}`,
    )
    const { pool } = createPool()
    const value = 60n * ETHER
    expect(outcome(await pool.add(transfer(alice, 0, { value }).raw, 'local'))).toBe('admitted')
    const second = value + cost - 1n
    expect(outcome(await pool.add(transfer(alice, 1, { value }).raw, 'local'))).toBe(
      `insufficient funds for gas * price + value: balance ${100n * ETHER}, queued cost ${second}, ` +
        `tx cost ${second}, overshot ${2n * second - 100n * ETHER}`,
    )
  })

  it('a contract as sender', async () => {
    const words = await refusalOf(
      transfer(alice, 0).raw,
      (made) => void made.accounts.set(alice.address, { code: 'contract' }),
    )
    expect(words).toBe(`sender not an eoa: address ${alice.address}`)
  })

  it('what it holds already, in the pool or on the way into it', async () => {
    const { pool, recovery } = createPool()
    const { raw } = transfer(alice, 0)
    const both = await Promise.all([pool.add(raw, 'local'), pool.add(raw, 'peer')])
    expect(both.map(outcome)).toEqual(['admitted', 'already known'])
    expect(outcome(await pool.add(raw, 'local'))).toBe('already known')
    expect(recovery.recovered).toBe(1)
  })

  it('a replacement that does not raise both fees by a tenth', async () => {
    const { pool } = createPool()
    await pool.add(transfer(alice, 0).raw, 'local')
    const replace = async (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) =>
      outcome(await pool.add(transfer(alice, 0, { maxFeePerGas, maxPriorityFeePerGas, value: 2n }).raw, 'local'))
    const underpriced = 'replacement transaction underpriced'
    expect(await replace(11n * GWEI - 1n, 2n * GWEI)).toBe(underpriced)
    expect(await replace(20n * GWEI, (11n * GWEI) / 10n - 1n)).toBe(underpriced)
    expect(await replace(11n * GWEI, (11n * GWEI) / 10n)).toBe('admitted')
    expect(pool.status()).toMatchObject({ pending: 1, queued: 0 })
  })

  it('more of one sender than a sender may have', async () => {
    const { pool } = createPool({ limits: { perSender: 2 } })
    await pool.add(transfer(alice, 0).raw, 'local')
    await pool.add(transfer(alice, 1).raw, 'local')
    expect(outcome(await pool.add(transfer(alice, 2).raw, 'local'))).toBe('account limit exceeded: pooled 2 txs')
  })

  it('the cheapest when it is full', async () => {
    const { pool } = createPool({ limits: { transactions: 2 } })
    await pool.add(tipped(alice, 0, 3n).raw, 'local')
    await pool.add(tipped(bob, 0, 2n).raw, 'local')
    expect(outcome(await pool.add(tipped(sender(2), 0, 1n).raw, 'local'))).toBe('transaction underpriced')
    expect(outcome(await pool.add(tipped(sender(2), 1, 9n).raw, 'local'))).toBe('txpool is full')
    expect(outcome(await pool.add(tipped(sender(2), 0, 4n).raw, 'local'))).toBe('admitted')
    expect(pool.contentFrom(bob.address).pending).toEqual([])
  })
})

describe('delegated accounts (EIP-7702)', () => {
  it('must authorize somebody', async () => {
    expect(await refusalOf(delegation(alice, 0, []).raw)).toBe('set code tx must have at least one authorization tuple')
  })

  it('have one transaction in the pool at a time, the next one', async () => {
    const { pool, accounts } = createPool()
    accounts.set(alice.address, { code: 'delegated' })
    expect(outcome(await pool.add(transfer(alice, 1).raw, 'local'))).toBe('gapped-nonce tx from delegated accounts')
    expect(outcome(await pool.add(transfer(alice, 0).raw, 'local'))).toBe('admitted')
    expect(outcome(await pool.add(transfer(alice, 1).raw, 'local'))).toBe(
      'in-flight transaction limit reached for delegated accounts',
    )
    expect(outcome(await pool.add(tipped(alice, 0, 20n).raw, 'local'))).toBe('admitted')
  })

  it('are limited from the moment that their authorization is pooled', async () => {
    const { pool } = createPool()
    expect(outcome(await pool.add(delegation(alice, 0, [bob]).raw, 'local'))).toBe('admitted')
    expect(outcome(await pool.add(transfer(bob, 0).raw, 'local'))).toBe('admitted')
    expect(outcome(await pool.add(transfer(bob, 1).raw, 'local'))).toBe(
      'in-flight transaction limit reached for delegated accounts',
    )
  })

  it('cannot be authorized while several of their own transactions wait', async () => {
    const { pool } = createPool()
    await pool.add(transfer(bob, 0).raw, 'local')
    await pool.add(transfer(bob, 1).raw, 'local')
    expect(outcome(await pool.add(delegation(alice, 0, [bob]).raw, 'local'))).toBe('authority already reserved')
  })
})
