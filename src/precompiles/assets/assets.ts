/**
 * N01, the registry of assets: who made what from what, on which terms, and whose it is.
 */

import { ASSETS_MODULE } from '../addresses.ts'
import { defineModule } from '../module.ts'
import { ASSET_CELLS } from './asset-cells.ts'
import { CONSENT_METHODS } from './consent-methods.ts'
import { DISPUTE_METHODS } from './dispute-methods.ts'
import { EDGE_METHODS } from './edge-methods.ts'
import { ASSET_ERRORS } from './errors.ts'
import { ASSET_EVENTS } from './events.ts'
import { ASSET_KINDS, RELATIONS } from './kinds.ts'
import { READ_METHODS } from './read-methods.ts'
import { REGISTER_METHODS } from './register-methods.ts'
import { ROLE_METHODS } from './role-methods.ts'
import { TOKEN_METHODS } from './token-methods.ts'

export const assets = defineModule({
  name: 'assets',
  title: 'Assets',
  notes:
    'The registry of datasets, models, agents and what else was made of one another. An asset names its parents and what each of them gets; the parents consent by open terms or by an approval. It is also an ERC-721 token. Shares are parts per million of a payment.' +
    ` Kinds: ${numbered(ASSET_KINDS)}. Relations: ${numbered(RELATIONS)}. Status: 1 active, 2 disputed, 3 revoked.`,
  address: ASSETS_MODULE,
  errors: ASSET_ERRORS,
  events: ASSET_EVENTS,
  cells: ASSET_CELLS,
  methods: [
    ...REGISTER_METHODS,
    ...CONSENT_METHODS,
    ...READ_METHODS,
    ...EDGE_METHODS,
    ...ROLE_METHODS,
    ...DISPUTE_METHODS,
    ...TOKEN_METHODS,
  ],
})

function numbered(words: readonly string[]): string {
  return words.map((word, index) => `${index} ${word}`).join(', ')
}
