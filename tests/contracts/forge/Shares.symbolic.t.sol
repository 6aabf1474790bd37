// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {WorkRegistry} from "../../../contracts/registry/WorkRegistry.sol";
import {ICertificateRenderer} from "../../../contracts/interfaces/ICertificateRenderer.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {Cheats} from "./Cheats.sol";

/// @dev How money is divided, for every amount and every share, not only for samples. The works stand in the real
/// registry; proofs and samples go through the real `splitOf`.
contract SharesSymbolic is Cheats {
    uint256 private constant MAX_BPS = 5000;
    uint256 private constant WHOLE = 10_000;

    WorkRegistry private _registry;
    bytes32 private _parent;
    bytes32 private _child;

    function setUp() external {
        _registry = new WorkRegistry(ICertificateRenderer(address(0)), address(1), IOfferBook(address(2)), address(3));
        _parent = _registry.register(IWorkRegistry.Entry(IWorkRegistry.Kind.Image, "parent", 1, "f", "m"));
        _child = _registry.register(IWorkRegistry.Entry(IWorkRegistry.Kind.Image, "child", 1, "f", "m"));
    }

    /// @dev Any share that the registry takes.
    function check_partsOfACoOwnerSumToTheAmount(uint128 amount, uint16 bps) external {
        VM.assume(bps != 0 && bps <= WHOLE);
        _name(_parent, bps, 0);
        _requireWhole(_parent, amount, 1);
    }

    /// @dev Several shares are too much for the solvers: forge tries samples of these.
    function test_partsOfCoOwnersSumToTheAmount(uint128 amount, uint16 first, uint16 second) external {
        first = uint16(_within(first, 1, WHOLE - 1));
        _name(_parent, first, uint16(_within(second, 1, WHOLE - first)));
        _requireWhole(_parent, amount, 2);
    }

    /// @dev A derivative with a co-owner.
    function test_partsOfADerivativeSumToTheAmount(uint128 amount, uint16 share, uint16 upwards) external {
        share = uint16(_within(share, 1, WHOLE - 1));
        _name(_child, share, 0);
        _registry.linkDerivative(_child, _parent, uint16(_within(upwards, 1, WHOLE - share)));
        _requireWhole(_child, amount, 1);
    }

    function check_commissionIsAtMostHalf(uint160 amount, uint16 bps) external pure {
        VM.assume(bps <= MAX_BPS);
        (uint256 commission, ) = _shares(amount, bps);
        assert(commission <= uint256(amount) / 2);
    }

    function check_sharesSumToTheAmount(uint160 amount, uint16 bps) external pure {
        VM.assume(bps <= MAX_BPS);
        (uint256 commission, uint256 rest) = _shares(amount, bps);
        assert(commission + rest == amount);
    }

    function _name(bytes32 workId, uint16 first, uint16 second) private {
        IWorkRegistry.CoOwner[] memory coOwners = new IWorkRegistry.CoOwner[](second == 0 ? 1 : 2);
        coOwners[0] = IWorkRegistry.CoOwner(address(0x101), first);
        if (second != 0) coOwners[1] = IWorkRegistry.CoOwner(address(0x102), second);
        _registry.setCoOwners(workId, coOwners, new bytes[](0));
    }

    function _requireWhole(bytes32 workId, uint256 amount, uint256 coOwners) private view {
        IWorkRegistry.Split memory split = _registry.splitOf(workId, amount);
        assert(split.coOwners.length == coOwners && split.parts.length == coOwners);
        assert(split.ownerPart <= amount && split.parentPart <= amount);
        uint256 sum = split.ownerPart + split.parentPart;
        for (uint256 i; i < split.parts.length; ++i) {
            assert(split.parts[i] <= amount);
            sum += split.parts[i];
        }
        assert(sum == amount);
    }

    /// @dev The arithmetic of Settlement._pay, which is not a function of its own: a copy of the formula.
    function _shares(uint256 amount, uint256 bps) private pure returns (uint256 commission, uint256 rest) {
        commission = (amount * bps) / WHOLE;
        rest = amount - commission;
    }
}
