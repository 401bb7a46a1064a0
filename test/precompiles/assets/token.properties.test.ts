/**
 * Any row of transfers and approvals against a plain model of ERC-721: the same is accepted, and every balance is the number
 * of assets owned.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../../src/types/primitives.ts'
import { ZERO_ADDRESS } from '../../../src/types/primitives.ts'
import { ALICE, BOB, CAROL, Registry } from './support.ts'

const PEOPLE = [ALICE, BOB, CAROL] as const
const ASSETS = 4n

class Model {
  readonly owners = new Map<bigint, Address>()
  readonly approved = new Map<bigint, Address>()
  readonly forAll = new Set<string>()

  transfer(from: Address, to: Address, id: bigint, by: Address): boolean {
    const owner = this.owners.get(id)
    if (owner === undefined || from !== owner || to === ZERO_ADDRESS) return false
    if (by !== owner && this.approved.get(id) !== by && !this.forAll.has(`${owner} ${by}`)) return false
    this.owners.set(id, to)
    this.approved.delete(id)
    return true
  }

  approve(to: Address, id: bigint, by: Address): boolean {
    const owner = this.owners.get(id)
    if (owner === undefined || (by !== owner && !this.forAll.has(`${owner} ${by}`))) return false
    this.approved.set(id, to)
    return true
  }

  setForAll(owner: Address, operator: Address, isApproved: boolean): void {
    if (isApproved) this.forAll.add(`${owner} ${operator}`)
    else this.forAll.delete(`${owner} ${operator}`)
  }
}

const person = fc.constantFrom(...PEOPLE)
const tokenId = fc.bigInt(1n, ASSETS + 1n)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('transfer' as const),
    from: person,
    to: fc.constantFrom(...PEOPLE, ZERO_ADDRESS),
    tokenId,
    by: person,
  }),
  fc.record({
    kind: fc.constant('approve' as const),
    to: fc.constantFrom(...PEOPLE, ZERO_ADDRESS),
    tokenId,
    by: person,
  }),
  fc.record({ kind: fc.constant('forAll' as const), operator: person, approved: fc.boolean(), by: person }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Does the step to both; true when both accept it or both refuse it. */
function agree(chain: Registry, model: Model, one: Step): boolean {
  const from = { from: one.by }
  if (one.kind === 'forAll') {
    model.setForAll(one.by, one.operator, one.approved)
    return chain.refusal('setApprovalForAll', { operator: one.operator, approved: one.approved }, from) === 'accepted'
  }
  const { to, tokenId: id } = one
  if (one.kind === 'approve') {
    const isAccepted = chain.refusal('approve(address,uint256)', { to, tokenId: id }, from) === 'accepted'
    return isAccepted === model.approve(to, id, one.by)
  }
  const isAccepted = chain.refusal('transferFrom', { from: one.from, to, tokenId: id }, from) === 'accepted'
  return isAccepted === model.transfer(one.from, to, id, one.by)
}

describe('any row of transfers and approvals', () => {
  it('does what ERC-721 says', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const chain = new Registry()
        const model = new Model()
        for (let id = 1n; id <= ASSETS; id++) model.owners.set(id, PEOPLE[Number(id) % 3] as Address)
        for (const owner of model.owners.values()) chain.register({ by: owner })
        for (const one of steps) expect(agree(chain, model, one)).toBe(true)
        for (const [id, owner] of model.owners) {
          expect(chain.read('ownerOf', { tokenId: id })).toBe(owner)
          expect(chain.read('getApproved', { tokenId: id })).toBe(model.approved.get(id) ?? ZERO_ADDRESS)
        }
        for (const owner of PEOPLE) {
          const owned = [...model.owners.values()].filter((one) => one === owner)
          expect(chain.read('balanceOf', { owner })).toBe(BigInt(owned.length))
        }
      }),
      { numRuns: 60 },
    )
  })
})
