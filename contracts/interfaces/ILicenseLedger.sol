// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOfferBook} from "./IOfferBook.sol";
import {IPullPayments} from "./IPullPayments.sol";
import {IRates} from "./IRates.sol";

/// @title Licences, and the question whether a use is covered
/// @notice A licence names its end user by the hash of a host or a site (keccak256 of its A-label). Anybody may hold one;
/// overlaps are harmless, only exclusivity is constrained. What was paid is split in the same transaction among all who
/// share in the work. A licence's id is the hash of (offer, licensee, end user); callers hand these in.
interface ILicenseLedger {
    /// @notice What is bought for whom; the first three name a licence for good.
    struct Purchase {
        IOfferBook.Offer offer;
        address licensee;
        /// @dev Hash of the host or site that will use the work.
        bytes32 endUser;
        /// @dev CPY wei that the caller agrees to pay at most: the price, or the refund of `revoke`.
        uint256 maxPrice;
    }

    /// @notice A buyer's order that somebody else brings (EIP-712, EIP-1271). The licensee signs and pays. The signature
    /// also names the licensee's epoch, between `nonce` and `deadline`.
    struct Order {
        uint256 nonce;
        /// @dev Unix seconds.
        uint64 deadline;
        bytes signature;
        IPullPayments.Permit permit;
    }

    struct Licence {
        /// @dev Unix seconds; 0 for none.
        uint40 from;
        /// @dev Unix seconds until which it is paid, or granted.
        uint40 until;
        /// @dev 0 for a bought licence, up to 3 for a sub-licence.
        uint8 depth;
        /// @dev Sub-licences that were not ended.
        uint16 subLicences;
        /// @dev CPY wei paid for the time that was ahead at `paidAt`: what a refund gives back.
        uint96 paid;
        /// @dev Unix seconds of the last payment.
        uint40 paidAt;
    }

    struct SubLicence {
        bytes32 parentId;
        bytes32 workId;
        /// @dev Licensee of the parent.
        address grantor;
        address licensee;
        bytes32 endUser;
        uint32 uses;
        uint256 territories;
    }

    struct SubGrant {
        address licensee;
        bytes32 endUser;
        uint32 uses;
        uint256 territories;
        /// @dev Unix seconds, not after the parent's end.
        uint40 until;
    }

    /// @notice A sale made elsewhere, as the holder or his agency recorded it.
    struct ExternalSale {
        uint40 from;
        uint40 until;
        uint40 recordedAt;
        /// @dev Whether the owner ended it.
        bool ended;
    }

    event LicenceBought(
        bytes32 indexed licenceId,
        bytes32 indexed workId,
        bytes32 indexed endUser,
        bytes32 offerId,
        address licensee,
        address payer,
        uint256 price,
        uint40 from,
        uint40 until,
        uint40 coveredUntil
    );
    event LicenceRenewed(bytes32 indexed licenceId, address payer, uint256 price, uint40 until, uint40 coveredUntil);
    event LicenceRevoked(bytes32 indexed licenceId, uint256 refund, uint40 coveredUntil);
    event LicenceTransferred(bytes32 indexed licenceId, bytes32 indexed newLicenceId, address licensee);
    event SubLicensed(
        bytes32 indexed licenceId,
        bytes32 indexed parentId,
        bytes32 indexed endUser,
        SubLicence subLicence,
        uint40 from,
        uint40 until
    );
    event SubLicenceEnded(bytes32 indexed licenceId, uint40 coveredUntil);
    event AgencySet(address indexed owner, address indexed agency, bool allowed);
    event ExternalSaleRecorded(
        bytes32 indexed workId,
        bytes32 indexed endUser,
        address indexed recorder,
        uint40 from,
        uint40 until,
        bytes32 referenceHash
    );
    /// @notice The owner ended the sale that stands at this place of `externalSalesOf`; it covers until then.
    event ExternalSaleEnded(bytes32 indexed workId, bytes32 indexed endUser, uint256 index, uint40 until);
    event PlatformSet(bytes32 indexed nameHash, bool listed);

    /// @notice The price is above the buyer's limit.
    error PriceAboveLimit(uint256 price, uint256 maxPrice);
    /// @notice This offer's price is in a currency: bring a quote.
    error QuoteNeeded(bytes32 offerId);
    /// @notice The end user is missing.
    error EmptyEndUser();
    /// @notice The licensee is missing.
    error EmptyLicensee();
    /// @notice A sharing platform cannot be an end user: name the account on it.
    error PlatformAsEndUser(bytes32 nameHash);
    /// @notice The licence is running and its offer allows no renewal.
    error NotRenewable(bytes32 licenceId);
    /// @notice More than a period is paid ahead already; from this second on one more can be paid.
    error TooEarly(bytes32 licenceId, uint256 renewableFrom);
    /// @notice There is no such licence, or it has ended.
    error NotRunning(bytes32 licenceId);
    /// @notice A running licence stands there already.
    error RunningAlready(bytes32 licenceId);
    /// @notice The offer does not give this right.
    error RightMissing(bytes32 licenceId, uint8 right);
    /// @notice Only the licensee may do this.
    error NotLicensee(bytes32 licenceId, address caller);
    /// @notice Only the seller may do this, while they own the certificate.
    error NotSeller(bytes32 offerId, address caller);
    /// @notice Sub-licences have to be ended first.
    error SubLicencesRun(bytes32 licenceId, uint256 count);
    /// @notice A sub-licence stays inside its parent: uses, territories, time, and three levels.
    error OutsideParent(bytes32 parentId);
    /// @notice Only who granted the sub-licence, or one that it came from, may end it before its time.
    error NotGrantor(bytes32 licenceId, address caller);
    /// @notice Only the owner of the certificate or an agency of his may record a sale.
    error NotAgency(bytes32 workId, address caller);
    /// @notice The order has expired.
    error OrderExpired(uint64 deadline, uint64 nowAt);
    /// @notice The licensee did not sign this order.
    error BadOrder(address licensee);
    /// @notice Only the subscriptions contract may renew for somebody.
    error NotSubscriptions(address caller);
    /// @notice There is no recorded sale at this place of the list.
    error NoSuchSale(bytes32 workId, bytes32 endUser, uint256 index);
    /// @notice The recorded sale ends before the notice would be over, or was ended already.
    error SaleEndsAnyway(uint40 until);
    /// @notice A period must not end before it starts, and no sale lasts longer than 100 years.
    error BadPeriod(uint64 from, uint64 until);

    /// @notice Buy a licence priced in CPY, or renew it in place while it runs, one period ahead at most. The caller pays.
    function buy(Purchase calldata purchase) external returns (bytes32 licenceId);

    /// @notice Buy a licence priced in a currency, at a quote, or with an ERC-2612 permit, or both. The quote is passed over
    /// for an offer priced in CPY, a permit of value 0 is passed over as well.
    function buyQuoted(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        IPullPayments.Permit calldata permit
    ) external returns (bytes32 licenceId);

    /// @notice Bring a licensee's signed order; he pays, the caller only the gas. A permit of value 0 is passed over.
    function buyFor(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        Order calldata order
    ) external returns (bytes32 licenceId);

    /// @notice Renew a running licence at the licensee's cost. Only the subscriptions contract.
    /// @param maxPrice CPY wei that the licensee agreed to.
    function renew(
        Purchase calldata purchase,
        IRates.Quote calldata quote,
        bytes[] calldata signatures,
        uint256 maxPrice
    ) external;

    /// @notice Give a licence to another licensee for the same end user. Only the licensee, if the offer allows it.
    function transfer(Purchase calldata purchase, address licensee) external returns (bytes32 licenceId);

    /// @notice Revoke a licence by giving back what was paid for its present period and for those ahead; the use stays
    /// covered for the offer's grace, for 14 days at least, and an exclusive right is free again. Where other licences
    /// have named the same end user without a gap, their cover is not cut. Only the seller, while they own the
    /// certificate; a new owner adopts the offer first.
    /// @dev Warning: the refund is in the CPY that was paid, whatever CPY is worth now.
    function revoke(Purchase calldata purchase) external;

    /// @notice Name an end user under a licence, or prolong that. Only the licensee, if the offer allows it.
    function sublicense(Purchase calldata parent, SubGrant calldata grant) external returns (bytes32 licenceId);

    /// @notice Name an end user under a sub-licence. Only its licensee.
    function sublicenseFurther(
        SubLicence calldata parent,
        SubGrant calldata grant
    ) external returns (bytes32 licenceId);

    /// @notice End a sub-licence: its grantor at any time, with 14 days to take the use down; anybody when it is over.
    /// Those that came from it have to be ended first: its grantor may do that too.
    /// @param line The sub-licence, then those it came from, up to one that the caller granted.
    function endSublicence(SubLicence[] calldata line) external;

    /// @notice Let an agency record sales of the caller's works, or stop it.
    function setAgency(address agency, bool allowed) external;

    /// @notice Record a sale made elsewhere. It covers from now on, never backwards; the list shows when it was recorded.
    /// Refused while an exclusive licence runs.
    /// @dev Warning: an agency may record any number of sales in its client's works; only the owner can end them, with
    /// 14 days' notice.
    /// @param referenceHash Salted hash of the invoice or licence.
    function recordSale(bytes32 workId, bytes32 endUser, uint40 from, uint40 until, bytes32 referenceHash) external;

    /// @notice End a recorded sale early. It covers 14 days more. One that is over is counted out, so that it stands
    /// against no exclusive licence. Only the owner of the certificate.
    /// @param index Place in `externalSalesOf`.
    function endSale(bytes32 workId, bytes32 endUser, uint256 index) external;

    /// @notice List hosts and sites as sharing platforms, or take them off the list. What was covered before the listing
    /// stays so. Only the governor.
    function setPlatforms(bytes32[] calldata nameHashes, bool listed) external;

    /// @notice Whether the name is listed as a sharing platform, which cannot be an end user.
    function isPlatform(bytes32 nameHash) external view returns (bool);

    /// @notice Unix seconds since which the name is listed; 0 if it is not.
    function platformSince(bytes32 nameHash) external view returns (uint64);

    /// @notice Whether licences, and releases of settled cases, cover the whole time, both ends included, for the host or its site.
    function covered(
        bytes32 workId,
        bytes32 hostHash,
        bytes32 siteHash,
        uint64 from,
        uint64 to
    ) external view returns (bool);

    /// @notice A licence or sub-licence; zeros if there is none.
    function licence(bytes32 licenceId) external view returns (Licence memory);

    /// @notice keccak256 of offer, licensee and end user.
    function licenceIdOf(bytes32 offerId, address licensee, bytes32 endUser) external pure returns (bytes32);

    /// @notice Sales made elsewhere, in the order in which they were recorded.
    function externalSalesOf(bytes32 workId, bytes32 endUser) external view returns (ExternalSale[] memory);
}
