/**
 * One validator by hand, as a process: real storage, EVM, consensus and RPC; what it refuses to start on; and that it loses
 * nothing when it is stopped, killed, or its disk is full.
 */

import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPublicClient, createWalletClient, defineChain, http, parseEther, webSocket } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { NODE_STOP_TIMEOUT_MS } from '../../src/lib/limits.ts'
import { createNodeKey, writeNodeKey } from '../../src/p2p/node-key.ts'
import { Cluster, type ClusterNode } from './cluster.ts'

let cluster: Cluster
let node: ClusterNode
beforeAll(async () => {
  cluster = await Cluster.create({ validators: 1 })
  node = cluster.node(0)
  node.start()
  await node.untilHeight(1)
})
afterAll(() => cluster.destroy())

function clients() {
  const key = DEV_ACCOUNTS[0]?.privateKey ?? '0x'
  const chain = defineChain({
    id: 534_100,
    name: 'Sahara devnet',
    nativeCurrency: { name: 'SAHARA', symbol: 'SAHARA', decimals: 18 },
    rpcUrls: { default: { http: [node.rpcUrl] } },
  })
  const reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 })
  const wallet = createWalletClient({ chain, account: privateKeyToAccount(key), transport: http() })
  return { reader, wallet }
}

/** Logs once with topic 1, then leaves run time code that returns 42. */
const CREATION_CODE = '0x60015f5fa16008600f5f3960085ff3602a5f5260205ff3'

/** What operators watch at least (docs/consensus.md 3). */
const MINIMUM_METRICS = [
  'consensus_view',
  'height_finalized',
  'head_notarized',
  'view_duration_seconds',
  'time_to_notarize_seconds',
  'time_to_finalize_seconds',
  'nullified_views_total',
  'missed_votes_total',
  'votes_received_total',
  'cert_verify_seconds',
  'evidence_total',
  'leader_missed_total',
  'signer_refused_total',
  'wal_fsync_seconds',
  'sync_lag_blocks',
  'peers',
  'p2p_bytes_total',
  'mempool_txs',
  'block_gas_used',
  'exec_seconds',
  'db_bytes',
  'eventloop_lag_seconds',
  'rss_bytes',
]

describe('a single validator', () => {
  it('finalizes a transfer and shows it everywhere', async () => {
    const { reader, wallet } = clients()
    const to = '0x00000000000000000000000000000000000000aa'
    const hash = await wallet.sendTransaction({ to, value: parseEther('2') })
    const receipt = await reader.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n })
    expect(await reader.getBalance({ address: to })).toBe(parseEther('2'))
    const block = await reader.getBlock({ blockTag: 'finalized' })
    expect(block.number).toBeGreaterThanOrEqual(receipt.blockNumber)
    expect(await reader.getTransactionCount({ address: wallet.account.address })).toBe(1)
  })

  it('deploys a contract, calls it, and finds its log', async () => {
    const { reader, wallet } = clients()
    const hash = await wallet.sendTransaction({ data: CREATION_CODE })
    const receipt = await reader.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    const address = receipt.contractAddress ?? undefined
    const { data } = await reader.call(address === undefined ? {} : { to: address })
    expect(BigInt(data ?? '0x0')).toBe(42n)
    const logs = await reader.getLogs({ fromBlock: receipt.blockNumber, toBlock: 'latest' })
    expect(logs.map((log) => log.transactionHash)).toEqual([hash])
  })

  it('tells of new heads over WebSocket on the same port', async () => {
    const socket = createPublicClient({ transport: webSocket(node.rpcUrl.replace('http', 'ws')) })
    let unwatch = () => {}
    const head = await new Promise<bigint>((resolve, reject) => {
      unwatch = socket.watchBlockNumber({ onBlockNumber: resolve, onError: reject })
    })
    unwatch()
    expect(head).toBeGreaterThan(0n)
    const rpc = await socket.transport.getRpcClient()
    rpc.close()
  })

  it('says that it lives, is ready, and how it does', async () => {
    const base = `http://127.0.0.1:${node.ports.metrics}`
    expect((await fetch(`${base}/livez`)).status).toBe(200)
    const ready = await fetch(`${base}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([200, { synced: 'ok', peers: 'ok', disk: 'ok' }])
    const page = await (await fetch(`${base}/metrics`)).text()
    for (const name of MINIMUM_METRICS) expect(page).toMatch(new RegExp(`^# TYPE sahara_${name} `, 'm'))
    const names = [...page.matchAll(/^# TYPE sahara_(\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }))
    for (const { name, type } of names) expect(name?.endsWith('_total')).toBe(type === 'counter')
    const guide = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
    for (const { name } of names) expect(guide).toContain(`\`${name}`)
    expect(page).toMatch(/^sahara_height_finalized [1-9]/m)
    expect(page).toMatch(/^sahara_head_notarized [1-9]/m)
  })
})

describe('a folder in use', () => {
  it('refuses a second process with a named error, and the first goes on', async () => {
    const second = start(['--rpc.port', '0', '--p2p.port', '0', '--metrics.port', '0'])
    expect(second.output).toContain('DATA_DIR_LOCKED')
    expect(second.code).toBe(10)
    const { finalizedHeight } = await node.until('an answer', () => true)
    await node.untilHeight(finalizedHeight + 1)
  })
})

describe('a stopped validator', () => {
  it('ends cleanly on SIGTERM and resumes where it was', async () => {
    expect(await node.signal('SIGTERM')).toBe(0)
    const before = readFileSync(join(node.folder, 'chain.json'), 'utf8')
    node.start()
    const { finalizedHeight } = await node.untilHeight(2)
    expect(finalizedHeight).toBeGreaterThanOrEqual(2)
    expect(readFileSync(join(node.folder, 'chain.json'), 'utf8')).toBe(before)
    const { reader } = clients()
    expect(await reader.getBalance({ address: '0x00000000000000000000000000000000000000aa' })).toBe(parseEther('2'))
  })

  it('loses no finalized block to kill -9', async () => {
    const { finalizedHeight, finalizedHash } = await node.untilHeight(3)
    await node.signal('SIGKILL')
    node.start()
    await node.untilHeight(finalizedHeight + 1)
    expect(await cluster.hashesAt(finalizedHeight)).toEqual([finalizedHash])
  })

  it('ends with the reason in its log after a fault that nothing catches, and loses nothing', async () => {
    const { finalizedHeight, finalizedHash } = await node.untilHeight(3)
    await node.signal('SIGTERM')
    const fault = `import { isMainThread } from 'node:worker_threads'
if (isMainThread) setInterval(() => { if (process.listenerCount('SIGTERM') > 0) throw new Error('spilt') }, 100)`
    node.start([], `data:text/javascript,${encodeURIComponent(fault)}`)
    expect(await node.exited()).toBe(1)
    expect(node.output).toMatch(/error the node fails: spilt .*Error: spilt/)
    node.start()
    await node.untilHeight(finalizedHeight + 1)
    expect(await cluster.hashesAt(finalizedHeight)).toEqual([finalizedHash])
  })

  it('stops by name when the disk is full, and goes on when there is room again', async () => {
    const { finalizedHeight, finalizedHash } = await node.untilHeight(3)
    await node.signal('SIGTERM')
    node.start([], new URL('./full-disk.ts', import.meta.url).href)
    expect(await node.exited()).toBe(13)
    expect(node.output).toContain('DISK_FULL')
    node.start()
    await node.untilHeight(finalizedHeight + 1)
    expect(await cluster.hashesAt(finalizedHeight)).toEqual([finalizedHash])
  })

  it('ends itself by name when it hangs and is asked to stop', async () => {
    await node.signal('SIGTERM')
    // A machine that never answers whether a port is free, and a clock on which the limit passes at once.
    const hang = `import { Server } from 'node:net'
Server.prototype.listen = function () { return this }
const { setTimeout } = globalThis
globalThis.setTimeout = (work, ms, ...rest) => setTimeout(work, ms === ${NODE_STOP_TIMEOUT_MS} ? 10 : ms, ...rest)`
    node.start([], `data:text/javascript,${encodeURIComponent(hang)}`)
    await expect.poll(() => node.output, { timeout: 60_000 }).toContain('sahara starts')
    expect(await node.signal('SIGTERM')).toBe(20)
    expect(node.output).toContain('STOP_TIMEOUT')
  })

  it('refuses a port that is in use, and names it', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(node.ports.p2p, '127.0.0.1', resolve))
    const refused = start([])
    server.close()
    expect(refused.output).toContain(`port ${node.ports.p2p} (p2p) is in use`)
    expect(refused.code).toBe(12)
  })

  it('refuses the folder of another chain', () => {
    const path = join(cluster.folder, 'genesis.json')
    const kept = readFileSync(path, 'utf8')
    const genesis = JSON.parse(kept)
    genesis.genesisTimeMs += 1
    writeFileSync(path, JSON.stringify(genesis))
    const refused = start([])
    writeFileSync(path, kept)
    expect(refused.output).toContain('DATA_DIR_OF_ANOTHER_CHAIN')
    expect(refused.code).toBe(11)
  })

  it('refuses to sign when the state of its signer is gone', () => {
    const backup = join(cluster.folder, 'signer')
    spawnSync('mv', [join(node.folder, 'signer'), backup])
    const refused = start([])
    rmSync(join(node.folder, 'signer'), { recursive: true, force: true })
    spawnSync('mv', [backup, join(node.folder, 'signer')])
    expect(refused.output).toContain('SIGNER_STATE_MISSING')
    expect(refused.code).toBe(16)
  })

  it('refuses a node key that the validator set does not know it by', async () => {
    const path = join(node.folder, 'keys', 'node.key')
    const kept = readFileSync(path, 'utf8')
    rmSync(path)
    await writeNodeKey(path, await createNodeKey())
    const refused = start([])
    writeFileSync(path, kept)
    expect(refused.output).toContain('PEER_ID_MISMATCH')
    expect(refused.code).toBe(2)
  })

  it('refuses a genesis that is damaged, by field', () => {
    const path = join(cluster.folder, 'damaged.json')
    copyFileSync(join(cluster.folder, 'genesis.json'), path)
    const genesis = JSON.parse(readFileSync(path, 'utf8'))
    genesis.blockGasLimit = '1'
    writeFileSync(path, JSON.stringify(genesis))
    const refused = start(['--genesis', path])
    expect(refused.output).toContain('blockGasLimit: got \\"1\\"'.replaceAll('\\', ''))
    expect(refused.code).toBe(2)
  })
})

/** Runs `sahara start` on the node's folder to its end. */
function start(args: readonly string[]): { code: number | null; output: string } {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, 'start', '--config', node.configPath, ...args],
    { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
  )
  return { code: status, output: stdout + stderr }
}
