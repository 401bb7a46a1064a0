/**
 * Headers, receipts, blooms and list roots against @ethereumjs; sealed blocks through their bytes and back.
 */

import { createRequire } from 'node:module'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Bloom, encodeReceipt as theirReceipt } from '@ethereumjs/vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keccak256 } from '../../src/crypto/keccak.ts'
import { bytesToHex, hexToBytes } from '../../src/lib/bytes.ts'
import type { Header, SealedBlock } from '../../src/types/block.ts'
import {
  contextHash,
  decodeContext,
  decodeHeader,
  encodeContext,
  encodeHeader,
  encodeStandardBlock,
  headerHash,
  parentCertHash,
  standardBlockSize,
  transactionsRootOf,
} from '../../src/types/block-codec.ts'
import { bloomMayContain, bloomOf } from '../../src/types/bloom.ts'
import { DecodeError } from '../../src/types/codec.ts'
import type { Evidence } from '../../src/types/evidence.ts'
import { orderedTrieRoot } from '../../src/types/ordered-root.ts'
import { addressFromBytes, hashFromBytes } from '../../src/types/primitives.ts'
import type { Log, Receipt } from '../../src/types/receipt.ts'
import { decodeReceiptList, encodeReceipt, encodeReceiptList, receiptsRootOf } from '../../src/types/receipt-codec.ts'
import { decodeRlp, encodeRlp, type RlpItem } from '../../src/types/rlp.ts'
import {
  bodyMismatch,
  decodeSealedBlock,
  encodeSealedBlock,
  evidenceRootOf,
} from '../../src/types/sealed-block-codec.ts'

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(addressFromBytes)
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hashFromBytes)
const bloom = fc.uint8Array({ minLength: 256, maxLength: 256 })
const gas = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const height = fc.nat(2 ** 31 - 1)

const header: fc.Arbitrary<Header> = fc.record({
  parentHash: hash,
  ommersHash: hash,
  coinbase: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bloom,
  number: height,
  gasLimit: gas,
  gasUsed: gas,
  timestamp: height,
  extraData: fc.uint8Array({ maxLength: 32 }),
  mixHash: hash,
  baseFeePerGas: gas,
  withdrawalsRoot: hash,
  blobGasUsed: gas,
  excessBlobGas: gas,
  parentBeaconBlockRoot: hash,
  requestsHash: hash,
})

const log: fc.Arbitrary<Log> = fc.record({
  address,
  topics: fc.array(hash, { maxLength: 4 }),
  data: fc.uint8Array({ maxLength: 70 }),
})

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    type: fc.constantFrom<0 | 1 | 2 | 4>(0, 1, 2, 4),
    status: fc.constantFrom<0 | 1>(0, 1),
    // The library would encode a zero otherwise than RLP has it; no receipt has one.
    cumulativeGasUsed: gas.map((value) => value + 1n),
    logs: fc.array(log, { maxLength: 4 }),
    gasUsed: gas,
    effectiveGasPrice: gas,
    contractAddress: fc.option(address),
  })
  .map((one) => ({ ...one, logsBloom: bloomOf(one.logs) }))

const vote = fc.record({
  subject: fc.record({
    kind: fc.constantFrom<1 | 2 | 3>(1, 2, 3),
    epoch: height,
    view: height,
    parentView: height,
    blockHash: hash,
    justHash: hash,
  }),
  signerIndex: fc.nat(127),
  signature: fc.uint8Array({ minLength: 96, maxLength: 96 }),
})
const evidence: fc.Arbitrary<Evidence> = fc.record({
  type: fc.constantFrom<1 | 2 | 3 | 4>(1, 2, 3, 4),
  first: vote,
  second: vote,
})

/** Transaction-like bytes: an RLP list, or a type and an RLP list. */
const rawTransaction = fc
  .record({ type: fc.constantFrom(0, 1, 2), payload: fc.uint8Array({ maxLength: 80 }) })
  .map(({ type, payload }) => {
    const list = encodeRlp([payload])
    return type === 0 ? list : Uint8Array.of(type, ...list)
  })

/** A block whose header commits to its body. */
const block: fc.Arbitrary<SealedBlock> = fc
  .record({
    header,
    transactions: fc.array(rawTransaction, { maxLength: 12 }),
    parentCert: fc.uint8Array({ maxLength: 200 }),
    evidence: fc.array(evidence, { maxLength: 3 }),
    epoch: height,
    view: height,
    parentView: height,
    validatorsHash: hash,
    nextValidatorsHash: hash,
    timestampMsPart: fc.nat(999),
    randaoReveal: fc.uint8Array({ minLength: 96, maxLength: 96 }),
  })
  .map((one) => {
    const context = {
      version: 1,
      epoch: one.epoch,
      view: one.view,
      parentView: one.parentView,
      parentCertHash: parentCertHash(one.parentCert),
      validatorsHash: one.validatorsHash,
      nextValidatorsHash: one.nextValidatorsHash,
      evidenceRoot: evidenceRootOf(one.evidence),
      timestampMsPart: one.timestampMsPart,
      randaoReveal: one.randaoReveal,
    }
    const sealed: Header = {
      ...one.header,
      number: one.header.number + 1,
      transactionsRoot: transactionsRootOf(one.transactions),
      parentBeaconBlockRoot: contextHash(context),
    }
    return {
      hash: headerHash(sealed),
      header: sealed,
      transactions: one.transactions,
      consensus: { context, parentCert: one.parentCert, evidence: one.evidence },
    }
  })

describe('RLP', () => {
  const item: fc.Arbitrary<RlpItem> = fc.letrec<{ item: RlpItem }>((tie) => ({
    item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 70 }), fc.array(tie('item'), { maxLength: 5 })),
  })).item

  it('encodes as @ethereumjs/rlp and decodes to what was encoded', () => {
    fc.assert(
      fc.property(item, (value) => {
        const encoded = encodeRlp(value)
        expect(encoded).toEqual(RLP.encode(value as Uint8Array))
        expect(decodeRlp(encoded)).toEqual(value)
      }),
    )
  })

  it('has one encoding a value: what decodes encodes to the same bytes, everything else is a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(encodeRlp(decodeRlp(bytes))).toEqual(bytes)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses nesting that would exhaust the stack', () => {
    let bytes: Uint8Array = encodeRlp([])
    for (let i = 0; i < 40; i++) bytes = Uint8Array.of(0xc0 + bytes.length, ...bytes)
    expect(() => decodeRlp(bytes)).toThrow(/nested deeper/)
  })
})

describe('a header', () => {
  it('has the hash that @ethereumjs/block gives it', async () => {
    // The block library that @ethereumjs/vm brings along.
    const fromVm = createRequire(import.meta.resolve('@ethereumjs/vm'))
    const { createBlockHeader } = await import(fromVm.resolve('@ethereumjs/block'))
    const { Common, Hardfork, Mainnet } = await import('@ethereumjs/common')
    const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
    fc.assert(
      fc.property(header, (any) => {
        // The library refuses a header that used more than its limit.
        const ours = { ...any, gasUsed: any.gasUsed % (any.gasLimit + 1n) }
        const theirs = createBlockHeader(
          {
            ...ours,
            uncleHash: ours.ommersHash,
            transactionsTrie: ours.transactionsRoot,
            receiptTrie: ours.receiptsRoot,
            difficulty: 0n,
            ommersHash: undefined,
          },
          { common, skipConsensusFormatValidation: true },
        )
        expect(bytesToHex(theirs.hash())).toBe(headerHash(ours))
      }),
      { numRuns: 40 },
    )
  })

  it('survives its bytes', () => {
    fc.assert(
      fc.property(header, (one) => {
        expect(decodeHeader(encodeHeader(one))).toEqual(one)
      }),
    )
  })
})

describe('a sealed block', () => {
  it('survives its bytes, and its header commits to all of its body', () => {
    fc.assert(
      fc.property(block, (one) => {
        expect(decodeSealedBlock(encodeSealedBlock(one))).toEqual(one)
        expect(decodeContext(encodeContext(one.consensus.context))).toEqual(one.consensus.context)
        expect(bodyMismatch(one)).toBeUndefined()
        expect(encodeStandardBlock(one).length).toBe(standardBlockSize(one))
      }),
    )
  })

  it('with another part in its body does not pass', () => {
    fc.assert(
      fc.property(block, rawTransaction, (one, raw) => {
        const { consensus } = one
        const foreign: readonly (readonly [string, SealedBlock])[] = [
          ['transactions', { ...one, transactions: [...one.transactions, raw] }],
          [
            'parentCert',
            { ...one, consensus: { ...consensus, parentCert: Uint8Array.of(...consensus.parentCert, 1) } },
          ],
          ['context', { ...one, consensus: { ...consensus, context: { ...consensus.context, version: 2 } } }],
        ]
        for (const [part, changed] of foreign) expect(bodyMismatch(changed)?.part).toBe(part)
      }),
      { numRuns: 30 },
    )
  })

  it('that is cut anywhere is a DecodeError', () => {
    const [one] = fc.sample(block, { seed: 7, numRuns: 1 })
    const bytes = encodeSealedBlock(one as SealedBlock)
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => decodeSealedBlock(bytes.subarray(0, length))).toThrow(DecodeError)
    }
  })
})

describe('receipts', () => {
  it('encode as @ethereumjs/vm encodes them', () => {
    fc.assert(
      fc.property(receipt, (one) => {
        const logs = one.logs.map((each) => [hexToBytes(each.address), each.topics.map(hexToBytes), each.data])
        const theirs = theirReceipt(
          {
            status: one.status,
            cumulativeBlockGasUsed: one.cumulativeGasUsed,
            bitvector: one.logsBloom,
            logs,
          } as never,
          one.type,
        )
        expect(encodeReceipt(one)).toEqual(theirs)
      }),
    )
  })

  it('have the root of their encodings', () => {
    fc.assert(
      fc.property(fc.array(receipt, { maxLength: 40 }), (list) => {
        expect(receiptsRootOf(list)).toBe(orderedTrieRoot(list.map(encodeReceipt)))
      }),
    )
  })

  it('survive the store', () => {
    fc.assert(
      fc.property(fc.array(receipt, { maxLength: 8 }), (list) => {
        expect(decodeReceiptList(encodeReceiptList(list))).toEqual(list)
      }),
    )
  })

  it('have the bloom of @ethereumjs/vm, which contains every address and topic', () => {
    fc.assert(
      fc.property(fc.array(log, { maxLength: 5 }), (logs) => {
        const ours = bloomOf(logs)
        const theirs = new Bloom()
        for (const one of logs) {
          for (const item of [one.address, ...one.topics].map(hexToBytes)) {
            theirs.add(item)
            expect(bloomMayContain(ours, item)).toBe(true)
          }
        }
        expect(ours).toEqual(theirs.bitvector)
      }),
    )
  })
})

describe('the root of a list', () => {
  it('is that of a Merkle-Patricia trie under rlp(index)', async () => {
    for (const count of [0, 1, 2, 16, 17, 127, 128, 129, 300]) {
      const values = Array.from({ length: count }, (_, i) =>
        keccak256(Uint8Array.of(i & 255)).subarray(0, 1 + ((i * 7) % 31)),
      )
      const trie = new MerklePatriciaTrie()
      for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value)
      expect(orderedTrieRoot(values)).toBe(bytesToHex(trie.root()))
    }
  })
})
