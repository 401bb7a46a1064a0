/**
 * `sahara version`: what to put into a report.
 */

import { Command } from 'commander'
import { CLIENT_VERSION } from '../../node/version.ts'
import { printLine } from '../output.ts'

export function versionCommand(): Command {
  return new Command('version').description('print the version of the node, the platform and Node.js').action(() => {
    printLine(CLIENT_VERSION)
  })
}
