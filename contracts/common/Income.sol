// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IIncome} from "../interfaces/IIncome.sol";
import {IWorkRegistry} from "../interfaces/IWorkRegistry.sol";
import {PullPayments} from "./PullPayments.sol";

/// @dev Shares what a work earns. Its own co-owners are paid at once; whatever stands above it costs a buyer one entry,
/// however many people share in it.
abstract contract Income is IIncome, PullPayments {
    /// @notice Certificates, and who shares in what a work earns.
    IWorkRegistry public immutable registry;

    mapping(bytes32 workId => Waiting) private _waiting;

    constructor(IERC20 token_, IWorkRegistry registry_) PullPayments(token_) {
        registry = registry_;
    }

    /// @inheritdoc IIncome
    function distribute(bytes32 workId) external {
        Waiting memory found = _waiting[workId];
        (address owner, ) = registry.rightsOf(workId);
        bool fetched = owner == msg.sender;
        if (found.undistributed == 0 && (!fetched || found.owners == 0)) revert NoIncome(workId);
        delete _waiting[workId];
        uint256 ownerPart = found.owners + _share(workId, found.undistributed);
        if (fetched) _credit(owner, ownerPart);
        else _waiting[workId].owners = ownerPart;
        emit IncomeDistributed(workId, msg.sender, found.undistributed, fetched ? 0 : ownerPart);
    }

    /// @inheritdoc IIncome
    function waitingFor(bytes32 workId) external view returns (Waiting memory) {
        return _waiting[workId];
    }

    /// @dev Credits all parts of a payment but the owner's, which it returns.
    function _share(bytes32 workId, uint256 amount) internal returns (uint256) {
        IWorkRegistry.Split memory split = registry.splitOf(workId, amount);
        for (uint256 i; i < split.parts.length; ++i) _credit(split.coOwners[i], split.parts[i]);
        if (split.parentPart != 0) {
            _waiting[split.parentId].undistributed += split.parentPart;
            emit IncomeReceived(split.parentId, workId, split.parentPart);
        }
        return split.ownerPart;
    }
}
