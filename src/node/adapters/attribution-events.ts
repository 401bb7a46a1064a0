/**
 * The logs of a range of blocks that a statement of earnings is made of, in order: blooms first, receipts only where a bloom
 * matches.
 */

import { keccak256Hash } from '../../crypto/keccak.ts'
import { assert } from '../../lib/assert.ts'
import { decodeValues } from '../../precompiles/abi.ts'
import { bool, bytes32, uint8, uint32, uint256 } from '../../precompiles/abi-types.ts'
import { ASSETS_MODULE, ROYALTY_MODULE } from '../../precompiles/addresses.ts'
import { EdgeAdded, EdgeLowered, StatusChanged, Transfer } from '../../precompiles/assets/events.ts'
import { type AssetStatus, statusName } from '../../precompiles/assets/kinds.ts'
import { allNode, directNode } from '../../precompiles/royalty/nodes.ts'
import { EscrowReleased, Flushed, Paid } from '../../precompiles/royalty/royalty-events.ts'
import { ANY_LOG, bloomTest, type LogFilter, matchesLog } from '../../rpc/log-filter.ts'
import type { BlockStore } from '../../storage/block-store.ts'
import { decodeHeader } from '../../types/block-codec.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import type { Log } from '../../types/receipt.ts'
import type { ToldEdge } from './statement-weights.ts'

type Happening =
  | { readonly kind: 'flushed'; readonly node: number; readonly token: Address; readonly acc: bigint }
  | { readonly kind: 'paid'; readonly asset: number }
  | ({ readonly kind: 'edgeAdded' | 'edgeLowered' } & ToldEdge)
  | {
      readonly kind: 'released'
      readonly asset: number
      readonly token: Address
      readonly account: Address
      readonly amount: bigint
    }
  | { readonly kind: 'transferred'; readonly asset: number; readonly to: Address }
  | { readonly kind: 'statusChanged'; readonly asset: number; readonly status: AssetStatus | undefined }
export type AttributionEvent = Happening & { readonly blockNumber: number }

const topicOf = ({ signature }: { readonly signature: string }): Hash =>
  keccak256Hash(new TextEncoder().encode(signature))

const FLUSHED = topicOf(Flushed)
const PAID = topicOf(Paid)
const ESCROW_RELEASED = topicOf(EscrowReleased)
const EDGE_ADDED = topicOf(EdgeAdded)
const EDGE_LOWERED = topicOf(EdgeLowered)
const TRANSFER = topicOf(Transfer)
const STATUS_CHANGED = topicOf(StatusChanged)

const FILTER: LogFilter = {
  ...ANY_LOG,
  addresses: new Set([ASSETS_MODULE, ROYALTY_MODULE]),
  topics: [new Set([FLUSHED, PAID, ESCROW_RELEASED, EDGE_ADDED, EDGE_LOWERED, TRANSFER, STATUS_CHANGED])],
}

const FLUSHED_DATA = { direct: bool, inflow: uint256, acc: uint256 }
const ADDED_DATA = { relation: uint8, relativePpm: uint32, floorPpm: uint32, licenceId: bytes32 }
const LOWERED_DATA = { relativePpm: uint32, floorPpm: uint32, floorGens: uint8 }
const RELEASED_DATA = { amount: uint256 }
const STATUS_DATA = { from: uint8, to: uint8 }

export type BlockRange = { readonly from: number; readonly to: number }
/** Awaited before each block, so that others have their turn. */
export type GiveWay = () => Promise<void>

/** Events of the blocks `from` to `to`. */
export async function* attributionEvents(
  blocks: BlockStore,
  range: BlockRange,
  giveWay: GiveWay,
): AsyncGenerator<AttributionEvent> {
  for await (const { log, blockNumber } of matchingLogs(blocks, range, FILTER, giveWay)) {
    yield { ...happeningOf(log), blockNumber }
  }
}

/** The assets that were transferred to an account in the range. */
export async function assetsReceived(
  blocks: BlockStore,
  range: BlockRange,
  account: Address,
  giveWay: GiveWay,
): Promise<ReadonlySet<number>> {
  const to = `0x${account.slice(2).padStart(64, '0')}` as Hash
  const topics = [new Set([TRANSFER]), undefined, new Set([to])]
  const filter = { ...ANY_LOG, addresses: new Set([ASSETS_MODULE]), topics }
  const assets = new Set<number>()
  for await (const { log } of matchingLogs(blocks, range, filter, giveWay)) assets.add(Number(log.topics[3]))
  return assets
}

async function* matchingLogs(
  blocks: BlockStore,
  { from, to }: BlockRange,
  filter: LogFilter,
  giveWay: GiveWay,
): AsyncGenerator<{ readonly log: Log; readonly blockNumber: number }> {
  const mayMatch = bloomTest(filter, keccak256Hash)
  for (let blockNumber = from; blockNumber <= to; blockNumber++) {
    await giveWay()
    const header = blocks.headerBytes(blockNumber)
    if (header === undefined || !mayMatch(decodeHeader(header).logsBloom)) continue
    for (const { logs } of blocks.receipts(blockNumber) ?? []) {
      for (const log of logs) if (matchesLog(filter, log)) yield { log, blockNumber }
    }
  }
}

function happeningOf(log: Log): Happening {
  const [topic, first, second, third] = log.topics
  const asset = Number(first)
  switch (topic) {
    case FLUSHED: {
      const { direct, acc } = dataOf(FLUSHED_DATA, log)
      return { kind: 'flushed', node: direct ? directNode(asset) : allNode(asset), token: addressIn(second), acc }
    }
    case ESCROW_RELEASED: {
      const { amount } = dataOf(RELEASED_DATA, log)
      return { kind: 'released', asset, token: addressIn(second), account: addressIn(third), amount }
    }
    case EDGE_ADDED: {
      const { relativePpm, floorPpm } = dataOf(ADDED_DATA, log)
      return { kind: 'edgeAdded', asset, parent: Number(second), relativePpm, floorPpm }
    }
    case EDGE_LOWERED: {
      const { relativePpm, floorPpm } = dataOf(LOWERED_DATA, log)
      return { kind: 'edgeLowered', asset, parent: Number(second), relativePpm, floorPpm }
    }
    case TRANSFER:
      return { kind: 'transferred', asset: Number(third), to: addressIn(second) }
    case STATUS_CHANGED:
      return { kind: 'statusChanged', asset, status: statusName(dataOf(STATUS_DATA, log).to) }
    default:
      return { kind: 'paid', asset }
  }
}

function dataOf<const Fields extends Parameters<typeof decodeValues>[0]>(fields: Fields, { data }: Log) {
  const values = decodeValues(fields, data)
  assert(values.ok, 'the log of a module decodes as it was declared')
  return values.value
}

function addressIn(topic: Hash | undefined): Address {
  assert(topic !== undefined, 'an indexed field is a topic')
  return `0x${topic.slice(26)}` as Address
}
