/**
 * sahara_*: what this chain has and Ethereum has not: finality certificates and the validators.
 */

import type { Certificate } from '../../types/certificate.ts'
import type { ValidatorSet } from '../../types/validator-set.ts'
import { type BlockReference, blockNumberOrHash, findBlock, LATEST } from '../block-parameter.ts'
import { dataHex, quantity } from '../hex.ts'
import { defineMethod, type Method } from '../method.ts'
import { optional, uint64 } from '../params.ts'
import type { RpcPorts } from '../ports.ts'
import type { Services } from '../services.ts'

export function saharaMethods({ ports }: Services): Method[] {
  return [
    defineMethod({
      name: 'sahara_finality',
      params: [optional('block', blockNumberOrHash, LATEST)],
      run: (_context, reference) => finalityJson(ports, reference),
    }),
    defineMethod({
      name: 'sahara_validators',
      params: [optional('epoch', uint64, undefined)],
      run: (_context, epoch) => {
        const set = ports.consensus.validators(epoch === undefined ? undefined : Number(epoch))
        return set === undefined ? null : validatorSetJson(set)
      },
    }),
    defineMethod({ name: 'sahara_status', params: [], run: () => statusJson(ports) }),
  ]
}

/** The certificate that made a block final; null for an unknown block, without certificate for genesis. */
function finalityJson(ports: RpcPorts, reference: BlockReference): object | null {
  const block = findBlock(ports.chain, reference)
  if (block === undefined) return null
  const proof = ports.consensus.finality(block.header.number)
  return {
    blockNumber: quantity(block.header.number),
    blockHash: block.hash,
    timestampMs: proof === undefined ? null : quantity(proof.timestampMs),
    certificate: proof === undefined ? null : certificateJson(proof.certificate),
    encoded: proof === undefined ? null : dataHex(proof.encoded),
  }
}

function certificateJson({ subject, bitmap, signature }: Certificate): object {
  return {
    epoch: quantity(subject.epoch),
    view: quantity(subject.view),
    parentView: quantity(subject.parentView),
    blockHash: subject.blockHash,
    justificationHash: subject.justHash,
    signers: signersOf(bitmap).map(quantity),
    bitmap: dataHex(bitmap),
    signature: dataHex(signature),
  }
}

/** Positions whose bit is set: bit i of byte i >> 3. */
function signersOf(bitmap: Uint8Array): number[] {
  const signers: number[] = []
  for (let i = 0; i < bitmap.length * 8; i++) if (((bitmap[i >> 3] as number) >> (i & 7)) & 1) signers.push(i)
  return signers
}

function validatorSetJson(set: ValidatorSet): object {
  return {
    epoch: quantity(set.epoch),
    totalPower: quantity(set.totalPower),
    quorum: quantity(set.quorum),
    validators: set.validators.map((one, i) => ({
      index: quantity(i),
      blsPublicKey: one.blsPublicKey,
      peerId: one.peerId,
      operator: one.operator,
      feeAddress: one.feeAddress,
      power: quantity(one.power),
    })),
  }
}

function statusJson({ chain, consensus, facts, network, pool, sync }: RpcPorts): object {
  const head = chain.head()
  const { pending, queued } = pool.status()
  const { epoch, view, isValidator, blockIntervalMs, finalityP50Ms, finalityP99Ms, transactionsPerSecond } =
    consensus.status()
  return {
    clientVersion: facts.clientVersion,
    chainId: quantity(facts.chainId),
    genesisHash: facts.genesisHash,
    finalizedNumber: quantity(head.header.number),
    finalizedHash: head.hash,
    isSynced: sync.progress() === undefined,
    peers: quantity(network.peerCount()),
    pendingTransactions: quantity(pending),
    queuedTransactions: quantity(queued),
    epoch: quantity(epoch),
    view: quantity(view),
    isValidator,
    blockIntervalMs,
    finalityP50Ms,
    finalityP99Ms,
    transactionsPerSecond,
  }
}
