import { afterEach, describe, expect, it } from 'vitest'
import { EngineCluster } from '../support/engine-cluster.ts'

const timing = {
  epochLengthBlocks: 10,
  minBlockIntervalMs: 5,
  idleIntervalMs: 20,
  leaderTimeoutMs: 200,
  retryIntervalMs: 100,
  skipTimeoutMs: 5_000,
}

let cluster: EngineCluster | undefined
afterEach(() => cluster?.stop())

/** Every pair of nodes agrees on every height that both have. */
function expectAgreement(running: EngineCluster): void {
  for (const a of running.nodes) {
    for (const b of running.nodes) {
      const common = Math.min(a.finalized.length, b.finalized.length)
      const hashes = (of: typeof a): string[] => of.finalized.slice(0, common).map((one) => one.block.hash)
      expect(hashes(a)).toEqual(hashes(b))
    }
  }
}

describe('four engines in one process', () => {
  it('finalize blocks across epochs and agree on each', async () => {
    cluster = new EngineCluster({
      size: 4,
      timing,
      seed: 1,
      payload: (request) => new Uint8Array(1_000).fill(request.view),
    })
    await cluster.start()
    await cluster.untilHeight(35)
    expectAgreement(cluster)
    for (const node of cluster.nodes) {
      expect(node.faults).toEqual([])
      expect(node.stopped).toBeNull()
    }
  })
})
