// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IAssets} from "../../interfaces/IAssets.sol";
import {ACTIVE, ASSETS, DISPUTED, IRoyaltyLinks, REVOKED, ROYALTY} from "../MockLinks.sol";
import {AssetsStorage, Floor, ParentShare, StoredEdge} from "./AssetsStorage.sol";

/** The model of N01, second part: consent, edges, operators, usage and disputes. */
contract MockAssetsConsent is AssetsStorage {
  uint32 private constant ALL_RELATIONS = 1_023;
  bytes32 private constant DOMAIN_TYPE_HASH =
    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  bytes32 private constant APPROVAL_TYPE_HASH =
    keccak256(
      "Approval(uint64 parent,bytes32 contentHash,address registrant,uint8 relation,uint32 relativePpm,uint32 floorPpm,uint8 floorGens,bytes32 licenceId,uint64 deadline)"
    );
  /** Half of the order of secp256k1: a greater s is the mirror image of a valid signature. */
  uint256 private constant MAX_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

  constructor(address next) AssetsStorage(ASSETS, next) {}

  function setTerms(
    uint64 id,
    uint32 relationMask,
    uint32 minRelativePpm,
    uint32 floorPpm,
    uint8 floorGens,
    bool isOpen
  ) external payable unpaid {
    demandOwnerOrOperator(id, demandActive(id));
    if (relationMask & ~ALL_RELATIONS != 0) revert IAssets.UnknownRelations(relationMask, ALL_RELATIONS);
    if (minRelativePpm > MAX_RELATIVES_PPM) revert IAssets.MinimumTooHigh(minRelativePpm, MAX_RELATIVES_PPM);
    checkFloor(id, floorPpm, floorGens);
    termsOf[id] = IAssets.Terms(relationMask, minRelativePpm, floorPpm, floorGens, isOpen);
    emit IAssets.TermsSet(id, relationMask, minRelativePpm, floorPpm, floorGens, isOpen);
  }

  function terms(uint64 id) external view returns (IAssets.Terms memory) {
    demandAsset(id);
    return termsOf[id];
  }

  function approve(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted
  ) external payable unpaid {
    IAssets.Asset storage asset = demandActive(parent);
    demandOwnerOrOperator(parent, asset);
    record(parent, contentHash, registrant, approvalKey(parent, contentHash, registrant, granted), asset.owner);
  }

  function approveBySignature(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted,
    uint64 deadline,
    bytes memory signature
  ) external payable unpaid {
    if (block.timestamp > deadline) revert IAssets.ApprovalExpired(deadline, uint64(block.timestamp));
    IAssets.Asset storage asset = demandActive(parent);
    address signer = recover(digestOf(parent, contentHash, registrant, granted, deadline), signature);
    if (signer == address(0) || (signer != asset.owner && signer != asset.operator)) {
      revert IAssets.BadSignature(parent, signer);
    }
    bytes32 key = approvalKey(parent, contentHash, registrant, granted);
    if (approvals[key][asset.owner] == Consent.Revoked) revert IAssets.ApprovalRevoked(key);
    record(parent, contentHash, registrant, key, asset.owner);
  }

  function revokeApproval(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted
  ) external payable unpaid {
    IAssets.Asset storage asset = demandAsset(parent);
    demandOwnerOrOperator(parent, asset);
    bytes32 key = approvalKey(parent, contentHash, registrant, granted);
    approvals[key][asset.owner] = Consent.Revoked;
    emit IAssets.EdgeApprovalRevoked(parent, registrant, contentHash, key);
  }

  function isApproved(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted
  ) external view returns (bool) {
    address owner = demandAsset(parent).owner;
    return hasApproval(approvalKey(parent, contentHash, registrant, granted), owner);
  }

  function approvalDigest(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted,
    uint64 deadline
  ) external view returns (bytes32) {
    return digestOf(parent, contentHash, registrant, granted, deadline);
  }

  function parents(uint64 id) external view returns (IAssets.Edge[] memory edges) {
    demandAsset(id);
    StoredEdge[] storage stored = edgesOf[id];
    edges = new IAssets.Edge[](stored.length);
    for (uint256 i; i < edges.length; i++) edges[i] = stored[i].edge;
  }

  function obligations(uint64 id) external view returns (IAssets.Obligation[] memory) {
    demandAsset(id);
    StoredEdge[] storage stored = edgesOf[id];
    ParentShare[] memory shares = new ParentShare[](stored.length);
    for (uint256 i; i < shares.length; i++) shares[i] = parentShare(stored[i].edge, stored[i].inherited);
    return listObligations(shares, floorsOf[id]);
  }

  function verifyPath(uint64[] calldata path) external view atMost(path.length, MAX_PATH_ASSETS) returns (bool) {
    for (uint256 i = 1; i < path.length; i++) if (placeOf[path[i - 1]][path[i]] == 0) return false;
    return path.length > 1;
  }

  function lowerEdge(
    uint64 child,
    uint64 parent,
    uint32 relativePpm,
    uint32 floorPpm,
    uint8 floorGens
  ) external payable unpaid {
    demandOwner(parent, demandActive(parent));
    uint256 place = placeOf[child][parent];
    if (place == 0) revert IAssets.UnknownEdge(child, parent);
    StoredEdge storage stored = edgesOf[child][place - 1];
    IAssets.Edge memory edge = stored.edge;
    if (relativePpm > edge.relativePpm || floorPpm > edge.floorPpm || floorGens > edge.floorGens) {
      revert IAssets.EdgeRaised(child, parent, edge.relativePpm, edge.floorPpm, edge.floorGens);
    }
    (edge.relativePpm, edge.floorPpm, edge.floorGens) = (relativePpm, floorPpm, floorGens);
    checkEdge(edge);
    uint32 directPpm = parentShare(edge, stored.inherited).directPpm;
    IRoyaltyLinks(ROYALTY).lowerWeights(child, parent, directPpm, relativePpm);
    stored.edge = edge;
    emit IAssets.EdgeLowered(child, parent, relativePpm, floorPpm, floorGens);
  }

  function setOperator(uint64 id, address operator) external payable unpaid {
    IAssets.Asset storage asset = demandAsset(id);
    demandOwner(id, asset);
    asset.operator = operator;
    emit IAssets.OperatorSet(id, operator);
  }

  function operatorOf(uint64 id) external view returns (address) {
    return demandAsset(id).operator;
  }

  function anchorUsage(uint64 id, bytes32 logRoot, uint64 entries) external payable unpaid returns (uint64 anchor) {
    IAssets.Asset storage asset = demandAsset(id);
    if (asset.status == REVOKED) revert IAssets.NotActive(id, REVOKED);
    demandOwnerOrOperator(id, asset);
    anchor = anchorCount[id]++;
    usageRoots[id][anchor] = logRoot;
    entryCount[id] += entries;
    emit IAssets.UsageAnchored(id, anchor, logRoot, entries, entryCount[id]);
  }

  function usage(uint64 id) external view returns (uint64 anchors, uint128 entries) {
    demandAsset(id);
    return (anchorCount[id], entryCount[id]);
  }

  function usageRoot(uint64 id, uint64 anchor) external view returns (bytes32) {
    return usageRoots[id][anchor];
  }

  function setStatus(uint64 id, uint8 status) external payable unpaid {
    demandAuthority();
    IAssets.Asset storage asset = demandAsset(id);
    uint8 from = asset.status;
    if (status == 0 || status > REVOKED) revert IAssets.UnknownStatus(status);
    if (from != ACTIVE || status == ACTIVE) revert IAssets.StatusChangeRefused(id, from, status);
    // What came in before is the owner's: from here on the owner's share goes to the treasury.
    if (status == REVOKED) IRoyaltyLinks(ROYALTY).flushAsset(id);
    asset.status = status;
    emit IAssets.StatusChanged(id, from, status);
  }

  function resolve(uint64 id, uint8 status, address escrowTo, address owner) external payable unpaid {
    demandAuthority();
    IAssets.Asset storage asset = demandAsset(id);
    uint8 from = asset.status;
    if (status == 0 || status > REVOKED) revert IAssets.UnknownStatus(status);
    if (from != DISPUTED || status == DISPUTED) revert IAssets.StatusChangeRefused(id, from, status);
    if (escrowTo == address(0) || owner == address(0)) revert IAssets.ZeroRecipient();
    IRoyaltyLinks(ROYALTY).flushAsset(id);
    IRoyaltyLinks(ROYALTY).releaseEscrowOf(id, escrowTo);
    asset.status = status;
    if (owner != asset.owner) changeOwner(id, asset, owner);
    emit IAssets.StatusChanged(id, from, status);
    emit IAssets.DisputeResolved(id, status, escrowTo, owner);
  }

  function record(uint64 parent, bytes32 contentHash, address registrant, bytes32 key, address owner) private {
    approvals[key][owner] = Consent.Given;
    emit IAssets.EdgeApproved(parent, registrant, contentHash, key);
  }

  function digestOf(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory granted,
    uint64 deadline
  ) private view returns (bytes32) {
    bytes32 domain = keccak256(
      abi.encode(DOMAIN_TYPE_HASH, keccak256("Sahara Assets"), keccak256("1"), block.chainid, address(this))
    );
    bytes32 message = keccak256(abi.encode(APPROVAL_TYPE_HASH, parent, contentHash, registrant, granted, deadline));
    return keccak256(abi.encodePacked(hex"1901", domain, message));
  }

  function recover(bytes32 digest, bytes memory signature) private pure returns (address) {
    if (signature.length != 65) return address(0);
    bytes32 r;
    uint256 s;
    uint8 v;
    assembly {
      r := mload(add(signature, 32))
      s := mload(add(signature, 64))
      v := byte(0, mload(add(signature, 96)))
    }
    if (v < 2) v += 27;
    if (s > MAX_S || (v != 27 && v != 28)) return address(0);
    return ecrecover(digest, v, r, bytes32(s));
  }
}
