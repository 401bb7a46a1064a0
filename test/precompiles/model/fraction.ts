/**
 * Exact rational numbers over bigint, always in lowest terms with a positive denominator: what the model divides with, so
 * that nothing it says is rounded.
 */

import { assert } from '../../../src/lib/assert.ts'

export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n)
  readonly numerator: bigint
  readonly denominator: bigint

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator
    this.denominator = denominator
  }

  /** `numerator` / `denominator`, exactly. */
  static of(numerator: bigint, denominator = 1n): Fraction {
    assert(denominator > 0n, 'a denominator is positive')
    const divisor = greatestCommonDivisor(numerator < 0n ? -numerator : numerator, denominator)
    return new Fraction(numerator / divisor, denominator / divisor)
  }

  plus(other: Fraction): Fraction {
    if (this.denominator === other.denominator) return Fraction.of(this.numerator + other.numerator, this.denominator)
    return Fraction.of(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    )
  }

  minus(other: Fraction): Fraction {
    return this.plus(new Fraction(-other.numerator, other.denominator))
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator)
  }

  /** The greatest integer that is not above. */
  floor(): bigint {
    const quotient = this.numerator / this.denominator
    return this.numerator < 0n && quotient * this.denominator !== this.numerator ? quotient - 1n : quotient
  }

  /** Negative, zero or positive as this is below, equal to or above `other`. */
  compare(other: Fraction): number {
    const difference = this.numerator * other.denominator - other.numerator * this.denominator
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  }

  get isZero(): boolean {
    return this.numerator === 0n
  }

  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [high, low] = [a, b]
  while (low !== 0n) [high, low] = [low, high % low]
  return high === 0n ? 1n : high
}
