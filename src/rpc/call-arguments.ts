/**
 * The transaction object of eth_call, eth_estimateGas, eth_createAccessList and eth_fillTransaction, with the overrides
 * of state and block.
 */

import { equalBytes } from '../lib/bytes.ts'
import type { AccountOverride, BlockOverrides, CallRequest, StateOverrides } from '../types/call.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { ZERO_ADDRESS } from '../types/primitives.ts'
import type { AccessListItem, Authorization } from '../types/transaction.ts'
import { serverError } from './errors.ts'
import { address, type Codec, data, fieldOf, fieldsOf, hash, list, uint64, uint256 } from './params.ts'

/** A transaction object as the caller gave it. */
export type CallArguments = {
  readonly from: Address | undefined
  readonly to: Address | undefined
  readonly gas: bigint | undefined
  readonly gasPrice: bigint | undefined
  readonly maxFeePerGas: bigint | undefined
  readonly maxPriorityFeePerGas: bigint | undefined
  readonly value: bigint | undefined
  readonly nonce: bigint | undefined
  readonly data: Uint8Array | undefined
  readonly input: Uint8Array | undefined
  readonly accessList: readonly AccessListItem[] | undefined
  readonly chainId: bigint | undefined
  readonly authorizationList: readonly Authorization[] | undefined
  readonly hasBlobs: boolean
}

const TYPE = 'TransactionArgs'

/** Unknown fields are ignored, as in geth. */
export const callArguments: Codec<CallArguments> = (value) => {
  const fields = fieldsOf(value, `ethapi.${TYPE}`)
  const blobs = fields['blobVersionedHashes']
  return {
    from: fieldOf(fields, 'from', address, TYPE),
    to: fieldOf(fields, 'to', address, TYPE),
    gas: fieldOf(fields, 'gas', uint64, TYPE),
    gasPrice: fieldOf(fields, 'gasPrice', uint256, TYPE),
    maxFeePerGas: fieldOf(fields, 'maxFeePerGas', uint256, TYPE),
    maxPriorityFeePerGas: fieldOf(fields, 'maxPriorityFeePerGas', uint256, TYPE),
    value: fieldOf(fields, 'value', uint256, TYPE),
    nonce: fieldOf(fields, 'nonce', uint64, TYPE),
    data: fieldOf(fields, 'data', data, TYPE),
    input: fieldOf(fields, 'input', data, TYPE),
    accessList: fieldOf(fields, 'accessList', list(accessTuple, 'types.AccessTuple'), TYPE),
    chainId: fieldOf(fields, 'chainId', uint256, TYPE),
    authorizationList: fieldOf(fields, 'authorizationList', list(authorization, 'types.SetCodeAuthorization'), TYPE),
    hasBlobs: Array.isArray(blobs) && blobs.length > 0,
  }
}

const accessTuple: Codec<AccessListItem> = (value) => {
  const fields = fieldsOf(value, 'types.AccessTuple')
  return {
    address: address(fields['address'], 'AccessTuple.address'),
    storageKeys: fieldOf(fields, 'storageKeys', list(hash, 'common.Hash'), 'AccessTuple') ?? [],
  }
}

const authorization: Codec<Authorization> = (value) => {
  const name = 'SetCodeAuthorization'
  const fields = fieldsOf(value, `types.${name}`)
  return {
    chainId: uint256(fields['chainId'], `${name}.chainId`),
    address: address(fields['address'], `${name}.address`),
    nonce: uint64(fields['nonce'], `${name}.nonce`),
    yParity: Number(uint64(fields['yParity'], `${name}.yParity`) & 0xffn),
    r: uint256(fields['r'], `${name}.r`),
    s: uint256(fields['s'], `${name}.s`),
  }
}

/** Checks what no codec can and gives the execution's request; throws geth's errors. */
export function toCallRequest(args: CallArguments, chainId: bigint): CallRequest {
  if (args.hasBlobs) throw serverError('transaction type not supported')
  if (args.gasPrice !== undefined && (args.maxFeePerGas !== undefined || args.maxPriorityFeePerGas !== undefined)) {
    throw serverError('both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  if (args.chainId !== undefined && args.chainId !== chainId) {
    throw serverError(`chainId does not match node's (have=${args.chainId}, want=${chainId})`)
  }
  return {
    from: args.from ?? ZERO_ADDRESS,
    to: args.to ?? null,
    gas: args.gas,
    gasPrice: args.gasPrice,
    maxFeePerGas: args.maxFeePerGas,
    maxPriorityFeePerGas: args.maxPriorityFeePerGas,
    value: args.value ?? 0n,
    nonce: args.nonce,
    data: callData(args),
    accessList: args.accessList,
    authorizationList: args.authorizationList,
  }
}

function callData({ data: older, input }: CallArguments): Uint8Array {
  if (older !== undefined && input !== undefined && !equalBytes(older, input)) {
    throw serverError('both "data" and "input" are set and not equal. Please use "input" to pass transaction call data')
  }
  return input ?? older ?? new Uint8Array(0)
}

/** Address to changes of the account. */
export const stateOverrides: Codec<StateOverrides> = (value) => {
  const fields = fieldsOf(value, 'override.StateOverride')
  return new Map(Object.entries(fields).map(([key, item]) => [address(key), accountOverride(item, key)]))
}

function accountOverride(value: unknown, account: string): AccountOverride {
  const name = 'OverrideAccount'
  const fields = fieldsOf(value, `override.${name}`)
  const state = fieldOf(fields, 'state', slots, name)
  const stateDiff = fieldOf(fields, 'stateDiff', slots, name)
  if (state !== undefined && stateDiff !== undefined) {
    throw serverError(`account ${account} has both 'state' and 'stateDiff'`)
  }
  return withoutUndefined({
    balance: fieldOf(fields, 'balance', uint256, name),
    nonce: fieldOf(fields, 'nonce', uint64, name),
    code: fieldOf(fields, 'code', data, name),
    movePrecompileToAddress: fieldOf(fields, 'movePrecompileToAddress', address, name),
    state,
    stateDiff,
  })
}

const slots: Codec<ReadonlyMap<Hash, Hash>> = (value, field) =>
  new Map(Object.entries(fieldsOf(value, 'map[common.Hash]common.Hash', field)).map(([k, v]) => [hash(k), hash(v)]))

/** Fields of the block context; the names of older clients (`coinbase`, `random`, `baseFee`) are understood too. */
export const blockOverrides: Codec<BlockOverrides> = (value) => {
  const name = 'BlockOverrides'
  const fields = fieldsOf(value, `override.${name}`)
  const number = fieldOf(fields, 'number', uint256, name)
  const time = fieldOf(fields, 'time', uint64, name)
  return withoutUndefined({
    number: number === undefined ? undefined : Number(number),
    time: time === undefined ? undefined : Number(time),
    gasLimit: fieldOf(fields, 'gasLimit', uint64, name),
    feeRecipient: fieldOf(fields, 'feeRecipient', address, name) ?? fieldOf(fields, 'coinbase', address, name),
    prevRandao: fieldOf(fields, 'prevRandao', hash, name) ?? fieldOf(fields, 'random', hash, name),
    baseFeePerGas: fieldOf(fields, 'baseFeePerGas', uint256, name) ?? fieldOf(fields, 'baseFee', uint256, name),
    blobBaseFee: fieldOf(fields, 'blobBaseFee', uint256, name),
  })
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
