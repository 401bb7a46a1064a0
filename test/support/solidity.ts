/**
 * Compiles Solidity with solc from npm, as a test needs it.
 */

import { createRequire } from 'node:module'
import type { Abi } from 'viem'
import { present } from '../../src/lib/assert.ts'
import { hexToBytes } from '../../src/lib/bytes.ts'

export type CompiledContract = { readonly abi: Abi; readonly bytecode: `0x${string}`; readonly runtime: Uint8Array }

type Code = { readonly object: string }
type Output = {
  readonly contracts?: Record<
    string,
    Record<string, { readonly abi: Abi; readonly evm: { readonly bytecode: Code; readonly deployedBytecode: Code } }>
  >
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
}

/** The contracts of one source file by name. Throws the compiler's words when it does not compile. */
export function compileSolidity(source: string): ReadonlyMap<string, CompiledContract> {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
  const input = {
    language: 'Solidity',
    sources: { 'Test.sol': { content: source } },
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as Output
  const faults = (output.errors ?? []).filter((one) => one.severity === 'error').map((one) => one.formattedMessage)
  const contracts = present(output.contracts?.['Test.sol'], `the source compiles: ${faults.join('\n')}`)
  return new Map(
    Object.entries(contracts).map(([name, { abi, evm }]) => {
      const runtime = hexToBytes(`0x${evm.deployedBytecode.object}`)
      return [name, { abi, bytecode: `0x${evm.bytecode.object}`, runtime }]
    }),
  )
}
