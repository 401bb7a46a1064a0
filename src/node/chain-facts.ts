/**
 * What does not change while a node runs, as the RPC tells it; names as EIP-7910 gives them.
 */

import type { ChainSpec } from '../chainspec/chain-spec.ts'
import { PREDEPLOYS } from '../chainspec/predeploys.ts'
import { present } from '../lib/assert.ts'
import type { ChainFacts } from '../rpc/ports.ts'
import type { Address } from '../types/primitives.ts'
import type { ChainIdentity } from '../types/sign-bytes.ts'
import { CLIENT_VERSION } from './version.ts'

const PRECOMPILE_NUMBERS = {
  ECREC: 0x1,
  SHA256: 0x2,
  RIPEMD160: 0x3,
  ID: 0x4,
  MODEXP: 0x5,
  BN254_ADD: 0x6,
  BN254_MUL: 0x7,
  BN254_PAIRING: 0x8,
  BLAKE2F: 0x9,
  KZG_POINT_EVALUATION: 0xa,
  BLS12_G1ADD: 0xb,
  BLS12_G1MSM: 0xc,
  BLS12_G2ADD: 0xd,
  BLS12_G2MSM: 0xe,
  BLS12_PAIRING_CHECK: 0xf,
  BLS12_MAP_FP_TO_G1: 0x10,
  BLS12_MAP_FP2_TO_G2: 0x11,
  P256VERIFY: 0x100,
} as const

/** The facts of a chain. */
export function chainFacts(spec: ChainSpec, { chainId, genesisHash }: ChainIdentity): ChainFacts {
  const precompiles = Object.entries(PRECOMPILE_NUMBERS).map(([name, number]) => [name, addressOfNumber(number)])
  return {
    chainId: BigInt(chainId),
    genesisHash,
    genesisTime: Math.floor(spec.genesisTimeMs / 1_000),
    clientVersion: CLIENT_VERSION,
    acceptsUnprotected: false,
    rewardAddress: spec.fees.rewardAddress,
    precompiles: Object.fromEntries(precompiles),
    systemContracts: {
      BEACON_ROOTS_ADDRESS: predeployAddress('BeaconRoots'),
      HISTORY_STORAGE_ADDRESS: predeployAddress('HistoryStorage'),
    },
  }
}

function addressOfNumber(number: number): Address {
  return `0x${number.toString(16).padStart(40, '0')}` as Address
}

function predeployAddress(name: string): Address {
  return present(
    PREDEPLOYS.find((one) => one.name === name),
    `the predeploy ${name} exists`,
  ).address
}
