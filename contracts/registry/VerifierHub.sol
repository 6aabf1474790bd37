// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IVerifierHub} from "../interfaces/IVerifierHub.sol";

/// @title VerifierHub
contract VerifierHub is IVerifierHub, AccessManaged, EIP712 {
    bytes32 private constant AUTHORSHIP_TYPEHASH = keccak256(
        "Authorship(bytes32 workId,address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
    );

    bytes32 private constant IDENTITY_TYPEHASH = keccak256(
        "Identity(address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
    );
    /// @dev Persons are attested under this place of works: no work has it.
    bytes32 private constant PERSON = 0;

    struct Attestation {
        address verifier;
        uint64 expiresAt;
    }

    /// @inheritdoc IVerifierHub
    mapping(address => bool) public isVerifier;
    mapping(bytes32 workId => mapping(address subject => Attestation)) private _attestations;
    /// @dev Latest issue time seen of a verifier for a work and subject: older statements cannot be replayed.
    mapping(bytes32 key => uint64) private _latestIssue;

    constructor(address authority) AccessManaged(authority) EIP712("CopyTrack VerifierHub", "1") {}

    /// @inheritdoc IVerifierHub
    function setVerifier(address verifier, bool active) external restricted {
        isVerifier[verifier] = active;
        emit VerifierSet(verifier, active);
    }

    /// @inheritdoc IVerifierHub
    function attest(Authorship calldata statement, address verifier, bytes calldata signature) external {
        if (statement.workId == PERSON) revert EmptyWork();
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
        _record(statement, verifier, structHash, signature);
        emit AuthorshipAttested(
            statement.workId,
            statement.subject,
            verifier,
            statement.evidenceHash,
            statement.issuedAt,
            statement.expiresAt
        );
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
        _record(
            Authorship(PERSON, statement.subject, statement.evidenceHash, statement.issuedAt, statement.expiresAt),
            verifier,
            structHash,
            signature
        );
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
        bool stands = _attestations[workId][subject].verifier == msg.sender;
        if (!stands && !isVerifier[msg.sender]) revert NoAttestation(workId, subject);
        if (stands) delete _attestations[workId][subject];
        _latestIssue[_issueKey(workId, subject, msg.sender)] = uint64(block.timestamp);
        emit AttestationRevoked(workId, subject, msg.sender);
    }

    /// @inheritdoc IVerifierHub
    function hasAuthorship(bytes32 workId, address subject) external view returns (bool) {
        return workId != PERSON && _isLive(_attestations[workId][subject]);
    }

    /// @inheritdoc IVerifierHub
    function hasIdentity(address subject) external view returns (bool) {
        return _isLive(_attestations[PERSON][subject]);
    }

    function _record(
        Authorship memory statement,
        address verifier,
        bytes32 structHash,
        bytes calldata signature
    ) private {
        if (!isVerifier[verifier]) revert NotVerifier(verifier);
        if (statement.issuedAt > block.timestamp || statement.expiresAt <= block.timestamp)
            revert OutsideValidity(statement.issuedAt, statement.expiresAt);
        bytes32 key = _issueKey(statement.workId, statement.subject, verifier);
        uint64 known = _latestIssue[key];
        if (statement.issuedAt <= known) revert SupersededAttestation(statement.issuedAt, known);
        if (!SignatureChecker.isValidSignatureNowCalldata(verifier, _hashTypedDataV4(structHash), signature))
            revert BadAttestation(verifier);
        _latestIssue[key] = statement.issuedAt;
        _attestations[statement.workId][statement.subject] = Attestation(verifier, statement.expiresAt);
    }

    function _isLive(Attestation storage found) private view returns (bool) {
        return found.expiresAt > block.timestamp && isVerifier[found.verifier];
    }

    function _issueKey(bytes32 workId, address subject, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encode(workId, subject, verifier));
    }
}
