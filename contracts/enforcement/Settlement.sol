// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Currency} from "../common/Currency.sol";
import {Pausing} from "../common/Pausing.sol";
import {PullPayments} from "../common/PullPayments.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {IRates} from "../interfaces/IRates.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IVerifierHub} from "../interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title Settlement
contract Settlement is ISettlement, PullPayments, Pausing, EIP712 {
    /// @dev Contracts and terms that never change.
    struct Terms {
        IWorkRegistry registry;
        IVerifierHub verifiers;
        IEvidenceOracle evidence;
        ILicenseLedger licences;
        IRates rates;
        address arbitration;
        address operator;
        uint64 challengeWindow;
        uint64 releaseGrace;
        uint96 bond;
    }

    /// @dev What is known of a work on a site. One slot, written when a case opens: a release costs little then.
    struct Place {
        uint64 lastCase;
        /// @dev Until when no sighting makes a new case.
        uint64 freeFrom;
        uint64 releasedUntil;
    }

    /// @notice Commission out of court, in hundredths of a percent (MISSION A13).
    uint16 public constant COMMISSION_BPS = 3000;
    /// @notice Most commission in court (MISSION A13).
    uint16 public constant MAX_COMMISSION_BPS = 5000;

    bytes32 private constant ASSIGNMENT_TYPEHASH = keccak256(
        "Assignment(bytes32 workId,address assignee,uint64 seenFrom,uint64 seenUntil,uint64 deadline)"
    );
    bytes32 private constant REDUCTION_TYPEHASH = keccak256("Reduction(uint256 caseId,uint48 demand,uint64 deadline)");

    IWorkRegistry public immutable registry;
    IVerifierHub public immutable verifiers;
    IEvidenceOracle public immutable evidence;
    ILicenseLedger public immutable licences;
    IRates public immutable rates;
    /// @notice The panel.
    address public immutable arbitration;
    /// @notice Receives the commission.
    address public immutable operator;
    /// @notice Seconds between a report and the first case on it.
    uint64 public immutable challengeWindow;
    /// @notice Seconds after a payment in which the use may go on: time to take it down or to buy a licence.
    uint64 public immutable releaseGrace;
    /// @notice CPY wei that a claimant leaves per case.
    uint96 public immutable bond;

    mapping(uint256 => Case) private _cases;
    mapping(bytes32 scope => Place) private _places;
    uint64 private _caseCount;

    constructor(
        IERC20 token_,
        Terms memory terms,
        address authority
    ) PullPayments(token_) AccessManaged(authority) EIP712("CopyTrack Settlement", "1") {
        registry = terms.registry;
        verifiers = terms.verifiers;
        evidence = terms.evidence;
        licences = terms.licences;
        rates = terms.rates;
        arbitration = terms.arbitration;
        operator = terms.operator;
        challengeWindow = terms.challengeWindow;
        releaseGrace = terms.releaseGrace;
        bond = terms.bond;
    }

    // --------------------------------------------------------------------------------------------------------- opening

    /// @inheritdoc ISettlement
    function open(Opening calldata opening) external whenNotPaused returns (uint256) {
        return _open(opening, msg.sender);
    }

    /// @inheritdoc ISettlement
    function openAssigned(
        Opening calldata opening,
        Assignment calldata assignment,
        bytes calldata signature
    ) external whenNotPaused returns (uint256) {
        IEvidenceOracle.Item calldata item = opening.item;
        if (assignment.deadline < block.timestamp) revert Expired(assignment.deadline, uint64(block.timestamp));
        if (
            assignment.assignee != msg.sender ||
            assignment.workId != item.workId ||
            item.seenAt < assignment.seenFrom ||
            item.seenAt > assignment.seenUntil
        ) revert OutsideAssignment(item.workId, msg.sender);
        address holder = registry.ownerAt(item.workId, item.seenAt);
        bytes32 structHash = keccak256(
            abi.encode(
                ASSIGNMENT_TYPEHASH,
                assignment.workId,
                assignment.assignee,
                assignment.seenFrom,
                assignment.seenUntil,
                assignment.deadline
            )
        );
        _requireSigned(holder, structHash, signature);
        return _open(opening, holder);
    }

    /// @inheritdoc ISettlement
    function join(
        uint256 caseId,
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof
    ) external whenNotPaused {
        Case storage found = _requireClaimant(caseId);
        _requireAlive(caseId, found);
        if (item.workId != found.workId || item.siteHash != found.siteHash)
            revert OtherUse(caseId, item.workId, item.siteHash);
        _requireSeenAfterBar(_placeOf(item.workId, item.siteHash), item.seenAt);
        bytes32 leaf = _requireProven(root, item, proof);
        _requireNotCovered(item);
        emit ItemJoined(caseId, root, leaf, item.seenAt);
    }

    function _open(Opening calldata opening, address holder) private returns (uint256 caseId) {
        IEvidenceOracle.Item calldata item = opening.item;
        if (opening.demand == 0) revert EmptyDemand();
        if (!Currency.isCode(opening.currency)) revert BadCurrency(opening.currency);
        if (licences.isPlatform(item.siteHash)) revert PlatformSite(item.siteHash);
        bytes32 leaf = _requireProven(opening.root, item, opening.proof);
        _requireEntitled(item, opening.contentHash, holder);
        _requireNotCovered(item);
        caseId = _enter(item);
        _cases[caseId] = Case(
            item.workId,
            item.siteHash,
            msg.sender,
            Stage.Open,
            opening.currency,
            opening.demand,
            COMMISSION_BPS
        );
        emit CaseOpened(
            caseId,
            item.workId,
            item.siteHash,
            msg.sender,
            holder,
            opening.root,
            leaf,
            item.seenAt,
            opening.currency,
            opening.demand
        );
        _take(msg.sender, bond);
    }

    function _enter(IEvidenceOracle.Item calldata item) private returns (uint64 caseId) {
        Place storage place = _placeOf(item.workId, item.siteHash);
        if (_isAlive(_cases[place.lastCase].stage)) revert AlreadyOpen(place.lastCase);
        _requireSeenAfterBar(place, item.seenAt);
        caseId = ++_caseCount;
        place.lastCase = caseId;
    }

    function _requireSeenAfterBar(Place storage place, uint64 seenAt) private view {
        if (seenAt <= place.freeFrom) revert SeenBefore(seenAt, place.freeFrom);
    }

    function _requireProven(
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof
    ) private view returns (bytes32 leaf) {
        uint64 reportedAt;
        IEvidenceOracle.Standing standing;
        (leaf, reportedAt, standing) = evidence.check(root, item, proof);
        uint64 provenAt = reportedAt == 0 ? 0 : reportedAt + challengeWindow;
        if (provenAt == 0 || block.timestamp < provenAt) revert NotProven(root, provenAt);
        if (standing != IEvidenceOracle.Standing.Clear) revert DisputedEvidence(leaf, standing);
    }

    function _requireEntitled(IEvidenceOracle.Item calldata item, bytes32 contentHash, address account) private view {
        (address holder, IWorkRegistry.Standing standing, bytes32 earliest) = registry.entitlement(
            item.workId,
            contentHash,
            item.seenAt
        );
        if (holder != account) revert NotHolder(item.workId, account);
        if (standing != IWorkRegistry.Standing.Clear) revert DisputedRegistration(item.workId);
        // Also refuses a hash that is not this work's.
        if (earliest != item.workId) revert EarlierRegistration(item.workId, earliest);
        if (!verifiers.hasAuthorship(item.workId, holder)) revert NoAuthorship(item.workId, holder);
    }

    function _requireNotCovered(IEvidenceOracle.Item calldata item) private view {
        if (licences.covered(item.workId, item.hostHash, item.siteHash, item.seenAt, item.seenAt))
            revert Covered(item.workId, item.siteHash, item.seenAt);
    }

    // --------------------------------------------------------------------------------------------------- while it is open

    /// @inheritdoc ISettlement
    function lower(uint256 caseId, uint48 demand) external {
        _lower(caseId, _requireClaimant(caseId), demand);
    }

    /// @inheritdoc ISettlement
    function lowerFor(Reduction calldata reduction, bytes calldata signature) external {
        if (reduction.deadline < block.timestamp) revert Expired(reduction.deadline, uint64(block.timestamp));
        Case storage found = _cases[reduction.caseId];
        bytes32 structHash = keccak256(
            abi.encode(REDUCTION_TYPEHASH, reduction.caseId, reduction.demand, reduction.deadline)
        );
        _requireSigned(found.claimant, structHash, signature);
        _lower(reduction.caseId, found, reduction.demand);
    }

    /// @inheritdoc ISettlement
    function recordDecision(uint256 caseId, bytes32 decisionHash, uint16 commissionBps) external {
        Case storage found = _requireClaimant(caseId);
        _requireAlive(caseId, found);
        bool allowed = commissionBps > COMMISSION_BPS && commissionBps <= MAX_COMMISSION_BPS;
        if (!allowed || decisionHash == 0) revert BadCommission(commissionBps);
        found.commissionBps = commissionBps;
        emit DecisionRecorded(caseId, decisionHash, commissionBps);
    }

    function _lower(uint256 caseId, Case storage found, uint48 demand) private {
        _requireAlive(caseId, found);
        if (demand == 0) revert EmptyDemand();
        if (demand >= found.demand) revert NotLower(demand, found.demand);
        found.demand = demand;
        emit DemandLowered(caseId, demand);
    }

    // ---------------------------------------------------------------------------------------------------- how it can end

    /// @inheritdoc ISettlement
    function pay(IRates.Quote calldata quote, bytes[] calldata signatures) external {
        _pay(quote, signatures);
    }

    /// @inheritdoc ISettlement
    function payWithPermit(IRates.Quote calldata quote, bytes[] calldata signatures, Permit calldata permit) external {
        _usePermit(msg.sender, permit);
        _pay(quote, signatures);
    }

    /// @inheritdoc ISettlement
    function close(uint256 caseId) external {
        Case storage found = _requireClaimant(caseId);
        _requireAlive(caseId, found);
        _credit(found.claimant, _freeBond(found.stage));
        found.stage = Stage.Closed;
        _bar(found, uint64(block.timestamp));
        emit CaseClosed(caseId);
    }

    /// @inheritdoc ISettlement
    function refund(uint256 caseId, address to, uint256 amount) external {
        Stage stage = _cases[caseId].stage;
        if (stage != Stage.Settled) revert WrongStage(caseId, stage);
        _credit(to, amount);
        emit CaseRefunded(caseId, msg.sender, to, amount);
        _take(msg.sender, amount);
    }

    /// @inheritdoc ISettlement
    function contested(uint256 caseId) external returns (address) {
        if (msg.sender != arbitration) revert NotArbitration(msg.sender);
        Case storage found = _cases[caseId];
        if (found.stage != Stage.Open) revert WrongStage(caseId, found.stage);
        found.stage = Stage.Contested;
        emit CaseContested(caseId);
        return found.claimant;
    }

    /// @inheritdoc ISettlement
    function decide(uint256 caseId, bool upheld, uint64 barredUntil, bool abusive) external {
        if (msg.sender != arbitration) revert NotArbitration(msg.sender);
        Case storage found = _cases[caseId];
        bool alive = found.stage == Stage.Contested;
        if (alive && upheld) {
            found.stage = Stage.Open;
            emit CaseUpheld(caseId);
            return;
        }
        uint96 burnt = abusive ? bond : 0;
        if (upheld) barredUntil = 0;
        if (alive) {
            if (barredUntil < block.timestamp) barredUntil = uint64(block.timestamp);
            found.stage = Stage.Dismissed;
            emit CaseDismissed(caseId, barredUntil, burnt);
        } else {
            emit EndedCaseDecided(caseId, barredUntil, burnt);
        }
        _bar(found, barredUntil);
        if (!abusive) _credit(found.claimant, bond);
        else ERC20Burnable(address(token)).burn(burnt);
    }

    function _pay(IRates.Quote calldata quote, bytes[] calldata signatures) private {
        uint256 caseId = uint256(quote.subject);
        Case storage found = _cases[caseId];
        _requireAlive(caseId, found);
        rates.requireQuote(quote, bytes32(caseId), found.demand, signatures);

        uint256 commission = (quote.amount * found.commissionBps) / 10_000;
        uint256 returned = _freeBond(found.stage);
        found.stage = Stage.Settled;
        _payOut(found, quote.amount - commission, returned);
        _credit(operator, commission);
        emit CaseSettled(caseId, msg.sender, quote.amount, quote.rate, quote.amount - commission, commission);
        _release(caseId, found.workId, found.siteHash);
        _take(msg.sender, quote.amount);
    }

    function _release(uint256 caseId, bytes32 workId, bytes32 siteHash) private {
        uint64 until = uint64(block.timestamp) + releaseGrace;
        _placeOf(workId, siteHash).releasedUntil = until;
        emit ReleaseGranted(workId, siteHash, caseId, until);
    }

    /// @dev The owner's part goes to the claimant, together with his bond.
    function _payOut(Case storage found, uint256 amount, uint256 returned) private {
        address claimant = found.claimant;
        (address[] memory payees, uint256[] memory parts) = registry.splitOf(found.workId, claimant, amount);
        for (uint256 i; i < payees.length; ++i) {
            if (payees[i] == claimant) (parts[i], returned) = (parts[i] + returned, 0);
            _credit(payees[i], parts[i]);
        }
    }

    /// @dev A contested case keeps its bond until the panel has spoken, however it ends before: nobody saves the bond of
    /// an abuse by withdrawing, or by paying himself.
    function _freeBond(Stage stage) private view returns (uint256) {
        return stage == Stage.Open ? bond : 0;
    }

    /// @dev A bar is never shortened.
    function _bar(Case storage found, uint64 until) private {
        Place storage place = _placeOf(found.workId, found.siteHash);
        if (until > place.freeFrom) place.freeFrom = until;
    }

    function _requireClaimant(uint256 caseId) private view returns (Case storage found) {
        found = _cases[caseId];
        if (found.claimant != msg.sender) revert NotClaimant(caseId, msg.sender);
    }

    function _requireAlive(uint256 caseId, Case storage found) private view {
        Stage stage = found.stage;
        if (!_isAlive(stage)) revert WrongStage(caseId, stage);
    }

    function _isAlive(Stage stage) private pure returns (bool) {
        return stage == Stage.Open || stage == Stage.Contested;
    }

    function _requireSigned(address account, bytes32 structHash, bytes calldata signature) private view {
        if (!SignatureChecker.isValidSignatureNowCalldata(account, _hashTypedDataV4(structHash), signature))
            revert BadSignature(account);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ISettlement
    function caseOf(uint256 caseId) external view returns (Case memory) {
        return _cases[caseId];
    }

    /// @inheritdoc ISettlement
    function openCase(bytes32 workId, bytes32 siteHash) external view returns (uint256) {
        uint256 last = _placeOf(workId, siteHash).lastCase;
        return _isAlive(_cases[last].stage) ? last : 0;
    }

    /// @inheritdoc ISettlement
    function releasedUntil(bytes32 workId, bytes32 siteHash) external view returns (uint64) {
        return _placeOf(workId, siteHash).releasedUntil;
    }

    /// @inheritdoc ISettlement
    function freeFrom(bytes32 workId, bytes32 siteHash) external view returns (uint64) {
        return _placeOf(workId, siteHash).freeFrom;
    }

    function _placeOf(bytes32 workId, bytes32 siteHash) private view returns (Place storage) {
        return _places[keccak256(abi.encode(workId, siteHash))];
    }
}
