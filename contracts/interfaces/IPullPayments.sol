// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Money that is owed and fetched by whom it belongs to
interface IPullPayments {
    /// @notice An ERC-2612 permit of the payer for this contract.
    struct Permit {
        /// @dev CPY wei that may be taken.
        uint256 value;
        /// @dev Unix seconds.
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice Nothing is owed to this account.
    error NothingOwed(address account);

    /// @notice This address would lose the money.
    error CannotReceive(address to);

    /// @notice CPY wei owed to the account.
    function owed(address account) external view returns (uint256);

    /// @notice Send everything that is owed to the caller. Never paused.
    /// @param to Receiver of the CPY.
    /// @return amount CPY wei sent.
    function withdraw(address to) external returns (uint256 amount);
}
