/**
 * Keccak-256's permutation as a WebAssembly module, assembled here instruction by instruction: a third faster than a compiled
 * library, and one call a hash instead of three.
 *
 * The 25 lanes of the state are locals. Six of them are kept complemented (the designers' "bebigokimisa" transform), which
 * leaves six negations a round instead of 25. Two rounds are unrolled, for the machine's sake.
 */

import { concatBytes } from '../lib/bytes.ts'

/** Where the 24 round constants lie. */
const CONSTANTS_OFFSET = 64
/** Where the padded input starts; the digest is written to offset 0. */
export const INPUT_OFFSET = 256
/** Bytes absorbed by one permutation. */
export const RATE_BYTES = 136

const ROUNDS = 24
const UNROLLED_ROUNDS = 2
const RATE_LANES = RATE_BYTES / 8
/** Rotation of lane x + 5y. */
const ROTATIONS = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14]
const COMPLEMENTED_LANES = [1, 2, 8, 12, 17, 20]
/** How each lane of each row is made of the row's rotated lanes: `first ^ (second op third)`, `~` negates. */
const ROWS = [
  ['0 1 | 2', '1 ~2 | 3', '2 3 & 4', '3 4 | 0', '4 0 & 1'],
  ['0 1 | 2', '1 2 & 3', '2 3 | ~4', '3 4 | 0', '4 0 & 1'],
  ['0 1 | 2', '1 2 & 3', '2 ~3 & 4', '~3 4 | 0', '4 0 & 1'],
  ['0 1 & 2', '1 2 | 3', '2 ~3 | 4', '~3 4 & 0', '4 0 | 1'],
  ['0 ~1 & 2', '~1 2 | 3', '2 3 & 4', '3 4 | 0', '4 0 & 1'],
]

// Locals: the parameter, two pointers, then 64-bit ones.
const BLOCKS = 0
const INPUT = 1
const ROUND = 2
const LANES = 3
const COLUMNS = 28
const PARITY = 33
const ROTATED = 34
const LOCALS_64 = 25 + 5 + 1 + 25

const OP = {
  loop: [0x03, 0x40],
  end: [0x0b],
  repeat: [0x0d, 0],
  load: 0x29,
  store: 0x37,
  notEqual32: [0x47],
  add32: [0x6a],
  subtract32: [0x6b],
  and: [0x83],
  or: [0x84],
  xor: [0x85],
  rotateLeft: [0x89],
} as const

type Code = number[]

/** What the module offers: `hash(blocks)` absorbs that many padded blocks from INPUT_OFFSET and writes 32 bytes to 0. */
export type KeccakKernel = {
  readonly hash: (blocks: number) => void
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
}

/** The part of WebAssembly's interface that is used; the language's own library has no types of it. */
type WasmApi = {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** Assembles and starts the kernel, with the round constants in its memory. */
export function createKeccakKernel(): KeccakKernel {
  const { Instance, Module } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly
  const kernel = new Instance(new Module(assemble())).exports as KeccakKernel
  new BigUint64Array(kernel.memory.buffer, CONSTANTS_OFFSET, ROUNDS).set(roundConstants())
  return kernel
}

/** The round constants, from the standard's shift register. */
function roundConstants(): bigint[] {
  let register = 1
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n
    for (let bit = 0; bit < 7; bit++) {
      if ((register & 1) !== 0) constant |= 1n << BigInt((1 << bit) - 1)
      register = (register & 0x80) !== 0 ? ((register << 1) ^ 0x171) & 0xff : register << 1
    }
    return constant
  })
}

function hashBody(): Code {
  const code: Code = [...i32(INPUT_OFFSET), ...set(INPUT)]
  for (const lane of COMPLEMENTED_LANES) code.push(...i64(-1), ...set(LANES + lane))
  code.push(...OP.loop)
  for (let lane = 0; lane < RATE_LANES; lane++) {
    code.push(...get(LANES + lane), ...get(INPUT), ...load(lane * 8), ...OP.xor, ...set(LANES + lane))
  }
  code.push(...get(INPUT), ...i32(RATE_BYTES), ...OP.add32, ...set(INPUT))
  code.push(...i32(CONSTANTS_OFFSET), ...set(ROUND), ...OP.loop)
  for (let round = 0; round < UNROLLED_ROUNDS; round++) code.push(...theta(), ...chi(round))
  code.push(...get(ROUND), ...i32(8 * UNROLLED_ROUNDS), ...OP.add32, ...tee(ROUND))
  code.push(...i32(CONSTANTS_OFFSET + 8 * ROUNDS), ...OP.notEqual32, ...OP.repeat, ...OP.end)
  code.push(...get(BLOCKS), ...i32(1), ...OP.subtract32, ...tee(BLOCKS), ...OP.repeat, ...OP.end)
  for (let lane = 0; lane < 4; lane++) {
    const restore = COMPLEMENTED_LANES.includes(lane) ? negate() : []
    code.push(...i32(0), ...get(LANES + lane), ...restore, OP.store, 3, ...unsigned(lane * 8))
  }
  return [...code, ...OP.end]
}

/** Theta, rho and pi: from the lanes to the rotated lanes in their new places. */
function theta(): Code {
  const code: Code = []
  for (let x = 0; x < 5; x++) {
    code.push(...get(LANES + x))
    for (let y = 1; y < 5; y++) code.push(...get(LANES + x + 5 * y), ...OP.xor)
    code.push(...set(COLUMNS + x))
  }
  for (let x = 0; x < 5; x++) {
    code.push(...get(COLUMNS + ((x + 4) % 5)), ...get(COLUMNS + ((x + 1) % 5)), ...rotate(1), ...OP.xor, ...set(PARITY))
    for (let y = 0; y < 5; y++) {
      const place = y + 5 * ((2 * x + 3 * y) % 5)
      code.push(...get(LANES + x + 5 * y), ...get(PARITY), ...OP.xor, ...rotate(ROTATIONS[x + 5 * y] ?? 0))
      code.push(...set(ROTATED + place))
    }
  }
  return code
}

/** Chi and iota: from the rotated lanes back to the lanes. */
function chi(round: number): Code {
  const code: Code = []
  for (const [y, row] of ROWS.entries()) {
    const operand = (text: string): Code => {
      const lane = get(ROTATED + Number(text.replace('~', '')) + 5 * y)
      return text.startsWith('~') ? [...lane, ...negate()] : lane
    }
    for (const [x, formula] of row.entries()) {
      const [first = '', second = '', operator, third = ''] = formula.split(' ')
      const combine = operator === '|' ? OP.or : OP.and
      code.push(...operand(first), ...operand(second), ...operand(third), ...combine, ...OP.xor)
      if (x === 0 && y === 0) code.push(...get(ROUND), ...load(8 * round), ...OP.xor)
      code.push(...set(LANES + x + 5 * y))
    }
  }
  return code
}

function get(local: number): Code {
  return [0x20, ...unsigned(local)]
}

function set(local: number): Code {
  return [0x21, ...unsigned(local)]
}

function tee(local: number): Code {
  return [0x22, ...unsigned(local)]
}

function i32(value: number): Code {
  return [0x41, ...signed(value)]
}

function i64(value: number): Code {
  return [0x42, ...signed(value)]
}

function load(offset: number): Code {
  return [OP.load, 3, ...unsigned(offset)]
}

function negate(): Code {
  return [...i64(-1), ...OP.xor]
}

function rotate(bits: number): Code {
  return bits === 0 ? [] : [...i64(bits), ...OP.rotateLeft]
}

/** LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function signed(value: number): Code {
  const fits = value >= -64 && value < 64
  return fits ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]
}

function assemble(): Uint8Array {
  const I32 = 0x7f
  const I64 = 0x7e
  const exported = (name: string, kind: number): Code => [name.length, ...new TextEncoder().encode(name), kind, 0]
  const body = [2, 2, I32, LOCALS_64, I64, ...hashBody()]
  return concatBytes(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    section(1, [1, 0x60, 1, I32, 0]),
    section(3, [1, 0]),
    section(5, [1, 0, 1]),
    section(7, [2, ...exported('hash', 0), ...exported('memory', 2)]),
    section(10, [1, ...unsigned(body.length), ...body]),
  )
}

function section(id: number, content: Code): Uint8Array {
  return Uint8Array.from([id, ...unsigned(content.length), ...content])
}
