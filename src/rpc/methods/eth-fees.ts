/**
 * eth_*: prices and fee history.
 */

import { MAX_FEE_HISTORY_BLOCKS, MAX_FEE_PERCENTILES } from '../../lib/limits.ts'
import { type BlockReference, blockNumber, heightOf } from '../block-parameter.ts'
import { serverError } from '../errors.ts'
import { rewardsAt } from '../fee-oracle.ts'
import { quantity } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { float, integer, list, optional, required } from '../params.ts'
import type { HashedHeader } from '../ports.ts'
import type { Services } from '../services.ts'
import { Turns } from '../turns.ts'

/** Blobs are refused, so the fee stays at EIP-4844's minimum of one wei. */
const BLOB_BASE_FEE = '0x1'

export function ethFeeMethods(services: Services): Method[] {
  const { fees } = services
  return [
    defineMethod({ name: 'eth_gasPrice', params: [], run: () => quantity(fees.gasPrice()) }),
    defineMethod({ name: 'eth_maxPriorityFeePerGas', params: [], run: () => quantity(fees.suggestedTip()) }),
    defineMethod({ name: 'eth_baseFee', params: [], run: () => quantity(fees.nextBaseFee()) }),
    defineMethod({ name: 'eth_blobBaseFee', params: [], run: () => BLOB_BASE_FEE }),
    defineMethod({
      name: 'eth_feeHistory',
      params: [
        required('block count', integer),
        required('newest block', blockNumber),
        optional('percentiles', list(float, 'float64'), []),
      ],
      cost: COST.call,
      run: (_context, count, newest, percentiles) => feeHistory(services, count, newest, percentiles),
    }),
  ]
}

async function feeHistory(
  services: Services,
  count: bigint,
  newest: BlockReference,
  percentiles: readonly number[],
): Promise<object> {
  checkPercentiles(percentiles)
  if (count < 1n) return { oldestBlock: '0x0', baseFeePerGas: [], gasUsedRatio: [] }
  const blocks = blocksUpTo(
    services,
    Number(count < BigInt(MAX_FEE_HISTORY_BLOCKS) ? count : MAX_FEE_HISTORY_BLOCKS),
    newest,
  )
  const last = blocks.at(-1)
  if (last === undefined) throw serverError('header not found')
  const baseFees = [...blocks.map((one) => one.header.baseFeePerGas), services.ports.fees.nextBaseFee(last.header)]
  const history = {
    oldestBlock: quantity(blocks[0]?.header.number ?? 0),
    baseFeePerGas: baseFees.map(quantity),
    gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: baseFees.map(() => BLOB_BASE_FEE),
    blobGasUsedRatio: blocks.map(() => 0),
  }
  if (percentiles.length === 0) return history
  const turns = new Turns(() => services.clock.monotonicMs())
  const reward: string[][] = []
  for (const block of blocks) {
    reward.push(rewards(services, block, percentiles))
    if (turns.isOver) await turns.next()
  }
  return { ...history, reward }
}

function blocksUpTo({ ports }: Services, count: number, newest: BlockReference): HashedHeader[] {
  const { chain } = ports
  const head = chain.head().header.number
  const last = heightOf(chain, newest) ?? head
  if (last > head) throw serverError(`request beyond head block: requested ${last}, head ${head}`)
  const blocks: HashedHeader[] = []
  for (let number = Math.max(0, last - count + 1); number <= last; number++) {
    const block = chain.header(number)
    if (block !== undefined) blocks.push(block)
  }
  return blocks
}

function rewards({ fees }: Services, block: HashedHeader, percentiles: readonly number[]): string[] {
  const tips = fees.paidTips(block) ?? []
  return rewardsAt(percentiles, tips, block.header.gasUsed).map(quantity)
}

function checkPercentiles(percentiles: readonly number[]): void {
  const what = 'invalid reward percentile'
  if (percentiles.length > MAX_FEE_PERCENTILES) {
    throw serverError(`${what}: over the query limit ${MAX_FEE_PERCENTILES}`)
  }
  percentiles.forEach((value, i) => {
    const before = percentiles[i - 1]
    if (value < 0 || value > 100) throw serverError(`${what}: ${value}`)
    if (before !== undefined && value <= before) throw serverError(`${what}: #${i - 1}:${before} >= #${i}:${value}`)
  })
}
