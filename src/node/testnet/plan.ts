/**
 * What a test network consists of: who is in it, where each node listens and what its config file says. Pure.
 */

import type { NetworkName } from '../../chainspec/networks.ts'

export type NodePorts = { readonly rpc: number; readonly p2p: number; readonly metrics: number }

export type TestnetPlan = {
  readonly network: NetworkName
  readonly validators: number
  /** Nodes without a validator key. */
  readonly fullNodes: number
  readonly genesisTimeMs: number
  /** Least milliseconds between blocks; the network's own when undefined. */
  readonly minBlockIntervalMs: number | undefined
  /** Further funded accounts beside the development accounts. */
  readonly fundedAccounts: number
}

/** A node of a test network. */
export type TestnetNode = {
  /** `validator-0`, …, `node-0`, …: also the name of its folder. */
  readonly name: string
  readonly isValidator: boolean
  readonly peerId: string
}

/** ethers searches events from block 0 unless told otherwise; nobody but its developer asks a node of one's own. */
const LOCAL_LOG_RANGE_BLOCKS = 1_000_000

/** Where a node listens and is reached. */
export type NodePlace = {
  /** What it binds to. */
  readonly listenHost: string
  /** What others call it. */
  readonly publicHost: string
  readonly ports: NodePorts
}

/** Ports of node `i` on one machine: the usual ones counted up, or ten for each node from `base` on. */
export function portsOf(i: number, base: number | undefined): NodePorts {
  if (base === undefined) return { rpc: 8545 + i, p2p: 30_300 + i, metrics: 9_100 + i }
  return { rpc: base + 10 * i, p2p: base + 10 * i + 1, metrics: base + 10 * i + 2 }
}

/** The config file of one node, which knows all others from the start. */
export function configOf(nodes: readonly TestnetNode[], places: readonly NodePlace[], own: number): object {
  const place = places[own]
  const node = nodes[own]
  if (place === undefined || node === undefined) throw new RangeError(`the network has no node ${own}`)
  const bootstrap = nodes.flatMap((other, i) => {
    const at = places[i]
    return i === own || at === undefined ? [] : [`${addressOf(at.publicHost)}/tcp/${at.ports.p2p}/p2p/${other.peerId}`]
  })
  const isLoopback = place.listenHost === place.publicHost
  return {
    dataDir: '.',
    genesis: '../genesis.json',
    validator: { enabled: node.isValidator },
    rpc: {
      host: place.listenHost,
      port: place.ports.rpc,
      ...(isLoopback ? { logRangeBlocks: LOCAL_LOG_RANGE_BLOCKS } : { vhosts: ['*'] }),
    },
    ...(isLoopback ? { leafFiles: { serve: true } } : {}),
    p2p: {
      host: place.listenHost,
      port: place.ports.p2p,
      bootstrap,
      ...(isLoopback ? {} : { announce: [`${addressOf(place.publicHost)}/tcp/${place.ports.p2p}`] }),
    },
    metrics: { host: place.listenHost, port: place.ports.metrics },
  }
}

/** `/ip4/…` for an IPv4 address, `/dns4/…` for a name. */
export function addressOf(host: string): string {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) ? `/ip4/${host}` : `/dns4/${host}`
}
