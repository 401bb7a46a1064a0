/**
 * The node's options as flags of a command, derived from the one table in node/config/options.ts.
 */

import { type Command, Option as CommandOption } from 'commander'
import { loadConfig } from '../node/config/load-config.ts'
import {
  acceptedBy,
  environmentName,
  flagName,
  type NodeConfig,
  OPTION_NAMES,
  OPTIONS,
  type Option,
} from '../node/config/options.ts'
import { refuseArgument } from './arguments.ts'

/** Adds --config and one flag for every option; the flags' help shows what is accepted, the default and the variable. */
export function addNodeOptions(command: Command): Command {
  command.addOption(
    new CommandOption('-c, --config <path>', 'the JSON config file [SAHARA_CONFIG]').argParser(onlyOnce('--config')),
  )
  for (const name of OPTION_NAMES) {
    const option: Option = OPTIONS[name]
    const initial = Array.isArray(option.initial) ? option.initial.join(',') : String(option.initial)
    const standard = initial === '' ? '' : `; default ${initial}`
    const help = `${option.help} (${acceptedBy(option)}${standard}) [${environmentName(name)}]`
    const isFlag = option.kind === 'flag'
    const argument = isFlag ? '[true|false]' : option.kind === 'list' ? '<a,b,…>' : `<${option.kind}>`
    command.addOption(new CommandOption(`${flagName(name)} ${argument}`, help))
  }
  return command
}

/** The settings that the command's flags, the environment and the config file give together. */
export function configFromFlags(flags: Readonly<Record<string, unknown>>): NodeConfig {
  const { config, ...rest } = flags
  const configPath = typeof config === 'string' ? config : process.env['SAHARA_CONFIG']
  return loadConfig({ configPath, environment: process.env, flags: rest })
}

function onlyOnce(flag: string): (value: string, previous: unknown) => string {
  return (value, previous) => {
    if (previous !== undefined) refuseArgument(flag, value, 'the flag once')
    return value
  }
}
