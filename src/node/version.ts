/**
 * The program's version and what it calls itself to peers and clients.
 */

/** Kept equal to package.json's by a test. */
export const VERSION = '0.1.0'

/** `web3_clientVersion` and the libp2p agent: sahara/v0.1.0/linux-x64/node24.21.0. */
export const CLIENT_VERSION = `sahara/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`
