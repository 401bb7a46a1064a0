/**
 * The commands, and how their failures reach a person: one line with the code and the sentence, and an exit code.
 */

import { Command, CommanderError } from 'commander'
import { CodedError, errorMessage } from '../lib/errors.ts'
import { VERSION } from '../node/version.ts'
import { assetCommand } from './commands/asset.ts'
import { configCommand } from './commands/config.ts'
import { devnetCommand } from './commands/devnet.ts'
import { genesisCommand } from './commands/genesis.ts'
import { initCommand } from './commands/init.ts'
import { keysCommand } from './commands/keys.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { testnetCommand } from './commands/testnet.ts'
import { versionCommand } from './commands/version.ts'
import { walCommand } from './commands/wal.ts'
import { EXIT_OK, EXIT_UNEXPECTED, EXIT_USAGE, exitCodeOf } from './exit-codes.ts'

/** Runs the command of `argv` (with node and the script first) and resolves with the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv)
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT_OK
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT_OK : EXIT_USAGE
    process.stderr.write(`${describeFailure(thrown)}\n`)
    return thrown instanceof CodedError ? exitCodeOf(thrown.code) : EXIT_UNEXPECTED
  }
}

/** The whole tree of commands. */
export function createProgram(): Command {
  const program = new Command('sahara')
    .description('A proof-of-stake L1 node on which AI earns for everyone who helped to make it.')
    .version(VERSION, '-V, --version', 'print the version')
    .showHelpAfterError('(add --help for what is accepted)')
    .showSuggestionAfterError()
  for (const command of [
    devnetCommand(),
    initCommand(),
    keysCommand(),
    genesisCommand(),
    startCommand(),
    statusCommand(),
    testnetCommand(),
    assetCommand(),
    configCommand(),
    walCommand(),
    versionCommand(),
  ]) {
    program.addCommand(command)
  }
  return throwInsteadOfExiting(program)
}

/** Commander ends the process by itself unless every command of the tree is told not to. */
function throwInsteadOfExiting(command: Command): Command {
  command.exitOverride().configureHelp({ showGlobalOptions: false })
  for (const one of command.commands) throwInsteadOfExiting(one as Command)
  return command
}

function describeFailure(thrown: unknown): string {
  if (thrown instanceof CodedError) return `error ${thrown.code}: ${thrown.message}`
  return thrown instanceof Error && thrown.stack !== undefined
    ? `error: ${thrown.stack}`
    : `error: ${errorMessage(thrown)}`
}
