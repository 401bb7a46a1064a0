/**
 * One declaration of a native module gives its address, dispatch, ABI codec and gas, and from it the Solidity interface, the
 * ABI for programs and the documentation are generated. The types of a method's code follow from its parameters.
 */

import { assert } from '../lib/assert.ts'
import type { CellLayout } from '../state/cells.ts'
import type { Address } from '../types/primitives.ts'
import { selectorOf } from './abi.ts'
import { type AbiFields, type AbiType, type AbiValues, tupleOf } from './abi-types.ts'
import type { ModuleContext } from './context.ts'
import {
  type ErrorDefinition,
  type EventDefinition,
  type EventFields,
  type Indexed,
  makeError,
  makeEvent,
} from './definitions.ts'

/** `payable` takes value; `write` changes state; `view` reads it; `pure` needs none. */
export type MethodAccess = 'payable' | 'write' | 'view' | 'pure'

/** What a method gives back: an object of its returns; one without any may give back nothing. */
type Returned<Returns extends AbiFields> = keyof Returns extends never ? unknown : AbiValues<Returns>

type Declaration<Params extends AbiFields, Returns extends AbiFields> = {
  readonly name: string
  readonly params: Params
  readonly returns: Returns
  readonly access: MethodAccess
  /** A sentence for whoever calls it. */
  readonly notes: string
  /** What it costs, in words and formulas. */
  readonly gas: string
}

type SyncMethod<Params extends AbiFields, Returns extends AbiFields> = Declaration<Params, Returns> & {
  readonly callsOut?: false
  readonly run: (context: ModuleContext, params: AbiValues<Params>) => Returned<Returns>
}

type CallingMethod<Params extends AbiFields, Returns extends AbiFields> = Declaration<Params, Returns> & {
  /** It calls other accounts, so it runs inside the engine. */
  readonly callsOut: true
  /** Calldata for which it calls nobody and answers at once, so that it needs no engine. */
  readonly isDirect?: (data: Uint8Array) => boolean
  readonly run: (context: ModuleContext, params: AbiValues<Params>) => Promise<Returned<Returns>> | Returned<Returns>
}

/** A method as the dispatcher and the generator see it. */
export interface Method {
  readonly name: string
  readonly params: AbiFields
  readonly returns: AbiFields
  readonly access: MethodAccess
  readonly notes: string
  readonly gas: string
  readonly callsOut: boolean
  /** True for calldata with which the method calls nobody. */
  isDirect(data: Uint8Array): boolean
  /** Such as `pay(uint64,bytes32)`. */
  readonly signature: string
  readonly selector: Uint8Array
  readonly paramsType: AbiType<unknown>
  readonly returnsType: AbiType<unknown>
  readonly hasReturns: boolean
  run(context: ModuleContext, params: unknown): unknown
}

/** Declares a method; with `callsOut: true` its code may be asynchronous and use `context.call`. */
export function method<const Params extends AbiFields, const Returns extends AbiFields>(
  declaration: SyncMethod<Params, Returns> | CallingMethod<Params, Returns>,
): Method {
  const { name, params, returns, access, notes, gas, callsOut = false, run } = declaration
  const paramsType = tupleOf(params)
  const signature = `${name}${paramsType.canonical}`
  const isDirect = declaration.callsOut === true ? (declaration.isDirect ?? (() => false)) : () => true
  return {
    ...{ name, params, returns, access, notes, gas, callsOut, isDirect, signature, paramsType },
    returnsType: tupleOf(returns),
    hasReturns: Object.keys(returns).length > 0,
    selector: selectorOf(signature),
    run: run as (context: ModuleContext, params: unknown) => unknown,
  }
}

/** Declares a custom error. `notes` say when it happens. */
export function defineError<const Fields extends AbiFields>(
  name: string,
  fields: Fields,
  notes?: string,
): ErrorDefinition<Fields> {
  return makeError(name, fields, notes)
}

/** Declares an event. */
export function defineEvent<const Fields extends EventFields>(
  name: string,
  fields: Fields,
  notes?: string,
): EventDefinition<Fields> {
  return makeEvent(name, fields, notes)
}

/** Makes an event's field a topic. */
export function indexed<T>(type: AbiType<T>): Indexed<T> {
  return { indexed: type }
}

type ModuleDeclaration = {
  /** The file name of what is generated, such as `royalty`. */
  readonly name: string
  /** As people name it. */
  readonly title: string
  /** What the module is for, in a few sentences. */
  readonly notes?: string
  readonly address: Address
  readonly errors: readonly ErrorDefinition[]
  readonly events: readonly EventDefinition[]
  readonly cells: readonly CellLayout[]
  readonly methods: readonly Method[]
}

export interface ModuleDefinition extends Required<Omit<ModuleDeclaration, 'notes'>> {
  readonly notes: string | undefined
  /** Methods by selector, as an unsigned integer of its four bytes. */
  readonly bySelector: ReadonlyMap<number, Method>
}

/** Declares a module. Two methods, errors or cells that could be taken for one another are a failed assertion. */
export function defineModule(declaration: ModuleDeclaration): ModuleDefinition {
  const { name, methods, errors, cells } = declaration
  const bySelector = new Map(methods.map((one) => [selectorNumber(one.selector), one]))
  assert(bySelector.size === methods.length, `the methods of ${name} have selectors of their own`)
  const errorSelectors = new Set(errors.map((one) => selectorNumber(one.selector)))
  assert(errorSelectors.size === errors.length, `the errors of ${name} have selectors of their own`)
  assert(new Set(cells.map((one) => one.tag)).size === cells.length, `the cells of ${name} have tags of their own`)
  return { ...declaration, notes: declaration.notes, bySelector }
}

/** The selector at the start of `bytes`, which has at least four. */
export function selectorNumber(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
}
