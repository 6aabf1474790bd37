// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @dev Stops purchases, openings and sales in an emergency. Withdrawals, claims, payments of open cases, verification
/// and refunds never carry `whenNotPaused`.
abstract contract Pausing is AccessManaged, Pausable {
    /// @notice Stop new business. Only the pauser.
    function pause() external restricted {
        _pause();
    }

    /// @notice Resume business. Only the governor.
    function unpause() external restricted {
        _unpause();
    }
}
