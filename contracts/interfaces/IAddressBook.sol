// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Where the contracts are, and where they were
/// @notice A new version of a contract is a new address. Entries are only added, never changed or removed, so that old
/// licences, releases and reports can always be found.
interface IAddressBook {
    struct Version {
        address contractAddress;
        /// @dev Unix seconds.
        uint64 addedAt;
    }

    event AddressAdded(bytes32 indexed name, uint256 indexed version, address contractAddress);

    /// @notice An entry needs a name and the address of a deployed contract.
    error NotAContract(bytes32 name, address given);
    /// @notice Each name needs an address.
    error AddressesMissing(uint256 names, uint256 addresses);
    /// @notice Nothing was ever entered under this name.
    error UnknownName(bytes32 name);

    /// @notice Add the next versions of contracts. Only the governor.
    /// @param names Names as bytes, filled up with zeros: "LicenseLedger".
    function add(bytes32[] calldata names, address[] calldata contracts) external;

    /// @notice Latest address of a contract. Reverts for an unknown name.
    function current(bytes32 name) external view returns (address);

    /// @notice All addresses of a contract, oldest first.
    function versions(bytes32 name) external view returns (Version[] memory);
}
