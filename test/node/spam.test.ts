/**
 * Someone fills the pool with endless loops at the transaction gas cap, and pays more for each than anyone else: transfers
 * become final all the same, and the chain goes on.
 */

import { createPublicClient, createWalletClient, defineChain, type Hex, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { Cluster } from './cluster.ts'

/** Leaves the run time code JUMPDEST PUSH0 JUMP. */
const CREATE_ENDLESS_LOOP: Hex = '0x6003600a5f3960035ff35b5f56'
const GAS_CAP = 16_777_216n
const GWEI = 10n ** 9n
const SPAM = 8
const TRANSFERS = 6

let cluster: Cluster
beforeAll(async () => {
  cluster = await Cluster.create({ validators: 4 })
  cluster.startAll()
  await cluster.untilHeight(1)
})
afterAll(() => cluster.destroy())

function walletOf(index: number, node: number) {
  const chain = defineChain({
    id: 534_100,
    name: 'Sahara devnet',
    nativeCurrency: { name: 'SAHARA', symbol: 'SAHARA', decimals: 18 },
    rpcUrls: { default: { http: [cluster.node(node).rpcUrl] } },
  })
  const account = privateKeyToAccount(DEV_ACCOUNTS[index]?.privateKey ?? '0x')
  const reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 })
  return { reader, wallet: createWalletClient({ chain, account, transport: http() }) }
}

describe('a spammer of endless loops', () => {
  it('does not stop transfers', async () => {
    const spammer = walletOf(0, 0)
    const made = await spammer.wallet.sendTransaction({ data: CREATE_ENDLESS_LOOP })
    const { contractAddress } = await spammer.reader.waitForTransactionReceipt({ hash: made })
    expect(contractAddress).toBeTruthy()
    const to = contractAddress ?? '0x'
    const before = (await cluster.node(0).until('an answer', () => true)).finalizedHeight
    for (let i = 0; i < SPAM; i++) {
      const sender = walletOf(1 + (i % 4), i % 4)
      await sender.wallet.sendTransaction({
        to,
        gas: GAS_CAP,
        maxFeePerGas: 100n * GWEI,
        maxPriorityFeePerGas: 50n * GWEI,
      })
    }
    const user = walletOf(9, 1)
    for (let i = 0; i < TRANSFERS; i++) {
      const hash = await user.wallet.sendTransaction({ to: DEV_ACCOUNTS[8]?.address ?? '0x', value: 1n })
      const receipt = await user.reader.waitForTransactionReceipt({ hash, timeout: 60_000 })
      expect(receipt.status).toBe('success')
    }
    const heights = await cluster.untilHeight(before + TRANSFERS)
    const height = Math.min(...heights.map((one) => one.finalizedHeight))
    expect(new Set(await cluster.hashesAt(height)).size).toBe(1)
  })
})
