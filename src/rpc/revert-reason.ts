/**
 * The reason in a revert's data: Solidity's Error(string) and Panic(uint256), in the words geth uses.
 */

import { bytesToBigint, bytesToHex } from '../lib/bytes.ts'

const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'

const PANIC_REASONS: Readonly<Record<string, string>> = {
  '0': 'generic panic',
  '1': 'assert(false)',
  '17': 'arithmetic underflow or overflow',
  '18': 'division or modulo by zero',
  '33': 'enum overflow',
  '34': 'invalid encoded storage byte array accessed',
  '49': 'out-of-bounds array access; popping on an empty array',
  '50': 'out-of-bounds access of an array or bytesN',
  '65': 'out of memory',
  '81': 'uninitialized function',
}

/** The reason as text; undefined when the data is something else, such as a custom error. */
export function decodeRevertReason(data: Uint8Array): string | undefined {
  if (data.length < 4) return undefined
  const selector = bytesToHex(data.subarray(0, 4))
  const body = data.subarray(4)
  if (selector === ERROR_SELECTOR) return decodeErrorString(body)
  if (selector === PANIC_SELECTOR && body.length >= 32) return describePanic(bytesToBigint(body.subarray(0, 32)))
  return undefined
}

function decodeErrorString(body: Uint8Array): string | undefined {
  const offset = safeWord(body, 0)
  if (offset === undefined) return undefined
  const length = safeWord(body, offset)
  if (length === undefined || offset + 32 + length > body.length) return undefined
  return Buffer.from(body.subarray(offset + 32, offset + 32 + length)).toString('utf8')
}

/** The 32-byte word at `offset` when it is there and small enough to be an offset or a length. */
function safeWord(body: Uint8Array, offset: number): number | undefined {
  if (offset + 32 > body.length) return undefined
  const value = bytesToBigint(body.subarray(offset, offset + 32))
  return value <= BigInt(body.length) ? Number(value) : undefined
}

function describePanic(code: bigint): string {
  return PANIC_REASONS[code.toString()] ?? `unknown panic code: 0x${code.toString(16)}`
}
