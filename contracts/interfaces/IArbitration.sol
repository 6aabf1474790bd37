// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEvidenceOracle} from "./IEvidenceOracle.sol";

/// @title One panel for disputed registrations, challenged evidence and contested cases
/// @notice A dispute costs a flat fee, which the panel earns by ruling in time, whatever it rules. A stranger who raises
/// one leaves the fee again as a stake: it comes back if he is right and goes to the other side if not. The operator
/// brings an image user's contest and bears its fee: image users contest free of charge.
interface IArbitration {
    enum Matter {
        Registration,
        Evidence,
        Case
    }

    enum Outcome {
        None,
        /// @dev The challenger is right: registration or evidence falls, the case is dismissed.
        Sustained,
        /// @dev The challenger is wrong.
        Refused,
        /// @dev As Sustained, and the case was an abuse: the claimant's bond is burnt.
        Abuse
    }

    struct Dispute {
        /// @dev Work, leaf, or number of the case.
        bytes32 subject;
        /// @dev Content hash of a disputed registration; else 0.
        bytes32 contentHash;
        address challenger;
        Matter matter;
        Outcome outcome;
        /// @dev Unix seconds until which the panel can rule.
        uint64 deadline;
        address respondent;
        /// @dev CPY wei that the challenger left.
        uint96 deposit;
    }

    struct Ruling {
        uint256 disputeId;
        Outcome outcome;
        /// @dev For a dismissed case: no new one with a sighting up to this time.
        uint64 barredUntil;
        /// @dev sha256 of the reasons.
        bytes32 reasonsHash;
    }

    event DisputeRaised(
        uint256 indexed disputeId,
        Matter indexed matter,
        bytes32 indexed subject,
        address challenger,
        address respondent,
        bytes32 reasonsHash,
        uint64 deadline,
        uint96 deposit
    );
    event DisputeRuled(
        uint256 indexed disputeId,
        Outcome outcome,
        uint64 barredUntil,
        bytes32 reasonsHash,
        address[] panel
    );
    /// @notice The panel missed its deadline; the outcome is the default.
    event DisputeLapsed(uint256 indexed disputeId, Outcome outcome);

    /// @notice Some term of the contract is missing.
    error BadTerms();
    /// @notice A dispute of this is pending.
    error Pending(uint256 disputeId);
    /// @notice There is nothing to dispute: unknown, or disputed and rejected already.
    error NothingToDispute(bytes32 subject);
    /// @notice Evidence is challenged before its window ends.
    error WindowOver(uint64 until);
    /// @notice Reasons are given by their hash.
    error EmptyReasons();
    /// @notice The dispute was decided, or never raised.
    error NotPending(uint256 disputeId);
    /// @notice The panel's time is over: the default applies.
    error TooLate(uint64 deadline);
    /// @notice The panel still has time.
    error TooEarly(uint64 deadline);
    /// @notice A ruling sustains or refuses; abuse is found in cases only.
    error BadOutcome(Outcome outcome);

    /// @notice Dispute a registration. Takes fee and stake. By default, the registration stands.
    /// @param owner First owner of the work, as it stands in its id.
    function disputeRegistration(
        address owner,
        bytes32 contentHash,
        bytes32 reasonsHash
    ) external returns (uint256 disputeId);

    /// @notice Challenge a reported item before its window is over. Takes fee and stake. By default, the item falls.
    function challengeEvidence(
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof,
        bytes32 reasonsHash
    ) external returns (uint256 disputeId);

    /// @notice Contest an open case. Takes fee and stake; from the operator, who brings it for the image user, the fee.
    /// By default, the case is dismissed.
    function contest(uint256 caseId, bytes32 reasonsHash) external returns (uint256 disputeId);

    /// @notice Carry out a ruling that enough members of the panel signed (EIP-712), in ascending order of their
    /// addresses. They share the fee.
    function rule(Ruling calldata ruling, bytes[] calldata signatures) external;

    /// @notice Carry out the default after the deadline. Anybody. The deposit goes back whole.
    function lapse(uint256 disputeId) external;

    /// @notice A dispute; challenger zero for an unknown one.
    function disputeOf(uint256 disputeId) external view returns (Dispute memory);

    /// @notice Number of the pending dispute; 0 if there is none.
    function pendingOf(Matter matter, bytes32 subject) external view returns (uint256);

    /// @notice EIP-712 digest that members of the panel sign.
    function rulingDigest(Ruling calldata ruling) external view returns (bytes32);
}
