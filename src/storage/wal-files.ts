/**
 * The files that a log is made of. On a disk: `diskFolder`; the tests have one that forgets unsynced bytes and fails on demand.
 */

import { constants } from 'node:fs'
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that only grows. */
export interface LogHandle {
  /** Appends; the bytes survive this process, not yet the machine. */
  write(bytes: Uint8Array): Promise<void>
  /** Resolves when everything written is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface LogFolder {
  /** For messages to people. */
  readonly name: string
  list(): Promise<readonly string[]>
  read(file: string): Promise<Uint8Array>
  /** A new, empty file whose name is durable in the folder; fails when it exists. */
  create(file: string): Promise<LogHandle>
  /** Cuts a file durably. */
  truncate(file: string, length: number): Promise<void>
  /** Makes an existing file's bytes durable. */
  sync(file: string): Promise<void>
  remove(file: string): Promise<void>
}

/** A folder of the disk, created when missing. Files are readable by their owner alone. */
export async function diskFolder(folder: string): Promise<LogFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    name: folder,
    list: () => readdir(folder),
    read: async (file) => new Uint8Array(await readFile(join(folder, file))),
    create: async (file) => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND
      const handle = await open(join(folder, file), flags, 0o600)
      await syncFolder(folder)
      return {
        write: async (bytes) => {
          for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
        },
        sync: () => handle.datasync(),
        close: () => handle.close(),
      }
    },
    truncate: async (file, length) => {
      const handle = await open(join(folder, file), 'r+')
      try {
        await handle.truncate(length)
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    sync: async (file) => {
      const handle = await open(join(folder, file), 'r+')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    remove: async (file) => {
      await rm(join(folder, file))
      await syncFolder(folder)
    },
  }
}

/** Without this a crash may lose the name of a file whose bytes are safe. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
