/**
 * `sahara asset terms` and `approve`: what an asset asks of whoever builds on it, and consent to one child by itself.
 *
 * Which relations are allowed is always said: what is left out by mistake must not become a licence for everybody.
 */

import { Command } from 'commander'
import { RELATIONS } from '../../precompiles/assets/kinds.ts'
import { ALL_GENERATIONS, MAX_NEW_FLOOR_PPM, MAX_RELATIVES_PPM } from '../../precompiles/assets/ppm.ts'
import { type Address, type Hash, ZERO_HASH } from '../../types/primitives.ts'
import { addressArgument, choiceArgument, refuseArgument } from '../arguments.ts'
import { printFacts } from '../output.ts'
import { numberOption, type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { sendModule } from './asset/module-calls.ts'
import { assetArgument, hashArgument, unsignedArgument } from './asset/values.ts'

type TermsFlags = SignFlags & {
  relations?: readonly string[]
  minRelativePpm: bigint
  floorPpm: bigint
  floorGens: bigint
  approval?: boolean
}

const APPROVE = 'approve(uint64,bytes32,address,(uint8,uint32,uint32,uint8,bytes32))'
const GENERATIONS = 'how many generations; 255 is all'
const ACCEPTED_RELATIONS = `all, none, or some of ${RELATIONS.join(',')}`

export function termsCommand(): Command {
  return withKey(new Command('terms'))
    .description('set what an asset asks of future children, in place of the terms that it has')
    .argument('<asset>', 'the asset', assetArgument('<asset>'))
    .option(
      '--relations <a,b,…>',
      `required: how others may build on it: all, none, or some of ${RELATIONS.join(', ')}`,
      relationsArgument,
    )
    .addOption(
      numberOption(
        '--min-relative-ppm',
        'least share of all income, in parts per million',
        [0n, MAX_RELATIVES_PPM],
        0n,
      ),
    )
    .addOption(
      numberOption(
        '--floor-ppm',
        'share of direct payments that generations of descendants owe',
        [0n, MAX_NEW_FLOOR_PPM],
        0n,
      ),
    )
    .addOption(numberOption('--floor-gens', GENERATIONS, [0n, ALL_GENERATIONS], ALL_GENERATIONS))
    .option('--approval', 'every child needs an approval of its own, whatever it offers')
    .action(setTerms)
}

async function setTerms(id: bigint, flags: TermsFlags): Promise<void> {
  const { relations = refuseArgument('--relations', '', ACCEPTED_RELATIONS), minRelativePpm, floorPpm } = flags
  const { rpc, account } = signerOf(flags)
  const relationMask = relations.reduce((mask, one) => mask | (1n << BigInt(RELATIONS.indexOf(one as never))), 0n)
  const floorGens = gensOf(flags)
  const isOpen = flags.approval !== true
  const values = { id, relationMask, minRelativePpm, floorPpm, floorGens, isOpen }
  const receipt = await sendModule(rpc, account, { module: 'assets', method: 'setTerms', values })
  printFacts(flags, {
    asset: `${id}`,
    relations: relations.join(',') || 'none',
    transaction: receipt.transactionHash,
  })
}

type ApproveFlags = SignFlags & {
  contentHash: Hash
  registrant: Address
  relation: (typeof RELATIONS)[number]
  relativePpm: bigint
  floorPpm: bigint
  floorGens: bigint
  licence: Hash
}

export function approveCommand(): Command {
  return withKey(new Command('approve'))
    .description('approve one child, whatever the terms are; it must register with exactly these values')
    .argument('<parent>', 'the asset that it builds on, whose owner or operator approves', assetArgument('<parent>'))
    .requiredOption('--content-hash <hash>', "the child's content", hashArgument('--content-hash'))
    .requiredOption('--registrant <address>', 'who will register it', (text) => addressArgument('--registrant', text))
    .requiredOption(
      '--relation <relation>',
      `one of ${RELATIONS.join(', ')}`,
      choiceArgument<ApproveFlags['relation']>('--relation', RELATIONS),
    )
    .requiredOption(
      '--relative-ppm <number>',
      'the share of all its income, in parts per million',
      unsignedArgument('--relative-ppm', 0n, MAX_RELATIVES_PPM),
    )
    .addOption(
      numberOption(
        '--floor-ppm',
        'share of direct payments that it and its descendants owe',
        [0n, MAX_NEW_FLOOR_PPM],
        0n,
      ),
    )
    .addOption(numberOption('--floor-gens', GENERATIONS, [0n, ALL_GENERATIONS], ALL_GENERATIONS))
    .option(
      '--licence <hash>',
      'the licence that the edge names, `licenceId` in a description; none when absent',
      hashArgument('--licence'),
      ZERO_HASH,
    )
    .action(approve)
}

async function approve(parent: bigint, flags: ApproveFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const { contentHash, registrant, relation, relativePpm, floorPpm, licence: licenceId } = flags
  const floorGens = gensOf(flags)
  const terms = { relation: BigInt(RELATIONS.indexOf(relation)), relativePpm, floorPpm, floorGens, licenceId }
  const values = { parent, contentHash, registrant, terms }
  const receipt = await sendModule(rpc, account, { module: 'assets', method: APPROVE, values })
  printFacts(flags, {
    ...{ parent: `${parent}`, contentHash, registrant },
    edge: `${parent}:${relation}:${relativePpm}:${floorPpm}:${floorGens}`,
    transaction: receipt.transactionHash,
  })
}

/** A floor of nothing has no generations. */
function gensOf({ floorPpm, floorGens }: { readonly floorPpm: bigint; readonly floorGens: bigint }): bigint {
  return floorPpm === 0n ? 0n : floorGens
}

function relationsArgument(text: string): readonly string[] {
  if (text === 'all') return RELATIONS
  if (text === 'none') return []
  const words = text.split(',')
  const isKnown = words.every((word) => (RELATIONS as readonly string[]).includes(word))
  return isKnown ? words : refuseArgument('--relations', text, ACCEPTED_RELATIONS)
}
