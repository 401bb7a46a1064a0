/**
 * Paying assets: what comes in is written into the asset's ledger, and the sweep of the same block hands it on.
 */

import { present } from '../../lib/assert.ts'
import { MAX_BUNDLE_ASSETS } from '../../lib/limits.ts'
import type { Cells } from '../../state/cells.ts'
import type { Hash } from '../../types/primitives.ts'
import { address, array, bytes32, uint64, uint256 } from '../abi-types.ts'
import { statusOf } from '../assets/asset-store.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { COLD_SLOT_GAS } from '../gas.ts'
import { method } from '../module.ts'
import { parameters } from '../parameters.ts'
import { boundFee } from './asset-weights.ts'
import { Books } from './books.ts'
import { receiveNative, receiveToken, TOKEN_MOVE_GAS } from './custody.ts'
import { markPaid } from './first-hop.ts'
import { withLock, withLockAsync } from './lock.ts'
import { readFlushWeights, readShape, writeFee } from './node-vectors.ts'
import { directNode } from './nodes.ts'
import { ledger } from './royalty-cells.ts'
import { AssetNotFound, AssetRevoked, UnequalLengths, WrongValue, ZeroAmount } from './royalty-errors.ts'
import { Paid } from './royalty-events.ts'
import { BOOKING_GAS, firstHopGas, PAYMENT_GAS, SLOT_GAS } from './royalty-gas.ts'
import { demandPayableToken, NATIVE, type Token } from './tokens.ts'

const PAY_GAS_NOTES = `${PAYMENT_GAS + BOOKING_GAS} for the cells of the payment and one log; for the sweep ${firstHopGas({ parents: 0, floors: 0 })}, ${SLOT_GAS} for each parent and each floor, ${COLD_SLOT_GAS} for each word of three parents or four floors`
/** What an error can show of a sum. */
const UINT256_MAX = (1n << 256n) - 1n

export const pay = method({
  name: 'pay',
  params: { asset: uint64, memo: bytes32 },
  returns: {},
  access: 'payable',
  notes:
    'Pays an asset in the native coin. In the same block its own parents, pool and owner are credited; deeper ancestors at their thresholds.',
  gas: PAY_GAS_NOTES,
  run: (context, { asset, memo }) =>
    withLock(context, () => payNative(context, [{ asset, amount: context.value }], memo)),
})

export const payBundle = method({
  name: 'payBundle',
  params: {
    assets: array(uint64, MAX_BUNDLE_ASSETS),
    amounts: array(uint256, MAX_BUNDLE_ASSETS),
    memo: bytes32,
  },
  returns: {},
  access: 'payable',
  notes: 'Pays several assets in the native coin at once; the value is the sum of the amounts.',
  gas: 'as pay for each asset, but the totals once',
  run: (context, { assets, amounts, memo }) => {
    if (assets.length !== amounts.length) {
      refuse(UnequalLengths, { assets: BigInt(assets.length), amounts: BigInt(amounts.length) })
    }
    const expected = amounts.reduce((sum, amount) => sum + amount, 0n)
    if (expected !== context.value) {
      refuse(WrongValue, { value: context.value, expected: expected > UINT256_MAX ? UINT256_MAX : expected })
    }
    const payments = assets.map((asset, i) => ({ asset, amount: amounts[i] ?? 0n }))
    withLock(context, () => payNative(context, payments, memo))
  },
})

export const payToken = method({
  name: 'payToken',
  params: { asset: uint64, token: address, amount: uint256, memo: bytes32 },
  returns: {},
  access: 'write',
  callsOut: true,
  notes:
    'Pays an asset in a listed token, in the token’s own units, which the caller has approved for this module. Refused unless exactly the amount arrives.',
  gas: `as pay, but at least ${TOKEN_MOVE_GAS} for the totals and calls of the token`,
  run: (context, { asset, token, amount, memo }) =>
    withLockAsync(context, async () => {
      const listed = demandPayableToken(context, token)
      if (amount === 0n) refuse(ZeroAmount, {})
      await receiveToken(context, listed, context.caller, amount, () => credit(context, asset, listed, amount, memo))
    }),
})

type Payment = { readonly asset: bigint; readonly amount: bigint }

function payNative(context: ModuleContext, payments: readonly Payment[], memo: Hash): void {
  receiveNative(context, context.value)
  for (const { asset, amount } of payments) {
    if (amount === 0n) refuse(ZeroAmount, {})
    credit(context, asset, NATIVE, amount, memo)
  }
}

/**
 * Writes one payment into the ledger and marks its asset for the sweep, which the payer pays here. All of it has a price by
 * shape, so the cells themselves are not metered.
 */
function credit(context: ModuleContext, id: bigint, token: Token, units: bigint, memo: Hash): void {
  context.gas.charge(PAYMENT_GAS)
  const { royalty, assets } = new Books(context.state)
  const status = statusOf(assets, id)
  if (status === undefined) refuse(AssetNotFound, { asset: id })
  if (status === 'revoked') refuse(AssetRevoked, { asset: id })
  const asset = Number(id)
  const shape = present(readShape(royalty, asset), 'every asset has its weights')
  context.gas.charge(firstHopGas(shape))
  // The fee changes between blocks, and since the sweep of the block that paid it last a.direct holds less than a unit of
  // weight in every token: its flush would hand nothing on. The write is part of the price of every payment.
  if (isFeeOutOfDate(royalty, asset, shape.feePpm)) writeFee(royalty, asset)
  const slot = ledger.slot({ node: directNode(asset), token: token.index })
  const { inflow, acc } = ledger.unpack(royalty.get(slot))
  royalty.set(slot, ledger.pack({ inflow: inflow + units * token.unit, acc }), ledger.growth)
  markPaid(royalty, asset, token.index)
  context.emit(Paid, { asset: id, payer: context.caller, token: token.address, amount: units, memo })
}

/** True when a.direct bears another fee than the chain's; an asset that cannot bear all of it is looked at closely. */
function isFeeOutOfDate(royalty: Cells, asset: number, feePpm: bigint): boolean {
  const chainFeePpm = parameters(royalty).protocolFeePpm
  if (feePpm === chainFeePpm) return false
  return feePpm !== boundFee(present(readFlushWeights(royalty, asset), 'every asset has its weights'), chainFeePpm)
}
