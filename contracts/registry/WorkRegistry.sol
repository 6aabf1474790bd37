// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Cancellation} from "../common/Cancellation.sol";
import {ICertificateRenderer} from "../interfaces/ICertificateRenderer.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";
import {Shares} from "./Shares.sol";

/// @title WorkRegistry
contract WorkRegistry is IWorkRegistry, ERC721, ERC2981, EIP712, AccessManaged, Cancellation, Shares {
    bytes32 private constant REGISTRATION_TYPEHASH = keccak256(
        "Registration(address owner,uint8 kind,bytes32 contentHash,uint16 engineVersion,bytes fingerprintCid,bytes metadataCid,uint256 epoch,uint64 deadline)"
    );
    bytes32 private constant CLAIM_TYPEHASH = keccak256("Claim(bytes32 root,uint256 epoch,uint64 deadline)");
    uint16 private constant MAX_ROYALTY_BPS = 1000;

    /// @notice Draws the certificates.
    ICertificateRenderer public immutable renderer;
    /// @notice The only contract that may note what the panel says.
    address public arbitration;
    /// @notice Whose exclusive licences are part of `stateOf`.
    IOfferBook public market;

    mapping(bytes32 root => Batch) private _batches;
    uint64 private _batchCount;
    /// @inheritdoc IWorkRegistry
    mapping(bytes32 contentHash => bytes32 workId) public earliestOf;

    constructor(
        ICertificateRenderer renderer_,
        address arbitration_,
        IOfferBook market_,
        address authority
    ) ERC721("CopyTrack Certificate", "COPYRIGHT") EIP712("CopyTrack WorkRegistry", "1") AccessManaged(authority) {
        renderer = renderer_;
        _setArbitration(arbitration_);
        _setMarket(market_);
    }

    // ------------------------------------------------------------------------------------------------- registration

    /// @inheritdoc IWorkRegistry
    function register(Entry calldata entry) external returns (bytes32) {
        return _register(_idOf(msg.sender, entry), msg.sender, entry, uint64(block.timestamp), 0);
    }

    /// @inheritdoc IWorkRegistry
    function registerFor(
        address owner,
        Entry calldata entry,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes32) {
        // No nonce: a second use of the signature finds the work registered.
        _requireInTime(deadline);
        _requireSigned(owner, _registrationDigest(owner, entry, deadline), signature);
        return _register(_idOf(owner, entry), owner, entry, uint64(block.timestamp), 0);
    }

    /// @inheritdoc IWorkRegistry
    function anchorBatch(bytes32 root, uint64 size, bytes calldata manifestCid) external returns (uint64 batchId) {
        if (root == 0 || size == 0) revert EmptyBatch();
        if (manifestCid.length == 0) revert EmptyCid();
        Batch memory anchored = _batches[root];
        if (anchored.batchId == 0) {
            anchored = Batch(++_batchCount, uint64(block.timestamp));
            _batches[root] = anchored;
        }
        emit BatchAnchored(anchored.batchId, root, msg.sender, anchored.anchoredAt, size, manifestCid);
        return anchored.batchId;
    }

    /// @inheritdoc IWorkRegistry
    function claimMany(
        bytes32 root,
        address owner,
        Entry[] calldata entries,
        bytes32[][] calldata proofs,
        Consent calldata consent
    ) external {
        if (entries.length != proofs.length) revert ProofsMissing(entries.length, proofs.length);
        if (msg.sender != owner) _requireConsent(root, owner, consent);
        Batch memory anchored = batch(root);
        for (uint256 i; i < entries.length; ++i) {
            // One that was registered by itself must not stop the others.
            bytes32 workId = _idOf(owner, entries[i]);
            if (_works[workId].registeredAt != 0) {
                emit ClaimPassedOver(workId, root);
                continue;
            }
            _requireInBatch(root, owner, entries[i], proofs[i]);
            _register(workId, owner, entries[i], anchored.anchoredAt, anchored.batchId);
        }
    }

    /// @inheritdoc IWorkRegistry
    function proveEarlier(
        bytes32 root,
        address owner,
        Entry calldata entry,
        bytes32[] calldata proof,
        Consent calldata consent
    ) external returns (bytes32 workId) {
        workId = _idOf(owner, entry);
        if (msg.sender != owner && msg.sender != _certificateOwner(workId)) _requireConsent(root, owner, consent);
        Batch memory anchored = batch(root);
        _requireInBatch(root, owner, entry, proof);
        uint64 known = work(workId).registeredAt;
        if (anchored.anchoredAt >= known) revert NotEarlier(anchored.anchoredAt, known);
        _works[workId].registeredAt = anchored.anchoredAt;
        _works[workId].batchId = anchored.batchId;
        emit EarlierProven(workId, anchored.batchId, anchored.anchoredAt);
        _noteEarliest(workId, entry.contentHash, false);
    }

    /// @inheritdoc IWorkRegistry
    function refreshEarliest(address owner, bytes32 contentHash) external {
        bytes32 workId = workIdOf(owner, contentHash);
        work(workId);
        _noteEarliest(workId, contentHash, false);
    }

    function _requireInBatch(bytes32 root, address owner, Entry calldata entry, bytes32[] calldata proof) private pure {
        bytes32 leaf = batchLeaf(owner, entry);
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert NotInBatch(root, leaf);
    }

    function _register(
        bytes32 workId,
        address owner,
        Entry calldata entry,
        uint64 registeredAt,
        uint64 batchId
    ) private returns (bytes32) {
        if (entry.contentHash == 0) revert EmptyContentHash();
        if (entry.fingerprintCid.length == 0 || entry.metadataCid.length == 0) revert EmptyCid();
        if (_works[workId].registeredAt != 0) revert AlreadyRegistered(workId);

        _works[workId] = Work(registeredAt, batchId, entry.kind, Standing.Clear, 0, false, 0);
        _mint(owner, uint256(workId));
        emit WorkRegistered(workId, owner, entry.contentHash, entry.kind, registeredAt, batchId);
        emit FingerprintSet(workId, entry.engineVersion, entry.fingerprintCid);
        emit MetadataSet(workId, entry.metadataCid);
        _noteEarliest(workId, entry.contentHash, true);
        return workId;
    }

    function _idOf(address owner, Entry calldata entry) private view returns (bytes32) {
        return workIdOf(owner, entry.contentHash);
    }

    function _registrationDigest(address owner, Entry calldata entry, uint64 deadline) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        REGISTRATION_TYPEHASH,
                        owner,
                        entry.kind,
                        entry.contentHash,
                        entry.engineVersion,
                        keccak256(entry.fingerprintCid),
                        keccak256(entry.metadataCid),
                        epochOf[owner],
                        deadline
                    )
                )
            );
    }

    /// @dev Whoever anchors a batch writes its leaves: without the owner's word, anybody could register in their name.
    function _requireConsent(bytes32 root, address owner, Consent calldata consent) private view {
        _requireInTime(consent.deadline);
        bytes32 structHash = keccak256(abi.encode(CLAIM_TYPEHASH, root, epochOf[owner], consent.deadline));
        _requireSigned(owner, _hashTypedDataV4(structHash), consent.signature);
    }

    function _requireInTime(uint64 deadline) private view {
        if (deadline < block.timestamp) revert Expired(deadline, uint64(block.timestamp));
    }

    /// @dev A work that the panel rejected never counts as earlier than another one.
    function _noteEarliest(bytes32 workId, bytes32 contentHash, bool isNew) private {
        bytes32 earliest = earliestOf[contentHash];
        Work storage candidate = _works[workId];
        if (earliest == workId || candidate.standing == Standing.Rejected) return;
        bool first = earliest == 0 || candidate.registeredAt < _works[earliest].registeredAt;
        if (first) earliestOf[contentHash] = workId;
        // Of a new work in an empty place, WorkRegistered has told already.
        if (earliest == 0 && isNew) return;
        emit DuplicateRecorded(contentHash, first ? workId : earliest, first ? earliest : workId);
    }

    // ---------------------------------------------------------------------------------------- what a certificate says

    /// @inheritdoc IWorkRegistry
    function setFingerprint(bytes32 workId, uint16 engineVersion, bytes calldata cid) external {
        _requireOwner(workId);
        if (cid.length == 0) revert EmptyCid();
        emit FingerprintSet(workId, engineVersion, cid);
    }

    /// @inheritdoc IWorkRegistry
    function setMetadata(bytes32 workId, bytes calldata cid) external {
        _requireOwner(workId);
        if (cid.length == 0) revert EmptyCid();
        emit MetadataSet(workId, cid);
    }

    /// @inheritdoc IWorkRegistry
    function setRoyalty(bytes32 workId, address receiver, uint16 bps) external {
        _requireOwner(workId);
        if (_wasSold(workId) || bps > MAX_ROYALTY_BPS) revert RoyaltyFixed(workId, bps);
        _setTokenRoyalty(uint256(workId), receiver, bps);
        _noteChange(workId);
        emit RoyaltySet(workId, receiver, bps);
    }

    /// @inheritdoc IWorkRegistry
    function setStanding(bytes32 workId, bytes32 contentHash, Standing standing) external {
        if (msg.sender != arbitration) revert NotArbitration(msg.sender);
        work(workId);
        _works[workId].standing = standing;
        // The next in time takes the place by `refreshEarliest`.
        if (standing == Standing.Rejected && earliestOf[contentHash] == workId) delete earliestOf[contentHash];
        emit StandingSet(workId, standing);
    }

    /// @inheritdoc IWorkRegistry
    function transferAt(address from, address to, uint256 tokenId, bytes32 state) external {
        bytes32 found = stateOf(bytes32(tokenId));
        if (found != state) revert StateChanged(bytes32(tokenId), state, found);
        transferFrom(from, to, tokenId);
    }

    // --------------------------------------------------------------------------------------------------- neighbours

    /// @inheritdoc IWorkRegistry
    function setArbitration(address arbitration_) external restricted {
        _setArbitration(arbitration_);
    }

    /// @inheritdoc IWorkRegistry
    function setMarket(address market_) external restricted {
        _setMarket(IOfferBook(market_));
    }

    function _setArbitration(address arbitration_) private {
        arbitration = arbitration_;
        emit ArbitrationSet(arbitration_);
    }

    function _setMarket(IOfferBook market_) private {
        market = market_;
        emit MarketSet(address(market_));
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IWorkRegistry
    function workIdOf(address owner, bytes32 contentHash) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), owner, contentHash));
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
    function batch(bytes32 root) public view returns (Batch memory found) {
        found = _batches[root];
        if (found.batchId == 0) revert UnknownBatch(root);
    }

    /// @inheritdoc IWorkRegistry
    function rightsOf(bytes32 workId) external view returns (address owner, Standing standing) {
        return (_requireOwned(uint256(workId)), _works[workId].standing);
    }

    /// @inheritdoc IWorkRegistry
    function entitlement(
        bytes32 workId,
        uint64 time
    ) external view returns (address holder, address owner, Work memory found) {
        return (ownerAt(workId, time), _certificateOwner(workId), _works[workId]);
    }

    /// @inheritdoc IWorkRegistry
    function stateOf(bytes32 workId) public view returns (bytes32) {
        Work memory found = work(workId);
        return
            keccak256(
                abi.encode(
                    workId,
                    _certificateOwner(workId),
                    found.standing,
                    found.changes,
                    market.encumbrancesOf(workId)
                )
            );
    }

    /// @notice Certificate as JSON and SVG in a data URI: nothing to host, nothing to lose.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        return renderer.tokenURI(bytes32(tokenId), work(bytes32(tokenId)), _requireOwned(tokenId));
    }

    /// @notice ERC-721, ERC-2981 and ERC-165.
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, ERC2981) returns (bool) {
        return super.supportsInterface(interfaceId);
    }

    // ------------------------------------------------------------------------------------- what Shares needs to know

    /// @dev Dates each sale of the economic rights.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) _noteSale(bytes32(tokenId), from, to);
    }

    function _certificateOwner(bytes32 workId) internal view override returns (address) {
        return _ownerOf(uint256(workId));
    }

    function _requireSigned(address account, bytes32 digest, bytes calldata signature) internal view override {
        if (!SignatureChecker.isValidSignatureNowCalldata(account, digest, signature)) revert BadSignature(account);
    }

    function _typedDigest(bytes32 structHash) internal view override returns (bytes32) {
        return _hashTypedDataV4(structHash);
    }
}
