import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createMethodTable } from '../../src/rpc/method-table.ts'
import { createServices } from '../../src/rpc/services.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryChain } from '../support/memory-chain.ts'

const PAGE = join(dirname(fileURLToPath(import.meta.url)), '../../docs/rpc.md')

describe('docs/rpc.md', () => {
  it('names every method that the server has, and no other', () => {
    const section = readFileSync(PAGE, 'utf8').split(/^## /m)[3] ?? ''
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const named = rows.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]))
    const served = createMethodTable(createServices(new MemoryChain().ports, new ManualClock(0), 1)).keys()
    expect(named.sort()).toEqual([...served].sort())
  })
})
