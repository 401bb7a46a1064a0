/**
 * `sahara devnet` as a person runs it: four processes reach a height, resume, and stop together.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getAddress } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEV_ACCOUNTS } from '../../src/chainspec/dev-accounts.ts'
import { lockFolder } from '../../src/node/data-dir.ts'
import { freePortBase } from '../node/cluster.ts'
import { runCli } from './run-cli.ts'

let folder: string
let base: number
beforeAll(async () => {
  folder = join(mkdtempSync(join(tmpdir(), 'sahara-devnet-')), 'net')
  base = await freePortBase(4)
})
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const args = (...more: string[]) => ['devnet', '--data-dir', folder, '--port-base', String(base), ...more]
const genesis = () => readFileSync(join(folder, 'genesis.json'), 'utf8')

describe('the devnet', () => {
  it('reaches a height on four validators and shows what a wallet needs', async () => {
    const { code, stdout } = await runCli(args('--until-height', '3'))
    expect(stdout).toContain('height 3 is final on all 4 validators')
    expect(stdout).toContain('stopped: 4 of 4 validators ended cleanly')
    expect(stdout).toMatch(new RegExp(`RPC URL +http://127.0.0.1:${base}\\b`))
    expect(stdout).toMatch(/Chain ID +534100/)
    expect(stdout).toMatch(/Currency symbol +SAHARA/)
    for (const { address, privateKey } of DEV_ACCOUNTS) {
      expect(stdout).toContain(getAddress(address))
      expect(stdout).toContain(privateKey)
    }
    expect(stdout).toMatch(/^height \d+ {2}finalized \d+.* {2}interval .* {2}finality p50 .* {2}[\d.]+ tx\/s {2}peers/m)
    expect(code).toBe(0)
  })

  it('resumes the same chain, and stops all validators on Ctrl-C', async () => {
    const before = genesis()
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
    const child = spawn(process.execPath, [main, ...args()])
    let stdout = ''
    const isLive = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk) => {
        stdout += chunk
        if (/^height [3-9]/m.test(stdout)) resolve()
      })
    })
    await isLive
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect(stdout).toContain('resuming 4 validators')
    expect(stdout).toContain('stopped: 4 of 4 validators ended cleanly')
    expect(code).toBe(0)
    expect(genesis()).toBe(before)
  })

  it('keeps the number of validators that it has, and says so', async () => {
    const { code, stderr } = await runCli(args('--validators', '3'))
    expect(stderr).toContain('--validators: got "3"; accepted: 4, which')
    expect(code).toBe(2)
  })

  it('leaves a folder alone on which another devnet runs, --fresh or not', async () => {
    const config = join(folder, 'validator-0', 'config.json')
    const before = [genesis(), readFileSync(config, 'utf8')]
    const lock = lockFolder(folder)
    const other = String(await freePortBase(4))
    for (const more of [[], ['--fresh']]) {
      const { code, stderr } = await runCli(['devnet', '--data-dir', folder, '--port-base', other, ...more])
      expect(stderr).toContain('error DATA_DIR_LOCKED')
      expect(code).toBe(10)
    }
    lock.release()
    expect([genesis(), readFileSync(config, 'utf8')]).toEqual(before)
  })

  it('deletes nothing that it did not make', async () => {
    const home = join(folder, '..', 'home')
    mkdirSync(home)
    writeFileSync(join(home, 'letters'), 'dear')
    const { code, stderr } = await runCli(['devnet', '--data-dir', home, '--port-base', String(base), '--fresh'])
    expect(stderr).toContain('holds letters and no testnet.json, so nothing is deleted')
    expect(code).toBe(2)
    expect(readFileSync(join(home, 'letters'), 'utf8')).toBe('dear')
  })

  it('begins a new chain with --fresh', async () => {
    const before = genesis()
    const { code, stdout } = await runCli(
      args('--fresh', '--validators', '1', '--block-time', '50', '--until-height', '1'),
    )
    expect(stdout).toContain('height 1 is final on all 1 validators')
    expect(code).toBe(0)
    expect(genesis()).not.toBe(before)
    expect(JSON.parse(genesis()).consensus.minBlockIntervalMs).toBe(50)
    expect(existsSync(join(folder, 'validator-1'))).toBe(false)
  })
})
