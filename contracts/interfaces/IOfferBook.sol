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
        /// @dev Seconds that a purchase covers; at most 100 years.
        uint32 period;
        /// @dev Seconds after the period in which the use is still covered; at most a year.
        uint32 grace;
        /// @dev Bits of `Presets`: what the work may be used for.
        uint32 uses;
        /// @dev Bits of `Presets`: exclusive, transferable, sub-licensable, renewable.
        uint8 rights;
        /// @dev Bit i stands for the i-th country of the list in `oracle/chain/territories.json` (ISO 3166-1).
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
        /// @dev Whether the offer came from a catalogue: it sells only while that is open.
        bool catalogued;
        /// @dev Licences sold since nothing ran, less those that were refunded; stays at its highest value once there.
        uint16 licences;
        uint16 uses;
    }

    /// @notice One offer for many works: each becomes an `Offer` of its own when somebody lists it.
    struct Catalogue {
        address seller;
        /// @dev Root of a tree over `catalogueLeaf`, pairs sorted; zero for every work that the seller owns.
        bytes32 works;
        /// @dev The rest is as in `Offer`.
        uint96 price;
        bytes3 currency;
        uint32 period;
        uint32 grace;
        uint32 uses;
        uint8 rights;
        uint256 territories;
        bytes32 termsHash;
        uint64 nonce;
    }

    event OfferCreated(bytes32 indexed offerId, bytes32 indexed workId, address indexed seller, Offer offer);
    event OfferClosed(bytes32 indexed offerId);
    event OfferAdopted(bytes32 indexed offerId, address indexed seller);
    event OfferForgotten(bytes32 indexed offerId);
    event CatalogueCreated(bytes32 indexed catalogueId, address indexed seller, Catalogue catalogue);
    event CatalogueClosed(bytes32 indexed catalogueId);
    /// @notice An offer of the catalogue stands for this work now.
    event CatalogueListed(bytes32 indexed catalogueId, bytes32 indexed offerId);

    /// @notice Only the owner of the certificate may do this.
    error NotOwner(bytes32 workId, address caller);
    /// @notice An offer needs uses, territories, the hash of its terms, a period of at most 100 years and a grace of at
    /// most one.
    error IncompleteOffer();
    /// @notice A currency is given by the three capital letters of ISO 4217.
    error BadCurrency(bytes3 currency);
    /// @notice This offer exists already: change its nonce.
    error OfferExists(bytes32 offerId);
    /// @notice No such offer.
    error UnknownOffer(bytes32 offerId);
    /// @notice The offer was closed, or the catalogue that it came from.
    error ClosedOffer(bytes32 offerId);
    /// @notice The panel rejected the registration of this work: no licence of it is sold.
    error RejectedWork(bytes32 workId);
    /// @notice This catalogue exists already: change its nonce.
    error CatalogueExists(bytes32 catalogueId);
    /// @notice No such catalogue, or it was closed.
    error NoCatalogue(bytes32 catalogueId);
    /// @notice Only the seller of the catalogue may do this.
    error NotSeller(bytes32 catalogueId, address caller);
    /// @notice The proof does not lead from this work to the catalogue.
    error NotInCatalogue(bytes32 catalogueId, bytes32 workId);
    /// @notice The seller does not own the certificate any more; the new owner may adopt the offer.
    error SellerNotOwner(bytes32 offerId);
    /// @notice A work has at most 64 offers: forget old ones.
    error TooManyOffers(bytes32 workId);
    /// @notice An offer is forgotten only when it is closed and no licence of it runs.
    error StillNeeded(bytes32 offerId);
    /// @notice A running licence stands against this: an exclusive one, or one that an exclusive licence would overlap.
    error ExclusivityTaken(bytes32 offerId);
    /// @notice A sale made elsewhere runs: no exclusive licence until then.
    error ExternalSaleRuns(bytes32 workId, uint64 until);
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

    /// @notice Take over an offer with the certificate: renewals go on, and the price goes to the new owner. A closed
    /// offer stays closed; who adopts it may revoke its licences.
    function adopt(Offer calldata offer) external;

    /// @notice Offer licences of all works that the caller owns, or of those under a root, in one transaction.
    function createCatalogue(Catalogue calldata catalogue) external returns (bytes32 catalogueId);

    /// @notice Sell and renew no more under this catalogue, nor under the offers that came from it. Only its seller.
    function closeCatalogue(Catalogue calldata catalogue) external;

    /// @notice Make the offer of a catalogue stand for one work, so that a licence can be bought. Anybody; once it
    /// stands, this does nothing.
    /// @param proof From the work to the catalogue's root; empty for a catalogue of every work.
    function listWork(
        Catalogue calldata catalogue,
        bytes32 workId,
        bytes32[] calldata proof
    ) external returns (bytes32 offerId);

    /// @notice Take a closed offer without running licences off the work's list. Anybody.
    function forget(bytes32 workId, uint256 index) external;

    /// @notice Check and note a sale. Only the ledger.
    /// @param until Unix seconds until which the licence runs, grace included.
    /// @param isNew Whether a licence begins, so that exclusivity has to be free; else one is prolonged.
    /// @return offerId Id of the offer.
    /// @return seller Who gets the price.
    function sell(Offer calldata offer, uint40 until, bool isNew) external returns (bytes32 offerId, address seller);

    /// @notice A licence of this offer was refunded; when none is left, nothing stands against an exclusive one. Only the
    /// ledger.
    function free(bytes32 offerId) external;

    /// @notice Note a sale made elsewhere, which stands against exclusive licences to its end. Refused while one runs: its
    /// buyer is not to find a competitor covered by a record made afterwards. Only the ledger.
    function noteElsewhere(bytes32 workId, uint64 until) external;

    /// @notice Note that such a sale was ended, or counted out when it was over. Only the ledger.
    /// @param recordedAt When it was noted, in Unix seconds.
    /// @param until Its end now, in Unix seconds.
    function endElsewhere(bytes32 workId, uint64 recordedAt, uint64 until) external;

    /// @notice keccak256 of all that the offer says.
    function idOf(Offer calldata offer) external pure returns (bytes32);

    /// @notice keccak256 of all that the catalogue says.
    function catalogueIdOf(Catalogue calldata catalogue) external pure returns (bytes32);

    /// @notice Leaf of a catalogue's tree: a double keccak256, so that no inner node can pass for a work.
    function catalogueLeaf(bytes32 workId) external pure returns (bytes32);

    /// @notice The offer that a catalogue makes for a work.
    function offerOf(Catalogue calldata catalogue, bytes32 workId) external pure returns (Offer memory);

    /// @notice Whether a catalogue was created and not closed.
    function isOpenCatalogue(bytes32 catalogueId) external view returns (bool);

    /// @notice Hash of all exclusive licences that run: what a buyer of the certificate takes over.
    function encumbrancesOf(bytes32 workId) external view returns (bytes32);

    /// @notice What stands in the way of selling a work: running licences that have a use and a territory in common with
    /// these, and sales made elsewhere. Those of earlier versions of the market count.
    /// @return exclusive An offer under which an exclusive licence runs; 0 for none.
    /// @return sold An offer under which any licence runs; 0 for none.
    /// @return elsewhere Unix seconds of the latest end of the sales made elsewhere; 0 for none.
    function runningOf(
        bytes32 workId,
        uint32 uses,
        uint256 territories
    ) external view returns (bytes32 exclusive, bytes32 sold, uint64 elsewhere);

    /// @notice What was sold under an offer. Reverts for an unknown one.
    function sales(bytes32 offerId) external view returns (Sales memory);

    /// @notice Seller of an offer. Reverts for an unknown one.
    function sellerOf(bytes32 offerId) external view returns (address);

    /// @notice Ids of the offers of a work that are remembered.
    function offersOf(bytes32 workId) external view returns (bytes32[] memory);
}
