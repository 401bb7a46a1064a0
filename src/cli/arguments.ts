/**
 * Parsers of flags that are not node options. A refusal names the flag, the value and what is accepted.
 */

import { CodedError } from '../lib/errors.ts'
import { type Address, parseAddress } from '../types/primitives.ts'

export type BadArgument = {
  readonly code: 'BAD_OPTION'
  readonly option: string
  readonly value: string
  readonly accepted: string
}

/** Refuses the value of a flag. */
export function refuseArgument(option: string, value: string, accepted: string): never {
  const detail: BadArgument = { code: 'BAD_OPTION', option, value, accepted }
  throw new CodedError(detail, `${option}: got ${JSON.stringify(value)}; accepted: ${accepted}`)
}

/** A parser for whole numbers within bounds. */
export function integerArgument(option: string, minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (value >= minimum && value <= maximum) return value
    return refuseArgument(option, text, `an integer from ${minimum} to ${maximum}`)
  }
}

/** A parser for one of some words. */
export function choiceArgument<T extends string>(option: string, words: readonly T[]): (text: string) => T {
  return (text) => words.find((word) => word === text) ?? refuseArgument(option, text, `one of ${words.join(', ')}`)
}

/** An address in any letter case. */
export function addressArgument(option: string, text: string): Address {
  const parsed = parseAddress(text)
  return parsed.ok ? parsed.value : refuseArgument(option, text, '0x and 40 hexadecimal digits')
}
