/**
 * Genesis of the native modules: accounts that are never empty, and the chainspec's parameters where modules read them.
 */

import { describe, expect, it } from 'vitest'
import { chainSpecHash } from '../../src/chainspec/chain-spec.ts'
import { DEVELOPMENT_ATTRIBUTION } from '../../src/chainspec/networks.ts'
import { computeGenesis } from '../../src/node/genesis-block.ts'
import { ROYALTY_MODULE } from '../../src/precompiles/addresses.ts'
import { UNMETERED } from '../../src/precompiles/context.ts'
import { writeModuleGenesis } from '../../src/precompiles/genesis.ts'
import { listToken, parameters, tokenCell, tokenIndexCell } from '../../src/precompiles/parameters.ts'
import { ATTRIBUTION_MODULES, blockEndsOf, modulesOf } from '../../src/precompiles/registry.ts'
import { MODULE_STUB_CODE } from '../../src/precompiles/standard-errors.ts'
import { Cells } from '../../src/state/cells.ts'
import type { StateSource } from '../../src/state/state-source.ts'
import { WorldState } from '../../src/state/world-state.ts'
import type { Address } from '../../src/types/primitives.ts'
import { openChain, testSpec } from '../execution/support.ts'

const NOWHERE: StateSource = { getAccount: () => undefined, getStorage: () => 0n, getCode: () => undefined }
const TOKEN = { address: `0x${'ab'.repeat(20)}` as Address, decimals: 6, flushMin: 5n, slotMin: 7n }

function genesis(rules = DEVELOPMENT_ATTRIBUTION): { readonly state: WorldState; readonly cells: Cells } {
  const state = new WorldState(NOWHERE)
  writeModuleGenesis(rules, ATTRIBUTION_MODULES, state)
  return { state, cells: new Cells(state, ROYALTY_MODULE, UNMETERED) }
}

describe('the genesis of native modules', () => {
  it('gives every module nonce 1 and the stub code', () => {
    const { state } = genesis()
    expect(ATTRIBUTION_MODULES.map((one) => one.name)).toEqual(['assets', 'royalty', 'pools'])
    for (const { address } of ATTRIBUTION_MODULES) {
      expect(state.getNonce(address)).toBe(1n)
      expect(state.getCode(address)).toEqual(MODULE_STUB_CODE)
      expect(state.isEmpty(address)).toBe(false)
    }
  })

  it('writes every parameter where it is read', () => {
    const { cells } = genesis()
    const { tokens, flushMinWei, slotMinWei, protocolFeePpm, ...rest } = DEVELOPMENT_ATTRIBUTION
    expect(parameters(cells)).toMatchObject(rest)
    expect(parameters(cells).protocolFeePpm).toBe(BigInt(protocolFeePpm))
    expect(parameters(cells).threshold(0)).toEqual({ flushMin: flushMinWei, slotMin: slotMinWei })
    expect(parameters(cells).tokenCount).toBe(tokens.length)
  })

  it('lists tokens from index 1 on, each with its decimals and thresholds', () => {
    const second = { ...TOKEN, address: `0x${'cd'.repeat(20)}` as Address, decimals: 18 }
    const { cells } = genesis({ ...DEVELOPMENT_ATTRIBUTION, tokens: [TOKEN] })
    expect(listToken(cells, second)).toBe(2)
    expect(parameters(cells).tokenCount).toBe(2)
    expect(tokenCell.read(cells, { token: 1 })).toEqual({ address: BigInt(TOKEN.address), decimals: 6n, isListed: 1n })
    expect(tokenIndexCell.read(cells, { address: second.address })).toEqual({ token: 2n })
    expect(parameters(cells).threshold(1)).toEqual({ flushMin: 5n, slotMin: 7n })
    expect(parameters(cells).protocolFeePpm).toBe(1_000n)
  })
})

describe('a chain', () => {
  it('has modules and their work at the end of blocks exactly with the attribution section', () => {
    const { attribution, ...plain } = testSpec()
    expect(attribution).toBeDefined()
    expect(modulesOf(testSpec()).length).toBe(3)
    expect(blockEndsOf(testSpec()).map((one) => one.name)).toEqual(['royalty-sweep'])
    expect([modulesOf(plain), blockEndsOf(plain)]).toEqual([[], []])
  })

  it('commits to the parameters in its state root, the same wherever genesis is computed', async () => {
    const spec = testSpec()
    const chain = await openChain({ spec })
    const { hash, header } = await computeGenesis(spec)
    expect(chain.executor.head().block.hash).toBe(hash)
    const other = { ...spec, attribution: { ...DEVELOPMENT_ATTRIBUTION, sweepUnits: 1 } }
    expect(chainSpecHash(other)).not.toBe(chainSpecHash(spec))
    expect((await computeGenesis(other)).header.stateRoot).not.toBe(header.stateRoot)
  })
})
