/**
 * Assets as tokens: ERC-721 with metadata, and ERC-2981. The token's id is the asset's.
 *
 * A transfer needs an active asset. It first flushes the asset's two ledger nodes for the native coin, so that what was
 * earned and swept is the former owner's; a receiver that is a contract is called last, when everything is written.
 */

import { type Address, addressFromBigint, ZERO_ADDRESS } from '../../types/primitives.ts'
import { address, bool, bytes, bytes4, string, uint256 } from '../abi-types.ts'
import { type ModuleContext, refuse } from '../context.ts'
import { method } from '../module.ts'
import { flushForTransfer } from '../royalty/settle.ts'
import { approvalsForAll, balances, origin, tokenApprovals } from './asset-cells.ts'
import { type AssetRecord, readAsset, readUri } from './asset-store.ts'
import {
  ERC721IncorrectOwner,
  ERC721InsufficientApproval,
  ERC721InvalidApprover,
  ERC721InvalidOperator,
  ERC721InvalidOwner,
  ERC721InvalidReceiver,
  ERC721NonexistentToken,
  NotActive,
} from './errors.ts'
import { Approval, ApprovalForAll } from './events.ts'
import { ACTIVE } from './kinds.ts'
import { changeOwner } from './ownership.ts'
import { WHOLE_BPS } from './ppm.ts'
import { callReceiver } from './receiver.ts'

/** One past the greatest id that a token can have. */
const TOKEN_IDS = 2n ** 64n
/** ERC-165, ERC-721, its metadata, ERC-2981. */
const INTERFACES: readonly string[] = ['0x01ffc9a7', '0x80ac58cd', '0x5b5e139f', '0x2a55205a']

const TRANSFER_GAS = 'five slot reads, five slot writes, flushing both nodes of the asset for the native coin, one log'

const name = method({
  name: 'name',
  params: {},
  returns: { name: string },
  access: 'pure',
  notes: 'The name of the collection.',
  gas: 'none beyond the call',
  run: () => ({ name: 'Sahara Assets' }),
})

const symbol = method({
  name: 'symbol',
  params: {},
  returns: { symbol: string },
  access: 'pure',
  notes: 'The symbol of the collection.',
  gas: 'none beyond the call',
  run: () => ({ symbol: 'ASSET' }),
})

const supportsInterface = method({
  name: 'supportsInterface',
  params: { interfaceId: bytes4 },
  returns: { isSupported: bool },
  access: 'pure',
  notes: 'ERC-165: this, ERC-721, its metadata and ERC-2981.',
  gas: 'none beyond the call',
  run: (_context, { interfaceId }) => ({ isSupported: INTERFACES.includes(interfaceId) }),
})

const ownerOfToken = method({
  name: 'ownerOf',
  params: { tokenId: uint256 },
  returns: { owner: address },
  access: 'view',
  notes: 'Who owns the asset.',
  gas: 'one slot read',
  run: (context, { tokenId }) => ({ owner: addressFromBigint(demandToken(context, tokenId).owner) }),
})

const balanceOf = method({
  name: 'balanceOf',
  params: { owner: address },
  returns: { balance: uint256 },
  access: 'view',
  notes: 'How many assets an account owns.',
  gas: 'one slot read',
  run: (context, { owner }) => {
    if (owner === ZERO_ADDRESS) refuse(ERC721InvalidOwner, { owner })
    return { balance: balances.read(context.cells(context.module), { owner }).count }
  },
})

const tokenURI = method({
  name: 'tokenURI',
  params: { tokenId: uint256 },
  returns: { uri: string },
  access: 'view',
  notes: 'The uri of the asset.',
  gas: 'two slot reads and one for each 32 bytes of the uri',
  run: (context, { tokenId }) => {
    demandToken(context, tokenId)
    return { uri: readUri(context.cells(context.module), tokenId) }
  },
})

const royaltyInfo = method({
  name: 'royaltyInfo',
  params: { tokenId: uint256, salePrice: uint256 },
  returns: { receiver: address, royaltyAmount: uint256 },
  access: 'view',
  notes: 'ERC-2981: the registrant, at the rate given at registration, rounded down.',
  gas: 'two slot reads',
  run: (context, { tokenId, salePrice }) => {
    demandToken(context, tokenId)
    const { registrant, royaltyBps } = origin.read(context.cells(context.module), { id: tokenId })
    // Rounded down: the buyer keeps what is less than a wei.
    return { receiver: addressFromBigint(registrant), royaltyAmount: (salePrice * royaltyBps) / WHOLE_BPS }
  },
})

const approveToken = method({
  name: 'approve',
  params: { to: address, tokenId: uint256 },
  returns: {},
  access: 'write',
  notes: 'Lets one account transfer one asset; the zero address takes it back.',
  gas: 'two slot reads, one slot write, one log',
  run: (context, { to, tokenId }) => {
    const cells = context.cells(context.module)
    const owner = addressFromBigint(demandToken(context, tokenId).owner)
    const { caller } = context
    if (!(actsForAll(context, owner) || caller === owner)) refuse(ERC721InvalidApprover, { approver: caller })
    tokenApprovals.write(cells, { id: tokenId }, { approved: BigInt(to) })
    context.emit(Approval, { owner, approved: to, tokenId })
  },
})

const getApproved = method({
  name: 'getApproved',
  params: { tokenId: uint256 },
  returns: { approved: address },
  access: 'view',
  notes: 'Who may transfer the asset besides its owner.',
  gas: 'two slot reads',
  run: (context, { tokenId }) => {
    demandToken(context, tokenId)
    return { approved: approvedFor(context, tokenId) }
  },
})

const setApprovalForAll = method({
  name: 'setApprovalForAll',
  params: { operator: address, approved: bool },
  returns: {},
  access: 'write',
  notes: 'Lets an account transfer all assets of the caller, or no longer.',
  gas: 'one slot write, one hash, one log',
  run: (context, { operator, approved }) => {
    if (operator === ZERO_ADDRESS) refuse(ERC721InvalidOperator, { operator })
    const owner = context.caller
    const cells = context.cells(context.module)
    approvalsForAll.write(cells, { owner, operator }, { isApproved: approved ? 1n : 0n })
    context.emit(ApprovalForAll, { owner, operator, approved })
  },
})

const isApprovedForAll = method({
  name: 'isApprovedForAll',
  params: { owner: address, operator: address },
  returns: { isApproved: bool },
  access: 'view',
  notes: 'Whether an account may transfer all assets of another.',
  gas: 'one slot read, one hash',
  run: (context, { owner, operator }) => {
    const cells = context.cells(context.module)
    return { isApproved: approvalsForAll.read(cells, { owner, operator }).isApproved === 1n }
  },
})

const TRANSFER = { from: address, to: address, tokenId: uint256 }

const transferFrom = method({
  name: 'transferFrom',
  params: TRANSFER,
  returns: {},
  access: 'write',
  notes:
    'Transfers an active asset. What it earned in the native coin up to now is credited to the former owner; its operator and the approval for it end.',
  gas: TRANSFER_GAS,
  run: (context, params) => transfer(context, params),
})

const safeTransferFrom = method({
  name: 'safeTransferFrom',
  params: TRANSFER,
  returns: {},
  access: 'write',
  callsOut: true,
  notes: 'The same, and a receiver that is a contract must accept it with onERC721Received.',
  gas: `${TRANSFER_GAS}, the call of the receiver`,
  run: (context, params) => safeTransfer(context, { ...params, data: NO_DATA }),
})

const safeTransferFromWithData = method({
  name: 'safeTransferFrom',
  params: { ...TRANSFER, data: bytes },
  returns: {},
  access: 'write',
  callsOut: true,
  notes: 'The same with data for the receiver.',
  gas: `${TRANSFER_GAS}, the call of the receiver`,
  run: (context, params) => safeTransfer(context, params),
})

/** The token face. */
export const TOKEN_METHODS = [
  name,
  symbol,
  supportsInterface,
  ownerOfToken,
  balanceOf,
  tokenURI,
  royaltyInfo,
  approveToken,
  getApproved,
  setApprovalForAll,
  isApprovedForAll,
  transferFrom,
  safeTransferFrom,
  safeTransferFromWithData,
]

const NO_DATA = new Uint8Array(0)

type TransferParams = { readonly from: Address; readonly to: Address; readonly tokenId: bigint }

async function safeTransfer(
  context: ModuleContext,
  { data, ...params }: TransferParams & { readonly data: Uint8Array },
): Promise<void> {
  transfer(context, params)
  await callReceiver(context, { ...params, data })
}

function transfer(context: ModuleContext, { from, to, tokenId }: TransferParams): void {
  const record = demandToken(context, tokenId)
  if (to === ZERO_ADDRESS) refuse(ERC721InvalidReceiver, { receiver: to })
  const owner = addressFromBigint(record.owner)
  const { caller } = context
  const isEntitled = caller === owner || approvedFor(context, tokenId) === caller || actsForAll(context, owner)
  if (!isEntitled) refuse(ERC721InsufficientApproval, { operator: caller, tokenId })
  if (from !== owner) refuse(ERC721IncorrectOwner, { sender: from, tokenId, owner })
  if (record.status !== ACTIVE) refuse(NotActive, { id: tokenId, status: record.status })
  flushForTransfer(context, tokenId)
  changeOwner(context, tokenId, record, to)
}

/** The record of the asset with this token id. */
function demandToken(context: ModuleContext, tokenId: bigint): AssetRecord {
  if (tokenId >= TOKEN_IDS) refuse(ERC721NonexistentToken, { tokenId })
  const record = readAsset(context.cells(context.module), tokenId)
  if (record.status === 0n) refuse(ERC721NonexistentToken, { tokenId })
  return record
}

function approvedFor(context: ModuleContext, id: bigint): Address {
  return addressFromBigint(tokenApprovals.read(context.cells(context.module), { id }).approved)
}

/** Whether the caller may transfer all of the owner's assets. */
function actsForAll(context: ModuleContext, owner: Address): boolean {
  const key = { owner, operator: context.caller }
  return approvalsForAll.read(context.cells(context.module), key).isApproved === 1n
}
