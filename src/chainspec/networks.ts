/**
 * Templates of networks. A template leaves open only who validates, when the chain starts and who else is funded.
 */

import { present } from '../lib/assert.ts'
import type { Address } from '../types/primitives.ts'
import { type Allocation, allocateSupply, WEI_PER_SAHARA } from './allocations.ts'
import type { AttributionRules } from './attribution.ts'
import type { ChainSpec, GenesisValidator } from './chain-spec.ts'
import { DEV_ACCOUNTS } from './dev-accounts.ts'
import { PREDEPLOY_NAMES } from './predeploys.ts'

/** Chain id of the development network. */
export const DEVNET_CHAIN_ID = 534_100
/** What each development account holds. */
export const DEV_ACCOUNT_BALANCE_WEI = 1_000_000n * WEI_PER_SAHARA
/** The staking module's address, where fees gather (docs/attribution.md section 5, N05). */
export const REWARD_ADDRESS = '0x0000000000000000000000000000000053410005' as Address

export const NETWORK_NAMES = ['devnet', 'bench'] as const
export type NetworkName = (typeof NETWORK_NAMES)[number]

export type NetworkChoices = {
  readonly validators: readonly GenesisValidator[]
  readonly genesisTimeMs: number
  /** Overrides the template's least block interval, in milliseconds. */
  readonly minBlockIntervalMs?: number
  /** Grants beside those to the development accounts. */
  readonly grants?: readonly Allocation[]
}

/** Royalties on development networks: its offices are the last development accounts, so that anyone can try them. */
export const DEVELOPMENT_ATTRIBUTION: AttributionRules = {
  protocolFeePpm: 1_000,
  feeCollector: developmentAddress(7),
  treasury: developmentAddress(8),
  disputeAuthority: developmentAddress(9),
  // With the state root about the time of 6 million gas of storage writes.
  sweepUnits: 4_000,
  flushMinWei: 10n ** 12n,
  slotMinWei: 3n * 10n ** 15n,
  noticeBlocks: 4,
  disputeBlocks: 100,
  demandBlocks: 100,
  demandBondWei: WEI_PER_SAHARA / 10n,
  tokens: [],
}

function developmentAddress(index: number): Address {
  return present(DEV_ACCOUNTS[index], 'there are ten development accounts').address
}

/** The chainspec of `network` with the given choices. */
export function buildNetwork(network: NetworkName, choices: NetworkChoices): ChainSpec {
  const minBlockIntervalMs = choices.minBlockIntervalMs ?? 250
  return {
    name: network,
    chainId: DEVNET_CHAIN_ID,
    genesisTimeMs: choices.genesisTimeMs,
    extraData: new TextEncoder().encode('sahara'),
    // Above 47.9 million MetaMask's 35 % fallback estimate would pass the transaction gas cap; the bench has no wallets.
    blockGasLimit: network === 'bench' ? 500_000_000n : 30_000_000n,
    maxBlockBytes: 2 * 1024 * 1024,
    fees: {
      initialBaseFeePerGas: 1_000_000_000n,
      minBaseFeePerGas: 1_000_000_000n,
      baseFeeChangeDenominator: 250n,
      elasticityMultiplier: 2n,
      baseFeeBurned: false,
      rewardAddress: REWARD_ADDRESS,
    },
    consensus: {
      epochLengthBlocks: 50,
      minBlockIntervalMs,
      idleIntervalMs: Math.max(2_000, minBlockIntervalMs),
      leaderTimeoutMs: 400,
      retryIntervalMs: 400,
      skipTimeoutMs: 5_000,
    },
    validators: choices.validators,
    allocations: allocateSupply([
      ...DEV_ACCOUNTS.map(
        ({ address }): Allocation => ({
          bucket: 'community-development',
          address,
          balanceWei: DEV_ACCOUNT_BALANCE_WEI,
        }),
      ),
      ...(choices.grants ?? []),
    ]),
    predeploys: PREDEPLOY_NAMES,
    attribution: DEVELOPMENT_ATTRIBUTION,
  }
}
