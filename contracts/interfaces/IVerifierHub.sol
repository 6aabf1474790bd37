// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Attestations of authorship and of persons
/// @notice A verifier who was given the original, recomputed its hash and fingerprint and is satisfied that the subject
/// is its author or its exclusive controller signs an `Authorship`. Anybody may bring it on-chain.
interface IVerifierHub {
    struct Authorship {
        bytes32 workId;
        address subject;
        /// @dev Salted hash of what the verifier was shown; opens only between the parties.
        bytes32 evidenceHash;
        uint64 issuedAt;
        uint64 expiresAt;
    }

    /// @notice That a verifier knows who the subject is. Nothing personal is in it.
    struct Identity {
        address subject;
        /// @dev Salted hash of what the verifier was shown.
        bytes32 evidenceHash;
        uint64 issuedAt;
        uint64 expiresAt;
    }

    event VerifierSet(address indexed verifier, bool active);
    event AuthorshipAttested(
        bytes32 indexed workId,
        address indexed subject,
        address indexed verifier,
        bytes32 evidenceHash,
        uint64 issuedAt,
        uint64 expiresAt
    );
    event IdentityAttested(
        address indexed subject,
        address indexed verifier,
        bytes32 evidenceHash,
        uint64 issuedAt,
        uint64 expiresAt
    );
    /// @notice Nothing counts that this verifier attested before; another verifier's attestation stands.
    event AttestationRevoked(bytes32 indexed workId, address indexed subject, address indexed verifier);

    /// @notice Authorship is attested of a work.
    error EmptyWork();
    /// @notice The account is not a verifier.
    error NotVerifier(address account);
    /// @notice The signature is not the verifier's over this attestation.
    error BadAttestation(address verifier);
    /// @notice The attestation is not valid at this time.
    error OutsideValidity(uint64 issuedAt, uint64 expiresAt);
    /// @notice An attestation issued at the same time or later is known, or this one was revoked.
    error SupersededAttestation(uint64 issuedAt, uint64 known);
    /// @notice This verifier has not attested that.
    error NoAttestation(bytes32 workId, address subject);

    /// @notice Add or remove a verifier. Only the governor. What a verifier attested counts only while he is one.
    function setVerifier(address verifier, bool active) external;

    /// @notice Record an attestation that a verifier signed (EIP-712; EIP-1271 for contracts).
    function attest(Authorship calldata statement, address verifier, bytes calldata signature) external;

    /// @notice Record that a verifier knows a person (EIP-712; EIP-1271 for contracts).
    function attestIdentity(Identity calldata statement, address verifier, bytes calldata signature) external;

    /// @notice Take back what the caller attested until now, even what nobody brought on-chain yet. Only a verifier, or
    /// who was one when his attestation was recorded.
    /// @param workId 0 for the attestation of a person.
    function revoke(bytes32 workId, address subject) external;

    /// @notice Whether a live attestation of authorship exists.
    function hasAuthorship(bytes32 workId, address subject) external view returns (bool);

    /// @notice Whether a live attestation of the person exists.
    function hasIdentity(address subject) external view returns (bool);

    /// @notice Whether the account is a verifier now.
    function isVerifier(address account) external view returns (bool);
}
