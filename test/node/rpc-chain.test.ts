/**
 * Finalized blocks as the RPC reads them: many callers ask for the same few blocks, which are decoded once.
 */

import { describe, expect, it } from 'vitest'
import { MAX_DECODED_BLOCKS } from '../../src/lib/limits.ts'
import { RpcChain } from '../../src/node/adapters/rpc-chain.ts'
import { account, advance, openChain, signed } from '../execution/support.ts'

const nobody = {
  senders: () => Promise.reject(new Error('senders of recent blocks are known')),
  authorities: () => Promise.reject(new Error('nobody asks for authorities')),
}

describe('receipts and bodies', () => {
  it('are decoded once while they are among the last blocks asked for, and anew afterwards', async () => {
    const chain = await openChain()
    const height = MAX_DECODED_BLOCKS + 1
    for (let nonce = 0; nonce < height; nonce++) {
      await advance(chain, [signed(account(0), nonce, { to: account(1).address, gasLimit: 21_000n })])
    }
    const reader = new RpcChain(chain.blocks, nobody)
    const receipts = reader.receipts(1)
    const body = reader.rawTransactions(1)
    expect(receipts).toHaveLength(1)
    expect(reader.receipts(1)).toBe(receipts)
    expect(reader.rawTransactions(1)).toBe(body)
    for (let number = 2; number <= height; number++) {
      reader.receipts(number)
      reader.rawTransactions(number)
    }
    expect(reader.receipts(1)).not.toBe(receipts)
    expect(reader.receipts(1)).toEqual(receipts)
    expect(reader.rawTransactions(1)).not.toBe(body)
    expect(reader.rawTransactions(1)).toEqual(body)
    expect(reader.receipts(height + 1)).toBeUndefined()
  })
})
