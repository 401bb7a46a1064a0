import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ROYALTY_MODULE } from '../../../src/precompiles/addresses.ts'
import { flushedLogs, flushedValues } from '../../../src/precompiles/royalty/flushed-log.ts'
import { Flushed } from '../../../src/precompiles/royalty/royalty-events.ts'
import { account, Ledger } from './support.ts'

it('a sweep’s logs are what the event’s own encoding gives', () => {
  const { royalty } = new Ledger({ tokens: [{ address: account(500), decimals: 6, flushMin: 1n, slotMin: 0n }] })
  const amount = fc.bigInt(0n, 2n ** 128n - 1n)
  fc.assert(
    fc.property(fc.nat(2 ** 31), amount, amount, fc.constantFrom(0, 1), (node, inflow, acc, token) => {
      const log = flushedLogs(royalty, token)({ node, inflow, acc })
      const expected = Flushed.encode(flushedValues(royalty, token)({ node, inflow, acc }))
      expect(log).toEqual({ address: ROYALTY_MODULE, ...expected })
    }),
  )
})
