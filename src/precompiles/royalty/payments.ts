/**
 * Paying assets: what comes in is written into the asset's ledger, and the sweep of the same block hands it on.
 */

import { MAX_BUNDLE_ASSETS } from '../../lib/limits.ts'
import type { Hash } from '../../types/primitives.ts'
import { address, array, bytes32, uint64, uint256 } from '../abi-types.ts'
import { ASSETS_MODULE, ROYALTY_MODULE } from '../addresses.ts'
import { statusOf } from '../assets/asset-store.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { STEADY_WRITE_GAS } from '../gas.ts'
import { method } from '../module.ts'
import { NATIVE_TOKEN, parameters } from '../parameters.ts'
import { Books } from './books.ts'
import { receiveNative, receiveToken } from './custody.ts'
import { markPaid } from './first-hop.ts'
import { tokensOf } from './generations.ts'
import { withLock, withLockAsync } from './lock.ts'
import { readShape, writeFee } from './node-vectors.ts'
import { directNode } from './nodes.ts'
import { firstHop, ledger } from './royalty-cells.ts'
import { AssetNotFound, AssetRevoked, UnequalLengths, WrongValue, ZeroAmount } from './royalty-errors.ts'
import { Paid } from './royalty-events.ts'
import { FLUSH_CALL_GAS, firstHopGas, nodeGas } from './royalty-gas.ts'
import { flushNodes } from './settle.ts'
import { demandPayableToken, type Token, tokenAt } from './tokens.ts'

/** What an error can show of a sum. */
const UINT256_MAX = (1n << 256n) - 1n

export const pay = method({
  name: 'pay',
  params: { asset: uint64, memo: bytes32 },
  returns: {},
  access: 'payable',
  notes:
    'Pays an asset in the native coin. In the same block its own parents, pool and owner are credited; deeper ancestors at their thresholds.',
  gas: 'eight cells, one log, and for the sweep: 5,000 for each parent, floor and of three own slots, 2,100 for each word of three parents or four floors, two ledger cells, two logs',
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
    if (expected !== context.value)
      refuse(WrongValue, { value: context.value, expected: expected > UINT256_MAX ? UINT256_MAX : expected })
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
  gas: 'as pay, and three calls of the token',
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
  const native = tokenAt(context.cells(ROYALTY_MODULE), NATIVE_TOKEN)
  for (const { asset, amount } of payments) {
    if (amount === 0n) refuse(ZeroAmount, {})
    if (native !== undefined) credit(context, asset, native, amount, memo)
  }
}

/** Writes one payment into the ledger and marks its asset for the sweep, which the payer pays here. */
function credit(context: ModuleContext, id: bigint, token: Token, units: bigint, memo: Hash): void {
  demandPayable(context, id)
  const cells = context.cells(ROYALTY_MODULE)
  const asset = Number(id)
  const shape = readShape(cells, asset) ?? refuse(AssetNotFound, { asset: id })
  context.gas.charge(firstHopGas(shape) + STEADY_WRITE_GAS)
  const chainFee = parameters(cells).protocolFeePpm
  if (shape.feePpm !== chainFee) renewFee(context, asset)
  const key = { node: directNode(asset), token: token.index }
  const { inflow, acc } = ledger.read(cells, key)
  ledger.write(cells, key, { inflow: inflow + units * token.unit, acc })
  markPaid(cells, asset, token.index)
  context.emit(Paid, { asset: id, payer: context.caller, token: token.address, amount: units, memo })
}

function demandPayable(context: ModuleContext, id: bigint): void {
  const status = statusOf(context.cells(ASSETS_MODULE), id)
  if (status === undefined) refuse(AssetNotFound, { asset: id })
  if (status === 'revoked') refuse(AssetRevoked, { asset: id })
}

/**
 * Brings a.direct to the chain's fee. Its own flush comes first, in the tokens that were paid earlier in this block: in all
 * others it holds less than a unit of weight since the sweep of the block that paid it. The write is charged with every
 * payment, so that a change of the fee does not break estimates.
 */
function renewFee(context: ModuleContext, asset: number): void {
  const { royalty } = new Books(context.state)
  const shape = readShape(royalty, asset)
  for (const token of tokensOf(firstHop.read(royalty, { asset }).tokens)) {
    if (shape !== undefined) context.gas.charge(FLUSH_CALL_GAS + nodeGas(shape, true))
    flushNodes(context, token, [directNode(asset)])
  }
  writeFee(royalty, asset)
}
