// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Cancellation} from "../common/Cancellation.sol";
import {Income} from "../common/Income.sol";
import {Pausing} from "../common/Pausing.sol";
import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../interfaces/IOfferBook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IRates} from "../interfaces/IRates.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";
import {Cover} from "./Cover.sol";
import {Presets} from "./Presets.sol";
import {SubLicences} from "./SubLicences.sol";

/// @title LicenseLedger
contract LicenseLedger is SubLicences, Income, Pausing, Cancellation, EIP712, Nonces {
    /// @dev Contracts that never change.
    struct Neighbours {
        IWorkRegistry registry;
        IOfferBook offers;
        IRates rates;
        ISettlement settlement;
        address subscriptions;
        ILicenseLedger earlier;
    }

    bytes32 private constant ORDER_TYPEHASH = keccak256(
        "Order(bytes32 offerId,address licensee,bytes32 endUser,uint256 maxPrice,uint256 nonce,uint256 epoch,uint64 deadline)"
    );

    /// @notice Where the offers stand.
    IOfferBook public immutable offers;
    /// @notice Who quotes prices in other currencies.
    IRates public immutable rates;
    /// @notice The only contract that may renew for somebody.
    address public immutable subscriptions;

    constructor(
        IERC20 token_,
        Neighbours memory neighbours,
        address authority
    )
        Income(token_, neighbours.registry)
        Cover(neighbours.settlement, neighbours.earlier)
        AccessManaged(authority)
        EIP712("CopyTrack LicenseLedger", "1")
    {
        offers = neighbours.offers;
        rates = neighbours.rates;
        subscriptions = neighbours.subscriptions;
    }

    // ---------------------------------------------------------------------------------------------------------- buying

    /// @inheritdoc ILicenseLedger
    function buy(Purchase calldata purchase) external returns (bytes32 licenceId) {
        if (purchase.offer.currency != 0) revert QuoteNeeded(_offerId(purchase.offer));
        (licenceId, ) = _sell(purchase, purchase.offer.price, purchase.maxPrice, msg.sender);
    }

    /// @inheritdoc ILicenseLedger
    function buyQuoted(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        Permit calldata permit
    ) external returns (bytes32 licenceId) {
        if (permit.value != 0) _usePermit(msg.sender, permit);
        uint256 price = _price(purchase.offer, quote, signatures);
        (licenceId, ) = _sell(purchase, price, purchase.maxPrice, msg.sender);
    }

    /// @inheritdoc ILicenseLedger
    function buyFor(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        Order calldata order
    ) external returns (bytes32 licenceId) {
        if (order.deadline < block.timestamp) revert OrderExpired(order.deadline, uint64(block.timestamp));
        bytes32 digest = _orderDigest(purchase, order);
        if (!SignatureChecker.isValidSignatureNowCalldata(purchase.licensee, digest, order.signature))
            revert BadOrder(purchase.licensee);
        _useCheckedNonce(purchase.licensee, order.nonce);
        if (order.permit.value != 0) _usePermit(purchase.licensee, order.permit);
        uint256 price = _price(purchase.offer, quote, signatures);
        (licenceId, ) = _sell(purchase, price, purchase.maxPrice, purchase.licensee);
    }

    /// @inheritdoc ILicenseLedger
    function renew(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        uint256 maxPrice
    ) external {
        if (msg.sender != subscriptions) revert NotSubscriptions(msg.sender);
        uint256 price = _price(purchase.offer, quote, signatures);
        (bytes32 licenceId, bool isNew) = _sell(purchase, price, maxPrice, purchase.licensee);
        if (isNew) revert NotRunning(licenceId);
    }

    function _price(
        IOfferBook.Offer calldata offer,
        IRates.Quote calldata quote,
        bytes[] calldata signatures
    ) private view returns (uint256) {
        if (offer.currency == 0) return offer.price;
        rates.requireQuote(quote, _offerId(offer), offer.price, signatures);
        return quote.amount;
    }

    /// @dev Begins a licence, or prolongs it while it runs: the new time follows the paid time, the grace is counted
    /// once, at the end.
    function _sell(
        Purchase calldata purchase,
        uint256 price,
        uint256 maxPrice,
        address payer
    ) private returns (bytes32 licenceId, bool isNew) {
        IOfferBook.Offer calldata offer = purchase.offer;
        if (price > maxPrice) revert PriceAboveLimit(price, maxPrice);
        if (purchase.licensee == address(0)) revert EmptyLicensee();
        _requireEndUser(purchase.endUser);
        licenceId = _idOf(purchase);
        Licence memory found = _licences[licenceId];
        isNew = !_isHeld(found, offer.grace);
        uint256 kept;
        if (isNew) {
            // A pause stops new business; whoever holds a licence keeps it.
            _requireNotPaused();
            (found.from, found.until) = (uint40(block.timestamp), uint40(block.timestamp + offer.period));
        } else {
            if (offer.rights & Presets.RENEWABLE == 0) revert NotRenewable(licenceId);
            if (found.until > block.timestamp + offer.period) revert TooEarly(licenceId, found.until - offer.period);
            kept = _unused(found);
            found.until = SafeCast.toUint40(uint256(found.until) + offer.period);
        }
        found.paid = SafeCast.toUint96(price + kept);
        found.paidAt = uint40(block.timestamp);
        uint40 coveredUntil = SafeCast.toUint40(uint256(found.until) + offer.grace);
        _licences[licenceId] = found;
        _sold(purchase, payer, price, found, coveredUntil, isNew);
    }

    /// @dev Whether a licence runs, or its grace does: then it is renewed, not begun anew.
    function _isHeld(Licence memory found, uint32 grace) private view returns (bool) {
        return found.from != 0 && uint256(found.until) + grace >= block.timestamp;
    }

    /// @dev CPY wei that were paid for time which is still ahead.
    function _unused(Licence memory found) private view returns (uint256) {
        if (found.until <= block.timestamp) return 0;
        return (uint256(found.paid) * (found.until - block.timestamp)) / (found.until - found.paidAt);
    }

    function _sold(
        Purchase calldata purchase,
        address payer,
        uint256 price,
        Licence memory found,
        uint40 coveredUntil,
        bool isNew
    ) private {
        bytes32 workId = purchase.offer.workId;
        (bytes32 offerId, address seller) = offers.sell(purchase.offer, coveredUntil, isNew);
        bytes32 licenceId = licenceIdOf(offerId, purchase.licensee, purchase.endUser);
        if (purchase.offer.uses & Presets.ONLINE != 0) _cover(workId, purchase.endUser, coveredUntil, isNew);
        if (isNew) {
            emit LicenceBought(
                licenceId,
                workId,
                purchase.endUser,
                offerId,
                purchase.licensee,
                payer,
                price,
                found.from,
                found.until,
                coveredUntil
            );
        } else {
            emit LicenceRenewed(licenceId, payer, price, found.until, coveredUntil);
        }
        if (price == 0) return;
        _credit(seller, _share(workId, price));
        _take(payer, price);
    }

    function _orderDigest(Purchase calldata purchase, Order calldata order) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        ORDER_TYPEHASH,
                        _offerId(purchase.offer),
                        purchase.licensee,
                        purchase.endUser,
                        purchase.maxPrice,
                        order.nonce,
                        epochOf[purchase.licensee],
                        order.deadline
                    )
                )
            );
    }

    // ------------------------------------------------------------------------------------------------- a licence's life

    /// @inheritdoc ILicenseLedger
    function transfer(Purchase calldata purchase, address licensee) external returns (bytes32 licenceId) {
        bytes32 offerId = _offerId(purchase.offer);
        bytes32 oldId = licenceIdOf(offerId, purchase.licensee, purchase.endUser);
        licenceId = licenceIdOf(offerId, licensee, purchase.endUser);
        if (msg.sender != purchase.licensee) revert NotLicensee(oldId, msg.sender);
        if (licensee == address(0)) revert EmptyLicensee();
        if (purchase.offer.rights & Presets.TRANSFERABLE == 0) revert RightMissing(oldId, Presets.TRANSFERABLE);
        Licence memory found = _requireRunning(oldId);
        if (found.subLicences != 0) revert SubLicencesRun(oldId, found.subLicences);
        Licence memory present = _licences[licenceId];
        if (_isHeld(present, purchase.offer.grace)) revert RunningAlready(licenceId);
        if (present.subLicences != 0) revert SubLicencesRun(licenceId, present.subLicences);
        delete _licences[oldId];
        _licences[licenceId] = found;
        emit LicenceTransferred(oldId, licenceId, licensee);
    }

    /// @inheritdoc ILicenseLedger
    function revoke(Purchase calldata purchase) external {
        bytes32 offerId = _offerId(purchase.offer);
        bytes32 licenceId = licenceIdOf(offerId, purchase.licensee, purchase.endUser);
        (address owner, ) = registry.rightsOf(purchase.offer.workId);
        if (offers.sellerOf(offerId) != msg.sender || owner != msg.sender) revert NotSeller(offerId, msg.sender);
        Licence memory found = _requireRunning(licenceId);
        if (found.subLicences != 0) revert SubLicencesRun(licenceId, found.subLicences);
        if (found.paid > purchase.maxPrice) revert PriceAboveLimit(found.paid, purchase.maxPrice);
        uint256 noticed = block.timestamp + Math.max(purchase.offer.grace, Presets.NOTICE);
        uint40 coveredUntil = uint40(Math.min(noticed, uint256(found.until) + purchase.offer.grace));
        delete _licences[licenceId];
        if (purchase.offer.uses & Presets.ONLINE != 0) _uncover(purchase.offer.workId, purchase.endUser, coveredUntil);
        offers.free(offerId);
        emit LicenceRevoked(licenceId, found.paid, coveredUntil);
        _credit(purchase.licensee, found.paid);
        _take(msg.sender, found.paid);
    }

    /// @inheritdoc ILicenseLedger
    function sublicense(Purchase calldata parent, SubGrant calldata grant) external returns (bytes32) {
        bytes32 parentId = _idOf(parent);
        if (msg.sender != parent.licensee) revert NotLicensee(parentId, msg.sender);
        if (parent.offer.rights & Presets.SUBLICENSABLE == 0) revert RightMissing(parentId, Presets.SUBLICENSABLE);
        return _sublicense(parentId, parent.offer.workId, parent.offer.uses, parent.offer.territories, grant);
    }

    /// @inheritdoc ILicenseLedger
    function setAgency(address agency, bool allowed) external {
        _agencies[msg.sender][agency] = allowed;
        emit AgencySet(msg.sender, agency, allowed);
    }

    /// @inheritdoc ILicenseLedger
    function recordSale(bytes32 workId, bytes32 endUser, uint40 from, uint40 until, bytes32 referenceHash) external {
        (address owner, ) = registry.rightsOf(workId);
        if (msg.sender != owner && !_agencies[owner][msg.sender]) revert NotAgency(workId, msg.sender);
        if (from > until || until > block.timestamp + Presets.FOREVER) revert BadPeriod(from, until);
        _requireEndUser(endUser);
        if (until >= block.timestamp) offers.noteElsewhere(workId, until);
        _recordSale(workId, endUser, from, until);
        emit ExternalSaleRecorded(workId, endUser, msg.sender, from, until, referenceHash);
    }

    /// @inheritdoc ILicenseLedger
    function endSale(bytes32 workId, bytes32 endUser, uint256 index) external {
        (address owner, ) = registry.rightsOf(workId);
        if (msg.sender != owner) revert NotAgency(workId, msg.sender);
        (uint40 until, ExternalSale memory sale) = _endSale(workId, endUser, index);
        if (sale.until >= sale.recordedAt) offers.endElsewhere(workId, sale.recordedAt, until);
        emit ExternalSaleEnded(workId, endUser, index, until);
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// @inheritdoc ILicenseLedger
    function licence(bytes32 licenceId) external view returns (Licence memory) {
        return _licences[licenceId];
    }

    /// @inheritdoc ILicenseLedger
    function licenceIdOf(bytes32 offerId, address licensee, bytes32 endUser) public pure returns (bytes32) {
        return keccak256(abi.encode(offerId, licensee, endUser));
    }

    function _offerId(IOfferBook.Offer calldata offer) private pure returns (bytes32) {
        return keccak256(abi.encode(offer));
    }

    function _idOf(Purchase calldata purchase) private pure returns (bytes32) {
        return licenceIdOf(_offerId(purchase.offer), purchase.licensee, purchase.endUser);
    }
}
