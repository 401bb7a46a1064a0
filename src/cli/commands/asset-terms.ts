/**
 * `sahara asset terms`: what an asset asks of whoever builds on it.
 *
 * Which relations are allowed is always said: what is left out by mistake must not become a licence for everybody.
 */

import { Command } from 'commander'
import { RELATIONS } from '../../precompiles/assets/kinds.ts'
import { ALL_GENERATIONS, MAX_NEW_FLOOR_PPM, MAX_RELATIVES_PPM } from '../../precompiles/assets/ppm.ts'
import { refuseArgument } from '../arguments.ts'
import { printFacts } from '../output.ts'
import { numberOption, type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { sendModule } from './asset/module-calls.ts'
import { assetArgument } from './asset/values.ts'

type TermsFlags = SignFlags & {
  relations?: readonly string[]
  minRelativePpm: bigint
  floorPpm: bigint
  floorGens: bigint
  approval?: boolean
}

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
    .addOption(numberOption('--floor-gens', 'how many generations; 255 is all', [0n, ALL_GENERATIONS], ALL_GENERATIONS))
    .option('--approval', 'every child needs an approval of its own, whatever it offers')
    .action(setTerms)
}

async function setTerms(id: bigint, flags: TermsFlags): Promise<void> {
  const { relations = refuseArgument('--relations', '', ACCEPTED_RELATIONS), minRelativePpm, floorPpm } = flags
  const { rpc, account } = signerOf(flags)
  const relationMask = relations.reduce((mask, one) => mask | (1n << BigInt(RELATIONS.indexOf(one as never))), 0n)
  // A floor of nothing has no generations.
  const floorGens = floorPpm === 0n ? 0n : flags.floorGens
  const isOpen = flags.approval !== true
  const values = { id, relationMask, minRelativePpm, floorPpm, floorGens, isOpen }
  const receipt = await sendModule(rpc, account, { module: 'assets', method: 'setTerms', values })
  printFacts(flags, {
    asset: `${id}`,
    relations: relations.join(',') || 'none',
    transaction: receipt.transactionHash,
  })
}

function relationsArgument(text: string): readonly string[] {
  if (text === 'all') return RELATIONS
  if (text === 'none') return []
  const words = text.split(',')
  const isKnown = words.every((word) => (RELATIONS as readonly string[]).includes(word))
  return isKnown ? words : refuseArgument('--relations', text, ACCEPTED_RELATIONS)
}
