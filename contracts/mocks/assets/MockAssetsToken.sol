// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IAssets} from "../../interfaces/IAssets.sol";
import {ACTIVE, ASSETS, IRoyaltyLinks, ROYALTY} from "../MockLinks.sol";
import {AssetsStorage} from "./AssetsStorage.sol";

interface IAssetReceiver {
  function onERC721Received(
    address operator,
    address from,
    uint256 tokenId,
    bytes calldata data
  ) external returns (bytes4);
}

/** The model of N01, last part: reads, and the face of an ERC-721 token. */
contract MockAssetsToken is AssetsStorage {
  constructor() AssetsStorage(ASSETS, address(0)) {}

  function get(uint64 id) external view returns (IAssets.Asset memory) {
    return demandAsset(id);
  }

  function byContent(bytes32 contentHash) external view returns (uint64) {
    return assetOfContent[contentHash];
  }

  function assetCount() external view returns (uint64) {
    return count;
  }

  function statusOf(uint64 id) external view returns (uint8) {
    return records[id].status;
  }

  function name() external pure returns (string memory) {
    return "Sahara Assets";
  }

  function symbol() external pure returns (string memory) {
    return "ASSET";
  }

  function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
    return
      interfaceId == 0x01ffc9a7 ||
      interfaceId == 0x80ac58cd ||
      interfaceId == 0x5b5e139f ||
      interfaceId == 0x2a55205a;
  }

  function ownerOf(uint256 tokenId) external view returns (address) {
    return demandToken(tokenId).owner;
  }

  function balanceOf(address owner) external view returns (uint256) {
    if (owner == address(0)) revert IAssets.ERC721InvalidOwner(owner);
    return balances[owner];
  }

  function tokenURI(uint256 tokenId) external view returns (string memory) {
    return demandToken(tokenId).uri;
  }

  function royaltyInfo(uint256 tokenId, uint256 salePrice) external view returns (address, uint256) {
    IAssets.Asset storage asset = demandToken(tokenId);
    uint256 bps = asset.royaltyBps;
    // Rounded down. In two parts, for the product of a great price does not fit.
    return (asset.registrant, (salePrice / 10_000) * bps + ((salePrice % 10_000) * bps) / 10_000);
  }

  function approve(address to, uint256 tokenId) external payable unpaid {
    address owner = demandToken(tokenId).owner;
    if (msg.sender != owner && !approvalsForAll[owner][msg.sender]) revert IAssets.ERC721InvalidApprover(msg.sender);
    tokenApprovals[uint64(tokenId)] = to;
    emit IAssets.Approval(owner, to, tokenId);
  }

  function getApproved(uint256 tokenId) external view returns (address) {
    demandToken(tokenId);
    return tokenApprovals[uint64(tokenId)];
  }

  function setApprovalForAll(address operator, bool approved) external payable unpaid {
    if (operator == address(0)) revert IAssets.ERC721InvalidOperator(operator);
    approvalsForAll[msg.sender][operator] = approved;
    emit IAssets.ApprovalForAll(msg.sender, operator, approved);
  }

  function isApprovedForAll(address owner, address operator) external view returns (bool) {
    return approvalsForAll[owner][operator];
  }

  function transferFrom(address from, address to, uint256 tokenId) external payable unpaid {
    transfer(from, to, tokenId);
  }

  function safeTransferFrom(address from, address to, uint256 tokenId) external payable unpaid {
    transfer(from, to, tokenId);
    callReceiver(from, to, tokenId, "");
  }

  function safeTransferFrom(address from, address to, uint256 tokenId, bytes calldata data) external payable unpaid {
    transfer(from, to, tokenId);
    callReceiver(from, to, tokenId, data);
  }

  function transfer(address from, address to, uint256 tokenId) private {
    IAssets.Asset storage asset = demandToken(tokenId);
    if (to == address(0)) revert IAssets.ERC721InvalidReceiver(to);
    address owner = asset.owner;
    uint64 id = uint64(tokenId);
    if (msg.sender != owner && tokenApprovals[id] != msg.sender && !approvalsForAll[owner][msg.sender]) {
      revert IAssets.ERC721InsufficientApproval(msg.sender, tokenId);
    }
    if (from != owner) revert IAssets.ERC721IncorrectOwner(from, tokenId, owner);
    if (asset.status != ACTIVE) revert IAssets.NotActive(id, asset.status);
    IRoyaltyLinks(ROYALTY).flushForTransfer(id);
    changeOwner(id, asset, to);
  }

  function callReceiver(address from, address to, uint256 tokenId, bytes memory data) private {
    if (to.code.length == 0) return;
    bytes memory input = abi.encodeCall(IAssetReceiver.onERC721Received, (msg.sender, from, tokenId, data));
    (bool isSuccess, bytes memory answer) = to.call(input);
    bytes32 accepted = bytes32(IAssetReceiver.onERC721Received.selector);
    if (!isSuccess || answer.length < 32 || bytes32(answer) != accepted) revert IAssets.ERC721InvalidReceiver(to);
  }

  function demandToken(uint256 tokenId) private view returns (IAssets.Asset storage asset) {
    if (tokenId > type(uint64).max) revert IAssets.ERC721NonexistentToken(tokenId);
    asset = records[uint64(tokenId)];
    if (asset.status == 0) revert IAssets.ERC721NonexistentToken(tokenId);
  }
}
