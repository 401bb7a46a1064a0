/**
 * What the process ends with, so that a supervisor can tell a mistake of the operator from a fault to look into.
 */

export const EXIT_OK = 0
/** Something that has no name of its own; the log holds the stack. */
export const EXIT_UNEXPECTED = 1
/** A wrong option, file or argument: starting again without a change cannot help. */
export const EXIT_USAGE = 2

/** Exit codes of named stops (docs/operating.md); every other named stop ends with EXIT_UNEXPECTED. */
export const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  BAD_OPTION: EXIT_USAGE,
  BAD_FIELD: EXIT_USAGE,
  CONFIG_UNREADABLE: EXIT_USAGE,
  FILE_EXISTS: EXIT_USAGE,
  PEER_ID_MISMATCH: EXIT_USAGE,
  VALIDATOR_KEY_UNREADABLE: EXIT_USAGE,
  NODE_KEY_UNREADABLE: EXIT_USAGE,
  NODE_KEY_MALFORMED: EXIT_USAGE,
  NODE_KEY_EXPOSED: EXIT_USAGE,
  FILE_UNREADABLE: EXIT_USAGE,
  DATA_DIR_UNREADABLE: EXIT_USAGE,
  POOL_JOURNAL_UNREADABLE: EXIT_USAGE,
  DATA_DIR_LOCKED: 10,
  STORAGE_LOCKED: 10,
  DATA_DIR_OF_ANOTHER_CHAIN: 11,
  OTHER_CHAIN: 11,
  SCHEMA_MISMATCH: 11,
  GENESIS_MISMATCH: 11,
  PORT_IN_USE: 12,
  RPC_LISTEN: 12,
  DISK_FULL: 13,
  WAL_DISK_FULL: 13,
  STORAGE_CORRUPT: 14,
  STORAGE_FAILED: 14,
  STATE_INCONSISTENT: 14,
  WAL_WRITE_FAILED: 14,
  WAL_CORRUPT: 15,
  LOG_UNREADABLE: 15,
  WAL_OF_ANOTHER_CHAIN: 11,
  SIGNER_STATE_MISSING: 16,
  STATE_DIVERGED: 17,
  WORKER_CRASHED: 18,
  SIGN_NOT_MONOTONE: 19,
  CONFLICTING_CERTIFICATES: 19,
  FINALIZED_AND_NULLIFIED: 19,
  FINALIZED_FORK: 19,
  PARENT_NOT_CERTIFIED: 19,
}

/** The exit code of a stop with this code. */
export function exitCodeOf(code: string): number {
  return EXIT_OF_CODE[code] ?? EXIT_UNEXPECTED
}
