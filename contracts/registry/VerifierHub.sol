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
        if (!isVerifier[verifier]) revert NotVerifier(verifier);
        if (statement.issuedAt > block.timestamp || statement.expiresAt <= block.timestamp)
            revert OutsideValidity(statement.issuedAt, statement.expiresAt);
        bytes32 key = _issueKey(statement.workId, statement.subject, verifier);
        uint64 known = _latestIssue[key];
        if (statement.issuedAt <= known) revert SupersededAttestation(statement.issuedAt, known);
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(
                    AUTHORSHIP_TYPEHASH,
                    statement.workId,
                    statement.subject,
                    statement.evidenceHash,
                    statement.issuedAt,
                    statement.expiresAt
                )
            )
        );
        if (!SignatureChecker.isValidSignatureNow(verifier, digest, signature)) revert BadAttestation(verifier);

        _latestIssue[key] = statement.issuedAt;
        _attestations[statement.workId][statement.subject] = Attestation(verifier, statement.expiresAt);
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
    function revoke(bytes32 workId, address subject) external {
        if (_attestations[workId][subject].verifier != msg.sender) revert NoAttestation(workId, subject);
        delete _attestations[workId][subject];
        _latestIssue[_issueKey(workId, subject, msg.sender)] = uint64(block.timestamp);
        emit AuthorshipRevoked(workId, subject, msg.sender);
    }

    /// @inheritdoc IVerifierHub
    function hasAuthorship(bytes32 workId, address subject) external view returns (bool) {
        Attestation storage found = _attestations[workId][subject];
        return found.expiresAt > block.timestamp && isVerifier[found.verifier];
    }

    function _issueKey(bytes32 workId, address subject, address verifier) private pure returns (bytes32) {
        return keccak256(abi.encode(workId, subject, verifier));
    }
}
