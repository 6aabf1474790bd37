// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";

/// @title One offer for many works
/// @dev The part of OfferBook that keeps catalogues. The seller pays once; whoever buys the first licence of a work pays
/// for the place of its offer.
abstract contract Catalogues is IOfferBook {
    /// @inheritdoc IOfferBook
    mapping(bytes32 catalogueId => bool) public isOpenCatalogue;
    /// @dev Those that were closed can never be opened again: the id is the hash of what they say.
    mapping(bytes32 catalogueId => bool) private _known;
    mapping(bytes32 offerId => bytes32) private _catalogueOf;

    /// @inheritdoc IOfferBook
    function createCatalogue(Catalogue calldata catalogue) external returns (bytes32 catalogueId) {
        catalogueId = _catalogueId(catalogue);
        if (catalogue.seller != msg.sender) revert NotSeller(catalogueId, msg.sender);
        if (_known[catalogueId]) revert CatalogueExists(catalogueId);
        _requireComplete(_offer(catalogue, 0));
        (_known[catalogueId], isOpenCatalogue[catalogueId]) = (true, true);
        emit CatalogueCreated(catalogueId, msg.sender, catalogue);
    }

    /// @inheritdoc IOfferBook
    function closeCatalogue(Catalogue calldata catalogue) external {
        bytes32 catalogueId = _catalogueId(catalogue);
        if (catalogue.seller != msg.sender) revert NotSeller(catalogueId, msg.sender);
        if (!isOpenCatalogue[catalogueId]) revert NoCatalogue(catalogueId);
        isOpenCatalogue[catalogueId] = false;
        emit CatalogueClosed(catalogueId);
    }

    /// @inheritdoc IOfferBook
    function listWork(
        Catalogue calldata catalogue,
        bytes32 workId,
        bytes32[] calldata proof
    ) external returns (bytes32 offerId) {
        bytes32 catalogueId = _catalogueId(catalogue);
        if (!isOpenCatalogue[catalogueId]) revert NoCatalogue(catalogueId);
        bool inside = catalogue.works == 0 || MerkleProof.verifyCalldata(proof, catalogue.works, _leaf(workId));
        if (!inside) revert NotInCatalogue(catalogueId, workId);
        bool isNew;
        (offerId, isNew) = _list(catalogueId, _offer(catalogue, workId), catalogue.seller);
        // One that stands stays what it is: an id does not name the seller, so anybody's catalogue can say the same.
        if (isNew) _catalogueOf[offerId] = catalogueId;
    }

    /// @inheritdoc IOfferBook
    function catalogueIdOf(Catalogue calldata catalogue) external pure returns (bytes32) {
        return _catalogueId(catalogue);
    }

    /// @inheritdoc IOfferBook
    function catalogueLeaf(bytes32 workId) external pure returns (bytes32) {
        return _leaf(workId);
    }

    /// @inheritdoc IOfferBook
    function offerOf(Catalogue calldata catalogue, bytes32 workId) external pure returns (Offer memory) {
        return _offer(catalogue, workId);
    }

    function _isOfferedByCatalogue(bytes32 offerId) internal view returns (bool) {
        return isOpenCatalogue[_catalogueOf[offerId]];
    }

    /// @dev Enters the offer if it does not stand yet, and gives its id.
    function _list(
        bytes32 catalogueId,
        Offer memory offer,
        address seller
    ) internal virtual returns (bytes32 offerId, bool isNew);

    function _requireComplete(Offer memory offer) internal pure virtual;

    function _offer(Catalogue calldata catalogue, bytes32 workId) private pure returns (Offer memory) {
        return
            Offer(
                workId,
                catalogue.price,
                catalogue.currency,
                catalogue.period,
                catalogue.grace,
                catalogue.uses,
                catalogue.rights,
                catalogue.territories,
                catalogue.termsHash,
                catalogue.nonce
            );
    }

    function _catalogueId(Catalogue calldata catalogue) private pure returns (bytes32) {
        return keccak256(abi.encode(catalogue));
    }

    function _leaf(bytes32 workId) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(workId))));
    }
}
