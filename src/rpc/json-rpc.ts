/**
 * The JSON-RPC 2.0 envelope: which requests are valid, and answers as text. Never an `error` key on success: wallets take
 * its presence for failure (docs/rpc.md section 2).
 */

import { invalidRequest, parseError, type RpcError } from './errors.ts'

/** A request in the order it came; `id` is JSON text and undefined for a notification. */
export type Call = { readonly id: string | undefined; readonly method: string; readonly params: unknown }

/** One item of a body: a call, or what is no request with the id it may have named. */
export type Item = { readonly kind: 'call'; readonly call: Call } | { readonly kind: 'invalid'; readonly id: string }

export type Body =
  | { readonly kind: 'single'; readonly item: Item }
  | { readonly kind: 'batch'; readonly items: readonly Item[] }
  | { readonly kind: 'refused'; readonly error: RpcError }

type IdText = (holder: object, id: unknown) => string

/** Parses a body; what cannot be parsed or is an empty batch is refused as a whole. */
export function parseBody(text: string): Body {
  let json: unknown
  let idText: IdText = (_holder, id) => JSON.stringify(id)
  try {
    json = JSON.parse(text)
    const requests: readonly unknown[] = Array.isArray(json) ? json : [json]
    if (requests.some(hasLongId)) [json, idText] = parseWithIds(text)
  } catch {
    return { kind: 'refused', error: parseError() }
  }
  if (!Array.isArray(json)) return { kind: 'single', item: parseItem(json, idText) }
  if (json.length === 0) return { kind: 'refused', error: invalidRequest('empty batch') }
  return { kind: 'batch', items: json.map((item) => parseItem(item, idText)) }
}

function parseItem(json: unknown, idText: IdText): Item {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { kind: 'invalid', id: 'null' }
  const { jsonrpc, id, method, params } = json as Readonly<Record<string, unknown>>
  const hasId = id !== undefined
  // An object or a list is no id (JSON-RPC 2.0, section 4).
  const isIdValid = typeof id !== 'object' || id === null
  if (jsonrpc !== '2.0' || typeof method !== 'string' || method === '' || !isIdValid) {
    return { kind: 'invalid', id: hasId && isIdValid ? idText(json, id) : 'null' }
  }
  return { kind: 'call', call: { id: hasId ? idText(json, id) : undefined, method, params } }
}

/** True for an id that a double cannot hold, such as a clock in nanoseconds. */
function hasLongId(request: unknown): boolean {
  if (typeof request !== 'object' || request === null) return false
  const { id } = request as { readonly id?: unknown }
  return typeof id === 'number' && Math.abs(id) > Number.MAX_SAFE_INTEGER
}

/** Parses once more and keeps the digits of each id as they came: an answer must carry exactly the request's id. */
function parseWithIds(text: string): [unknown, IdText] {
  const sources = new Map<unknown, string>()
  const json: unknown = JSON.parse(text, function (this: unknown, key: string, value: unknown, context?: Source) {
    if (key === 'id' && typeof value === 'number' && context?.source !== undefined) sources.set(this, context.source)
    return value
  } as (this: unknown, key: string, value: unknown) => unknown)
  return [json, (holder, id) => sources.get(holder) ?? JSON.stringify(id)]
}

/** The third parameter of a reviver, which the library's types do not know yet. */
type Source = { readonly source?: string }

/** An answer with a result that is already JSON. */
export function successText(id: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${resultJson}}`
}

/** An answer with an error. */
export function errorText(id: string, error: RpcError): string {
  const { code, message, data } = error
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(data === undefined ? { code, message } : { code, message, data })}}`
}

/** An event of a subscription. */
export function notificationText(subscription: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${subscription}","result":${resultJson}}}`
}
