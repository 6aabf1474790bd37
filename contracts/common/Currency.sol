// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Codes of currencies
library Currency {
    /// @dev Three capital letters, as ISO 4217 codes are.
    function isCode(bytes3 currency) internal pure returns (bool) {
        for (uint256 i; i < 3; ++i) if (currency[i] < "A" || currency[i] > "Z") return false;
        return true;
    }
}
