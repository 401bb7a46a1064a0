/**
 * The parameters of attribution and royalties (docs/attribution.md section 5). A chain without them has no native modules.
 */

import { type FieldReader, refuseField } from '../lib/field-reader.ts'
import { MAX_TOKENS } from '../lib/limits.ts'
import { type Address, ZERO_ADDRESS } from '../types/primitives.ts'

/** A token that assets can be paid in beside the native coin. Amounts are in units of 1e-18, whatever its decimals. */
export type ListedToken = {
  readonly address: Address
  /** Digits behind the point; fixed for ever, at most 18. */
  readonly decimals: number
  /** A ledger node below this, and below its slots times slotMin, is not swept. */
  readonly flushMin: bigint
  readonly slotMin: bigint
}

export type AttributionRules = {
  /** Parts per million of direct payments that go to feeCollector. */
  readonly protocolFeePpm: number
  readonly feeCollector: Address
  /** Alone decides disputes. */
  readonly disputeAuthority: Address
  /** Gets what a revoked asset's owner would have earned. */
  readonly treasury: Address
  /** Work that the sweep at the end of a block does beyond what its payers paid for. */
  readonly sweepUnits: number
  /** The thresholds of the native coin, in wei. */
  readonly flushMinWei: bigint
  readonly slotMinWei: bigint
  /** Blocks that a batch of contributors waits before it counts. */
  readonly noticeBlocks: number
  /** Blocks that a dispute about a batch lasts before it can be revoked. */
  readonly disputeBlocks: number
  /** Blocks in which a demanded leaf must be shown, and what the demander deposits. */
  readonly demandBlocks: number
  readonly demandBondWei: bigint
  readonly tokens: readonly ListedToken[]
}

/** The greatest protocol fee: one percent. */
const MAX_PROTOCOL_FEE_PPM = 10_000
/** Digits that scale to units of 1e-18 without a remainder. */
const MAX_DECIMALS = 18
const MAX_SWEEP_UNITS = 10_000_000
const MAX_BLOCKS = 2 ** 32 - 1
/** Thresholds and bonds above this would never be met. */
const MAX_AMOUNT = 10n ** 30n
const ADDRESS = /^0x[0-9a-fA-F]{40}$/
/** Native modules: what is owed to one, nobody could ever claim. */
const MODULE_ADDRESS = /^0x0{32}5341000[1-7]$/
const ADDRESS_WORDS = '0x and 40 hexadecimal digits, neither the zero address nor a native module'

/** Reads the section `attribution`. */
export function readAttributionRules(fields: FieldReader): AttributionRules {
  const rules: AttributionRules = {
    protocolFeePpm: fields.integer('protocolFeePpm', 0, MAX_PROTOCOL_FEE_PPM),
    feeCollector: readAddress(fields, 'feeCollector'),
    disputeAuthority: readAddress(fields, 'disputeAuthority'),
    treasury: readAddress(fields, 'treasury'),
    sweepUnits: fields.integer('sweepUnits', 1, MAX_SWEEP_UNITS),
    flushMinWei: fields.bigint('flushMinWei', 1n, MAX_AMOUNT),
    slotMinWei: fields.bigint('slotMinWei', 0n, MAX_AMOUNT),
    noticeBlocks: fields.integer('noticeBlocks', 0, MAX_BLOCKS),
    disputeBlocks: fields.integer('disputeBlocks', 0, MAX_BLOCKS),
    demandBlocks: fields.integer('demandBlocks', 1, MAX_BLOCKS),
    demandBondWei: fields.bigint('demandBondWei', 0n, MAX_AMOUNT),
    tokens: fields.objects('tokens', MAX_TOKENS, readToken),
  }
  for (const [i, { address }] of rules.tokens.entries()) {
    if (rules.tokens.findIndex((one) => one.address === address) !== i) {
      refuseField(`${fields.at('tokens')}[${i}].address`, address, 'a token that no earlier entry names')
    }
  }
  return rules
}

function readToken(fields: FieldReader): ListedToken {
  return {
    address: readAddress(fields, 'address'),
    decimals: fields.integer('decimals', 0, MAX_DECIMALS),
    flushMin: fields.bigint('flushMin', 1n, MAX_AMOUNT),
    slotMin: fields.bigint('slotMin', 0n, MAX_AMOUNT),
  }
}

function readAddress(fields: FieldReader, name: string): Address {
  const address = fields.text(name, ADDRESS, ADDRESS_WORDS).toLowerCase() as Address
  if (address === ZERO_ADDRESS || MODULE_ADDRESS.test(address)) refuseField(fields.at(name), address, ADDRESS_WORDS)
  return address
}

/** The file's form of the section. */
export function attributionToJson(rules: AttributionRules): object {
  return {
    protocolFeePpm: rules.protocolFeePpm,
    feeCollector: rules.feeCollector,
    disputeAuthority: rules.disputeAuthority,
    treasury: rules.treasury,
    sweepUnits: rules.sweepUnits,
    flushMinWei: rules.flushMinWei.toString(),
    slotMinWei: rules.slotMinWei.toString(),
    noticeBlocks: rules.noticeBlocks,
    disputeBlocks: rules.disputeBlocks,
    demandBlocks: rules.demandBlocks,
    demandBondWei: rules.demandBondWei.toString(),
    tokens: rules.tokens.map((one) => ({
      address: one.address,
      decimals: one.decimals,
      flushMin: one.flushMin.toString(),
      slotMin: one.slotMin.toString(),
    })),
  }
}
