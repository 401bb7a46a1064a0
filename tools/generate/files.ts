/**
 * The generated files by path, as they must be.
 */

import { ATTRIBUTION_MODULES } from '../../src/precompiles/registry.ts'
import { abiFile } from './abi.ts'
import { documentation } from './documentation.ts'
import { interfaceFile, standardErrorsFile } from './solidity.ts'

/** Path and text of every generated file. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['contracts/interfaces/INativeModule.sol', standardErrorsFile()],
    ['docs/precompiles.md', documentation(ATTRIBUTION_MODULES)],
  ])
  for (const module of ATTRIBUTION_MODULES) {
    files.set(`contracts/interfaces/I${module.title}.sol`, interfaceFile(module))
    files.set(`src/abi/${module.name}.ts`, abiFile(module))
  }
  return files
}
