// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title WorkRegistry
contract WorkRegistry is IWorkRegistry, ERC721 {
    mapping(bytes32 => Work) private _works;
    mapping(uint64 => Batch) private _batches;
    uint64 private _batchCount;
    /// @inheritdoc IWorkRegistry
    mapping(bytes32 => bytes32) public earliestOf;

    constructor() ERC721("CopyTrack Certificate", "COPYRIGHT") {}

    // ------------------------------------------------------------------------------------------------- registration

    /// @inheritdoc IWorkRegistry
    function register(Entry calldata entry) external returns (bytes32) {
        return _register(msg.sender, entry, uint64(block.timestamp), 0);
    }

    /// @inheritdoc IWorkRegistry
    function anchorBatch(bytes32 root, uint64 size, bytes calldata manifestCid) external returns (uint64 batchId) {
        if (root == 0 || size == 0) revert EmptyBatch();
        if (manifestCid.length == 0) revert EmptyCid();
        batchId = ++_batchCount;
        _batches[batchId] = Batch(root, uint64(block.timestamp), size, msg.sender);
        emit BatchAnchored(batchId, msg.sender, root, size, manifestCid);
    }

    /// @inheritdoc IWorkRegistry
    function claim(
        uint64 batchId,
        address owner,
        Entry calldata entry,
        bytes32[] calldata proof
    ) external returns (bytes32) {
        return _claim(batchId, owner, entry, proof);
    }

    /// @inheritdoc IWorkRegistry
    function claimMany(uint64 batchId, address owner, Entry[] calldata entries, bytes32[][] calldata proofs) external {
        if (entries.length != proofs.length) revert ProofsMissing(entries.length, proofs.length);
        for (uint256 i; i < entries.length; ++i) {
            // Somebody may have claimed one of them a moment ago: that must not stop the others.
            bytes32 workId = workIdOf(owner, entries[i].kind, entries[i].contentHash);
            if (_works[workId].registeredAt == 0) _claim(batchId, owner, entries[i], proofs[i]);
        }
    }

    /// @inheritdoc IWorkRegistry
    function setFingerprint(bytes32 workId, uint16 engineVersion, bytes calldata cid) external {
        if (_ownerOf(uint256(workId)) != msg.sender) revert NotOwner(workId, msg.sender);
        if (cid.length == 0) revert EmptyCid();
        emit FingerprintSet(workId, engineVersion, cid);
    }

    function _claim(
        uint64 batchId,
        address owner,
        Entry calldata entry,
        bytes32[] calldata proof
    ) private returns (bytes32) {
        Batch storage anchored = _batches[batchId];
        if (anchored.root == 0) revert UnknownBatch(batchId);
        bytes32 leaf = batchLeaf(owner, entry);
        if (!MerkleProof.verifyCalldata(proof, anchored.root, leaf)) revert NotInBatch(batchId, leaf);
        return _register(owner, entry, anchored.anchoredAt, batchId);
    }

    function _register(
        address owner,
        Entry calldata entry,
        uint64 registeredAt,
        uint64 batchId
    ) private returns (bytes32 workId) {
        if (entry.contentHash == 0) revert EmptyContentHash();
        if (entry.fingerprintCid.length == 0 || entry.metadataCid.length == 0) revert EmptyCid();
        workId = workIdOf(owner, entry.kind, entry.contentHash);
        if (_works[workId].registeredAt != 0) revert AlreadyRegistered(workId);

        _works[workId] = Work(registeredAt, 0, batchId, entry.kind);
        bytes32 earliest = earliestOf[entry.contentHash];
        if (earliest == 0 || registeredAt < _works[earliest].registeredAt) earliestOf[entry.contentHash] = workId;
        _mint(owner, uint256(workId));

        emit WorkRegistered(workId, owner, entry.contentHash, entry.kind, registeredAt, batchId);
        emit FingerprintSet(workId, entry.engineVersion, entry.fingerprintCid);
        emit MetadataSet(workId, entry.metadataCid);
    }

    /// @dev Notes the time when a certificate changes hands.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) _works[bytes32(tokenId)].transferredAt = uint64(block.timestamp);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IWorkRegistry
    function workIdOf(address owner, Kind kind, bytes32 contentHash) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), owner, kind, contentHash));
    }

    /// @inheritdoc IWorkRegistry
    function batchLeaf(address owner, Entry calldata entry) public pure returns (bytes32) {
        bytes memory encoded = abi.encode(
            owner,
            entry.kind,
            entry.contentHash,
            entry.engineVersion,
            keccak256(entry.fingerprintCid),
            keccak256(entry.metadataCid)
        );
        return keccak256(bytes.concat(keccak256(encoded)));
    }

    /// @inheritdoc IWorkRegistry
    function work(bytes32 workId) public view returns (Work memory found) {
        found = _works[workId];
        if (found.registeredAt == 0) revert UnknownWork(workId);
    }

    /// @inheritdoc IWorkRegistry
    function batch(uint64 batchId) external view returns (Batch memory found) {
        found = _batches[batchId];
        if (found.root == 0) revert UnknownBatch(batchId);
    }

    /// @inheritdoc IWorkRegistry
    function heldAt(bytes32 workId, address account, uint64 time) external view returns (bool) {
        uint64 transferredAt = work(workId).transferredAt;
        return _ownerOf(uint256(workId)) == account && (transferredAt == 0 || transferredAt <= time);
    }

    /// @notice Certificate as JSON in a data URI: nothing to host, nothing to lose.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        Work memory found = work(bytes32(tokenId));
        bytes memory json = abi.encodePacked(
            '{"name":"CopyTrack certificate ',
            Strings.toHexString(tokenId, 32),
            '","attributes":[{"trait_type":"registered at","display_type":"date","value":',
            Strings.toString(found.registeredAt),
            '},{"trait_type":"batch","value":',
            Strings.toString(found.batchId),
            "}]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }
}
