/**
 * What a claim of leaves did, told as it happens: a relayed claim is many transactions, and those that were mined stay mined
 * when a later one fails. In JSON it is one object, which an interrupted claim prints as well.
 */

import { ZERO_ADDRESS } from '../../../types/primitives.ts'
import { printLine, printTable } from '../../output.ts'
import { type LeftOut, printLeftOut } from './left-out.ts'
import { eventsOf, type ReceiptJson } from './module-calls.ts'
import { formatBoth, tokenName } from './values.ts'

type Paid = Readonly<Record<string, unknown>>

export class ClaimReport {
  private readonly isJson: boolean
  private readonly paid: Paid[] = []
  private readonly transactions: string[] = []
  private readonly leftOut: LeftOut[] = []

  constructor(isJson: boolean) {
    this.isJson = isJson
  }

  /** What the claim does without. */
  leaveOut(leftOut: readonly LeftOut[]): void {
    this.leftOut.push(...leftOut)
    if (!this.isJson) printLeftOut(leftOut)
  }

  /** Something that people should know. */
  note(text: string): void {
    if (!this.isJson) printLine(text)
  }

  /** Leaves for which no transaction was needed. */
  passOver(leaves: string, why: string): void {
    if (!this.isJson) printLine(`${leaves}: ${why}`)
  }

  /** A transaction that was mined. */
  add(leaves: string, receipt: ReceiptJson): void {
    const paid = eventsOf(receipt, 'pools', 'LeafClaimed')
    this.paid.push(...paid)
    this.transactions.push(receipt.transactionHash)
    if (this.isJson) return
    const sums = sumsOf(paid).map(({ token, amount, fee }) => {
      return fee === 0n ? shownAmount(token, amount) : `${shownAmount(token, amount)}, fee ${shownAmount(token, fee)}`
    })
    const count = paid.length === 1 ? '1 leaf paid' : `${paid.length} leaves paid`
    printLine(`${receipt.transactionHash}: ${leaves}: ${[count, ...sums].join(', ')}`)
  }

  /** Before an error is told: what was done until then. */
  interrupt(): void {
    if (this.isJson && this.transactions.length > 0) this.printJson()
  }

  /** The sums; `nothing` is said when there was nothing to claim. Ends with 1 when all there was is left out. */
  end(nothing: string): void {
    const isEmpty = this.transactions.length === 0
    const isLeftOut = isEmpty && this.leftOut.length > 0
    if (isLeftOut) process.exitCode = 1
    if (this.isJson) this.printJson()
    else if (isLeftOut) printLine('nothing is claimed: all there is was left out')
    else if (isEmpty) printLine(nothing)
    else this.printSums()
  }

  private printSums(): void {
    printTable([
      ['leaves paid', `${this.paid.length}`],
      ...sumsOf(this.paid).flatMap(({ token, amount, fee }) => [
        ['amount', shownAmount(token, amount)],
        ...(fee === 0n ? [] : [['fee', shownAmount(token, fee)]]),
      ]),
    ])
  }

  private printJson(): void {
    const { paid: leaves, transactions, leftOut } = this
    const text = (_name: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
    printLine(JSON.stringify({ leaves, transactions, leftOut }, text))
  }
}

/** A token counts in units of its own. */
export function shownAmount(token: string, amount: bigint): string {
  return token === ZERO_ADDRESS ? `${formatBoth(amount)} native` : `${amount} smallest units of ${tokenName(token)}`
}

type Sum = { readonly token: string; readonly amount: bigint; readonly fee: bigint }

function sumsOf(paid: readonly Paid[]): readonly Sum[] {
  const sums = new Map<string, Sum>()
  for (const one of paid) {
    const token = String(one['token'])
    const { amount, fee } = sums.get(token) ?? { amount: 0n, fee: 0n }
    sums.set(token, { token, amount: amount + (one['amount'] as bigint), fee: fee + (one['fee'] as bigint) })
  }
  return [...sums.values()]
}
