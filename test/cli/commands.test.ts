/**
 * The command line by hand: complete help, refusals that say what to do, and keys and genesis from nothing to a chain.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { createProgram } from '../../src/cli/program.ts'
import { environmentName, flagName, OPTION_NAMES } from '../../src/node/config/options.ts'
import { portsOf } from '../../src/node/testnet/plan.ts'
import { VERSION } from '../../src/node/version.ts'
import { freePortBase } from '../node/cluster.ts'
import { MAIN, runCli } from './run-cli.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sahara-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('help and version', () => {
  it('names every command', async () => {
    const { code, stdout } = await runCli(['--help'])
    expect(code).toBe(0)
    for (const command of [
      'devnet',
      'init',
      'keys',
      'genesis',
      'start',
      'status',
      'testnet',
      'config',
      'wal',
      'asset',
      'version',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
    }
  })

  it('is given by every command of the tree', async () => {
    const walk = (command: Command): Command[] => [command, ...command.commands.flatMap((one) => walk(one as Command))]
    const commands = walk(createProgram())
    for (const command of commands) expect(command.helpInformation()).toContain(`Usage: sahara`)
    expect(commands.length).toBeGreaterThan(40)
    const { code, stdout } = await runCli(['asset', 'terms', '--help'])
    expect(stdout).toContain('255 is all (default: 255)')
    expect(code).toBe(0)
  })

  it('names every option of a node with its variable', async () => {
    const { stdout } = await runCli(['start', '--help'])
    for (const name of OPTION_NAMES) {
      expect(stdout).toContain(flagName(name))
      expect(stdout).toContain(`[${environmentName(name)}]`)
    }
  })

  it('tells the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    expect(version).toBe(VERSION)
    expect((await runCli(['--version'])).stdout.trim()).toBe(version)
    expect((await runCli(['version'])).stdout).toContain(`sahara/v${version}/`)
  })
})

describe('a wrong argument', () => {
  it.each([
    [['devnet', '--validators', '99'], '--validators: got "99"; accepted: an integer from 1 to 16'],
    [['devnet', '--block-time', 'fast'], '--block-time: got "fast"; accepted: an integer from 1 to 600000'],
    [['start', '--rpc.port', 'abc'], 'rpc.port: got "abc" from --rpc.port; accepted: an integer from 0 to 65535'],
    [['testnet', '--output', '/x', '--network', 'moon'], '--network: got "moon"; accepted: one of devnet, bench'],
    [['start', '--config', 'a', '--config', 'b'], '--config: got "b"; accepted: the flag once'],
    [['testnet', '--output', '/x', '--hosts', 'a,b'], '--hosts: got "a,b"; accepted: 4 hosts, one for each node'],
  ])('%j is refused with the option, the value and what is accepted', async (args, message) => {
    const { code, stderr } = await runCli(args)
    expect(stderr).toContain(`error BAD_OPTION: ${message}`)
    expect(code).toBe(2)
  })

  it('an unknown command or flag ends with code 2', async () => {
    expect((await runCli(['devnte'])).stderr).toContain('Did you mean devnet')
    expect((await runCli(['start', '--rpc.prot', '1'])).code).toBe(2)
  })

  it('a file that is not there is named', async () => {
    const absent = join(folder, 'absent.json')
    for (const args of [
      ['genesis', 'check', absent],
      ['keys', 'import', 'validator', absent],
      ['keys', 'new', 'validator', '--data-dir', folder, '--password-file', absent],
    ]) {
      const { code, stderr } = await runCli(args)
      expect(stderr).toContain(`error FILE_UNREADABLE: ${absent}`)
      expect(code).toBe(2)
    }
  })

  it('status of a node that does not run says so', async () => {
    const { code, stderr } = await runCli(['status', '--url', 'http://127.0.0.1:1'])
    expect(stderr).toContain('error NODE_UNREACHABLE: no node answers at http://127.0.0.1:1')
    expect(code).toBe(1)
  })
})

describe('settings', () => {
  it('are shown as they are in force', async () => {
    const { stdout } = await runCli(['config', 'show', '--rpc.port', '7', '--data-dir', folder], {
      SAHARA_P2P_PORT: '8',
    })
    expect(JSON.parse(stdout)).toMatchObject({ dataDir: folder, rpc: { port: 7 }, p2p: { port: 8 } })
  })
})

describe('a chain by hand', () => {
  it('starts with a folder, keys, an entry and a genesis', async () => {
    const root = join(folder, 'validator')
    expect((await runCli(['init', '--validator', '--data-dir', root])).code).toBe(0)
    for (const file of ['keys/node.key', 'keys/validator.json', 'keys/validator.password']) {
      expect(statSync(join(root, file)).mode & 0o777).toBe(0o600)
    }
    const again = await runCli(['init', '--validator', '--data-dir', root])
    expect(again.stderr).toContain('error FILE_EXISTS')

    const operator = DEV_ACCOUNTS[0]?.address ?? ''
    const entry = await runCli(['genesis', 'entry', '--data-dir', root, '--operator', operator])
    const entryPath = join(folder, 'entry.json')
    writeFileSync(entryPath, entry.stdout)
    const genesisPath = join(root, 'genesis.json')
    const made = await runCli(['genesis', 'new', entryPath, '--output', genesisPath, '--time', '1767225600000'])
    expect(made.stdout).toMatch(/genesis hash {2}0x[0-9a-f]{64}/)
    const hash = (await runCli(['genesis', 'hash', genesisPath])).stdout.trim()
    expect(made.stdout).toContain(hash)
    const shown = await runCli(['genesis', 'show', genesisPath])
    expect(shown.stdout).toContain(hash)
    expect(shown.stdout).toContain('10000000000 SAHARA')

    const { metrics, p2p, rpc } = portsOf(0, await freePortBase(1))
    const ports = ['--metrics.port', `${metrics}`, '--p2p.port', `${p2p}`, '--rpc.port', `${rpc}`]
    const node = spawn(process.execPath, [MAIN, 'start', '--config', join(root, 'config.json'), ...ports])
    // Nobody reads its log: a pipe that was closed ends no validator.
    node.stdout.destroy()
    node.stderr.destroy()
    const url = `http://127.0.0.1:${metrics}`
    const height = async () => {
      const { stdout } = await runCli(['status', '--url', url, '--json'])
      return stdout === '' ? 0 : JSON.parse(stdout).finalizedHeight
    }
    await expect.poll(height, { timeout: 60_000 }).toBeGreaterThanOrEqual(1)
    expect((await runCli(['status', '--url', url])).stdout).toMatch(/role +validator/)
    expect((await runCli(['status', '--url', url, '--ready'])).code).toBe(0)
    // As when its terminal is closed.
    node.kill('SIGHUP')
    expect(await new Promise((resolve) => node.once('exit', resolve))).toBe(0)
    expect((await runCli(['wal', 'repair', '--config', join(root, 'config.json')])).stdout).toContain('is whole')

    const spoilt = JSON.parse(readFileSync(genesisPath, 'utf8'))
    spoilt.validators[0].operator = DEV_ACCOUNTS[1]?.address
    writeFileSync(join(folder, 'spoilt.json'), JSON.stringify(spoilt))
    const checked = await runCli(['genesis', 'check', join(folder, 'spoilt.json')])
    expect(checked.stderr).toContain('validators[0].proofOfPossession')
    expect(checked.code).toBe(2)
  })

  it('lists, exports and imports keys', async () => {
    const [root, copy] = [join(folder, 'keys-a'), join(folder, 'keys-b')]
    for (const kind of ['validator', 'node', 'account']) {
      expect((await runCli(['keys', 'new', kind, '--data-dir', root])).code).toBe(0)
    }
    const listed = (await runCli(['keys', 'list', '--data-dir', root])).stdout
    expect(listed.match(/^(account|node|validator)/gm)?.sort()).toEqual(['account', 'node', 'validator'])
    const secret = await runCli(['keys', 'export', 'validator', '--data-dir', root])
    writeFileSync(join(folder, 'secret'), secret.stdout)
    await runCli(['keys', 'import', 'validator', join(folder, 'secret'), '--data-dir', copy])
    const exported = await runCli(['keys', 'export', 'validator', '--data-dir', copy])
    expect(exported.stdout).toBe(secret.stdout)
    expect((await runCli(['keys', 'new', 'node', '--data-dir', root])).stderr).toContain('error FILE_EXISTS')
  })
})

describe('a port that something else listens on', () => {
  it('is named before the devnet makes anything', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const dataDir = join(folder, 'devnet')
    const { code, stderr } = await runCli(['devnet', '--data-dir', dataDir, '--port-base', String(port)])
    server.close()
    expect(stderr).toContain(`error PORT_IN_USE: port ${port} (RPC of validator 0) is in use`)
    expect(code).toBe(12)
    expect(() => statSync(dataDir)).toThrow()
  })
})
