// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

// Where the modules are, on every chain that has them and in every test that uses these models.
address constant ASSETS = 0x0000000000000000000000000000000053410001;
address constant ROYALTY = 0x0000000000000000000000000000000053410002;
address constant POOLS = 0x0000000000000000000000000000000053410003;

uint8 constant ACTIVE = 1;
uint8 constant DISPUTED = 2;
uint8 constant REVOKED = 3;

/** The chain's parameters, which a real chain takes from its genesis. */
struct MockParameters {
  uint32 protocolFeePpm;
  uint32 sweepUnits;
  uint32 noticeBlocks;
  uint32 disputeBlocks;
  uint32 demandBlocks;
  uint128 demandBondWei;
  address feeCollector;
  address disputeAuthority;
  address treasury;
  uint128 flushMinWei;
  uint128 slotMinWei;
}

/** A slot of a ledger node: who is credited, and how much of a million. */
struct ParentWeight {
  uint64 asset;
  uint32 relativePpm;
  uint32 directPpm;
}
struct FloorWeight {
  uint64 asset;
  uint32 ppm;
}

/** What tests do to the model of N02 beside what a chain's users can. */
interface IMockControls {
  /** Sets the chain's parameters, which a real chain has from its genesis. Once, after the models are in place. */
  function configure(MockParameters calldata given) external;
  /** Does what a chain does at the end of every block. Last in each block, by anybody. */
  function sweep() external;
}

/** What the models of N01 and N03 ask of the model of N02. The native modules share cells instead. */
interface IRoyaltyLinks {
  function chainParameters() external view returns (MockParameters memory);
  function installAsset(
    uint64 id,
    ParentWeight[] calldata parents,
    FloorWeight[] calldata floors,
    uint32 poolPpm,
    uint64 pool
  ) external;
  function lowerWeights(uint64 child, uint64 parent, uint32 directPpm, uint32 relativePpm) external;
  function flushForTransfer(uint64 id) external;
  function flushAsset(uint64 id) external;
  function releaseEscrowOf(uint64 id, address account) external;
  function lockNow() external;
  function unlock() external;
  function demandUnlocked() external view;
  function tokenOf(address token) external view returns (uint8 index, uint256 unit);
  function isPayable(address token) external view returns (bool);
  function receiveCoins() external payable;
  function receiveTokens(address token, address from, uint256 units) external;
  function payOutTo(address account, address token, uint256 amount, bool isOne) external;
  function creditOwedTo(address account, uint8 token, uint256 amount) external;
}

/** What the models of N02 and N03 ask of the model of N01. */
interface IAssetsLinks {
  function standing(uint64 id) external view returns (address owner, uint8 status, address operator);
}

/** What the models of N01 and N02 ask of the model of N03. */
interface IPoolsLinks {
  function createAssetPool(uint64 assetId, address controller) external;
  function creditPool(uint64 pool, uint8 token, uint256 amount) external;
  function activateBatches(bool isQueued, uint64 oldestQueuedBlock) external;
}
