/**
 * eth_*: accounts and storage at a block, with proofs. The block may be left out and is `latest` then.
 */

import { MAX_RPC_STORAGE_SLOTS } from '../../lib/limits.ts'
import type { Result } from '../../lib/result.ts'
import type { Address } from '../../types/primitives.ts'
import { type BlockReference, blockNumberOrHash, demandBlock, isPending, LATEST } from '../block-parameter.ts'
import { invalidParams, prunedHistory, tooManyCalls } from '../errors.ts'
import { dataHex, quantity, word } from '../hex.ts'
import { COST, defineMethod, type Method } from '../method.ts'
import { address, type Codec, fieldsOf, list, optional, required, text } from '../params.ts'
import type { AccountProof, Busy, RpcPorts, StatePruned } from '../ports.ts'
import type { Services } from '../services.ts'

/** Storage keys by address, for eth_getStorageValues. The addresses are echoed in the letter case they came in. */
type StorageRequests = readonly { readonly account: string; readonly keys: readonly string[] }[]

const storageRequests: Codec<StorageRequests> = (value) =>
  Object.entries(fieldsOf(value, 'map[common.Address][]common.Hash')).map(([account, keys]) => ({
    account,
    keys: list(text, 'string')(keys),
  }))

export function ethStateMethods({ ports }: Services): Method[] {
  const { chain, state, pool } = ports
  const at = (reference: BlockReference) => demandBlock(chain, reference).header.number
  const block = optional('block', blockNumberOrHash, LATEST)
  return [
    defineMethod({
      name: 'eth_getBalance',
      params: [required('address', address), block],
      run: async (_context, account, reference) => quantity(kept(await state.balance(account, at(reference)))),
    }),
    defineMethod({
      name: 'eth_getTransactionCount',
      params: [required('address', address), block],
      run: async (_context, account, reference) =>
        isPending(reference)
          ? quantity(pool.nextNonce(account))
          : quantity(kept(await state.nonce(account, at(reference)))),
    }),
    defineMethod({
      name: 'eth_getCode',
      params: [required('address', address), block],
      run: async (_context, account, reference) => dataHex(kept(await state.code(account, at(reference)))),
    }),
    defineMethod({
      name: 'eth_getStorageAt',
      params: [required('address', address), required('slot', text), block],
      run: async (_context, account, key, reference) =>
        word(kept(await state.storage(account, parseStorageKey(key).slot, at(reference)))),
    }),
    defineMethod({
      name: 'eth_getStorageValues',
      params: [required('requests', storageRequests), block],
      cost: COST.call,
      run: (_context, requests, reference) => storageValues(ports, requests, at(reference)),
    }),
    defineMethod({
      name: 'eth_getProof',
      params: [required('address', address), required('storage keys', list(text, 'string')), block],
      cost: COST.call,
      run: async (_context, account, keys, reference) => {
        checkSlotCount(keys.length)
        const parsed = keys.map(parseStorageKey)
        const slots = parsed.map((one) => one.slot)
        return proofJson(account, parsed, kept(await state.proof(account, slots, at(reference))))
      },
    }),
  ]
}

/** The value of a state answer; error 4444 when the state is no longer kept, -32005 when too much is asked at once. */
function kept<T>(answer: Result<T, StatePruned | Busy>): T {
  if (answer.ok) return answer.value
  throw answer.error.code === 'BUSY' ? tooManyCalls() : prunedHistory(answer.error)
}

type StorageKey = { readonly slot: bigint; readonly shown: string }

/** Reads a key as leniently as geth: the prefix and leading zeros are optional, 32 bytes are the most. */
function parseStorageKey(key: string): StorageKey {
  const digits = key.startsWith('0x') || key.startsWith('0X') ? key.slice(2) : key
  const even = digits.length % 2 === 0 ? digits : `0${digits}`
  if (even.length > 64) throw invalidParams(`hex string too long, want at most 32 bytes: ${quote(key)}`)
  if (!/^[0-9a-fA-F]*$/.test(even)) throw invalidParams(`hex string invalid: ${quote(key)}`)
  const slot = even.length === 0 ? 0n : BigInt(`0x${even}`)
  return { slot, shown: even.length === 64 ? `0x${even.toLowerCase()}` : quantity(slot) }
}

function quote(key: string): string {
  return JSON.stringify(key.slice(0, 100))
}

function checkSlotCount(count: number): void {
  if (count > MAX_RPC_STORAGE_SLOTS) throw invalidParams(`too many slots (max ${MAX_RPC_STORAGE_SLOTS})`)
}

async function storageValues(ports: RpcPorts, requests: StorageRequests, number: number): Promise<object> {
  const count = requests.reduce((sum, one) => sum + one.keys.length, 0)
  if (count === 0) throw invalidParams('empty request')
  checkSlotCount(count)
  const values: [string, string[]][] = []
  for (const { account, keys } of requests) {
    const words: string[] = []
    for (const key of keys) {
      const { slot } = parseStorageKey(key)
      words.push(word(kept(await ports.state.storage(address(account), slot, number))))
    }
    values.push([account, words])
  }
  return Object.fromEntries(values)
}

function proofJson(account: Address, keys: readonly StorageKey[], proof: AccountProof): object {
  return {
    address: account,
    accountProof: proof.accountProof.map(dataHex),
    balance: quantity(proof.balance),
    codeHash: proof.codeHash,
    nonce: quantity(proof.nonce),
    storageHash: proof.storageHash,
    storageProof: proof.storageProofs.map((one, i) => ({
      key: keys[i]?.shown ?? '0x0',
      value: quantity(one.value),
      proof: one.proof.map(dataHex),
    })),
  }
}
