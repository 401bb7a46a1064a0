/**
 * CRC-32C (Castagnoli), eight bytes at a time: the check of every record in a log.
 */

const POLYNOMIAL = 0x82f63b78
const TABLES = buildTables()

/** Continues a checksum over `bytes`; start with 0. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES
  let crc = ~start
  let at = 0
  const whole = bytes.length - (bytes.length % 8)
  for (; at < whole; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

type Tables = readonly [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]

function buildTables(): Tables {
  const tables = Array.from({ length: 8 }, () => new Int32Array(256)) as unknown as Tables
  for (let i = 0; i < 256; i++) {
    let crc = i
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[0][i] = crc
  }
  for (let i = 0; i < 256; i++) {
    let crc = tables[0][i] as number
    for (const table of tables.slice(1)) {
      crc = (tables[0][crc & 0xff] as number) ^ (crc >>> 8)
      table[i] = crc
    }
  }
  return tables
}
