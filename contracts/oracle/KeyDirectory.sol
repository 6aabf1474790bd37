// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IKeyDirectory} from "../interfaces/IKeyDirectory.sol";

/// @title KeyDirectory
contract KeyDirectory is IKeyDirectory {
    /// @inheritdoc IKeyDirectory
    mapping(address => bytes32) public keyOf;
    /// @inheritdoc IKeyDirectory
    mapping(address => string) public endpointOf;

    /// @inheritdoc IKeyDirectory
    function publish(bytes32 key, string calldata endpoint) external {
        if (key == 0) revert EmptyKey();
        keyOf[msg.sender] = key;
        endpointOf[msg.sender] = endpoint;
        emit KeyPublished(msg.sender, key, endpoint);
    }
}
