/**
 * Four validators and a full node as processes over libp2p: blocks go on without one, halt without two, never fork, and
 * whoever comes back or joins catches up.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeStatus } from '../../src/node/status.ts'
import { Cluster, type ClusterNode } from './cluster.ts'

let cluster: Cluster
const FULL_NODE = 4
beforeAll(async () => {
  cluster = await Cluster.create({ validators: 4, fullNodes: 1 })
  const [first, second, third, fourth] = cluster.nodes
  for (const node of [first, second, third, fourth]) node?.start()
  await cluster.untilHeight(2, cluster.nodes.slice(0, FULL_NODE))
})
afterAll(() => cluster.destroy())

const validators = () => cluster.nodes.slice(0, FULL_NODE)

/** A height that all of them have, and the one hash that all must have there. */
async function demandAgreement(nodes = validators()): Promise<void> {
  const statuses = await Promise.all(nodes.map((node) => node.until('an answer', () => true)))
  const height = Math.min(...statuses.map((status) => status.finalizedHeight))
  expect(new Set(await cluster.hashesAt(height, nodes)).size).toBe(1)
}

/** Twice the idle interval: time in which two blocks would have been made. */
const OBSERVED_MS = 4_500

/** The node's status after a while in which it was left alone. */
async function observeFor(ms: number, node: ClusterNode): Promise<NodeStatus> {
  await new Promise((resolve) => setTimeout(resolve, ms))
  return node.until('an answer', () => true)
}

describe('four validators', () => {
  it('are a full mesh and agree', async () => {
    await Promise.all(validators().map((node) => node.until('three peers', (status) => status.peers >= 3)))
    await demandAgreement()
  })

  it('go on without one, which catches up when it is started again', async () => {
    const [first, , , last] = validators()
    if (first === undefined || last === undefined) return expect.unreachable()
    const { finalizedHeight } = await first.until('an answer', () => true)
    await last.signal('SIGKILL')
    await cluster.untilHeight(finalizedHeight + 3, validators().slice(0, 3))
    last.start()
    await last.untilHeight(finalizedHeight + 4)
    await demandAgreement()
  })

  it('halt without two and resume, without a fork, when one is back', async () => {
    const [first, second, third, fourth] = validators()
    if (first === undefined || second === undefined || third === undefined || fourth === undefined) {
      return expect.unreachable()
    }
    await Promise.all([third.signal('SIGKILL'), fourth.signal('SIGKILL')])
    const before = await first.until('one peer', (status) => status.peers === 1)
    const later = await observeFor(OBSERVED_MS, first)
    // A block whose votes were already cast may still become final; after that nothing can.
    expect(later.finalizedHeight).toBeLessThanOrEqual(before.finalizedHeight + 1)
    third.start()
    await cluster.untilHeight(later.finalizedHeight + 2, [first, second, third])
    await demandAgreement([first, second, third])
    fourth.start()
    await fourth.untilHeight(later.finalizedHeight + 2)
    await demandAgreement()
  })
})

describe('a full node without a key', () => {
  it('joins, follows every block and serves the same chain', async () => {
    const fullNode = cluster.node(FULL_NODE)
    fullNode.start()
    const head = await cluster.node(0).until('an answer', () => true)
    const status = await fullNode.untilHeight(head.finalizedHeight + 2)
    expect(status.isValidator).toBe(false)
    await demandAgreement(cluster.nodes.slice())
  })

  it('passes on a transaction, which becomes final everywhere', async () => {
    const { createWalletClient, defineChain, http } = await import('viem')
    const { privateKeyToAccount } = await import('viem/accounts')
    const { DEV_ACCOUNTS } = await import('../../src/chainspec/dev-accounts.ts')
    const fullNode = cluster.node(FULL_NODE)
    const chain = defineChain({
      id: 534_100,
      name: 'Sahara devnet',
      nativeCurrency: { name: 'SAHARA', symbol: 'SAHARA', decimals: 18 },
      rpcUrls: { default: { http: [fullNode.rpcUrl] } },
    })
    const account = privateKeyToAccount(DEV_ACCOUNTS[1]?.privateKey ?? '0x')
    const hash = await createWalletClient({ chain, account, transport: http() }).sendTransaction({
      to: '0x00000000000000000000000000000000000000bb',
      value: 7n,
    })
    await Promise.all(
      cluster.nodes.map((node) =>
        expect.poll(() => node.call('eth_getTransactionReceipt', hash), { timeout: 30_000 }).not.toBeNull(),
      ),
    )
    const balances = cluster.nodes.map((node) =>
      node.call('eth_getBalance', '0x00000000000000000000000000000000000000bb'),
    )
    expect(new Set(await Promise.all(balances))).toEqual(new Set(['0x7']))
  })

  it('stops cleanly, as the validators do', async () => {
    const codes = await Promise.all(cluster.nodes.map((node) => node.signal('SIGTERM')))
    expect(codes).toEqual([0, 0, 0, 0, 0])
  })
})
