/**
 * A small native module for the tests of the framework: it counts, keeps notes, moves coins and calls others.
 */

import {
  address,
  array,
  bool,
  bytes,
  bytes32,
  string,
  struct,
  uint8,
  uint64,
  uint256,
} from '../../src/precompiles/abi-types.ts'
import { refuse } from '../../src/precompiles/context.ts'
import { defineError, defineEvent, defineModule, indexed, method } from '../../src/precompiles/module.ts'
import { defineBytesCell, defineCell } from '../../src/state/cells.ts'
import type { Address } from '../../src/types/primitives.ts'

export const COUNTER_ADDRESS = '0x00000000000000000000000000000000534100fe' as Address

export const counts = defineCell({
  name: 'counts',
  tag: 0x01,
  growth: 'steady',
  key: { account: 20 },
  value: { total: 128, calls: 64 },
})
export const notes = defineBytesCell({ name: 'notes', tag: 0x02, growth: 'fresh', key: { id: 8 }, maxBytes: 256 })

export const TooMuch = defineError('TooMuch', { asked: uint256, most: uint256 }, 'More than 1,000 at once.')
export const Failed = defineError('Failed', { returned: bytes })
export const Counted = defineEvent('Counted', {
  account: indexed(address),
  note: indexed(bytes32),
  total: uint256,
  memo: string,
})

const Step = struct('Step', { by: uint64, kind: uint8 })
const MOST = 1_000n

export const counter = defineModule({
  name: 'counter',
  title: 'Counter',
  notes: 'Counts.',
  address: COUNTER_ADDRESS,
  errors: [TooMuch, Failed],
  events: [Counted],
  cells: [counts, notes],
  methods: [
    method({
      name: 'add',
      params: { by: uint256, note: bytes32, memo: string },
      returns: { total: uint256 },
      access: 'payable',
      notes: 'Adds to the count of the caller.',
      gas: 'one cell read and written, one log',
      run: (context, { by, note, memo }) => {
        if (by > MOST) refuse(TooMuch, { asked: by, most: MOST })
        const cells = context.cells(COUNTER_ADDRESS)
        const account = context.caller
        const before = counts.read(cells, { account })
        const total = before.total + by
        counts.write(cells, { account }, { total, calls: before.calls + 1n })
        context.emit(Counted, { account, note, total, memo })
        return { total }
      },
    }),
    method({
      name: 'addSteps',
      params: { steps: array(Step, 4) },
      returns: {},
      access: 'write',
      notes: 'Adds several steps.',
      gas: 'one cell read and written',
      run: (context, { steps }) => {
        const cells = context.cells(COUNTER_ADDRESS)
        const account = context.caller
        const before = counts.read(cells, { account })
        const total = steps.reduce((sum, { by }) => sum + by, before.total)
        counts.write(cells, { account }, { total, calls: before.calls + 1n })
      },
    }),
    method({
      name: 'countOf',
      params: { account: address },
      returns: { total: uint256, calls: uint64, isKnown: bool },
      access: 'view',
      notes: 'The count of an account.',
      gas: 'one cell read',
      run: (context, { account }) => {
        const { total, calls } = counts.read(context.cells(COUNTER_ADDRESS), { account })
        return { total, calls, isKnown: calls > 0n }
      },
    }),
    method({
      name: 'countAndCall',
      params: { to: address, value: uint256, data: bytes },
      returns: { isSuccess: bool, returned: bytes },
      access: 'payable',
      callsOut: true,
      notes: 'Adds one to the count of the caller and calls another account.',
      gas: 'one cell read and written, and the call',
      run: async (context, { to, value, data }) => {
        const cells = context.cells(COUNTER_ADDRESS)
        const before = counts.read(cells, { account: context.caller })
        counts.write(cells, { account: context.caller }, { total: before.total + 1n, calls: before.calls + 1n })
        const { isSuccess, returnData } = await context.call({ to, value, data })
        return { isSuccess, returned: returnData }
      },
    }),
    method({
      name: 'logAround',
      params: { to: address, data: bytes, note: bytes32 },
      returns: {},
      access: 'write',
      callsOut: true,
      notes: 'Logs, calls another account, which must succeed, and logs again.',
      gas: 'two logs and the call',
      run: async (context, { to, data, note }) => {
        const account = context.caller
        context.emit(Counted, { account, note, total: 1n, memo: 'before' })
        const { isSuccess, returnData } = await context.call({ to, data })
        if (!isSuccess) refuse(Failed, { returned: returnData })
        context.emit(Counted, { account, note, total: 2n, memo: 'after' })
      },
    }),
  ],
})
