/**
 * Reads a file of contributors, CSV or JSON, without holding its text.
 */

import { createReadStream, statSync } from 'node:fs'
import type { LeafColumns } from '../../crypto/merkle-sum-tree.ts'
import { CodedError, errorMessage } from '../../lib/errors.ts'
import type { FileFailure } from '../json-file.ts'
import { ContributorColumns, type ContributorOptions } from './contributors.ts'
import { CsvContributors } from './contributors-csv.ts'
import { JsonContributors } from './contributors-json.ts'

/** Told of the bytes read and the file's length. */
export type ReadProgress = (readBytes: number, totalBytes: number) => void

const PIECE_BYTES = 256 * 1024
const BYTE_ORDER_MARK = '\ufeff'

/** Throws CodedError<ContributorFailure> with the line, or FILE_UNREADABLE. What begins with [ or { is JSON. */
export async function readContributors(
  path: string,
  options: ContributorOptions,
  onProgress: ReadProgress = () => {},
): Promise<LeafColumns> {
  const columns = new ContributorColumns(options)
  let parser: CsvContributors | JsonContributors | undefined
  let before = ''
  let readBytes = 0
  const totalBytes = lengthOf(path)
  for await (const piece of piecesOf(path)) {
    const text = before + (readBytes === 0 && piece.startsWith(BYTE_ORDER_MARK) ? piece.slice(1) : piece)
    readBytes += Buffer.byteLength(piece)
    onProgress(readBytes, totalBytes)
    // White space alone does not tell which format it is; a whole piece of it is nothing that anyone writes.
    before = parser === undefined && text.length < PIECE_BYTES && text.trim() === '' ? text : ''
    if (before !== '') continue
    parser ??= parserOf(text, columns)
    parser.push(text)
  }
  parser?.finish()
  return columns.finish()
}

function parserOf(text: string, columns: ContributorColumns): CsvContributors | JsonContributors {
  const Parser = /^[[{]/.test(text.trimStart()) ? JsonContributors : CsvContributors
  return new Parser((row) => columns.add(row))
}

async function* piecesOf(path: string): AsyncGenerator<string> {
  try {
    for await (const piece of createReadStream(path, { encoding: 'utf8', highWaterMark: PIECE_BYTES })) {
      yield piece as string
    }
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

function lengthOf(path: string): number {
  try {
    return statSync(path).size
  } catch (thrown) {
    throw unreadable(path, thrown)
  }
}

function unreadable(path: string, thrown: unknown): CodedError<FileFailure> {
  return new CodedError({ code: 'FILE_UNREADABLE', path }, `${path} cannot be read: ${errorMessage(thrown)}`)
}
