// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICrowdsale} from "../interfaces/ICrowdsale.sol";

/// @title A buyer that is a contract: it refuses Ether, or calls the sale again whenever it receives some
contract ContractBuyer {
    ICrowdsale public immutable sale;
    /// @notice Whether it takes Ether.
    bool public accepts = true;
    /// @notice What it calls on receiving; nothing if empty.
    bytes public reaction;
    /// @notice How often a reaction succeeded, and failed.
    uint256 public succeeded;
    uint256 public failed;

    /// @notice While it is told to, it refuses Ether.
    error Refused(uint256 amount);

    constructor(ICrowdsale sale_) {
        sale = sale_;
    }

    receive() external payable {
        _react();
    }

    function behave(bool accepts_, bytes calldata reaction_) external {
        accepts = accepts_;
        reaction = reaction_;
    }

    function buy() external payable {
        sale.buy{value: msg.value}();
    }

    function _react() private {
        if (!accepts) revert Refused(msg.value);
        if (reaction.length == 0) return;
        // solhint-disable-next-line avoid-low-level-calls
        (bool done, ) = address(sale).call(reaction);
        if (done) ++succeeded;
        else ++failed;
    }
}
