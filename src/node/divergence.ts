/**
 * What remains of a divergence: a quorum finalized a block that this node judged invalid (docs/consensus.md 2.6). The block is
 * kept for a replay, and the node does not start again until its operator says that it may execute the block anew.
 */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '../lib/errors.ts'
import type { DataDirLayout } from './data-dir.ts'
import { writeJsonFile } from './json-file.ts'

export type Divergence = { readonly code: 'STATE_DIVERGED'; readonly height: number; readonly hash: string }

const MARK = 'diverged.json'

/** Writes the block and the mark when `error` tells of a divergence; of anything else it takes no notice. */
export function keepDivergence(layout: DataDirLayout, error: unknown): void {
  if (!(error instanceof CodedError) || error.code !== 'STATE_DIVERGED') return
  const { block, height, hash } = error.detail as Divergence & {
    readonly code: 'STATE_DIVERGED'
    readonly block: unknown
  }
  mkdirSync(layout.exports, { recursive: true, mode: 0o700 })
  const file = join(layout.exports, `${height}-${hash}.block`)
  if (block instanceof Uint8Array) writeFileSync(file, block, { mode: 0o600 })
  writeJsonFile(join(layout.exports, MARK), { height, hash, reason: error.message, file }, 0o600, true)
}

/** Throws CodedError STATE_DIVERGED when a mark is there; with `isAccepted` the mark is removed instead. */
export function demandNoDivergence(layout: DataDirLayout, isAccepted: boolean): void {
  const path = join(layout.exports, MARK)
  if (!existsSync(path)) return
  if (isAccepted) {
    rmSync(path)
    return
  }
  const { height, hash, reason, file } = JSON.parse(readFileSync(path, 'utf8'))
  throw new CodedError<Divergence>(
    { code: 'STATE_DIVERGED', height, hash },
    `this node stopped at block ${height}: ${reason}. Look into it with ${file}; --accept-reexecution executes it anew`,
  )
}
