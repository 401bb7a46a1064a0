/**
 * Why a log stops the process, or does not let it start.
 */

import { CodedError } from '../lib/errors.ts'

export type WalFailure =
  /** The disk is full. */
  | { readonly code: 'WAL_DISK_FULL'; readonly folder: string }
  /** A write or an fdatasync failed; what the disk holds is unknown from here on. */
  | { readonly code: 'WAL_WRITE_FAILED'; readonly folder: string }
  /** A record that had been durable is damaged or missing, and later ones are there. */
  | {
      readonly code: 'WAL_CORRUPT'
      readonly folder: string
      readonly file: string
      readonly offset: number
      readonly sequence: number
    }
  /** The log belongs to another chain or to another purpose. */
  | {
      readonly code: 'WAL_OF_ANOTHER_CHAIN'
      readonly folder: string
      readonly found: string
      readonly expected: string
    }

export class WalError extends CodedError<WalFailure> {
  override readonly name = 'WalError'
}

/** The failure as a sentence that says what to do. */
export function describeWalFailure(failure: WalFailure): string {
  switch (failure.code) {
    case 'WAL_DISK_FULL':
      return `the disk of ${failure.folder} is full; make room and start again`
    case 'WAL_WRITE_FAILED':
      return `writing to ${failure.folder} failed; check the disk and start again`
    case 'WAL_CORRUPT':
      return (
        `record ${failure.sequence} in ${failure.folder}/${failure.file} at byte ${failure.offset} was durable and is ` +
        'damaged now; restore the disk, or cut the log there with `wal repair` and accept that votes may be forgotten'
      )
    case 'WAL_OF_ANOTHER_CHAIN':
      return `${failure.folder} holds the log of ${failure.found}, not of ${failure.expected}`
  }
}
