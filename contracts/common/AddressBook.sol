// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAddressBook} from "../interfaces/IAddressBook.sol";

/// @title AddressBook
contract AddressBook is IAddressBook, AccessManaged {
    mapping(bytes32 name => Version[]) private _versions;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IAddressBook
    function add(bytes32[] calldata names, address[] calldata contracts) external restricted {
        if (names.length != contracts.length) revert AddressesMissing(names.length, contracts.length);
        for (uint256 i; i < names.length; ++i) {
            if (names[i] == 0 || contracts[i].code.length == 0) revert NotAContract(names[i], contracts[i]);
            Version[] storage list = _versions[names[i]];
            list.push(Version(contracts[i], uint64(block.timestamp)));
            emit AddressAdded(names[i], list.length, contracts[i]);
        }
    }

    /// @inheritdoc IAddressBook
    function current(bytes32 name) external view returns (address) {
        uint256 n = _versions[name].length;
        if (n == 0) revert UnknownName(name);
        return _versions[name][n - 1].contractAddress;
    }

    /// @inheritdoc IAddressBook
    function versions(bytes32 name) external view returns (Version[] memory) {
        return _versions[name];
    }
}
