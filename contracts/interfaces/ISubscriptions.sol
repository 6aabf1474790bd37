// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "./ILicenseLedger.sol";
import {IRates} from "./IRates.sol";

/// @title Licences that renew themselves
/// @notice A licensee says once up to which price and until when; a keeper brings what is due. Nobody is charged twice for
/// a period, above his limit, or after his date, and one who cannot pay stops nobody else.
interface ISubscriptions {
    struct Subscription {
        /// @dev CPY wei per period.
        uint96 maxPrice;
        /// @dev Unix seconds of the last possible charge; 0 for none.
        uint40 until;
        /// @dev Beginning of the licence: one that is bought anew later is not meant.
        uint40 from;
    }

    struct Renewal {
        ILicenseLedger.Purchase licence;
        IRates.Quote quote;
        bytes[] signatures;
    }

    event Subscribed(
        bytes32 indexed licenceId,
        address indexed licensee,
        ILicenseLedger.Purchase licence,
        uint96 maxPrice,
        uint40 until
    );
    event Cancelled(bytes32 indexed licenceId, address indexed licensee);
    /// @notice What the ledger or this contract refused, as its error's bytes. Anybody can bring this about, with a wrong
    /// quote or too little gas: it says nothing of the licensee's account.
    event RenewalFailed(bytes32 indexed licenceId, bytes reason);

    /// @notice Only the licensee may do this.
    error NotLicensee(bytes32 licenceId, address caller);
    /// @notice There is no such licence.
    error NoLicence(bytes32 licenceId);
    /// @notice There is nothing to cancel or renew.
    error NotSubscribed(bytes32 licenceId);
    /// @notice The last possible charge lies in the past.
    error EndsInPast(uint40 until);
    /// @notice The offer allows no renewal.
    error NotRenewable(bytes32 licenceId);
    /// @notice Too early: a renewal is possible in the last quarter of the paid time.
    error NotDue(bytes32 licenceId, uint256 dueAt);

    /// @notice Renew a licence that stands, from now on. Only its licensee, who gives the ledger an allowance besides. Replaces an
    /// earlier subscription of this licence.
    /// @param licence What was bought; its `maxPrice` is passed over.
    function subscribe(ILicenseLedger.Purchase calldata licence, uint96 maxPrice, uint40 until) external;

    /// @notice Renew no more. Only the licensee.
    function cancel(ILicenseLedger.Purchase calldata licence) external;

    /// @notice Renew what is due. Anybody may; a renewal that fails is told by an event and stops no other.
    /// @return renewed Number of renewals that went through.
    function renewMany(Renewal[] calldata renewals) external returns (uint256 renewed);

    /// @notice The subscription of a licence; zeros if there is none.
    function subscription(bytes32 licenceId) external view returns (Subscription memory);

    /// @notice Unix seconds from which the licence can be renewed.
    function dueAt(ILicenseLedger.Purchase calldata licence) external view returns (uint256);
}
