/**
 * `sahara genesis`: a new chain's parameters from its validators' entries, and looking at a genesis file.
 */

import { Command } from 'commander'
import { WEI_PER_SAHARA } from '../../chainspec/allocations.ts'
import type { GenesisValidator } from '../../chainspec/chain-spec.ts'
import { chainSpecHash, chainSpecToJson } from '../../chainspec/chain-spec.ts'
import { buildNetwork, DEVNET_CHAIN_ID, NETWORK_NAMES, type NetworkName } from '../../chainspec/networks.ts'
import { CodedError } from '../../lib/errors.ts'
import { describeBadField } from '../../lib/field-reader.ts'
import { computeGenesis } from '../../node/genesis-block.ts'
import { checkGenesis, readGenesisFile, writeGenesisFile } from '../../node/genesis-file.ts'
import { readJsonFile } from '../../node/json-file.ts'
import { genesisEntry, readValidatorKey } from '../../node/validator-key.ts'
import { readNodeKey } from '../../p2p/node-key.ts'
import { addressArgument, choiceArgument, integerArgument } from '../arguments.ts'
import { configFromFlags } from '../node-options.ts'
import { printLine, printTable } from '../output.ts'

export function genesisCommand(): Command {
  return new Command('genesis')
    .description('make, show and check the parameters of a chain')
    .addCommand(newCommand())
    .addCommand(entryCommand())
    .addCommand(fileCommand('show', 'print what a genesis file says', show))
    .addCommand(fileCommand('hash', 'print the hash of the genesis block', hash))
    .addCommand(fileCommand('check', 'check every field and every proof of a genesis file', check))
}

function newCommand(): Command {
  return new Command('new')
    .description('make a genesis file from the entries of its validators (see `sahara genesis entry`)')
    .argument('<entries...>', "the validators' entry files, in the order of the set")
    .requiredOption('--output <path>', 'the genesis file to write')
    .option(
      '--network <name>',
      `the template: ${NETWORK_NAMES.join(', ')}`,
      choiceArgument('--network', NETWORK_NAMES),
      'devnet',
    )
    .option(
      '--time <ms>',
      'genesis time in milliseconds since 1970; now when absent',
      integerArgument('--time', 0, 2 ** 42),
    )
    .option('--block-time <ms>', 'least milliseconds between blocks', integerArgument('--block-time', 1, 600_000))
    .action(
      async (entries: string[], flags: { output: string; network: NetworkName; time?: number; blockTime?: number }) => {
        const spec = buildNetwork(flags.network, {
          validators: entries.map((path) => readJsonFile(path) as GenesisValidator),
          genesisTimeMs: flags.time ?? Date.now(),
          ...(flags.blockTime === undefined ? {} : { minBlockIntervalMs: flags.blockTime }),
        })
        const checked = checkGenesis(JSON.parse(JSON.stringify(chainSpecToJson(spec))))
        if (!checked.ok)
          throw new CodedError(checked.error, `the genesis is refused: ${describeBadField(checked.error)}`)
        writeGenesisFile(flags.output, checked.value)
        printTable([
          ['genesis file', flags.output],
          ['genesis hash', (await computeGenesis(checked.value)).hash],
        ])
      },
    )
}

function entryCommand(): Command {
  return new Command('entry')
    .description("print the entry that makes this node's validator key part of a genesis, with its proof of possession")
    .option('--data-dir <path>', "the node's folder", './sahara')
    .requiredOption('--operator <address>', 'the account that the validator belongs to')
    .option('--fee-address <address>', 'where its rewards go; the operator when absent')
    .option('--power <n>', 'voting power', integerArgument('--power', 1, 2 ** 45), 1)
    .option('--chain-id <n>', 'chain id', integerArgument('--chain-id', 1, 2 ** 52), DEVNET_CHAIN_ID)
    .action(
      async (flags: { dataDir: string; operator: string; feeAddress?: string; power: number; chainId: number }) => {
        const config = configFromFlags({ dataDir: flags.dataDir })
        const key = readValidatorKey(config['validator.keystore'], config['validator.passwordFile'])
        const { peerId } = await readNodeKey(config.nodeKey)
        const operator = addressArgument('--operator', flags.operator)
        const feeAddress = addressArgument('--fee-address', flags.feeAddress ?? flags.operator)
        const { power, chainId } = flags
        printLine(JSON.stringify(genesisEntry({ key, chainId, peerId, operator, feeAddress, power }), null, 2))
      },
    )
}

function fileCommand(name: string, description: string, run: (path: string) => Promise<void> | void): Command {
  return new Command(name).description(description).argument('<file>', 'the genesis file').action(run)
}

async function show(path: string): Promise<void> {
  const spec = readGenesisFile(path)
  const block = await computeGenesis(spec)
  const supply = spec.allocations.reduce((sum, one) => sum + one.balanceWei, 0n)
  printTable([
    ['network', spec.name],
    ['chain id', String(spec.chainId)],
    ['genesis hash', block.hash],
    ['chainspec hash', chainSpecHash(spec)],
    ['state root', block.header.stateRoot],
    ['genesis time', new Date(spec.genesisTimeMs).toISOString()],
    ['block gas limit', String(spec.blockGasLimit)],
    ['block interval', `${spec.consensus.minBlockIntervalMs} ms, idle ${spec.consensus.idleIntervalMs} ms`],
    ['epoch', `${spec.consensus.epochLengthBlocks} blocks`],
    ['supply', `${supply / WEI_PER_SAHARA} SAHARA in ${spec.allocations.length} allocations`],
    ['predeploys', spec.predeploys.join(', ')],
    ...spec.validators.map((one, i) => [`validator ${i}`, `power ${one.power}, ${one.peerId}, ${one.blsPublicKey}`]),
  ])
}

async function hash(path: string): Promise<void> {
  printLine((await computeGenesis(readGenesisFile(path))).hash)
}

function check(path: string): void {
  const spec = readGenesisFile(path)
  printLine(
    `${path} is a good genesis of ${spec.name} (chain id ${spec.chainId}) with ${spec.validators.length} validators`,
  )
}
