/**
 * Flags that asset commands share.
 */

import { type Command, Option } from 'commander'
import { refuseArgument } from '../../arguments.ts'
import { type Account, type KeyFlags, loadAccount } from './account-key.ts'
import { RpcClient } from './rpc-client.ts'
import { unsignedArgument } from './values.ts'

export type RpcFlags = { readonly rpcUrl: string; readonly json?: boolean }
export type SignFlags = RpcFlags & KeyFlags

const DEFAULT_URL = 'http://127.0.0.1:8545'

/** --rpc-url and --json. */
export function withRpc(command: Command): Command {
  return command
    .option('--rpc-url <url>', "a node's JSON-RPC [SAHARA_RPC_URL]", process.env['SAHARA_RPC_URL'] ?? DEFAULT_URL)
    .option('--json', 'print JSON')
}

/** The same and the key that signs. */
export function withKey(command: Command): Command {
  return withRpc(command)
    .option(
      '--key <path>',
      "the account's key file, as `sahara keys new account` writes it [SAHARA_PRIVATE_KEY: the key itself]",
    )
    .option('--data-dir <path>', 'where the only account key in keys/ is taken from when no other is named', './sahara')
}

/** `--name <number>`: a whole number within bounds that has a default. Help shows the default as text, for JSON has no bigint. */
export function numberOption(
  name: string,
  description: string,
  [minimum, maximum]: readonly [bigint, bigint],
  standard: bigint,
): Option {
  return new Option(`${name} <number>`, description)
    .argParser(unsignedArgument(name, minimum, maximum))
    .default(standard, `${standard}`)
}

export function clientOf({ rpcUrl }: RpcFlags): RpcClient {
  if (!URL.canParse(rpcUrl) || !/^https?:/.test(rpcUrl)) refuseArgument('--rpc-url', rpcUrl, 'an http or https URL')
  return new RpcClient(rpcUrl)
}

export function signerOf(flags: SignFlags): { readonly rpc: RpcClient; readonly account: Account } {
  return { rpc: clientOf(flags), account: loadAccount(flags) }
}
