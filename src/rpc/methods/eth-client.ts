/**
 * eth_*: what the node is and how it does.
 */

import { crc32 } from 'node:zlib'
import { hexToBytes } from '../../lib/bytes.ts'
import { quantity } from '../hex.ts'
import { defineMethod, type Method } from '../method.ts'
import type { ChainFacts } from '../ports.ts'
import type { Services } from '../services.ts'

/** eth/69, the wire version whose blocks and receipts have the shape served here; web3.js asks for a number. */
const PROTOCOL_VERSION = 69

export function ethClientMethods({ ports }: Services): Method[] {
  const { facts, chain, sync } = ports
  return [
    defineMethod({ name: 'eth_chainId', params: [], run: () => quantity(facts.chainId) }),
    defineMethod({ name: 'eth_blockNumber', params: [], run: () => quantity(chain.head().header.number) }),
    defineMethod({ name: 'eth_syncing', params: [], run: () => syncingJson(sync.progress()) }),
    defineMethod({ name: 'eth_protocolVersion', params: [], run: () => quantity(PROTOCOL_VERSION) }),
    defineMethod({ name: 'eth_accounts', params: [], run: () => [] }),
    // Of the accounts that the node holds, as in geth; txpool_content shows the whole pool.
    defineMethod({ name: 'eth_pendingTransactions', params: [], run: () => [] }),
    defineMethod({ name: 'eth_coinbase', params: [], run: () => facts.rewardAddress }),
    defineMethod({ name: 'eth_mining', params: [], run: () => false }),
    defineMethod({ name: 'eth_hashrate', params: [], run: () => '0x0' }),
    defineMethod({
      name: 'eth_config',
      params: [],
      run: () => ({ current: forkConfig(facts), next: null, last: null }),
    }),
  ]
}

/** False when synced, as wallets expect. */
export function syncingJson(progress: ReturnType<Services['ports']['sync']['progress']>): object | false {
  if (progress === undefined) return false
  return {
    startingBlock: quantity(progress.startingBlock),
    currentBlock: quantity(progress.currentBlock),
    highestBlock: quantity(progress.highestBlock),
  }
}

/** EIP-7910. All forks are active from genesis, so the fork hash is the checksum of the genesis hash alone. */
function forkConfig(facts: ChainFacts): object {
  return {
    activationTime: facts.genesisTime,
    // Blob transactions are refused: no blob fits a block.
    blobSchedule: { baseFeeUpdateFraction: 0, max: 0, target: 0 },
    chainId: quantity(facts.chainId),
    forkId: `0x${crc32(hexToBytes(facts.genesisHash)).toString(16).padStart(8, '0')}`,
    precompiles: facts.precompiles,
    systemContracts: facts.systemContracts,
  }
}
