// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

import {IAssets} from "../../interfaces/IAssets.sol";
import {ACTIVE, IRoyaltyLinks, ROYALTY} from "../MockLinks.sol";
import {MockModule} from "../MockModule.sol";

/** A floor: a share of direct payments, and the generations that it still binds; 255 are all. */
struct Floor {
  uint32 ppm;
  uint8 gens;
}

struct StoredEdge {
  IAssets.Edge edge;
  Floor inherited;
}

/** What an asset owes one parent: `floor` is what its children inherit, `directPpm` the slot of a direct payment. */
struct ParentShare {
  uint64 parent;
  uint32 relativePpm;
  uint32 directPpm;
  Floor inherited;
  Floor floor;
}

/** What is to be registered; `previous` and `pool` are zero but for a version. */
struct Draft {
  uint8 kind;
  bytes32 contentHash;
  bytes32 dataRoot;
  string uri;
  IAssets.Edge[] edges;
  uint32 poolPpm;
  uint16 royaltyBps;
  bytes32 salt;
  uint64 previous;
  uint64 pool;
}

/** The storage of the model of N01 and the rules that its parts share. */
abstract contract AssetsStorage is MockModule {
  uint32 internal constant WHOLE_PPM = 1_000_000;
  uint32 internal constant MAX_RELATIVES_PPM = 900_000;
  uint32 internal constant MAX_NEW_FLOOR_PPM = 200_000;
  uint8 internal constant RELATION_COUNT = 10;
  uint8 internal constant ALL_GENERATIONS = 255;
  uint256 internal constant MAX_LISTED_OBLIGATIONS = 256;
  uint256 internal constant MAX_PATH_ASSETS = 1_024;

  enum Consent {
    None,
    Given,
    Revoked
  }

  uint64 internal count;
  mapping(uint64 => IAssets.Asset) internal records;
  mapping(uint64 => StoredEdge[]) internal edgesOf;
  /** The place of an edge among its child's, from 1. */
  mapping(uint64 => mapping(uint64 => uint256)) internal placeOf;
  mapping(uint64 => IAssets.Obligation[]) internal floorsOf;
  mapping(uint64 => IAssets.Terms) internal termsOf;
  mapping(bytes32 => uint64) internal assetOfContent;
  mapping(bytes32 => uint64) internal commitments;
  /** By approval and owner of the parent. */
  mapping(bytes32 => mapping(address => Consent)) internal approvals;
  mapping(address => uint256) internal balances;
  mapping(uint64 => address) internal tokenApprovals;
  mapping(address => mapping(address => bool)) internal approvalsForAll;
  mapping(uint64 => uint64) internal anchorCount;
  mapping(uint64 => uint128) internal entryCount;
  mapping(uint64 => mapping(uint64 => bytes32)) internal usageRoots;

  constructor(address self, address next) MockModule(self, next) {}

  function demandAsset(uint64 id) internal view returns (IAssets.Asset storage asset) {
    asset = records[id];
    if (asset.status == 0) revert IAssets.UnknownAsset(id);
  }

  function demandActive(uint64 id) internal view returns (IAssets.Asset storage asset) {
    asset = demandAsset(id);
    if (asset.status != ACTIVE) revert IAssets.NotActive(id, asset.status);
  }

  function demandOwner(uint64 id, IAssets.Asset storage asset) internal view {
    if (msg.sender != asset.owner) revert IAssets.NotOwner(id, msg.sender, asset.owner);
  }

  function demandOwnerOrOperator(uint64 id, IAssets.Asset storage asset) internal view {
    if (msg.sender == asset.owner || msg.sender == asset.operator) return;
    revert IAssets.NotOwnerOrOperator(id, msg.sender, asset.owner, asset.operator);
  }

  function demandAuthority() internal view {
    address authority = IRoyaltyLinks(ROYALTY).chainParameters().disputeAuthority;
    if (msg.sender != authority) revert IAssets.NotDisputeAuthority(msg.sender, authority);
  }

  function checkFloor(uint64 parent, uint32 floorPpm, uint8 floorGens) internal pure {
    if (floorPpm > MAX_NEW_FLOOR_PPM) revert IAssets.FloorTooHigh(parent, floorPpm, MAX_NEW_FLOOR_PPM);
    if (floorPpm > 0 && floorGens == 0) revert IAssets.FloorWithoutGenerations(parent, floorPpm);
  }

  function checkEdge(IAssets.Edge memory edge) internal pure {
    if (edge.relation >= RELATION_COUNT) revert IAssets.UnknownRelation(edge.parent, edge.relation);
    if (edge.relativePpm > MAX_RELATIVES_PPM) {
      revert IAssets.RelativeTooHigh(edge.parent, edge.relativePpm, MAX_RELATIVES_PPM);
    }
    checkFloor(edge.parent, edge.floorPpm, edge.floorGens);
  }

  /** Two floors of one ancestor as one: the greater share, the more generations. */
  function mergeFloors(Floor memory a, Floor memory b) internal pure returns (Floor memory) {
    if (a.ppm == 0) return b.ppm == 0 ? Floor(0, 0) : b;
    if (b.ppm == 0) return a;
    return Floor(a.ppm > b.ppm ? a.ppm : b.ppm, a.gens > b.gens ? a.gens : b.gens);
  }

  function parentShare(
    IAssets.Edge memory edge,
    Floor memory inherited
  ) internal pure returns (ParentShare memory share) {
    share.parent = edge.parent;
    share.relativePpm = edge.relativePpm;
    share.inherited = inherited;
    share.floor = mergeFloors(Floor(edge.floorPpm, edge.floorGens), inherited);
    share.directPpm = edge.relativePpm > share.floor.ppm ? edge.relativePpm : share.floor.ppm;
  }

  function meetsFloor(uint32 ppm, uint8 gens, uint32 askedPpm, uint8 askedGens) internal pure returns (bool) {
    return askedPpm == 0 || (ppm >= askedPpm && gens >= askedGens);
  }

  function listObligations(
    ParentShare[] memory parentShares,
    IAssets.Obligation[] memory floors
  ) internal pure returns (IAssets.Obligation[] memory listed) {
    uint256 size;
    listed = new IAssets.Obligation[](parentShares.length + floors.length);
    for (uint256 i; i < parentShares.length; i++) {
      ParentShare memory share = parentShares[i];
      if (share.directPpm == 0) continue;
      listed[size++] = IAssets.Obligation(share.parent, share.directPpm, share.floor.gens);
    }
    for (uint256 i; i < floors.length; i++) if (floors[i].ppm > 0) listed[size++] = floors[i];
    if (size > MAX_LISTED_OBLIGATIONS) size = MAX_LISTED_OBLIGATIONS;
    assembly {
      mstore(listed, size)
    }
  }

  function approvalKey(
    uint64 parent,
    bytes32 contentHash,
    address registrant,
    IAssets.EdgeTerms memory terms_
  ) internal pure returns (bytes32) {
    return keccak256(abi.encode(parent, contentHash, registrant, terms_));
  }

  function hasApproval(bytes32 key, address owner) internal view returns (bool) {
    return approvals[key][owner] == Consent.Given;
  }

  function changeOwner(uint64 id, IAssets.Asset storage asset, address to) internal {
    address from = asset.owner;
    delete tokenApprovals[id];
    asset.operator = address(0);
    balances[from]--;
    balances[to]++;
    asset.owner = to;
    emit IAssets.Transfer(from, to, id);
  }
}
