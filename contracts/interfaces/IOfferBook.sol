// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Standing offers of licences
/// @notice An offer never changes: its id is the hash of all it says, and callers hand the whole of it in. It is closed
/// and another one made. Standard price structures are presets: parameters that a holder may take as they are.
interface IOfferBook {
    struct Offer {
        bytes32 workId;
        /// @dev CPY wei, or minor units of `currency`.
        uint96 price;
        /// @dev ISO 4217 code; zero for a price in CPY.
        bytes3 currency;
        /// @dev Seconds that a purchase covers.
        uint32 period;
        /// @dev Seconds after the period in which the use is still covered.
        uint32 grace;
        /// @dev Bits of `Presets`: what the work may be used for.
        uint32 uses;
        /// @dev Bits of `Presets`: exclusive, transferable, sub-licensable, renewable.
        uint8 rights;
        /// @dev Bit i stands for the i-th country of the list in `deployments/territories.json` (ISO 3166-1).
        uint256 territories;
        /// @dev sha256 of the licence text.
        bytes32 termsHash;
        /// @dev Tells offers apart that say the same.
        uint64 nonce;
    }

    struct Sales {
        /// @dev Owner of the certificate who made or adopted the offer; gets the price.
        address seller;
        /// @dev Unix seconds until which the latest sold licence runs, grace included.
        uint40 soldUntil;
        bool closed;
        bool exclusive;
        uint32 uses;
    }

    event OfferCreated(bytes32 indexed offerId, bytes32 indexed workId, address indexed seller, Offer offer);
    event OfferClosed(bytes32 indexed offerId);
    event OfferAdopted(bytes32 indexed offerId, address indexed seller);
    event OfferForgotten(bytes32 indexed offerId);

    /// @notice Only the owner of the certificate may do this.
    error NotOwner(bytes32 workId, address caller);
    /// @notice An offer needs a period, uses, territories and the hash of its terms.
    error IncompleteOffer();
    /// @notice A currency is given by the three capital letters of ISO 4217.
    error BadCurrency(bytes3 currency);
    /// @notice This offer exists already: change its nonce.
    error OfferExists(bytes32 offerId);
    /// @notice No such offer.
    error UnknownOffer(bytes32 offerId);
    /// @notice The offer was closed.
    error ClosedOffer(bytes32 offerId);
    /// @notice The seller does not own the certificate any more; the new owner may adopt the offer.
    error SellerNotOwner(bytes32 offerId);
    /// @notice A work has at most 64 offers: forget old ones.
    error TooManyOffers(bytes32 workId);
    /// @notice An offer is forgotten only when it is closed and no licence of it runs.
    error StillNeeded(bytes32 offerId);
    /// @notice A running licence stands against this: an exclusive one, or one that an exclusive licence would overlap.
    error ExclusivityTaken(bytes32 offerId);
    /// @notice Only the licence ledger may do this.
    error NotLedger(address caller);
    /// @notice No preset of this name.
    error UnknownPreset(bytes32 name);

    /// @notice Offer licences of a work. Only the owner of its certificate.
    function create(Offer calldata offer) external returns (bytes32 offerId);

    /// @notice Offer licences by a standard price structure: uses, rights, period and grace are those of the preset.
    /// @param name Name of the preset as bytes, filled up with zeros: "web", "editorial", "buy-out" …
    function createPreset(
        bytes32 name,
        bytes32 workId,
        uint96 price,
        bytes3 currency,
        uint256 territories,
        bytes32 termsHash,
        uint64 nonce
    ) external returns (bytes32 offerId);

    /// @notice Sell and renew no more under this offer; what was sold runs on. Only the owner of the certificate.
    function close(bytes32 offerId, bytes32 workId) external;

    /// @notice Take over an offer with the certificate: renewals go on, and the price goes to the new owner.
    function adopt(Offer calldata offer) external;

    /// @notice Take a closed offer without running licences off the work's list. Anybody.
    function forget(bytes32 workId, uint256 index) external;

    /// @notice Check and note a sale. Only the ledger.
    /// @param until Unix seconds until which the licence runs, grace included.
    /// @param isNew Whether a licence begins, so that exclusivity has to be free; else one is prolonged.
    /// @return offerId Id of the offer.
    /// @return seller Who gets the price.
    function sell(Offer calldata offer, uint40 until, bool isNew) external returns (bytes32 offerId, address seller);

    /// @notice A licence of this offer was refunded: its exclusivity is free. Only the ledger.
    function free(bytes32 offerId) external;

    /// @notice keccak256 of all that the offer says.
    function idOf(Offer calldata offer) external pure returns (bytes32);

    /// @notice What was sold under an offer. Reverts for an unknown one.
    function sales(bytes32 offerId) external view returns (Sales memory);

    /// @notice Ids of the offers of a work that are remembered.
    function offersOf(bytes32 workId) external view returns (bytes32[] memory);
}
