/**
 * What is generated from the declarations of native modules is fresh, and Solidity's compiler reads it as we mean it.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Abi, type AbiItem, toEventSelector, toFunctionSelector } from 'viem'
import { formatAbiItem } from 'viem/utils'
import { describe, expect, it } from 'vitest'
import { ASSETS_ABI, ASSETS_ADDRESS } from '../../src/abi/assets.ts'
import { POOLS_ABI, POOLS_ADDRESS } from '../../src/abi/pools.ts'
import { ROYALTY_ABI, ROYALTY_ADDRESS } from '../../src/abi/royalty.ts'
import { present } from '../../src/lib/assert.ts'
import { ASSETS_MODULE, POOLS_MODULE, ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { generatedFiles } from '../../tools/generate/files.ts'
import { compileSolidity } from '../support/solidity.ts'
import { ROOT, readSource } from './sources.ts'

const MODULES: readonly { readonly name: string; readonly abi: Abi }[] = [
  { name: 'IAssets', abi: ASSETS_ABI },
  { name: 'IRoyalty', abi: ROYALTY_ABI },
  { name: 'IPools', abi: POOLS_ABI },
]

/** Everything an item says, as text that does not depend on the order of keys. */
function textOf(item: AbiItem): string {
  const indexed = item.type === 'event' ? item.inputs.map((one) => one.indexed === true) : []
  const mutability = item.type === 'function' ? `${item.stateMutability} ${namesOf(item.outputs)}` : ''
  const inputs = 'inputs' in item ? namesOf(item.inputs ?? []) : ''
  return `${item.type} ${formatAbiItem(item as never)} ${inputs} ${mutability} ${indexed.join()}`
}

type Named = { readonly name?: string | undefined; readonly type: string; readonly components?: readonly Named[] }

/** Names of parameters with those of their components; Solidity keeps some words to itself. */
function namesOf(list: readonly unknown[]): string {
  return (list as readonly Named[])
    .map(({ name = '', type, components = [] }) => `${type} ${name.replace(/_$/, '')}(${namesOf(components)})`)
    .join()
}

describe('generated files', () => {
  it('are fresh: npm run generate changes nothing', () => {
    for (const [path, text] of generatedFiles()) {
      expect(existsSync(join(ROOT, path)), `${path} is missing`).toBe(true)
      expect(readSource(path) === text, `${path} is stale: npm run generate`).toBe(true)
    }
  })

  it('compile, each with an interface of the very ABI of src/abi', () => {
    for (const { name, abi } of MODULES) {
      const compiled = present(compileSolidity(readSource(`contracts/interfaces/${name}.sol`)).get(name), name)
      const standard = compileSolidity(readSource('contracts/interfaces/INativeModule.sol')).get('INativeModule')
      const items = [...compiled.abi, ...present(standard, 'the standard errors').abi]
      expect(items.map(textOf).sort()).toEqual(abi.map(textOf).sort())
    }
  })

  it('name the addresses of the modules', () => {
    const addresses = [ASSETS_ADDRESS, ROYALTY_ADDRESS, POOLS_ADDRESS].map((one) => one.toLowerCase())
    expect(addresses).toEqual([ASSETS_MODULE, ROYALTY_MODULE, POOLS_MODULE])
  })

  it('have the selectors and topics that are documented for wallets', () => {
    const pay = present(
      ROYALTY_ABI.find((one) => one.type === 'function' && one.name === 'pay'),
      'there is a method pay',
    )
    expect(toFunctionSelector(pay as never)).toBe(toFunctionSelector('pay(uint64,bytes32)'))
    const paid = present(
      ROYALTY_ABI.find((one) => one.type === 'event' && one.name === 'Paid'),
      'there is an event Paid',
    )
    expect(toEventSelector(paid as never)).toBe(toEventSelector('Paid(uint64,address,address,uint256,bytes32)'))
  })
})
