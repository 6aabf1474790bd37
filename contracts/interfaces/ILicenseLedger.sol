// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Licences, and the question whether a use is covered
/// @notice A licence names its end user by the hash of a host or a site (keccak256 of its A-label). It covers that name
/// for a period; buying again before the end prolongs it.
interface ILicenseLedger {
    event LicenceBought(
        uint256 indexed licenceId,
        bytes32 indexed workId,
        bytes32 indexed endUser,
        uint256 offerId,
        address licensee,
        address payer,
        uint256 price,
        uint64 from,
        uint64 until
    );
    event ReleaseGranted(bytes32 indexed workId, bytes32 indexed siteHash, uint64 from, uint64 until);
    event PlatformSet(bytes32 indexed siteHash, bool listed);

    /// @notice The offer was closed.
    error ClosedOffer(uint256 offerId);
    /// @notice The seller does not own the certificate any more.
    error SellerNotOwner(uint256 offerId);
    /// @notice The price is above the buyer's limit.
    error PriceAboveLimit(uint256 price, uint256 maxPrice);
    /// @notice The end user is missing.
    error EmptyEndUser();
    /// @notice A sharing platform cannot be an end user: name the account on it.
    error PlatformAsEndUser(bytes32 siteHash);
    /// @notice Only the settlement contract may grant releases.
    error NotSettlement(address caller);
    /// @notice A period must not end before it starts.
    error BadPeriod(uint64 from, uint64 until);

    /// @notice Buy a licence; the price goes to the seller in the same transaction.
    /// @param endUser Hash of the host or site that will use the work.
    /// @param maxPrice CPY wei that the buyer agreed to.
    function buy(
        uint256 offerId,
        address licensee,
        bytes32 endUser,
        uint256 maxPrice
    ) external returns (uint256 licenceId);

    /// @notice Write the retroactive licence of a settled case. Only the settlement contract.
    function grantRelease(bytes32 workId, bytes32 siteHash, uint64 from, uint64 until) external;

    /// @notice List a site as a sharing platform, or take it off the list. Only the governor.
    function setPlatform(bytes32 siteHash, bool listed) external;

    /// @notice Whether the site is listed as a sharing platform, which cannot be an end user.
    function isPlatform(bytes32 siteHash) external view returns (bool);

    /// @notice Whether one licence or release covers the whole time, both ends included, for the host or its site.
    function covered(
        bytes32 workId,
        bytes32 hostHash,
        bytes32 siteHash,
        uint64 from,
        uint64 to
    ) external view returns (bool);
}
