/**
 * Layers point one way: a folder of src imports only what its row names, and each vendor lives in one place.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, ROOT, readSource, resolveImport, sourceFiles } from './sources.ts'

const EVERYTHING = ['*']
const LAYERS: Record<string, readonly string[]> = {
  cli: EVERYTHING,
  node: EVERYTHING,
  rpc: ['lib', 'types', 'telemetry'],
  engine: ['lib', 'crypto', 'types', 'chainspec', 'consensus', 'storage', 'telemetry'],
  sync: ['lib', 'types', 'telemetry'],
  p2p: ['lib', 'types', 'telemetry'],
  mempool: ['lib', 'types', 'chainspec', 'telemetry'],
  execution: ['lib', 'crypto', 'types', 'chainspec', 'storage', 'state', 'precompiles', 'telemetry'],
  precompiles: ['lib', 'crypto', 'types', 'chainspec', 'state'],
  state: ['lib', 'crypto', 'types', 'storage'],
  storage: ['lib', 'types'],
  consensus: ['lib', 'types'],
  telemetry: ['lib'],
  abi: ['lib'],
  chainspec: ['lib', 'crypto', 'types'],
  types: ['lib', 'crypto'],
  crypto: ['lib'],
  lib: [],
}

const VENDORS: readonly { readonly match: RegExp; readonly folders: readonly string[] }[] = [
  { match: /^(libp2p|@libp2p\/.*|@chainsafe\/libp2p-.*|@multiformats\/.*|uint8arraylist)$/, folders: ['p2p'] },
  { match: /^(level|classic-level|abstract-level)$/, folders: ['storage'] },
  { match: /^@ethereumjs\/rlp$/, folders: ['types', 'state', 'execution'] },
  { match: /^@ethereumjs\/.*$/, folders: ['execution', 'state'] },
  { match: /^(@noble\/.*|secp256k1|@chainsafe\/blst|hash-wasm)$/, folders: ['crypto'] },
  { match: /^(pino|prom-client)$/, folders: ['telemetry'] },
  { match: /^commander$/, folders: ['cli'] },
  { match: /^ws$/, folders: ['rpc'] },
]

type Import = { readonly file: string; readonly folder: string; readonly specifier: string }

const imports: Import[] = sourceFiles('src').flatMap((file) =>
  importsOf(readSource(file)).map((specifier) => ({ file, folder: file.split('/')[1] as string, specifier })),
)

describe('the layers of src', () => {
  it('were seen: the test reads real files and real imports', () => {
    expect(sourceFiles('src').length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(300)
  })

  it('are all named in the table', () => {
    expect([...new Set(imports.map((one) => one.folder))].filter((folder) => LAYERS[folder] === undefined)).toEqual([])
  })

  it('import only what their row names', () => {
    const broken = imports.flatMap((one) => {
      const target = resolveImport(one.file, one.specifier)
      if (!('path' in target)) return []
      const folder = target.path.split('/')[1] as string
      const allowed = LAYERS[one.folder] ?? []
      const isAllowed = folder === one.folder || allowed.includes(folder) || allowed === EVERYTHING
      return isAllowed ? [] : [`${one.file} imports ${target.path}`]
    })
    expect(broken).toEqual([])
  })

  it('name files that exist', () => {
    const missing = imports.flatMap((one) => {
      const target = resolveImport(one.file, one.specifier)
      return 'path' in target && !existsSync(join(ROOT, target.path)) ? [`${one.file} imports ${target.path}`] : []
    })
    expect(missing).toEqual([])
  })

  it('keep each vendor in its folder', () => {
    const broken = imports.flatMap((one) => {
      const target = resolveImport(one.file, one.specifier)
      if (!('package' in target) || target.package === 'node:') return []
      const vendor = VENDORS.find(({ match }) => match.test(target.package))
      if (vendor === undefined) return [`${one.file} imports ${target.package}, which no folder owns`]
      return vendor.folders.includes(one.folder) ? [] : [`${one.file} imports ${target.package}`]
    })
    expect(broken).toEqual([])
  })

  it('leave consensus pure: no built-in module and no package', () => {
    const broken = imports.filter((one) => one.folder === 'consensus' && !one.specifier.startsWith('.'))
    expect(broken).toEqual([])
  })
})
