// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title Vault of founders' or advisors' tokens
/// @notice Nothing before the cliff, then linear from the start. `release(token)` sends what has vested to the owner; anybody
/// may call it. The owner may pass the vault on, never give it up; nobody can shorten it or take it back.
contract VestingVault is VestingWalletCliff {
    /// @notice Without an owner, nobody could ever have the tokens.
    error OwnerNeeded();

    /// @param beneficiary First owner.
    /// @param start Unix seconds at which vesting starts to count.
    /// @param duration Seconds from the start until everything has vested.
    /// @param cliff Seconds from the start until the first release; at most the duration.
    constructor(
        address beneficiary,
        uint64 start,
        uint64 duration,
        uint64 cliff
    ) VestingWallet(beneficiary, start, duration) VestingWalletCliff(cliff) {}

    /// @notice Always reverts.
    function renounceOwnership() public pure override {
        revert OwnerNeeded();
    }
}
