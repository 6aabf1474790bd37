// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {PullPayments} from "../common/PullPayments.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";
import {OfferBook} from "./OfferBook.sol";

/// @title LicenseLedger
contract LicenseLedger is ILicenseLedger, PullPayments, AccessManaged {
    using SafeERC20 for IERC20;

    /// @dev A time that is covered, both ends included.
    struct Span {
        uint64 from;
        uint64 until;
    }

    /// @notice Where the offers stand.
    OfferBook public immutable offers;
    /// @notice The only contract that may grant releases.
    address public immutable settlement;
    /// @inheritdoc ILicenseLedger
    mapping(bytes32 siteHash => bool) public isPlatform;
    /// @dev Licences of a work for a name. Each purchase starts at its own time, so starts never go down, and one that
    /// touches the last span prolongs it.
    mapping(bytes32 scope => Span[]) private _licences;
    /// @dev Releases of a work for a site, in the order of settlement.
    mapping(bytes32 scope => Span[]) private _releases;
    uint256 private _licenceCount;

    constructor(
        IERC20 token_,
        OfferBook offers_,
        address settlement_,
        address authority
    ) PullPayments(token_) AccessManaged(authority) {
        offers = offers_;
        settlement = settlement_;
    }

    /// @inheritdoc ILicenseLedger
    function setPlatform(bytes32 siteHash, bool listed) external restricted {
        isPlatform[siteHash] = listed;
        emit PlatformSet(siteHash, listed);
    }

    /// @inheritdoc ILicenseLedger
    function buy(
        uint256 offerId,
        address licensee,
        bytes32 endUser,
        uint256 maxPrice
    ) external returns (uint256 licenceId) {
        IOfferBook.Offer memory offer = offers.offer(offerId);
        if (offer.closed) revert ClosedOffer(offerId);
        if (offers.registry().ownerOf(uint256(offer.workId)) != offer.seller) revert SellerNotOwner(offerId);
        if (offer.price > maxPrice) revert PriceAboveLimit(offer.price, maxPrice);
        if (endUser == 0) revert EmptyEndUser();
        if (isPlatform[endUser]) revert PlatformAsEndUser(endUser);

        licenceId = ++_licenceCount;
        (uint64 from, uint64 until) = _prolong(_scope(offer.workId, endUser), offer.period, offer.grace);
        _credit(offer.seller, offer.price);
        emit LicenceBought(licenceId, offer.workId, endUser, offerId, licensee, msg.sender, offer.price, from, until);
        token.safeTransferFrom(msg.sender, address(this), offer.price);
    }

    /// @inheritdoc ILicenseLedger
    function grantRelease(bytes32 workId, bytes32 siteHash, uint64 from, uint64 until) external {
        if (msg.sender != settlement) revert NotSettlement(msg.sender);
        if (from > until) revert BadPeriod(from, until);
        _releases[_scope(workId, siteHash)].push(Span(from, until));
        emit ReleaseGranted(workId, siteHash, from, until);
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
        bytes32 site = _scope(workId, siteHash);
        if (_anyCovers(_licences[site], from, to)) return true;
        // A host of a platform is everybody's: a licence for it covers nobody.
        bool ownHost = hostHash != siteHash && !isPlatform[siteHash];
        if (ownHost && _anyCovers(_licences[_scope(workId, hostHash)], from, to)) return true;
        return _anyCovers(_releases[site], from, to);
    }

    /// @dev Adds a licence that starts now, after what is already paid. The new paid time follows the old paid time;
    /// the grace is counted once, at the end.
    function _prolong(bytes32 scope, uint32 period, uint32 grace) private returns (uint64 from, uint64 until) {
        Span[] storage spans = _licences[scope];
        from = uint64(block.timestamp);
        until = from + period + grace;
        uint256 n = spans.length;
        if (n != 0 && spans[n - 1].until >= from) {
            uint64 prolonged = spans[n - 1].until + period;
            if (prolonged > until) until = prolonged;
            spans[n - 1].until = until;
        } else {
            spans.push(Span(from, until));
        }
    }

    /// @dev Newest first: that is what is asked for nearly always.
    function _anyCovers(Span[] storage spans, uint64 from, uint64 to) private view returns (bool) {
        for (uint256 i = spans.length; i > 0; --i) {
            Span memory span = spans[i - 1];
            if (span.from <= from && to <= span.until) return true;
        }
        return false;
    }

    function _scope(bytes32 workId, bytes32 name) private pure returns (bytes32) {
        return keccak256(abi.encode(workId, name));
    }
}
