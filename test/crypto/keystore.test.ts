import { describe, expect, it } from 'vitest'
import { BlsSecretKey } from '../../src/crypto/bls.ts'
import { decryptKeystore, encryptKeystore } from '../../src/crypto/keystore.ts'
import { bytesToHex } from '../../src/lib/bytes.ts'

// The test vectors of EIP-2335: the same secret under both key derivations.
const PASSWORD =
  '\u{1d531}\u{1d522}\u{1d530}\u{1d531}\u{1d52d}\u{1d51e}\u{1d530}\u{1d530}\u{1d534}\u{1d52c}\u{1d52f}\u{1d521}\u{1f511}'
const SECRET = '0x000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f'
const common = {
  pubkey: '9612d7a727c9d0a22e185a1c768478dfe919cada9266988cb32359c11f2b7b27f4ae4040902382ae2910c15e2b420d07',
  path: '',
  version: 4,
  uuid: '1d85ae20-35c5-4611-98e8-aa14a633906f',
}
const cipher = (message: string) => ({
  function: 'aes-128-ctr',
  params: { iv: '264daa3f303d7259501c93d997d84fe6' },
  message,
})
const salt = 'd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'
const scryptVector = {
  ...common,
  crypto: {
    kdf: { function: 'scrypt', params: { dklen: 32, n: 262144, p: 1, r: 8, salt }, message: '' },
    checksum: {
      function: 'sha256',
      params: {},
      message: 'd2217fe5f3e9a1e34581ef8a78f7c9928e436d36dacc5e846690a5581e8ea484',
    },
    cipher: cipher('06ae90d55fe0a6e9c5c3bc5b170827b2e5cce3929ed3f116c2811e6366dfe20f'),
  },
}
const pbkdf2Vector = {
  ...common,
  crypto: {
    kdf: { function: 'pbkdf2', params: { dklen: 32, c: 262144, prf: 'hmac-sha256', salt }, message: '' },
    checksum: {
      function: 'sha256',
      params: {},
      message: '8a9f5d9912ed7e75ea794bc5a89bca5f193721d30868ade6f73043c6ea6febf1',
    },
    cipher: cipher('cee03fde2af33149775b7223e7845e4fb2c8ae1792e5f99fe9ecf474cc8c16ad'),
  },
}

describe('keystores', () => {
  it('of EIP-2335 open under both key derivations', () => {
    for (const vector of [scryptVector, pbkdf2Vector]) {
      const opened = decryptKeystore(vector, PASSWORD)
      expect(opened.ok && bytesToHex(opened.value.toBytes())).toBe(SECRET)
    }
  })

  it('give back the key under the password only', () => {
    const key = BlsSecretKey.generate(new Uint8Array(32).fill(3))
    const entropy = {
      salt: new Uint8Array(32).fill(1),
      iv: new Uint8Array(16).fill(2),
      uuid: '00000000-0000-4000-8000-000000000000',
    }
    const file = JSON.parse(JSON.stringify(encryptKeystore(key, 'open sesame', entropy, { n: 1024, r: 8, p: 1 })))
    const opened = decryptKeystore(file, 'open\u0007 sesame')
    expect(opened.ok && opened.value.publicKey).toBe(key.publicKey)
    expect(decryptKeystore(file, 'open simsim')).toEqual({ ok: false, error: { code: 'KEYSTORE_WRONG_PASSWORD' } })
    const lying = { ...file, pubkey: common.pubkey }
    expect(decryptKeystore(lying, 'open sesame')).toMatchObject({ error: { code: 'KEYSTORE_KEY_MISMATCH' } })
  })

  it('that are no keystores, or ask for all memory, are refused by name', () => {
    const hostile = structuredClone(scryptVector)
    hostile.crypto.kdf.params.n = 2 ** 30
    for (const [json, code] of [
      [null, 'KEYSTORE_UNSUPPORTED'],
      [{ version: 3 }, 'KEYSTORE_UNSUPPORTED'],
      [{ ...common, crypto: {} }, 'KEYSTORE_UNSUPPORTED'],
      [hostile, 'KEYSTORE_MALFORMED'],
      [{ ...common, crypto: { ...scryptVector.crypto, cipher: cipher('00') } }, 'KEYSTORE_MALFORMED'],
    ] as const) {
      expect(decryptKeystore(json, PASSWORD)).toMatchObject({ error: { code } })
    }
  })
})
