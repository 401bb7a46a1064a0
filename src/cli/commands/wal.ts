/**
 * `sahara wal repair`: cuts a damaged consensus log, on a stopped node.
 */

import { Command } from 'commander'
import { layoutOf, lockDataDir } from '../../node/data-dir.ts'
import { computeGenesis } from '../../node/genesis-block.ts'
import { readGenesisFile } from '../../node/genesis-file.ts'
import { walIdentity } from '../../node/wal-identity.ts'
import { diskFolder } from '../../storage/wal-files.ts'
import { repairWal } from '../../storage/wal-open.ts'
import { addNodeOptions, configFromFlags } from '../node-options.ts'
import { printLine } from '../output.ts'

export function walCommand(): Command {
  const repair = new Command('repair')
    .description(
      'cut the consensus log of a stopped node at its first damaged record; the signer still refuses to contradict forgotten votes',
    )
    .action(repairLog)
  return new Command('wal').description('look after the consensus log').addCommand(addNodeOptions(repair))
}

async function repairLog(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const config = configFromFlags(flags)
  const spec = readGenesisFile(config.genesis)
  const genesis = await computeGenesis(spec)
  const lock = lockDataDir(config.dataDir)
  try {
    const folder = layoutOf(config.dataDir).wal
    const cut = await repairWal(await diskFolder(folder), walIdentity(spec.chainId, genesis.hash))
    printLine(
      cut === undefined
        ? `the log in ${folder} is whole`
        : `cut ${cut.bytes} bytes at byte ${cut.offset} of ${cut.file} in ${folder}`,
    )
  } finally {
    lock.release()
  }
}
