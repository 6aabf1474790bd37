// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The only administrator: OpenZeppelin's AccessManager, who may delay what its roles do
contract Authority is AccessManager {
    constructor(address governor) AccessManager(governor) {}
}
