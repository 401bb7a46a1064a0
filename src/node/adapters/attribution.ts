/**
 * Attribution for the RPC: readings go to the read workers, leaf files that are handed in to the uploads.
 */

import { join } from 'node:path'
import { type Err, err, type Result } from '../../lib/result.ts'
import type {
  AttributionPort,
  AuditFailure,
  AuditView,
  ClaimProof,
  ClaimProofFailure,
  EarningsFailure,
  EarningsView,
  LeafFilePiece,
  LeafSelection,
  LeafUpload,
  LineageRequest,
  UploadFailure,
  UploadProgress,
} from '../../rpc/attribution-port.ts'
import type { Busy } from '../../rpc/ports.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Address, Hash } from '../../types/primitives.ts'
import { type BatchKey, LeafStore } from '../leaf-files/leaf-store.ts'
import type { AttributionReads, LeafFolder } from './attribution-reads.ts'
import { LeafUploads } from './attribution-uploads.ts'

/** The readings, in whichever thread. */
export type AttributionReader = {
  read<Name extends keyof AttributionReads>(
    name: Name,
    argument: Parameters<AttributionReads[Name]>[0],
  ): Promise<Awaited<ReturnType<AttributionReads[Name]>> | Err<Busy>>
}

export type AttributionParts = {
  readonly reads: AttributionReader
  /** The height at which a batch is looked up. */
  readonly headNumber: () => number
  /** Undefined on a node that serves no leaf files. */
  readonly leaves: LeafFolder | undefined
  readonly log: Logger
}

export class RpcAttribution implements AttributionPort {
  private readonly reads: AttributionReader
  private readonly store: LeafStore | undefined
  private readonly uploads: LeafUploads | undefined
  private isAuditing = false

  constructor({ reads, headNumber, leaves, log }: AttributionParts) {
    this.reads = reads
    if (leaves === undefined) return
    this.store = new LeafStore(leaves.folder, leaves.limitBytes)
    this.store.removeUnfinished()
    this.uploads = new LeafUploads({
      folder: join(leaves.folder, 'incoming'),
      batch: (pool, batch) => reads.read('batch', { height: headNumber(), key: { pool, batch } }),
      accept: async (path, pool, batch) => {
        const accepted = await reads.read('acceptLeafFile', { height: headNumber(), path, key: { pool, batch } })
        if (accepted.ok) log.info({ pool, batch, dataHash: accepted.value }, 'leaf file is served')
        return accepted
      },
    })
  }

  asset(wanted: bigint | Hash, height: number): ReturnType<AttributionPort['asset']> {
    return this.reads.read('asset', { height, wanted })
  }

  lineage(request: LineageRequest, height: number): ReturnType<AttributionPort['lineage']> {
    return this.reads.read('lineage', { height, request })
  }

  ledger(asset: bigint, height: number): ReturnType<AttributionPort['ledger']> {
    return this.reads.read('ledger', { height, asset })
  }

  pendingSweep(height: number): ReturnType<AttributionPort['pendingSweep']> {
    return this.reads.read('pendingSweep', { height })
  }

  claimProof(key: BatchKey, selection: LeafSelection, height: number): Promise<Result<ClaimProof, ClaimProofFailure>> {
    return this.reads.read('claimProof', { height, key, selection })
  }

  entitlements(account: Address, height: number): ReturnType<AttributionPort['entitlements']> {
    return this.reads.read('entitlements', { height, account })
  }

  earnings(account: Address, from: number, to: number): Promise<Result<EarningsView, EarningsFailure>> {
    return this.reads.read('earnings', { account, from, to })
  }

  /** One at a time: it reads everything. */
  async auditConservation(height: number): Promise<Result<AuditView, AuditFailure>> {
    if (this.isAuditing) return err({ code: 'AUDIT_RUNNING' })
    this.isAuditing = true
    try {
      return await this.reads.read('audit', { height })
    } finally {
      this.isAuditing = false
    }
  }

  async submitLeafFile(upload: LeafUpload): Promise<Result<UploadProgress, UploadFailure>> {
    if (this.uploads !== undefined) return this.uploads.take(upload)
    return err({ code: 'LEAF_FILES_NOT_SERVED', message: 'this node serves no leaf files (leafFiles.serve)' })
  }

  async leafFile(dataHash: Hash, offset: number, length: number): Promise<LeafFilePiece | undefined> {
    const piece = this.store?.read(dataHash, offset, length)
    return piece === undefined ? undefined : { dataHash, fileBytes: piece.fileBytes, bytes: piece.bytes }
  }
}
