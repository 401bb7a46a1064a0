/**
 * docker-compose.yml without Docker: its literal commands are run as processes (paths and addresses rewritten to this
 * machine), and its ports, volumes and health checks are looked at.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { portsOf } from '../../src/node/testnet/plan.ts'
import { freePortBase } from './cluster.ts'

type Service = {
  readonly image: string
  readonly command: readonly string[]
  readonly volumes: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
  readonly networks: Readonly<Record<string, { readonly ipv4_address: string }>>
}
type Compose = {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly networks: Readonly<Record<string, unknown>>
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as Compose
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
const NODES = ['validator-0', 'validator-1', 'validator-2', 'validator-3', 'rpc'] as const
const service = (name: string): Service => compose.services[name] ?? expect.fail(`there is no service ${name}`)

describe('docker-compose.yml', () => {
  it('has four validators and one RPC node, which wait for the keys and the genesis', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['init', ...NODES].sort())
    for (const name of NODES) {
      expect(service(name).depends_on?.['init']?.condition).toBe('service_completed_successfully')
    }
  })

  it('serves RPC on 8545 of this machine, and every port that it publishes is one that the node listens on', () => {
    expect(service('rpc').ports).toContain('127.0.0.1:8545:8545')
    const published = NODES.flatMap((name) => service(name).ports ?? [])
    const exposed = /^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? []
    for (const port of published) expect(exposed).toContain(port.split(':').at(-1))
    const hostPorts = published.map((port) => port.split(':').slice(0, -1).join(':'))
    expect(new Set(hostPorts).size).toBe(hostPorts.length)
  })

  it('keeps keys and chain in a named volume that every service mounts where the commands look', () => {
    for (const name of ['init', ...NODES]) {
      expect(service(name).volumes).toEqual(['network:/network'])
      expect(service(name).command.some((word) => word.includes('/network'))).toBe(true)
    }
    expect(Object.keys(compose.volumes)).toEqual(['network'])
    expect(dockerfile).toMatch(/^VOLUME \/network$/m)
  })

  it('gives every node the address that the network was made for', () => {
    const hosts = service('init')
      .command.find((word) => word.startsWith('--hosts='))
      ?.slice('--hosts='.length)
    expect(NODES.map((name) => service(name).networks['sahara']?.ipv4_address)).toEqual(hosts?.split(','))
  })

  it('leaves a stopping node more time than it takes', () => {
    for (const name of NODES) expect(service(name).stop_grace_period).toBe('30s')
  })
})

describe('the commands of docker-compose.yml', () => {
  let folder: string
  let base: number
  const running: ChildProcess[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sahara-compose-'))
    base = await freePortBase(NODES.length)
  })
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  /** The words of a command as they run here: the image's program, the volume's folder, this machine's ports. */
  function here(words: readonly string[]): string[] {
    return words.map((word) =>
      word
        .replace('/network', folder)
        .replace('/app/dist/src/cli/main.js', join(ROOT, 'src/cli/main.ts'))
        .replace(/^--hosts=.*/, `--port-base=${base}`),
    )
  }

  const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[]

  function run(words: readonly string[]) {
    const [program = '', ...args] = here(words)
    return spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' })
  }

  it('make the network once and keep it', () => {
    const command = [...entrypoint, ...service('init').command]
    const made = run(command)
    expect([made.status, made.stderr]).toEqual([0, ''])
    const genesis = readFileSync(join(folder, 'genesis.json'), 'utf8')
    expect(run(command).status).toBe(0)
    expect(readFileSync(join(folder, 'genesis.json'), 'utf8')).toBe(genesis)
  })

  it('start four validators and an RPC node, which become healthy and finalize blocks', async () => {
    for (const name of NODES) {
      const [program = '', ...args] = here([...entrypoint, ...service(name).command])
      running.push(spawn(program, args, { stdio: 'ignore' }))
    }
    for (const [i, name] of NODES.entries()) {
      const [kind, ...words] = service(name).healthcheck?.test ?? []
      expect(kind).toBe('CMD')
      const check = words.map((word) => word.replace('127.0.0.1:9100', `127.0.0.1:${portsOf(i, base).metrics}`))
      await expect.poll(() => run(check).status, { timeout: 90_000, interval: 500 }).toBe(0)
    }
    const url = `http://127.0.0.1:${portsOf(NODES.length - 1, base).rpc}`
    const height = async () => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
      const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      return Number(((await response.json()) as { result: string }).result)
    }
    await expect.poll(height, { timeout: 90_000 }).toBeGreaterThanOrEqual(2)
  })

  it('call a node unhealthy that does not run', () => {
    const words = service('rpc').healthcheck?.test.slice(1) ?? []
    expect(run(words.map((word) => word.replace('127.0.0.1:9100', '127.0.0.1:1'))).status).toBe(1)
  })

  it('stop within the grace period, cleanly', async () => {
    const codes = running.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of running) child.kill('SIGTERM')
    expect(await Promise.all(codes)).toEqual(NODES.map(() => 0))
  })
})
