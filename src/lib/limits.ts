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
/** The journal of local transactions is rewritten when it is longer than this and twice what is still pooled of them. */
export const POOL_JOURNAL_SLACK_BYTES = 1024 * 1024

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
export const MAX_OVERLAYS = 128
/** Invalid blocks remembered, of up to two megabytes each: a quorum that finalizes one does so within a few views. */
export const MAX_FAILED_BLOCKS = 8
/** Codes whose jump destinations stay analysed in an engine: up to a megabyte each for the largest. */
export const MAX_CACHED_CODES = 64
/** Milliseconds of an eth_call, geth's default. */
export const CALL_TIMEOUT_MS = 5_000
/** Addresses and topics whose places in a bloom are remembered; all are forgotten when there are more. */
export const MAX_BLOOM_POSITIONS = 8_192
/** Gas of an eth_call, geth's default. */
export const CALL_GAS_CAP = 50_000_000n

// Cryptography, the log and the engine.

/** Parsed BLS public keys that are kept: the sets of several epochs. */
export const MAX_CACHED_PUBLIC_KEYS = 1_024
/** Bytes of one segment of the write-ahead log. */
export const MAX_WAL_SEGMENT_BYTES = 64 * 1024 * 1024
/** Largest payload of one record of the write-ahead log: a largest sealed block, or 4,096 certificates, and some. */
export const MAX_WAL_PAYLOAD_BYTES = 10 * 1024 * 1024

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

/** Blocks whose change sets `full` keeps: state queries reach that far back (docs/state.md). */
export const FULL_HISTORY_BLOCKS = 65_536
/** Blocks of history that `pruned` keeps: wallets ask for states up to 60 s old, and at least 256 of them. */
export const PRUNED_HISTORY_BLOCKS = 256
/** Blocks back for which eth_getProof answers. */
export const PROOF_HISTORY_BLOCKS = 128
/** Blocks of history that one commit removes at most: a shortened window is caught up in steps. */
export const MAX_PRUNED_PER_COMMIT = 4
/** Trie keys remembered, of addresses and slots: about 200 bytes each. */
export const HASHED_KEY_CACHE = 131_072
/** Accounts of the finalized head held decoded: about 250 bytes each. */
export const ACCOUNT_CACHE = 131_072
/** Slots of the finalized head held decoded: about 300 bytes each. */
export const SLOT_CACHE = 49_152
/** Branches of tries held decoded: about 300 bytes each of the heap, and 300 outside it. */
export const BRANCH_CACHE = 49_152
/** Renamed branches that every commit writes: a block that changes fewer leaves nothing for later. */
export const BRANCHES_PER_COMMIT = 512
/** Blocks that a renamed branch waits to be written at most, within what PROOF_HISTORY_BLOCKS and the history window keep. */
export const BRANCH_DEFERRAL_BLOCKS = 64
/** Renamed branches that wait to be written: mostly the same ones that BRANCH_CACHE holds. */
export const MAX_DEFERRED_BRANCHES = 49_152
/** Contract codes held in memory, each at most 24 KiB. */
export const CODE_CACHE = 1_024

// Storage.

/** LevelDB's cache of uncompressed blocks; what is read often is held decoded by the state already. */
export const LEVEL_BLOCK_CACHE_BYTES = 16 * 1024 * 1024
/** LevelDB's log before it becomes a table; two may be in memory. Larger ones make a start after a crash slow. */
export const LEVEL_WRITE_BUFFER_BYTES = 16 * 1024 * 1024
/** Table files that LevelDB holds open. */
export const MAX_LEVEL_OPEN_FILES = 512

// Node.

/** Calls in flight to one recovery worker: pushed blocks and submissions at once, each a bounded batch. */
export const MAX_RECOVERY_CALLS = 256
/** Calls in flight to the execution worker: consensus asks for a few blocks at a time, reads wait their turn. */
export const MAX_EXECUTION_CALLS = 256
/** Calls in flight to one read worker; more are answered "busy" at once, for a caller rather retries than waits. */
export const MAX_READ_CALLS = 64
/** Unfinalized blocks whose senders are remembered, so that no signature is recovered twice. */
export const MAX_REMEMBERED_SENDERS = 256

// RPC.

/** Largest HTTP body, in bytes: geth's 5 MiB. */
export const MAX_RPC_BODY_BYTES = 5 * 1024 * 1024
/** Largest WebSocket message, in bytes: geth's 32 MiB. */
export const MAX_RPC_MESSAGE_BYTES = 32 * 1024 * 1024
/** Requests in one batch: geth's default. */
export const MAX_RPC_BATCH_ITEMS = 1_000
/** Bytes of the answers of one batch: geth's 25 MB; what does not fit is answered with an error each. */
export const MAX_RPC_BATCH_BYTES = 25_000_000
/** Requests of one batch that run at the same time, where their order does not matter: enough to fill a recovery batch. */
export const MAX_RPC_OVERLAPPING = 256
/** Connections to the RPC port at the same time. */
export const MAX_RPC_CONNECTIONS = 500
/** Open connections to the operator's server: a few scrapers and probes; a flood must not take the files of consensus. */
export const MAX_METRICS_CONNECTIONS = 64
/** Subscriptions of one WebSocket connection. */
export const MAX_RPC_SUBSCRIPTIONS = 100
/** Requests of one WebSocket connection that are being answered; reading pauses above it. */
export const MAX_RPC_IN_FLIGHT = 64
/** Bytes that may wait for one WebSocket client before the next message drops it as too slow: ten full blocks of logs. */
export const MAX_RPC_BACKLOG_BYTES = 8 * 1024 * 1024
/** Milliseconds between pings; a client that answered none in between is dropped. */
export const RPC_PING_INTERVAL_MS = 30_000
/** Milliseconds that a request's headers or body may take to arrive. */
export const RPC_REQUEST_TIMEOUT_MS = 30_000
/** Milliseconds an HTTP connection may stay idle: geth's two minutes. */
export const RPC_IDLE_TIMEOUT_MS = 120_000
/** Milliseconds that clients have to read what is left when the server stops. */
export const RPC_CLOSE_GRACE_MS = 1_000
/** Milliseconds after which a node that was asked to stop is ended: a supervisor's patience is often 30 s. */
export const NODE_STOP_TIMEOUT_MS = 20_000
/** Answers below this are not worth compressing, in bytes. */
export const MIN_RPC_GZIP_BYTES = 1_024
/** Tokens an address may spend at once: a wallet's whole start and a page of an explorer. */
export const RPC_RATE_BURST = 2_000
/** Tokens an address gets back each second. */
export const RPC_RATE_PER_SECOND = 500
/** Addresses whose spending is remembered; the one seen longest ago is forgotten. */
export const MAX_RPC_CLIENTS = 16_384
/** Installed filters, over all clients. */
export const MAX_RPC_FILTERS = 10_000
/** Milliseconds after which a filter that nobody asks for is removed: geth's five minutes. */
export const RPC_FILTER_LIFETIME_MS = 5 * 60 * 1000
/** Hashes that a pending-transaction filter keeps until it is asked; the oldest leave first. */
export const MAX_RPC_FILTER_HASHES = 16_384
/** Raw bytes of whole transactions after which an answer of such a filter ends; the rest comes with the next one. */
export const MAX_RPC_FILTER_ANSWER_BYTES = 4 * 1024 * 1024
/** Topic positions in a log filter: what the EVM can log. */
export const MAX_LOG_TOPICS = 4
/** Addresses, or topics at one position, in a log filter: geth's default. */
export const MAX_LOG_ALTERNATIVES = 1_000
/** Blocks that one eth_getLogs may span, unless the configuration says otherwise. */
export const MAX_LOG_RANGE_BLOCKS = 10_000
/** Logs in one answer: about 5 MB of text. */
export const MAX_LOG_RESULTS = 10_000
/** Milliseconds that one request may hold the main thread before other work gets its turn: consensus runs there too. */
export const RPC_SLICE_MS = 5
/** Bytes of a request that cost one token of the rate limit: some 100 microseconds of parsing. */
export const RPC_BYTES_PER_TOKEN = 16 * 1024
/** Log queries that scan at the same time; each gives way to other work after every slice. */
export const MAX_LOG_QUERIES = 8
/** Log queries that wait for their turn. */
export const MAX_LOG_QUERIES_WAITING = 256
/** Blocks in one fee history: geth's bound. */
export const MAX_FEE_HISTORY_BLOCKS = 1_024
/** Percentiles in one fee history: geth's bound. */
export const MAX_FEE_PERCENTILES = 100
/** Blocks whose tips are remembered: two longest fee histories. */
export const MAX_CACHED_BLOCK_FEES = 2_048
/** Slots in one eth_getProof or eth_getStorageValues: geth's bound. */
export const MAX_RPC_STORAGE_SLOTS = 1_024
/** Milliseconds that eth_sendRawTransactionSync waits when not told. */
export const SYNC_SEND_TIMEOUT_MS = 20_000
/** Milliseconds that eth_sendRawTransactionSync waits at most. */
export const MAX_SYNC_SEND_TIMEOUT_MS = 60_000
/** eth_sendRawTransactionSync calls that wait at the same time. */
export const MAX_SYNC_SENDS = 4_096
/** Finalized blocks whose senders stay in memory for the RPC: half a minute at four blocks a second. */
export const MAX_RECENT_SENDER_BLOCKS = 128
/** Blocks whose receipts and bodies the RPC keeps decoded: after a block, everybody asks for receipts of the same few. */
export const MAX_DECODED_BLOCKS = 4
/** Ranges asked for or waiting to be imported: three peers at work and one range in hand, 32 MiB at worst. */
export const MAX_SYNC_SEGMENTS = 4
/** Headers in a range's finality proof: what may be unfinalized at once, twice. */
export const MAX_PROOF_HEADERS = 64
/** Connection attempts of one address in a second, beyond which they are not even encrypted: a handshake costs a millisecond. */
export const MAX_CONNECTIONS_PER_SECOND_OF_IP = 64
/** Inputs from the network that wait for the engine; beyond this they are dropped, and retry brings them again. */
export const MAX_ENGINE_INBOX = 8_192
/** Bytes of one peer's notices that wait for the engine: three of the largest proposals, of which it has one to make. */
export const MAX_INBOX_BYTES_PER_PEER = 12 * 1024 * 1024
/** Inputs that the engine steps through before it writes its log and sends. */
export const MAX_ENGINE_BATCH = 256
/** Bytes of blocks above the finalized head that are held, docs/consensus.md 2.11. */
export const MAX_UNFINALIZED_BYTES = 64 * 1024 * 1024
/** Certificates that are known to verify: two certificates for each of the views that may be held. */
export const MAX_VERIFIED_CERTIFICATES = 8_192
/** Certificates verified in one turn of the event loop: some 8 ms. */
export const MAX_CERTIFICATES_PER_TURN = 16
/** Epochs after which evidence is worth nothing: ten minutes of a devnet at full speed, the unbonding period. */
export const MAX_EVIDENCE_AGE_EPOCHS = 48
/** Pieces of evidence that wait for a block. */
export const MAX_PENDING_EVIDENCE = 1_024
/** Of these, against one signer: one proof slashes, a few more may be lost to forks. */
export const MAX_PENDING_EVIDENCE_PER_SIGNER = 32
/** Blocks whose refusal is remembered, so that a divergence can be explained. */
export const MAX_REMEMBERED_REFUSALS = 64
/** Bytes of our own messages that wait for all peers together; one proposal counts once for each peer. */
export const MAX_SEND_BYTES = 256 * 1024 * 1024
/** Bytes of answers that wait for all peers together: eight largest ranges; further requests are told that we are busy. */
export const MAX_ANSWER_BYTES = 72 * 1024 * 1024

// Assets (these are rules of the chain: a change of one is a change of the protocol).

/** Parents of one asset. */
export const MAX_PARENTS = 64
/** Floors towards ancestors that are not parents, of one asset. */
export const MAX_FLOORS = 32
/** Bytes of an asset's uri. */
export const MAX_URI_BYTES = 1_024
/** Obligations that a refused registration lists: more than an accepted asset can have, and 24 KiB of answer at most. */
export const MAX_LISTED_OBLIGATIONS = 256
/** Assets of one path whose ancestry is verified in a call: each costs a slot read. */
export const MAX_PATH_ASSETS = 1_024
/** Blocks between a commitment and the registration that reveals it: a reveal seen in the pool is too late to be copied. */
export const MIN_COMMITMENT_AGE_BLOCKS = 2
/** Blocks after which a commitment is worth nothing: a week of blocks of a second. */
export const MAX_COMMITMENT_AGE_BLOCKS = 604_800

// Leaf files and the attribution reads of the RPC.

/** Leaves of one batch: what a Merkle-sum tree of the greatest depth holds. */
export const MAX_CONTRIBUTORS = 2 ** 24
/** Weight of one pool, and so of one batch: the accumulator's quotient stays within its word. */
export const MAX_BATCH_WEIGHT = 2n ** 96n
/** Characters of one line or value in a list of contributors: an address, a weight and room for quotes and spaces. */
export const MAX_CONTRIBUTOR_LINE_CHARACTERS = 1_024
/** Bytes of one leaf file: some 2.7 million contributors with weights of four bytes. */
export const MAX_LEAF_FILE_BYTES = 64 * 1024 * 1024
/** Leaf files that a node serves: each is opened and searched when an account asks what it is owed anywhere. */
export const MAX_SERVED_LEAF_FILES = 1_024
/** Batches of the chain that share one leaf file. */
export const MAX_USES_OF_LEAF_FILE = 256
/** Bytes of one piece of a leaf file in a request or an answer: twice as much in hexadecimal, within a body of 5 MiB. */
export const MAX_LEAF_PIECE_BYTES = 1024 * 1024
/** Leaf files that are being handed in at the same time; the one that was idle longest makes room. */
export const MAX_LEAF_UPLOADS = 4
/** Leaves in one proof: what a claimMany takes. */
export const MAX_CLAIM_PROOF_LEAVES = 512
/** Ancestors in one answer. */
export const MAX_LINEAGE_ENTRIES = 1_000
/** Ancestors that are walked to find a page: the pages of a larger ancestry are found no further. */
export const MAX_LINEAGE_WALK = 20_000
/** Batches that wait for their turn, in one answer. */
export const MAX_WAITING_BATCHES_SHOWN = 100
/** Leaves of one account in one answer. */
export const MAX_ENTITLED_LEAVES = 1_000
/** Blocks in one statement of earnings: three days of blocks of a second. */
export const MAX_EARNINGS_BLOCKS = 262_144
/** Flushes in one statement of earnings. */
export const MAX_EARNINGS_FLUSHES = 200_000
/** Cells that an audit reads before it gives way to other requests: some ten milliseconds. */
export const AUDIT_SLICE_CELLS = 1_000

// Royalties (these are rules of the chain: a change of one is a change of the protocol).

/** Tokens listed besides the native coin: masks of tokens and loops over them. */
export const MAX_TOKENS = 16
/** Assets paid in one call. */
export const MAX_BUNDLE_ASSETS = 32
/** Nodes flushed in one call. */
export const MAX_FLUSHED_NODES = 64
/** Accounts paid out in one claim of many. */
export const MAX_CLAIMED_ACCOUNTS = 128
/** Ledger nodes that a quote follows: some 400 payees. */
export const MAX_QUOTED_NODES = 256
/** Payees that a quote lists. */
export const MAX_QUOTED_PAYEES = 1_024
/** Assets whose weights a node remembers decoded: some 20 MB, 60 where all have the most parents. */
export const MAX_REMEMBERED_WEIGHTS = 32_768

// Pools (these are rules of the chain: a change of one is a change of the protocol).

/** Batches of one pool. */
export const MAX_POOL_BATCHES = 2 ** 32 - 1
/** Share of a claim that a batch may leave to whoever submits it, in parts per million. */
export const MAX_RELAY_FEE_PPM = 20_000
/** Cells of the batches that activate at the end of one block, and of those that leave: some ten milliseconds each. */
export const MAX_BATCH_CELLS_PER_BLOCK = 5_120
/** Leaves paid in one claimMany or claimAcross: the gas of one transaction pays for some more in the native coin. */
export const MAX_CLAIMED_LEAVES = 512

// Native modules (rules of the chain as well).

/** Bytes that a native module reads of what a call returned: two words hold every answer of a token. */
export const MAX_MODULE_CALL_RETURN_BYTES = 64
/** Calls inside one another, as the EVM has it. */
export const MAX_CALL_DEPTH = 1_024
