// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Money that is owed and fetched by whom it belongs to
interface IPullPayments {
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Nothing is owed to this account.
    error NothingOwed(address account);

    /// @notice CPY wei owed to the account.
    function owed(address account) external view returns (uint256);

    /// @notice CPY wei owed to everybody; never more than the contract holds.
    function totalOwed() external view returns (uint256);

    /// @notice Send everything that is owed to the caller. Never paused.
    /// @param to Receiver of the CPY.
    /// @return amount CPY wei sent.
    function withdraw(address to) external returns (uint256 amount);
}
