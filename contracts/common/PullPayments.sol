// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPullPayments} from "../interfaces/IPullPayments.sol";

/// @dev Vault of one token: what comes in is credited, or held as a deposit, in the same transaction. So its balance is
/// what is owed and held; no sum is kept, since each write of one would cost every buyer 5,000 gas.
abstract contract PullPayments is IPullPayments {
    using SafeERC20 for IERC20;

    /// @notice The token that is held: CPY.
    IERC20 public immutable token;
    /// @inheritdoc IPullPayments
    mapping(address => uint256) public owed;

    constructor(IERC20 token_) {
        token = token_;
    }

    /// @inheritdoc IPullPayments
    function withdraw(address to) external returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        // CPY that the vault sends itself would be nobody's.
        if (to == address(this)) revert CannotReceive(to);
        owed[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        token.safeTransfer(to, amount);
    }

    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        owed[account] += amount;
        emit Credited(account, amount);
    }

    /// @dev Brings CPY into the vault. The caller credits exactly this amount, or holds it as a deposit.
    function _take(address payer, uint256 amount) internal {
        if (amount != 0) token.safeTransferFrom(payer, address(this), amount);
    }

    /// @dev A permit that somebody else brought first has done its work: only the allowance counts.
    function _usePermit(address payer, Permit calldata permit) internal {
        try
            IERC20Permit(address(token)).permit(
                payer,
                address(this),
                permit.value,
                permit.deadline,
                permit.v,
                permit.r,
                permit.s
            )
        {} catch {} // solhint-disable-line no-empty-blocks
    }
}
