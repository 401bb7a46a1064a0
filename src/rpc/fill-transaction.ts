/**
 * eth_fillTransaction: the nonce, gas limit, fees and chain id that an unsigned transaction lacks, as geth fills them.
 */

import { bigintToBytes, concatBytes, hexToBytes } from '../lib/bytes.ts'
import type { CallRequest } from '../types/call.ts'
import { encodeRlp, type RlpItem, rlpInteger } from '../types/rlp.ts'
import type { Transaction } from '../types/transaction.ts'
import { type CallArguments, toCallRequest } from './call-arguments.ts'
import { authorizationJson } from './encode/transaction-json.ts'
import { serverError } from './errors.ts'
import { dataHex, quantity } from './hex.ts'
import type { Services } from './services.ts'

type Fees = Pick<Transaction, 'gasPrice' | 'maxFeePerGas' | 'maxPriorityFeePerGas'>
type Filled = Omit<Transaction, 'yParity' | 'r' | 's'>

/** The filled transaction as {raw, tx}; `raw` is its encoding with an empty signature. */
export async function fillTransaction(
  services: Services,
  args: CallArguments,
  estimate: (request: CallRequest) => Promise<bigint>,
): Promise<object> {
  const { facts, pool } = services.ports
  const request = toCallRequest(args, facts.chainId)
  if (request.to === null && request.data.length === 0) {
    throw serverError('contract creation without any data provided')
  }
  const fees = fillFees(services, args)
  const tx: Filled = {
    type: typeOf(args),
    chainId: facts.chainId,
    nonce: args.nonce ?? pool.nextNonce(request.from),
    ...fees,
    gasLimit: args.gas ?? (await estimate({ ...request, ...fees })),
    to: request.to,
    value: request.value,
    data: request.data,
    accessList: args.accessList ?? [],
    authorizationList: args.authorizationList ?? [],
  }
  return { raw: dataHex(encodeUnsigned(tx)), tx: filledJson(tx) }
}

function typeOf(args: CallArguments): Transaction['type'] {
  if (args.authorizationList !== undefined) return 4
  if (args.gasPrice === undefined) return 2
  return args.accessList === undefined ? 0 : 1
}

function fillFees({ fees }: Services, args: CallArguments): Fees {
  if (args.gasPrice !== undefined) {
    return { gasPrice: args.gasPrice, maxFeePerGas: undefined, maxPriorityFeePerGas: undefined }
  }
  const tip = args.maxPriorityFeePerGas ?? lower(fees.suggestedTip(), args.maxFeePerGas)
  const most = args.maxFeePerGas ?? fees.nextBaseFee() * 2n + tip
  if (most < tip) throw serverError(`maxFeePerGas (${most}) < maxPriorityFeePerGas (${tip})`)
  return { gasPrice: undefined, maxFeePerGas: most, maxPriorityFeePerGas: tip }
}

function lower(value: bigint, bound: bigint | undefined): bigint {
  return bound !== undefined && bound < value ? bound : value
}

function encodeUnsigned(tx: Filled): Uint8Array {
  const to = tx.to === null ? new Uint8Array(0) : hexToBytes(tx.to)
  const body: RlpItem[] = [rlpInteger(tx.gasLimit), to, rlpInteger(tx.value), tx.data]
  const signature: RlpItem[] = [rlpInteger(0), rlpInteger(0), rlpInteger(0)]
  const nonce = rlpInteger(tx.nonce)
  if (tx.type === 0) return encodeRlp([nonce, rlpInteger(tx.gasPrice ?? 0n), ...body, ...signature])
  const accessList = tx.accessList.map((one) => [hexToBytes(one.address), one.storageKeys.map(hexToBytes)])
  const prices =
    tx.type === 1
      ? [rlpInteger(tx.gasPrice ?? 0n)]
      : [rlpInteger(tx.maxPriorityFeePerGas ?? 0n), rlpInteger(tx.maxFeePerGas ?? 0n)]
  const authorizations: RlpItem[] = tx.type === 4 ? [tx.authorizationList.map(authorizationFields)] : []
  const chainId = bigintToBytes(tx.chainId ?? 0n)
  const fields = [chainId, nonce, ...prices, ...body, accessList, ...authorizations, ...signature]
  return concatBytes(Uint8Array.of(tx.type), encodeRlp(fields))
}

function authorizationFields(one: Transaction['authorizationList'][number]): RlpItem {
  const { chainId, address, nonce, yParity, r, s } = one
  return [
    rlpInteger(chainId),
    hexToBytes(address),
    rlpInteger(nonce),
    rlpInteger(yParity),
    rlpInteger(r),
    rlpInteger(s),
  ]
}

function filledJson(tx: Filled): object {
  const chainId = quantity(tx.chainId ?? 0n)
  return {
    type: quantity(tx.type),
    ...(tx.type === 0 ? {} : { chainId, accessList: tx.accessList, yParity: '0x0' }),
    ...(tx.type === 4 ? { authorizationList: tx.authorizationList.map(authorizationJson) } : {}),
    ...(tx.type === 2 || tx.type === 4
      ? {
          maxFeePerGas: quantity(tx.maxFeePerGas ?? 0n),
          maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas ?? 0n),
        }
      : {}),
    gasPrice: quantity(tx.gasPrice ?? tx.maxFeePerGas ?? 0n),
    nonce: quantity(tx.nonce),
    to: tx.to,
    gas: quantity(tx.gasLimit),
    value: quantity(tx.value),
    input: dataHex(tx.data),
    v: '0x0',
    r: '0x0',
    s: '0x0',
  }
}
