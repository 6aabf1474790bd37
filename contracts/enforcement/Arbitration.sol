// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {PullPayments} from "../common/PullPayments.sol";
import {Quorum} from "../common/Quorum.sol";
import {IArbitration} from "../interfaces/IArbitration.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title Arbitration
/// @dev Its quorum is the panel.
contract Arbitration is IArbitration, PullPayments, Quorum, EIP712 {
    /// @dev Contracts and terms that never change.
    struct Terms {
        IWorkRegistry registry;
        IEvidenceOracle evidence;
        ISettlement settlement;
        uint64 challengeWindow;
        uint64 rulingTime;
        uint96 fee;
    }

    bytes32 private constant RULING_TYPEHASH = keccak256(
        "Ruling(uint256 disputeId,uint8 outcome,uint64 barredUntil,bytes32 reasonsHash)"
    );

    IWorkRegistry public immutable registry;
    IEvidenceOracle public immutable evidence;
    ISettlement public immutable settlement;
    /// @notice Seconds after a report in which its items can be challenged.
    uint64 public immutable challengeWindow;
    /// @notice Seconds that the panel has.
    uint64 public immutable rulingTime;
    /// @notice CPY wei that a ruling costs; a stranger leaves as much again as a stake.
    uint96 public immutable fee;

    mapping(uint256 => Dispute) private _disputes;
    mapping(Matter => mapping(bytes32 subject => uint256)) private _pending;
    uint256 private _disputeCount;

    constructor(
        IERC20 token_,
        Terms memory terms,
        address authority
    ) PullPayments(token_) AccessManaged(authority) EIP712("CopyTrack Arbitration", "1") {
        bool complete = address(terms.registry) != address(0) && address(terms.evidence) != address(0);
        complete = complete && address(terms.settlement) != address(0) && terms.fee != 0;
        if (!complete || terms.challengeWindow == 0 || terms.rulingTime == 0) revert BadTerms();
        registry = terms.registry;
        evidence = terms.evidence;
        settlement = terms.settlement;
        challengeWindow = terms.challengeWindow;
        rulingTime = terms.rulingTime;
        fee = terms.fee;
    }

    // -------------------------------------------------------------------------------------------------------- raising

    /// @inheritdoc IArbitration
    function disputeRegistration(
        address owner,
        bytes32 contentHash,
        bytes32 reasonsHash
    ) external returns (uint256 disputeId) {
        bytes32 workId = registry.workIdOf(owner, contentHash);
        if (registry.work(workId).standing == IWorkRegistry.Standing.Rejected) revert NothingToDispute(workId);
        address respondent = registry.ownerAt(workId, uint64(block.timestamp));
        disputeId = _raise(Matter.Registration, workId, contentHash, respondent, reasonsHash, fee * 2);
        registry.setStanding(workId, contentHash, IWorkRegistry.Standing.Disputed);
    }

    /// @inheritdoc IArbitration
    function challengeEvidence(
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof,
        bytes32 reasonsHash
    ) external returns (uint256 disputeId) {
        (bytes32 leaf, uint64 reportedAt, IEvidenceOracle.Standing standing) = evidence.check(root, item, proof);
        if (reportedAt == 0 || standing == IEvidenceOracle.Standing.Rejected) revert NothingToDispute(leaf);
        if (block.timestamp >= reportedAt + challengeWindow) revert WindowOver(reportedAt + challengeWindow);
        address respondent = registry.ownerAt(item.workId, item.seenAt);
        disputeId = _raise(Matter.Evidence, leaf, 0, respondent, reasonsHash, fee * 2);
        evidence.setStanding(leaf, IEvidenceOracle.Standing.Challenged);
    }

    /// @inheritdoc IArbitration
    function contest(uint256 caseId, bytes32 reasonsHash) external returns (uint256 disputeId) {
        address claimant = settlement.contested(caseId);
        uint96 deposit = msg.sender == settlement.operator() ? fee : fee * 2;
        return _raise(Matter.Case, bytes32(caseId), 0, claimant, reasonsHash, deposit);
    }

    function _raise(
        Matter matter,
        bytes32 subject,
        bytes32 contentHash,
        address respondent,
        bytes32 reasonsHash,
        uint96 deposit
    ) private returns (uint256 disputeId) {
        if (reasonsHash == 0) revert EmptyReasons();
        disputeId = _pending[matter][subject];
        if (disputeId != 0) revert Pending(disputeId);
        disputeId = ++_disputeCount;
        _pending[matter][subject] = disputeId;
        uint64 deadline = uint64(block.timestamp) + rulingTime;
        _disputes[disputeId] = Dispute(
            subject,
            contentHash,
            msg.sender,
            matter,
            Outcome.None,
            deadline,
            respondent,
            deposit
        );
        emit DisputeRaised(disputeId, matter, subject, msg.sender, respondent, reasonsHash, deadline, deposit);
        _take(msg.sender, deposit);
    }

    // ------------------------------------------------------------------------------------------------------- deciding

    /// @inheritdoc IArbitration
    function rule(Ruling calldata ruling, bytes[] calldata signatures) external {
        Dispute storage found = _requirePending(ruling.disputeId);
        if (block.timestamp > found.deadline) revert TooLate(found.deadline);
        bool possible =
            ruling.outcome != Outcome.None && (ruling.outcome != Outcome.Abuse || found.matter == Matter.Case);
        if (!possible) revert BadOutcome(ruling.outcome);
        address[] memory panel = _requireQuorum(rulingDigest(ruling), signatures);
        uint256 stake = found.deposit - fee;
        _decide(found, ruling.outcome, ruling.barredUntil);
        emit DisputeRuled(ruling.disputeId, ruling.outcome, ruling.barredUntil, ruling.reasonsHash, panel);
        // What does not divide is the first one's.
        for (uint256 i; i < panel.length; ++i)
            _credit(panel[i], fee / panel.length + (i == 0 ? fee % panel.length : 0));
        _credit(ruling.outcome == Outcome.Refused ? found.respondent : found.challenger, stake);
    }

    /// @inheritdoc IArbitration
    function lapse(uint256 disputeId) external {
        Dispute storage found = _requirePending(disputeId);
        if (block.timestamp <= found.deadline) revert TooEarly(found.deadline);
        // Who relies on evidence or claims money loses by default; a registration is not lost by a silent panel.
        Outcome outcome = found.matter == Matter.Registration ? Outcome.Refused : Outcome.Sustained;
        uint256 deposit = found.deposit;
        _decide(found, outcome, 0);
        emit DisputeLapsed(disputeId, outcome);
        _credit(found.challenger, deposit);
    }

    function _decide(Dispute storage found, Outcome outcome, uint64 barredUntil) private {
        bytes32 subject = found.subject;
        bool falls = outcome != Outcome.Refused;
        found.outcome = outcome;
        found.deposit = 0;
        delete _pending[found.matter][subject];
        if (found.matter == Matter.Registration) {
            IWorkRegistry.Standing standing = falls ? IWorkRegistry.Standing.Rejected : IWorkRegistry.Standing.Clear;
            registry.setStanding(subject, found.contentHash, standing);
        } else if (found.matter == Matter.Evidence) {
            IEvidenceOracle.Standing standing =
                falls ? IEvidenceOracle.Standing.Rejected : IEvidenceOracle.Standing.Clear;
            evidence.setStanding(subject, standing);
        } else {
            settlement.decide(uint256(subject), !falls, barredUntil, outcome == Outcome.Abuse);
        }
    }

    function _requirePending(uint256 disputeId) private view returns (Dispute storage found) {
        found = _disputes[disputeId];
        if (found.challenger == address(0) || found.outcome != Outcome.None) revert NotPending(disputeId);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IArbitration
    function disputeOf(uint256 disputeId) external view returns (Dispute memory) {
        return _disputes[disputeId];
    }

    /// @inheritdoc IArbitration
    function pendingOf(Matter matter, bytes32 subject) external view returns (uint256) {
        return _pending[matter][subject];
    }

    /// @inheritdoc IArbitration
    function rulingDigest(Ruling calldata ruling) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        RULING_TYPEHASH,
                        ruling.disputeId,
                        ruling.outcome,
                        ruling.barredUntil,
                        ruling.reasonsHash
                    )
                )
            );
    }
}
