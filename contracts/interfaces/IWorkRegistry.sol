// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Register of works: who knew which content hash, since when
/// @notice Each work is an ERC-721 certificate. A registration proves that somebody knew the hash at a time, no more;
/// duplicates never block each other, the earlier date is recorded.
interface IWorkRegistry {
    enum Kind {
        Image,
        Music,
        Video,
        Text,
        Other
    }

    struct Work {
        /// @dev Unix seconds of the registration, or of the batch that anchored the work.
        uint64 registeredAt;
        /// @dev Unix seconds of the last sale of the certificate; 0 if it never changed hands.
        uint64 transferredAt;
        /// @dev Batch that proved the work; 0 for a single registration.
        uint64 batchId;
        Kind kind;
    }

    struct Batch {
        bytes32 root;
        uint64 anchoredAt;
        uint64 size;
        address publisher;
    }

    /// @notice What a holder states of a work; the fingerprint belongs to one version of the engine.
    struct Entry {
        Kind kind;
        bytes32 contentHash;
        uint16 engineVersion;
        bytes fingerprintCid;
        bytes metadataCid;
    }

    event WorkRegistered(
        bytes32 indexed workId,
        address indexed owner,
        bytes32 indexed contentHash,
        Kind kind,
        uint64 registeredAt,
        uint64 batchId
    );
    event FingerprintSet(bytes32 indexed workId, uint16 indexed engineVersion, bytes cid);
    event MetadataSet(bytes32 indexed workId, bytes cid);
    event BatchAnchored(
        uint64 indexed batchId,
        address indexed publisher,
        bytes32 root,
        uint64 size,
        bytes manifestCid
    );

    /// @notice This owner has registered this content already.
    error AlreadyRegistered(bytes32 workId);
    /// @notice The hash of the content is missing.
    error EmptyContentHash();
    /// @notice The CID is missing.
    error EmptyCid();
    /// @notice No such work.
    error UnknownWork(bytes32 workId);
    /// @notice No such batch.
    error UnknownBatch(uint64 batchId);
    /// @notice A batch needs a root and at least one leaf.
    error EmptyBatch();
    /// @notice The proof does not lead from this entry to the root of the batch.
    error NotInBatch(uint64 batchId, bytes32 leaf);
    /// @notice Each entry needs its proof.
    error ProofsMissing(uint256 entries, uint256 proofs);
    /// @notice Only the owner of the certificate may do this.
    error NotOwner(bytes32 workId, address caller);

    /// @notice Register one work for the caller and mint its certificate.
    function register(Entry calldata entry) external returns (bytes32 workId);

    /// @notice Date any number of works at once. The leaves are public, as the file behind `manifestCid`.
    /// @param root Root of a tree over `batchLeaf`, pairs sorted.
    function anchorBatch(bytes32 root, uint64 size, bytes calldata manifestCid) external returns (uint64 batchId);

    /// @notice Mint the certificate of a work that a batch anchored, dated as the batch. Anybody may pay for it.
    function claim(
        uint64 batchId,
        address owner,
        Entry calldata entry,
        bytes32[] calldata proof
    ) external returns (bytes32 workId);

    /// @notice Mint the certificates of several works of one owner; those that exist already are passed over.
    function claimMany(uint64 batchId, address owner, Entry[] calldata entries, bytes32[][] calldata proofs) external;

    /// @notice Set the fingerprint for an engine version. Only the certificate's owner.
    function setFingerprint(bytes32 workId, uint16 engineVersion, bytes calldata cid) external;

    /// @notice keccak256(chain id, this registry, owner, kind, content hash): known before anything is paid.
    function workIdOf(address owner, Kind kind, bytes32 contentHash) external view returns (bytes32);

    /// @notice Leaf of a batch tree: a double keccak256, so that no inner node can pass for a leaf.
    function batchLeaf(address owner, Entry calldata entry) external pure returns (bytes32);

    /// @notice Registration data. Reverts for an unknown work.
    function work(bytes32 workId) external view returns (Work memory);

    /// @notice Data of a batch. Reverts for an unknown batch.
    function batch(uint64 batchId) external view returns (Batch memory);

    /// @notice Work with the earliest date among all that state this content hash; 0 if none does.
    function earliestOf(bytes32 contentHash) external view returns (bytes32 workId);

    /// @notice Whether the account owns the certificate now and did so at the time (or was the first owner, for a time
    /// before the registration).
    function heldAt(bytes32 workId, address account, uint64 time) external view returns (bool);
}
