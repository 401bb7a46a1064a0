/**
 * A chainspec file is taken whole or refused by field, value and what is accepted.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainSpecHash, chainSpecToJson } from '../../src/chainspec/chain-spec.ts'
import { parseChainSpec } from '../../src/chainspec/parse-chain-spec.ts'
import { devnetJson, devnetSpec, PEER_IDS } from './fixtures.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test spoils fields of any type at any depth
type Spoil = (json: any) => void

function refusalOf(spoil: Spoil) {
  const json = devnetJson()
  spoil(json)
  const parsed = parseChainSpec(json)
  expect(parsed.ok).toBe(false)
  return parsed.ok ? undefined : parsed.error
}

describe('a chainspec file', () => {
  it('says the same after writing and reading', () => {
    const parsed = parseChainSpec(devnetJson())
    expect(parsed).toEqual({ ok: true, value: devnetSpec() })
    if (parsed.ok) expect(chainSpecHash(parsed.value)).toBe(chainSpecHash(devnetSpec()))
  })

  it('hashes the same in any order of fields and any white space', () => {
    const shuffled = Object.fromEntries(Object.entries(chainSpecToJson(devnetSpec())).reverse())
    const parsed = parseChainSpec(JSON.parse(JSON.stringify(shuffled, null, 7)))
    expect(parsed.ok && chainSpecHash(parsed.value)).toBe(chainSpecHash(devnetSpec()))
  })

  const refusals: readonly [string, Spoil, string][] = [
    ['a version of another format', (json) => (json.version = 2), 'version'],
    ['a chain id of zero', (json) => (json.chainId = 0), 'chainId'],
    ['a chain id that wallets refuse', (json) => (json.chainId = 4_503_599_627_370_477), 'chainId'],
    ['a name with spaces', (json) => (json.name = 'my net'), 'name'],
    ['a gas limit below one transaction', (json) => (json.blockGasLimit = '100'), 'blockGasLimit'],
    ['a gas limit in scientific notation', (json) => (json.blockGasLimit = '3e7'), 'blockGasLimit'],
    ['33 bytes of extra data', (json) => (json.extraData = `0x${'00'.repeat(33)}`), 'extraData'],
    ['a block larger than the network carries', (json) => (json.maxBlockBytes = 2_097_153), 'maxBlockBytes'],
    ['an epoch of one block', (json) => (json.consensus.epochLengthBlocks = 1), 'consensus.epochLengthBlocks'],
    ['an interval of zero', (json) => (json.consensus.minBlockIntervalMs = 0), 'consensus.minBlockIntervalMs'],
    ['an idle interval below the least', (json) => (json.consensus.idleIntervalMs = 249), 'consensus.idleIntervalMs'],
    ['a denominator of zero', (json) => (json.fees.baseFeeChangeDenominator = '0'), 'fees.baseFeeChangeDenominator'],
    ['a first base fee under the floor', (json) => (json.fees.initialBaseFeePerGas = '1'), 'fees.initialBaseFeePerGas'],
    ['a burn switch that is no switch', (json) => (json.fees.baseFeeBurned = 'no'), 'fees.baseFeeBurned'],
    ['no validators', (json) => (json.validators = []), 'validators'],
    ['a validator without power', (json) => (json.validators[1].power = 0), 'validators[1].power'],
    ['a short BLS key', (json) => (json.validators[0].blsPublicKey = '0x11'), 'validators[0].blsPublicKey'],
    ['a peer id twice', (json) => (json.validators[1].peerId = PEER_IDS[0]), 'validators[1].peerId'],
    [
      'a BLS key twice',
      (json) => (json.validators[1].blsPublicKey = json.validators[0].blsPublicKey),
      'validators[1].blsPublicKey',
    ],
    ['a misspelt field', (json) => (json.consensus.idleMs = 1), 'consensus.idleMs'],
    ['a missing field', (json) => delete json.fees.rewardAddress, 'fees.rewardAddress'],
    ['an unknown bucket', (json) => (json.allocations[0].bucket = 'moon'), 'allocations[0].bucket'],
    ['a balance of zero', (json) => (json.allocations[0].balanceWei = '0'), 'allocations[0].balanceWei'],
    ['an unknown predeploy', (json) => (json.predeploys[0] = 'Multicall4'), 'predeploys[0]'],
    ['a predeploy twice', (json) => json.predeploys.push('Multicall3'), 'predeploys[10]'],
  ]
  it.each(refusals)('with %s is refused by field', (_name, spoil, field) => {
    const refusal = refusalOf(spoil)
    expect(refusal?.field).toBe(field)
    expect(refusal?.accepted).not.toBe('')
  })

  it('is refused when one wei is missing from a bucket, or one too many is in it', () => {
    for (const change of [-1n, 1n]) {
      const refusal = refusalOf((json) => {
        const last = json.allocations.at(-1)
        last.balanceWei = (BigInt(last.balanceWei) + change).toString()
      })
      expect(refusal?.field).toBe('allocations of liquidity')
      expect(refusal?.accepted).toBe(`exactly ${100_000_000n * 10n ** 18n} wei`)
    }
  })

  it('never throws, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseChainSpec(JSON.parse(text)).ok).toBe(false)
      }),
    )
  })
})
