/**
 * What the pools log. Who is in which batch, what it may earn and what it was paid can be followed from these alone.
 */

import { address, bool, bytes32, uint8, uint32, uint64, uint128, uint256 } from '../abi-types.ts'
import { defineEvent, indexed } from '../module.ts'

export const PoolCreated = defineEvent(
  'PoolCreated',
  { pool: indexed(uint64), controller: indexed(address), policy: uint8, maxWeight: uint128 },
  'A stand-alone pool was created. The pool of an asset comes with Registered.',
)
export const PolicySet = defineEvent('PolicySet', {
  pool: indexed(uint64),
  policy: uint8,
  maxWeight: uint128,
})
export const ControllerChanged = defineEvent('ControllerChanged', {
  pool: indexed(uint64),
  previous: indexed(address),
  controller: indexed(address),
})

export const BatchQueued = defineEvent(
  'BatchQueued',
  {
    pool: indexed(uint64),
    batch: indexed(uint32),
    dataHash: indexed(bytes32),
    root: bytes32,
    weight: uint128,
    depth: uint8,
    relayFeePpm: uint32,
    readyAtBlock: uint64,
  },
  'A batch was appended. It earns from its activation on, at the end of a block not before readyAtBlock.',
)
export const BatchActivated = defineEvent('BatchActivated', {
  pool: indexed(uint64),
  batch: indexed(uint32),
  weight: uint128,
  totalWeight: uint128,
})
export const BatchFrozen = defineEvent('BatchFrozen', { pool: indexed(uint64), batch: indexed(uint32) })
export const BatchUnfrozen = defineEvent('BatchUnfrozen', { pool: indexed(uint64), batch: indexed(uint32) })
export const RevocationQueued = defineEvent(
  'RevocationQueued',
  { pool: indexed(uint64), batch: indexed(uint32), by: indexed(address), isForfeit: bool, evidence: bytes32 },
  'The batch stops earning at the end of the block in which all that was queued has been swept.',
)
export const BatchRevoked = defineEvent('BatchRevoked', {
  pool: indexed(uint64),
  batch: indexed(uint32),
  isForfeit: bool,
  totalWeight: uint128,
})

export const Funded = defineEvent(
  'Funded',
  { pool: indexed(uint64), funder: indexed(address), token: indexed(address), amount: uint256 },
  'Somebody put coins into a pool, in units of the token.',
)
export const LeafClaimed = defineEvent(
  'LeafClaimed',
  {
    pool: indexed(uint64),
    account: indexed(address),
    token: indexed(address),
    batch: uint32,
    index: uint64,
    payee: address,
    amount: uint256,
    fee: uint256,
  },
  'A leaf was paid, in units of the token: amount to the payee, fee to whoever submitted the claim. When a token refuses the payee, the amount is owed to it in the royalty ledger (ClaimRefused).',
)
export const PayeeSet = defineEvent('PayeeSet', { account: indexed(address), payee: indexed(address) })
export const EscrowReleased = defineEvent('EscrowReleased', {
  pool: indexed(uint64),
  token: indexed(address),
  account: indexed(address),
  amount: uint256,
})

export const LeafDemanded = defineEvent(
  'LeafDemanded',
  {
    pool: indexed(uint64),
    batch: indexed(uint32),
    demander: indexed(address),
    index: uint64,
    bond: uint256,
    dueAtBlock: uint64,
  },
  'Somebody asks for a leaf to be shown; unanswered after dueAtBlock, anyone may revoke the batch.',
)
export const LeafAnswered = defineEvent(
  'LeafAnswered',
  {
    pool: indexed(uint64),
    batch: indexed(uint32),
    answerer: indexed(address),
    index: uint64,
    account: address,
    weight: uint128,
  },
  'The leaf was shown; its proof is in the calldata of this transaction. An empty place has no account and no weight.',
)
export const BondReturned = defineEvent('BondReturned', {
  pool: indexed(uint64),
  batch: indexed(uint32),
  demander: indexed(address),
  index: uint64,
  bond: uint256,
})

/** All of them, for the module. */
export const POOL_EVENTS = [
  PoolCreated,
  PolicySet,
  ControllerChanged,
  BatchQueued,
  BatchActivated,
  BatchFrozen,
  BatchUnfrozen,
  RevocationQueued,
  BatchRevoked,
  Funded,
  LeafClaimed,
  PayeeSet,
  EscrowReleased,
  LeafDemanded,
  LeafAnswered,
  BondReturned,
]
