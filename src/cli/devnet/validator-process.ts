/**
 * One validator of the devnet: a child process that runs `sahara start`, its log in a file, its status over HTTP.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeStatus } from '../../node/status.ts'
import type { NodePorts, TestnetNode } from '../../node/testnet/plan.ts'
import { fetchStatus } from '../commands/status.ts'

/** How a child ended. */
export type ChildEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

const STOP_TIMEOUT_MS = 15_000
const MAX_QUOTED_LOG_BYTES = 2_000

export class ValidatorProcess {
  readonly node: TestnetNode
  readonly ports: NodePorts
  readonly configPath: string
  readonly logPath: string
  private child: ChildProcess | undefined
  private ended: Promise<ChildEnd> | undefined

  constructor(node: TestnetNode, ports: NodePorts, folder: string) {
    this.node = node
    this.ports = ports
    this.configPath = join(folder, node.name, 'config.json')
    this.logPath = join(folder, node.name, 'node.log')
  }

  get pid(): number | undefined {
    return this.child?.pid
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${this.ports.rpc}`
  }

  /** Starts the child. It leaves our process group, so that Ctrl-C reaches it only through `stop`. */
  start(): void {
    const log = openSync(this.logPath, 'a', 0o600)
    const script = process.argv[1] ?? ''
    const child = spawn(process.execPath, [script, 'start', '--config', this.configPath, '--log.format', 'pretty'], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    })
    closeSync(log)
    this.child = child
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve({ code: 1, signal: null }))
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
  }

  /** Resolves when the child has ended, for whatever reason. */
  end(): Promise<ChildEnd> {
    return this.ended ?? Promise.resolve({ code: 0, signal: null })
  }

  /** Asks the child to stop and waits; a child that does not is ended after STOP_TIMEOUT_MS. */
  async stop(): Promise<ChildEnd> {
    const { child } = this
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return this.end()
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    try {
      return await this.end()
    } finally {
      clearTimeout(timer)
    }
  }

  /** What the validator says of itself; undefined while it does not answer. Works for one restarted by hand, too. */
  async status(): Promise<NodeStatus | undefined> {
    try {
      return await fetchStatus(`http://127.0.0.1:${this.ports.metrics}`, 1_500)
    } catch {
      return undefined
    }
  }

  /** The last lines of the log, for a person who must learn why the child ended. */
  logTail(): string {
    try {
      const size = statSync(this.logPath).size
      return readFileSync(this.logPath, 'utf8').slice(-Math.min(size, MAX_QUOTED_LOG_BYTES))
    } catch {
      return ''
    }
  }
}
