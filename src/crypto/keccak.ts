/**
 * Keccak-256, synchronous, from WebAssembly: half a microsecond for a short input against 7 to 30 for plain JavaScript.
 * The kernel is assembled once when this file is first imported. @noble/hashes and hash-wasm are the references in the tests.
 */

import { createKeccakKernel, INPUT_OFFSET, RATE_BYTES } from './keccak-kernel.ts'

/** Structurally the Hash of types/primitives.ts, which this layer may not import. */
type HashText = `0x${string}` & { readonly __brand: 'Hash' }

const PAGE_BYTES = 65_536

const kernel = createKeccakKernel()
let memory = new Uint8Array(kernel.memory.buffer)
let memoryText = Buffer.from(kernel.memory.buffer)

/** The 32-byte Keccak-256 of `bytes`, in an array of its own. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  absorb(bytes)
  return memory.slice(0, 32)
}

/** Writes the Keccak-256 of `bytes` to `out`: for thousands of hashes that are parts of something. */
export function keccak256Into(bytes: Uint8Array, out: Uint8Array, at: number): void {
  absorb(bytes)
  for (let i = 0; i < 32; i++) out[at + i] = memory[i] as number
}

/** The Keccak-256 of `bytes` as a Hash. */
export function keccak256Hash(bytes: Uint8Array): HashText {
  absorb(bytes)
  return `0x${memoryText.toString('hex', 0, 32)}` as HashText
}

/** Pads (first bit 1, last bit 1) and hashes; the digest is then at the start of the memory. */
function absorb(bytes: Uint8Array): void {
  const { length } = bytes
  const blocks = Math.floor(length / RATE_BYTES) + 1
  const end = INPUT_OFFSET + blocks * RATE_BYTES
  if (end > memory.length) growTo(end)
  memory.set(bytes, INPUT_OFFSET)
  memory.fill(0, INPUT_OFFSET + length, end)
  memory[INPUT_OFFSET + length] = 1
  memory[end - 1] = (memory[end - 1] as number) | 0x80
  kernel.hash(blocks)
}

/** An input is hashed in one call, so the memory holds the longest that was ever hashed. */
function growTo(size: number): void {
  kernel.memory.grow(Math.ceil((size - memory.length) / PAGE_BYTES))
  memory = new Uint8Array(kernel.memory.buffer)
  memoryText = Buffer.from(kernel.memory.buffer)
}
