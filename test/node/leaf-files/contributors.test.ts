/**
 * Lists of contributors: what is read from CSV and JSON, in pieces of any size, and the line in every refusal.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { getAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CodedError } from '../../../src/lib/errors.ts'
import { MAX_CONTRIBUTOR_LINE_CHARACTERS } from '../../../src/lib/limits.ts'
import {
  accountAt,
  ContributorColumns,
  type ContributorRow,
  weightAt,
} from '../../../src/node/leaf-files/contributors.ts'
import { CsvContributors } from '../../../src/node/leaf-files/contributors-csv.ts'
import { JsonContributors } from '../../../src/node/leaf-files/contributors-json.ts'
import { readContributors } from '../../../src/node/leaf-files/read-contributors.ts'

const A = `0x${'aa'.repeat(20)}`
const B = `0x${'bb'.repeat(20)}`
const C = `0x${'cc'.repeat(20)}`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-contributors-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(text: string, isMerging = false): Promise<[string, bigint][]> {
  const path = join(folder, 'list')
  writeFileSync(path, text)
  const columns = await readContributors(path, { isMerging })
  return Array.from({ length: columns.count }, (_, i) => [accountAt(columns, i), weightAt(columns, i)])
}

async function refusal(text: string): Promise<object> {
  const thrown = await read(text).catch((reason) => reason)
  if (!(thrown instanceof CodedError)) throw new Error(`expected a refusal, got ${String(thrown)}`)
  return { ...thrown.detail, message: thrown.message }
}

const EXPECTED = [
  [A, 5n],
  [B, 2n ** 90n],
]

describe('a list of contributors', () => {
  it.each([
    ['CSV', `${A},5\n${B},${2n ** 90n}\n`],
    [
      'CSV with a header, CRLF, spaces, quotes and empty lines',
      `address,weight\r\n\r\n ${A} , 5\r\n"${B}","${2n ** 90n}"`,
    ],
    ['a byte order mark', `\ufeff${A},5\n${B},${2n ** 90n}`],
    ['JSON objects', `[{"address":"${A}","weight":5},\n{"weight":"${2n ** 90n}", "address":"${B}"}]`],
    ['JSON pairs', `\n [["${A}", "5"], ["${B}", ${2n ** 90n}]]`],
    ['one JSON object', `{"${A}": 5, "${B}": ${2n ** 90n}}`],
  ])('is read from %s', async (_what, text) => {
    expect(await read(text)).toEqual(EXPECTED)
  })

  it('may be cut into pieces anywhere', () => {
    const csv = `address,weight\r\n${A},5\r\n\r\n"${B}", 7\r\n`
    const json = `[{"address":"${A}","weight":5},\n["${B}", 7 ]\n]`
    const cut = (text: string, at: readonly number[], Parser: typeof CsvContributors | typeof JsonContributors) => {
      const rows: ContributorRow[] = []
      const parser = new Parser((row) => rows.push(row))
      const ends = [...at.map((one) => one % text.length), text.length].sort((a, b) => a - b)
      let start = 0
      for (const end of ends) {
        parser.push(text.slice(start, end))
        start = end
      }
      parser.finish()
      return rows
    }
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (at) => {
        expect(cut(csv, at, CsvContributors)).toEqual(cut(csv, [], CsvContributors))
        expect(cut(json, at, JsonContributors)).toEqual(cut(json, [], JsonContributors))
      }),
    )
    expect(cut(csv, [], CsvContributors)).toEqual([
      { line: 2, account: A, weight: '5' },
      { line: 4, account: B, weight: '7' },
    ])
  })

  it('keeps its order, and every account of any number of them', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => `0x${(i * 7919 + 1).toString(16).padStart(40, '0')}`)
    const columns = new ContributorColumns({ isMerging: false })
    for (const [i, account] of rows.entries()) columns.add({ line: i + 1, account, weight: `${i + 1}` })
    const done = columns.finish()
    expect(rows.map((_, i) => accountAt(done, i))).toEqual(rows)
    expect(() => columns.add({ line: 5_001, account: rows[77] ?? '', weight: '1' })).toThrow('on line 78 already')
  })

  it('adds up the weights of an account when asked to', async () => {
    expect(await read(`${A},5\n${B},1\n${getAddress(A)},6\n`, true)).toEqual([
      [A, 11n],
      [B, 1n],
    ])
  })

  it('takes an address with a right checksum', async () => {
    expect(await read(`${getAddress(C)},1`)).toEqual([[C, 1n]])
  })
})

describe('a refusal names the line', () => {
  const right = getAddress(C)
  const wrongCase = right.replace(/[cC]$/, (last) => (last === 'c' ? 'C' : 'c'))
  it.each([
    [
      'of an account that is named twice, and the first one',
      `${A},1\n\n${B},1\n${A},2`,
      { code: 'CONTRIBUTOR_DUPLICATE', line: 4, firstLine: 1 },
    ],
    ['of a short address', `address,weight\n0xabc,1`, { code: 'CONTRIBUTOR_ADDRESS_INVALID', line: 2, value: '0xabc' }],
    ['of the zero address', `${A},1\n0x${'0'.repeat(40)},1`, { code: 'CONTRIBUTOR_ADDRESS_INVALID', line: 2 }],
    ['of weight 0', `${A},0`, { code: 'CONTRIBUTOR_WEIGHT_INVALID', line: 1, value: '0' }],
    ['of a fraction', `${A},1\n${B},1.5`, { code: 'CONTRIBUTOR_WEIGHT_INVALID', line: 2, value: '1.5' }],
    ['of a negative weight in JSON', `[\n["${A}",\n-1]]`, { code: 'CONTRIBUTOR_WEIGHT_INVALID', line: 2, item: 1 }],
    [
      'and the item where JSON names an account twice',
      `[["${A}",1],["${B}",1],\n["${A}",2]]`,
      { code: 'CONTRIBUTOR_DUPLICATE', line: 2, item: 3, firstLine: 1, firstItem: 1 },
    ],
    [
      'and the item that is no contributor',
      `[["${A}",1],["${B}",1],7]`,
      { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 1, item: 3 },
    ],
    [
      'and the item of one JSON object',
      `{"${A}":1,"${B}":0}`,
      { code: 'CONTRIBUTOR_WEIGHT_INVALID', line: 1, item: 2 },
    ],
    ['of an exponent in JSON', `{"${A}":1e3}`, { code: 'CONTRIBUTOR_WEIGHT_INVALID', line: 1, value: '1e3' }],
    ['where weights pass 2^96', `${A},${2n ** 96n}\n${B},1`, { code: 'CONTRIBUTORS_TOO_HEAVY', line: 2 }],
    ['of a row with one field', `${A},1\n${B}`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 }],
    ['of a row with three fields', `${A},1,2`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 1 }],
    [
      'of an overlong line',
      `${A},1\n${'1'.repeat(MAX_CONTRIBUTOR_LINE_CHARACTERS + 1)}`,
      { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 },
    ],
    [
      'of a missing field',
      `[\n{"address":"${A}"}]`,
      { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2, reason: '"weight" is missing' },
    ],
    ['of a field twice', `[{"address":"${A}",\n"address":"${B}"}]`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 }],
    ['of an unknown field', `[{"address":"${A}","share":1}]`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 1 }],
    ['where the list breaks off', `[["${A}",1],\n`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 }],
    ['where a text breaks off', `[["${A}`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 1 }],
    ['where more follows', `[["${A}",1]]\n[]`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 }],
    ['of a word', `[\ntrue]`, { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 2 }],
    [
      'of an overlong value',
      `["${'a'.repeat(MAX_CONTRIBUTOR_LINE_CHARACTERS + 1)}`,
      { code: 'CONTRIBUTOR_ROW_MALFORMED', line: 1 },
    ],
  ])('%s', async (_what, text, detail) => {
    const refused = await refusal(text)
    expect(refused).toMatchObject(detail)
    expect(refused).toHaveProperty('message', expect.stringContaining(`line ${detail.line}`))
  })

  it('of an address whose letters are in the wrong case', async () => {
    expect(await refusal(`${wrongCase},1`)).toMatchObject({ code: 'CONTRIBUTOR_ADDRESS_INVALID', line: 1 })
  })

  it.each(['', '\n \n', 'address,weight\n', '[]', '{}', '\n'.repeat(600_000)])(
    'unless there is nothing in it',
    async (text) => {
      expect(await refusal(text)).toMatchObject({ code: 'CONTRIBUTORS_EMPTY' })
    },
  )

  it('and a file that is not there is named', async () => {
    const path = join(folder, 'absent.csv')
    await expect(readContributors(path, { isMerging: false })).rejects.toMatchObject({
      detail: { code: 'FILE_UNREADABLE', path },
    })
  })
})
