/**
 * Merkle proofs of accounts and slots, of their absence too, as eth_getProof gives them (EIP-1186): the nodes on the way from
 * the root, nodes shorter than 32 bytes inside their parents.
 */

import { assert, present } from '../lib/assert.ts'
import type { KvReader } from '../storage/kv.ts'
import type { Address, Hash } from '../types/primitives.ts'
import { type Account, EMPTY_ACCOUNT } from './account.ts'
import { encodeAccountRlp, encodeSlotRlp } from './account-codec.ts'
import { branchRlp, extensionRlp, hasChild, isLeafChild, leafKeyOf, loneLeafKey } from './branch.ts'
import { hashedKey } from './hashed-key.ts'
import { leafRlp } from './leaf.ts'
import { nibbleOf } from './nibbles.ts'
import { PastBranches } from './past-branches.ts'
import type { PastState } from './past-state.ts'

export type SlotProof = { readonly slot: Hash; readonly value: bigint; readonly proof: readonly Uint8Array[] }

export type AccountProof = {
  /** The account, or the empty one when the state holds none. */
  readonly account: Account
  readonly accountProof: readonly Uint8Array[]
  /** In the order asked for. */
  readonly storageProofs: readonly SlotProof[]
}

/** Proves the account and slots in `state`; `head` is the database's height. */
export function proveAccount(
  kv: KvReader,
  state: PastState,
  head: number,
  address: Address,
  slots: readonly Hash[],
): AccountProof {
  const key = hashedKey(address)
  const account = state.accountOf(key)
  const accountValue = (leaf: string): Uint8Array =>
    encodeAccountRlp(present(state.accountOf(leaf), 'each leaf of the account trie has its account'))
  const accountWay = new PastBranches(kv, state.height, head, key.slice(0, 63))
  const slotValue = (leaf: string): Uint8Array => encodeSlotRlp(state.slotOf(key, leaf))
  const storageProofs = slots.map((slot): SlotProof => {
    const slotKey = hashedKey(slot)
    const way = new PastBranches(kv, state.height, head, key + slotKey)
    return { slot, value: state.slotOf(key, slotKey), proof: prove(way, key, slotKey, slotValue) }
  })
  return { account: account ?? EMPTY_ACCOUNT, accountProof: prove(accountWay, '', key, accountValue), storageProofs }
}

function prove(
  branches: PastBranches,
  trie: string,
  key: string,
  leafValue: (key: string) => Uint8Array,
): Uint8Array[] {
  const proof: Uint8Array[] = []
  const add = (rlp: Uint8Array): void => {
    if (proof.length === 0 || rlp.length >= 32) proof.push(rlp.slice())
  }
  for (let depth = 0; ; ) {
    const branch = branches.get(trie + key.slice(0, depth), depth, leafValue)
    if (branch === undefined) {
      assert(depth === 0, 'a branch that its parent names is stored')
      return proof
    }
    const lone = loneLeafKey(branch)
    if (lone !== undefined) {
      add(leafRlp(lone, 0, leafValue(lone)))
      return proof
    }
    const extension = extensionRlp(branch)
    if (extension !== undefined) add(extension)
    if (!key.startsWith(branch.layout.prefix, depth)) return proof
    add(branchRlp(branch))
    const fork = depth + branch.layout.prefix.length
    const nibble = nibbleOf(key.charCodeAt(fork))
    depth = fork + 1
    if (!hasChild(branch, nibble)) return proof
    if (isLeafChild(branch, nibble)) {
      const leaf = leafKeyOf(branch, nibble)
      add(leafRlp(leaf, depth, leafValue(leaf)))
      return proof
    }
  }
}
