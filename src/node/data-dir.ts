/**
 * A node's folder:
 *
 *     config.json genesis.json keys/     what the operator wrote
 *     LOCK                               the process that runs here
 *     chain.json                         which chain the data belongs to
 *     data/{chain,wal,…}                 may be deleted and synced again
 *     leaf-files/                        leaf files that are served: no other node may have them
 *     signer/                            what the validator key has signed: never delete it while the key is in use
 *
 * One process at a time, one chain for ever.
 */

import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError, errorMessage } from '../lib/errors.ts'
import type { Hash } from '../types/primitives.ts'
import { writeJsonFile } from './json-file.ts'

export type DataDirFailure =
  | { readonly code: 'DATA_DIR_LOCKED'; readonly path: string; readonly pid: number }
  | {
      readonly code: 'DATA_DIR_OF_ANOTHER_CHAIN'
      readonly path: string
      readonly found: string
      readonly expected: string
    }
  | { readonly code: 'DATA_DIR_UNREADABLE'; readonly path: string }
  | { readonly code: 'DISK_FULL'; readonly folder: string }

/** Where things are in a node's folder. */
export type DataDirLayout = {
  readonly root: string
  readonly chain: string
  readonly wal: string
  readonly evidence: string
  readonly signer: string
  /** Address book and bans. */
  readonly p2p: string
  /** Leaf files that the node serves: they are on no chain, so nothing brings back what is deleted here. */
  readonly leafFiles: string
  readonly poolJournal: string
  /** Blocks kept for a replay after a divergence. */
  readonly exports: string
}

/** The layout under `root`, without touching the disk. */
export function layoutOf(root: string): DataDirLayout {
  return {
    root,
    chain: join(root, 'data', 'chain'),
    wal: join(root, 'data', 'wal'),
    evidence: join(root, 'data', 'evidence'),
    signer: join(root, 'signer'),
    p2p: join(root, 'data', 'p2p'),
    leafFiles: join(root, 'leaf-files'),
    poolJournal: join(root, 'data', 'pool.journal'),
    exports: join(root, 'data', 'exports'),
  }
}

/** The file that names the process that runs on a folder. */
export const LOCK_FILE = 'LOCK'

/** Holds the folder for this process until `release`. */
export type DataDirLock = { release(): void }

/** Creates the folders and takes the lock. Throws CodedError<DataDirFailure> when another process runs here. */
export function lockDataDir(root: string): DataDirLock {
  const layout = layoutOf(root)
  for (const folder of [layout.chain, layout.wal, layout.evidence, layout.signer]) makeFolder(folder)
  return lockFolder(root)
}

/** Takes the lock of one folder, creating it; the signer's has one of its own, for it may lie elsewhere. */
export function lockFolder(root: string): DataDirLock {
  makeFolder(root)
  const path = join(root, LOCK_FILE)
  const mine = JSON.stringify({ pid: process.pid, start: processStart(process.pid) })
  // Twice at most: the second time after the lock of a process that is gone was removed.
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 })
      return { release: () => releaseLock(path, mine) }
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(root, thrown)
      const holder = readHolder(path)
      if (holder !== undefined && isRunning(holder)) throw lockedError(root, holder.pid)
      unlinkSync(path)
    }
  }
  throw lockedError(root, readHolder(path)?.pid ?? 0)
}

/** Binds the folder to a chain on first use. Throws CodedError<DataDirFailure> when it belongs to another one. */
export function bindToChain(root: string, genesisHash: Hash): void {
  const path = join(root, 'chain.json')
  if (!existsSync(path)) {
    writeJsonFile(path, { version: 1, genesisHash }, 0o600)
    return
  }
  const found = readGenesisHash(path)
  if (found === genesisHash) return
  throw new CodedError<DataDirFailure>(
    { code: 'DATA_DIR_OF_ANOTHER_CHAIN', path: root, found, expected: genesisHash },
    `${root} holds the chain with genesis ${found}, not ${genesisHash}: give the matching genesis file or another --data-dir`,
  )
}

function readGenesisHash(path: string): string {
  try {
    return String(JSON.parse(readFileSync(path, 'utf8')).genesisHash)
  } catch (thrown) {
    throw new CodedError<DataDirFailure>({ code: 'DATA_DIR_UNREADABLE', path }, `${path} is damaged`, { cause: thrown })
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (thrown) {
    throw unusable(path, thrown)
  }
}

/** A folder that cannot be made or written to is the operator's to mend; a full disk has a name of its own. */
function unusable(path: string, thrown: unknown): CodedError<DataDirFailure> {
  const isFull = (thrown as NodeJS.ErrnoException).code === 'ENOSPC'
  if (isFull) return new CodedError({ code: 'DISK_FULL', folder: path }, `the disk of ${path} is full`)
  const detail: DataDirFailure = { code: 'DATA_DIR_UNREADABLE', path }
  return new CodedError(detail, `the folder ${path} cannot be used: ${errorMessage(thrown)}`, { cause: thrown })
}

type Holder = { readonly pid: number; readonly start: string }

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(pid) ? { pid, start: String(start) } : undefined
  } catch {
    // A crash between creation and writing leaves an empty file: nobody holds it.
    return undefined
  }
}

/** A process number is used again after a restart of the machine or container, so its start must match too. */
function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return processStart(holder.pid) === holder.start
}

/** When a process started, in ticks since boot; empty where the system does not tell. */
function processStart(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[19] ?? ''
  } catch {
    return ''
  }
}

function releaseLock(path: string, mine: string): void {
  try {
    if (readFileSync(path, 'utf8') === mine) unlinkSync(path)
  } catch {
    // Already gone: nothing is held.
  }
}

function lockedError(root: string, pid: number): CodedError<DataDirFailure> {
  return new CodedError<DataDirFailure>(
    { code: 'DATA_DIR_LOCKED', path: root, pid },
    `another process (${pid}) runs on ${root}: stop it, or give another --data-dir`,
  )
}
