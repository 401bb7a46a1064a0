// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.31;

/**
 * Checks what eth_getProof gives against a block: an account under the header's state root, a slot under the account's
 * storage root. A slot that the proof shows to be absent is 0.
 *
 * A proof is the nodes from the root down, each the RLP of a branch (17 items) or of an extension or leaf (2 items).
 */
library StateProof {
  error InvalidProof();

  bytes32 private constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
  uint256 private constant PATH_NIBBLES = 64;
  uint256 private constant STATE_ROOT_FIELD = 3;
  uint256 private constant STORAGE_ROOT_FIELD = 2;

  /** A part of `data`: the item from `start` to `end`, whose payload begins at `payload`. */
  struct Item {
    uint256 start;
    uint256 payload;
    uint256 end;
    bool isList;
  }

  /** The state root of a header in RLP; the caller knows the header's hash. */
  function stateRootOf(bytes memory header) internal pure returns (bytes32) {
    Item[] memory fields = itemsOf(header);
    if (fields.length <= STATE_ROOT_FIELD) revert InvalidProof();
    return wordOf(header, fields[STATE_ROOT_FIELD]);
  }

  /** The storage root of an account under a state root; an absent account has none. */
  function storageRootOf(
    bytes32 stateRoot,
    address account,
    bytes[] memory proof
  ) internal pure returns (bytes32) {
    bytes memory value = valueAt(stateRoot, keccak256(abi.encodePacked(account)), proof);
    if (value.length == 0) return EMPTY_ROOT;
    Item[] memory fields = itemsOf(value);
    if (fields.length <= STORAGE_ROOT_FIELD) revert InvalidProof();
    return wordOf(value, fields[STORAGE_ROOT_FIELD]);
  }

  /** What a slot holds under a storage root. */
  function slotOf(bytes32 storageRoot, bytes32 slot, bytes[] memory proof) internal pure returns (uint256 word) {
    bytes memory value = valueAt(storageRoot, keccak256(abi.encodePacked(slot)), proof);
    if (value.length == 0) return 0;
    Item memory item = itemAt(value, 0);
    uint256 length = item.end - item.payload;
    if (item.isList || item.end != value.length || length > 32) revert InvalidProof();
    for (uint256 i = item.payload; i < item.end; i++) word = (word << 8) | uint8(value[i]);
  }

  /** The value at a path of the trie with this root; nothing when the proof shows that there is none. */
  function valueAt(bytes32 root, bytes32 path, bytes[] memory proof) private pure returns (bytes memory) {
    if (root == EMPTY_ROOT && proof.length == 0) return "";
    uint256 used;
    uint256 depth;
    bytes memory node = nodeAt(proof, used++, root);
    while (true) {
      Item[] memory items = itemsOf(node);
      Item memory next;
      if (items.length == 17) {
        if (depth == PATH_NIBBLES) return endOf(proof, used, node, items[16]);
        next = items[nibbleOf(path, depth++)];
      } else if (items.length == 2) {
        (bool isLeaf, bool isOnPath, uint256 nibbles) = follow(node, items[0], path, depth);
        if (!isOnPath) return noneOf(proof, used);
        depth += nibbles;
        if (isLeaf) return endOf(proof, used, node, items[1]);
        next = items[1];
      } else {
        revert InvalidProof();
      }
      if (!next.isList && next.payload == next.end) return noneOf(proof, used);
      // A node shorter than a hash lies inside its parent.
      node = next.isList ? slice(node, next.start, next.end) : nodeAt(proof, used++, wordOf(node, next));
    }
    revert InvalidProof();
  }

  /** Compares the path of an extension or a leaf: what it is, whether it lies on the way, and how far it leads. */
  function follow(
    bytes memory node,
    Item memory item,
    bytes32 path,
    uint256 depth
  ) private pure returns (bool isLeaf, bool isOnPath, uint256 nibbles) {
    if (item.isList || item.end == item.payload) revert InvalidProof();
    uint256 flags = uint8(node[item.payload]) >> 4;
    if (flags > 3) revert InvalidProof();
    isLeaf = flags >= 2;
    uint256 odd = flags & 1;
    nibbles = 2 * (item.end - item.payload) - 2 + odd;
    bool isWhole = depth + nibbles == PATH_NIBBLES;
    if (depth + nibbles > PATH_NIBBLES || isLeaf != isWhole) revert InvalidProof();
    for (uint256 i; i < nibbles; i++) {
      uint256 place = i + 2 - odd;
      uint256 pair = uint8(node[item.payload + place / 2]);
      if ((place % 2 == 0 ? pair >> 4 : pair & 15) != nibbleOf(path, depth + i)) return (isLeaf, false, nibbles);
    }
    return (isLeaf, true, nibbles);
  }

  function nodeAt(bytes[] memory proof, uint256 place, bytes32 hash) private pure returns (bytes memory) {
    if (place >= proof.length || keccak256(proof[place]) != hash) revert InvalidProof();
    return proof[place];
  }

  function endOf(
    bytes[] memory proof,
    uint256 used,
    bytes memory node,
    Item memory item
  ) private pure returns (bytes memory) {
    if (used != proof.length || item.isList) revert InvalidProof();
    return slice(node, item.payload, item.end);
  }

  function noneOf(bytes[] memory proof, uint256 used) private pure returns (bytes memory) {
    if (used != proof.length) revert InvalidProof();
    return "";
  }

  /** The items of a list that is all of `data`; a trie's node has at most 17, a header some more. */
  function itemsOf(bytes memory data) private pure returns (Item[] memory items) {
    Item memory list = itemAt(data, 0);
    if (!list.isList || list.end != data.length) revert InvalidProof();
    uint256 count;
    for (uint256 i = list.payload; i < list.end; i = itemAt(data, i).end) count++;
    items = new Item[](count);
    uint256 place = list.payload;
    for (uint256 i; i < count; i++) {
      items[i] = itemAt(data, place);
      place = items[i].end;
    }
    if (place != list.end) revert InvalidProof();
  }

  function itemAt(bytes memory data, uint256 start) private pure returns (Item memory item) {
    if (start >= data.length) revert InvalidProof();
    uint256 first = uint8(data[start]);
    item.start = start;
    item.isList = first >= 0xc0;
    uint256 base = item.isList ? 0xc0 : 0x80;
    if (first < 0x80) {
      (item.payload, item.end) = (start, start + 1);
    } else if (first - base < 56) {
      (item.payload, item.end) = (start + 1, start + 1 + first - base);
    } else {
      uint256 lengthBytes = first - base - 55;
      if (lengthBytes > 4 || start + lengthBytes >= data.length) revert InvalidProof();
      uint256 length;
      for (uint256 i = 1; i <= lengthBytes; i++) length = (length << 8) | uint8(data[start + i]);
      item.payload = start + 1 + lengthBytes;
      item.end = item.payload + length;
    }
    if (item.end > data.length) revert InvalidProof();
  }

  function wordOf(bytes memory data, Item memory item) private pure returns (bytes32 word) {
    if (item.isList || item.end - item.payload != 32) revert InvalidProof();
    uint256 place = item.payload;
    assembly {
      word := mload(add(add(data, 32), place))
    }
  }

  function nibbleOf(bytes32 path, uint256 place) private pure returns (uint256) {
    return (uint256(path) >> (252 - 4 * place)) & 15;
  }

  function slice(bytes memory data, uint256 start, uint256 end) private pure returns (bytes memory part) {
    uint256 length = end - start;
    part = new bytes(length);
    assembly {
      mcopy(add(part, 32), add(add(data, 32), start), length)
    }
  }
}
