/**
 * `sahara asset pool create`, `policy` and `fund`: pools that stand alone, for grants, rewards and airdrops; who may join an
 * asset's pool; and coins for any pool.
 */

import { Command } from 'commander'
import { MAX_BATCH_WEIGHT } from '../../lib/limits.ts'
import { POLICY, POLICY_NAMES, type PolicyName } from '../../precompiles/pools/pool-store.ts'
import { ZERO_ADDRESS } from '../../types/primitives.ts'
import { addressArgument, choiceArgument, refuseArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { type SignFlags, signerOf, withKey } from './asset/flags.ts'
import { eventsOf, sendModule } from './asset/module-calls.ts'
import { amountToTake, shownUnits, type TokenFlags, withToken } from './asset/tokens.ts'
import { poolArgument, unsignedArgument } from './asset/values.ts'

type PolicyFlags = SignFlags & { policy: PolicyName; maxWeight?: bigint }
type CreateFlags = PolicyFlags & { controller?: string }

export function createCommand(): Command {
  const command = withKey(new Command('create'))
    .description('make a pool that belongs to no asset; who may join it is fixed for ever')
    .option('--controller <address>', 'who may append batches; the key’s own account when absent')
  return withPolicy(command).action(create)
}

async function create(flags: CreateFlags): Promise<void> {
  const { rpc, account } = signerOf(flags)
  const policy = policyOf(flags)
  const controller =
    flags.controller === undefined ? account.address : addressArgument('--controller', flags.controller)
  const values = { controller, ...policy }
  const receipt = await sendModule(rpc, account, { module: 'pools', method: 'create', values })
  const [created] = eventsOf(receipt, 'pools', 'PoolCreated')
  const facts = { pool: `${created?.['pool']}`, controller, policy: flags.policy, transaction: receipt.transactionHash }
  if (flags.json === true) printLine(JSON.stringify(facts))
  else printTable(Object.entries(facts))
}

export function policyCommand(): Command {
  const command = withKey(new Command('policy'))
    .description('fix who may join an asset’s pool, which is open otherwise; only before its first batch, and for ever')
    .argument('<pool>', 'the pool', poolArgument('<pool>'))
  return withPolicy(command).action(async (pool: bigint, flags: PolicyFlags) => {
    const { rpc, account } = signerOf(flags)
    const values = { pool, ...policyOf(flags) }
    const receipt = await sendModule(rpc, account, { module: 'pools', method: 'setPolicy', values })
    const facts = { pool: `${pool}`, policy: flags.policy, transaction: receipt.transactionHash }
    if (flags.json === true) printLine(JSON.stringify(facts))
    else printTable(Object.entries(facts))
  })
}

function withPolicy(command: Command): Command {
  return command
    .option(
      '--policy <policy>',
      'closed (after the first batch), capped (at --max-weight) or open',
      choiceArgument<PolicyName>('--policy', POLICY_NAMES),
      'closed',
    )
    .option('--max-weight <number>', 'the cap', unsignedArgument('--max-weight', 1n, MAX_BATCH_WEIGHT - 1n))
}

function policyOf({ policy, maxWeight = 0n }: PolicyFlags): { readonly policy: bigint; readonly maxWeight: bigint } {
  const isCapped = policy === 'capped'
  if (isCapped !== maxWeight > 0n)
    refuseArgument('--max-weight', `${maxWeight}`, '--max-weight with --policy capped, and only there')
  return { policy: POLICY[policy], maxWeight }
}

export function fundCommand(): Command {
  const command = withKey(new Command('fund'))
    .description('put coins into a pool; its contributors share them at once')
    .argument('<pool>', 'the pool', poolArgument('<pool>'))
    .argument('<amount>', 'coins, as 1.5, or smallest units, as 25wei')
  return withToken(command).action(async (pool: bigint, text: string, flags: SignFlags & TokenFlags) => {
    const { rpc, account } = signerOf(flags)
    const { token } = flags
    const amount = await amountToTake(rpc, account, text, flags)
    const valueWei = token === ZERO_ADDRESS ? amount : 0n
    const values = { pool, token, amount }
    const receipt = await sendModule(rpc, account, { module: 'pools', method: 'fund', values, valueWei })
    const facts = { pool: `${pool}`, funded: shownUnits(token, amount), transaction: receipt.transactionHash }
    if (flags.json === true) printLine(JSON.stringify(facts))
    else printTable(Object.entries(facts))
  })
}
