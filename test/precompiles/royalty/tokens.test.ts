import { describe, expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { ZERO_ADDRESS, ZERO_HASH } from '../../../src/types/primitives.ts'
import { AUTHORITY, account, FEE_COLLECTOR, Ledger, PAYER } from './support.ts'
import { type Manner, TokenDouble } from './token-double.ts'

const USD = account(500)
const OWNER = account(10)

/** A ledger with one listed token of six decimals, of which the payer has plenty. */
function open(manner: Manner = {}, decimals = 6) {
  const ledger = new Ledger({ tokens: [{ address: USD, decimals, flushMin: 1n, slotMin: 0n }] })
  const token = new TokenDouble(USD, manner)
  token.give(PAYER, 10n ** 30n)
  const asset = ledger.asset({ owner: OWNER })
  const payToken = (amount: bigint) =>
    ledger.callOut(
      'payToken',
      { asset: BigInt(asset), token: USD, amount, memo: ZERO_HASH },
      { callOut: token.callOut },
    )
  const claim = (...tokens: `0x${string}`[]) =>
    ledger.callOut('claim', { account: OWNER, tokens }, { callOut: token.callOut })
  return { ledger, token, asset, payToken, claim }
}

describe('a payment in a token', () => {
  it('of six decimals is scaled, settled and claimed to the unit', async () => {
    const { ledger, token, payToken, claim } = open()
    expect((await payToken(2_500_000n)).refusal).toBeUndefined()
    ledger.sweep()
    expect(ledger.owed(OWNER, 1)).toBe(2_497_500n * 10n ** 12n)
    expect((await claim(USD)).value['amounts']).toEqual([2_497_500n])
    expect(token.balance(OWNER)).toBe(2_497_500n)
    expect(ledger.owed(FEE_COLLECTOR, 1)).toBe(2_500n * 10n ** 12n)
    expect(ledger.sumOfClaims(1)).toBe(ledger.custody(1).booked)
    expect(token.balance(ROYALTY_MODULE)).toBe(2_500n)
  })

  it('pays whole units, and what is less than one stays owed', async () => {
    const { ledger, payToken, claim } = open()
    await payToken(1_003n)
    ledger.sweep()
    // 1,003 units less a fee of 0.1 percent are 1,001.997 units.
    expect((await claim(USD)).value['amounts']).toEqual([1_001n])
    expect(ledger.owed(OWNER, 1)).toBe(997n * 10n ** 9n)
    expect((await claim(USD)).refusal).toBe('NothingOwed')
    expect(ledger.owed(OWNER, 1)).toBe(997n * 10n ** 9n)
    expect(ledger.sumOfClaims(1)).toBe(ledger.custody(1).booked)
  })

  it('accepts a token that returns nothing', async () => {
    const { ledger, payToken, claim } = open({ answer: 'nothing' })
    expect((await payToken(1_000_000n)).refusal).toBeUndefined()
    ledger.sweep()
    expect((await claim(USD)).value['amounts']).toEqual([999_000n])
  })

  it.each([
    ['says false', { answer: 'false' }, 'TokenRefused'],
    ['reverts', { answer: 'revert' }, 'TokenRefused'],
    ['moves less than it says', { moves: (amount: bigint) => amount - 1n }, 'TokenLied'],
    ['moves nothing', { moves: () => 0n }, 'TokenLied'],
    ['moves more than it says', { moves: (amount: bigint) => amount + 1n }, 'TokenLied'],
  ] as const)('of a token that %s is refused and leaves nothing', async (_, manner, refusal) => {
    const { ledger, asset, payToken } = open(manner)
    expect((await payToken(1_000_000n)).refusal).toBe(refusal)
    expect(ledger.node(2 * asset + 1, 1).inflow).toBe(0n)
    expect(ledger.custody(1)).toEqual({ totalIn: 0n, booked: 0n })
    expect(ledger.sweep()).toEqual([])
  })

  it('is refused when it is nothing, unlisted, delisted or beyond the total', async () => {
    const { ledger, asset, payToken } = open()
    expect((await payToken(0n)).refusal).toBe('ZeroAmount')
    expect((await payToken(2n ** 256n - 1n)).refusal).toBe('TotalTooLarge')
    const unlisted = { asset: BigInt(asset), token: account(501), amount: 1n, memo: ZERO_HASH }
    expect((await ledger.callOut('payToken', unlisted)).refusal).toBe('UnknownToken')
    ledger.call('setTokenPayable', { token: USD, isPayable: false }, { from: AUTHORITY })
    expect((await payToken(1n)).refusal).toBe('TokenDelisted')
  })
})

describe('a delisted token', () => {
  it('is still swept and claimed', async () => {
    const { ledger, payToken, claim } = open()
    await payToken(1_000_000n)
    ledger.call('setTokenPayable', { token: USD, isPayable: false }, { from: AUTHORITY })
    ledger.sweep()
    expect((await claim(USD)).value['amounts']).toEqual([999_000n])
  })
})

describe('a token that comes back while it is called', () => {
  it.each(['pay', 'payBundle', 'claim', 'claimMany', 'payToken'])('finds %s locked', async (name) => {
    const inner: (string | undefined)[] = []
    const { ledger, asset, token, payToken } = open()
    const params: Record<string, object> = {
      pay: { asset: BigInt(asset), memo: ZERO_HASH },
      payBundle: { assets: [BigInt(asset)], amounts: [1n], memo: ZERO_HASH },
      claim: { account: OWNER, tokens: [ZERO_ADDRESS] },
      claimMany: { accounts: [OWNER], tokens: [ZERO_ADDRESS] },
      payToken: { asset: BigInt(asset), token: USD, amount: 1n, memo: ZERO_HASH },
    }
    token.manner = {
      onTransfer: async () => {
        const value = name === 'pay' || name === 'payBundle' ? 1n : 0n
        const outcome = await ledger.reenter(name, params[name] ?? {}, { value, callOut: token.callOut })
        inner.push(outcome.refusal)
      },
    }
    expect((await payToken(1_000_000n)).refusal).toBeUndefined()
    expect(inner).toEqual(['Reentered'])
    ledger.sweep()
    expect(ledger.owed(OWNER, 1)).toBe(999_000n * 10n ** 12n)
  })

  it('finds the lock gone in the next transaction', async () => {
    const { ledger, asset, payToken } = open()
    await payToken(1n)
    expect(ledger.pay(asset, 1n).refusal).toBeUndefined()
  })
})

describe('a token that does not let an account be paid', () => {
  it('leaves it owed and pays the others', async () => {
    const { ledger, token, payToken } = open({ blocked: OWNER })
    await payToken(1_000_000n)
    ledger.sweep()
    const params = { accounts: [OWNER, FEE_COLLECTOR, account(77)], tokens: [USD] }
    const { value, logs } = await ledger.callOut('claimMany', params, { callOut: token.callOut })
    expect(value['amounts']).toEqual([1_000n])
    expect(logs).toHaveLength(2)
    expect(token.balance(FEE_COLLECTOR)).toBe(1_000n)
    expect(ledger.owed(OWNER, 1)).toBe(999_000n * 10n ** 12n)
    expect(ledger.sumOfClaims(1)).toBe(ledger.custody(1).booked)
  })

  it('does not keep the account from its other tokens', async () => {
    const { ledger, asset, payToken, claim } = open({ blocked: OWNER })
    await payToken(1_000_000n)
    ledger.pay(asset, 1_000_000n)
    ledger.sweep()
    expect((await claim(USD, ZERO_ADDRESS)).value['amounts']).toEqual([0n, 999_000n])
    expect(ledger.owed(OWNER, 1)).toBe(999_000n * 10n ** 12n)
  })

  it('is not asked to pay this module itself, whose share stays owed', async () => {
    const { ledger, token, asset, payToken } = open()
    ledger.setOwner(asset, ROYALTY_MODULE)
    await payToken(1_000_000n)
    ledger.sweep()
    const params = { accounts: [ROYALTY_MODULE, FEE_COLLECTOR], tokens: [USD] }
    const { value } = await ledger.callOut('claimMany', params, { callOut: token.callOut })
    expect(value['amounts']).toEqual([1_000n])
    expect(ledger.owed(ROYALTY_MODULE, 1)).toBe(999_000n * 10n ** 12n)
    expect(ledger.sumOfClaims(1)).toBe(ledger.custody(1).booked)
  })

  it('cannot be blamed for too little gas: such a claim is refused', async () => {
    const { ledger, token, payToken } = open()
    await payToken(1_000_000n)
    ledger.sweep()
    const options = { callOut: token.callOut, gasLimit: 180_000n }
    expect((await ledger.callOut('claim', { account: OWNER, tokens: [USD] }, options)).refusal).toBe('NotEnoughGas')
    expect(ledger.owed(OWNER, 1)).toBe(999_000n * 10n ** 12n)
  })
})

describe('a token that says that it has more than any number', () => {
  it('has a surplus that is the greatest number, and can be paid', async () => {
    const { ledger, token, payToken } = open()
    token.give(ROYALTY_MODULE, 2n ** 256n - 2n)
    const surplus = await ledger.callOut('surplus', { token: USD }, { callOut: token.callOut })
    expect(surplus.value).toEqual({ amount: 2n ** 256n - 1n, isFrozen: false })
    expect((await payToken(1n)).refusal).toBeUndefined()
  })
})

describe('a token of which less is here than is owed', () => {
  it('is frozen for payments and claims, and its shortfall is told', async () => {
    const { ledger, token, payToken, claim } = open()
    await payToken(1_000_000n)
    ledger.sweep()
    token.give(ROYALTY_MODULE, -1n)
    expect((await payToken(1_000_000n)).refusal).toBe('TokenFrozen')
    expect((await claim(USD)).refusal).toBe('TokenFrozen')
    const surplus = await ledger.callOut('surplus', { token: USD }, { callOut: token.callOut })
    expect(surplus.value).toEqual({ amount: 0n, isFrozen: true })
    token.give(ROYALTY_MODULE, 1n)
    expect((await claim(USD)).refusal).toBeUndefined()
  })

  it.each([
    ['more', (amount: bigint) => amount + 1n],
    ['nothing', () => 0n],
  ])('lies when it moves %s as it pays, and the account stays owed', async (_, moves) => {
    const { ledger, token, payToken, claim } = open()
    await payToken(1_000_000n)
    ledger.sweep()
    token.manner = { moves }
    expect((await claim(USD)).refusal).toBe('TokenLied')
    expect(ledger.owed(OWNER, 1)).toBe(999_000n * 10n ** 12n)
  })
})

describe('a claim of many in a token', () => {
  it('pays the others when one account sends something back as it is paid, and what it sent back stays owed to it', async () => {
    const { ledger, token, payToken } = open()
    const back = account(11)
    const other = ledger.asset({ owner: back })
    await payToken(1_000_000n)
    const params = { asset: BigInt(other), token: USD, amount: 1_000_000n, memo: ZERO_HASH }
    await ledger.callOut('payToken', params, { callOut: token.callOut })
    ledger.sweep()
    // A receiver that is told of the transfer, and answers with 5 units.
    const callOut: typeof token.callOut = async (request, gas, isStatic) => {
      const before = token.balance(back)
      const result = await token.callOut(request, gas, isStatic)
      if (token.balance(back) > before) {
        token.give(back, -5n)
        token.give(ROYALTY_MODULE, 5n)
      }
      return result
    }
    const { value, refusal } = await ledger.callOut(
      'claimMany',
      { accounts: [back, OWNER], tokens: [USD] },
      { callOut },
    )
    expect(refusal).toBeUndefined()
    expect(value['amounts']).toEqual([2n * 999_000n - 5n])
    expect(token.balance(OWNER)).toBe(999_000n)
    expect(ledger.owed(back, 1)).toBe(5n * 10n ** 12n)
    expect(ledger.sumOfClaims(1)).toBe(ledger.custody(1).booked)
    const alone = await ledger.callOut('claim', { account: back, tokens: [USD] }, { callOut })
    expect(alone.refusal).toBe('TokenLied')
  })
})

describe('the native coin', () => {
  it('is claimed once, by anyone, and paid to the account', async () => {
    const { ledger, asset, claim } = open()
    ledger.pay(asset, 1_000_000n)
    expect((await claim(ZERO_ADDRESS)).refusal).toBe('NothingOwed')
    ledger.sweep()
    expect(ledger.call('claimable', { account: OWNER, token: ZERO_ADDRESS }).value['amount']).toBe(999_000n)
    expect((await claim(ZERO_ADDRESS)).value['amounts']).toEqual([999_000n])
    expect(ledger.state.getBalance(OWNER)).toBe(999_000n)
    expect((await claim(ZERO_ADDRESS)).refusal).toBe('NothingOwed')
    expect(ledger.custody()).toEqual({ totalIn: 1_000_000n, booked: 1_000n })
    expect(ledger.state.getBalance(ROYALTY_MODULE)).toBe(1_000n)
  })

  it('costs the same to claim, whether something is owed or not', async () => {
    const { ledger, asset } = open()
    const claimBoth = () => ledger.callOut('claimMany', { accounts: [OWNER, account(99)], tokens: [ZERO_ADDRESS] })
    const nothing = (await claimBoth()).gasUsed
    ledger.pay(asset, 1_000_000n)
    ledger.sweep()
    const { value, gasUsed } = await claimBoth()
    expect(value['amounts']).toEqual([999_000n])
    expect(gasUsed).toBe(nothing)
  })

  it('forced in without a call is a surplus and nobody’s', async () => {
    const { ledger, asset } = open()
    ledger.pay(asset, 5n)
    ledger.state.addBalance(ROYALTY_MODULE, 123n)
    expect((await ledger.callOut('surplus', { token: ZERO_ADDRESS })).value).toEqual({ amount: 123n, isFrozen: false })
    expect(ledger.custody().booked).toBe(5n)
    expect(ledger.pay(asset, 5n).refusal).toBeUndefined()
    expect(ledger.sumOfClaims()).toBe(10n)
  })
})

describe('the list of tokens', () => {
  const list = (ledger: Ledger, token: `0x${string}`, decimals = 6n, from = AUTHORITY) =>
    ledger.call('listToken', { token, decimals, flushMin: 1n, slotMin: 1n }, { from })

  it('grows by the authority’s word and keeps every place', () => {
    const { ledger } = open()
    ledger.state.setCode(account(600), new Uint8Array([1]))
    expect(list(ledger, account(600)).value['index']).toBe(2n)
    expect(ledger.call('tokens', {}).value['tokens']).toEqual([
      { token: ZERO_ADDRESS, decimals: 18n, isPayable: true },
      { token: USD, decimals: 6n, isPayable: true },
      { token: account(600), decimals: 6n, isPayable: true },
    ])
  })

  it('refuses what is no token, known, too fine, too many, or asked by others', () => {
    const { ledger } = open()
    for (let i = 0; i < 20; i++) ledger.state.setCode(account(600 + i), new Uint8Array([1]))
    ledger.state.setCode(USD, new Uint8Array([1]))
    ledger.state.setCode(ROYALTY_MODULE, new Uint8Array([1]))
    for (const address of [account(700), ROYALTY_MODULE]) expect(list(ledger, address).refusal).toBe('NotAToken')
    expect(list(ledger, USD).refusal).toBe('TokenListed')
    expect(list(ledger, account(600), 19n).refusal).toBe('TooManyDecimals')
    expect(list(ledger, account(600), 6n, PAYER).refusal).toBe('NotAuthority')
    for (let i = 0; i < 15; i++) expect(list(ledger, account(600 + i)).refusal).toBeUndefined()
    expect(list(ledger, account(615)).refusal).toBe('TooManyTokens')
  })
})

describe('several tokens', () => {
  it('take turns at the budget by block number', async () => {
    const ledger = new Ledger({
      ...{ sweepUnits: 12, flushMinWei: 1n },
      tokens: [{ address: USD, decimals: 18, flushMin: 1n, slotMin: 0n }],
    })
    const token = new TokenDouble(USD)
    token.give(PAYER, 10n ** 30n)
    const ids = [ledger.asset()]
    for (let i = 1; i < 40; i++) ids.push(ledger.asset({ parents: [{ parent: i, relative: 500_000 }] }))
    const last = BigInt(ids.length)
    const advanced: string[] = []
    ledger.pay(Number(last), 10n ** 30n)
    const params = { asset: last, token: USD, amount: 10n ** 30n, memo: ZERO_HASH }
    await ledger.callOut('payToken', params, { callOut: token.callOut })
    ledger.sweep()
    for (let i = 0; i < 4; i++) {
      const topics = new Set(ledger.sweep().map((log) => log.topics[2]))
      advanced.push([...topics].map((topic) => (BigInt(topic ?? '0x0') === 0n ? 'native' : 'token')).join())
    }
    expect(advanced).toEqual(['token', 'native', 'token', 'native'])
  })
})
