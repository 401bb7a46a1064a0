/**
 * N02, the royalty ledger: whoever an asset came from is paid, exactly, each time it is used.
 */

import { ROYALTY_MODULE } from '../addresses.ts'
import { defineModule } from '../module.ts'
import { PARAMETER_CELLS } from '../parameters.ts'
import { claim, claimable, claimMany } from './claims.ts'
import { flush } from './flush-methods.ts'
import { listToken, setProtocolFee, setThreshold, setTokenPayable } from './governance.ts'
import { pay, payBundle, payToken } from './payments.ts'
import {
  custody,
  escrow,
  firstHop,
  floorSlots,
  holderAt,
  holderCount,
  ledger as ledgerCell,
  owed,
  parentSlots,
  queueHead,
  queueWord,
  sweepHead,
  weightsHead,
} from './royalty-cells.ts'
import * as errors from './royalty-errors.ts'
import * as events from './royalty-events.ts'
import { ledger, pending, queued, quote, surplus, tokens, totals } from './views.ts'

export const royalty = defineModule({
  name: 'royalty',
  title: 'Royalty',
  notes:
    'Pays assets and whoever they came from. A payment is one entry in the ledger; the sweep at the end of the block hands it on to parents, contributor pools and owners, in exact integers, and deeper ancestors follow at their thresholds. All coins and tokens of the native modules are held here.',
  address: ROYALTY_MODULE,
  errors: Object.values(errors),
  events: Object.values(events),
  cells: [
    ...[ledgerCell, weightsHead, parentSlots, floorSlots, owed, holderAt, holderCount, escrow, custody],
    ...[queueHead, queueWord, firstHop, sweepHead, ...PARAMETER_CELLS],
  ],
  methods: [
    ...[pay, payToken, payBundle, flush, claim, claimMany, claimable, pending, ledger, quote],
    ...[totals, surplus, queued, tokens, setProtocolFee, listToken, setTokenPayable, setThreshold],
  ],
})
