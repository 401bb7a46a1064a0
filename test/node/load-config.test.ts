/**
 * Settings come from flags, environment, file and defaults, in this order; a wrong one is refused by name.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CodedError } from '../../src/lib/errors.ts'
import { loadConfig } from '../../src/node/config/load-config.ts'
import { environmentName, flagName, OPTION_NAMES } from '../../src/node/config/options.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-config-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function withFile(json: unknown) {
  const configPath = join(folder, 'config.json')
  writeFileSync(configPath, typeof json === 'string' ? json : JSON.stringify(json))
  return { configPath, environment: {}, flags: {} }
}

const nothing = { configPath: undefined, environment: {}, flags: {} }

function refusal(run: () => unknown) {
  try {
    run()
  } catch (thrown) {
    if (thrown instanceof CodedError) return thrown
    throw thrown
  }
  return expect.fail('it was not refused')
}

describe('the settings of a node', () => {
  it('have defaults', () => {
    const config = loadConfig(nothing)
    expect([config['rpc.port'], config['p2p.port'], config['validator.enabled']]).toEqual([8545, 30_300, false])
  })

  it('prefer a flag to the environment, the environment to the file, the file to the default', () => {
    const sources = withFile({ rpc: { port: 1 }, p2p: { port: 2 }, metrics: { port: 3 } })
    const environment = { SAHARA_RPC_PORT: '11', SAHARA_P2P_PORT: '12' }
    const config = loadConfig({ ...sources, environment, flags: { 'rpc.port': '21' } })
    const ports = [config['rpc.port'], config['p2p.port'], config['metrics.port'], config['rpc.logRangeBlocks']]
    expect(ports).toEqual([21, 12, 3, 10_000])
  })

  it('take paths of the file from its folder, paths of flags from the working directory', () => {
    const config = loadConfig({ ...withFile({ dataDir: 'here', genesis: '../g.json' }), flags: {} })
    expect(config.dataDir).toBe(join(folder, 'here'))
    expect(config.genesis).toBe(join(folder, '../g.json'))
    expect(config.nodeKey).toBe(join(folder, 'here', 'keys', 'node.key'))
    expect(loadConfig({ ...nothing, flags: { dataDir: 'there' } }).dataDir).toBe(join(process.cwd(), 'there'))
  })

  it('take a rate limit as two numbers, and name what is accepted', () => {
    const limited = loadConfig({ ...nothing, flags: { 'rpc.rateLimit': '20/5' } })
    expect(limited['rpc.rateLimit']).toBe('20/5')
    const refused = refusal(() => loadConfig({ ...nothing, flags: { 'rpc.rateLimit': 'much' } }))
    expect(refused.message).toMatch(/rpc\.rate.?limit.*much.*TOKENS\/TOKENS_PER_SECOND/i)
  })

  it('split lists at commas', () => {
    const config = loadConfig({ ...nothing, environment: { SAHARA_RPC_VHOSTS: 'a.example,b.example' } })
    expect(config['rpc.vhosts']).toEqual(['a.example', 'b.example'])
  })

  it('have one name each as flag and in the environment', () => {
    expect(flagName('signer.allowEmptyState')).toBe('--signer.allow-empty-state')
    expect(environmentName('signer.allowEmptyState')).toBe('SAHARA_SIGNER_ALLOW_EMPTY_STATE')
    expect(new Set(OPTION_NAMES.map(flagName)).size).toBe(OPTION_NAMES.length)
    expect(new Set(OPTION_NAMES.map(environmentName)).size).toBe(OPTION_NAMES.length)
  })

  it('refuse a wrong value with the option, the value, the source and what is accepted', () => {
    const { detail } = refusal(() => loadConfig({ ...nothing, environment: { SAHARA_RPC_PORT: '70000' } }))
    expect(detail).toEqual({
      code: 'BAD_OPTION',
      option: 'rpc.port',
      source: 'SAHARA_RPC_PORT',
      value: '70000',
      accepted: 'an integer from 0 to 65535',
    })
  })

  it.each([
    ['a word for a port', { rpc: { port: 'http' } }, 'rpc.port'],
    ['a fraction for a port', { rpc: { port: 1.5 } }, 'rpc.port'],
    ['an unknown option', { rpc: { prot: 1 } }, 'rpc.prot'],
    ['a list of numbers', { p2p: { bootstrap: [1] } }, 'p2p.bootstrap'],
    ['a bootstrap address without a peer id', { p2p: { bootstrap: ['/ip4/1.2.3.4/tcp/1'] } }, 'p2p.bootstrap'],
    ['an unknown log level', { log: { level: 'loud' } }, 'log.level'],
    ['a switch that is no switch', { rpc: { enabled: 'yes' } }, 'rpc.enabled'],
    ['a file that is no object', '[1]', '(file)'],
  ])('refuse %s in the file', (_name, json, option) => {
    expect(refusal(() => loadConfig(withFile(json))).detail).toMatchObject({ code: 'BAD_OPTION', option })
  })

  it('refuse a misspelt variable', () => {
    const { detail } = refusal(() => loadConfig({ ...nothing, environment: { SAHARA_RPC_PROT: '1' } }))
    expect(detail).toMatchObject({ code: 'BAD_OPTION', option: 'SAHARA_RPC_PROT' })
  })

  it('let a shell name a node and a key for other commands, and never repeat a key', () => {
    const environment = { SAHARA_RPC_URL: 'http://127.0.0.1:8545', SAHARA_PRIVATE_KEY: '0x5ec2e7' }
    expect(loadConfig({ ...nothing, environment })['rpc.port']).toBe(8545)
    const misspelt = refusal(() => loadConfig({ ...nothing, environment: { SAHARA_PRIVATEKEY: '0x5ec2e7' } }))
    expect(`${misspelt.message} ${JSON.stringify(misspelt.detail)}`).not.toContain('5ec2e7')
  })

  it('refuse a file that is not there or not JSON, by path', () => {
    expect(refusal(() => loadConfig(withFile('{"rpc":'))).code).toBe('CONFIG_UNREADABLE')
    expect(refusal(() => loadConfig({ ...nothing, configPath: join(folder, 'absent.json') })).code).toBe(
      'CONFIG_UNREADABLE',
    )
  })
})
