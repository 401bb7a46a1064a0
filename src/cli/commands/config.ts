/**
 * `sahara config show`: the settings in force, so that nobody has to guess which source won.
 */

import { Command } from 'commander'
import { addNodeOptions, configFromFlags } from '../node-options.ts'
import { printLine } from '../output.ts'

export function configCommand(): Command {
  const show = new Command('show')
    .description('print the settings that flags, environment, config file and defaults give together, as a config file')
    .action((flags) => printLine(JSON.stringify(nest(configFromFlags(flags)), null, 2)))
  return new Command('config').description('look at the settings of a node').addCommand(addNodeOptions(show))
}

/** {'rpc.port': 1} as {rpc: {port: 1}}. */
export function nest(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    const parts = name.split('.')
    const last = parts.pop() ?? name
    let into = root
    for (const part of parts) {
      const inner = into[part] ?? {}
      into[part] = inner
      into = inner as Record<string, unknown>
    }
    into[last] = value
  }
  return root
}
