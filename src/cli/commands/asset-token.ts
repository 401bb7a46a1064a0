/**
 * `sahara asset token`: which tokens assets can be paid in, and listing one, which only the dispute authority may.
 */

import { Command } from 'commander'
import { LEDGER_DECIMALS } from '../../precompiles/royalty/tokens.ts'
import { addressArgument } from '../arguments.ts'
import { printLine, printTable } from '../output.ts'
import { clientOf, type RpcFlags, type SignFlags, signerOf, withKey, withRpc } from './asset/flags.ts'
import { eventsOf, sendModule } from './asset/module-calls.ts'
import { listedTokens, standingOf } from './asset/tokens.ts'
import { parseAmount, tokenName, unsignedArgument } from './asset/values.ts'

export function tokenCommand(): Command {
  return new Command('token')
    .description('tokens in which assets can be paid')
    .addCommand(listCommand())
    .addCommand(addCommand())
}

function listCommand(): Command {
  return withRpc(new Command('list'))
    .description('show the tokens that are listed; the native coin always is')
    .action(async (flags: RpcFlags) => {
      const rpc = clientOf(flags)
      const facts = []
      for (const one of await listedTokens(rpc)) {
        const { standing } = await standingOf(rpc, one.token)
        facts.push({ ...one, decimals: Number(one.decimals), standing })
      }
      if (flags.json === true) return printLine(JSON.stringify(facts))
      const rows = facts.map(({ token, decimals, isPayable, standing }) => [
        ...[tokenName(token), `${decimals}`, isPayable ? 'yes' : 'no', standing],
      ])
      printTable([['token', 'decimals', 'payable', 'standing'], ...rows])
    })
}

type AddFlags = SignFlags & { decimals: bigint; flushMin: string; slotMin: string }

function addCommand(): Command {
  const thresholds = 'tokens, as 0.5: deeper ancestors are paid when their node holds'
  return withKey(new Command('add'))
    .description('list an ERC-20 that neither rebases nor burns on transfer; with the key of the dispute authority')
    .argument('<token>', 'its address')
    .requiredOption(
      '--decimals <number>',
      'of the token; fixed for ever',
      unsignedArgument('--decimals', 0n, BigInt(LEDGER_DECIMALS)),
    )
    .option('--flush-min <amount>', `${thresholds} this`, '0.01')
    .option('--slot-min <amount>', `${thresholds} this for each slot`, '0.0001')
    .action(async (text: string, flags: AddFlags) => {
      const { rpc, account } = signerOf(flags)
      const token = addressArgument('<token>', text)
      const flushMin = parseAmount('--flush-min', flags.flushMin)
      const slotMin = parseAmount('--slot-min', flags.slotMin)
      const values = { token, decimals: flags.decimals, flushMin, slotMin }
      const receipt = await sendModule(rpc, account, { module: 'royalty', method: 'listToken', values })
      const [added] = eventsOf(receipt, 'royalty', 'TokenAdded')
      const facts = { token, index: `${added?.['index']}`, transaction: receipt.transactionHash }
      if (flags.json === true) printLine(JSON.stringify(facts))
      else printTable(Object.entries(facts))
    })
}
