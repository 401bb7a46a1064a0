/**
 * sahara_* of attribution over the server: what parameters must be, and what a chain at its beginning answers.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import { present } from '../../src/lib/assert.ts'
import { MAX_CLAIM_PROOF_LEAVES, MAX_LEAF_PIECE_BYTES } from '../../src/lib/limits.ts'
import { RpcAttribution } from '../../src/node/adapters/attribution.ts'
import type { AttributionReads } from '../../src/node/adapters/attribution-reads.ts'
import { silentLogger } from '../../src/telemetry/log.ts'
import { AttributionChain } from '../node/attribution-chain.ts'
import { MemoryChain } from '../support/memory-chain.ts'
import { RpcHarness } from '../support/rpc-harness.ts'

const ACCOUNT = `0x${'aa'.repeat(20)}`
const HASH = `0x${'ab'.repeat(32)}`

let rpc: RpcHarness
beforeAll(async () => {
  const world = await AttributionChain.open()
  const reads = world.reads as unknown as Record<string, (argument: unknown) => Promise<never>>
  const attribution = new RpcAttribution({
    reads: {
      read: (name: keyof AttributionReads, argument: unknown) => present(reads[name], 'it is a reading')(argument),
    },
    headNumber: () => 0,
    leaves: undefined,
    log: silentLogger,
  })
  rpc = new RpcHarness({ ports: { ...new MemoryChain().ports, attribution } })
})

describe('parameters', () => {
  it.each<[string, readonly unknown[], string]>([
    ['sahara_getAsset', [], 'missing value for required argument 0'],
    ['sahara_getAsset', ['1'], 'hex string without 0x prefix'],
    ['sahara_getLineage', ['0x1', { limit: '0x0' }], 'limit 0, want 1 to 1000'],
    ['sahara_getLineage', ['0x1', { limit: '0x3e9' }], 'limit 1001, want 1 to 1000'],
    ['sahara_claimProof', ['0x1', '0x0'], 'missing value for required argument 2'],
    ['sahara_claimProof', ['0x1', '0x0', []], `0 leaves, want 1 to ${MAX_CLAIM_PROOF_LEAVES}`],
    ['sahara_claimProof', ['0x1', '0x0', ['0x2', '0x2']], 'indices are not distinct and ascending'],
    ['sahara_claimProof', ['0x1', '0x0', '0x12345678901234567'], 'hex number > 64 bits'],
    ['sahara_entitlements', ['0x12'], 'want 40 for common.Address'],
    ['sahara_earnings', [ACCOUNT, '0x0'], 'missing value for required argument 2'],
    ['sahara_earnings', [ACCOUNT, '0x0', '0x1'], 'block range extends beyond current head block'],
    ['sahara_submitLeafFile', [{ pool: '0x1', batch: '0x0', data: '0x00' }], 'missing field LeafUpload.offset'],
    ['sahara_submitLeafFile', [{ pool: '0x1', batch: '0x0', offset: '0x0', data: '0x' }], 'a piece of 0 bytes'],
    [
      'sahara_getLeafFile',
      [HASH, '0x0', `0x${(MAX_LEAF_PIECE_BYTES + 1).toString(16)}`],
      'at most 1048576 bytes at once',
    ],
  ])('of %s %j are refused', async (method, params, message) => {
    const error = await rpc.error(method, ...params)
    expect(error.message).toContain(message)
    expect(error.code).toBe(-32602)
  })
})

describe('a chain at its beginning', () => {
  it('has no assets, and says so', async () => {
    expect(await rpc.call('sahara_getAsset', '0x1')).toBeNull()
    expect(await rpc.call('sahara_getAsset', HASH)).toBeNull()
    expect(await rpc.call('sahara_getLineage', '0x1')).toBeNull()
    expect(await rpc.call('sahara_royaltyLedger', '0x1', 'latest')).toBeNull()
    expect(await rpc.call('sahara_getLeafFile', HASH)).toBeNull()
    expect(await rpc.error('sahara_claimProof', '0x1', '0x0', ACCOUNT)).toMatchObject({
      code: -32602,
      message: 'pool 1 has no batch 0',
    })
  })

  it('owes nobody anything, and its books balance', async () => {
    expect(await rpc.call('sahara_entitlements', ACCOUNT)).toEqual({
      ...{
        account: ACCOUNT,
        owed: [],
        leaves: [],
        searchedBatches: '0x0',
        batches: '0x0',
        searchedLeafFiles: '0x0',
        isComplete: true,
      },
    })
    expect(await rpc.call('sahara_earnings', ACCOUNT, '0x0', 'latest')).toEqual({
      ...{ account: ACCOUNT, from: '0x0', to: '0x0', rows: [], released: [] },
    })
    expect(await rpc.call('sahara_auditConservation')).toMatchObject({
      ...{ blockNumber: '0x0', isConserved: true, tokens: [{ booked: '0x0', difference: '0x0', balance: '0x0' }] },
    })
    expect(await rpc.call('sahara_pendingSweep')).toMatchObject({ waitingBatches: '0x0', batches: [] })
  })

  it('takes no leaf file where the node serves none', async () => {
    const piece = { pool: '0x1', batch: '0x0', offset: '0x0', data: '0x00' }
    expect(await rpc.error('sahara_submitLeafFile', piece)).toMatchObject({
      code: -32000,
      message: expect.stringContaining('LEAF_FILES_NOT_SERVED'),
    })
  })
})

describe('a chain without the modules', () => {
  it('says so', async () => {
    const without = new RpcHarness()
    for (const method of ['sahara_pendingSweep', 'sahara_auditConservation']) {
      expect(await without.error(method)).toEqual({ code: -32000, message: 'this chain has no attribution modules' })
    }
  })
})
