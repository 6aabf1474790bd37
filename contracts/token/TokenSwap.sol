// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ITokenSwap} from "../interfaces/ITokenSwap.sol";
import {CPYToken} from "./CPYToken.sol";

/// @title TokenSwap
contract TokenSwap is ITokenSwap {
    using SafeERC20 for CPYToken;

    /// @notice New tokens for `OLD_PARTS` old ones (docs/decisions/008-token-supply-and-swap.md).
    uint256 public constant NEW_PARTS = 13;
    uint256 public constant OLD_PARTS = 10;
    /// @notice Longest time until the deadline: a date in milliseconds would keep the leftover for ever.
    uint64 public constant MAX_SECONDS = 3650 days;

    /// @notice What is burned.
    CPYToken public immutable oldToken;
    /// @notice What is paid.
    CPYToken public immutable newToken;
    /// @notice Unix seconds of the last moment in which tokens are swapped.
    uint64 public immutable deadline;

    constructor(CPYToken oldToken_, CPYToken newToken_, uint64 deadline_) {
        if (address(oldToken_).code.length == 0) revert NotToken(address(oldToken_));
        if (address(newToken_).code.length == 0) revert NotToken(address(newToken_));
        if (oldToken_ == newToken_) revert SameToken(address(oldToken_));
        if (deadline_ <= block.timestamp || deadline_ > block.timestamp + MAX_SECONDS) revert BadDeadline(deadline_);
        oldToken = oldToken_;
        newToken = newToken_;
        deadline = deadline_;
    }

    /// @inheritdoc ITokenSwap
    function swap(uint256 amount, address to) public returns (uint256 newAmount) {
        if (block.timestamp > deadline) revert SwapClosed(deadline);
        if (amount == 0) revert ZeroAmount(msg.sender);
        // What came back to the swap would be burned as leftover.
        if (to == address(this)) revert BadReceiver(to);
        uint256 held = newToken.balanceOf(address(this));
        uint256 needed = tokensNeeded();
        if (held < needed) revert NotFunded(held, needed);
        newAmount = newAmountOf(amount);
        emit Swapped(msg.sender, to, amount, newAmount);
        oldToken.burnFrom(msg.sender, amount);
        newToken.safeTransfer(to, newAmount);
    }

    /// @inheritdoc ITokenSwap
    function swapWithPermit(
        uint256 amount,
        address to,
        uint256 permitDeadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 newAmount) {
        // solhint-disable-next-line no-empty-blocks
        try oldToken.permit(msg.sender, address(this), amount, permitDeadline, v, r, s) {} catch {
            // Used already by somebody who saw it, or invalid: then burning fails for want of allowance.
        }
        return swap(amount, to);
    }

    /// @inheritdoc ITokenSwap
    function burnLeftover() external returns (uint256 amount) {
        if (block.timestamp <= deadline) revert SwapOpen(deadline);
        amount = newToken.balanceOf(address(this));
        if (amount == 0) revert NothingToBurn();
        emit LeftoverBurned(amount);
        newToken.burn(amount);
    }

    /// @inheritdoc ITokenSwap
    function funded() external view returns (bool) {
        return newToken.balanceOf(address(this)) >= tokensNeeded();
    }

    /// @inheritdoc ITokenSwap
    function tokensNeeded() public view returns (uint256) {
        return newAmountOf(oldToken.totalSupply());
    }

    /// @inheritdoc ITokenSwap
    function newAmountOf(uint256 amount) public pure returns (uint256) {
        return (amount * NEW_PARTS) / OLD_PARTS;
    }
}
