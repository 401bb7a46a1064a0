/**
 * Accounts at the finalized head for the pool, read straight from the database: a few microseconds each.
 */

import { present } from '../../lib/assert.ts'
import type { AccountReader, PoolAccount } from '../../mempool/ports.ts'
import { EMPTY_CODE_HASH } from '../../state/account.ts'
import type { PastState } from '../../state/past-state.ts'
import type { StateReader } from '../../state/state-reader.ts'
import type { Address } from '../../types/primitives.ts'

/** EIP-7702: code that only names another account's. */
const DELEGATION_BYTES = 23
const DELEGATION_PREFIX = [0xef, 0x01, 0x00] as const

const NOBODY: PoolAccount = { nonce: 0n, balanceWei: 0n, code: 'none' }

export class PoolAccounts implements AccountReader {
  private readonly reader: StateReader

  constructor(reader: StateReader) {
    this.reader = reader
  }

  account(address: Address): PoolAccount {
    const state = this.reader.at(present(this.reader.headNumber(), 'genesis is in the database before the pool starts'))
    if (!state.ok) return NOBODY
    const account = state.value.getAccount(address)
    if (account === undefined) return NOBODY
    const { nonce, balance: balanceWei } = account
    return { nonce, balanceWei, code: codeKind(state.value, account.codeHash) }
  }
}

function codeKind(state: PastState, codeHash: typeof EMPTY_CODE_HASH): PoolAccount['code'] {
  if (codeHash === EMPTY_CODE_HASH) return 'none'
  const code = state.getCode(codeHash)
  const isDelegation = code?.length === DELEGATION_BYTES && DELEGATION_PREFIX.every((byte, i) => code[i] === byte)
  return isDelegation ? 'delegated' : 'contract'
}
