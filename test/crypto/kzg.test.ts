/**
 * The KZG opening check against geth's vector of the point evaluation precompile.
 */

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyKzgProof } from '../../src/crypto/kzg.ts'

const VERSIONED_HASH = '01e798154708fe7789429634053cbf9f99b619f9f084048927333fce637f549b'
const Z = '0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306'
const Y = '0x24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1'
const COMMITMENT = '0x8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7'
const PROOF = '0x873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a'
const INFINITY = `0xc0${'00'.repeat(47)}`
const ZERO = `0x${'00'.repeat(32)}`

describe('a KZG opening proof', () => {
  it('belongs to a vector that is whole: the versioned hash is that of its commitment', () => {
    const hash = createHash('sha256')
      .update(Buffer.from(COMMITMENT.slice(2), 'hex'))
      .digest('hex')
    expect(`01${hash.slice(2)}`).toBe(VERSIONED_HASH)
  })

  it('holds for the value of the polynomial and for no other', () => {
    expect(verifyKzgProof(COMMITMENT, Z, Y, PROOF)).toBe(true)
    expect(verifyKzgProof(COMMITMENT, Z, ZERO, PROOF)).toBe(false)
    expect(verifyKzgProof(COMMITMENT, ZERO, Y, PROOF)).toBe(false)
  })

  it('holds for the zero polynomial, whose commitment and proof are the point at infinity', () => {
    expect(verifyKzgProof(INFINITY, Z, ZERO, INFINITY)).toBe(true)
    expect(verifyKzgProof(INFINITY, Z, Y, INFINITY)).toBe(false)
  })

  it('is refused when a scalar is not canonical or a point is none', () => {
    expect(() => verifyKzgProof(COMMITMENT, `0x${'ff'.repeat(32)}`, Y, PROOF)).toThrow('C_KZG_BADARGS')
    expect(() => verifyKzgProof(`0x${'12'.repeat(48)}`, Z, Y, PROOF)).toThrow('C_KZG_BADARGS')
  })
})
