/**
 * Leaf files on their way in: pieces are appended to a file beside the store until it is whole, and a read worker then decides.
 *
 * A file is taken only for a batch that the chain has, and its first piece already has to name that batch's root: nobody
 * fills the disk with anything that was not paid for on the chain. A few files come in at the same time; the one that was
 * touched longest ago makes room.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_LEAF_UPLOADS } from '../../lib/limits.ts'
import { err, ok, type Result } from '../../lib/result.ts'
import type { BatchView, LeafUpload, ReadRefusal, UploadFailure, UploadProgress } from '../../rpc/attribution-port.ts'
import type { Hash } from '../../types/primitives.ts'
import { decodeLeafHeader, describeLeafFileFailure } from '../leaf-files/leaf-file.ts'
import { describeStoreFailure } from '../leaf-files/leaf-store.ts'
import type { AcceptFailure } from './attribution-reads.ts'

/** What the uploads ask of the rest of the node. */
export type UploadParts = {
  readonly folder: string
  /** The batch at the head. */
  readonly batch: (pool: bigint, batch: bigint) => Promise<Result<BatchView | undefined, ReadRefusal>>
  /** Checks a whole file and keeps it. */
  readonly accept: (path: string, pool: bigint, batch: bigint) => Promise<Result<Hash, AcceptFailure | ReadRefusal>>
}

type Upload = {
  readonly path: string
  readonly pool: bigint
  readonly batch: bigint
  readonly fileBytes: number
  receivedBytes: number
  isBusy: boolean
}

export class LeafUploads {
  private readonly parts: UploadParts
  /** By ticket, the one touched longest ago first. */
  private readonly uploads = new Map<string, Upload>()

  constructor(parts: UploadParts) {
    this.parts = parts
    // What was on its way when the node stopped has no ticket any more.
    rmSync(parts.folder, { recursive: true, force: true })
    mkdirSync(parts.folder, { recursive: true, mode: 0o700 })
  }

  async take(piece: LeafUpload): Promise<Result<UploadProgress, UploadFailure>> {
    if (piece.ticket === undefined) return this.begin(piece)
    const upload = this.uploads.get(piece.ticket)
    if (upload === undefined || upload.pool !== piece.pool || upload.batch !== piece.batch) {
      return refused('UPLOAD_UNKNOWN', 'no leaf file of this batch comes in under this ticket; begin again at offset 0')
    }
    return this.append(piece.ticket, upload, piece)
  }

  private async begin(piece: LeafUpload): Promise<Result<UploadProgress, UploadFailure>> {
    const { pool, batch, bytes, offset } = piece
    if (offset !== 0) return refused('UPLOAD_OFFSET', 'without a ticket a file begins at offset 0')
    const header = decodeLeafHeader(bytes)
    if (!header.ok) return refused(header.error.code, describeLeafFileFailure(header.error))
    const { root, fileBytes } = header.value
    const view = await this.parts.batch(pool, batch)
    if (!view.ok) return view
    if (view.value === undefined) return refused('UNKNOWN_BATCH', `pool ${pool} has no batch ${batch}`)
    if (view.value.root !== root.hash || view.value.weight !== root.total) {
      const message = `the file has root ${root.hash} of weight ${root.total}, but the batch has root ${view.value.root} of weight ${view.value.weight}`
      return refused('LEAF_FILE_ROOT_MISMATCH', message)
    }
    const ticket = `0x${randomBytes(16).toString('hex')}`
    const path = join(this.parts.folder, ticket)
    const upload: Upload = { path, pool, batch, fileBytes, receivedBytes: 0, isBusy: false }
    this.makeRoom()
    this.uploads.set(ticket, upload)
    await writeFile(path, new Uint8Array(0), { mode: 0o600 })
    return this.append(ticket, upload, piece)
  }

  private async append(
    ticket: string,
    upload: Upload,
    { offset, bytes }: LeafUpload,
  ): Promise<Result<UploadProgress, UploadFailure>> {
    if (upload.isBusy) return refused('UPLOAD_BUSY', 'the piece before is still being written')
    if (offset !== upload.receivedBytes) {
      return refused('UPLOAD_OFFSET', `expected the piece at offset ${upload.receivedBytes}, got ${offset}`)
    }
    if (offset + bytes.length > upload.fileBytes) {
      return refused('UPLOAD_TOO_LONG', `the file has ${upload.fileBytes} bytes, and this piece goes beyond them`)
    }
    this.uploads.delete(ticket)
    this.uploads.set(ticket, upload)
    upload.isBusy = true
    try {
      await appendFile(upload.path, bytes)
      upload.receivedBytes += bytes.length
      return await this.finishWhenWhole(ticket, upload)
    } finally {
      upload.isBusy = false
    }
  }

  private async finishWhenWhole(ticket: string, upload: Upload): Promise<Result<UploadProgress, UploadFailure>> {
    const { path, pool, batch, receivedBytes, fileBytes } = upload
    const isWhole = receivedBytes === fileBytes
    if (isWhole) {
      const accepted = await this.parts.accept(path, pool, batch)
      this.drop(ticket)
      if (!accepted.ok) return err(describeRefusal(accepted.error))
    }
    return ok({ ticket, receivedBytes, fileBytes, isServed: isWhole })
  }

  private makeRoom(): void {
    const [oldest] = this.uploads.keys()
    if (this.uploads.size >= MAX_LEAF_UPLOADS && oldest !== undefined) this.drop(oldest)
  }

  private drop(ticket: string): void {
    const upload = this.uploads.get(ticket)
    this.uploads.delete(ticket)
    if (upload !== undefined) rmSync(upload.path, { force: true })
  }
}

function describeRefusal(failure: AcceptFailure | ReadRefusal): UploadFailure {
  switch (failure.code) {
    case 'BUSY':
    case 'STATE_PRUNED':
      return failure
    case 'UNKNOWN_BATCH':
      return { code: failure.code, message: 'the chain has no such batch' }
    case 'LEAF_FILE_HASH_MISMATCH':
    case 'LEAF_STORE_FULL':
    case 'LEAF_STORE_CROWDED':
      return { code: failure.code, message: describeStoreFailure(failure) }
    default:
      return { code: failure.code, message: describeLeafFileFailure(failure) }
  }
}

function refused(code: string, message: string): Result<never, UploadFailure> {
  return err({ code, message })
}
