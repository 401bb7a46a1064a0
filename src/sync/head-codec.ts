/**
 * A finalized head as it is gossiped to full nodes: the header and the finalization that proves it.
 */

import { err, ok, type Result } from '../lib/result.ts'
import type { Header } from '../types/block.ts'
import { decodeHeader, encodeHeader, headerHash } from '../types/block-codec.ts'
import type { Certificate } from '../types/certificate.ts'
import { DecodeError, decodeExactly, Writer } from '../types/codec.ts'
import { decodeCertificate } from '../types/consensus-codec.ts'
import type { Hash } from '../types/primitives.ts'

const MAX_HEADER_BYTES = 1_024
const MAX_CERTIFICATE_BYTES = 1_024

export type GossipedHead = {
  readonly header: Header
  readonly hash: Hash
  readonly certificate: Certificate
}

/** `certificate` is the encoded finalization of exactly this header's block. */
export function encodeHead(header: Header, certificate: Uint8Array): Uint8Array {
  return new Writer(1_024).bytes(encodeHeader(header)).bytes(certificate).finish()
}

export function decodeHead(bytes: Uint8Array): Result<GossipedHead, 'malformed-message'> {
  try {
    return decodeExactly(bytes, (reader) => {
      const header = decodeHeader(reader.bytes(MAX_HEADER_BYTES))
      const certificate = decodeCertificate(reader.bytes(MAX_CERTIFICATE_BYTES))
      return ok({ header, hash: headerHash(header), certificate })
    })
  } catch (thrown) {
    if (thrown instanceof DecodeError) return err('malformed-message')
    throw thrown
  }
}
