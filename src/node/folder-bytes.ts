/**
 * The size of a folder's files on disk, for metrics.
 */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Bytes of the files directly in `folder`; files that vanish meanwhile, as a compaction makes them, count nothing. */
export function folderBytes(folder: string): number {
  let bytes = 0
  for (const file of readdirSync(folder)) bytes += statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0
  return bytes
}
