import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/storage/crc32c.ts'

describe('crc32c', () => {
  it('gives the published values of RFC 3720', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
  })

  it('goes on from where it stopped', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => i * 7)
    for (let at = 0; at <= 100; at++) {
      expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(crc32c(bytes))
    }
  })
})
