/**
 * `sahara asset pool`: from a list of contributors to a root and a leaf file, and handing leaf files to nodes.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { SumTree } from '../../crypto/merkle-sum-tree.ts'
import { sha256Hash } from '../../crypto/sha256.ts'
import { CodedError, errorMessage } from '../../lib/errors.ts'
import type { FileFailure } from '../../node/json-file.ts'
import {
  checkLeafFile,
  describeLeafFileFailure,
  encodeLeafFile,
  LEAF_NOTICE,
  type LeafFile,
  type LeafFileFailure,
} from '../../node/leaf-files/leaf-file.ts'
import { readContributors } from '../../node/leaf-files/read-contributors.ts'
import type { Hash } from '../../types/primitives.ts'
import { refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { clientOf, type RpcFlags, withRpc } from './asset/flags.ts'
import { progressLine } from './asset/progress.ts'
import { fetchLeafFile, submitLeafFile } from './asset/submit.ts'
import { hashArgument, poolArgument, unsignedArgument } from './asset/values.ts'
import { createCommand, fundCommand, policyCommand } from './asset-pool-own.ts'

export function poolCommand(): Command {
  return new Command('pool')
    .description('pools of contributors: who contributed how much, and their leaf files')
    .addCommand(buildCommand())
    .addCommand(checkCommand())
    .addCommand(submitCommand())
    .addCommand(fetchCommand())
    .addCommand(createCommand())
    .addCommand(policyCommand())
    .addCommand(fundCommand())
}

function buildCommand(): Command {
  return new Command('build')
    .description('make the Merkle-sum root and the leaf file of a list of contributors')
    .argument(
      '<list>',
      'CSV lines of address,weight, or JSON: [{"address": …, "weight": …}], [[address, weight]] or {address: weight}',
    )
    .requiredOption('--output <path>', 'the leaf file to write')
    .option(
      '--merge-duplicates',
      'add up the weights of an account that is named more than once, in place of refusing it',
    )
    .option('--json', 'print JSON')
    .action(build)
}

async function build(
  list: string,
  flags: { output: string; mergeDuplicates?: boolean; json?: boolean },
): Promise<void> {
  refuseExisting(flags.output)
  const progress = progressLine()
  const columns = await readContributors(list, { isMerging: flags.mergeDuplicates === true }, (read, total) =>
    progress.show('reading', read, total),
  )
  const tree = SumTree.build(columns, (done, total) => progress.show('hashing', done, total))
  if (!tree.ok) throw new CodedError(tree.error, `the list makes no tree: ${tree.error.code}`)
  const file = encodeLeafFile(columns, tree.value.root)
  if (!file.ok) throw leafFileError(flags.output, file.error)
  progress.end()
  writeLeafFile(flags.output, file.value)
  const { hash, total, depth } = tree.value.root
  const facts = { root: hash, weight: total, depth, contributors: columns.count, dataHash: sha256Hash(file.value) }
  if (flags.json === true) printLine(JSON.stringify({ ...facts, weight: `${total}`, file: flags.output }))
  else {
    printTable([...Object.entries(facts).map(([name, value]) => [name, `${value}`]), ['leaf file', flags.output]])
    printLine(LEAF_NOTICE.trim())
  }
}

function checkCommand(): Command {
  return new Command('check')
    .description('check that a leaf file is whole and that its leaves have its root')
    .argument('<file>', 'the leaf file')
    .action((path: string) => {
      const { root, columns, dataHash } = readLeafFile(path)
      printTable([
        ['root', root.hash],
        ['weight', `${root.total}`],
        ['depth', `${root.depth}`],
        ['contributors', `${columns.count}`],
        ['dataHash', dataHash],
      ])
    })
}

function submitCommand(): Command {
  return withRpc(new Command('submit'))
    .description('hand the leaf file of a batch to a node, which then makes proofs from it for everyone')
    .argument('<file>', 'the leaf file')
    .requiredOption('--pool <number>', 'the pool', poolArgument('--pool'))
    .requiredOption('--batch <number>', 'the batch', unsignedArgument('--batch', 0n, 2n ** 32n - 1n))
    .action(async (path: string, flags: RpcFlags & { pool: bigint; batch: bigint }) => {
      readLeafFile(path)
      await submitLeafFile(clientOf(flags), readBytes(path), flags.pool, flags.batch)
      printLine(`the node serves ${path} for batch ${flags.batch} of pool ${flags.pool}`)
    })
}

function fetchCommand(): Command {
  return withRpc(new Command('fetch'))
    .description('get a leaf file from a node that serves it, and check it')
    .argument('<dataHash>', "the file's SHA-256, which its batch was appended with", hashArgument('<dataHash>'))
    .requiredOption('--output <path>', 'the leaf file to write')
    .action(async (dataHash: Hash, flags: RpcFlags & { output: string }) => {
      refuseExisting(flags.output)
      const bytes = await fetchLeafFile(clientOf(flags), dataHash)
      if (bytes === undefined) refuseArgument('<dataHash>', dataHash, 'that of a leaf file that the node serves')
      const file = checkLeafFile(bytes)
      if (!file.ok) throw leafFileError(flags.rpcUrl, file.error)
      if (file.value.dataHash !== dataHash)
        refuseArgument('<dataHash>', dataHash, `${file.value.dataHash}, which the node sent`)
      writeLeafFile(flags.output, bytes)
      printLine(`${flags.output} holds ${file.value.columns.count} contributors`)
    })
}

/** A whole leaf file with its tree. Throws CodedError<LeafFileFailure> or FILE_UNREADABLE. */
export function readLeafFile(path: string): LeafFile & { readonly tree: SumTree } {
  const file = checkLeafFile(readBytes(path))
  if (file.ok) return file.value
  throw leafFileError(path, file.error)
}

/** The bytes of a file that exists. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (thrown) {
    const detail: FileFailure = { code: 'FILE_UNREADABLE', path }
    throw new CodedError(detail, `${path} cannot be read: ${errorMessage(thrown)}`)
  }
}

function leafFileError(path: string, failure: LeafFileFailure): CodedError<LeafFileFailure> {
  return new CodedError(failure, `${path}: ${describeLeafFileFailure(failure)}`)
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return
  const detail: FileFailure = { code: 'FILE_EXISTS', path }
  throw new CodedError(detail, `${path} exists already and is not replaced`)
}

function writeLeafFile(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: 'wx', flush: true })
  } catch (thrown) {
    const detail: FileFailure = { code: 'FILE_UNREADABLE', path }
    throw new CodedError(detail, `${path} cannot be written: ${errorMessage(thrown)}`)
  }
}
