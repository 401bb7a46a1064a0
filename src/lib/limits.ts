/**
 * Every bound of the node that is not part of the chain's own parameters, each with its reason.
 * A queue, map, loop, message or list that can grow is held to one of these, and a test meets it.
 */

/** Largest block of transactions, in bytes; EIP-7934 allows 8 MiB, a pushed block must cross the world in a view. */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024
/** Validators in one epoch: a bitmap of 16 bytes. */
export const MAX_VALIDATORS = 128
/** Certificates in one proposal's justification. */
export const MAX_JUSTIFICATION = 4_096
/** Pieces of evidence in one block. */
export const MAX_EVIDENCE_PER_BLOCK = 16
/** Notarized blocks above the finalized head before leaders re-propose instead of building. */
export const MAX_UNFINALIZED = 32
/** A new block further above our finalized head than this is not notarized. */
export const MAX_NOTARIZE_DISTANCE = 64
/** Transaction gas cap, EIP-7825. */
export const MAX_TRANSACTION_GAS = 16_777_216n

// Mempool.

/** Transactions in the pool: some twelve full blocks of transfers. */
export const MAX_POOL_TRANSACTIONS = 16_384
/** Bytes of transactions in the pool: a third of a small machine's heap is too much, so 32 MiB. */
export const MAX_POOL_BYTES = 32 * 1024 * 1024
/** Largest transaction the pool takes, in bytes: geth's four slots of 32 KiB. */
export const MAX_POOL_TRANSACTION_BYTES = 128 * 1024
/** Transactions of one sender in the pool, so that no single account can crowd out the rest. */
export const MAX_POOL_SENDER_TRANSACTIONS = 1_024
/** How far a nonce may lie beyond the sender's next executable one: batches arrive out of order, but not by more. */
export const MAX_POOL_NONCE_GAP = 256
/** A transaction that waits for an earlier nonce leaves after this, in ms: geth's three hours. */
export const POOL_QUEUED_LIFETIME_MS = 3 * 60 * 60 * 1000
/** Transactions that wait for their sender to be recovered: about a second of one core; their bytes are held to MAX_POOL_BYTES. */
export const MAX_POOL_RECOVERY_BACKLOG = 16_384
/** Transactions in one question to the recovery workers: some 20 ms of work, so that several workers share a burst. */
export const MAX_POOL_RECOVERY_BATCH = 256
/** Questions to the recovery workers at the same time. */
export const MAX_POOL_RECOVERY_IN_FLIGHT = 8
/** Hashes of finalized or faulty transactions remembered, so that late copies from peers cost no signature recovery. */
export const MAX_POOL_SEEN = 65_536
/** Transactions in one announcement to peers. */
export const MAX_ANNOUNCED_TRANSACTIONS = 64
/** Bytes of one announcement: one largest transaction and the framing always fit. */
export const MAX_ANNOUNCEMENT_BYTES = 256 * 1024
/** Journal file of local transactions: beyond this it is rewritten with what is still pooled. */
export const MAX_POOL_JOURNAL_BYTES = 64 * 1024 * 1024

// Chainspec.

/** Balances in a genesis: a bench funds 100,000 accounts, and the file must be read and hashed in memory. */
export const MAX_GENESIS_ALLOCATIONS = 1_100_000
