/**
 * Readings of attribution in a read worker: each on its own snapshot of the database, so that it sees one head throughout.
 */

import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '../../lib/result.ts'
import { ROYALTY_MODULE } from '../../precompiles/addresses.ts'
import type {
  AssetView,
  AuditView,
  BatchView,
  ClaimProof,
  ClaimProofFailure,
  EarningsFailure,
  EarningsView,
  EntitlementsView,
  LeafSelection,
  LedgerView,
  LineageFailure,
  LineagePage,
  LineageRequest,
  SweepView,
} from '../../rpc/attribution-port.ts'
import type { StatePruned } from '../../rpc/ports.ts'
import { Turns } from '../../rpc/turns.ts'
import { StateReader, type StateUnavailable } from '../../state/state-reader.ts'
import type { StateSource } from '../../state/state-source.ts'
import { BlockStore } from '../../storage/block-store.ts'
import type { Kv, KvReader } from '../../storage/kv.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import type { LeafFileFailure } from '../leaf-files/leaf-file.ts'
import { type BatchKey, LeafStore, type LeafStoreFailure } from '../leaf-files/leaf-store.ts'
import { assetView, lineagePage } from './attribution-assets.ts'
import { auditConservation } from './attribution-audit.ts'
import { batchView, claimProof, entitlements, rootOf } from './attribution-claims.ts'
import { earningsOf } from './attribution-earnings.ts'
import { assetsReceived, attributionEvents } from './attribution-events.ts'
import { ledgerView, sweepView } from './attribution-ledger.ts'
import { type ModuleCells, moduleCells } from './attribution-state.ts'
import { prunedOf } from './rpc-state.ts'

/** Where leaf files are and how many bytes of them, on a node that serves them. */
export type LeafFolder = { readonly folder: string; readonly limitBytes: number }

type At = { readonly height: number }
type Read<T, E = never> = Promise<Result<T, E | StatePruned>>

/** What a whole file that was handed in was refused for. */
export type AcceptFailure = LeafStoreFailure | LeafFileFailure | { readonly code: 'UNKNOWN_BATCH' }

/** The methods; all arguments and answers can be sent between threads. */
export type AttributionReads = {
  asset(argument: At & { readonly wanted: bigint | Hash }): Read<AssetView | undefined>
  lineage(argument: At & { readonly request: LineageRequest }): Read<LineagePage | undefined, LineageFailure>
  ledger(argument: At & { readonly asset: bigint }): Read<LedgerView | undefined>
  pendingSweep(argument: At): Read<SweepView>
  batch(argument: At & { readonly key: BatchKey }): Read<BatchView | undefined>
  claimProof(
    argument: At & { readonly key: BatchKey; readonly selection: LeafSelection },
  ): Read<ClaimProof, ClaimProofFailure>
  entitlements(argument: At & { readonly account: Address }): Read<EntitlementsView>
  earnings(argument: {
    readonly account: Address
    readonly from: number
    readonly to: number
  }): Read<EarningsView, EarningsFailure>
  audit(argument: At): Read<AuditView>
  /** Checks the file at `path` against the batch and keeps it. */
  acceptLeafFile(argument: At & { readonly key: BatchKey; readonly path: string }): Read<Hash, AcceptFailure>
}

/** Blocks whose cells a statement of earnings holds at a time: it asks for neighbours. */
const MAX_OPEN_STATES = 4

export function attributionReads(kv: Kv, leaves: LeafFolder | undefined): AttributionReads {
  const store = leaves === undefined ? undefined : new LeafStore(leaves.folder, leaves.limitBytes)
  const reading = <T, E = never>({ height }: At, read: (cells: ModuleCells) => Result<T, E>): Read<T, E> =>
    onSnapshot(kv, async (snapshot) => {
      const state = stateAt(snapshot, height)
      return state.ok ? read(moduleCells(state.value)) : state
    })
  return {
    asset: (at) => reading(at, (cells) => ok(assetView(cells, at.wanted))),
    lineage: (at) => reading(at, (cells) => lineagePage(cells, at.request)),
    ledger: (at) => reading(at, (cells) => ok(ledgerView(cells, at.asset))),
    pendingSweep: (at) => reading(at, (cells) => ok(sweepView(cells))),
    batch: (at) => reading(at, (cells) => ok(batchView(cells, at.key))),
    claimProof: (at) => reading(at, (cells) => claimProof(cells, store, at.key, at.selection)),
    entitlements: (at) => reading(at, (cells) => ok(entitlements(cells, store, at.account))),
    earnings: ({ account, from, to }) => onSnapshot(kv, (snapshot) => earnings(snapshot, account, { from, to })),
    audit: ({ height }) => onSnapshot(kv, (snapshot) => audit(snapshot, height)),
    acceptLeafFile: (at) => reading(at, (cells) => accept(cells, store, at.key, at.path)),
  }
}

async function onSnapshot<T>(kv: Kv, read: (snapshot: KvReader) => Promise<T>): Promise<T> {
  const snapshot = kv.snapshot()
  try {
    return await read(snapshot)
  } finally {
    await snapshot.release()
  }
}

function stateAt(snapshot: KvReader, height: number): Result<StateSource, StatePruned> {
  const state = new StateReader(snapshot).at(height)
  return state.ok ? state : err(prunedOf(state.error satisfies StateUnavailable))
}

async function earnings(
  snapshot: KvReader,
  account: Address,
  range: { readonly from: number; readonly to: number },
): Promise<Result<EarningsView, EarningsFailure>> {
  // Genesis has no logs.
  const from = Math.max(range.from, 1)
  const before = stateAt(snapshot, from - 1)
  if (!before.ok) return before
  const reader = new StateReader(snapshot)
  const open = new Map<number, ModuleCells>([[from - 1, moduleCells(before.value)]])
  const stateAfter = (height: number): ModuleCells => {
    const known = open.get(height)
    if (known !== undefined) return known
    const state = reader.at(height)
    if (!state.ok) throw new RangeError(`the state after block ${height} is within the range`)
    const [oldest] = open.keys()
    if (open.size >= MAX_OPEN_STATES && oldest !== undefined) open.delete(oldest)
    const cells = moduleCells(state.value)
    open.set(height, cells)
    return cells
  }
  const blocks = new BlockStore(snapshot)
  const within = { from, to: range.to }
  const received = await assetsReceived(blocks, within, account, giveWay())
  const events = attributionEvents(blocks, within, giveWay())
  const statement = await earningsOf(account, within, { events, received, stateAfter })
  return statement.ok ? ok({ ...statement.value, ...range }) : statement
}

async function audit(snapshot: KvReader, height: number): Promise<Result<AuditView, StatePruned>> {
  const state = stateAt(snapshot, height)
  if (!state.ok) return state
  const wait = giveWay()
  const balance = state.value.getAccount(ROYALTY_MODULE)?.balance ?? 0n
  const nextSlice = async () => {
    await wait()
    return moduleCells(state.value)
  }
  return ok(await auditConservation(height, balance, nextSlice))
}

/** Lets other requests of this thread have their turn every few milliseconds. */
function giveWay(): () => Promise<void> {
  const turns = new Turns(() => performance.now())
  return async () => {
    if (turns.isOver) await turns.next()
  }
}

function accept(
  cells: ModuleCells,
  store: LeafStore | undefined,
  key: BatchKey,
  path: string,
): Result<Hash, AcceptFailure> {
  const view = batchView(cells, key)
  if (view === undefined || store === undefined) return err({ code: 'UNKNOWN_BATCH' })
  return store.add(readFileSync(path), { ...key, root: rootOf(view), dataHash: view.dataHash })
}
