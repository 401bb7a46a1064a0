/**
 * What a method is: its name, its parameters, what it costs, and what it does. The dispatcher, the rate limit and the
 * documentation read the same object.
 */

import { invalidParams } from './errors.ts'
import { BadArgument, type Param } from './params.ts'

/** Tokens of the rate limit. */
export const COST = { ordinary: 1, call: 10, logs: 20 } as const

/** A live connection that can be told of events; absent over HTTP. */
export interface Subscriber {
  /** Sends `eth_subscription` notifications of one subscription until it ends; false when the connection is full. */
  subscribe(start: (notify: (resultJson: string) => void) => () => void): string | undefined
  unsubscribe(id: string): boolean
}

/** Who asks. */
export type RequestContext = { readonly subscriber: Subscriber | undefined }

export type Method = {
  readonly name: string
  readonly params: readonly Param<unknown>[]
  /** Tokens of the rate limit. */
  readonly cost: number
  /** True when requests of a batch may run side by side because their order changes nothing for the caller. */
  readonly isOverlapping: boolean
  readonly run: (context: RequestContext, args: readonly never[]) => unknown
}

type ValuesOf<P extends readonly Param<unknown>[]> = { [K in keyof P]: P[K] extends Param<infer T> ? T : never }

export type MethodDefinition<P extends readonly Param<unknown>[]> = {
  readonly name: string
  readonly params: P
  readonly cost?: number
  readonly isOverlapping?: boolean
  /** The result, ready for JSON. Throws RpcError. */
  readonly run: (context: RequestContext, ...args: ValuesOf<P>) => unknown
}

/** A method whose `run` gets the decoded parameters. */
export function defineMethod<const P extends readonly Param<unknown>[]>(definition: MethodDefinition<P>): Method {
  const { name, params, cost = COST.ordinary, isOverlapping = false, run } = definition
  return { name, params, cost, isOverlapping, run: (context, args) => run(context, ...(args as never)) }
}

/** Reads the parameters of a request as geth does: by position, a missing tail allowed where parameters are optional. */
export function decodeParams(params: readonly Param<unknown>[], given: unknown): readonly never[] {
  if (given !== undefined && given !== null && !Array.isArray(given)) throw invalidParams('non-array args')
  const values = (given ?? []) as readonly unknown[]
  if (values.length > params.length) throw invalidParams(`too many arguments, want at most ${params.length}`)
  return params.map((param, position) => decodeParam(param, values[position], position)) as never[]
}

function decodeParam(param: Param<unknown>, value: unknown, position: number): unknown {
  if (param.isRequired && (value === undefined || value === null)) {
    throw invalidParams(`missing value for required argument ${position}`)
  }
  try {
    return param.codec(value)
  } catch (thrown) {
    if (thrown instanceof BadArgument) throw invalidParams(`invalid argument ${position}: ${thrown.message}`)
    throw thrown
  }
}
