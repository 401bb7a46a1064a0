/**
 * `sahara asset`: what people do with assets: build pools of contributors, register, look, pay, claim, and read statements.
 */

import { Command } from 'commander'
import { appendCommand } from './asset-append.ts'
import { auditCommand } from './asset-audit.ts'
import { claimCommand } from './asset-claim.ts'
import { claimPoolCommand } from './asset-claim-pool.ts'
import { payCommand, quoteCommand } from './asset-pay.ts'
import { poolCommand } from './asset-pool.ts'
import { commitCommand, registerCommand } from './asset-register.ts'
import { lineageCommand, showCommand } from './asset-show.ts'
import { earningsCommand, entitlementsCommand } from './asset-statements.ts'
import { approveCommand, termsCommand } from './asset-terms.ts'
import { tokenCommand } from './asset-token.ts'

export function assetCommand(): Command {
  const command = new Command('asset').description('register, pay and claim: datasets, models and agents that earn')
  for (const one of [
    poolCommand(),
    termsCommand(),
    approveCommand(),
    commitCommand(),
    registerCommand(),
    appendCommand(),
    showCommand(),
    lineageCommand(),
    quoteCommand(),
    payCommand(),
    tokenCommand(),
    claimCommand(),
    claimPoolCommand(),
    earningsCommand(),
    entitlementsCommand(),
    auditCommand(),
  ]) {
    command.addCommand(one)
  }
  return command
}
