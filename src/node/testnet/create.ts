/**
 * Makes the folders of a test network: keys for every node, one genesis for all, and a file that says what was made.
 */

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Allocation, WEI_PER_SAHARA } from '../../chainspec/allocations.ts'
import { DEV_ACCOUNTS } from '../../chainspec/dev-accounts.ts'
import { buildNetwork, DEVNET_CHAIN_ID } from '../../chainspec/networks.ts'
import { keccak256 } from '../../crypto/keccak.ts'
import { assert, present } from '../../lib/assert.ts'
import { CodedError } from '../../lib/errors.ts'
import { describeBadField, readFields } from '../../lib/field-reader.ts'
import { createNodeKey, writeNodeKey } from '../../p2p/node-key.ts'
import { type Address, addressFromBytes } from '../../types/primitives.ts'
import { LOCK_FILE } from '../data-dir.ts'
import { writeGenesisFile } from '../genesis-file.ts'
import { readJsonFile, writeJsonFile } from '../json-file.ts'
import { createPassword, createValidatorKey, genesisEntry, writeValidatorKey } from '../validator-key.ts'
import { configOf, type NodePlace, type TestnetNode, type TestnetPlan } from './plan.ts'

/** What testnet.json holds: enough to start the network again. */
export type TestnetRecord = {
  readonly validators: number
  readonly fullNodes: number
  readonly nodes: readonly TestnetNode[]
}

const RECORD_FILE = 'testnet.json'

/** Creates keys and genesis of every node under `folder`. */
export async function createTestnet(folder: string, plan: TestnetPlan): Promise<TestnetRecord> {
  mkdirSync(folder, { recursive: true })
  const nodes: TestnetNode[] = []
  const entries = []
  for (let i = 0; i < plan.validators + plan.fullNodes; i++) {
    const isValidator = i < plan.validators
    const name = isValidator ? `validator-${i}` : `node-${i - plan.validators}`
    const nodeKey = await createNodeKey()
    await writeNodeKey(join(folder, name, 'keys', 'node.key'), nodeKey)
    nodes.push({ name, isValidator, peerId: nodeKey.peerId })
    if (!isValidator) continue
    const key = createValidatorKey()
    const keys = join(folder, name, 'keys')
    writeValidatorKey(join(keys, 'validator.json'), join(keys, 'validator.password'), key, createPassword(), 'new')
    const operator = present(DEV_ACCOUNTS[i % DEV_ACCOUNTS.length], 'there are development accounts').address
    const choices = { chainId: DEVNET_CHAIN_ID, peerId: nodeKey.peerId, operator, feeAddress: operator, power: 1 }
    entries.push(genesisEntry({ key, ...choices }))
  }
  const spec = buildNetwork(plan.network, {
    validators: entries,
    genesisTimeMs: plan.genesisTimeMs,
    ...(plan.minBlockIntervalMs === undefined ? {} : { minBlockIntervalMs: plan.minBlockIntervalMs }),
    grants: extraGrants(plan.fundedAccounts),
  })
  writeGenesisFile(join(folder, 'genesis.json'), spec)
  const record: TestnetRecord = { validators: plan.validators, fullNodes: plan.fullNodes, nodes }
  writeJsonFile(join(folder, RECORD_FILE), { version: 1, ...record })
  return record
}

/** Writes every node's config file for the given places; done at each start, for ports may change between them. */
export function writeConfigs(folder: string, record: TestnetRecord, places: readonly NodePlace[]): void {
  assert(places.length === record.nodes.length, 'every node has a place')
  record.nodes.forEach((node, i) => {
    writeJsonFile(join(folder, node.name, 'config.json'), configOf(record.nodes, places, i), 0o644, true)
  })
}

/** The network that was created under `folder`, or undefined when there is none. */
export function readTestnet(folder: string): TestnetRecord | undefined {
  const path = join(folder, RECORD_FILE)
  if (!existsSync(path)) return undefined
  const record = readFields(readJsonFile(path), (fields) => {
    fields.integer('version', 1, 1)
    return {
      validators: fields.integer('validators', 1, 128),
      fullNodes: fields.integer('fullNodes', 0, 128),
      nodes: fields.objects('nodes', 256, (node) => ({
        name: node.text('name', /^[a-z]+-\d+$/, 'validator-N or node-N'),
        isValidator: node.boolean('isValidator'),
        peerId: node.text('peerId', /^\w+$/, 'a peer id'),
      })),
    }
  })
  if (record.ok) return record.value
  throw new CodedError({ ...record.error, path }, `${path}: ${describeBadField(record.error)}`)
}

/** What a test network consists of in its folder, beside the lock. */
const PARTS = /^(testnet\.json|genesis\.json|(validator|node)-\d+)(\.new)?$/

/**
 * Deletes the network under `folder`, whole or half made, and nothing else. Throws CodedError BAD_OPTION when what lies there
 * was made by something else: a slip in a path must not cost anybody a folder.
 */
export function forgetTestnet(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const foreign = names.find((name) => !PARTS.test(name) && name !== LOCK_FILE)
  if (foreign !== undefined && !existsSync(join(folder, RECORD_FILE))) {
    const accepted = 'a folder with a network in it, or an empty one'
    throw new CodedError(
      { code: 'BAD_OPTION', option: '--fresh', value: folder, accepted },
      `--fresh: ${folder} holds ${foreign} and no ${RECORD_FILE}, so nothing is deleted; accepted: ${accepted}`,
    )
  }
  for (const name of names) if (PARTS.test(name)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** Addresses that nobody has a key to, for measuring with many accounts. */
function extraGrants(count: number): Allocation[] {
  return Array.from({ length: count }, (_, i) => ({
    bucket: 'liquidity' as const,
    address: fillerAddress(i),
    balanceWei: WEI_PER_SAHARA,
  }))
}

/** The address of the funded account number `index`, which nobody holds the key of. */
export function fillerAddress(index: number): Address {
  return addressFromBytes(keccak256(new TextEncoder().encode(`sahara/filler/${index}`)).subarray(12))
}
