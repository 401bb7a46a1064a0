/**
 * The reference engine's words for a failure in geth's, which wallets and libraries match (docs/rpc.md section 5).
 */

const GETH_WORDS: ReadonlyMap<string, string> = new Map([
  ['revert', 'execution reverted'],
  ['code store out of gas', 'contract creation code storage out of gas'],
  ['code size to deposit exceeds maximum code size', 'max code size exceeded'],
  ['invalid JUMP', 'invalid jump destination'],
  ['static state change', 'write protection'],
  ['create collision', 'contract address collision'],
  ['value out of range', 'gas uint64 overflow'],
  ['insufficient balance', 'insufficient balance for transfer'],
  ['invalid bytecode deployed', 'invalid code: must not begin with 0xef'],
  ['initcode exceeds max initcode size', 'max initcode size exceeded'],
])

const STACK_LIMIT = 1_024

/** How many items the instructions take, where it is one or more: [first, last, items]. */
const STACK_NEEDS: readonly (readonly [number, number, number])[] = [
  [0x01, 0x07, 2],
  [0x08, 0x09, 3],
  [0x0a, 0x0b, 2],
  [0x10, 0x14, 2],
  [0x15, 0x15, 1],
  [0x16, 0x18, 2],
  [0x19, 0x19, 1],
  [0x1a, 0x1d, 2],
  [0x1e, 0x1e, 1],
  [0x20, 0x20, 2],
  [0x31, 0x31, 1],
  [0x35, 0x35, 1],
  [0x37, 0x37, 3],
  [0x39, 0x39, 3],
  [0x3b, 0x3b, 1],
  [0x3c, 0x3c, 4],
  [0x3e, 0x3e, 3],
  [0x3f, 0x40, 1],
  [0x49, 0x49, 1],
  [0x50, 0x51, 1],
  [0x52, 0x53, 2],
  [0x54, 0x54, 1],
  [0x55, 0x55, 2],
  [0x56, 0x56, 1],
  [0x57, 0x57, 2],
  [0x5c, 0x5c, 1],
  [0x5d, 0x5d, 2],
  [0x5e, 0x5e, 3],
  [0xf0, 0xf0, 3],
  [0xf1, 0xf2, 7],
  [0xf3, 0xf3, 2],
  [0xf4, 0xf4, 6],
  [0xf5, 0xf5, 4],
  [0xfa, 0xfa, 6],
  [0xfd, 0xfd, 2],
  [0xff, 0xff, 1],
]

/** The instruction that failed, and how many items it found on the stack. */
export type FailedOperation = { readonly code: number; readonly stackItems: number }

/** geth's message; an unknown one is passed on as it is. */
export function gethErrorWords(error: string, op: FailedOperation | undefined): string {
  // The library appends where it happened.
  const words = error.replace(/ at .*$/, '')
  if (op !== undefined) {
    if (words === 'invalid opcode') return `invalid opcode: ${opcodeName(op.code)}`
    if (words === 'stack underflow') return `stack underflow (${op.stackItems} <=> ${stackNeed(op.code)})`
    // Every instruction that adds items adds one.
    if (words === 'stack overflow') return `stack limit reached ${STACK_LIMIT} (${STACK_LIMIT - 1})`
  }
  return GETH_WORDS.get(words) ?? words
}

function opcodeName(code: number): string {
  return code === 0xfe ? 'INVALID' : `opcode 0x${code.toString(16)} not defined`
}

function stackNeed(code: number): number {
  if (code >= 0x80 && code <= 0x8f) return code - 0x7f
  if (code >= 0x90 && code <= 0x9f) return code - 0x8e
  if (code >= 0xa0 && code <= 0xa4) return code - 0x9e
  return STACK_NEEDS.find(([first, last]) => code >= first && code <= last)?.[2] ?? 0
}
