// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Standing offers of licences
/// @notice An offer never changes; it is closed and another one made. One kind so far: non-exclusive use on the web,
/// worldwide, at a price in CPY for a period.
interface IOfferBook {
    struct Offer {
        bytes32 workId;
        /// @dev Owner of the certificate when the offer was made; must still be it when somebody buys.
        address seller;
        /// @dev Seconds that a purchase covers.
        uint32 period;
        /// @dev Seconds after the period in which the use is still covered.
        uint32 grace;
        bool closed;
        /// @dev CPY wei.
        uint256 price;
        /// @dev sha256 of the licence text.
        bytes32 termsHash;
    }

    event OfferCreated(
        uint256 indexed offerId,
        bytes32 indexed workId,
        address indexed seller,
        uint256 price,
        uint32 period,
        uint32 grace,
        bytes32 termsHash
    );
    event OfferClosed(uint256 indexed offerId);

    /// @notice Only the owner of the certificate may do this.
    error NotOwner(bytes32 workId, address caller);
    /// @notice An offer needs a period and the hash of its terms.
    error IncompleteOffer();
    /// @notice No such offer.
    error UnknownOffer(uint256 offerId);
    /// @notice Only the seller may close the offer.
    error NotSeller(uint256 offerId, address caller);

    /// @notice Offer licences of a work. Only the owner of its certificate.
    function create(
        bytes32 workId,
        uint256 price,
        uint32 period,
        uint32 grace,
        bytes32 termsHash
    ) external returns (uint256 offerId);

    /// @notice Sell no more under this offer; what was sold runs on.
    function close(uint256 offerId) external;

    /// @notice The offer. Reverts for an unknown one.
    function offer(uint256 offerId) external view returns (Offer memory);
}
