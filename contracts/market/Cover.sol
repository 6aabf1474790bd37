// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";

/// @title Which end users are covered when
/// @dev The part of LicenseLedger that answers for a use. Licences always begin now, so the spans of an end user are
/// sorted and never touch: the newest stands in one slot, older ones in a list that is searched by halves.
abstract contract Cover is ILicenseLedger, AccessManaged {
    struct Span {
        uint40 from;
        uint40 until;
        /// @dev Latest second that was promised to licences which were ended early.
        uint40 promised;
        /// @dev Licences that made this span and were not ended early.
        uint32 licences;
        /// @dev Whether there are older spans.
        bool older;
    }

    /// @notice Where the releases of settled cases stand.
    ISettlement public immutable settlement;
    /// @notice The version before this one, whose licences and releases still count; zero for the first.
    ILicenseLedger public immutable earlier;
    /// @inheritdoc ILicenseLedger
    mapping(bytes32 nameHash => uint64) public platformSince;
    mapping(bytes32 scope => Span) private _spans;
    mapping(bytes32 scope => Span[]) private _older;

    constructor(ISettlement settlement_, ILicenseLedger earlier_) {
        settlement = settlement_;
        earlier = earlier_;
    }

    /// @inheritdoc ILicenseLedger
    function setPlatforms(bytes32[] calldata nameHashes, bool listed) external restricted {
        for (uint256 i; i < nameHashes.length; ++i) {
            uint64 since = platformSince[nameHashes[i]];
            if (!listed) since = 0;
            else if (since == 0) since = uint64(block.timestamp);
            platformSince[nameHashes[i]] = since;
            emit PlatformSet(nameHashes[i], listed);
        }
    }

    /// @inheritdoc ILicenseLedger
    function covered(
        bytes32 workId,
        bytes32 hostHash,
        bytes32 siteHash,
        uint64 from,
        uint64 to
    ) external view returns (bool) {
        if (from > to) revert BadPeriod(from, to);
        if (_coversHere(workId, hostHash, siteHash, from, to)) return true;
        return address(earlier) != address(0) && earlier.covered(workId, hostHash, siteHash, from, to);
    }

    /// @inheritdoc ILicenseLedger
    function isPlatform(bytes32 nameHash) public view returns (bool) {
        return platformSince[nameHash] != 0;
    }

    function _coversHere(
        bytes32 workId,
        bytes32 hostHash,
        bytes32 siteHash,
        uint64 from,
        uint64 to
    ) private view returns (bool found) {
        bytes32 site = _scope(workId, siteHash);
        Span memory bySite = _spans[site];
        uint256 released;
        bool asked;
        uint256 at = from;
        while (true) {
            uint256 until = _endAt(bySite, site, at);
            if (hostHash != siteHash) until = Math.max(until, _endByHost(workId, hostHash, siteHash, at));
            if (until < to && !asked) (released, asked) = (settlement.releasedUntil(workId, siteHash), true);
            // A release covers from the beginning of time: what was seen before a payment is paid with it.
            if (released > until) until = released;
            if (until < at || until == 0) return false;
            if (until >= to) return true;
            at = until + 1;
        }
    }

    /// @dev Covers from now. `isNew` for a licence that was not in the span before.
    function _cover(bytes32 workId, bytes32 endUser, uint256 until, bool isNew) internal {
        bytes32 scope = _scope(workId, endUser);
        Span memory span = _spans[scope];
        if (span.until != 0 && uint256(span.until) + 1 < block.timestamp) {
            _older[scope].push(span);
            span = Span(0, 0, 0, 0, true);
        }
        if (span.until == 0) span.from = uint40(block.timestamp);
        if (until > span.until) span.until = SafeCast.toUint40(until);
        if (isNew) ++span.licences;
        _spans[scope] = span;
    }

    /// @dev Ends the cover of a running licence early, unless another licence shares the span: that one's end is not
    /// known here, and rather too long a cover than one that is wrongly taken away.
    function _uncover(bytes32 workId, bytes32 endUser, uint256 until) internal {
        bytes32 scope = _scope(workId, endUser);
        Span memory span = _spans[scope];
        if (until > span.promised) span.promised = uint40(until);
        --span.licences;
        if (span.licences == 0 && span.promised < span.until) span.until = span.promised;
        _spans[scope] = span;
    }

    /// @dev Last second that is covered without a gap from `at`, by this end user's spans; 0 if `at` is not.
    function _endAt(Span memory span, bytes32 scope, uint256 at) private view returns (uint256) {
        if (span.from <= at) return at <= span.until ? span.until : 0;
        if (!span.older) return 0;
        Span[] storage list = _older[scope];
        (uint256 low, uint256 high) = (0, list.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (list[middle].from <= at) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return 0;
        uint256 until = list[low - 1].until;
        return at <= until ? until : 0;
    }

    /// @dev Last second that is covered without a gap from `at` by licences for the host; 0 if `at` is not. A host of a
    /// platform is everybody's: from its listing on, a licence for it covers nobody.
    function _endByHost(
        bytes32 workId,
        bytes32 hostHash,
        bytes32 siteHash,
        uint256 at
    ) private view returns (uint256 until) {
        bytes32 host = _scope(workId, hostHash);
        until = _endAt(_spans[host], host, at);
        if (until == 0) return 0;
        (uint256 hostSince, uint256 siteSince) = (platformSince[hostHash], platformSince[siteHash]);
        if (hostSince != 0 && hostSince <= until) until = hostSince - 1;
        if (siteSince != 0 && siteSince <= until) until = siteSince - 1;
        if (until < at) return 0;
    }

    function _requireEndUser(bytes32 endUser) internal view {
        if (endUser == 0) revert EmptyEndUser();
        if (isPlatform(endUser)) revert PlatformAsEndUser(endUser);
    }

    function _scope(bytes32 workId, bytes32 name) internal pure returns (bytes32) {
        return keccak256(abi.encode(workId, name));
    }
}
