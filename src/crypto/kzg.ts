/**
 * Checks a KZG opening proof (EIP-4844), for the point evaluation precompile: that the polynomial under `commitment` takes
 * the value `y` at `z`.
 *
 * Of the ceremony's setup only the second point of G2 is needed: e(C - [y]G1, -G2) * e(proof, [tau]G2 - [z]G2) = 1.
 */

import { bls12_381 } from '@noble/curves/bls12-381.js'

/** [tau]G2 of Ethereum's ceremony. */
const TAU_G2 =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

/** Arguments in 0x hexadecimal. True when the proof holds; throws when an argument is not a canonical point or scalar. */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  const { G1, G2, fields } = bls12_381
  const point = scalar(z, fields.Fr.ORDER)
  const value = scalar(y, fields.Fr.ORDER)
  const committed = pointOf(commitment)
  const opening = pointOf(proof)
  const left = value === 0n ? committed : committed.subtract(G1.Point.BASE.multiply(value))
  const tau = G2.Point.fromHex(TAU_G2)
  const right = point === 0n ? tau : tau.subtract(G2.Point.BASE.multiply(point))
  const pairs = [
    { g1: left, g2: G2.Point.BASE.negate() },
    { g1: opening, g2: right },
  ].filter(({ g1, g2 }) => !g1.equals(G1.Point.ZERO) && !g2.equals(G2.Point.ZERO))
  if (pairs.length === 0) return true
  return fields.Fp12.eql(bls12_381.pairingBatch(pairs), fields.Fp12.ONE)
}

function scalar(hex: string, order: bigint): bigint {
  const value = BigInt(hex)
  // The library looks for this word to tell bad arguments from a fault of its own.
  if (value >= order) throw new Error('C_KZG_BADARGS: scalar is not canonical')
  return value
}

function pointOf(hex: string) {
  try {
    const point = bls12_381.G1.Point.fromHex(hex.slice(2))
    point.assertValidity()
    return point
  } catch {
    if (/^0xc0{95}$/.test(hex)) return bls12_381.G1.Point.ZERO
    throw new Error('C_KZG_BADARGS: not a point of the group')
  }
}
