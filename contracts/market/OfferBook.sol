// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Currency} from "../common/Currency.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";
import {Presets} from "./Presets.sol";

/// @title OfferBook
contract OfferBook is IOfferBook {
    uint256 private constant MAX_OFFERS = 64;

    /// @notice Certificates of the works.
    IERC721 public immutable registry;
    /// @notice The only contract that may sell.
    address public immutable ledger;

    mapping(bytes32 offerId => Sales) private _sales;
    mapping(bytes32 offerId => uint256) private _territories;
    mapping(bytes32 workId => bytes32[]) private _offers;
    /// @dev Exclusive offers of the work under which a licence may be running.
    mapping(bytes32 workId => bytes32[]) private _exclusives;

    constructor(IERC721 registry_, address ledger_) {
        registry = registry_;
        ledger = ledger_;
    }

    // ------------------------------------------------------------------------------------------- life of an offer

    /// @inheritdoc IOfferBook
    function create(Offer calldata offer) external returns (bytes32) {
        return _create(offer);
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
    ) external returns (bytes32) {
        (uint32 uses, uint8 rights, uint32 period, uint32 grace) = Presets.preset(name);
        return _create(Offer(workId, price, currency, period, grace, uses, rights, territories, termsHash, nonce));
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
        if (found.closed) revert ClosedOffer(offerId);
        found.seller = msg.sender;
        emit OfferAdopted(offerId, msg.sender);
    }

    /// @inheritdoc IOfferBook
    function forget(bytes32 workId, uint256 index) external {
        bytes32[] storage list = _offers[workId];
        bytes32 offerId = index < list.length ? list[index] : bytes32(0);
        Sales storage found = _known(offerId);
        if (!found.closed || found.soldUntil >= block.timestamp) revert StillNeeded(offerId);
        _remove(list, index);
        emit OfferForgotten(offerId);
    }

    /// @inheritdoc IOfferBook
    function sell(Offer calldata offer, uint40 until, bool isNew) external returns (bytes32 offerId, address seller) {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        offerId = _id(offer);
        Sales memory found = _known(offerId);
        seller = found.seller;
        if (found.closed) revert ClosedOffer(offerId);
        if (registry.ownerOf(uint256(offer.workId)) != seller) revert SellerNotOwner(offerId);
        if (isNew) {
            _requireNoExclusive(offer);
            if (found.exclusive) {
                _requireNothingSold(offer);
                _exclusives[offer.workId].push(offerId);
            }
        }
        if (until > found.soldUntil) _sales[offerId].soldUntil = until;
    }

    /// @inheritdoc IOfferBook
    function free(bytes32 offerId) external {
        if (msg.sender != ledger) revert NotLedger(msg.sender);
        // Others may still hold a non-exclusive licence of the offer.
        if (_sales[offerId].exclusive) _sales[offerId].soldUntil = uint40(block.timestamp - 1);
    }

    function _create(Offer memory offer) private returns (bytes32 offerId) {
        _requireOwner(offer.workId);
        bool known = offer.uses & ~Presets.ALL_USES == 0 && offer.rights & ~Presets.ALL_RIGHTS == 0;
        if (!known || offer.period == 0 || offer.uses == 0 || offer.territories == 0 || offer.termsHash == 0)
            revert IncompleteOffer();
        if (offer.currency != 0 && !Currency.isCode(offer.currency)) revert BadCurrency(offer.currency);
        offerId = _id(offer);
        if (_sales[offerId].seller != address(0)) revert OfferExists(offerId);
        if (_offers[offer.workId].length == MAX_OFFERS) revert TooManyOffers(offer.workId);
        bool exclusive = offer.rights & Presets.EXCLUSIVE != 0;
        _sales[offerId] = Sales(msg.sender, 0, false, exclusive, offer.uses);
        _territories[offerId] = offer.territories;
        _offers[offer.workId].push(offerId);
        emit OfferCreated(offerId, offer.workId, msg.sender, offer);
    }

    // ---------------------------------------------------------------------------------------------------- exclusivity

    /// @dev Also takes offers off the list whose licence has ended.
    function _requireNoExclusive(Offer calldata offer) private {
        bytes32[] storage list = _exclusives[offer.workId];
        for (uint256 i = list.length; i > 0; --i) {
            bytes32 other = list[i - 1];
            if (_sales[other].soldUntil < block.timestamp) _remove(list, i - 1);
            else if (_overlaps(offer, other)) revert ExclusivityTaken(other);
        }
    }

    function _requireNothingSold(Offer calldata offer) private view {
        bytes32[] storage list = _offers[offer.workId];
        for (uint256 i; i < list.length; ++i) {
            bytes32 other = list[i];
            if (_sales[other].soldUntil >= block.timestamp && _overlaps(offer, other)) revert ExclusivityTaken(other);
        }
    }

    function _overlaps(Offer calldata offer, bytes32 other) private view returns (bool) {
        return offer.uses & _sales[other].uses != 0 && offer.territories & _territories[other] != 0;
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
    function offersOf(bytes32 workId) external view returns (bytes32[] memory) {
        return _offers[workId];
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
        if (registry.ownerOf(uint256(workId)) != msg.sender) revert NotOwner(workId, msg.sender);
    }
}
