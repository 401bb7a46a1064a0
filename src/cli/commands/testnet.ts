/**
 * `sahara testnet`: folders of a network's nodes, to be started by containers or on several machines.
 */

import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { NETWORK_NAMES, type NetworkName } from '../../chainspec/networks.ts'
import { createTestnet, readTestnet, writeConfigs } from '../../node/testnet/create.ts'
import { portsOf } from '../../node/testnet/plan.ts'
import { choiceArgument, integerArgument, refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'

type Flags = {
  output: string
  network: NetworkName
  validators: number
  fullNodes: number
  blockTime?: number
  hosts?: string
  portBase?: number
}

export function testnetCommand(): Command {
  return new Command('testnet')
    .description('make the folders of a whole network: keys, genesis and configs; what exists already is kept')
    .requiredOption('--output <path>', 'the folder to make them in')
    .option(
      '--network <name>',
      `the template: ${NETWORK_NAMES.join(', ')}`,
      choiceArgument('--network', NETWORK_NAMES),
      'devnet',
    )
    .option('--validators <n>', 'how many validators', integerArgument('--validators', 1, 128), 4)
    .option('--full-nodes <n>', 'how many nodes without a validator key', integerArgument('--full-nodes', 0, 128), 0)
    .option('--block-time <ms>', 'least milliseconds between blocks', integerArgument('--block-time', 1, 600_000))
    .option(
      '--hosts <a,b,…>',
      'a host for each node, validators first: each node then listens everywhere on 8545, 30300 and 9100; all on this machine when absent',
    )
    .option('--port-base <n>', 'first port when all run on this machine', integerArgument('--port-base', 1_024, 64_000))
    .action(makeTestnet)
}

async function makeTestnet(flags: Flags): Promise<void> {
  const folder = resolve(flags.output)
  const count = flags.validators + flags.fullNodes
  const hosts = flags.hosts?.split(',')
  if (hosts !== undefined && hosts.length !== count) {
    refuseArgument('--hosts', flags.hosts ?? '', `${count} hosts, one for each node`)
  }
  const record =
    readTestnet(folder) ??
    (await createTestnet(folder, {
      network: flags.network,
      validators: flags.validators,
      fullNodes: flags.fullNodes,
      genesisTimeMs: Date.now(),
      minBlockIntervalMs: flags.blockTime,
      fundedAccounts: 0,
    }))
  if (record.nodes.length !== count) {
    refuseArgument(
      '--validators, --full-nodes',
      `${count} nodes`,
      `${record.nodes.length}, for that is what ${folder} holds`,
    )
  }
  const places = record.nodes.map((_, i) => {
    const host = hosts?.[i]
    return host === undefined
      ? { listenHost: '127.0.0.1', publicHost: '127.0.0.1', ports: portsOf(i, flags.portBase) }
      : { listenHost: '0.0.0.0', publicHost: host, ports: portsOf(0, undefined) }
  })
  writeConfigs(folder, record, places)
  printTable(record.nodes.map((node) => [node.name, node.peerId, join(folder, node.name, 'config.json')]))
  printLine(`start each with: sahara start --config ${join(folder, 'NAME', 'config.json')}`)
}
