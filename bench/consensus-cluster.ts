/**
 * Four validators as processes on loopback, measured from outside.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTestnet, writeConfigs } from '../src/node/testnet/create.ts'
import { freePort, stopProcess } from './anvil.ts'
import type { FinalizedNote } from './consensus-validator.ts'

export type ClusterFigures = {
  /** Milliseconds between the timestamps of consecutive blocks. */
  readonly intervalsMs: readonly number[]
  /** From each block's timestamp until it was finalized, the mean over all validators. */
  readonly finalityMs: readonly number[]
}

export type ClusterOptions = {
  readonly validators: number
  readonly blockBytes: number
  readonly minBlockIntervalMs: number
  /** Blocks measured, after as many as `warmUp`. */
  readonly blocks: number
  readonly warmUp: number
}

const ENTRY = fileURLToPath(new URL('consensus-validator.ts', import.meta.url))

/** Runs a cluster until every validator has finalized enough blocks. */
export async function runCluster(options: ClusterOptions): Promise<ClusterFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'sahara-consensus-'))
  const configs = await createConfigs(folder, options)
  const notes = configs.map((): FinalizedNote[] => [])
  const children = configs.map((config) =>
    fork(ENTRY, [config, String(options.blockBytes)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  try {
    await Promise.all(children.map((child, at) => untilFinalized(child, notes[at] ?? [], options)))
    return figuresOf(notes, options)
  } finally {
    await Promise.all(children.map(stopProcess))
    rmSync(folder, { recursive: true, force: true })
  }
}

async function createConfigs(folder: string, options: ClusterOptions): Promise<string[]> {
  const record = await createTestnet(folder, {
    network: 'bench',
    validators: options.validators,
    fullNodes: 0,
    genesisTimeMs: Date.now(),
    minBlockIntervalMs: options.minBlockIntervalMs,
    fundedAccounts: 0,
  })
  const places = await Promise.all(
    record.nodes.map(async () => ({
      listenHost: '127.0.0.1',
      publicHost: '127.0.0.1',
      ports: { rpc: await freePort(), p2p: await freePort(), metrics: await freePort() },
    })),
  )
  writeConfigs(folder, record, places)
  return record.nodes.map((node) => join(folder, node.name, 'config.json'))
}

function untilFinalized(
  child: ChildProcess,
  notes: FinalizedNote[],
  { warmUp, blocks }: ClusterOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`a validator ended with code ${code}`)))
    child.on('message', (message) => {
      const note = message as FinalizedNote
      notes.push(note)
      if (note.height >= warmUp + blocks) resolve()
    })
  })
}

function figuresOf(notes: readonly (readonly FinalizedNote[])[], { warmUp, blocks }: ClusterOptions): ClusterFigures {
  const byHeight = notes.map((list) => new Map(list.map((note) => [note.height, note])))
  const intervalsMs: number[] = []
  const finalityMs: number[] = []
  for (let height = warmUp + 1; height <= warmUp + blocks; height++) {
    const held = byHeight.map((map) => map.get(height)).filter((note) => note !== undefined)
    const parent = byHeight[0]?.get(height - 1)
    const first = held[0]
    if (first === undefined || parent === undefined || held.length < notes.length) continue
    intervalsMs.push(first.timestampMs - parent.timestampMs)
    finalityMs.push(held.reduce((sum, note) => sum + note.finalityMs, 0) / held.length)
  }
  return { intervalsMs, finalityMs }
}
