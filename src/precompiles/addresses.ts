/**
 * Where the native modules live: 0x…53410001 and on, "SA" in ASCII. Their accounts have nonce 1 and stub code, so that
 * `extcodesize` passes and they are never empty.
 */

import type { Address } from '../types/primitives.ts'
import { ROYALTY_MODULE as ROYALTY } from '../types/system-transaction.ts'

/** N01: the registry of assets. */
export const ASSETS_MODULE = '0x0000000000000000000000000000000053410001' as Address
/** N02: the ledger of royalties, which also holds all coins of the modules. */
export const ROYALTY_MODULE: Address = ROYALTY
/** N03: pools of contributors. */
export const POOLS_MODULE = '0x0000000000000000000000000000000053410003' as Address
