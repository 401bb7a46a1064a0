import { describe, expect, it } from 'vitest'
import { MAX_ANNOUNCEMENT_BYTES } from '../../src/lib/limits.ts'
import { decodeAnnouncement, encodeAnnouncement, TransactionGossip } from '../../src/mempool/gossip.ts'
import { Writer } from '../../src/types/codec.ts'
import { createPool, head, sender, transfer } from './support.ts'

const alice = sender(0)
const bob = sender(1)

/** A pool with gossip whose timer fires when told to. */
function createGossip() {
  const made = createPool()
  const published: Uint8Array[][] = []
  let fire: (() => void) | undefined
  const gossip = new TransactionGossip({
    pool: made.pool,
    clock: made.clock,
    schedule: (callback) => {
      fire = callback
      return () => {
        fire = undefined
      }
    },
    publish: (announcement) => published.push(decodeAnnouncement(announcement) ?? []),
  })
  gossip.start()
  return { ...made, gossip, published, fire: () => fire?.() }
}

describe('announcements', () => {
  it('carry what was submitted here within 10 ms, in the order of nonces', async () => {
    const { pool, published, fire } = createGossip()
    await Promise.all([1, 0].map((nonce) => pool.add(transfer(alice, nonce).raw, 'local')))
    await pool.add(transfer(bob, 0).raw, 'peer')
    expect(published).toEqual([])
    fire()
    expect(published).toEqual([[transfer(alice, 0).raw, transfer(alice, 1).raw]])
  })

  it('hold at most 64 transactions and the bytes of one message', async () => {
    const { pool, published, fire } = createGossip()
    await Promise.all(Array.from({ length: 70 }, (_, nonce) => pool.add(transfer(alice, nonce).raw, 'local')))
    fire()
    expect(published.map((one) => one.length)).toEqual([64, 6])
    const big = { data: new Uint8Array(120_000), gasLimit: 5_000_000n }
    await Promise.all([0, 1, 2].map((nonce) => pool.add(transfer(bob, nonce, big).raw, 'local')))
    fire()
    expect(published.slice(2).map((one) => one.length)).toEqual([2, 1])
  })

  it('are repeated for a local transaction that waits long', async () => {
    const { pool, gossip, published, fire, clock } = createGossip()
    await pool.add(transfer(alice, 0).raw, 'local')
    fire()
    const repeat = () => {
      pool.onFinalized(head({}))
      gossip.onFinalized()
      fire()
      return published.length
    }
    expect(repeat()).toBe(1)
    clock.time += 20_000
    expect(repeat()).toBe(2)
    expect(repeat()).toBe(2)
  })
})

describe('what peers announce', () => {
  it('is accepted when it brings something new, ignored when not', async () => {
    const { gossip, pool } = createGossip()
    const announcement = encodeAnnouncement([transfer(alice, 0).raw, transfer(bob, 0).raw])
    expect(await gossip.receive(announcement)).toBe('accept')
    expect(pool.status().pending).toBe(2)
    expect(pool.get(transfer(alice, 0).hash)?.local).toBe(false)
    expect(await gossip.receive(announcement)).toBe('ignore')
  })

  it('is ignored when only state or price speak against it, and is not recovered twice', async () => {
    const { gossip, recovery } = createGossip()
    const announcement = encodeAnnouncement([transfer(sender(99), 0).raw])
    expect(await gossip.receive(announcement)).toBe('ignore')
    expect(await gossip.receive(announcement)).toBe('ignore')
    expect(recovery.recovered).toBe(1)
  })

  it('is held against the peer when no state could excuse it', async () => {
    const { gossip } = createGossip()
    const wrongChain = transfer(alice, 0, { chainId: 1n }).raw
    expect(await gossip.receive(encodeAnnouncement([wrongChain]))).toBe('reject')
    expect(await gossip.receive(encodeAnnouncement([Uint8Array.of(3, 0xc0)]))).toBe('reject')
    expect(await gossip.receive(new Uint8Array(0))).toBe('reject')
    expect(await gossip.receive(encodeAnnouncement([]))).toBe('reject')
    expect(await gossip.receive(encodeAnnouncement(Array(65).fill(transfer(alice, 0).raw)))).toBe('reject')
    expect(await gossip.receive(new Writer().u32(1).u32(0xffffffff).finish())).toBe('reject')
    expect(await gossip.receive(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 5))).toBe('reject')
  })
})
