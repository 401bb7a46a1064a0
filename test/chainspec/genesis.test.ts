/**
 * Genesis: frozen hashes, exact supply, contracts at their usual addresses.
 */

import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { BUCKETS, TOTAL_SUPPLY_WEI } from '../../src/chainspec/allocations.ts'
import { chainSpecHash } from '../../src/chainspec/chain-spec.ts'
import { DEV_ACCOUNTS, DEV_MNEMONIC } from '../../src/chainspec/dev-accounts.ts'
import { genesisAccounts, genesisBlock } from '../../src/chainspec/genesis.ts'
import { buildNetwork, DEV_ACCOUNT_BALANCE_WEI } from '../../src/chainspec/networks.ts'
import { ZERO_HASH } from '../../src/types/primitives.ts'
import { devnetSpec } from './fixtures.ts'

describe('genesis', () => {
  it('has the frozen hashes: a change here is another chain', () => {
    expect(chainSpecHash(devnetSpec())).toBe('0x7f5414571d963bc571e4f7c52d8ff58dc1deb1dc4e562408a29d57eee34fa588')
    expect(genesisBlock(devnetSpec(), ZERO_HASH).hash).toBe(
      '0xb6a8802ed413dc3b3af939c88f12002269922bb3926f9c011cf33048c027d74e',
    )
  })

  it('changes with every parameter and validator', () => {
    const spec = devnetSpec()
    const [first, second] = spec.validators
    const others = [
      { ...spec, chainId: spec.chainId + 1 },
      { ...spec, consensus: { ...spec.consensus, leaderTimeoutMs: 401 } },
      { ...spec, validators: [second, first].filter((one) => one !== undefined) },
    ]
    const hashes = [spec, ...others].map((one) => genesisBlock(one, ZERO_HASH).hash)
    expect(new Set(hashes).size).toBe(4)
  })

  it('allocates the whole supply and nothing else', () => {
    const sum = genesisAccounts(devnetSpec()).reduce((total, one) => total + one.balanceWei, 0n)
    expect(sum).toBe(TOTAL_SUPPLY_WEI)
    expect(Object.values(BUCKETS).reduce((total, one) => total + one, 0n)).toBe(TOTAL_SUPPLY_WEI)
  })

  it('gives contracts nonce 1 and code, at the addresses that tools expect', () => {
    const accounts = new Map(genesisAccounts(devnetSpec()).map((one) => [one.address as string, one]))
    for (const address of [
      '0xca11bde05977b3631167028862be2a173976ca11',
      '0x4e59b44847b379578588920ca78fbf26c0b4956c',
      '0x0000f90827f1c53a10cb7a02335b175320002935',
      '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
      '0x000000000022d473030f116ddee9f6b43ac78ba3',
      '0x0000000071727de22e5e9d8baf0edac6f37da032',
      '0x914d7fec6aac8cd542e72bca78b30650d45643d7',
    ]) {
      expect(accounts.get(address)?.nonce, address).toBe(1n)
      expect(accounts.get(address)?.code.length, address).toBeGreaterThan(50)
    }
  })

  it('splits the time into whole seconds and milliseconds', () => {
    const { header, consensus } = genesisBlock(devnetSpec(), ZERO_HASH)
    expect([header.timestamp, consensus.context.timestampMsPart]).toEqual([1_767_225_600, 123])
  })
})

describe('the development accounts', () => {
  it('are those of the well-known mnemonic', () => {
    DEV_ACCOUNTS.forEach(({ address, privateKey }, addressIndex) => {
      expect(mnemonicToAccount(DEV_MNEMONIC, { addressIndex }).address.toLowerCase()).toBe(address)
      expect(privateKeyToAccount(privateKey).address.toLowerCase()).toBe(address)
    })
  })

  it('are funded', () => {
    const accounts = new Map(genesisAccounts(devnetSpec()).map((one) => [one.address, one]))
    for (const { address } of DEV_ACCOUNTS) expect(accounts.get(address)?.balanceWei).toBe(DEV_ACCOUNT_BALANCE_WEI)
  })
})

describe('the bench network', () => {
  it('has room for 500 million gas in a block', () => {
    const spec = buildNetwork('bench', { validators: devnetSpec().validators, genesisTimeMs: 0 })
    expect(spec.blockGasLimit).toBe(500_000_000n)
  })
})
