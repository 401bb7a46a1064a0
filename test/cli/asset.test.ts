/**
 * `sahara asset` as people use it, on a chain of one validator: contributors become a pool, a model and an agent are built on
 * the dataset, the agent is paid once, and everyone takes what is theirs; and what is wrong is refused by name.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { readRegistration } from '../../src/cli/commands/asset/description.ts'
import { startFailingProxy } from '../support/failing-proxy.ts'
import { type SingleNode, startSingleNode } from '../support/single-node.ts'
import { type CliResult, MAIN, runCli } from './run-cli.ts'

const COIN = 10n ** 18n
const CONTRIBUTORS = 300
const HASH = (byte: string) => `0x${byte.repeat(32)}`
const [ALICE, BOB, CAROL, DAVE] = DEV_ACCOUNTS.map((one) => one.address)

let folder: string
let node: SingleNode
const at = (name: string) => join(folder, name)
const asset = (...args: string[]): Promise<CliResult> => runCli(['asset', ...args], { SAHARA_RPC_URL: node.url })
const signed = (who: number, ...args: string[]) => asset(...args, '--key', at(`key-${who}`))
const json = async (asked: Promise<CliResult>) => {
  const { stdout, stderr } = await asked
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

async function rpcAnswer(method: string, ...params: unknown[]): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return ((await response.json()) as { result: unknown }).result
}

const transactionsOf = async (account: string | undefined) =>
  BigInt((await rpcAnswer('eth_getTransactionCount', account, 'latest')) as string)

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-asset-'))
  for (const [i, { privateKey }] of DEV_ACCOUNTS.entries()) writeFileSync(at(`key-${i}`), `${privateKey}\n`)
  const others = Array.from({ length: CONTRIBUTORS }, (_, i) => `0x${(0xabc000 + i).toString(16).padStart(40, '0')},1`)
  writeFileSync(at('list.csv'), `address,weight\n${DAVE},700\n${others.join('\n')}\n`)
  node = await startSingleNode()
})
afterAll(async () => {
  await node?.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe('sahara asset', () => {
  it('builds a leaf file once and tells that it is public', async () => {
    const { code, stdout } = await runCli(['asset', 'pool', 'build', at('list.csv'), '--output', at('list.leaves')])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^weight +1000$/m)
    expect(stdout).toMatch(/^contributors +301$/m)
    expect(stdout).toContain('is public')
    const again = await runCli(['asset', 'pool', 'build', at('list.csv'), '--output', at('list.leaves')])
    expect(again.stderr).toContain('error FILE_EXISTS')
    const checked = await runCli(['asset', 'pool', 'check', at('list.leaves')])
    expect(checked.stdout).toContain(/^dataHash +(0x.*)$/m.exec(stdout)?.[1])
  })

  it('shows how far it is, in percent, where somebody looks', async () => {
    const args = ['asset', 'pool', 'build', at('list.csv'), '--output', at('progress.leaves')]
    expect((await runCli(args, { SAHARA_PROGRESS: '1' })).stderr).toContain('hashing 100 %')
  })

  it('ends well when nobody reads its output to the end', async () => {
    const args = [MAIN, 'asset', 'pool', 'build', at('list.csv'), '--output', at('unread.leaves')]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.destroy()
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
  })

  it('registers a dataset, takes its contributors and sets its terms', async () => {
    const made = await json(
      signed(0, 'register', '--kind', 'Dataset', '--content-file', at('list.csv'), '--pool-ppm', '400000', '--json'),
    )
    expect(made).toMatchObject({ asset: '1', owner: ALICE })
    const appended = await json(signed(0, 'append', '1', at('list.leaves'), '--relay-fee-ppm', '10000', '--json'))
    expect(appended).toMatchObject({ pool: '1', batch: '0', weight: '1000' })
    const terms = ['--relations', 'TRAINED_ON', '--min-relative-ppm', '100000', '--floor-ppm', '5000']
    expect((await signed(0, 'terms', '1', ...terms)).code).toBe(0)
  })

  it('refuses a registration before it commits to it, by the name that the module gives', async () => {
    const before = await transactionsOf(ALICE)
    const attempt = (...args: string[]) => signed(0, 'register', '--kind', 'Model', ...args)
    const unknown = ['--content-hash', HASH('66')]
    const refusals = [
      [await attempt('--content-file', at('list.csv')), 'DuplicateContent(first 1)'],
      [await attempt(...unknown, '--parent', '77:TRAINED_ON:1'), 'UnknownAsset(id 77)'],
      [
        await attempt(...unknown, '--parent', '1:TRAINED_ON:400000:5000', '--pool-ppm', '990000'),
        'SharesExceeded(sumPpm',
      ],
    ] as const
    for (const [{ code, stderr }, refusal] of refusals) {
      expect(stderr).toContain(`error CALL_REFUSED: ${refusal}`)
      expect(code).toBe(1)
    }
    expect(await transactionsOf(ALICE)).toBe(before)
  })

  it('refuses a child that asks for better terms, with the numbers', async () => {
    const args = [
      'register',
      '--kind',
      'Model',
      '--content-hash',
      HASH('22'),
      '--parent',
      '1:TRAINED_ON:99999:5000:255',
    ]
    const { code, stderr } = await signed(1, ...args)
    expect(stderr).toContain('error CALL_REFUSED: TermsNotMet(parent 1, asked 100000, given 99999)')
    expect(code).toBe(1)
    // Nothing was sent, not even the commitment.
    expect(await transactionsOf(BOB)).toBe(0n)
  })

  it('registers a model by flags and an agent by its description', async () => {
    const model = [
      'register',
      '--kind',
      'Model',
      '--content-hash',
      HASH('22'),
      '--parent',
      '1:TRAINED_ON:150000:5000:255',
    ]
    expect(await json(signed(1, ...model, '--json'))).toMatchObject({ asset: '2', owner: BOB })
    expect((await signed(1, 'terms', '2', '--relations', 'all')).code).toBe(0)
    const parents = [{ asset: 2, relation: 'COMPOSED_OF', relativePpm: 200_000 }]
    writeFileSync(
      at('agent.json'),
      JSON.stringify({ kind: 'Agent', contentHash: HASH('33'), uri: 'https://agent', parents }),
    )
    expect(await json(signed(2, 'register', at('agent.json'), '--json'))).toMatchObject({ asset: '3', owner: CAROL })
    const twice = await signed(2, 'register', at('agent.json'))
    expect(twice.stderr).toContain('error CALL_REFUSED: DuplicateContent(first 3)')
  })

  it('goes on after a commitment that was made before', async () => {
    const count = () => transactionsOf(DEV_ACCOUNTS[8]?.address)
    const content = ['--kind', 'App', '--content-hash', HASH('55')]
    const committed = await json(signed(8, 'commit', ...content, '--json'))
    expect(committed).toMatchObject({ contentHash: HASH('55'), salt: expect.stringMatching(/^0x[0-9a-f]{64}$/) })
    expect((await signed(8, 'commit', ...content)).code).toBe(0)
    expect(await count()).toBe(1n)
    expect(await json(signed(8, 'register', ...content, '--json'))).toMatchObject({ asset: '4' })
    expect(await count()).toBe(2n)
  })

  it('shows an asset and everything it came from', async () => {
    const { stdout } = await asset('show', '3')
    expect(stdout).toMatch(/^parent +2: COMPOSED_OF, 20% of all income$/m)
    expect(stdout).toMatch(/^ancestor +1: 0\.5% of direct payments/m)
    const dataset = await asset('show', '1')
    expect(dataset.stdout).toMatch(/^contributors +40% to pool 1, open to more contributors, weight 1000 counts$/m)
    const lineage = await asset('lineage', '3')
    expect(lineage.stdout).toMatch(/^3 +Agent[\s\S]*^2 +Model .* 1 TRAINED_ON 15%$[\s\S]*^1 +Dataset/m)
  })

  it('pays exactly as it quoted, and every owner finds it', async () => {
    const quote = await json(asset('quote', '3', '10', '--json'))
    const sum = quote.amounts.reduce((total: bigint, one: string) => total + BigInt(one), BigInt(quote.unassigned))
    expect(sum).toBe(10n * COIN)
    expect(quote.pools['1']).toMatchObject({ policy: 'open', maxWeight: null, weight: '0x3e8' })
    expect((await asset('quote', '3', '10')).stdout).toMatch(/^contributors +1 +pool of asset 1, open to more/m)
    expect(await json(signed(3, 'pay', '3', '10', '--json'))).toMatchObject({ asset: '3' })
    const owed = async (account = '') => {
      const { owed: amounts } = await json(asset('entitlements', '--account', account, '--json'))
      return BigInt(amounts[0]?.amount ?? 0)
    }
    const quoted = (account = '') => {
      const index = quote.payees.findIndex((one: { account: string; role: string }) => one.account === account)
      return BigInt(quote.amounts[index])
    }
    for (const account of [ALICE, BOB, CAROL]) expect(await owed(account)).toBe(quoted(account))
  })

  it('states what an owner earned, by payer, as a table and as CSV', async () => {
    const { stdout } = await signed(0, 'earnings')
    expect(stdout).toMatch(/^1 +2 +native +0\.3 +0\.18$/m)
    expect(stdout).toMatch(/^1 +3 +native +0\.05 +0\.03$/m)
    const csv = await asset('earnings', '--account', ALICE ?? '', '--csv')
    const zero = `0x${'0'.repeat(40)}`
    expect(csv.stdout.trim().split('\n')).toEqual([
      'asset,payer_asset,token,relayed_wei,earned_wei,flushes',
      `1,2,${zero},${(3n * COIN) / 10n},${(18n * COIN) / 100n},1`,
      `1,3,${zero},${COIN / 20n},${(3n * COIN) / 100n},1`,
    ])
  })

  it('claims for an owner, once', async () => {
    expect((await signed(1, 'claim')).stdout).toMatch(/^claimed +1\.7 \(1700000000000000000 wei\) native$/m)
    expect((await signed(1, 'claim')).stdout).toContain('nothing is owed')
  })

  it('claims a contributor’s leaves wherever they are', async () => {
    // The pool of the dataset has 40 % of 0.35 coins; this leaf has 700 of 1,000 weights.
    const everywhere = await json(signed(3, 'claim-pool', '--json'))
    expect(everywhere.leaves).toMatchObject([{ index: '0', amount: `${98n * 10n ** 15n}`, fee: '0' }])
    expect((await json(signed(3, 'claim-pool', '--json'))).leaves).toEqual([])
  })

  it('claims leaves of others for a relayer, and tells what was done when the node goes away', async () => {
    const relay = (...more: string[]) =>
      signed(4, 'claim-pool', '--pool', '1', '--batch', '0', '--leaves', '1-250', ...more)
    const proxy = await startFailingProxy(node.url, 'eth_sendRawTransactionSync', 1)
    const broken = await relay('--rpc-url', proxy.url, '--json')
    proxy.stop()
    const { leaves, transactions } = JSON.parse(broken.stdout)
    expect(leaves).toHaveLength(200)
    expect(leaves[0]).toMatchObject({ amount: `${1386n * 10n ** 11n}`, fee: `${14n * 10n ** 11n}` })
    expect(transactions).toHaveLength(1)
    expect(broken.stderr).toMatch(/^error NODE_UNREACHABLE: .*; transaction 0x[0-9a-f]{64} may be mined all the same$/m)
    expect(broken.code).toBe(1)

    const rest = await relay()
    const lines = rest.stdout.split('\n')
    expect(lines[0]).toBe('leaves 1-200 of batch 0 of pool 1: all of it is paid already')
    expect(lines[1]).toMatch(/^0x[0-9a-f]{64}: leaves 201-250 of batch 0 of pool 1: 50 leaves paid, 0\.00693 .* native/)
    expect(rest.stdout).toMatch(/^fee +0\.00007 \(70000000000000 wei\) native$/m)
    expect((await relay('--json')).stdout).toBe('{"leaves":[],"transactions":[],"leftOut":[]}\n')
  })

  it('audits the books to the wei', async () => {
    const { code, stdout } = await asset('audit')
    expect(stdout).toMatch(/^difference +0 wei$/m)
    expect(stdout).toContain('conserved=true')
    expect(code).toBe(0)
  })

  it('hands a leaf file to a node, which refuses any other', async () => {
    const args = ['--pool', '1', '--batch', '0']
    expect((await asset('pool', 'submit', at('list.leaves'), ...args)).stdout).toContain('the node serves')
    writeFileSync(at('other.csv'), `${DAVE},1\n${ALICE},2`)
    await runCli(['asset', 'pool', 'build', at('other.csv'), '--output', at('other.leaves')])
    const other = await asset('pool', 'submit', at('other.leaves'), ...args)
    expect(other.stderr).toContain('LEAF_FILE_ROOT_MISMATCH')
    const spoilt = Buffer.from(readFileSync(at('list.leaves')))
    spoilt[spoilt.length - 1] = 77
    writeFileSync(at('spoilt.leaves'), spoilt)
    const refused = await signed(0, 'append', '1', at('spoilt.leaves'))
    expect(refused.stderr).toContain('error LEAF_FILE_ROOT_MISMATCH')
    expect(refused.code).toBe(2)
  })
})

describe('a parent that asks for an approval of every child', () => {
  it('approves one child with its own values, and no other', async () => {
    const dataset = ['--kind', 'Dataset', '--content-hash', HASH('d1'), '--json']
    const { asset: id } = await json(signed(6, 'register', ...dataset))
    expect((await signed(6, 'terms', id, '--relations', 'none')).code).toBe(0)
    const edge = ['--relation', 'RAG_USES', '--relative-ppm', '30000', '--floor-ppm', '1000', '--floor-gens', '2']
    const child = ['--content-hash', HASH('d2'), '--registrant', DEV_ACCOUNTS[7]?.address ?? '']
    expect((await signed(7, 'approve', id, ...child, ...edge)).stderr).toContain('CALL_REFUSED: NotOwnerOrOperator(')
    const approved = await json(signed(6, 'approve', id, ...child, ...edge, '--json'))
    expect(approved).toMatchObject({ parent: id, edge: `${id}:RAG_USES:30000:1000:2` })
    const register = (parent: string) =>
      signed(7, 'register', '--kind', 'Agent', '--content-hash', HASH('d2'), '--parent', parent)
    expect((await register(`${id}:RAG_USES:29999:1000:2`)).stderr).toContain(`CALL_REFUSED: NoTerms(parent ${id})`)
    expect((await register(approved.edge)).code).toBe(0)
  })
})

describe('who may join the pool of an asset', () => {
  it('is fixed by its controller before the first batch, and shown', async () => {
    const content = ['--kind', 'Dataset', '--content-hash', HASH('c5'), '--pool-ppm', '100000', '--json']
    const { asset: id } = await json(signed(4, 'register', ...content))
    const cap = ['--policy', 'capped', '--max-weight', '1500']
    expect((await signed(5, 'pool', 'policy', id, ...cap)).stderr).toContain('CALL_REFUSED: NotController(')
    expect(await json(signed(4, 'pool', 'policy', id, ...cap, '--json'))).toMatchObject({ pool: id, policy: 'capped' })
    expect((await asset('show', id)).stdout).toContain('capped at weight 1500, of which 0 counts')
    await signed(4, 'append', id, at('list.leaves'))
    expect((await asset('show', id)).stdout).toMatch(
      /capped at weight 1500, of which (0 counts and 1000 waits|1000 counts)/,
    )
    const late = await signed(4, 'pool', 'policy', id, '--policy', 'closed')
    expect(late.stderr).toContain('CALL_REFUSED: PolicyFixed(')
  })
})

describe('tokens', () => {
  it('are listed, which only the dispute authority may do', async () => {
    expect(await json(asset('token', 'list', '--json'))).toMatchObject([{ decimals: 18, isPayable: true }])
    const add = ['token', 'add', `0x${'00'.repeat(17)}534101`, '--decimals', '6']
    expect((await signed(0, ...add)).stderr).toContain('CALL_REFUSED: NotAuthority(')
    expect((await signed(9, ...add)).stderr).toContain('CALL_REFUSED: NotAToken(')
  })
})

describe('a pool that stands alone', () => {
  it('is created, funded before its only batch, and shared by its contributors, whose leaf file anyone can fetch', async () => {
    const { pool } = await json(signed(5, 'pool', 'create', '--policy', 'capped', '--max-weight', '5', '--json'))
    expect(pool).toBe(`${2n ** 63n}`)
    expect((await signed(6, 'pool', 'fund', pool, '3')).code).toBe(0)
    writeFileSync(at('pair.csv'), `${BOB},1\n${CAROL},2`)
    await runCli(['asset', 'pool', 'build', at('pair.csv'), '--output', at('pair.leaves')])
    const { dataHash, batch } = await json(signed(5, 'append', pool, at('pair.leaves'), '--json'))
    expect((await signed(5, 'append', pool, at('list.leaves'))).stderr).toContain('CALL_REFUSED: WeightOverCap(')
    expect((await asset('pool', 'fetch', dataHash, '--output', at('fetched'))).stdout).toContain('2 contributors')
    expect(readFileSync(at('fetched')).equals(readFileSync(at('pair.leaves')))).toBe(true)
    const unknown = await asset('pool', 'fetch', HASH('99'), '--output', at('unknown'))
    expect(unknown.stderr).toContain('accepted: that of a leaf file that the node serves')
    const place = ['--pool', pool, '--batch', batch, '--leaves', '0-1', '--json']
    const claimed = async () => (await json(signed(4, 'claim-pool', ...place))).leaves
    await expect.poll(claimed, { timeout: 60_000 }).toHaveLength(2)
    const { leaves } = await json(asset('entitlements', '--account', CAROL ?? '', '--json'))
    expect(leaves[0].claims[0]).toMatchObject({ earned: `0x${(2n * COIN).toString(16)}` })
  })
})

describe('a wrong value is refused with its name and what is accepted', () => {
  it.each([
    [['show', '0'], '<asset>: got "0"; accepted: the number of an asset, from 1'],
    [['show', '99'], '<asset>: got "99"; accepted: the number of an asset that is registered'],
    [['pay', '3', '1,5'], '<amount>: got "1,5"; accepted: an amount as 1.5, at most 18 decimals'],
    [['pay', '3', '1', '--memo', '0x12'], '--memo: got "0x12"; accepted: 0x and 64 hexadecimal digits'],
    [['pay', '3', '1', '--token', BOB ?? ''], `--token: got "${BOB}"; accepted: native`],
    [['terms', '1'], '--relations: got ""; accepted: all, none, or some of TRAINED_ON,FINETUNED_FROM'],
    [['terms', '1', '--relations', 'COPIED'], '--relations: got "COPIED"; accepted: all, none, or some of TRAINED_ON'],
    [['terms', '1', '--floor-ppm', '200001'], '--floor-ppm: got "200001"; accepted: an integer from 0 to 200000'],
    [['register', '--kind', 'Song'], '--kind: got "Song"; accepted: one of Dataset, Model'],
    [['register'], '--kind: got ""; accepted: one of Dataset, Model'],
    [['register', '--kind', 'Model'], '--content-hash: got ""; accepted: 0x and 64 hexadecimal digits'],
    [['register', '--parent', '1:TRAINED_ON'], '--parent: got "1:TRAINED_ON"; accepted: ID:RELATION:RELATIVE_PPM'],
    [['claim-pool', '--pool', '1', '--leaves', '5'], '--batch: got ""; accepted: the number of a batch, which --pool'],
    [['claim-pool', '--batch', '1'], '--pool: got ""; accepted: the number of a pool, which --batch'],
    [['claim-pool', '--leaves', '5'], '--pool: got ""; accepted: --pool and --batch, which --leaves'],
    [['claim-pool', '--pool', '1', '--batch', '0', '--leaves', '5,3'], '--leaves: got "5,3"; accepted: indices'],
    [['append', '1', 'x', '--relay-fee-ppm', '20001'], '--relay-fee-ppm: got "20001"; accepted: an integer from 0'],
    [['earnings', '--from', '9', '--to', '3'], '--from: got "9"; accepted: a block up to --to, 3'],
    [['audit', '--rpc-url', 'ftp://x'], '--rpc-url: got "ftp://x"; accepted: an http or https URL'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await runCli(['asset', ...args], {
      ...{ SAHARA_RPC_URL: node.url, SAHARA_PRIVATE_KEY: DEV_ACCOUNTS[0]?.privateKey ?? '' },
    })
    expect(stderr).toContain(`error BAD_OPTION: ${message}`)
    expect(code).toBe(2)
  })

  it('a key is never repeated', async () => {
    const secret = `0x${'ab'.repeat(31)}`
    const { stderr } = await runCli(['asset', 'claim'], { SAHARA_RPC_URL: node.url, SAHARA_PRIVATE_KEY: secret })
    expect(stderr).toContain('error BAD_OPTION: SAHARA_PRIVATE_KEY')
    expect(stderr).not.toContain('abab')
    const none = await asset('claim', '--data-dir', folder)
    expect(none.stderr).toContain('no account key is here')
  })

  it('a list with a mistake has its line named', async () => {
    writeFileSync(at('bad.csv'), `address,weight\n${DAVE},1\n\n${DAVE},2\n`)
    const { code, stderr } = await runCli(['asset', 'pool', 'build', at('bad.csv'), '--output', at('bad.leaves')])
    expect(stderr).toContain('error CONTRIBUTOR_DUPLICATE: line 4:')
    expect(stderr).toContain('on line 2 already')
    expect(code).toBe(2)
  })

  it('a description with a mistake has its field named', async () => {
    const parents = [{ asset: 1, relation: 'TRAINED', relativePpm: 1 }]
    writeFileSync(at('bad.json'), JSON.stringify({ kind: 'Model', contentHash: HASH('44'), parents }))
    const { code, stderr } = await signed(0, 'register', at('bad.json'))
    expect(stderr).toContain(`error BAD_FIELD: ${at('bad.json')}: parents[0].relation: got "TRAINED"; accepted: one of`)
    expect(code).toBe(2)
    writeFileSync(at('misspelt.json'), JSON.stringify({ kind: 'Agent', parent: [] }))
    await expect(readRegistration(at('misspelt.json'), {})).rejects.toThrow(
      'parent: got []; accepted: only kind, contentHash, contentFile, dataRoot, uri, poolPpm, royaltyBps, parents here',
    )
  })

  it('a node that does not answer is named', async () => {
    const { code, stderr } = await runCli(['asset', 'audit', '--rpc-url', 'http://127.0.0.1:1'])
    expect(stderr).toContain('error NODE_UNREACHABLE: no node answers at http://127.0.0.1:1')
    expect(code).toBe(1)
  })
})
