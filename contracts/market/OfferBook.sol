// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";

/// @title OfferBook
contract OfferBook is IOfferBook {
    /// @notice Certificates of the works.
    IERC721 public immutable registry;
    mapping(uint256 => Offer) private _offers;
    uint256 private _offerCount;

    constructor(IERC721 registry_) {
        registry = registry_;
    }

    /// @inheritdoc IOfferBook
    function create(
        bytes32 workId,
        uint256 price,
        uint32 period,
        uint32 grace,
        bytes32 termsHash
    ) external returns (uint256 offerId) {
        if (registry.ownerOf(uint256(workId)) != msg.sender) revert NotOwner(workId, msg.sender);
        if (period == 0 || termsHash == 0) revert IncompleteOffer();
        offerId = ++_offerCount;
        _offers[offerId] = Offer(workId, msg.sender, period, grace, false, price, termsHash);
        emit OfferCreated(offerId, workId, msg.sender, price, period, grace, termsHash);
    }

    /// @inheritdoc IOfferBook
    function close(uint256 offerId) external {
        if (offer(offerId).seller != msg.sender) revert NotSeller(offerId, msg.sender);
        _offers[offerId].closed = true;
        emit OfferClosed(offerId);
    }

    /// @inheritdoc IOfferBook
    function offer(uint256 offerId) public view returns (Offer memory found) {
        found = _offers[offerId];
        if (found.seller == address(0)) revert UnknownOffer(offerId);
    }
}
