// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPullPayments} from "../interfaces/IPullPayments.sol";

/// @dev Vault of one token: what comes in is credited in the same transaction, so balance = total owed.
abstract contract PullPayments is IPullPayments {
    using SafeERC20 for IERC20;

    /// @notice The token that is held: CPY.
    IERC20 public immutable token;
    /// @inheritdoc IPullPayments
    uint256 public totalOwed;
    /// @inheritdoc IPullPayments
    mapping(address => uint256) public owed;

    constructor(IERC20 token_) {
        token = token_;
    }

    /// @inheritdoc IPullPayments
    function withdraw(address to) external returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        owed[msg.sender] = 0;
        totalOwed -= amount;
        emit Withdrawn(msg.sender, to, amount);
        token.safeTransfer(to, amount);
    }

    function _credit(address account, uint256 amount) internal {
        owed[account] += amount;
        totalOwed += amount;
        emit Credited(account, amount);
    }
}
