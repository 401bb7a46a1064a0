/**
 * A plain model of the state, random blocks for it, and Ethereum's own trie as the judge of roots.
 */

import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { keccak256Hash } from '../../src/crypto/keccak.ts'
import { bigintToBytes, bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import type { Prng } from '../../src/lib/prng.ts'
import { EMPTY_CODE_HASH } from '../../src/state/account.ts'
import type { SealedState } from '../../src/state/sealed-state.ts'
import type { WorldState } from '../../src/state/world-state.ts'
import type { BlockRecord } from '../../src/storage/block-store.ts'
import { type Address, type Hash, ZERO_ADDRESS, ZERO_HASH } from '../../src/types/primitives.ts'
import { encodeRlp } from '../../src/types/rlp.ts'

export type ModelAccount = { nonce: bigint; balance: bigint; code: Uint8Array; storage: Map<Hash, bigint> }
export type Model = Map<Address, ModelAccount>

export const ADDRESSES = Array.from({ length: 24 }, (_, i) => bytesToHex(new Uint8Array(20).fill(i + 1)) as Address)
export const SLOTS = Array.from({ length: 12 }, (_, i) => bytesToHex(new Uint8Array(32).fill(i)) as Hash)

export function cloneModel(model: Model): Model {
  return new Map([...model].map(([address, account]) => [address, { ...account, storage: new Map(account.storage) }]))
}

/** One random change, made to both. */
export function randomChange(prng: Prng, world: WorldState, model: Model): void {
  const address = prng.pick(ADDRESSES)
  const account = (): ModelAccount => {
    const known = model.get(address) ?? { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: new Map() }
    model.set(address, known)
    return known
  }
  const kind = prng.below(10)
  if (kind < 3) {
    const wei = BigInt(prng.below(1_000_000)) * (prng.chance(0.1) ? 10n ** 20n : 1n)
    world.addBalance(address, wei)
    account().balance += wei
  } else if (kind < 4) {
    const nonce = BigInt(prng.below(300))
    world.setNonce(address, nonce)
    account().nonce = nonce
  } else if (kind < 5) {
    const code = new Uint8Array(prng.below(60)).fill(prng.below(256))
    world.setCode(address, code)
    account().code = code
  } else if (kind < 9) {
    // Storage belongs to contracts: the account gets a nonce so that it is not empty.
    world.setNonce(address, 1n)
    account().nonce = 1n
    const slot = prng.pick(SLOTS)
    const value = prng.chance(0.35) ? 0n : BigInt(prng.u32()) ** BigInt(prng.below(8))
    world.setStorage(address, slot, value)
    if (value === 0n) account().storage.delete(slot)
    else account().storage.set(slot, value)
  } else {
    world.deleteAccount(address)
    model.delete(address)
  }
}

/** What a transaction's end does to the model: empty accounts leave. */
export function dropEmptyAccounts(model: Model): void {
  for (const [address, account] of model) {
    if (account.nonce === 0n && account.balance === 0n && account.code.length === 0) model.delete(address)
  }
}

/** The state root of the model by @ethereumjs/mpt. */
export async function modelRoot(model: Model): Promise<Hash> {
  const trie = await createMPT({ useKeyHashing: true })
  for (const [address, account] of model) {
    const storage = await createMPT({ useKeyHashing: true })
    for (const [slot, value] of account.storage) await storage.put(hexToBytes(slot), encodeRlp(bigintToBytes(value)))
    await trie.put(hexToBytes(address), accountRlp(account, storage))
  }
  return bytesToHex(trie.root()) as Hash
}

function accountRlp(account: ModelAccount, storage: MerklePatriciaTrie): Uint8Array {
  const codeHash = account.code.length === 0 ? EMPTY_CODE_HASH : keccak256Hash(account.code)
  return encodeRlp([bigintToBytes(account.nonce), bigintToBytes(account.balance), storage.root(), hexToBytes(codeHash)])
}

/** A block that holds nothing but its state. */
export function blockOf(state: SealedState, number: number, transactions: readonly Uint8Array[] = []): BlockRecord {
  const header = {
    parentHash: ZERO_HASH,
    ommersHash: ZERO_HASH,
    coinbase: ZERO_ADDRESS,
    stateRoot: state.stateRoot,
    transactionsRoot: ZERO_HASH,
    receiptsRoot: ZERO_HASH,
    logsBloom: new Uint8Array(256),
    number,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: number,
    extraData: new Uint8Array(0),
    mixHash: ZERO_HASH,
    baseFeePerGas: 7n,
    withdrawalsRoot: ZERO_HASH,
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: ZERO_HASH,
    requestsHash: ZERO_HASH,
  }
  return {
    hash: keccak256Hash(encodeRlp([bigintToBytes(BigInt(number)), hexToBytes(state.stateRoot)])),
    header,
    transactions,
    transactionHashes: transactions.map(keccak256Hash),
    receipts: [],
    consensusBody: Uint8Array.of(1),
    certificate: Uint8Array.of(2),
  }
}

/** Different addresses, the same every time. */
export function manyAddresses(count: number): Address[] {
  return Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}` as Address)
}
