// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IAssets} from "../../interfaces/IAssets.sol";
import {
  ACTIVE,
  ASSETS,
  FloorWeight,
  IAssetsLinks,
  IPoolsLinks,
  IRoyaltyLinks,
  ParentWeight,
  POOLS,
  ROYALTY
} from "../MockLinks.sol";
import {AssetsStorage, Draft, Floor, ParentShare, StoredEdge} from "./AssetsStorage.sol";

/** The model of N01, first part: commitments, registration and versions. */
contract MockAssets is AssetsStorage, IAssetsLinks {
  uint64 private constant MAX_ASSET_ID = 2 ** 31 - 1;
  uint8 private constant KIND_COUNT = 7;
  uint16 private constant MAX_ROYALTY_BPS = 1_000;
  uint256 private constant MAX_URI_BYTES = 1_024;
  uint256 private constant MAX_PARENTS = 64;
  uint256 private constant MAX_FLOORS = 32;
  uint64 private constant MIN_COMMITMENT_AGE = 2;
  uint64 private constant MAX_COMMITMENT_AGE = 604_800;

  constructor(address next) AssetsStorage(ASSETS, next) {}

  function commit(bytes32 commitment) external payable unpaid {
    uint64 known = commitments[commitment];
    uint64 since = known != 0 && block.number <= known + MAX_COMMITMENT_AGE ? known : uint64(block.number);
    commitments[commitment] = since;
    emit IAssets.Committed(commitment, since);
  }

  function committedAtBlock(bytes32 commitment) external view returns (uint64) {
    return commitments[commitment];
  }

  function register(
    uint8 kind,
    bytes32 contentHash,
    bytes32 dataRoot,
    string memory uri,
    IAssets.Edge[] memory edges,
    uint32 poolPpm,
    uint16 royaltyBps
  ) external payable unpaid returns (uint64) {
    return registerDraft(Draft(kind, contentHash, dataRoot, uri, edges, poolPpm, royaltyBps, 0, 0, 0));
  }

  function register(
    uint8 kind,
    bytes32 contentHash,
    bytes32 dataRoot,
    string memory uri,
    IAssets.Edge[] memory edges,
    uint32 poolPpm,
    uint16 royaltyBps,
    bytes32 salt
  ) external payable unpaid returns (uint64) {
    return registerDraft(Draft(kind, contentHash, dataRoot, uri, edges, poolPpm, royaltyBps, salt, 0, 0));
  }

  function addVersion(
    uint64 previous,
    bytes32 contentHash,
    bytes32 dataRoot,
    string memory uri,
    IAssets.Edge[] memory edges
  ) external payable unpaid returns (uint64) {
    uint32 poolPpm = demandActive(previous).poolPpm;
    return registerVersion(Draft(0, contentHash, dataRoot, uri, edges, poolPpm, 0, 0, previous, 0));
  }

  function addVersion(
    uint64 previous,
    bytes32 contentHash,
    bytes32 dataRoot,
    string memory uri,
    IAssets.Edge[] memory edges,
    uint32 poolPpm,
    bytes32 salt
  ) external payable unpaid returns (uint64) {
    return registerVersion(Draft(0, contentHash, dataRoot, uri, edges, poolPpm, 0, salt, previous, 0));
  }

  function standing(uint64 id) external view returns (address owner, uint8 status, address operator) {
    return (records[id].owner, records[id].status, records[id].operator);
  }

  function registerVersion(Draft memory draft) private returns (uint64 id) {
    uint64 previous = draft.previous;
    IAssets.Asset storage asset = demandActive(previous);
    demandOwner(previous, asset);
    if (draft.poolPpm < asset.poolPpm) revert IAssets.VersionPoolLowered(asset.poolPpm, draft.poolPpm);
    StoredEdge[] storage former = edgesOf[previous];
    for (uint256 i; i < former.length; i++) checkKept(previous, former[i].edge, draft.edges);
    (draft.kind, draft.royaltyBps, draft.pool) = (asset.kind, asset.royaltyBps, asset.pool);
    id = registerDraft(draft);
    emit IAssets.VersionAdded(previous, id);
  }

  function checkKept(uint64 previous, IAssets.Edge memory edge, IAssets.Edge[] memory next) private pure {
    for (uint256 i = next.length; i > 0; i--) {
      IAssets.Edge memory kept = next[i - 1];
      if (kept.parent != edge.parent) continue;
      if (kept.relation != edge.relation) break;
      bool isMet = meetsFloor(kept.floorPpm, kept.floorGens, edge.floorPpm, edge.floorGens);
      if (kept.relativePpm >= edge.relativePpm && isMet) return;
      revert IAssets.VersionLowersEdge(
        edge.parent,
        edge.relativePpm,
        edge.floorPpm,
        edge.floorGens,
        kept.relativePpm,
        kept.floorPpm,
        kept.floorGens
      );
    }
    revert IAssets.VersionDropsEdge(previous, edge.parent, edge.relation);
  }

  function registerDraft(Draft memory draft) private returns (uint64 id) {
    id = count + 1;
    if (id > MAX_ASSET_ID) revert IAssets.IdsExhausted(MAX_ASSET_ID);
    checkFacts(draft);
    checkEdges(draft.edges);
    uint64 first = assetOfContent[draft.contentHash];
    if (first != 0) revert IAssets.DuplicateContent(first);
    useCommitment(draft);
    for (uint256 i; i < draft.edges.length; i++) demandConsent(draft.edges[i], draft.contentHash);
    (ParentShare[] memory shares, IAssets.Obligation[] memory floors) = mergeShares(draft.edges);
    checkShares(shares, floors, draft.poolPpm);
    if (draft.poolPpm > 0 && draft.pool == 0) draft.pool = id;
    store(id, draft, shares, floors);
    install(id, draft, shares, floors);
    if (draft.pool == id) IPoolsLinks(POOLS).createAssetPool(id, msg.sender);
    announce(id, draft);
  }

  function checkFacts(Draft memory draft) private pure {
    if (draft.kind >= KIND_COUNT) revert IAssets.UnknownKind(draft.kind);
    if (draft.contentHash == 0) revert IAssets.ZeroContentHash();
    if (draft.royaltyBps > MAX_ROYALTY_BPS) revert IAssets.RoyaltyTooHigh(draft.royaltyBps, MAX_ROYALTY_BPS);
    uint256 length = bytes(draft.uri).length;
    if (length > MAX_URI_BYTES) revert IAssets.UriTooLong(length, MAX_URI_BYTES);
  }

  function checkEdges(IAssets.Edge[] memory edges) private view {
    if (edges.length > MAX_PARENTS) revert IAssets.TooManyParents(edges.length, MAX_PARENTS);
    uint64 previous;
    for (uint256 i; i < edges.length; i++) {
      uint64 parent = edges[i].parent;
      if (parent == 0 || parent > count) revert IAssets.UnknownAsset(parent);
      if (parent <= previous) revert IAssets.ParentsNotAscending(i, previous, parent);
      checkEdge(edges[i]);
      previous = parent;
    }
  }

  function useCommitment(Draft memory draft) private {
    bytes32 commitment = keccak256(abi.encode(draft.contentHash, msg.sender, draft.salt));
    uint64 since = commitments[commitment];
    if (since == 0) revert IAssets.NotCommitted(commitment);
    if (block.number < since + MIN_COMMITMENT_AGE) revert IAssets.CommitmentTooNew(since, since + MIN_COMMITMENT_AGE);
    if (block.number > since + MAX_COMMITMENT_AGE) revert IAssets.CommitmentExpired(since, since + MAX_COMMITMENT_AGE + 1);
    delete commitments[commitment];
  }

  function demandConsent(IAssets.Edge memory edge, bytes32 contentHash) private view {
    uint64 parent = edge.parent;
    IAssets.Asset storage asset = records[parent];
    if (asset.status != ACTIVE) revert IAssets.NotActive(parent, asset.status);
    bytes32 key = approvalKey(parent, contentHash, msg.sender, edgeTerms(edge));
    if (hasApproval(key, asset.owner)) return;
    IAssets.Terms storage asked = termsOf[parent];
    if (asked.relationMask == 0) revert IAssets.NoTerms(parent);
    if (!asked.isOpen) revert IAssets.ApprovalRequired(parent);
    if ((asked.relationMask >> edge.relation) & 1 == 0) {
      revert IAssets.RelationNotAllowed(parent, asked.relationMask, edge.relation);
    }
    if (edge.relativePpm < asked.minRelativePpm) {
      revert IAssets.TermsNotMet(parent, asked.minRelativePpm, edge.relativePpm);
    }
    if (meetsFloor(edge.floorPpm, edge.floorGens, asked.floorPpm, asked.floorGens)) return;
    revert IAssets.FloorTermsNotMet(parent, asked.floorPpm, asked.floorGens, edge.floorPpm, edge.floorGens);
  }

  function edgeTerms(IAssets.Edge memory edge) private pure returns (IAssets.EdgeTerms memory) {
    return IAssets.EdgeTerms(edge.relation, edge.relativePpm, edge.floorPpm, edge.floorGens, edge.licenceId);
  }

  /** Merges the edges with the floors of their parents; floors of ancestors that are no parents come back ascending. */
  function mergeShares(
    IAssets.Edge[] memory edges
  ) private view returns (ParentShare[] memory shares, IAssets.Obligation[] memory floors) {
    IAssets.Obligation[] memory inherited = inheritedFloors(edges);
    shares = new ParentShare[](edges.length);
    for (uint256 i; i < edges.length; i++) {
      Floor memory known;
      for (uint256 j; j < inherited.length; j++) {
        if (inherited[j].ancestor != edges[i].parent) continue;
        known = Floor(inherited[j].ppm, inherited[j].gens);
        inherited[j].ancestor = 0;
      }
      shares[i] = parentShare(edges[i], known);
    }
    floors = sortedFloors(inherited);
  }

  function inheritedFloors(IAssets.Edge[] memory edges) private view returns (IAssets.Obligation[] memory found) {
    uint256 most;
    for (uint256 i; i < edges.length; i++) {
      most += edgesOf[edges[i].parent].length + floorsOf[edges[i].parent].length;
    }
    found = new IAssets.Obligation[](most);
    uint256 size;
    for (uint256 i; i < edges.length; i++) {
      StoredEdge[] storage upper = edgesOf[edges[i].parent];
      for (uint256 j; j < upper.length; j++) {
        Floor memory floor = parentShare(upper[j].edge, upper[j].inherited).floor;
        size = inherit(found, size, upper[j].edge.parent, floor.ppm, floor.gens);
      }
      IAssets.Obligation[] storage further = floorsOf[edges[i].parent];
      for (uint256 j; j < further.length; j++) {
        size = inherit(found, size, further[j].ancestor, further[j].ppm, further[j].gens);
      }
    }
    assembly {
      mstore(found, size)
    }
  }

  /** Adds a parent's floor with one generation less to what was found, and gives the new number of floors. */
  function inherit(
    IAssets.Obligation[] memory found,
    uint256 size,
    uint64 ancestor,
    uint32 ppm,
    uint8 gens
  ) private pure returns (uint256) {
    if (ppm == 0 || gens <= 1) return size;
    uint8 left = gens == ALL_GENERATIONS ? gens : gens - 1;
    for (uint256 i; i < size; i++) {
      if (found[i].ancestor != ancestor) continue;
      Floor memory merged = mergeFloors(Floor(ppm, left), Floor(found[i].ppm, found[i].gens));
      (found[i].ppm, found[i].gens) = (merged.ppm, merged.gens);
      return size;
    }
    found[size] = IAssets.Obligation(ancestor, ppm, left);
    return size + 1;
  }

  function sortedFloors(IAssets.Obligation[] memory found) private pure returns (IAssets.Obligation[] memory sorted) {
    sorted = new IAssets.Obligation[](found.length);
    uint256 size;
    for (uint256 i; i < found.length; i++) {
      if (found[i].ancestor == 0) continue;
      uint256 place = size++;
      for (; place > 0 && sorted[place - 1].ancestor > found[i].ancestor; place--) sorted[place] = sorted[place - 1];
      sorted[place] = found[i];
    }
    assembly {
      mstore(sorted, size)
    }
  }

  function checkShares(ParentShare[] memory shares, IAssets.Obligation[] memory floors, uint32 poolPpm) private view {
    uint64 relatives;
    uint64 burden = IRoyaltyLinks(ROYALTY).chainParameters().protocolFeePpm;
    for (uint256 i; i < shares.length; i++) {
      relatives += shares[i].relativePpm;
      burden += shares[i].directPpm;
    }
    for (uint256 i; i < floors.length; i++) burden += floors[i].ppm;
    if (relatives > MAX_RELATIVES_PPM) {
      revert IAssets.RelativesExceeded(relatives, MAX_RELATIVES_PPM, listObligations(shares, floors));
    }
    if (burden > MAX_RELATIVES_PPM) {
      revert IAssets.ObligationsExceeded(burden, MAX_RELATIVES_PPM, listObligations(shares, floors));
    }
    burden += poolPpm;
    if (burden > WHOLE_PPM) revert IAssets.SharesExceeded(burden, WHOLE_PPM, listObligations(shares, floors));
    if (floors.length > MAX_FLOORS) {
      revert IAssets.TooManyFloors(floors.length, MAX_FLOORS, listObligations(shares, floors));
    }
  }

  function store(
    uint64 id,
    Draft memory draft,
    ParentShare[] memory shares,
    IAssets.Obligation[] memory floors
  ) private {
    count = id;
    IAssets.Asset storage asset = records[id];
    asset.owner = msg.sender;
    asset.registrant = msg.sender;
    asset.kind = draft.kind;
    asset.status = ACTIVE;
    asset.royaltyBps = draft.royaltyBps;
    asset.poolPpm = draft.poolPpm;
    asset.pool = draft.pool;
    asset.previous = draft.previous;
    asset.registeredAtBlock = uint64(block.number);
    asset.parentCount = uint8(shares.length);
    asset.floorCount = uint8(floors.length);
    asset.contentHash = draft.contentHash;
    asset.dataRoot = draft.dataRoot;
    asset.uri = draft.uri;
    asset.lineageHash = lineageOf(draft);
    assetOfContent[draft.contentHash] = id;
    balances[msg.sender]++;
    for (uint256 i; i < shares.length; i++) {
      edgesOf[id].push(StoredEdge(draft.edges[i], shares[i].inherited));
      placeOf[id][draft.edges[i].parent] = i + 1;
    }
    for (uint256 i; i < floors.length; i++) floorsOf[id].push(floors[i]);
  }

  function lineageOf(Draft memory draft) private view returns (bytes32) {
    bytes32[] memory hashes = new bytes32[](draft.edges.length);
    IAssets.EdgeTerms[] memory granted = new IAssets.EdgeTerms[](draft.edges.length);
    for (uint256 i; i < hashes.length; i++) {
      hashes[i] = records[draft.edges[i].parent].lineageHash;
      granted[i] = edgeTerms(draft.edges[i]);
    }
    return keccak256(abi.encode(draft.kind, draft.contentHash, hashes, granted));
  }

  function install(
    uint64 id,
    Draft memory draft,
    ParentShare[] memory shares,
    IAssets.Obligation[] memory floors
  ) private {
    ParentWeight[] memory parentWeights = new ParentWeight[](shares.length);
    for (uint256 i; i < shares.length; i++) {
      parentWeights[i] = ParentWeight(shares[i].parent, shares[i].relativePpm, shares[i].directPpm);
    }
    FloorWeight[] memory floorWeights = new FloorWeight[](floors.length);
    for (uint256 i; i < floors.length; i++) floorWeights[i] = FloorWeight(floors[i].ancestor, floors[i].ppm);
    IRoyaltyLinks(ROYALTY).installAsset(id, parentWeights, floorWeights, draft.poolPpm, draft.pool);
  }

  function announce(uint64 id, Draft memory draft) private {
    emit IAssets.Registered(id, msg.sender, draft.kind, draft.contentHash, records[id].lineageHash);
    for (uint256 i; i < draft.edges.length; i++) {
      IAssets.Edge memory edge = draft.edges[i];
      emit IAssets.EdgeAdded(id, edge.parent, edge.relation, edge.relativePpm, edge.floorPpm, edge.licenceId);
    }
    emit IAssets.Transfer(address(0), msg.sender, id);
  }
}
