// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../interfaces/ILicenseLedger.sol";
import {ISubscriptions} from "../interfaces/ISubscriptions.sol";
import {Presets} from "./Presets.sol";

/// @title Subscriptions
contract Subscriptions is ISubscriptions {
    /// @notice Where the licences stand; it takes the money.
    ILicenseLedger public immutable ledger;
    mapping(bytes32 licenceId => Subscription) private _subscriptions;

    constructor(ILicenseLedger ledger_) {
        ledger = ledger_;
    }

    /// @inheritdoc ISubscriptions
    function subscribe(ILicenseLedger.Purchase calldata licence, uint96 maxPrice, uint40 until) external {
        bytes32 licenceId = _idOf(licence);
        if (msg.sender != licence.licensee) revert NotLicensee(licenceId, msg.sender);
        if (until < block.timestamp) revert EndsInPast(until);
        if (licence.offer.rights & Presets.RENEWABLE == 0) revert NotRenewable(licenceId);
        uint40 from = ledger.licence(licenceId).from;
        if (from == 0) revert NoLicence(licenceId);
        _subscriptions[licenceId] = Subscription(maxPrice, until, from);
        emit Subscribed(licenceId, msg.sender, licence, maxPrice, until);
    }

    /// @inheritdoc ISubscriptions
    function cancel(ILicenseLedger.Purchase calldata licence) external {
        bytes32 licenceId = _idOf(licence);
        if (msg.sender != licence.licensee) revert NotLicensee(licenceId, msg.sender);
        if (_subscriptions[licenceId].until == 0) revert NotSubscribed(licenceId);
        delete _subscriptions[licenceId];
        emit Cancelled(licenceId, msg.sender);
    }

    /// @inheritdoc ISubscriptions
    function renewMany(Renewal[] calldata renewals) external returns (uint256 renewed) {
        for (uint256 i; i < renewals.length; ++i) {
            Renewal calldata renewal = renewals[i];
            bytes32 licenceId = _idOf(renewal.licence);
            Subscription memory found = _subscriptions[licenceId];
            ILicenseLedger.Licence memory licence = ledger.licence(licenceId);
            uint256 due = _dueAt(licence, renewal.licence.offer.period);
            if (found.until < block.timestamp || found.from != licence.from) {
                emit RenewalFailed(licenceId, abi.encodeWithSelector(NotSubscribed.selector, licenceId));
            } else if (block.timestamp < due) {
                emit RenewalFailed(licenceId, abi.encodeWithSelector(NotDue.selector, licenceId, due));
            } else {
                try ledger.renew(renewal.licence, renewal.quote, renewal.signatures, found.maxPrice) {
                    ++renewed;
                } catch (bytes memory reason) {
                    emit RenewalFailed(licenceId, reason);
                }
            }
        }
    }

    /// @inheritdoc ISubscriptions
    function subscription(bytes32 licenceId) external view returns (Subscription memory) {
        return _subscriptions[licenceId];
    }

    /// @inheritdoc ISubscriptions
    function dueAt(ILicenseLedger.Purchase calldata licence) external view returns (uint256) {
        return _dueAt(ledger.licence(_idOf(licence)), licence.offer.period);
    }

    /// @dev The last quarter of the paid time: after a renewal more than three quarters of a period are ahead, so that
    /// no period is charged twice.
    function _dueAt(ILicenseLedger.Licence memory licence, uint32 period) private pure returns (uint256) {
        return licence.until < period / 4 ? 0 : licence.until - period / 4;
    }

    function _idOf(ILicenseLedger.Purchase calldata licence) private view returns (bytes32) {
        return ledger.licenceIdOf(keccak256(abi.encode(licence.offer)), licence.licensee, licence.endUser);
    }
}
