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

// Network and sync.

/** Largest frame of votes, certificates and evidence, in bytes: 64 views of three certificates each, and room to spare. */
export const MAX_CONSENSUS_FRAME_BYTES = 64 * 1024
/** Largest proposal or single block on the wire, in bytes: a full block, 4,096 justification certificates of 200, headers. */
export const MAX_BLOCK_FRAME_BYTES = 4 * 1024 * 1024
/** Largest answer of the sync class, in bytes: the 8 MiB of a block range and its finality proof. */
export const MAX_SYNC_FRAME_BYTES = 9 * 1024 * 1024
/** Largest status or handshake: a best certificate and five integers. */
export const MAX_STATUS_BYTES = 1_024
/** Largest answer of peer exchange, in bytes. */
export const MAX_PEER_EXCHANGE_BYTES = 16 * 1024
/** Peers named in one answer of peer exchange. */
export const MAX_EXCHANGED_PEERS = 32
/** Addresses kept of one peer. */
export const MAX_PEER_ADDRESSES = 8
/** Peers in the address book; unreachable ones leave first. */
export const MAX_KNOWN_PEERS = 1_024
/** Blocks asked for in one range. */
export const MAX_RANGE_BLOCKS = 64
/** Bytes of blocks in one range answer; the first block is always sent. */
export const MAX_RANGE_BYTES = 8 * 1024 * 1024
/** Messages that wait for one peer in one class; a full mesh of 128 sends some 400 a view. */
export const MAX_OUTBOX_MESSAGES = 2_048
/** Bytes that wait for one peer in one class: two largest sync answers. */
export const MAX_OUTBOX_BYTES = 18 * 1024 * 1024
/** Our own requests that wait for one peer. */
export const MAX_REQUESTS_PER_PEER = 32
/** Peer requests that are being answered at once, each peer. */
export const MAX_SERVED_REQUESTS_PER_PEER = 4
/** Largest gossiped message, in bytes: one announcement of the pool and its framing. */
export const MAX_GOSSIP_BYTES = 300 * 1024
/** Connections from others: a validator set and as many full nodes. */
export const MAX_INBOUND_CONNECTIONS = 256
/** Connections that we open: the whole mesh of validators, and some. */
export const MAX_OUTBOUND_CONNECTIONS = 160
/** Connections from one address: a devnet of 16 nodes on one machine fits, one host cannot take every place. */
export const MAX_CONNECTIONS_PER_IP = 32

// Execution.

/** Largest standard block in RLP, EIP-7934: 10 MiB less a margin of 2 MiB. */
export const MAX_RLP_BLOCK_BYTES = 8 * 1024 * 1024
/** A sealed block in the node's own encoding: the largest standard block, the consensus body and length prefixes. */
export const MAX_SEALED_BLOCK_BYTES = 9 * 1024 * 1024
/** Transactions in a decoded block: 8 MiB of the smallest. */
export const MAX_TRANSACTIONS_PER_BLOCK = 100_000
/** Milliseconds of one transaction above which a leader leaves it out: a 16M-gas loop must not stop transfers. */
export const MAX_TRANSACTION_BUILD_MS = 150
/** Milliseconds of execution in a block that this node builds. */
export const BUILDER_TIME_MS = 200
/** Blocks for which a transaction that was too slow is not tried again. */
export const SLOW_TRANSACTION_RETRY_BLOCKS = 20
/** Slow transactions remembered; the oldest is forgotten. */
export const MAX_SLOW_TRANSACTIONS = 4_096
/** Certified blocks kept above the finalized head: the notarize distance, and forks of it. */
export const MAX_OVERLAYS = 256
/** Code objects whose jump destinations stay analysed, in the engine. */
export const MAX_CACHED_CODES = 1_024
/** Milliseconds of an eth_call, geth's default. */
export const CALL_TIMEOUT_MS = 5_000
/** Gas of an eth_call, geth's default. */
export const CALL_GAS_CAP = 50_000_000n

// Cryptography, the log and the engine.

/** Parsed BLS public keys that are kept: the sets of several epochs. */
export const MAX_CACHED_PUBLIC_KEYS = 1_024
/** Bytes of one segment of the write-ahead log. */
export const MAX_WAL_SEGMENT_BYTES = 64 * 1024 * 1024
/** Largest payload of one record of the write-ahead log: a proposal with 4,096 certificates, or a largest sealed block. */
export const MAX_WAL_PAYLOAD_BYTES = 8 * 1024 * 1024

// Consensus.

/** Views kept below the last finalized one: peers slightly behind are answered from memory. */
export const RETAINED_VIEWS = 10
/** Votes are taken for this many views behind the current one and one ahead; certificates fill older gaps. */
export const VOTE_WINDOW = 10
/** Views held in memory; more skipped views could not be justified in one proposal anyway. */
export const MAX_VIEWS_IN_MEMORY = MAX_JUSTIFICATION + 2 * RETAINED_VIEWS
/** Views in one certificate request: its answer of three certificates each fits a consensus frame. */
export const MAX_CERTIFICATE_VIEWS = 64
/** Blocks looked for by hash at the same time. */
export const MAX_WANTED_BLOCKS = 64
/** Ancestors followed by hash before block sync takes over. */
export const MAX_ANCESTOR_WALK = 128
/** A lag of more blocks than this is block sync's work. */
export const MAX_LAG_BLOCKS = 8
/** Messages of the next epoch kept per peer: votes of three kinds, a proposal and a certificate in views 1 and 2. */
export const MAX_EARLY_MESSAGES_PER_PEER = 10
/** Turns that the rules may take to come to rest after one input; a bound on a loop that ends by construction. */
export const MAX_RULE_PASSES = 10_000

// State: storage, tries, history.

/** Blocks whose change sets `full` keeps: state queries reach that far back (execution.md section 2). */
export const FULL_HISTORY_BLOCKS = 65_536
/** Blocks of history that `pruned` keeps: wallets ask for states up to 60 s old, and at least 256 of them. */
export const PRUNED_HISTORY_BLOCKS = 256
/** Blocks back for which eth_getProof answers. */
export const PROOF_HISTORY_BLOCKS = 128
/** Blocks of history that one commit removes at most: a shortened window is caught up in steps. */
export const MAX_PRUNED_PER_COMMIT = 4
/** Trie keys remembered, of addresses and slots: about 250 bytes each. */
export const HASHED_KEY_CACHE = 131_072
/** Accounts of the finalized head held decoded: about 400 bytes each. */
export const ACCOUNT_CACHE = 131_072
/** Slots of the finalized head held decoded: about 400 bytes each. */
export const SLOT_CACHE = 131_072
/** Branches of tries held decoded: about 600 bytes each. */
export const BRANCH_CACHE = 131_072
/** Contract codes held in memory, each at most 24 KiB. */
export const CODE_CACHE = 1_024
