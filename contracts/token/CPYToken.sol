// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title CPY, the token in which licences and settlements are paid
/// @notice ERC-20 with permit and burn. The whole supply is minted once; nobody can mint more, pause or freeze.
contract CPYToken is ERC20, ERC20Burnable, ERC20Permit {
    /// @notice 130,000,000 CPY: the supply after the token swap (MISSION C1).
    uint256 public constant INITIAL_SUPPLY = 130_000_000e18;

    /// @param holder Receives the whole supply, in wei of CPY (18 decimals).
    constructor(address holder) ERC20("CopyTrack", "CPY") ERC20Permit("CopyTrack") {
        _mint(holder, INITIAL_SUPPLY);
    }
}
