/**
 * The chain's parameters of attribution, as cells in N02's account: genesis writes them from the chainspec, native modules
 * read them there, and whoever governs them changes them there. Token 0 is the native coin, 1 to 16 are listed tokens.
 */

import type { AttributionRules, ListedToken } from '../chainspec/attribution.ts'
import { assert } from '../lib/assert.ts'
import { MAX_TOKENS } from '../lib/limits.ts'
import { type Cells, defineCell } from '../state/cells.ts'
import { type Address, addressFromBigint, ZERO_ADDRESS } from '../types/primitives.ts'

/** The native coin's index. */
export const NATIVE_TOKEN = 0

export const ratesCell = defineCell({
  name: 'rates',
  tag: 0x60,
  growth: 'steady',
  key: {},
  value: {
    protocolFeePpm: 32,
    sweepUnits: 32,
    noticeBlocks: 32,
    disputeBlocks: 32,
    demandBlocks: 32,
    tokenCount: 8,
    nextFee: 32,
  },
  notes:
    'Parameters of the chain; tokenCount is the number of tokens ever listed, nextFee the fee that holds from the next block on plus 1, 0 when it stays.',
})
export const demandBondCell = defineCell({
  name: 'demandBond',
  tag: 0x61,
  growth: 'steady',
  key: {},
  value: { wei: 128 },
  notes: 'What demanding a leaf deposits.',
})
export const officeCell = defineCell({
  name: 'office',
  tag: 0x62,
  growth: 'steady',
  key: { office: 1 },
  value: { account: 160 },
  notes: 'Office 0 collects the protocol fee, 1 decides disputes, 2 is the treasury.',
})
export const thresholdCell = defineCell({
  name: 'threshold',
  tag: 0x63,
  growth: 'steady',
  key: { token: 1 },
  value: { flushMin: 128, slotMin: 128 },
  notes: 'A node is swept from max(flushMin, slots * slotMin) on.',
})
export const tokenCell = defineCell({
  name: 'token',
  tag: 0x64,
  growth: 'fresh',
  key: { token: 1 },
  value: { address: 160, decimals: 8, isListed: 1 },
  notes: 'Tokens by index; a delisted one keeps its index.',
})
export const tokenIndexCell = defineCell({
  name: 'tokenIndex',
  tag: 0x65,
  growth: 'fresh',
  key: { address: 20 },
  value: { token: 8 },
  notes: 'The index of a token that was ever listed, 0 otherwise.',
})

/** All cells of this file, for the module that documents them. */
export const PARAMETER_CELLS = [ratesCell, demandBondCell, officeCell, thresholdCell, tokenCell, tokenIndexCell]

export const OFFICES = { feeCollector: 0, disputeAuthority: 1, treasury: 2 } as const

/** The parameters in N02's cells; each is read when it is asked for. */
export class Parameters {
  private readonly cells: Cells

  constructor(cells: Cells) {
    this.cells = cells
  }

  /** Parts per million of direct payments; the same in all of a block. */
  get protocolFeePpm(): bigint {
    return ratesCell.read(this.cells, {}).protocolFeePpm
  }

  /** Units of work of a sweep. */
  get sweepUnits(): number {
    return Number(ratesCell.read(this.cells, {}).sweepUnits)
  }

  get noticeBlocks(): number {
    return Number(ratesCell.read(this.cells, {}).noticeBlocks)
  }

  get disputeBlocks(): number {
    return Number(ratesCell.read(this.cells, {}).disputeBlocks)
  }

  get demandBlocks(): number {
    return Number(ratesCell.read(this.cells, {}).demandBlocks)
  }

  get demandBondWei(): bigint {
    return demandBondCell.read(this.cells, {}).wei
  }

  get feeCollector(): Address {
    return this.office(OFFICES.feeCollector)
  }

  get disputeAuthority(): Address {
    return this.office(OFFICES.disputeAuthority)
  }

  get treasury(): Address {
    return this.office(OFFICES.treasury)
  }

  /** Tokens ever listed, beside the native coin. */
  get tokenCount(): number {
    return Number(ratesCell.read(this.cells, {}).tokenCount)
  }

  threshold(token: number): { readonly flushMin: bigint; readonly slotMin: bigint } {
    return thresholdCell.read(this.cells, { token })
  }

  private office(office: number): Address {
    return addressFromBigint(officeCell.read(this.cells, { office }).account)
  }
}

/** The parameters in N02's cells. */
export function parameters(cells: Cells): Parameters {
  return new Parameters(cells)
}

/** Lists a token and returns its index. The caller knows that it is new and that there is room. */
export function listToken(cells: Cells, token: ListedToken): number {
  const rates = ratesCell.read(cells, {})
  const index = Number(rates.tokenCount) + 1
  assert(index <= MAX_TOKENS && token.address !== ZERO_ADDRESS, 'a listed token has an address and a place')
  ratesCell.write(cells, {}, { ...rates, tokenCount: BigInt(index) })
  const decimals = BigInt(token.decimals)
  tokenCell.write(cells, { token: index }, { address: BigInt(token.address), decimals, isListed: 1n })
  tokenIndexCell.write(cells, { address: token.address }, { token: BigInt(index) })
  thresholdCell.write(cells, { token: index }, { flushMin: token.flushMin, slotMin: token.slotMin })
  return index
}

/** Sets the fee of the blocks to come. */
export function setNextFee(cells: Cells, feePpm: bigint): void {
  ratesCell.write(cells, {}, { ...ratesCell.read(cells, {}), nextFee: feePpm + 1n })
}

/** Puts a fee that was set in this block in force; after the block's sweep, which still hands on by the former one. */
export function renewChainFee(cells: Cells): void {
  const rates = ratesCell.read(cells, {})
  if (rates.nextFee === 0n) return
  ratesCell.write(cells, {}, { ...rates, protocolFeePpm: rates.nextFee - 1n, nextFee: 0n })
}

/** Writes what the chainspec says: the genesis of N02. */
export function writeParameters(cells: Cells, rules: AttributionRules): void {
  ratesCell.write(
    cells,
    {},
    {
      protocolFeePpm: BigInt(rules.protocolFeePpm),
      sweepUnits: BigInt(rules.sweepUnits),
      noticeBlocks: BigInt(rules.noticeBlocks),
      disputeBlocks: BigInt(rules.disputeBlocks),
      demandBlocks: BigInt(rules.demandBlocks),
      tokenCount: 0n,
      nextFee: 0n,
    },
  )
  demandBondCell.write(cells, {}, { wei: rules.demandBondWei })
  officeCell.write(cells, { office: OFFICES.feeCollector }, { account: BigInt(rules.feeCollector) })
  officeCell.write(cells, { office: OFFICES.disputeAuthority }, { account: BigInt(rules.disputeAuthority) })
  officeCell.write(cells, { office: OFFICES.treasury }, { account: BigInt(rules.treasury) })
  thresholdCell.write(cells, { token: NATIVE_TOKEN }, { flushMin: rules.flushMinWei, slotMin: rules.slotMinWei })
  for (const token of rules.tokens) listToken(cells, token)
}
