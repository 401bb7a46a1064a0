/**
 * `sahara asset commit` and `register`: how assets come to be.
 *
 * The salt of a commitment is derived from the account's key and the content, so a registration that was interrupted goes on
 * where it stopped, with nothing to keep in between.
 */

import { setTimeout as wait } from 'node:timers/promises'
import { Command } from 'commander'
import { keccak256Hash } from '../../crypto/keccak.ts'
import { concatBytes, hexToBytes } from '../../lib/bytes.ts'
import { CodedError } from '../../lib/errors.ts'
import { MAX_COMMITMENT_AGE_BLOCKS, MIN_COMMITMENT_AGE_BLOCKS } from '../../lib/limits.ts'
import { commitments } from '../../precompiles/assets/asset-cells.ts'
import { commitmentPreimage } from '../../precompiles/assets/commitments.ts'
import { ASSET_KINDS } from '../../precompiles/assets/kinds.ts'
import { MAX_ROYALTY_BPS, WHOLE_PPM } from '../../precompiles/assets/ppm.ts'
import { type Hash, hashFromBigint } from '../../types/primitives.ts'
import { choiceArgument } from '../arguments.ts'
import { printFacts } from '../output.ts'
import type { Account } from './asset/account-key.ts'
import {
  type AssetKind,
  type EdgeInput,
  parentArgument,
  type RegistrationFlags,
  readRegistration,
} from './asset/description.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { eventsOf, type ModuleCall, readModule, sendModule } from './asset/module-calls.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { hashArgument, unsignedArgument } from './asset/values.ts'

const REGISTER =
  'register(uint8,bytes32,bytes32,string,(uint64,uint8,uint32,uint32,uint8,bytes32)[],uint32,uint16,bytes32)'
const SALT_DOMAIN = new TextEncoder().encode('sahara asset commitment')
/** Between two looks at the head. */
const POLL_MS = 100
/** How long two blocks may take before the command gives up; it can be run again. */
const COMMITMENT_WAIT_MS = 120_000

type RegisterFlags = SignFlags & RegistrationFlags & { salt?: Hash }

export function commitCommand(): Command {
  return withRegistration(withKey(new Command('commit')))
    .description('announce a registration without showing what it is; `register` does this by itself')
    .action(async (path: string | undefined, flags: RegisterFlags) => {
      const { rpc, account } = signerOf(flags)
      const { contentHash } = await readRegistration(path, flags)
      const salt = flags.salt ?? saltOf(account, contentHash)
      const block = await commit(rpc, account, contentHash, salt)
      printFacts(flags, { contentHash, salt, committedAtBlock: `${block}` })
    })
}

export function registerCommand(): Command {
  return withRegistration(withKey(new Command('register')))
    .description('register an asset: commits, waits two blocks, registers')
    .action(async (path: string | undefined, flags: RegisterFlags) => {
      const { rpc, account } = signerOf(flags)
      const registration = await readRegistration(path, flags)
      const salt = flags.salt ?? saltOf(account, registration.contentHash)
      const call = { module: 'assets', method: REGISTER, values: { ...registration, salt } } as const
      await rehearse(rpc, account, call, commitmentOf(account, registration.contentHash, salt))
      const committedAt = await commit(rpc, account, registration.contentHash, salt)
      await waitForBlock(rpc, committedAt + BigInt(MIN_COMMITMENT_AGE_BLOCKS) - 1n)
      const receipt = await sendModule(rpc, account, call)
      const [registered] = eventsOf(receipt, 'assets', 'Registered')
      printFacts(flags, {
        asset: `${registered?.['id']}`,
        owner: account.address,
        contentHash: registration.contentHash,
        lineageHash: `${registered?.['lineageHash']}`,
        transaction: receipt.transactionHash,
      })
    })
}

function withRegistration(command: Command): Command {
  return command
    .argument(
      '[description]',
      'a JSON description: {"kind", "contentHash" or "contentFile", "dataRoot", "uri", "parents", "poolPpm", "royaltyBps"}',
    )
    .option('--kind <kind>', `one of ${ASSET_KINDS.join(', ')}`, choiceArgument<AssetKind>('--kind', ASSET_KINDS))
    .option('--content-hash <hash>', 'names the content; not registered before', hashArgument('--content-hash'))
    .option('--content-file <path>', 'the content itself, whose SHA-256 is its hash')
    .option('--data-root <hash>', 'commits to the data behind it', hashArgument('--data-root'))
    .option('--uri <text>', 'where it is described')
    .option<readonly EdgeInput[]>(
      '--parent <edge>',
      'ID:RELATION:RELATIVE_PPM[:FLOOR_PPM[:FLOOR_GENS]]; once for each parent',
      parentArgument,
    )
    .option(
      '--pool-ppm <number>',
      'share of its contributors, in parts per million',
      unsignedArgument('--pool-ppm', 0n, WHOLE_PPM),
    )
    .option(
      '--royalty-bps <number>',
      'royalty of resales, in hundredths of a percent',
      unsignedArgument('--royalty-bps', 0n, MAX_ROYALTY_BPS),
    )
    .option('--salt <hash>', 'of the commitment; derived from the key when absent', hashArgument('--salt'))
}

/**
 * Throws the module's refusal of a registration before anything is paid for it: the call is made as if the commitment were
 * old enough. What changes in the two blocks until the real one can still refuse it.
 */
async function rehearse(rpc: RpcClient, account: Account, call: ModuleCall, commitment: Hash): Promise<void> {
  // A commitment of block 0 would be none.
  const block = (await rpc.askQuantity('eth_blockNumber')) + 1n
  const slots = { [commitments.slot({ commitment })]: hashFromBigint(commitments.pack({ block })) }
  const blockNumber = block + BigInt(MIN_COMMITMENT_AGE_BLOCKS)
  await readModule(rpc, call, { from: account.address, slots, blockNumber })
}

/** Commits unless that was done before and still holds; the block that the commitment counts from. */
async function commit(rpc: RpcClient, account: Account, contentHash: Hash, salt: Hash): Promise<bigint> {
  const values = { commitment: commitmentOf(account, contentHash, salt) }
  const asked = { module: 'assets', method: 'committedAtBlock', values } as const
  const { blockNumber } = await readModule<{ blockNumber: bigint }>(rpc, asked)
  const head = await rpc.askQuantity('eth_blockNumber')
  if (blockNumber > 0n && head < blockNumber + BigInt(MAX_COMMITMENT_AGE_BLOCKS)) return blockNumber
  const receipt = await sendModule(rpc, account, { module: 'assets', method: 'commit', values })
  return BigInt(receipt.blockNumber)
}

/** Until the block after it can hold the revelation. */
async function waitForBlock(rpc: RpcClient, number: bigint): Promise<void> {
  const deadline = Date.now() + COMMITMENT_WAIT_MS
  while ((await rpc.askQuantity('eth_blockNumber')) < number) {
    if (Date.now() > deadline) {
      const detail = { code: 'CHAIN_STANDS_STILL', block: `${number}` } as const
      throw new CodedError(detail, `block ${number} did not come; run the command again when the chain goes on`)
    }
    await wait(POLL_MS)
  }
}

function commitmentOf({ address }: Account, contentHash: Hash, salt: Hash): Hash {
  return keccak256Hash(commitmentPreimage(contentHash, address, salt))
}

function saltOf({ privateKey }: Account, contentHash: Hash): Hash {
  return keccak256Hash(concatBytes(SALT_DOMAIN, privateKey, hexToBytes(contentHash)))
}
