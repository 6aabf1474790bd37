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

    /// @notice What the panel said of a registration.
    enum Standing {
        Clear,
        Disputed,
        Rejected
    }

    struct Work {
        /// @dev Unix seconds of the registration, or of the batch that anchored the work. Only ever lowered.
        uint64 registeredAt;
        /// @dev Batch that proved the date; 0 for a single registration.
        uint64 batchId;
        Kind kind;
        Standing standing;
        /// @dev Co-owners besides the owner of the certificate, at most 7.
        uint8 coOwners;
        /// @dev Whether the work has a parent that gets a share.
        bool derivative;
        /// @dev Changes of shares, parent and royalty: part of `stateOf`.
        uint64 changes;
    }

    struct Batch {
        /// @dev Consecutive number, from 1; 0 for an unknown root.
        uint64 batchId;
        uint64 anchoredAt;
    }

    /// @notice What a holder states of a work; the fingerprint belongs to one version of the engine.
    struct Entry {
        /// @dev Not part of the work's id: one owner has one certificate of a content.
        Kind kind;
        bytes32 contentHash;
        uint16 engineVersion;
        bytes fingerprintCid;
        bytes metadataCid;
    }

    /// @notice The owner lets somebody else claim what a batch of theirs holds (EIP-712 `Claim`, EIP-1271). Not read when
    /// the owner claims.
    struct Consent {
        /// @dev Unix seconds until which the signature counts.
        uint64 deadline;
        bytes signature;
    }

    /// @notice Somebody who gets a part of whatever the work earns; the rest is the certificate owner's.
    struct CoOwner {
        address account;
        /// @dev Hundredths of a percent.
        uint16 bps;
    }

    struct Parent {
        bytes32 workId;
        /// @dev Hundredths of a percent of what the derivative earns.
        uint16 bps;
    }

    /// @notice How an amount is divided among those who share in a work, in the amount's unit.
    struct Split {
        address[] coOwners;
        /// @dev One for each co-owner.
        uint256[] parts;
        /// @dev What is left for the owner.
        uint256 ownerPart;
        /// @dev 0 without a parent that gets a part.
        bytes32 parentId;
        uint256 parentPart;
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
        bytes32 indexed root,
        address indexed publisher,
        uint64 anchoredAt,
        uint64 size,
        bytes manifestCid
    );
    /// @notice An entry of `claimMany` that was passed over, since its work stands already; its files change nothing.
    event ClaimPassedOver(bytes32 indexed workId, bytes32 indexed root);
    event EarlierProven(bytes32 indexed workId, uint64 indexed batchId, uint64 registeredAt);
    /// @notice `workId` is now the earliest registration of this content; `other` is another one, or 0 where the place
    /// was empty after a rejection. A work that is registered into an empty place takes it without this event.
    event DuplicateRecorded(bytes32 indexed contentHash, bytes32 indexed workId, bytes32 indexed other);
    event CoOwnersSet(bytes32 indexed workId, CoOwner[] coOwners);
    event DerivativeLinked(bytes32 indexed workId, bytes32 indexed parentId, uint16 bps);
    event DerivativeUnlinked(bytes32 indexed workId, bytes32 indexed parentId);
    event RoyaltySet(bytes32 indexed workId, address receiver, uint16 bps);
    event StandingSet(bytes32 indexed workId, Standing standing);
    /// @notice From now on, this contract notes what the panel says.
    event ArbitrationSet(address indexed arbitration);
    /// @notice From now on, exclusive licences of this market are part of `stateOf`.
    event MarketSet(address indexed market);

    /// @notice This owner has registered this content already.
    error AlreadyRegistered(bytes32 workId);
    /// @notice The hash of the content is missing.
    error EmptyContentHash();
    /// @notice The CID is missing.
    error EmptyCid();
    /// @notice No such work.
    error UnknownWork(bytes32 workId);
    /// @notice No such batch.
    error UnknownBatch(bytes32 root);
    /// @notice A batch needs a root and at least one leaf.
    error EmptyBatch();
    /// @notice The proof does not lead from this entry to the root of the batch.
    error NotInBatch(bytes32 root, bytes32 leaf);
    /// @notice Each entry needs its proof.
    error ProofsMissing(uint256 entries, uint256 proofs);
    /// @notice The batch is not older than the date that is known.
    error NotEarlier(uint64 anchoredAt, uint64 registeredAt);
    /// @notice Only the owner of the certificate may do this.
    error NotOwner(bytes32 workId, address caller);
    /// @notice The signed statement has expired.
    error Expired(uint64 deadline, uint64 nowAt);
    /// @notice The account did not sign this.
    error BadSignature(address account);
    /// @notice At most 7 co-owners, none of them zero, each with a part, together at most the whole.
    error BadShares(uint256 coOwners, uint256 totalBps);
    /// @notice Each present co-owner must agree to other shares: give the signatures in their order.
    error ConsentsMissing(uint256 given, uint256 needed);
    /// @notice A work cannot derive from itself, from a later work, or through more than three works.
    error BadParent(bytes32 workId, bytes32 parentId);
    /// @notice The work has a parent already.
    error AlreadyLinked(bytes32 workId, bytes32 parentId);
    /// @notice The work has no parent.
    error NotLinked(bytes32 workId);
    /// @notice A royalty is set by the first owner, before the first sale, at most 10 %.
    error RoyaltyFixed(bytes32 workId, uint16 bps);
    /// @notice Only the arbitration contract may do this.
    error NotArbitration(address caller);
    /// @notice The rights in the work are not what the buyer agreed to.
    error StateChanged(bytes32 workId, bytes32 expected, bytes32 found);

    /// @notice Register one work for the caller and mint its certificate.
    function register(Entry calldata entry) external returns (bytes32 workId);

    /// @notice Register a work for its owner, who signed `Registration` (EIP-712, EIP-1271). Anybody may pay for it.
    /// @param deadline Unix seconds until which the signature counts.
    function registerFor(
        address owner,
        Entry calldata entry,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes32 workId);

    /// @notice Date any number of works at once. The leaves are public, as the file behind `manifestCid`. Anchoring a
    /// root again keeps its first date and only tells another place of the manifest.
    /// @param root Root of a tree over `batchLeaf`, pairs sorted.
    /// @param size Leaves, as the publisher states it.
    function anchorBatch(bytes32 root, uint64 size, bytes calldata manifestCid) external returns (uint64 batchId);

    /// @notice Mint the certificates of works that a batch anchored, dated as the batch; those that exist already are
    /// passed over. Anybody may pay for it, with the owner's consent: whoever anchored the batch wrote its leaves.
    /// @param owner Owner whom the leaves name.
    function claimMany(
        bytes32 root,
        address owner,
        Entry[] calldata entries,
        bytes32[][] calldata proofs,
        Consent calldata consent
    ) external;

    /// @notice Lower the date of a registered work to that of an older batch which holds it. Its first owner, or somebody
    /// with their consent; also the present owner.
    function proveEarlier(
        bytes32 root,
        address owner,
        Entry calldata entry,
        bytes32[] calldata proof,
        Consent calldata consent
    ) external returns (bytes32 workId);

    /// @notice Transfer a certificate only if all rights in the work are as the buyer agreed to. Else as `transferFrom`.
    /// @param state `stateOf` as the buyer saw it.
    function transferAt(address from, address to, uint256 tokenId, bytes32 state) external;

    /// @notice Make this registration the earliest of its content if it is, after another one was rejected. Anybody.
    /// @param owner First owner of the work, as it stands in its id.
    function refreshEarliest(address owner, bytes32 contentHash) external;

    /// @notice Set the fingerprint for an engine version. Only the certificate's owner.
    function setFingerprint(bytes32 workId, uint16 engineVersion, bytes calldata cid) external;

    /// @notice Set the metadata. Only the certificate's owner.
    function setMetadata(bytes32 workId, bytes calldata cid) external;

    /// @notice Name those who share in what the work earns. Only the certificate's owner; present co-owners must agree.
    /// @dev Warning: for good. A later owner needs every co-owner's signature to change it. Whoever buys a certificate
    /// names its `stateOf` in `transferAt`.
    /// @param consents Signatures of `CoOwners` (EIP-712, EIP-1271) by the present co-owners, in their order.
    function setCoOwners(bytes32 workId, CoOwner[] calldata coOwners, bytes[] calldata consents) external;

    /// @notice State that the work derives from an earlier one, whose owners get a share of all it earns. For good:
    /// only the parent's owner may undo it, unless the parent is rejected. Only the certificate's owner.
    function linkDerivative(bytes32 workId, bytes32 parentId, uint16 bps) external;

    /// @notice End the share in a derivative. Only the owner of the parent; of a rejected parent, also the derivative's.
    function unlinkDerivative(bytes32 workId) external;

    /// @notice Royalty on sales of the certificate (ERC-2981). Only the first owner, before the first sale.
    function setRoyalty(bytes32 workId, address receiver, uint16 bps) external;

    /// @notice Note what the panel says of a registration. Only the arbitration contract.
    function setStanding(bytes32 workId, bytes32 contentHash, Standing standing) external;

    /// @notice Name the contract that notes what the panel says. Only the governor.
    function setArbitration(address arbitration) external;

    /// @notice Name the market whose exclusive licences are part of `stateOf`. Only the governor.
    function setMarket(address market) external;

    /// @notice keccak256(chain id, this registry, owner, content hash): known before anything is paid.
    function workIdOf(address owner, bytes32 contentHash) external view returns (bytes32);

    /// @notice Leaf of a batch tree: a double keccak256, so that no inner node can pass for a leaf.
    function batchLeaf(address owner, Entry calldata entry) external pure returns (bytes32);

    /// @notice Registration data. Reverts for an unknown work.
    function work(bytes32 workId) external view returns (Work memory);

    /// @notice Data of a batch. Reverts for an unknown root.
    function batch(bytes32 root) external view returns (Batch memory);

    /// @notice Work with the earliest date among all that state this content hash and were not rejected; 0 if none.
    function earliestOf(bytes32 contentHash) external view returns (bytes32 workId);

    /// @notice Owner of the economic rights at a time; for a time before the first sale, the first owner.
    function ownerAt(bytes32 workId, uint64 time) external view returns (address);

    /// @notice Owner of the certificate, and what the panel said of the registration, in one call.
    function rightsOf(bytes32 workId) external view returns (address owner, Standing standing);

    /// @notice Who may open a case on a use of the work, in one call.
    /// @return holder Owner of the economic rights at the time.
    /// @return owner Owner of the certificate now.
    /// @return found Registration data.
    function entitlement(
        bytes32 workId,
        uint64 time
    ) external view returns (address holder, address owner, Work memory found);

    /// @notice Hash of all that a buyer of the certificate takes over: owner, co-owners, parent, royalty, standing, and the
    /// exclusive licences that run. It changes whenever one of them does.
    function stateOf(bytes32 workId) external view returns (bytes32);

    /// @notice Co-owners besides the certificate's owner.
    function coOwnersOf(bytes32 workId) external view returns (CoOwner[] memory);

    /// @notice Number that the next consents must name.
    function coOwnersNonce(bytes32 workId) external view returns (uint256);

    /// @notice Parent of a derivative, and its share; zeros if there is none.
    function parentOf(bytes32 workId) external view returns (Parent memory);

    /// @notice Divide an amount among all who share in a work: its co-owners, its parent and its owner. A parent that the
    /// panel rejected gets nothing.
    /// @param amount Any unit. The parts add up to it exactly; what rounding leaves is the owner's.
    function splitOf(bytes32 workId, uint256 amount) external view returns (Split memory);
}
