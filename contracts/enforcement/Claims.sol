// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Income} from "../common/Income.sol";
import {IEvidenceOracle} from "../interfaces/IEvidenceOracle.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {IRates} from "../interfaces/IRates.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IVerifierHub} from "../interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";

/// @title Which uses may be claimed, and by whom
/// @dev The part of Settlement that stands between a sighting and a case.
abstract contract Claims is ISettlement, Income {
    /// @dev Contracts and terms; only the operator can change.
    struct Terms {
        IWorkRegistry registry;
        IVerifierHub verifiers;
        IEvidenceOracle evidence;
        ILicenseLedger licences;
        IRates rates;
        ISettlement earlier;
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
        /// @dev When the use was seen on which the last case was opened.
        uint64 seenAt;
    }

    IVerifierHub public immutable verifiers;
    IEvidenceOracle public immutable evidence;
    ILicenseLedger public immutable licences;
    /// @notice The version before this one, whose cases still count; zero for the first.
    ISettlement public immutable earlier;
    /// @notice Seconds between a report and the first case on it.
    uint64 public immutable challengeWindow;

    mapping(uint256 => Case) internal _cases;
    mapping(bytes32 scope => Place) private _places;
    /// @dev Last case of a holder on one picture of one page, whichever of their works was named.
    mapping(bytes32 use => uint64 caseId) private _uses;

    constructor(IERC20 token_, Terms memory terms) Income(token_, terms.registry) {
        bool complete = address(terms.registry) != address(0) && address(terms.verifiers) != address(0);
        complete = complete && address(terms.evidence) != address(0) && address(terms.licences) != address(0);
        if (!complete || terms.challengeWindow == 0) revert BadTerms();
        verifiers = terms.verifiers;
        evidence = terms.evidence;
        licences = terms.licences;
        earlier = terms.earlier;
        challengeWindow = terms.challengeWindow;
    }

    function _requireProven(
        bytes32 root,
        IEvidenceOracle.Item calldata item,
        bytes32[] calldata proof
    ) internal view returns (bytes32 leaf) {
        uint64 reportedAt;
        IEvidenceOracle.Standing standing;
        (leaf, reportedAt, standing) = evidence.check(root, item, proof);
        uint64 provenAt = reportedAt == 0 ? 0 : reportedAt + challengeWindow;
        if (provenAt == 0 || block.timestamp < provenAt) revert NotProven(root, provenAt);
        if (standing != IEvidenceOracle.Standing.Clear) revert DisputedEvidence(leaf, standing);
    }

    /// @dev The holder is whoever owned the rights when the use was seen; what they earn is theirs. Once the certificate
    /// is sold, the owner has to agree: a settlement releases uses that go on.
    function _holderOf(
        IEvidenceOracle.Item calldata item
    ) internal view returns (address holder, address owner, IWorkRegistry.Work memory work) {
        (holder, owner, work) = registry.entitlement(item.workId, item.seenAt);
        if (work.standing != IWorkRegistry.Standing.Clear) revert DisputedRegistration(item.workId);
    }

    /// @dev The registration is attested, and the first of its content among those that are.
    function _requireFirst(
        IEvidenceOracle.Item calldata item,
        bytes32 contentHash,
        address holder,
        uint64 registeredAt
    ) internal view {
        (uint64 since, bytes32[] memory registrations) = verifiers.authorship(item.workId, holder, contentHash);
        if (since == 0) revert NoAuthorship(item.workId, holder);
        bool named;
        for (uint256 i; i < registrations.length; ++i) {
            // Of two in one second, the one that was attested first.
            if (registrations[i] == item.workId) named = true;
            else _requireBefore(item, registrations[i], named ? registeredAt : registeredAt + 1, since);
        }
        if (!named) revert OtherContent(item.workId, contentHash);
    }

    /// @dev Of another attested registration of the content: it is not earlier, and whoever took a licence from it while
    /// it was the only one that was known keeps it.
    /// @param end Second from which on a registration is later.
    function _requireBefore(IEvidenceOracle.Item calldata item, bytes32 other, uint64 end, uint64 since) private view {
        (, address owner, IWorkRegistry.Work memory found) = registry.entitlement(other, item.seenAt);
        if (found.standing == IWorkRegistry.Standing.Rejected) return;
        if (found.registeredAt < end && verifiers.hasAuthorship(other, owner))
            revert EarlierRegistration(item.workId, other);
        uint64 known = uint64(Math.min(since, item.seenAt));
        if (licences.covered(other, item.hostHash, item.siteHash, known, item.seenAt))
            revert Covered(other, item.siteHash, item.seenAt);
    }

    function _requireNotCovered(IEvidenceOracle.Item calldata item) internal view {
        if (licences.covered(item.workId, item.hostHash, item.siteHash, item.seenAt, item.seenAt))
            revert Covered(item.workId, item.siteHash, item.seenAt);
    }

    // ----------------------------------------------------------------------------------------- one case per use

    /// @dev The place of a new case: none lives there, and the use was seen after the last one ended.
    function _enter(IEvidenceOracle.Item calldata item, uint64 caseId) internal {
        Place storage place = _placeOf(item.workId, item.siteHash);
        if (_isAlive(_cases[place.lastCase].stage)) revert AlreadyOpen(place.lastCase);
        _requireSeenAfter(item.seenAt, place.freeFrom);
        if (address(earlier) != address(0)) {
            uint256 other = earlier.openCase(item.workId, item.siteHash);
            if (other != 0) revert AlreadyOpen(other);
            _requireSeenAfter(item.seenAt, earlier.freeFrom(item.workId, item.siteHash));
        }
        (place.lastCase, place.seenAt) = (caseId, item.seenAt);
    }

    /// @dev A use is a picture on a page. Two works of one holder that both are in it, as two crops of one photograph
    /// are, make one case, one demand and one payment.
    function _claimUse(IEvidenceOracle.Item calldata item, address holder, uint64 caseId) internal {
        bytes32 use = keccak256(abi.encode(holder, item.siteHash, item.urlHash));
        uint64 last = _uses[use];
        if (last == caseId) return;
        bytes32 workId = _cases[last].workId;
        if (last != 0 && workId != item.workId) {
            Place storage other = _placeOf(workId, item.siteHash);
            if (_isAlive(_cases[other.lastCase].stage)) revert AlreadyOpen(other.lastCase);
            _requireSeenAfter(item.seenAt, other.freeFrom);
            _requireSeenAfter(item.seenAt, other.releasedUntil);
        }
        _uses[use] = caseId;
    }

    /// @dev Another use joins a case: of the same holder, and not one that an earlier end of a case settled. It is asked
    /// what a use is asked on which a case opens.
    function _requireJoins(
        IEvidenceOracle.Item calldata item,
        bytes32 contentHash
    ) internal view returns (address holder) {
        IWorkRegistry.Work memory work;
        (holder, , work) = _holderOf(item);
        Place storage place = _placeOf(item.workId, item.siteHash);
        _requireSeenAfter(item.seenAt, place.freeFrom);
        if (address(earlier) != address(0))
            _requireSeenAfter(item.seenAt, earlier.freeFrom(item.workId, item.siteHash));
        address claiming = registry.ownerAt(item.workId, place.seenAt);
        if (holder != claiming) revert NotHolder(item.workId, claiming);
        _requireFirst(item, contentHash, holder, work.registeredAt);
        _requireNotCovered(item);
    }

    /// @dev A bar is never shortened.
    function _bar(bytes32 workId, bytes32 siteHash, uint64 until) internal {
        Place storage place = _placeOf(workId, siteHash);
        if (until > place.freeFrom) place.freeFrom = until;
    }

    function _isAlive(Stage stage) internal pure returns (bool) {
        return stage == Stage.Open || stage == Stage.Contested;
    }

    function _requireSeenAfter(uint64 seenAt, uint64 end) private pure {
        if (seenAt <= end) revert SeenBefore(seenAt, end);
    }

    function _placeOf(bytes32 workId, bytes32 siteHash) internal view returns (Place storage) {
        return _places[keccak256(abi.encode(workId, siteHash))];
    }
}
