/**
 * Everything under contracts/ compiles without a warning, fits where it is deployed, and the models answer exactly the
 * methods of the modules beside the few that only a model has.
 */

import { toFunctionSelector } from 'viem'
import { beforeAll, describe, expect, it } from 'vitest'
import { bytesToHex } from '../../src/lib/bytes.ts'
import { assets } from '../../src/precompiles/assets/assets.ts'
import type { ModuleDefinition } from '../../src/precompiles/module.ts'
import { pools } from '../../src/precompiles/pools/pools.ts'
import { royalty } from '../../src/precompiles/royalty/royalty.ts'
import { artifactOf, type Compilation, compileContracts, sourcesIn } from './compile.ts'

/** The most code that an account may have (EIP-170). */
const MAX_CODE_BYTES = 24_576

let compilation: Compilation

beforeAll(() => {
  compilation = compileContracts(['interfaces', 'libraries', 'mocks', 'examples'].flatMap(sourcesIn))
}, 120_000)

/** Selectors of the functions of these contracts together. */
function selectorsOf(contracts: readonly string[]): string[] {
  const items = contracts.flatMap((name) => [...artifactOf(compilation, name).abi])
  return items.flatMap((item) => (item.type === 'function' ? [toFunctionSelector(item)] : [])).sort()
}

function methodsOf(module: ModuleDefinition): string[] {
  return module.methods.map(({ selector }) => bytesToHex(selector))
}

describe('the contracts', () => {
  it('compile without a warning', () => {
    expect(compilation.messages).toEqual([])
  })

  it('fit into an account each', () => {
    const sizes = [...compilation.artifacts].filter(([, { size }]) => size > MAX_CODE_BYTES)
    expect(sizes).toEqual([])
  })

  it.each([
    ['IAssets', assets],
    ['IRoyalty', royalty],
    ['IPools', pools],
  ] as const)('%s has the methods of its module', (name, module) => {
    expect(selectorsOf([name])).toEqual(methodsOf(module).sort())
  })

  it.each([
    [assets, ['MockAssets', 'MockAssetsConsent', 'MockAssetsToken'], ['IAssetsLinks']],
    [royalty, ['MockRoyalty', 'MockRoyaltySweep', 'MockRoyaltyViews'], ['IRoyaltyLinks']],
    [pools, ['MockPools', 'MockPoolsDisputes'], ['IPoolsLinks']],
  ] as const)('the model of $name answers its methods, and links to the other models', (module, parts, links) => {
    const own = new Set([...methodsOf(module), ...selectorsOf(links), ...selectorsOf(['IMockControls'])])
    const answered = selectorsOf(parts)
    expect(new Set(answered).size).toBe(answered.length)
    for (const selector of methodsOf(module)) expect(answered).toContain(selector)
    expect(answered.filter((selector) => !own.has(selector))).toEqual([])
  })
})
