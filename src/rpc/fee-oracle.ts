/**
 * Suggested prices and fee history, from what finalized blocks paid.
 *
 * The tip is the 60th percentile of the three lowest tips of each of the last 20 blocks, never below the pool's minimum.
 * A block with room to spare counts as the minimum whatever its transactions offered: nobody had to pay more to get in,
 * and a wallet that offers the whole gas price as its tip (MetaMask, docs/rpc.md section 2) would otherwise raise the next
 * suggestion without end. The gas price must clear after two full blocks.
 */

import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_CACHED_BLOCK_FEES } from '../lib/limits.ts'
import type { Hash } from '../types/primitives.ts'
import type { ChainPort, HashedHeader, RpcPorts } from './ports.ts'

const SAMPLE_BLOCKS = 20
const SAMPLES_PER_BLOCK = 3
const SAMPLE_PERCENT = 60

/** A transaction's tip, in wei per gas, and the gas it used. */
export type PaidTip = { readonly tip: bigint; readonly gasUsed: bigint }

export class FeeOracle {
  private readonly ports: Pick<RpcPorts, 'chain' | 'fees'>
  /** Tips of a block, ascending. */
  private readonly tips = new BoundedMap<Hash, readonly PaidTip[]>(MAX_CACHED_BLOCK_FEES)
  private suggestion: { readonly head: Hash; readonly floor: bigint; readonly tip: bigint } | undefined

  constructor(ports: Pick<RpcPorts, 'chain' | 'fees'>) {
    this.ports = ports
  }

  /** Wei per gas of the next block. */
  nextBaseFee(): bigint {
    return this.ports.fees.nextBaseFee(this.ports.chain.head().header)
  }

  /** The tip to offer, in wei per gas. */
  suggestedTip(): bigint {
    const { chain, fees } = this.ports
    const head = chain.head()
    const floor = fees.minTipPerGas()
    const held = this.suggestion
    if (held !== undefined && held.head === head.hash && held.floor === floor) return held.tip
    const tip = this.sampleTips(chain, head.header.number, floor)
    this.suggestion = { head: head.hash, floor, tip }
    return tip
  }

  /** ceil(next base fee x 1.27) + suggested tip, in wei per gas. */
  gasPrice(): bigint {
    return (this.nextBaseFee() * 127n + 99n) / 100n + this.suggestedTip()
  }

  /** What the transactions of a block paid above its base fee, ascending; undefined when its receipts are not kept. */
  paidTips(block: HashedHeader): readonly PaidTip[] | undefined {
    const held = this.tips.get(block.hash)
    if (held !== undefined) return held
    const receipts = this.ports.chain.receipts(block.header.number)
    if (receipts === undefined) return undefined
    const base = block.header.baseFeePerGas
    const tips = receipts
      // A transaction that used no gas is the system's, which pays nothing.
      .filter(({ gasUsed }) => gasUsed > 0n)
      .map(({ effectiveGasPrice, gasUsed }) => ({
        tip: effectiveGasPrice > base ? effectiveGasPrice - base : 0n,
        gasUsed,
      }))
      .sort((a, b) => compare(a.tip, b.tip))
    this.tips.set(block.hash, tips)
    return tips
  }

  private sampleTips(chain: ChainPort, headNumber: number, floor: bigint): bigint {
    const samples: bigint[] = []
    for (let number = headNumber; number > Math.max(0, headNumber - SAMPLE_BLOCKS); number--) {
      const block = chain.header(number)
      if (block === undefined) break
      const tips = isCrowded(block) ? this.paidTips(block) : undefined
      if (tips === undefined) samples.push(floor)
      else for (const { tip } of tips.slice(0, SAMPLES_PER_BLOCK)) samples.push(tip)
    }
    samples.sort(compare)
    const sampled = samples[Math.floor(((samples.length - 1) * SAMPLE_PERCENT) / 100)] ?? floor
    return sampled > floor ? sampled : floor
  }
}

/** The tips at ascending percentiles of the gas used, as eth_feeHistory rewards; zeros for an empty block. */
export function rewardsAt(percentiles: readonly number[], tips: readonly PaidTip[], gasUsed: bigint): bigint[] {
  const last = tips.at(-1)
  if (last === undefined) return percentiles.map(() => 0n)
  let position = 0
  let sum = tips[0]?.gasUsed ?? 0n
  return percentiles.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(gasUsed) * percentile) / 100))
    while (sum < threshold && position < tips.length - 1) {
      position++
      sum += tips[position]?.gasUsed ?? 0n
    }
    return tips[position]?.tip ?? last.tip
  })
}

/** More than half full: transactions may have had to outbid each other. */
function isCrowded({ header }: HashedHeader): boolean {
  return header.gasUsed * 2n > header.gasLimit
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
