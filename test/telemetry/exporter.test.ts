/**
 * The operator's server and the logs: what they answer and what they look like.
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { MAX_METRICS_CONNECTIONS } from '../../src/lib/limits.ts'
import { Exporter } from '../../src/telemetry/exporter.ts'
import { createLogger } from '../../src/telemetry/log.ts'
import { MetricsRegistry } from '../../src/telemetry/metrics.ts'
import { prettyLine } from '../../src/telemetry/pretty.ts'

const started: Exporter[] = []
afterEach(async () => {
  for (const exporter of started.splice(0)) await exporter.stop()
})

async function serve(ready: () => string | Promise<string>, metrics = new MetricsRegistry()): Promise<string> {
  const exporter = new Exporter({
    host: '127.0.0.1',
    port: 0,
    metrics,
    live: [{ name: 'eventLoop', check: () => 'ok' }],
    ready: [{ name: 'disk', check: ready }],
    status: () => ({ finalizedHeight: 7 }),
  })
  started.push(exporter)
  return `http://127.0.0.1:${await exporter.start()}`
}

describe('the operator’s server', () => {
  it('answers 200 when all checks are well and 503 with the one that is not', async () => {
    const url = await serve(() => 'ok')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const ill = await serve(() => Promise.reject(new Error('ENOSPC: no space left')))
    const answer = await fetch(`${ill}/readyz`)
    expect([answer.status, await answer.json()]).toEqual([503, { disk: 'ENOSPC: no space left' }])
    expect((await fetch(`${ill}/livez`)).status).toBe(200)
  })

  it('closes connections that are too many, and takes others when these have left', async () => {
    const url = new URL(await serve(() => 'ok'))
    const sockets = Array.from({ length: MAX_METRICS_CONNECTIONS }, () => connect(Number(url.port), url.hostname))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    await expect(fetch(new URL('/livez', url))).rejects.toThrow()
    for (const socket of sockets) socket.destroy()
    const isLive = () =>
      fetch(new URL('/livez', url)).then(
        (response) => response.status,
        () => 0,
      )
    await expect.poll(isLive).toBe(200)
  })

  it('serves metrics and status, and refuses the rest', async () => {
    const metrics = new MetricsRegistry()
    metrics.counter('blocks_total', 'blocks', ['kind']).inc({ kind: 'own' }, 2)
    metrics.gauge('height', 'height', [], () => 9)
    metrics.histogram('work_seconds', 'work', [1, 2]).observe(1.5)
    const url = await serve(() => 'ok', metrics)
    const page = await (await fetch(`${url}/metrics`)).text()
    expect(page).toContain('sahara_blocks_total{kind="own"} 2')
    expect(page).toContain('sahara_height 9')
    expect(page).toContain('sahara_work_seconds_bucket{le="2"} 1')
    expect(await (await fetch(`${url}/status`)).json()).toEqual({ finalizedHeight: 7 })
    expect((await fetch(`${url}/else`)).status).toBe(404)
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405)
  })

  it('gives one metric to all who ask for its name', () => {
    const metrics = new MetricsRegistry()
    expect(metrics.counter('x_total', 'x')).toBe(metrics.counter('x_total', 'x'))
  })
})

describe('a log line', () => {
  function logged(format: 'json' | 'pretty'): string {
    let line = ''
    const log = createLogger({ level: 'info', format, write: (text) => (line += text) })
    const hash = `0x${'ab'.repeat(32)}`
    log.child('chain').info({ height: 7, gas: 21_000n, hash, error: new RangeError('boom') }, 'block committed')
    log.debug({}, 'not said')
    return line
  }

  it('is JSON for machines, with big integers as text and errors by name', () => {
    expect(JSON.parse(logged('json'))).toMatchObject({
      level: 'info',
      area: 'chain',
      msg: 'block committed',
      height: 7,
      gas: '21000',
      error: { name: 'RangeError', message: 'boom' },
    })
  })

  it('is one line for people, with short hashes', () => {
    expect(logged('pretty')).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} info {2}chain: block committed height=7 gas=21000 hash=0xabababab…/,
    )
  })

  it('passes unchanged when it is not JSON', () => {
    expect(prettyLine('plain text\n')).toBe('plain text\n')
  })
})
