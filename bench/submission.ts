/**
 * Submission over HTTP, mining and durable commit of 4,000 transfers: our one-validator node against anvil.
 *
 * Both get the same gas limit, keys, batches and connections in the same run; the clock runs from the first byte sent
 * until every transfer is in a block: on anvil mined by evm_mine, on ours finalized with an fsync.
 */

import { DEV_ACCOUNTS } from '../src/chainspec/dev-accounts.ts'
import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { bytesToHex } from '../src/lib/bytes.ts'
import { startAnvil } from './anvil.ts'
import { startBenchNode } from './bench-node.ts'
import type { BenchOptions } from './main.ts'
import { summarize, timeMs } from './measure.ts'
import type { Report } from './report.ts'
import { RpcClient, submissionBatches } from './rpc-client.ts'
import { passiveAddress, payerOf, signTransfer } from './transfers.ts'

const TRANSFERS = 4_000
const BATCH = 100
const CONNECTIONS = 4
const GAS_LIMIT = 500_000_000n
const ACCOUNTS = 100_000
const POLL_MS = 5

type Round = { readonly bodies: readonly string[]; readonly nonceAfter: number }

export async function runSubmission(report: Report, options: BenchOptions): Promise<void> {
  const count = options.isQuick ? 3 : 12
  const rounds = prepareRounds(count)
  const name = `txs=${TRANSFERS} batch=${BATCH} connections=${CONNECTIONS}`
  const anvil = summarize(await measureAnvil(rounds, report))
  const peer = 'anvil'
  report.addSummary(`block-processing/submit-and-mine node=anvil ${name}`, anvil, 'ms')
  const ours = summarize(await measureOurs(rounds))
  // A ratio of throughputs: above 1 is faster than anvil.
  const ratio = anvil.median / ours.median
  report.addSummary(`block-processing/submit-and-finalize node=sahara ${name}`, ours, 'ms', { peer, ratio })
  report.add({
    name: `block-processing/throughput node=sahara ${name}`,
    value: (TRANSFERS * 1_000) / ours.median,
    unit: 'tx/s',
    peer,
    ratio,
  })
}

/** Every round holds the next nonces of the same ten keys; the first is a warm-up. */
function prepareRounds(count: number): Round[] {
  const payers = DEV_ACCOUNTS.map((account) => payerOf(account.privateKey))
  const perPayer = TRANSFERS / payers.length
  return Array.from({ length: count + 1 }, (_, round) => {
    const raws: string[] = []
    for (let at = 0; at < perPayer; at++) {
      for (const [index, payer] of payers.entries()) {
        const to = passiveAddress(at * payers.length + index)
        raws.push(bytesToHex(signTransfer(payer, DEVNET_CHAIN_ID, round * perPayer + at, to).raw))
      }
    }
    return { bodies: submissionBatches(raws, BATCH), nonceAfter: (round + 1) * perPayer }
  })
}

async function measureAnvil(rounds: readonly Round[], report: Report): Promise<number[]> {
  const anvil = await startAnvil(DEVNET_CHAIN_ID, GAS_LIMIT)
  report.note(`peer ${anvil.version}`)
  const client = new RpcClient(anvil.url, CONNECTIONS)
  try {
    return await measureRounds(rounds, async (round) => {
      await client.postBatches(round.bodies)
      await client.call('evm_mine', [])
      await demandCounts(client, round)
    })
  } finally {
    client.close()
    await anvil.stop()
  }
}

async function measureOurs(rounds: readonly Round[]): Promise<number[]> {
  const node = await startBenchNode(ACCOUNTS)
  const client = new RpcClient(node.url, CONNECTIONS)
  const watcher = new RpcClient(node.url, 1)
  try {
    return await measureRounds(rounds, async (round) => {
      await client.postBatches(round.bodies)
      while (!(await hasCounts(watcher, round))) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    })
  } finally {
    client.close()
    watcher.close()
    await node.stop()
  }
}

async function measureRounds(rounds: readonly Round[], run: (round: Round) => Promise<void>): Promise<number[]> {
  const samples: number[] = []
  for (const round of rounds) samples.push(await timeMs(() => run(round)))
  return samples.slice(1)
}

async function demandCounts(client: RpcClient, round: Round): Promise<void> {
  if (!(await hasCounts(client, round))) throw new Error('the block does not hold every transfer of the round')
}

/** True when each key's finalized nonce is that after the round. */
async function hasCounts(client: RpcClient, round: Round): Promise<boolean> {
  const calls = DEV_ACCOUNTS.map(({ address }) => client.call('eth_getTransactionCount', [address, 'latest']))
  return (await Promise.all(calls)).every((count) => Number(count) >= round.nonceAfter)
}
