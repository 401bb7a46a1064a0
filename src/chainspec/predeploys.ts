/**
 * The contracts that exist from genesis on, at the addresses they have on every chain (docs/rpc.md section 1).
 */

import { hexToBytes } from '../lib/bytes.ts'
import type { Address } from '../types/primitives.ts'
import contracts from './predeploys/contracts.json' with { type: 'json' }

export type Predeploy = {
  readonly name: string
  readonly address: Address
  /** Where the code comes from. */
  readonly source: string
  /** Run time code. */
  readonly code: Uint8Array
}

export const PREDEPLOYS: readonly Predeploy[] = contracts.map(({ name, address, source, code }) => ({
  name,
  address: address.toLowerCase() as Address,
  source,
  code: hexToBytes(code),
}))

export const PREDEPLOY_NAMES: readonly string[] = PREDEPLOYS.map((one) => one.name)
