// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IVerifierHub} from "../interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title VerifierHub
/// @dev Each verifier has a place of their own for what they attested: nobody's word ends another's.
contract VerifierHub is IVerifierHub, AccessManaged, EIP712 {
    bytes32 private constant AUTHORSHIP_TYPEHASH = keccak256(
        "Authorship(bytes32 workId,address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
    );
    bytes32 private constant AUTHORSHIPS_TYPEHASH = keccak256(
        "Authorships(bytes32 root,address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
    );
    bytes32 private constant IDENTITY_TYPEHASH = keccak256(
        "Identity(address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
    );
    /// @dev Persons are attested under this place of works: no work has it.
    bytes32 private constant PERSON = 0;
    /// @dev All of them are asked for each case.
    uint256 private constant MAX_VERIFIERS = 8;
    /// @dev Attested registrations of one content beside the first; a dead one makes room.
    uint256 private constant MAX_OTHERS = 15;

    struct Attestation {
        uint64 issuedAt;
        uint64 expiresAt;
        /// @dev Since when this verifier attests this without a gap.
        uint64 since;
    }

    /// @notice Where the works are registered.
    IWorkRegistry public immutable registry;
    address[] private _verifiers;
    mapping(bytes32 key => Attestation) private _attestations;
    /// @dev Attested registrations of a content. Rarely is there more than one, which takes one slot.
    mapping(bytes32 contentHash => bytes32 workId) private _first;
    mapping(bytes32 contentHash => bytes32[] workIds) private _others;

    constructor(
        IWorkRegistry registry_,
        address authority
    ) AccessManaged(authority) EIP712("CopyTrack VerifierHub", "1") {
        registry = registry_;
    }

    /// @inheritdoc IVerifierHub
    function setVerifier(address verifier, bool active) external restricted {
        bool present = isVerifier(verifier);
        if (active && !present) {
            if (_verifiers.length == MAX_VERIFIERS) revert TooManyVerifiers(MAX_VERIFIERS);
            _verifiers.push(verifier);
        }
        for (uint256 i; !active && i < _verifiers.length; ++i) {
            if (_verifiers[i] != verifier) continue;
            _verifiers[i] = _verifiers[_verifiers.length - 1];
            _verifiers.pop();
        }
        emit VerifierSet(verifier, active);
    }

    // ------------------------------------------------------------------------------------------------------ attesting

    /// @inheritdoc IVerifierHub
    function attest(
        Authorship calldata statement,
        Origin calldata origin,
        address verifier,
        bytes calldata signature
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(
                AUTHORSHIP_TYPEHASH,
                statement.workId,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            )
        );
        _requireSigned(verifier, structHash, signature);
        _attest(statement, origin, verifier);
    }

    /// @inheritdoc IVerifierHub
    function attestMany(
        Authorships calldata statement,
        Listed[] calldata works,
        address verifier,
        bytes calldata signature
    ) external {
        bytes32 structHash = keccak256(
            abi.encode(
                AUTHORSHIPS_TYPEHASH,
                statement.root,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            )
        );
        _requireSigned(verifier, structHash, signature);
        for (uint256 i; i < works.length; ++i) {
            bytes32 workId = works[i].workId;
            if (!MerkleProof.verifyCalldata(works[i].proof, statement.root, authorshipLeaf(workId)))
                revert NotListed(statement.root, workId);
            // Somebody may have brought one of them a moment ago: that must not stop the others.
            if (statement.issuedAt <= _attestations[_key(workId, statement.subject, verifier)].issuedAt) continue;
            Authorship memory one = Authorship(
                workId,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            );
            _attest(one, works[i].origin, verifier);
        }
    }

    /// @inheritdoc IVerifierHub
    function attestIdentity(Identity calldata statement, address verifier, bytes calldata signature) external {
        bytes32 structHash = keccak256(
            abi.encode(
                IDENTITY_TYPEHASH,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            )
        );
        _requireSigned(verifier, structHash, signature);
        _record(PERSON, statement.subject, verifier, statement.issuedAt, statement.expiresAt);
        emit IdentityAttested(
            statement.subject,
            verifier,
            statement.evidenceHash,
            statement.issuedAt,
            statement.expiresAt
        );
    }

    /// @inheritdoc IVerifierHub
    function revoke(bytes32 workId, address subject) external {
        Attestation storage found = _attestations[_key(workId, subject, msg.sender)];
        if (found.expiresAt == 0 && !isVerifier(msg.sender)) revert NoAttestation(workId, subject);
        (found.issuedAt, found.expiresAt) = (uint64(block.timestamp), 0);
        emit AttestationRevoked(workId, subject, msg.sender);
    }

    function _attest(Authorship memory statement, Origin calldata origin, address verifier) private {
        if (statement.workId != registry.workIdOf(origin.owner, origin.contentHash))
            revert WrongOrigin(statement.workId);
        // Reverts for a work that is not registered: it would stand in the way of those that are.
        registry.rightsOf(statement.workId);
        _record(statement.workId, statement.subject, verifier, statement.issuedAt, statement.expiresAt);
        _enter(statement.workId, origin.contentHash);
        emit AuthorshipAttested(
            statement.workId,
            statement.subject,
            verifier,
            statement.evidenceHash,
            statement.issuedAt,
            statement.expiresAt
        );
    }

    function _record(bytes32 workId, address subject, address verifier, uint64 issuedAt, uint64 expiresAt) private {
        if (issuedAt > block.timestamp || expiresAt <= block.timestamp) revert OutsideValidity(issuedAt, expiresAt);
        Attestation memory found = _attestations[_key(workId, subject, verifier)];
        if (issuedAt <= found.issuedAt) revert SupersededAttestation(issuedAt, found.issuedAt);
        // What was revoked or has lapsed begins anew: whoever bought from another meanwhile keeps it.
        uint64 since = found.expiresAt > block.timestamp ? found.since : uint64(block.timestamp);
        _attestations[_key(workId, subject, verifier)] = Attestation(issuedAt, expiresAt, since);
    }

    /// @dev Notes that this registration of the content was attested.
    function _enter(bytes32 workId, bytes32 contentHash) private {
        bytes32 first = _first[contentHash];
        if (first == workId) return;
        if (first == 0) {
            _first[contentHash] = workId;
            return;
        }
        bytes32[] storage others = _others[contentHash];
        uint256 n = others.length;
        for (uint256 i; i < n; ++i) if (others[i] == workId) return;
        if (n < MAX_OTHERS) {
            others.push(workId);
            return;
        }
        for (uint256 i; i < n; ++i) {
            if (_isAlive(others[i])) continue;
            others[i] = workId;
            return;
        }
        revert TooManyRegistrations(contentHash);
    }

    function _isAlive(bytes32 workId) private view returns (bool) {
        (address owner, IWorkRegistry.Standing standing) = registry.rightsOf(workId);
        return standing != IWorkRegistry.Standing.Rejected && hasAuthorship(workId, owner);
    }

    function _requireSigned(address verifier, bytes32 structHash, bytes calldata signature) private view {
        if (!isVerifier(verifier)) revert NotVerifier(verifier);
        if (!SignatureChecker.isValidSignatureNowCalldata(verifier, _hashTypedDataV4(structHash), signature))
            revert BadAttestation(verifier);
    }

    // ---------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IVerifierHub
    function hasAuthorship(bytes32 workId, address subject) public view returns (bool) {
        return workId != PERSON && _since(workId, subject) != 0;
    }

    /// @inheritdoc IVerifierHub
    function hasIdentity(address subject) external view returns (bool) {
        return _since(PERSON, subject) != 0;
    }

    /// @inheritdoc IVerifierHub
    function authorship(
        bytes32 workId,
        address subject,
        bytes32 contentHash
    ) external view returns (uint64 since, bytes32[] memory registrations) {
        if (workId != PERSON) since = _since(workId, subject);
        bytes32[] storage others = _others[contentHash];
        bytes32 first = _first[contentHash];
        registrations = new bytes32[](first == 0 ? 0 : others.length + 1);
        if (first != 0) registrations[0] = first;
        for (uint256 i = 1; i < registrations.length; ++i) registrations[i] = others[i - 1];
    }

    /// @inheritdoc IVerifierHub
    function attestationOf(
        bytes32 workId,
        address subject,
        address verifier
    ) external view returns (uint64 issuedAt, uint64 expiresAt) {
        Attestation memory found = _attestations[_key(workId, subject, verifier)];
        return (found.issuedAt, found.expiresAt);
    }

    /// @inheritdoc IVerifierHub
    function isVerifier(address account) public view returns (bool) {
        uint256 n = _verifiers.length;
        for (uint256 i; i < n; ++i) if (_verifiers[i] == account) return true;
        return false;
    }

    /// @inheritdoc IVerifierHub
    function authorshipLeaf(bytes32 workId) public pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(workId))));
    }

    /// @dev Since when a present verifier's live attestation stands; the earliest, or 0.
    function _since(bytes32 workId, address subject) private view returns (uint64 since) {
        uint256 n = _verifiers.length;
        for (uint256 i; i < n; ++i) {
            Attestation memory found = _attestations[_key(workId, subject, _verifiers[i])];
            if (found.expiresAt > block.timestamp && (since == 0 || found.since < since)) since = found.since;
        }
    }

    function _key(bytes32 workId, address subject, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encode(workId, subject, verifier));
    }
}
