/**
 * `sahara init`: a node's folder with its keys and a config file, ready for a genesis file.
 */

import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { readGenesisFile } from '../../node/genesis-file.ts'
import { writeJsonFile } from '../../node/json-file.ts'
import { createPassword, createValidatorKey, writeValidatorKey } from '../../node/validator-key.ts'
import { createNodeKey, writeNodeKey } from '../../p2p/node-key.ts'
import { printLine, printTable } from '../output.ts'

type Flags = { dataDir: string; validator?: boolean; genesis?: string }

export function initCommand(): Command {
  return new Command('init')
    .description("make a node's folder: keys/, config.json and, if given, genesis.json")
    .option('--data-dir <path>', 'the folder to make', './sahara')
    .option('--validator', 'also make a validator key (EIP-2335 keystore with a random password beside it)')
    .option('--genesis <path>', 'a genesis file to check and copy into the folder')
    .action(init)
}

async function init(flags: Flags): Promise<void> {
  const root = resolve(flags.dataDir)
  const isValidator = flags.validator === true
  if (flags.genesis !== undefined) readGenesisFile(flags.genesis)
  mkdirSync(root, { recursive: true, mode: 0o700 })
  writeJsonFile(join(root, 'config.json'), {
    dataDir: '.',
    validator: { enabled: isValidator },
    rpc: { port: 8545 },
    p2p: { host: '0.0.0.0', port: 30_300, bootstrap: [] },
    metrics: { port: 9_100 },
  })
  const nodeKey = await createNodeKey()
  await writeNodeKey(join(root, 'keys', 'node.key'), nodeKey)
  const rows = [
    ['folder', root],
    ['peer id', nodeKey.peerId],
  ]
  if (isValidator) {
    const key = createValidatorKey()
    const keys = join(root, 'keys')
    writeValidatorKey(join(keys, 'validator.json'), join(keys, 'validator.password'), key, createPassword(), 'new')
    rows.push(['validator key', key.publicKey])
  }
  if (flags.genesis !== undefined) copyFileSync(flags.genesis, join(root, 'genesis.json'))
  printTable(rows)
  printLine(
    flags.genesis === undefined
      ? `next: put the chain's genesis.json into ${root} (sahara genesis …), then sahara start --config ${join(root, 'config.json')}`
      : `next: sahara start --config ${join(root, 'config.json')}`,
  )
}
