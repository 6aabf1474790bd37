// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {PullPayments} from "../common/PullPayments.sol";
import {Quorum} from "../common/Quorum.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IVerifierHub} from "../interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title Settlement
/// @dev Its quorum is the set of rate signers.
contract Settlement is ISettlement, PullPayments, Quorum, EIP712 {
    using SafeERC20 for IERC20;

    /// @dev Contracts and terms that never change.
    struct Terms {
        IWorkRegistry registry;
        IVerifierHub verifiers;
        IEvidenceOracle evidence;
        ILicenseLedger licences;
        address operator;
        uint64 challengeWindow;
        uint64 releaseGrace;
        uint128 bond;
    }

    /// @notice Commission out of court, in hundredths of a percent (MISSION A13).
    uint256 public constant COMMISSION_BPS = 3000;
    /// @notice Longest time ahead for which a quote may be valid, in seconds.
    uint64 public constant MAX_QUOTE_SECONDS = 15 minutes;

    bytes32 private constant QUOTE_TYPEHASH = keccak256(
        "Quote(uint256 caseId,uint256 rate,uint256 amount,uint64 validUntil)"
    );

    IWorkRegistry public immutable registry;
    IVerifierHub public immutable verifiers;
    IEvidenceOracle public immutable evidence;
    ILicenseLedger public immutable licences;
    /// @notice Receives the commission.
    address public immutable operator;
    /// @notice Seconds between a report and the first case on it.
    uint64 public immutable challengeWindow;
    /// @notice Seconds after a payment in which the use may go on: time to take it down or to buy a licence.
    uint64 public immutable releaseGrace;
    /// @notice CPY wei that a claimant leaves per case.
    uint128 public immutable bond;

    mapping(uint256 => Case) private _cases;
    mapping(bytes32 scope => uint256) private _openCase;
    uint256 private _caseCount;

    constructor(
        IERC20 token_,
        Terms memory terms,
        address authority
    ) PullPayments(token_) AccessManaged(authority) EIP712("CopyTrack Settlement", "1") {
        registry = terms.registry;
        verifiers = terms.verifiers;
        evidence = terms.evidence;
        licences = terms.licences;
        operator = terms.operator;
        challengeWindow = terms.challengeWindow;
        releaseGrace = terms.releaseGrace;
        bond = terms.bond;
    }

    // -------------------------------------------------------------------------------------------------- life of a case

    /// @inheritdoc ISettlement
    function open(Opening calldata opening) external returns (uint256 caseId) {
        IEvidenceOracle.Item calldata item = opening.item;
        if (opening.demand == 0) revert EmptyDemand();
        _requireCurrency(opening.currency);
        if (licences.isPlatform(item.siteHash)) revert PlatformSite(item.siteHash);
        _requireProven(opening);
        _requireEntitled(item, opening.contentHash);
        if (licences.covered(item.workId, item.hostHash, item.siteHash, item.seenAt, item.seenAt))
            revert Covered(item.workId, item.siteHash, item.seenAt);
        bytes32 scope = _scope(item.workId, item.siteHash);
        if (_openCase[scope] != 0) revert AlreadyOpen(_openCase[scope]);

        caseId = ++_caseCount;
        _openCase[scope] = caseId;
        _cases[caseId] = Case(
            item.workId,
            item.siteHash,
            msg.sender,
            Stage.Open,
            item.seenAt,
            opening.currency,
            opening.demand,
            bond
        );
        emit CaseOpened(
            caseId,
            item.workId,
            item.siteHash,
            msg.sender,
            opening.root,
            evidence.leafOf(item),
            item.seenAt,
            opening.currency,
            opening.demand
        );
        if (bond != 0) {
            totalOwed += bond;
            token.safeTransferFrom(msg.sender, address(this), bond);
        }
    }

    /// @inheritdoc ISettlement
    function pay(Quote calldata quote, bytes[] calldata signatures) external {
        Case storage found = _cases[quote.caseId];
        if (found.stage != Stage.Open) revert WrongStage(quote.caseId, found.stage);
        uint64 nowAt = uint64(block.timestamp);
        if (quote.validUntil < nowAt) revert StaleQuote(quote.validUntil, nowAt);
        if (quote.validUntil > nowAt + MAX_QUOTE_SECONDS)
            revert QuoteTooLong(quote.validUntil, nowAt + MAX_QUOTE_SECONDS);
        uint256 expected = found.demand * quote.rate;
        if (quote.amount == 0 || quote.amount != expected) revert WrongAmount(quote.amount, expected);
        _requireQuorum(quoteDigest(quote), signatures);

        address claimant = found.claimant;
        uint256 commission = (quote.amount * COMMISSION_BPS) / 10_000;
        uint64 releasedUntil = nowAt + releaseGrace;
        _end(found, Stage.Settled);
        _credit(claimant, quote.amount - commission);
        _credit(operator, commission);
        emit CaseSettled(
            quote.caseId,
            msg.sender,
            quote.amount,
            quote.rate,
            quote.amount - commission,
            commission,
            releasedUntil
        );
        // From the beginning: whatever was seen on this site before the payment is paid with it.
        licences.grantRelease(found.workId, found.siteHash, 0, releasedUntil);
        token.safeTransferFrom(msg.sender, address(this), quote.amount);
    }

    /// @inheritdoc ISettlement
    function close(uint256 caseId) external {
        Case storage found = _cases[caseId];
        if (found.stage != Stage.Open) revert WrongStage(caseId, found.stage);
        if (found.claimant != msg.sender) revert NotClaimant(caseId, msg.sender);
        _end(found, Stage.Closed);
        emit CaseClosed(caseId);
    }

    /// @dev Frees the place for a later case and makes the bond the claimant's again.
    function _end(Case storage found, Stage stage) private {
        uint256 held = found.bond;
        found.stage = stage;
        found.bond = 0;
        delete _openCase[_scope(found.workId, found.siteHash)];
        if (held != 0) {
            totalOwed -= held;
            _credit(found.claimant, held);
        }
    }

    /// @dev Three capital letters, as ISO 4217 codes are.
    function _requireCurrency(bytes3 currency) private pure {
        for (uint256 i; i < 3; ++i) {
            if (currency[i] < "A" || currency[i] > "Z") revert BadCurrency(currency);
        }
    }

    function _requireProven(Opening calldata opening) private view {
        uint64 reportedAt = evidence.receipt(opening.root).reportedAt;
        bool proven = evidence.proves(opening.root, opening.item, opening.proof);
        if (!proven || block.timestamp < reportedAt + challengeWindow)
            revert NotProven(opening.root, proven ? reportedAt + challengeWindow : 0);
    }

    function _requireEntitled(IEvidenceOracle.Item calldata item, bytes32 contentHash) private view {
        if (!registry.heldAt(item.workId, msg.sender, item.seenAt)) revert NotHolder(item.workId, msg.sender);
        if (!verifiers.hasAuthorship(item.workId, msg.sender)) revert NoAuthorship(item.workId, msg.sender);
        bytes32 earliest = registry.earliestOf(contentHash);
        if (earliest != item.workId) revert EarlierRegistration(item.workId, earliest);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ISettlement
    function caseOf(uint256 caseId) external view returns (Case memory) {
        return _cases[caseId];
    }

    /// @inheritdoc ISettlement
    function openCase(bytes32 workId, bytes32 siteHash) external view returns (uint256) {
        return _openCase[_scope(workId, siteHash)];
    }

    /// @inheritdoc ISettlement
    function quoteDigest(Quote calldata quote) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(abi.encode(QUOTE_TYPEHASH, quote.caseId, quote.rate, quote.amount, quote.validUntil))
            );
    }

    function _scope(bytes32 workId, bytes32 siteHash) private pure returns (bytes32) {
        return keccak256(abi.encode(workId, siteHash));
    }
}
