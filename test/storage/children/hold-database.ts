/**
 * Opens the database in the folder of the first argument and keeps it until it is killed.
 */

import { openLevelKv } from '../../../src/storage/level-kv.ts'

await openLevelKv(process.argv[2] ?? '')
process.send?.('open')
setInterval(() => {}, 60_000)
