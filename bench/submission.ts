/**
 * Submission over HTTP, mining and durable commit of 4,000 transfers: our one-validator node against anvil.
 *
 * Both get the same gas limit, accounts, keys, batches and connections in the same run; the clock runs from the first byte sent
 * until every transfer is in a block: on anvil mined by evm_mine, on ours finalized with an fsync.
 */

import { WEI_PER_SAHARA } from '../src/chainspec/allocations.ts'
import { DEV_ACCOUNTS } from '../src/chainspec/dev-accounts.ts'
import { DEVNET_CHAIN_ID } from '../src/chainspec/networks.ts'
import { bytesToHex } from '../src/lib/bytes.ts'
import { fillerAddress } from '../src/node/testnet/create.ts'
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
/** Rounds that are not counted: a node runs for months, its compiled code for as long. */
const WARM_UP_ROUNDS = 5

type Round = { readonly bodies: readonly string[]; readonly nonceAfter: number }

export async function runSubmission(report: Report, options: BenchOptions): Promise<void> {
  const rounds = prepareRounds(options.isQuick ? 3 : 12)
  await using anvil = await openAnvil()
  await using node = await openNode()
  report.note(`peer ${anvil.version}`)
  const samples: { readonly anvil: number; readonly ours: number }[] = []
  // Turn by turn, so that whatever else the machine does meets both.
  for (const round of rounds) {
    samples.push({ anvil: await timeMs(() => anvil.run(round)), ours: await timeMs(() => node.run(round)) })
  }
  reportSamples(report, samples.slice(WARM_UP_ROUNDS))
}

function reportSamples(report: Report, samples: readonly { readonly anvil: number; readonly ours: number }[]): void {
  const name = `txs=${TRANSFERS} batch=${BATCH} connections=${CONNECTIONS}`
  const ours = summarize(samples.map((sample) => sample.ours))
  const peer = 'anvil'
  // A ratio of throughputs in the same moment: above 1 is faster than anvil.
  const ratio = summarize(samples.map((sample) => sample.anvil / sample.ours)).median
  report.addSummary(
    `block-processing/submit-and-mine node=anvil ${name}`,
    summarize(samples.map((sample) => sample.anvil)),
    'ms',
  )
  report.addSummary(`block-processing/submit-and-finalize node=sahara ${name}`, ours, 'ms', { peer, ratio })
  const value = (TRANSFERS * 1_000) / ours.median
  report.add({ name: `block-processing/throughput node=sahara ${name}`, value, unit: 'tx/s', peer, ratio })
}

/** Every round holds the next nonces of the same ten keys. */
function prepareRounds(count: number): Round[] {
  const payers = DEV_ACCOUNTS.map((account) => payerOf(account.privateKey))
  const perPayer = TRANSFERS / payers.length
  return Array.from({ length: WARM_UP_ROUNDS + count }, (_, round) => {
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

async function openAnvil() {
  const anvil = await startAnvil({ chainId: DEVNET_CHAIN_ID, gasLimit: GAS_LIMIT, balances: fundedBalances() })
  const client = new RpcClient(anvil.url, CONNECTIONS)
  return {
    version: anvil.version,
    run: async (round: Round) => {
      await client.postBatches(round.bodies)
      await client.call('evm_mine', [])
      await demandCounts(client, round)
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await anvil.stop()
    },
  }
}

/** The development accounts and as many others as our node holds: a state root costs by the accounts there are. */
function fundedBalances() {
  const fillers = Array.from({ length: ACCOUNTS }, (_, i) => ({
    address: fillerAddress(i),
    balanceWei: WEI_PER_SAHARA,
  }))
  const payers = DEV_ACCOUNTS.map(({ address }) => ({ address, balanceWei: 10_000n * WEI_PER_SAHARA }))
  return [...fillers, ...payers]
}

async function openNode() {
  const node = await startBenchNode(ACCOUNTS)
  const client = new RpcClient(node.url, CONNECTIONS)
  const watcher = new RpcClient(node.url, 1)
  return {
    run: async (round: Round) => {
      await client.postBatches(round.bodies)
      while (!(await hasCounts(watcher, round))) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      watcher.close()
      await node.stop()
    },
  }
}

async function demandCounts(client: RpcClient, round: Round): Promise<void> {
  if (!(await hasCounts(client, round))) throw new Error('the block does not hold every transfer of the round')
}

/** True when each key's finalized nonce is that after the round. One key after another: the first that lags ends the look. */
async function hasCounts(client: RpcClient, round: Round): Promise<boolean> {
  for (const { address } of DEV_ACCOUNTS.toReversed()) {
    const count = await client.call('eth_getTransactionCount', [address, 'latest'])
    if (Number(count) < round.nonceAfter) return false
  }
  return true
}
