/**
 * EIP-7702: the code of an account that delegates to a contract, and setting it by a transaction's authorizations.
 */

import { concatBytes, hexToBytes } from '../lib/bytes.ts'
import { EMPTY_ACCOUNT } from '../state/account.ts'
import type { WorldState } from '../state/world-state.ts'
import { type Address, addressFromBytes, ZERO_ADDRESS } from '../types/primitives.ts'
import type { Authorization } from '../types/transaction.ts'
import { recoverAuthority } from '../types/transaction-codec.ts'

/** What the applied authorizations leave to the message. */
export type AppliedAuthorizations = {
  /** Authorities whose signature was valid: warm, whether the authorization applied or not. */
  readonly authorities: readonly Address[]
  /** Gas given back for authorities that existed; it stays even when the message fails. */
  readonly refund: bigint
}

const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)
const DELEGATION_BYTES = 23
const MAX_NONCE = 2n ** 64n - 1n
/** PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST. */
const EXISTING_ACCOUNT_REFUND = 12_500n

/** True for code that only names the contract which runs in its place. */
export function isDelegation(code: Uint8Array): boolean {
  return code.length === DELEGATION_BYTES && code[0] === 0xef && code[1] === 0x01 && code[2] === 0x00
}

/** The contract that runs in the place of `code`, if it names one. */
export function delegationTarget(code: Uint8Array): Address | undefined {
  return isDelegation(code) ? addressFromBytes(code.subarray(DELEGATION_PREFIX.length)) : undefined
}

/** Applies each authorization that is valid, in order; an invalid one is skipped and changes nothing. */
export function applyAuthorizations(
  authorizations: readonly Authorization[],
  state: WorldState,
  chainId: bigint,
): AppliedAuthorizations {
  const authorities: Address[] = []
  let refund = 0n
  for (const authorization of authorizations) {
    if (authorization.chainId !== 0n && authorization.chainId !== chainId) continue
    if (authorization.nonce >= MAX_NONCE) continue
    const authority = recoverAuthority(authorization)
    if (authority === undefined) continue
    authorities.push(authority)
    if (applyOne(authorization, authority, state)) refund += EXISTING_ACCOUNT_REFUND
  }
  return { authorities, refund }
}

/** True when the authorization applied to an account that existed. */
function applyOne(authorization: Authorization, authority: Address, state: WorldState): boolean {
  const code = state.getCode(authority)
  if (code.length > 0 && !isDelegation(code)) return false
  const existing = state.getAccount(authority)
  const account = existing ?? EMPTY_ACCOUNT
  if (account.nonce !== authorization.nonce) return false
  state.setNonce(authority, account.nonce + 1n)
  const isCleared = authorization.address === ZERO_ADDRESS
  state.setCode(
    authority,
    isCleared ? new Uint8Array(0) : concatBytes(DELEGATION_PREFIX, hexToBytes(authorization.address)),
  )
  return existing !== undefined
}
