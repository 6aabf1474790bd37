// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOfferBook} from "../interfaces/IOfferBook.sol";

/// @title Uses, rights and standard price structures
library Presets {
    uint32 internal constant WEB_EDITORIAL = 1 << 0;
    uint32 internal constant WEB_COMMERCIAL = 1 << 1;
    uint32 internal constant SOCIAL = 1 << 2;
    uint32 internal constant PRINT_EDITORIAL = 1 << 3;
    uint32 internal constant PRINT_ADVERTISING = 1 << 4;
    uint32 internal constant PACKAGING = 1 << 5;
    uint32 internal constant BROADCAST = 1 << 6;
    uint32 internal constant MERCHANDISE = 1 << 7;
    uint32 internal constant INTERNAL = 1 << 8;
    uint32 internal constant ALL_USES = (1 << 9) - 1;
    /// @dev Uses that a crawler can meet: only these cover a website.
    uint32 internal constant ONLINE = WEB_EDITORIAL | WEB_COMMERCIAL | SOCIAL;

    uint8 internal constant EXCLUSIVE = 1 << 0;
    uint8 internal constant TRANSFERABLE = 1 << 1;
    uint8 internal constant SUBLICENSABLE = 1 << 2;
    uint8 internal constant RENEWABLE = 1 << 3;
    uint8 internal constant ALL_RIGHTS = (1 << 4) - 1;

    uint32 internal constant YEAR = 365 days;
    /// @dev A buy-out has no end: 100 years.
    uint32 internal constant FOREVER = 100 * 365 days;
    /// @dev Longest time that a use may stay covered after its period.
    uint32 internal constant MAX_GRACE = YEAR;
    /// @dev Shortest time in which an end user whose right was ended early can take the work down.
    uint32 internal constant NOTICE = 14 days;

    /// @dev Parameters of a standard price structure. Price, currency, territories and terms stay the holder's.
    function preset(bytes32 name) internal pure returns (uint32 uses, uint8 rights, uint32 period, uint32 grace) {
        if (name == "editorial") return (WEB_EDITORIAL | PRINT_EDITORIAL, RENEWABLE, YEAR, 30 days);
        if (name == "web") return (WEB_EDITORIAL | WEB_COMMERCIAL, RENEWABLE, YEAR, 30 days);
        if (name == "print") return (PRINT_EDITORIAL | PRINT_ADVERTISING, 0, YEAR, 0);
        if (name == "social") return (SOCIAL, RENEWABLE, YEAR, 30 days);
        if (name == "campaign") return (ONLINE | PRINT_ADVERTISING | BROADCAST, SUBLICENSABLE, 90 days, 14 days);
        if (name == "agency") return (ONLINE, SUBLICENSABLE | RENEWABLE, YEAR, 30 days);
        if (name == "exclusive web") return (ONLINE, EXCLUSIVE | RENEWABLE, YEAR, 30 days);
        if (name == "buy-out") return (ALL_USES, EXCLUSIVE | TRANSFERABLE | SUBLICENSABLE, FOREVER, 0);
        revert IOfferBook.UnknownPreset(name);
    }
}
