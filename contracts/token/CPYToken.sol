// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title CPY, the token in which licences and settlements are paid
/// @notice ERC-20 with permit and burn. The whole supply is minted once; nobody can mint more, pause or freeze. The same
/// code is the first release (100,000,000 CPY) and the one after the token swap (130,000,000 CPY).
contract CPYToken is ERC20, ERC20Burnable, ERC20Permit {
    /// @notice A token needs a supply.
    error ZeroSupply(address holder);

    /// @param holder Receives the whole supply.
    /// @param supply In wei of CPY (18 decimals).
    constructor(address holder, uint256 supply) ERC20("CopyTrack", "CPY") ERC20Permit("CopyTrack") {
        if (supply == 0) revert ZeroSupply(holder);
        _mint(holder, supply);
    }
}
