/**
 * JSON files of the node's folder: written whole (a crash leaves the old or the new one), read with the path in every error.
 */

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CodedError, errorMessage } from '../lib/errors.ts'

export type FileFailure =
  | { readonly code: 'FILE_EXISTS'; readonly path: string }
  | { readonly code: 'FILE_UNREADABLE'; readonly path: string }

/** Writes `json`, indented, with the given mode; replaces a file only when `isReplacing`. */
export function writeJsonFile(path: string, json: unknown, mode = 0o644, isReplacing = false): void {
  writeTextFile(path, `${JSON.stringify(json, null, 2)}\n`, mode, isReplacing)
}

/** Writes `text` through a temporary file beside it; refuses to replace a file unless `isReplacing`. */
export function writeTextFile(path: string, text: string, mode: number, isReplacing = false): void {
  if (!isReplacing && existsSync(path)) {
    throw new CodedError<FileFailure>({ code: 'FILE_EXISTS', path }, `${path} exists already and is not replaced`)
  }
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.new`
  // Flushed before it is renamed, or a power cut could leave an empty file: a key that was shown would be lost.
  writeFileSync(temporary, text, { mode, flush: true })
  renameSync(temporary, path)
}

/** The file's text without white space around it. Throws CodedError FILE_UNREADABLE with the reason. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (thrown) {
    throw new CodedError<FileFailure>(
      { code: 'FILE_UNREADABLE', path },
      `${path} cannot be read: ${errorMessage(thrown)}`,
    )
  }
}

/** The parsed file. Throws CodedError FILE_UNREADABLE with the reason. */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (thrown) {
    throw new CodedError<FileFailure>(
      { code: 'FILE_UNREADABLE', path },
      `${path} cannot be read as JSON: ${errorMessage(thrown)}`,
    )
  }
}
