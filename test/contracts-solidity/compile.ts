/**
 * Compiles all of contracts/ with solc from npm, once in a test file. Warnings are kept, for the project has none.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Abi } from 'viem'
import { present } from '../../src/lib/assert.ts'

export type Artifact = {
  readonly abi: Abi
  readonly bytecode: `0x${string}`
  /** Bytes of the code that is deployed; 0 of an interface. */
  readonly size: number
}
export type Compilation = { readonly artifacts: ReadonlyMap<string, Artifact>; readonly messages: readonly string[] }

type Output = {
  readonly contracts?: Record<
    string,
    Record<
      string,
      {
        readonly abi: Abi
        readonly evm: {
          readonly bytecode: { readonly object: string }
          readonly deployedBytecode: { readonly object: string }
        }
      }
    >
  >
  readonly errors?: readonly { readonly formattedMessage: string }[]
}
type Compiler = { compile(input: string, callbacks: { import(path: string): object }): string }

const ROOT = fileURLToPath(new URL('../../contracts', import.meta.url))

/** Every source below `folder` of contracts/, by its path from there. */
export function sourcesIn(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.sol')).map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
}

/** Compiles sources of contracts/ and what they import. A contract is found by its name. */
export function compileContracts(paths: readonly string[]): Compilation {
  const solc = createRequire(import.meta.url)('solc') as Compiler
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(paths.map((path) => [path, { content: readFileSync(join(ROOT, path), 'utf8') }])),
    settings: {
      evmVersion: 'osaka',
      optimizer: { enabled: true, runs: 1 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }
  const find = (path: string): object => {
    const file = join(ROOT, path)
    return existsSync(file) ? { contents: readFileSync(file, 'utf8') } : { error: `${path} is not there` }
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find })) as Output
  const artifacts = new Map<string, Artifact>()
  for (const [name, { abi, evm }] of Object.values(output.contracts ?? {}).flatMap((one) => Object.entries(one))) {
    artifacts.set(name, { abi, bytecode: `0x${evm.bytecode.object}`, size: evm.deployedBytecode.object.length / 2 })
  }
  return { artifacts, messages: (output.errors ?? []).map((one) => one.formattedMessage) }
}

/** The contract of this name. */
export function artifactOf({ artifacts, messages }: Compilation, name: string): Artifact {
  return present(artifacts.get(name), `${name} compiles: ${messages.join('\n')}`)
}
