/**
 * The section `attribution` of a chainspec: taken whole or refused by field; left out, the chain has no native modules.
 */

import { describe, expect, it } from 'vitest'
import { chainSpecHash } from '../../src/chainspec/chain-spec.ts'
import { parseChainSpec } from '../../src/chainspec/parse-chain-spec.ts'
import { devnetJson, devnetSpec } from './fixtures.ts'

const TOKEN = { address: `0x${'Ab'.repeat(20)}`, decimals: 6, flushMin: '1000000000000', slotMin: '0' }

// biome-ignore lint/suspicious/noExplicitAny: a test spoils fields of any type at any depth
function parseWith(spoil: (section: any, json: any) => void) {
  const json = devnetJson()
  spoil(json.attribution, json)
  return parseChainSpec(json)
}

describe('the attribution section', () => {
  it('may be left out, which makes another chain', () => {
    const { attribution, ...rest } = devnetSpec()
    expect(attribution).toBeDefined()
    const parsed = parseWith((_, json) => delete json.attribution)
    expect(parsed).toEqual({ ok: true, value: rest })
    expect(parsed.ok && chainSpecHash(parsed.value)).not.toBe(chainSpecHash(devnetSpec()))
  })

  it('lists up to 16 tokens', () => {
    const tokens = Array.from({ length: 16 }, (_, i) => ({ ...TOKEN, address: `0x${String(10 + i).repeat(20)}` }))
    const parsed = parseWith((section) => {
      section.tokens = [...tokens.slice(1), TOKEN]
    })
    expect(parsed.ok && parsed.value.attribution?.tokens.length).toBe(16)
    const last = parsed.ok ? parsed.value.attribution?.tokens[15] : undefined
    expect(last).toEqual({ address: `0x${'ab'.repeat(20)}`, decimals: 6, flushMin: 10n ** 12n, slotMin: 0n })
    const tooMany = parseWith((section) => {
      section.tokens = [...tokens, TOKEN]
    })
    expect(tooMany).toMatchObject({ error: { field: 'attribution.tokens' } })
  })

  // biome-ignore lint/suspicious/noExplicitAny: a test spoils fields of any type at any depth
  const refusals: readonly [string, (section: any) => void, string][] = [
    ['a fee above one percent', (section) => (section.protocolFeePpm = 10_001), 'attribution.protocolFeePpm'],
    ['a negative fee', (section) => (section.protocolFeePpm = -1), 'attribution.protocolFeePpm'],
    ['no fee collector', (section) => delete section.feeCollector, 'attribution.feeCollector'],
    [
      'an authority of zeros',
      (section) => (section.disputeAuthority = `0x${'0'.repeat(40)}`),
      'attribution.disputeAuthority',
    ],
    [
      'a fee collector that is a native module',
      (section) => (section.feeCollector = `0x${'0'.repeat(32)}53410002`),
      'attribution.feeCollector',
    ],
    ['a treasury without a name', (section) => (section.treasury = ''), 'attribution.treasury'],
    ['a sweep without units', (section) => (section.sweepUnits = 0), 'attribution.sweepUnits'],
    ['a threshold of nothing', (section) => (section.flushMinWei = '0'), 'attribution.flushMinWei'],
    ['a threshold that is no number', (section) => (section.slotMinWei = 'much'), 'attribution.slotMinWei'],
    ['a notice of half a block', (section) => (section.noticeBlocks = 0.5), 'attribution.noticeBlocks'],
    ['a dispute without end', (section) => (section.disputeBlocks = 2 ** 32), 'attribution.disputeBlocks'],
    ['a demand without time', (section) => (section.demandBlocks = 0), 'attribution.demandBlocks'],
    ['a bond below zero', (section) => (section.demandBondWei = '-1'), 'attribution.demandBondWei'],
    ['a misspelt field', (section) => (section.flushMin = '1'), 'attribution.flushMin'],
    [
      'a token of 19 decimals',
      (section) => (section.tokens = [{ ...TOKEN, decimals: 19 }]),
      'attribution.tokens[0].decimals',
    ],
    [
      'a token twice',
      (section) => (section.tokens = [TOKEN, { ...TOKEN, decimals: 8 }]),
      'attribution.tokens[1].address',
    ],
  ]
  it.each(refusals)('refuses %s by its field', (_, spoil, field) => {
    expect(parseWith(spoil)).toMatchObject({ ok: false, error: { code: 'BAD_FIELD', field } })
  })
})
