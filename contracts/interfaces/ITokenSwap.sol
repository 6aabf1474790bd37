// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Swap of the first CPY for the new one, 1.3 for 1
/// @notice Old tokens are burned, so their supply falls; new ones come from what the swap holds. New = old × 13 / 10, rounded
/// down to the wei. It swaps only while it holds enough for every old token that is left, so nobody comes too late before the
/// deadline. Nobody administers it.
interface ITokenSwap {
    /// @param oldAmount Wei of old CPY burned.
    /// @param newAmount Wei of new CPY paid.
    event Swapped(address indexed account, address indexed to, uint256 oldAmount, uint256 newAmount);
    event LeftoverBurned(uint256 amount);

    /// @notice This is no contract, so it is no token.
    error NotToken(address token);
    /// @notice Old and new token must differ.
    error SameToken(address token);
    /// @notice The deadline lies in the future, within ten years.
    error BadDeadline(uint64 deadline);
    /// @notice The time for swapping is over.
    error SwapClosed(uint64 deadline);
    /// @notice The time for swapping is not over.
    error SwapOpen(uint64 deadline);
    /// @notice Nothing is no amount.
    error ZeroAmount(address account);
    /// @notice This address cannot receive.
    error BadReceiver(address receiver);
    /// @notice The swap holds fewer new CPY wei than the old supply is worth.
    error NotFunded(uint256 held, uint256 needed);
    /// @notice Nothing is left to burn.
    error NothingToBurn();

    /// @notice Burn the caller's old CPY and send new CPY. The caller has allowed the swap to burn the amount.
    /// @dev Reverts: SwapClosed, ZeroAmount, BadReceiver, NotFunded, and the old token's errors of balance and allowance.
    /// @param amount Wei of old CPY.
    /// @param to Receiver of the new CPY.
    /// @return newAmount Wei of new CPY sent.
    function swap(uint256 amount, address to) external returns (uint256 newAmount);

    /// @notice The same, with the caller's EIP-2612 permit for the old CPY instead of an allowance.
    /// @dev A permit that does not count does not matter if the allowance is there: anybody can submit a permit that he
    /// sees before the caller's own transaction.
    /// @param permitDeadline Unix seconds until which the permit is valid.
    function swapWithPermit(
        uint256 amount,
        address to,
        uint256 permitDeadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 newAmount);

    /// @notice Burn the new CPY that nobody fetched. After the deadline; anybody may call it.
    /// @return amount Wei of new CPY burned. Reverts: SwapOpen, NothingToBurn.
    function burnLeftover() external returns (uint256 amount);

    /// @notice Wei of new CPY for an amount of wei of old CPY.
    function newAmountOf(uint256 amount) external pure returns (uint256);

    /// @notice Wei of new CPY that the swap must hold now to swap: for the whole old supply that is left.
    function tokensNeeded() external view returns (uint256);

    /// @notice Whether it holds them. Once true it stays true until the leftover is burned.
    function funded() external view returns (bool);
}
