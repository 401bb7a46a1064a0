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

/** geth's message; an unknown one is passed on as it is. `op` is the instruction that failed. */
export function gethErrorWords(
  error: string,
  op: { readonly code: number; readonly name: string } | undefined,
): string {
  if (error === 'invalid opcode' && op !== undefined) return `invalid opcode: ${opcodeName(op)}`
  // The library appends where it happened.
  const words = error.replace(/ at .*$/, '')
  return GETH_WORDS.get(words) ?? words
}

function opcodeName(op: { readonly code: number; readonly name: string }): string {
  if (op.code === 0xfe) return 'INVALID'
  return `opcode 0x${op.code.toString(16)} not defined`
}
