/**
 * `sahara asset pool create` and `fund`: pools that stand alone, for grants, rewards and airdrops, and coins for any pool.
 */

import { Command } from 'commander'
import { MAX_BATCH_WEIGHT } from '../../lib/limits.ts'
import { POLICY } from '../../precompiles/pools/pool-store.ts'
import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { addressArgument, choiceArgument, refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { eventsOf, sendModule } from './asset/module-calls.ts'
import { formatBoth, parseAmount, poolArgument, unsignedArgument } from './asset/values.ts'

const POLICIES = ['closed', 'capped', 'open'] as const
type Policy = (typeof POLICIES)[number]
type CreateFlags = SignFlags & { controller?: string; policy: Policy; maxWeight?: bigint }

export function createCommand(): Command {
  return withKey(new Command('create'))
    .description('make a pool that belongs to no asset; who may join it is fixed for ever')
    .option('--controller <address>', 'who may append batches; the key’s own account when absent')
    .option(
      '--policy <policy>',
      'closed (after the first batch), capped (at --max-weight) or open',
      choiceArgument<Policy>('--policy', POLICIES),
      'closed',
    )
    .option('--max-weight <number>', 'the cap', unsignedArgument('--max-weight', 1n, MAX_BATCH_WEIGHT - 1n))
    .action(create)
}

async function create(flags: CreateFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const { policy, maxWeight = 0n } = flags
  const isCapped = policy === 'capped'
  if (isCapped !== maxWeight > 0n)
    refuseArgument('--max-weight', `${maxWeight}`, '--max-weight with --policy capped, and only there')
  const controller =
    flags.controller === undefined ? account.address : addressArgument('--controller', flags.controller)
  const values = { controller, policy: POLICY[policy], maxWeight }
  const receipt = await sendModule(rpc, account, { module: 'pools', method: 'create', values })
  const [created] = eventsOf(receipt, 'pools', 'PoolCreated')
  const facts = { pool: `${created?.['pool']}`, controller, policy, transaction: receipt.transactionHash }
  if (flags.json === true) printLine(JSON.stringify(facts))
  else printTable(Object.entries(facts))
}

export function fundCommand(): Command {
  return withKey(new Command('fund'))
    .description('put coins into a pool; its contributors share them at once')
    .argument('<pool>', 'the pool', poolArgument('<pool>'))
    .argument('<amount>', 'coins, as 1.5, or wei, as 25wei')
    .action(async (pool: bigint, text: string, flags: SignFlags) => {
      const { rpc, account } = signerOf(flags)
      const amount = parseAmount('<amount>', text)
      const values = { pool, token: ZERO_ADDRESS, amount }
      const receipt = await sendModule(rpc, account, { module: 'pools', method: 'fund', values, valueWei: amount })
      const facts = { pool: `${pool}`, funded: formatBoth(amount), transaction: receipt.transactionHash }
      if (flags.json === true) printLine(JSON.stringify(facts))
      else printTable(Object.entries(facts))
    })
}
