/**
 * What the dispute authority froze, and a token of which less is here than is owed, on a chain of one validator: everything
 * else is claimed all the same, and statements tell what is frozen.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { type ModuleCall, send, sendModule } from '../../src/cli/commands/asset/module-calls.ts'
import { RpcClient } from '../../src/cli/commands/asset/rpc-client.ts'
import { present } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'
import { ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import type { Address } from '../../src/types/primitives.ts'
import { TOKENS_SOURCE } from '../contracts-solidity/tokens.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'
import { compileSolidity } from '../support/solidity.ts'
import { runCli } from './run-cli.ts'

const [OWNER, CONTRIBUTOR, AUTHORITY] = [0, 1, 9] as const
const COIN = 10n ** 18n
const POOL = 2n ** 63n
const NATIVE = `0x${'0'.repeat(40)}` as const
/** Asks no approval of whoever moves it, so that a test can take it away from anybody. */
const TOKEN = present(compileSolidity(TOKENS_SOURCE).get('Plain'), 'the source has the token')

let folder: string
let node: SingleNode
let token: Address
const at = (name: string) => join(folder, name)
const asset = (...args: string[]) => runCli(['asset', ...args], { SAHARA_RPC_URL: node.url })
const signed = (who: number, ...args: string[]) => asset(...args, '--key', at(`key-${who}`))

function accountOf(who: number) {
  const { address, privateKey } = present(DEV_ACCOUNTS[who], 'there are ten')
  return { address, privateKey: hexToBytes(privateKey) }
}

const call = (who: number, module: ModuleCall['module'], method: string, values: object, valueWei = 0n) =>
  sendModule(new RpcClient(node.url), accountOf(who), { module, method, values: { ...values }, valueWei })

async function deployToken(): Promise<Address> {
  const chain = defineChain({
    ...{ id: Number(await new RpcClient(node.url).askQuantity('eth_chainId')), name: 'devnet' },
    ...{
      nativeCurrency: { name: 'SAHARA', symbol: 'SAHARA', decimals: 18 },
      rpcUrls: { default: { http: [node.url] } },
    },
  })
  const account = privateKeyToAccount(present(DEV_ACCOUNTS[OWNER], 'there are ten').privateKey)
  const wallet = createWalletClient({ account, chain, transport: http(node.url) })
  const args = [DEV_ACCOUNTS.map((one) => one.address)]
  const hash = await wallet.deployContract({ abi: TOKEN.abi, bytecode: TOKEN.bytecode, args })
  const reader = createPublicClient({ chain, transport: http(node.url), pollingInterval: 100 })
  const { contractAddress } = await reader.waitForTransactionReceipt({ hash })
  return present(contractAddress ?? undefined, 'the token is deployed').toLowerCase() as Address
}

/** Two batches, of which the contributor has a leaf of weight 1 in each; the second has 2 more of the owner. */
async function makePool(): Promise<void> {
  const [owner, contributor] = [accountOf(OWNER).address, accountOf(CONTRIBUTOR).address]
  await call(OWNER, 'pools', 'create', { controller: owner, policy: 3n, maxWeight: 0n })
  for (const [name, lines] of Object.entries({ first: `${contributor},1`, second: `${contributor},1\n${owner},2` })) {
    writeFileSync(at(`${name}.csv`), lines)
    await asset('pool', 'build', at(`${name}.csv`), '--output', at(`${name}.leaves`))
    expect((await signed(OWNER, 'append', `${POOL}`, at(`${name}.leaves`))).code).toBe(0)
  }
  const statuses = async () => {
    const { leaves } = await new RpcClient(node.url).ask<{ leaves: { status: string }[] }>(
      'sahara_entitlements',
      contributor,
    )
    return leaves.map(({ status }) => status)
  }
  await vi.waitFor(async () => expect(await statuses()).toEqual(['active', 'active']), {
    timeout: 60_000,
    interval: 100,
  })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-frozen-'))
  for (const [i, { privateKey }] of DEV_ACCOUNTS.entries()) writeFileSync(at(`key-${i}`), `${privateKey}\n`)
  node = await startSingleNode()
  token = await deployToken()
  await call(AUTHORITY, 'royalty', 'listToken', { token, decimals: 6n, flushMin: 1n, slotMin: 0n })
  await makePool()
  await call(OWNER, 'pools', 'fund', { pool: POOL, token: NATIVE, amount: 4n * COIN }, 4n * COIN)
  // A quarter of it is 1,000,000.75 units.
  await call(OWNER, 'pools', 'fund', { pool: POOL, token, amount: 4_000_003n })
  const made = await signed(OWNER, 'register', '--kind', 'Model', '--content-hash', `0x${'11'.repeat(32)}`)
  expect(made.code).toBe(0)
  const memo = `0x${'0'.repeat(64)}`
  await call(CONTRIBUTOR, 'royalty', 'pay', { asset: 1n, memo }, COIN)
  await call(CONTRIBUTOR, 'royalty', 'payToken', { asset: 1n, token, amount: 1_000_000n, memo })
})
afterAll(async () => {
  await node?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('a frozen batch', () => {
  it('is left out of a claim of everything, which pays the rest', async () => {
    await call(AUTHORITY, 'pools', 'freeze', { pool: POOL, batch: 1n })
    const { code, stdout } = await signed(CONTRIBUTOR, 'claim-pool')
    expect(stdout).toMatch(new RegExp(`^left out: batch 1 of pool ${POOL} is frozen since block \\d+$`, 'm'))
    expect(stdout).toMatch(/^0x[0-9a-f]{64}: 2 of 2 claims: 2 leaves paid, 1 \(1000000000000000000 wei\) native, /m)
    expect(stdout).toMatch(new RegExp(`^amount +1000000 smallest units of ${token}$`, 'm'))
    expect(code).toBe(0)
  })

  it('ends a claim with code 1 when there is nothing else', async () => {
    const { code, stdout } = await signed(CONTRIBUTOR, 'claim-pool')
    expect(stdout).toContain('nothing is claimed: all there is was left out')
    expect(code).toBe(1)
    const { leaves, leftOut } = JSON.parse((await signed(CONTRIBUTOR, 'claim-pool', '--json')).stdout)
    expect(leaves).toEqual([])
    expect(leftOut).toMatchObject([
      { what: `batch 1 of pool ${POOL}`, why: expect.stringContaining('is frozen since') },
    ])
  })

  it('that is named is refused by the module', async () => {
    const { code, stderr } = await signed(CONTRIBUTOR, 'claim-pool', '--pool', `${POOL}`, '--batch', '1')
    expect(stderr).toContain(`error CALL_REFUSED: ClaimsFrozen(pool ${POOL}, batch 1, sinceBlock `)
    expect(code).toBe(1)
  })
})

describe('a quote in a token', () => {
  it('has the amount in its own decimals, and the shares of the native coin', async () => {
    const { stdout } = await asset('quote', '1', '2.5', '--token', token)
    expect(stdout).toMatch(new RegExp(`^who +asset +account +amount of ${token}$`, 'm'))
    expect(stdout).toMatch(/^owner +1 +0x[0-9a-f]{40} +2\.4975$/m)
    const native = JSON.parse((await asset('quote', '1', '2.5', '--json')).stdout)
    const quoted = JSON.parse((await asset('quote', '1', '2500000wei', '--token', token, '--json')).stdout)
    expect(quoted).toEqual({ ...native, token })
    const unknown = await asset('quote', '1', '1', '--token', accountOf(OWNER).address)
    expect(unknown.stderr).toContain(`accepted: native, ${token}`)
    expect((await asset('quote', '1', '0.0000001', '--token', token)).stderr).toContain('at most 6 decimals')
  })
})

describe('what a contributor is shown', () => {
  it('holds back what is frozen, and counts whole units of a token only', async () => {
    const { stdout } = await signed(CONTRIBUTOR, 'entitlements')
    const leaf = (batch: string) => `^leaf 0 of pool ${POOL} batch ${batch}`
    expect(stdout).toMatch(new RegExp(`${leaf('0 \\(active, weight 1\\)')} +${token} +0 +1\\.00000075$`, 'm'))
    expect(stdout).toMatch(new RegExp(`${leaf('1 \\(active, frozen, weight 1\\)')} +native +0 \\(held: 1\\) +1$`, 'm'))
  })
})

describe('a token of which less is here than is owed', () => {
  it('is left out of an owner’s claim, which pays the rest, and then ends it with code 1', async () => {
    const data = encodeFunctionData({
      abi: TOKEN.abi,
      functionName: 'transferFrom',
      args: [ROYALTY_MODULE, accountOf(CONTRIBUTOR).address, 4_000_000n],
    })
    await send(new RpcClient(node.url), accountOf(OWNER), token, hexToBytes(data), 0n)
    const first = await signed(OWNER, 'claim')
    expect(first.stdout).toContain(`left out: token ${token} is frozen: less of it is here than is owed`)
    expect(first.stdout).toMatch(/^claimed +0\.999 \(999000000000000000 wei\) native$/m)
    expect(first.code).toBe(0)
    const second = await signed(OWNER, 'claim')
    expect(second.stdout).toContain('nothing is claimed: all that is owed to')
    expect(second.code).toBe(1)
  })

  it('is shown as frozen, with what is missing', async () => {
    expect((await asset('token', 'list')).stdout).toMatch(new RegExp(`^${token} +6 +yes +frozen$`, 'm'))
    expect((await asset('token', 'list')).stdout).toMatch(/^native +18 +yes +sound$/m)
    const { stdout } = await asset('audit')
    // Of the five tokens that came in one was claimed, and four were taken away.
    expect(stdout).toMatch(/^booked +4000003000000000000 wei$/m)
    expect(stdout).toMatch(/^balance +3000000000000 wei$/m)
    expect(stdout).toMatch(/^standing +frozen: 4000000000000000000 wei short of what is booked$/m)
    expect(stdout).toMatch(/^standing +sound$/m)
    const { tokens } = JSON.parse((await asset('audit', '--json')).stdout)
    expect(tokens[1]).toMatchObject({ token, balance: '0x2ba7def3000', standing: 'frozen' })
    expect((await signed(OWNER, 'entitlements')).stdout).toMatch(
      new RegExp(`^owed as an owner +${token} \\(frozen\\) +0 \\(held: 0\\.999\\)$`, 'm'),
    )
  })

  it('is left out of a contributor’s claim', async () => {
    await call(AUTHORITY, 'pools', 'unfreeze', { pool: POOL, batch: 1n })
    const { code, stdout } = await signed(CONTRIBUTOR, 'claim-pool')
    expect(stdout).toContain(`left out: token ${token} is frozen`)
    expect(stdout).toContain('1 of 1 claims: 1 leaf paid, 1 (1000000000000000000 wei) native')
    expect(code).toBe(0)
  })

  it('that is named is refused by the module', async () => {
    const refusal = `error CALL_REFUSED: TokenFrozen(token ${token}, `
    expect((await signed(OWNER, 'claim', '--token', token)).stderr).toContain(refusal)
    expect((await signed(CONTRIBUTOR, 'claim-pool', '--token', token)).stderr).toContain(refusal)
  })
})
