/**
 * `sahara devnet`: a real network on this machine. Every validator is a process of its own with its own folder and keys.
 */

import { resolve } from 'node:path'
import { Command } from 'commander'
import { lockFolder } from '../../node/data-dir.ts'
import { demandFreePorts } from '../../node/free-ports.ts'
import { readGenesisFile } from '../../node/genesis-file.ts'
import {
  createTestnet,
  forgetTestnet,
  readTestnet,
  type TestnetRecord,
  writeConfigs,
} from '../../node/testnet/create.ts'
import { type NodePorts, portsOf } from '../../node/testnet/plan.ts'
import { integerArgument, refuseArgument } from '../arguments.ts'
import { runDevnet } from '../devnet/run.ts'
import { ValidatorProcess } from '../devnet/validator-process.ts'

type Flags = {
  validators?: number
  untilHeight?: number
  blockTime?: number
  dataDir: string
  fresh?: boolean
  portBase?: number
}

/** More processes than this on one machine measure the machine. */
const MAX_DEVNET_VALIDATORS = 16
const DEFAULT_VALIDATORS = 4

export function devnetCommand(): Command {
  return new Command('devnet')
    .description('run a network of validators on this machine: 4 processes, funded accounts, RPC on port 8545')
    .option(
      '--validators <n>',
      `how many validators (default ${DEFAULT_VALIDATORS})`,
      integerArgument('--validators', 1, MAX_DEVNET_VALIDATORS),
    )
    .option(
      '--until-height <n>',
      'end with code 0 when this height is final on all validators',
      integerArgument('--until-height', 1, 2 ** 40),
    )
    .option(
      '--block-time <ms>',
      'least milliseconds between blocks of a new network (default 250)',
      integerArgument('--block-time', 1, 600_000),
    )
    .option('--data-dir <path>', 'where the validators have their folders', './.devnet')
    .option('--fresh', 'delete the network in the data folder, keys and signer state included, and begin a new chain')
    .option(
      '--port-base <n>',
      'validator i uses n+10i (RPC), n+10i+1 (p2p), n+10i+2 (metrics); 8545+i, 30300+i, 9100+i when absent',
      integerArgument('--port-base', 1_024, 65_000),
    )
    .action(devnet)
}

async function devnet(flags: Flags): Promise<void> {
  const folder = resolve(flags.dataDir)
  const known = flags.fresh === true ? undefined : readTestnet(folder)
  const count = flags.validators ?? known?.validators ?? DEFAULT_VALIDATORS
  const ports = Array.from({ length: count }, (_, i) => portsOf(i, flags.portBase))
  await demandFreePorts(
    ports.flatMap((one, i) => [
      { host: '127.0.0.1', port: one.rpc, what: `RPC of validator ${i}` },
      { host: '127.0.0.1', port: one.p2p, what: `p2p of validator ${i}` },
      { host: '127.0.0.1', port: one.metrics, what: `metrics of validator ${i}` },
    ]),
  )
  if (known !== undefined) demandSameNetwork(folder, known, flags)
  // Held by the devnet beside the validators' own locks: a second one would give running validators other configs, or none.
  const lock = lockFolder(folder)
  try {
    if (flags.fresh === true) forgetTestnet(folder)
    process.exitCode = await run(flags, folder, known, ports)
  } finally {
    lock.release()
  }
}

async function run(
  flags: Flags,
  folder: string,
  known: TestnetRecord | undefined,
  ports: readonly NodePorts[],
): Promise<number> {
  const record =
    known ??
    (await createTestnet(folder, {
      network: 'devnet',
      validators: ports.length,
      fullNodes: 0,
      genesisTimeMs: Date.now(),
      minBlockIntervalMs: flags.blockTime,
      fundedAccounts: 0,
    }))
  const places = ports.map((one) => ({ listenHost: '127.0.0.1', publicHost: '127.0.0.1', ports: one }))
  writeConfigs(folder, record, places)
  const validators = record.nodes.map((node, i) => {
    const own = ports[i]
    return new ValidatorProcess(node, own ?? portsOf(i, flags.portBase), folder)
  })
  return runDevnet({ folder, validators, untilHeight: flags.untilHeight, isResumed: known !== undefined })
}

/** A network that exists keeps its validators and its block time: they are in its genesis. */
function demandSameNetwork(folder: string, known: TestnetRecord, flags: Flags): void {
  if (flags.validators !== undefined && flags.validators !== known.validators) {
    refuseArgument('--validators', String(flags.validators), `${known.validators}, which ${folder} has, or --fresh`)
  }
  if (flags.blockTime === undefined) return
  const { minBlockIntervalMs } = readGenesisFile(resolve(folder, 'genesis.json')).consensus
  if (flags.blockTime !== minBlockIntervalMs) {
    refuseArgument('--block-time', String(flags.blockTime), `${minBlockIntervalMs}, which ${folder} has, or --fresh`)
  }
}
