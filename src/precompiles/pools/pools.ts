/**
 * N03, the pools: what an asset or anybody else pays to contributors, by weight, in batches that are Merkle-sum trees.
 */

import { POOLS_MODULE } from '../addresses.ts'
import { defineModule } from '../module.ts'
import {
  NotEnoughGas,
  Reentered,
  TokenDelisted,
  TokenFrozen,
  TokenLied,
  TokenRefused,
  TokenUnreadable,
  TotalTooLarge,
  UnknownToken,
  WrongValue,
  ZeroAmount,
} from '../royalty/royalty-errors.ts'
import { append, appendLeaf, create, setController, setPolicy } from './batch-methods.ts'
import { claim, claimAcross, claimMany, setPayee } from './claim-methods.ts'
import { answerEmpty, answerLeaf, demandLeaf, returnBond, revokeUnanswered } from './demand-methods.ts'
import { freeze, releaseEscrow, revoke, unfreeze, withdraw } from './dispute-methods.ts'
import { POOL_ERRORS } from './errors.ts'
import { POOL_EVENTS } from './events.ts'
import { fund } from './fund-method.ts'
import { POOL_CELLS } from './pool-cells.ts'
import { batchPaidOut, batchState, demandOf, entitled, ledger, payee, state } from './view-methods.ts'

/** Refusals of the custody that pools share with the royalty ledger. */
const CUSTODY_ERRORS = [
  NotEnoughGas,
  Reentered,
  TokenDelisted,
  TokenFrozen,
  TokenLied,
  TokenRefused,
  TokenUnreadable,
  TotalTooLarge,
  UnknownToken,
  WrongValue,
  ZeroAmount,
]

export const pools = defineModule({
  name: 'pools',
  title: 'Pools',
  notes:
    'What comes into a pool is shared among its contributors by weight, however many they are: a credit costs the same for one and for sixteen million. Contributors are appended in batches, Merkle-sum trees of which the chain stores the root; each claims with a proof. The pool of an asset has the id of the asset. What is funded and paid is in units of the token, all else in units of 1e-18.',
  address: POOLS_MODULE,
  errors: [...POOL_ERRORS, ...CUSTODY_ERRORS],
  events: POOL_EVENTS,
  cells: POOL_CELLS,
  methods: [
    ...[create, setPolicy, setController, append, appendLeaf, withdraw],
    ...[fund, claim, claimMany, claimAcross, setPayee],
    ...[freeze, unfreeze, revoke, releaseEscrow],
    ...[demandLeaf, answerLeaf, answerEmpty, revokeUnanswered, returnBond],
    ...[state, batchState, ledger, entitled, batchPaidOut, payee, demandOf],
  ],
})
