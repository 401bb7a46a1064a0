/**
 * `sahara asset audit`: whether the books balance, and whether of every token as much is here as they say is owed.
 */

import { Command } from 'commander'
import { bytesToHex } from '../../lib/bytes.ts'
import { encodeTuple, selectorOf } from '../../precompiles/abi.ts'
import { address as addressType, tupleOf } from '../../precompiles/abi-types.ts'
import { ROYALTY_MODULE } from '../../precompiles/addresses.ts'
import type { Address } from '../../types/primitives.ts'
import { printLine, printTable } from '../output.ts'
import { clientOf, type RpcFlags, withRpc } from './asset/flags.ts'
import type { RpcClient } from './asset/rpc-client.ts'
import { type Standing, standingOf, tokenUnits } from './asset/tokens.ts'
import { quantity, tokenName } from './asset/values.ts'

type BooksJson = Readonly<Record<string, string | boolean | null>> & {
  readonly token: Address
  readonly booked: string
  readonly balance: string | null
}
type AuditJson = { readonly blockNumber: string; readonly isConserved: boolean; readonly tokens: readonly BooksJson[] }
type Holding = { readonly standing: Standing; readonly balance: bigint | undefined }

const TERMS = ['totalIn', 'claimed', 'booked', 'carries', 'owed', 'pools', 'escrow', 'bonds', 'difference']
const BALANCE_OF = selectorOf('balanceOf(address)')
const BALANCE_OF_PARAMS = tupleOf({ account: addressType })

export function auditCommand(): Command {
  return withRpc(new Command('audit'))
    .description('add up everything the ledger holds for somebody, and compare it with its books')
    .action(async (flags: RpcFlags) => {
      const rpc = clientOf(flags)
      const audit = await rpc.ask<AuditJson>('sahara_auditConservation')
      const holdings = await holdingsOf(rpc, audit)
      if (flags.json === true) printLine(JSON.stringify({ ...audit, tokens: holdings.map(holdingJson) }))
      else printAudit(audit, holdings)
      if (!audit.isConserved) process.exitCode = 1
    })
}

/** What is here of every token in the block of the audit. */
async function holdingsOf(
  rpc: RpcClient,
  { blockNumber, tokens }: AuditJson,
): Promise<readonly (readonly [BooksJson, Holding])[]> {
  const unitOf = await tokenUnits(rpc)
  const holdings: [BooksJson, Holding][] = []
  for (const books of tokens) {
    const { standing, surplus } = await standingOf(rpc, books.token, BigInt(blockNumber))
    const sound = standing === 'sound' ? BigInt(books.booked) + surplus : undefined
    const short =
      standing === 'frozen' ? (await unitsHere(rpc, books.token, blockNumber)) * unitOf(books.token) : undefined
    const told = typeof books.balance === 'string' ? BigInt(books.balance) : undefined
    holdings.push([books, { standing, balance: told ?? sound ?? short }])
  }
  return holdings
}

/** The ledger's balance of a token that is read, in units of the token. */
async function unitsHere(rpc: RpcClient, token: Address, blockNumber: string): Promise<bigint> {
  const data = bytesToHex(encodeTuple(BALANCE_OF_PARAMS, { account: ROYALTY_MODULE }, BALANCE_OF))
  return rpc.askQuantity('eth_call', { to: token, data }, blockNumber)
}

function printAudit(
  { blockNumber, isConserved }: AuditJson,
  holdings: readonly (readonly [BooksJson, Holding])[],
): void {
  for (const [books, holding] of holdings) {
    const terms = TERMS.flatMap((term) => {
      return typeof books[term] === 'string' ? [[term, `${BigInt(books[term])} wei`]] : []
    })
    printTable([
      ['token', tokenName(books.token)],
      ...terms,
      ['balance', holding.balance === undefined ? 'not told by the token' : `${holding.balance} wei`],
      ['standing', describeStanding(holding, BigInt(books.booked))],
    ])
  }
  printLine(`block ${BigInt(blockNumber)}: conserved=${isConserved}`)
}

function describeStanding({ standing, balance = 0n }: Holding, booked: bigint): string {
  return standing === 'frozen' ? `frozen: ${booked - balance} wei short of what is booked` : standing
}

/** As the node tells it, with what was read beside it. */
function holdingJson([books, { standing, balance }]: readonly [BooksJson, Holding]): object {
  return { ...books, balance: balance === undefined ? null : quantity(balance), standing }
}
