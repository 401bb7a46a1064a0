/**
 * Ethereum's state-test fixtures as they come from execution-spec-tests: one JSON object a file, each entry a pre-state, a
 * transaction in variants and what must follow under each fork.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { hexToBytes } from '../../../src/lib/bytes.ts'
import type { Address, Hash } from '../../../src/types/primitives.ts'

export type FixtureAccount = {
  readonly nonce: string
  readonly balance: string
  readonly code: string
  readonly storage: Readonly<Record<string, string>>
}

export type FixtureState = Readonly<Record<string, FixtureAccount>>

type Post = {
  readonly hash: Hash
  readonly logs: Hash
  readonly txbytes: string
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
  readonly expectException?: string
  readonly state?: FixtureState
}

type Fixture = {
  readonly env: Readonly<Record<string, string>>
  readonly pre: FixtureState
  readonly transaction: Readonly<Record<string, unknown>> & { readonly sender?: string }
  readonly post: Readonly<Record<string, readonly Post[]>>
  readonly config?: { readonly chainid?: string }
}

/** One execution: a fixture with one variant of its transaction. */
export type StateTestCase = {
  readonly file: string
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly pre: FixtureState
  readonly post: Post
  readonly raw: Uint8Array
  readonly sender: Address | undefined
  readonly chainId: number
  readonly isBlobTransaction: boolean
}

/** Every case of `fork` in the JSON files under `folder`, in the order of file names. */
export function* stateTestCases(folder: string, fork: string): Generator<StateTestCase> {
  for (const file of jsonFiles(folder)) {
    const fixtures = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Fixture>>
    for (const [name, fixture] of Object.entries(fixtures)) {
      for (const post of fixture.post?.[fork] ?? []) yield caseOf(file, name, fixture, post)
    }
  }
}

function caseOf(file: string, name: string, fixture: Fixture, post: Post): StateTestCase {
  const { data, gas, value } = post.indexes
  const raw = hexToBytes(post.txbytes)
  return {
    file,
    name: `${name} d${data} g${gas} v${value}`,
    env: fixture.env,
    pre: fixture.pre,
    post,
    raw,
    sender: fixture.transaction.sender as Address | undefined,
    chainId: Number(fixture.config?.chainid ?? '0x1'),
    isBlobTransaction: raw[0] === 3,
  }
}

function* jsonFiles(path: string): Generator<string> {
  if (!statSync(path).isDirectory()) {
    if (path.endsWith('.json')) yield path
    return
  }
  for (const name of readdirSync(path).sort()) {
    if (!name.startsWith('.')) yield* jsonFiles(join(path, name))
  }
}
