/**
 * Opens the validator's key and the state of its signer, in a folder named after the key and the chain.
 *
 * A key that `sahara` made carries a mark that it was never used; the first start that has written the signer's state removes
 * it. From then on a missing state means that it was lost, and the signer refuses to start.
 */

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openLocalSigner, signerLogPurpose } from '../engine/local-signer.ts'
import type { Signer } from '../engine/signer.ts'
import type { Clock } from '../lib/clock.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { ChainIdentity } from '../types/sign-bytes.ts'
import type { NodeConfig } from './config/options.ts'
import { layoutOf, lockFolder } from './data-dir.ts'
import { openNodeLog } from './open-log.ts'
import { exposedFiles, readValidatorKey, unusedMark } from './validator-key.ts'

/** `release` gives the folder free once the signer, which its user closes, is closed. */
export type OpenedSigner = { readonly signer: Signer; release(): void }

/** Throws CodedError: VALIDATOR_KEY_UNREADABLE, DATA_DIR_LOCKED, SIGNER_STATE_MISSING; WalError. */
export async function openSigner(
  config: NodeConfig,
  chain: ChainIdentity,
  parts: { readonly clock: Clock; readonly log: Logger; readonly metrics: Metrics },
): Promise<OpenedSigner> {
  const keystore = config['validator.keystore']
  const passwordFile = config['validator.passwordFile']
  const key = readValidatorKey(keystore, passwordFile)
  for (const exposed of exposedFiles([keystore, passwordFile])) {
    parts.log.warn(exposed, 'others on this machine can read a file of the validator key: set its mode to 600')
  }
  const name = `${key.publicKey.slice(2, 18)}-${chain.genesisHash.slice(2, 18)}`
  const folder = join(layoutOf(config.dataDir).signer, name)
  const lock = lockFolder(folder)
  try {
    const identity = { ...chain, purpose: signerLogPurpose(key.publicKey) }
    const { wal, records } = await openNodeLog({ folder: join(folder, 'log'), identity, ...parts })
    const mark = unusedMark(keystore)
    const isUnused = existsSync(mark)
    const signer = await openLocalSigner({
      key,
      chain,
      log: wal,
      recovered: records,
      allowEmptyState: isUnused || config['signer.allowEmptyState'],
    })
    if (isUnused) rmSync(mark)
    return { signer, release: () => lock.release() }
  } catch (thrown) {
    lock.release()
    throw thrown
  }
}
