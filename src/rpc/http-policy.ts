/**
 * Who may call: the Host header against the names this server has (a page whose name was re-pointed at it must not get
 * through), and the Origin header for browsers.
 */

import { isIP } from 'node:net'

export type HttpPolicy = {
  /** Origins that browsers may call from; `*` for all, empty for none. */
  readonly corsDomains: readonly string[]
  /** Names by which this host may be called; `*` for all. Plain IP addresses always may. */
  readonly vhosts: readonly string[]
}

/** True when the Host header names this server. */
export function isHostAllowed(policy: HttpPolicy, host: string | undefined): boolean {
  if (policy.vhosts.includes('*') || host === undefined || host === '') return true
  const name = withoutPort(host).toLowerCase()
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true
  return policy.vhosts.some((one) => one.toLowerCase() === name)
}

function withoutPort(host: string): string {
  return host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':')[0] ?? '')
}

/** Headers that let a browser read the answer; none when the origin may not. */
export function corsHeaders(policy: HttpPolicy, origin: string | undefined): Record<string, string> {
  if (origin === undefined || !isOriginListed(policy, origin)) return {}
  const isOpen = policy.corsDomains.includes('*')
  return {
    'Access-Control-Allow-Origin': isOpen ? '*' : origin,
    'Access-Control-Allow-Methods': 'POST, GET, OPTIONS',
    'Access-Control-Allow-Headers': '*, Content-Type',
    'Access-Control-Max-Age': '600',
    ...(isOpen ? {} : { Vary: 'Origin' }),
  }
}

/** True when a WebSocket from this origin may be opened; browsers do not ask beforehand. */
export function isOriginAllowed(policy: HttpPolicy, origin: string | undefined): boolean {
  if (origin === undefined || origin === '') return true
  return isOriginListed(policy, origin) || /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin)
}

function isOriginListed({ corsDomains }: HttpPolicy, origin: string): boolean {
  return corsDomains.includes('*') || corsDomains.some((one) => one.toLowerCase() === origin.toLowerCase())
}
