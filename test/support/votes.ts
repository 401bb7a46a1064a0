/**
 * Validators with keys, and votes and certificates that they sign, for tests of what verifies them.
 */

import { aggregateSignatures, BlsSecretKey } from '../../src/crypto/bls.ts'
import { present } from '../../src/lib/assert.ts'
import type { Certificate } from '../../src/types/certificate.ts'
import type { Address, Hash } from '../../src/types/primitives.ts'
import { type ChainIdentity, subjectSignBytes } from '../../src/types/sign-bytes.ts'
import type { ValidatorSet } from '../../src/types/validator-set.ts'
import type { Subject, Vote } from '../../src/types/vote.ts'

export const testChain: ChainIdentity = { chainId: 7, genesisHash: `0x${'01'.repeat(32)}` as Hash }

export function testHash(byte: number): Hash {
  return `0x${byte.toString(16).padStart(2, '0').repeat(32)}` as Hash
}

export class TestValidators {
  readonly keys: readonly BlsSecretKey[]
  private readonly powers: readonly number[]

  constructor(powers: readonly number[]) {
    this.powers = powers
    this.keys = powers.map((_, i) => BlsSecretKey.generate(new Uint8Array(32).fill(i + 1)))
  }

  setOf(epoch: number): ValidatorSet {
    const totalPower = this.powers.reduce((sum, power) => sum + power, 0)
    const validators = this.keys.map(({ publicKey }, i) => ({
      blsPublicKey: publicKey,
      peerId: `node-${i}`,
      operator: `0x${String(i).padStart(40, '0')}` as Address,
      feeAddress: `0x${String(i).padStart(40, '0')}` as Address,
      power: present(this.powers[i], 'a power each'),
    }))
    return { epoch, validators, totalPower, quorum: Math.floor((2 * totalPower) / 3) + 1 }
  }

  vote(signerIndex: number, subject: Subject): Vote {
    const key = present(this.keys[signerIndex], 'a validator')
    return { subject, signerIndex, signature: key.sign(subjectSignBytes(testChain, subject)) }
  }

  certificate(signers: readonly number[], subject: Subject): Certificate {
    const signatures = signers.map((index) => this.vote(index, subject).signature)
    const bitmap = new Uint8Array(Math.ceil(this.keys.length / 8))
    for (const index of signers) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7))
    return { subject, bitmap, signature: present(aggregateSignatures(signatures), 'signatures add up') }
  }
}
