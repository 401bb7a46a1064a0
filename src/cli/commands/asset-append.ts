/**
 * `sahara asset append`: makes a leaf file's contributors a batch of a pool, and hands the file to the node.
 */

import { Command } from 'commander'
import { MAX_RELAY_FEE_PPM } from '../../lib/limits.ts'
import { accountAt, weightAt } from '../../node/leaf-files/contributors.ts'
import { printFacts, printLine } from '../output.ts'
import { numberOption, type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { eventsOf, type ModuleCall, sendModule } from './asset/module-calls.ts'
import { submitLeafFile } from './asset/submit.ts'
import { formatPpm, poolArgument } from './asset/values.ts'
import { readBytes, readLeafFile } from './asset-pool.ts'

type Flags = SignFlags & { relayFeePpm: bigint; submit: boolean }

export function appendCommand(): Command {
  return withKey(new Command('append'))
    .description("append a leaf file's contributors to a pool; they earn once the notice has passed")
    .argument('<pool>', "the pool: an asset's number, or that of a pool that stands alone", poolArgument('<pool>'))
    .argument('<file>', 'the leaf file that `pool build` wrote')
    .addOption(
      numberOption(
        '--relay-fee-ppm',
        'parts per million of each claim for whoever submits it for somebody else',
        [0n, BigInt(MAX_RELAY_FEE_PPM)],
        0n,
      ),
    )
    .option('--no-submit', 'do not hand the leaf file to the node')
    .action(append)
}

async function append(pool: bigint, path: string, flags: Flags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const receipt = await sendModule(rpc, account, appendCall(pool, path, flags.relayFeePpm))
  const [queued] = eventsOf(receipt, 'pools', 'BatchQueued')
  const batch = queued?.['batch'] as bigint
  const facts = {
    ...{ pool: `${pool}`, batch: `${batch}`, weight: `${queued?.['weight']}`, relayFee: formatPpm(flags.relayFeePpm) },
    ...{ readyAtBlock: `${queued?.['readyAtBlock']}`, dataHash: `${queued?.['dataHash']}` },
    transaction: receipt.transactionHash,
  }
  printFacts(flags, facts)
  if (!flags.submit) return
  await submitLeafFile(rpc, readBytes(path), pool, batch)
  if (flags.json !== true) printLine(`${rpc.url} serves the leaf file`)
}

/** The call that appends a leaf file: by its root's preimage, or by the only leaf. */
function appendCall(pool: bigint, path: string, relayFeePpm: bigint): ModuleCall {
  const { root, tree, dataHash, columns } = readLeafFile(path)
  const preimage = tree.rootPreimage()
  if (preimage === undefined) {
    const leaf = { index: 0n, account: accountAt(columns, 0), weight: weightAt(columns, 0) }
    return { module: 'pools', method: 'appendLeaf', values: { pool, leaf, dataHash, relayFeePpm } }
  }
  const { left, right } = preimage
  const sumRoot = { leftHash: left.hash, leftSum: left.sum, rightHash: right.hash, rightSum: right.sum }
  const values = { pool, root: sumRoot, weight: root.total, depth: BigInt(root.depth), dataHash, relayFeePpm }
  return { module: 'pools', method: 'append', values }
}
