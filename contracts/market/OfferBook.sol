// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Currency} from "../common/Currency.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";
import {Catalogues} from "./Catalogues.sol";
import {Presets} from "./Presets.sol";

/// @title OfferBook
contract OfferBook is Catalogues {
    /// @dev Sales of a work that were made elsewhere: until their end no exclusive licence.
    struct Elsewhere {
        /// @dev Latest end of the sales since none ran.
        uint64 until;
        /// @dev Latest end of those that the owner ended early.
        uint64 ended;
        /// @dev Sales that were not ended, though some may be over.
        uint32 sales;
        /// @dev When the first of them was recorded.
        uint64 since;
    }

    uint256 private constant MAX_OFFERS = 64;

    /// @notice Certificates of the works.
    IWorkRegistry public immutable registry;
    /// @notice The only contract that may sell.
    address public immutable ledger;
    /// @notice The version before this one, whose licences still run; zero for the first.
    IOfferBook public immutable earlier;

    mapping(bytes32 offerId => Sales) private _sales;
    mapping(bytes32 offerId => uint256) private _territories;
    mapping(bytes32 workId => bytes32[]) private _offers;
    /// @dev Exclusive offers of the work under which a licence may be running.
    mapping(bytes32 workId => bytes32[]) private _exclusives;
    mapping(bytes32 workId => Elsewhere) private _elsewhere;

    constructor(IWorkRegistry registry_, address ledger_, IOfferBook earlier_) {
        registry = registry_;
        ledger = ledger_;
        earlier = earlier_;
    }

    // ------------------------------------------------------------------------------------------- life of an offer

    /// @inheritdoc IOfferBook
    function create(Offer calldata offer) external returns (bytes32 offerId) {
        _requireOwner(offer.workId);
        offerId = _id(offer);
        if (_sales[offerId].seller != address(0)) revert OfferExists(offerId);
        _create(offerId, offer, msg.sender, false);
    }

    /// @inheritdoc IOfferBook
    function createPreset(
        bytes32 name,
        bytes32 workId,
        uint96 price,
        bytes3 currency,
        uint256 territories,
        bytes32 termsHash,
        uint64 nonce
    ) external returns (bytes32 offerId) {
        _requireOwner(workId);
        (uint32 uses, uint8 rights, uint32 period, uint32 grace) = Presets.preset(name);
        Offer memory offer = Offer(workId, price, currency, period, grace, uses, rights, territories, termsHash, nonce);
        offerId = _id(offer);
        if (_sales[offerId].seller != address(0)) revert OfferExists(offerId);
        _create(offerId, offer, msg.sender, false);
    }

    /// @inheritdoc IOfferBook
    function close(bytes32 offerId, bytes32 workId) external {
        _requireOwner(workId);
        if (!_isListed(offerId, workId)) revert UnknownOffer(offerId);
        if (_sales[offerId].closed) revert ClosedOffer(offerId);
        _sales[offerId].closed = true;
        emit OfferClosed(offerId);
    }

    /// @inheritdoc IOfferBook
    function adopt(Offer calldata offer) external {
        _requireOwner(offer.workId);
        bytes32 offerId = _id(offer);
        Sales storage found = _known(offerId);
        found.seller = msg.sender;
        // The catalogue stays its seller's: whether it is open says nothing of the new owner any more.
        found.catalogued = false;
        emit OfferAdopted(offerId, msg.sender);
    }

    /// @inheritdoc IOfferBook
    function forget(bytes32 workId, uint256 index) external {
        bytes32[] storage list = _offers[workId];
        bytes32 offerId = index < list.length ? list[index] : bytes32(0);
        Sales storage found = _known(offerId);
        if (!_isClosed(offerId, found) || found.soldUntil >= block.timestamp) revert StillNeeded(offerId);
        _remove(list, index);
        emit OfferForgotten(offerId);
    }

    /// @inheritdoc IOfferBook
    function sell(Offer calldata offer, uint40 until, bool isNew) external returns (bytes32 offerId, address seller) {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        offerId = _id(offer);
        Sales memory found = _known(offerId);
        seller = found.seller;
        if (_isClosed(offerId, found)) revert ClosedOffer(offerId);
        (address owner, IWorkRegistry.Standing standing) = registry.rightsOf(offer.workId);
        if (owner != seller) revert SellerNotOwner(offerId);
        if (standing == IWorkRegistry.Standing.Rejected) revert RejectedWork(offer.workId);
        if (isNew) {
            _requireNoExclusive(offer);
            _requireNotSoldBefore(offer, found.exclusive);
            if (found.exclusive) {
                _requireNothingSold(offer);
                _requireNotElsewhere(offer.workId, _elsewhere[offer.workId].until);
                _exclusives[offer.workId].push(offerId);
            }
            if (found.soldUntil < block.timestamp) found.licences = 0;
            if (found.licences != type(uint16).max) ++found.licences;
        }
        if (until > found.soldUntil) found.soldUntil = until;
        _sales[offerId] = found;
    }

    /// @inheritdoc IOfferBook
    function free(bytes32 offerId) external {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        Sales storage found = _sales[offerId];
        uint16 licences = found.licences;
        if (licences == type(uint16).max) return;
        // The ends of the others are not known here: while one is left, the latest end of all of them stands.
        if (--licences == 0) found.soldUntil = uint40(block.timestamp - 1);
        found.licences = licences;
    }

    /// @inheritdoc IOfferBook
    function noteElsewhere(bytes32 workId, uint64 until) external {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        bytes32[] storage exclusives = _exclusives[workId];
        for (uint256 i; i < exclusives.length; ++i)
            if (_isRunning(exclusives[i])) revert ExclusivityTaken(exclusives[i]);
        if (address(earlier) != address(0)) {
            (bytes32 taken, , ) = earlier.runningOf(workId, type(uint32).max, type(uint256).max);
            if (taken != 0) revert ExclusivityTaken(taken);
        }
        Elsewhere memory sold = _elsewhere[workId];
        if (sold.until < block.timestamp) sold = Elsewhere(0, 0, 0, uint64(block.timestamp));
        if (until > sold.until) sold.until = until;
        ++sold.sales;
        _elsewhere[workId] = sold;
    }

    /// @inheritdoc IOfferBook
    function endElsewhere(bytes32 workId, uint64 recordedAt, uint64 until) external {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        Elsewhere memory sold = _elsewhere[workId];
        // One that was over before the present ones were recorded is not among them.
        if (recordedAt < sold.since) return;
        // Which end is the latest of those that remain is not known while some do.
        if (until > sold.ended) sold.ended = until;
        if (--sold.sales == 0) sold.until = sold.ended;
        _elsewhere[workId] = sold;
    }

    function _create(bytes32 offerId, Offer memory offer, address seller, bool catalogued) private {
        _requireComplete(offer);
        if (_offers[offer.workId].length == MAX_OFFERS) revert TooManyOffers(offer.workId);
        bool exclusive = offer.rights & Presets.EXCLUSIVE != 0;
        _sales[offerId] = Sales(seller, 0, false, exclusive, catalogued, 0, uint16(offer.uses));
        _territories[offerId] = offer.territories;
        _offers[offer.workId].push(offerId);
        emit OfferCreated(offerId, offer.workId, seller, offer);
    }

    /// @dev No renewal without an end: a bounded grace is what keeps a first purchase apart from a renewal.
    function _requireComplete(Offer memory offer) internal pure override {
        bool known = offer.uses & ~Presets.ALL_USES == 0 && offer.rights & ~Presets.ALL_RIGHTS == 0;
        bool timed = offer.period != 0 && offer.period <= Presets.FOREVER && offer.grace <= Presets.MAX_GRACE;
        if (!known || !timed || offer.uses == 0 || offer.territories == 0 || offer.termsHash == 0)
            revert IncompleteOffer();
        if (offer.currency != 0 && !Currency.isCode(offer.currency)) revert BadCurrency(offer.currency);
    }

    function _list(
        bytes32 catalogueId,
        Offer memory offer,
        address seller
    ) internal override returns (bytes32 offerId, bool isNew) {
        offerId = _id(offer);
        if (_sales[offerId].seller != address(0)) return (offerId, false);
        if (_ownerOf(offer.workId) != seller) revert NotOwner(offer.workId, seller);
        _create(offerId, offer, seller, true);
        emit CatalogueListed(catalogueId, offerId);
        return (offerId, true);
    }

    function _isClosed(bytes32 offerId, Sales memory found) private view returns (bool) {
        return found.closed || (found.catalogued && !_isOfferedByCatalogue(offerId));
    }

    // ---------------------------------------------------------------------------------------------------- exclusivity

    /// @dev Also takes offers off the list whose licence has ended.
    function _requireNoExclusive(Offer calldata offer) private {
        bytes32[] storage list = _exclusives[offer.workId];
        for (uint256 i = list.length; i > 0; --i) {
            bytes32 other = list[i - 1];
            if (!_isRunning(other)) _remove(list, i - 1);
            else if (_overlaps(offer.uses, offer.territories, other)) revert ExclusivityTaken(other);
        }
    }

    function _requireNothingSold(Offer calldata offer) private view {
        bytes32 sold = _firstOf(_offers[offer.workId], offer.uses, offer.territories);
        if (sold != 0) revert ExclusivityTaken(sold);
    }

    function _requireNotElsewhere(bytes32 workId, uint64 until) private view {
        if (until >= block.timestamp) revert ExternalSaleRuns(workId, until);
    }

    /// @dev What the version before this one sold and still runs counts as if it were sold here.
    function _requireNotSoldBefore(Offer calldata offer, bool exclusive) private view {
        if (address(earlier) == address(0)) return;
        (bytes32 taken, bytes32 sold, uint64 elsewhere) = earlier.runningOf(
            offer.workId,
            offer.uses,
            offer.territories
        );
        if (taken != 0) revert ExclusivityTaken(taken);
        if (!exclusive) return;
        if (sold != 0) revert ExclusivityTaken(sold);
        _requireNotElsewhere(offer.workId, elsewhere);
    }

    /// @dev First offer of the list under which a licence runs that has a use and a territory in common with these.
    function _firstOf(bytes32[] storage list, uint32 uses, uint256 territories) private view returns (bytes32) {
        for (uint256 i; i < list.length; ++i)
            if (_isRunning(list[i]) && _overlaps(uses, territories, list[i])) return list[i];
        return 0;
    }

    function _isRunning(bytes32 offerId) private view returns (bool) {
        return _sales[offerId].soldUntil >= block.timestamp;
    }

    function _overlaps(uint32 uses, uint256 territories, bytes32 other) private view returns (bool) {
        return uses & _sales[other].uses != 0 && territories & _territories[other] != 0;
    }

    function _remove(bytes32[] storage list, uint256 index) private {
        list[index] = list[list.length - 1];
        list.pop();
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc IOfferBook
    function idOf(Offer calldata offer) external pure returns (bytes32) {
        return _id(offer);
    }

    /// @inheritdoc IOfferBook
    function sales(bytes32 offerId) external view returns (Sales memory) {
        return _known(offerId);
    }

    /// @inheritdoc IOfferBook
    function sellerOf(bytes32 offerId) external view returns (address) {
        return _known(offerId).seller;
    }

    /// @inheritdoc IOfferBook
    function offersOf(bytes32 workId) external view returns (bytes32[] memory) {
        return _offers[workId];
    }

    /// @inheritdoc IOfferBook
    function encumbrancesOf(bytes32 workId) external view returns (bytes32 hash) {
        if (address(earlier) != address(0)) hash = earlier.encumbrancesOf(workId);
        bytes32[] storage list = _exclusives[workId];
        for (uint256 i; i < list.length; ++i) {
            uint40 soldUntil = _sales[list[i]].soldUntil;
            if (soldUntil >= block.timestamp) hash = keccak256(abi.encode(hash, list[i], soldUntil));
        }
    }

    /// @inheritdoc IOfferBook
    function runningOf(
        bytes32 workId,
        uint32 uses,
        uint256 territories
    ) external view returns (bytes32 exclusive, bytes32 sold, uint64 elsewhere) {
        if (address(earlier) != address(0)) (exclusive, sold, elsewhere) = earlier.runningOf(workId, uses, territories);
        if (exclusive == 0) exclusive = _firstOf(_exclusives[workId], uses, territories);
        if (sold == 0) sold = _firstOf(_offers[workId], uses, territories);
        if (_elsewhere[workId].until > elsewhere) elsewhere = _elsewhere[workId].until;
    }

    function _id(Offer memory offer) private pure returns (bytes32) {
        return keccak256(abi.encode(offer));
    }

    function _known(bytes32 offerId) private view returns (Sales storage found) {
        found = _sales[offerId];
        if (found.seller == address(0)) revert UnknownOffer(offerId);
    }

    function _isListed(bytes32 offerId, bytes32 workId) private view returns (bool) {
        bytes32[] storage list = _offers[workId];
        for (uint256 i; i < list.length; ++i) if (list[i] == offerId) return true;
        return false;
    }

    function _requireOwner(bytes32 workId) private view {
        if (_ownerOf(workId) != msg.sender) revert NotOwner(workId, msg.sender);
    }

    function _ownerOf(bytes32 workId) private view returns (address) {
        return IERC721(address(registry)).ownerOf(uint256(workId));
    }
}
