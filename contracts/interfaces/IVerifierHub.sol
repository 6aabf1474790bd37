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

    /// @notice `Authorship` of many works at once: all under the root.
    struct Authorships {
        /// @dev Root of a tree over `authorshipLeaf`, pairs sorted.
        bytes32 root;
        address subject;
        bytes32 evidenceHash;
        uint64 issuedAt;
        uint64 expiresAt;
    }

    /// @notice What a work's id is the hash of.
    struct Origin {
        /// @dev First owner.
        address owner;
        bytes32 contentHash;
    }

    /// @notice A work under the root of `Authorships`.
    struct Listed {
        bytes32 workId;
        Origin origin;
        bytes32[] proof;
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

    /// @notice This owner and content do not make this work.
    error WrongOrigin(bytes32 workId);
    /// @notice The proof does not lead from this work to the root.
    error NotListed(bytes32 root, bytes32 workId);
    /// @notice No more verifiers at once: all of them are asked for each case.
    error TooManyVerifiers(uint256 most);
    /// @notice As many registrations of this content as there is room for are attested and alive.
    error TooManyRegistrations(bytes32 contentHash);
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
    /// @param origin First owner and content of the work, whose hash its id is.
    function attest(
        Authorship calldata statement,
        Origin calldata origin,
        address verifier,
        bytes calldata signature
    ) external;

    /// @notice Record attestations of works under a root that a verifier signed once (EIP-712; EIP-1271 for contracts). The
    /// signature holds for all of them, also for those that are brought later; those that are known already are passed over.
    function attestMany(
        Authorships calldata statement,
        Listed[] calldata works,
        address verifier,
        bytes calldata signature
    ) external;

    /// @notice Record that a verifier knows a person (EIP-712; EIP-1271 for contracts).
    function attestIdentity(Identity calldata statement, address verifier, bytes calldata signature) external;

    /// @notice Take back what the caller attested until now, even what nobody brought on-chain yet. Only a verifier, or
    /// who was one when his attestation was recorded.
    /// @param workId 0 for the attestation of a person.
    function revoke(bytes32 workId, address subject) external;

    /// @notice Since when a live attestation of authorship stands, and which registrations of the content were ever
    /// attested, in one call.
    /// @return since Unix seconds; 0 if none is live.
    /// @return registrations Works, at most 16, in no order; some may have lost their attestation since.
    function authorship(
        bytes32 workId,
        address subject,
        bytes32 contentHash
    ) external view returns (uint64 since, bytes32[] memory registrations);

    /// @notice What one verifier attested: when it was issued and until when it counts; zero if revoked.
    function attestationOf(
        bytes32 workId,
        address subject,
        address verifier
    ) external view returns (uint64 issuedAt, uint64 expiresAt);

    /// @notice Leaf of a tree of works: a double keccak256, so that no inner node can pass for a work.
    function authorshipLeaf(bytes32 workId) external pure returns (bytes32);

    /// @notice Whether a live attestation of authorship exists.
    function hasAuthorship(bytes32 workId, address subject) external view returns (bool);

    /// @notice Whether a live attestation of the person exists.
    function hasIdentity(address subject) external view returns (bool);

    /// @notice Whether the account is a verifier now.
    function isVerifier(address account) external view returns (bool);
}
