/**
 * The handshake: the dialler asks with a hello, the listener answers with its own, and each turns the other away, with a
 * named outcome, when chain, genesis or protocol version differ. Both learn the other's status and addresses.
 */

import { MAX_PEER_ADDRESSES } from '../lib/limits.ts'
import { decodeExactly, type Reader, Writer } from '../types/codec.ts'
import type { Outcome } from './outcomes.ts'
import type { ChainIdentity, Status } from './ports.ts'

/** Raised when a node of the older version could not follow any more. */
export const PROTOCOL_VERSION = 1

const MAX_AGENT_BYTES = 64
const MAX_ADDRESS_BYTES = 128
const MAX_CERTIFICATE_BYTES = 512

export type Hello = {
  readonly version: number
  readonly chain: ChainIdentity
  readonly status: Status
  readonly agent: string
  /** Multiaddrs on which the node can be dialled. */
  readonly addresses: readonly string[]
}

export function encodeHello(hello: Hello): Uint8Array {
  const writer = new Writer()
  writer.u16(hello.version).u64(hello.chain.chainId).hash(hello.chain.genesisHash)
  writeStatus(writer, hello.status)
  writer.text(hello.agent.slice(0, MAX_AGENT_BYTES))
  writer.list(hello.addresses.slice(0, MAX_PEER_ADDRESSES), (list, address) => list.text(address))
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeHello(bytes: Uint8Array): Hello {
  return decodeExactly(bytes, (reader) => ({
    version: reader.u16(),
    chain: { chainId: reader.u64(), genesisHash: reader.hash() },
    status: readStatus(reader),
    agent: printable(reader.text(MAX_AGENT_BYTES)),
    addresses: reader.list(MAX_PEER_ADDRESSES, (list) => list.text(MAX_ADDRESS_BYTES)),
  }))
}

export function encodeStatus(status: Status): Uint8Array {
  const writer = new Writer()
  writeStatus(writer, status)
  return writer.finish()
}

/** Throws DecodeError. */
export function decodeStatus(bytes: Uint8Array): Status {
  return decodeExactly(bytes, readStatus)
}

/** Why a peer's hello ends the connection; undefined when it is welcome. */
export function checkHello(own: ChainIdentity, hello: Hello): Outcome | undefined {
  if (hello.chain.chainId !== own.chainId) return 'wrong-chain'
  if (hello.chain.genesisHash !== own.genesisHash) return 'wrong-genesis'
  if (hello.version !== PROTOCOL_VERSION) return 'wrong-protocol-version'
  return undefined
}

function writeStatus(writer: Writer, status: Status): void {
  writer.u64(status.epoch).u64(status.view).u64(status.finalizedHeight).hash(status.finalizedHash)
  writer.bytes(status.bestCertificate)
}

function readStatus(reader: Reader): Status {
  return {
    epoch: reader.u64(),
    view: reader.u64(),
    finalizedHeight: reader.u64(),
    finalizedHash: reader.hash(),
    bestCertificate: reader.bytes(MAX_CERTIFICATE_BYTES),
  }
}

/** A peer's words reach logs and tables only as plain ASCII. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
