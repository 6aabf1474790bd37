// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Cancellation} from "../common/Cancellation.sol";
import {Currency} from "../common/Currency.sol";
import {Pausing} from "../common/Pausing.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";
import {IRates} from "../interfaces/IRates.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";
import {Claims} from "./Claims.sol";

/// @title Settlement
contract Settlement is Claims, Pausing, Cancellation, EIP712 {
    /// @notice Commission out of court, in hundredths of a percent (docs/decisions/007-commission.md).
    uint16 public constant COMMISSION_BPS = 3000;
    /// @notice Most commission in court (docs/decisions/007-commission.md).
    uint16 public constant MAX_COMMISSION_BPS = 5000;

    bytes32 private constant ASSIGNMENT_TYPEHASH = keccak256(
        "Assignment(bytes32 workId,address assignee,uint64 seenFrom,uint64 seenUntil,uint256 epoch,uint64 deadline)"
    );
    bytes32 private constant REDUCTION_TYPEHASH = keccak256(
        "Reduction(uint256 caseId,uint48 demand,uint256 epoch,uint64 deadline)"
    );

    IRates public immutable rates;
    /// @notice The panel.
    address public immutable arbitration;
    /// @inheritdoc ISettlement
    address public operator;
    /// @notice Seconds after a payment in which the use may go on: time to take it down or to buy a licence.
    uint64 public immutable releaseGrace;
    /// @notice CPY wei that a claimant leaves per case.
    uint96 public immutable bond;

    uint64 private _caseCount;

    constructor(
        IERC20 token_,
        Terms memory terms,
        address authority
    ) Claims(token_, terms) AccessManaged(authority) EIP712("CopyTrack Settlement", "1") {
        bool complete = address(terms.rates) != address(0) && terms.arbitration != address(0);
        if (!complete || terms.releaseGrace == 0 || terms.bond == 0) revert BadTerms();
        rates = terms.rates;
        arbitration = terms.arbitration;
        _setOperator(terms.operator);
        releaseGrace = terms.releaseGrace;
        bond = terms.bond;
    }

    /// @inheritdoc ISettlement
    function setOperator(address newOperator) external restricted {
        _setOperator(newOperator);
    }

    function _setOperator(address operator_) private {
        if (operator_ == address(0)) revert BadTerms();
        operator = operator_;
        emit OperatorSet(operator_);
    }

    // --------------------------------------------------------------------------------------------------------- opening

    /// @inheritdoc ISettlement
    function open(Opening calldata opening) external whenNotPaused returns (uint256) {
        (address holder, address owner, IWorkRegistry.Work memory work) = _holderOf(opening.item);
        if (holder != msg.sender) revert NotHolder(opening.item.workId, msg.sender);
        if (owner != holder) revert CertificateSold(opening.item.workId, owner);
        return _open(opening, holder, work.registeredAt);
    }

    /// @inheritdoc ISettlement
    function openAssigned(
        Opening calldata opening,
        Assignment calldata assignment,
        bytes[] calldata signatures
    ) external whenNotPaused returns (uint256) {
        IEvidenceOracle.Item calldata item = opening.item;
        _requireInTime(assignment.deadline);
        if (
            assignment.assignee != msg.sender ||
            assignment.workId != item.workId ||
            item.seenAt < assignment.seenFrom ||
            item.seenAt > assignment.seenUntil
        ) revert OutsideAssignment(item.workId, msg.sender);
        (address holder, address owner, IWorkRegistry.Work memory work) = _holderOf(item);
        uint256 given;
        if (holder != msg.sender) _requireAssigned(holder, assignment, signatures, given++);
        if (owner != msg.sender && owner != holder) _requireAssigned(owner, assignment, signatures, given);
        return _open(opening, holder, work.registeredAt);
    }

    /// @inheritdoc ISettlement
    function join(
        uint256 caseId,
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof,
        bytes32 contentHash
    ) external whenNotPaused {
        Case storage found = _requireClaimant(caseId);
        _requireAlive(caseId, found);
        if (item.workId != found.workId || item.siteHash != found.siteHash)
            revert OtherUse(caseId, item.workId, item.siteHash);
        address holder = _requireJoins(item, contentHash);
        bytes32 leaf = _requireProven(root, item, proof);
        _claimUse(item, holder, uint64(caseId));
        emit ItemJoined(caseId, root, leaf, item.seenAt);
    }

    function _open(Opening calldata opening, address holder, uint64 registeredAt) private returns (uint64 caseId) {
        IEvidenceOracle.Item calldata item = opening.item;
        if (opening.demand == 0) revert EmptyDemand();
        if (!Currency.isCode(opening.currency)) revert BadCurrency(opening.currency);
        if (licences.isPlatform(item.siteHash)) revert PlatformSite(item.siteHash);
        bytes32 leaf = _requireProven(opening.root, item, opening.proof);
        _requireFirst(item, opening.contentHash, holder, registeredAt);
        _requireNotCovered(item);
        caseId = ++_caseCount;
        _enter(item, caseId);
        _claimUse(item, holder, caseId);
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

    function _requireAssigned(
        address account,
        Assignment calldata assignment,
        bytes[] calldata signatures,
        uint256 place
    ) private view {
        if (place >= signatures.length) revert BadSignature(account);
        bytes32 structHash = keccak256(
            abi.encode(
                ASSIGNMENT_TYPEHASH,
                assignment.workId,
                assignment.assignee,
                assignment.seenFrom,
                assignment.seenUntil,
                epochOf[account],
                assignment.deadline
            )
        );
        _requireSigned(account, structHash, signatures[place]);
    }

    // --------------------------------------------------------------------------------------------------- while it is open

    /// @inheritdoc ISettlement
    function lower(uint256 caseId, uint48 demand) external {
        _lower(caseId, _requireClaimant(caseId), demand);
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
    function payReduced(
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        Permit calldata permit,
        Reduction calldata reduction,
        bytes calldata consent
    ) external {
        _requireInTime(reduction.deadline);
        Case storage found = _cases[reduction.caseId];
        bytes32 structHash = keccak256(
            abi.encode(
                REDUCTION_TYPEHASH,
                reduction.caseId,
                reduction.demand,
                epochOf[found.claimant],
                reduction.deadline
            )
        );
        _requireSigned(found.claimant, structHash, consent);
        if (permit.value != 0) _usePermit(msg.sender, permit);
        _lower(reduction.caseId, found, reduction.demand);
        _pay(quote, signatures);
    }

    /// @inheritdoc ISettlement
    function close(uint256 caseId) external {
        Case storage found = _cases[caseId];
        // A registration that the panel rejected collects nothing: anybody may end its cases.
        if (found.claimant != msg.sender && !_isRejected(found.workId)) revert NotClaimant(caseId, msg.sender);
        _requireAlive(caseId, found);
        _credit(found.claimant, _freeBond(found.stage));
        found.stage = Stage.Closed;
        _bar(found.workId, found.siteHash, uint64(block.timestamp));
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
            _dismissBarred(found.workId, found.siteHash, barredUntil);
        }
        _bar(found.workId, found.siteHash, barredUntil);
        if (!abusive) _credit(found.claimant, bond);
        else ERC20Burnable(address(token)).burn(burnt);
    }

    function _pay(IRates.Quote calldata quote, bytes[] calldata signatures) private {
        uint256 caseId = uint256(quote.subject);
        Case storage found = _cases[caseId];
        _requireAlive(caseId, found);
        if (_isRejected(found.workId)) revert DisputedRegistration(found.workId);
        rates.requireQuote(quote, bytes32(caseId), found.demand, signatures);

        uint256 commission = (quote.amount * found.commissionBps) / 10_000;
        uint256 returned = _freeBond(found.stage);
        found.stage = Stage.Settled;
        _credit(found.claimant, _share(found.workId, quote.amount - commission) + returned);
        _credit(operator, commission);
        emit CaseSettled(caseId, msg.sender, quote.amount, quote.rate, quote.amount - commission, commission);
        _release(caseId, found.workId, found.siteHash);
        _take(msg.sender, quote.amount);
    }

    /// @dev After a case had ended, another one was opened on a use that the panel has freed now. One that is before the
    /// panel itself waits for its own ruling.
    function _dismissBarred(bytes32 workId, bytes32 siteHash, uint64 barredUntil) private {
        Place storage place = _placeOf(workId, siteHash);
        Case storage later = _cases[place.lastCase];
        if (later.stage != Stage.Open || place.seenAt > barredUntil) return;
        later.stage = Stage.Dismissed;
        emit CaseDismissed(place.lastCase, barredUntil, 0);
        _credit(later.claimant, bond);
    }

    function _release(uint256 caseId, bytes32 workId, bytes32 siteHash) private {
        uint64 until = uint64(block.timestamp) + releaseGrace;
        _placeOf(workId, siteHash).releasedUntil = until;
        emit ReleaseGranted(workId, siteHash, caseId, until);
    }

    /// @dev A contested case keeps its bond until the panel has spoken, however it ends before: nobody saves the bond of
    /// an abuse by withdrawing, or by paying himself.
    function _freeBond(Stage stage) private view returns (uint256) {
        return stage == Stage.Open ? bond : 0;
    }

    function _requireClaimant(uint256 caseId) private view returns (Case storage found) {
        found = _cases[caseId];
        if (found.claimant != msg.sender) revert NotClaimant(caseId, msg.sender);
    }

    function _requireAlive(uint256 caseId, Case storage found) private view {
        Stage stage = found.stage;
        if (!_isAlive(stage)) revert WrongStage(caseId, stage);
    }

    function _isRejected(bytes32 workId) private view returns (bool) {
        return workId != 0 && registry.work(workId).standing == IWorkRegistry.Standing.Rejected;
    }

    function _requireInTime(uint64 deadline) private view {
        if (deadline < block.timestamp) revert Expired(deadline, uint64(block.timestamp));
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
}
