// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IIncome} from "../../../contracts/interfaces/IIncome.sol";
import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {Scenes} from "./Scenes.sol";

/// @dev What a work earns through works that derive from it reaches those who share in it, and burdens no buyer.
contract IncomeRightsTest is Scenes {
    /// @dev Twenty-one people who share in the works above cost a buyer nothing.
    function test_whoSharesInAncestorsMakesNoPurchaseDear() external {
        bytes32[4] memory line;
        for (uint256 i; i < 4; ++i) line[i] = _registered(author, bytes32(1000 + i));
        for (uint256 i; i < 3; ++i) {
            VM.prank(author);
            registry.linkDerivative(line[i], line[i + 1], 3000);
        }
        IOfferBook.Offer memory made = _made(author, line[0], 10e18, 1 days, 0, 0);
        _bought(made, payer, "warm");
        uint256 alone = _gasOfBuying(made, "alone");
        for (uint256 i = 1; i < 4; ++i) _share(author, line[i], 7, 500 + i * 10);
        // The measurement itself grows a little with the memory.
        require(_gasOfBuying(made, "shared") < alone + 1000, "ancestors cost the buyer");
    }

    /// @dev The certificate of a parent lies in a contract that can ask for nothing.
    function test_incomeWaitsWhileAContractHoldsTheCertificate() external {
        bytes32 parent = _registered(author, "parent");
        _share(author, parent, 1, 700);
        bytes32 child = _registered(mallory, "child");
        VM.prank(mallory);
        registry.linkDerivative(child, parent, 5000);
        address escrow = address(token);
        VM.prank(author);
        registry.transferFrom(author, escrow, uint256(parent));
        _bought(_made(mallory, child, 10e18, 365 days, 0, 0), buyer, SITE);

        // A co-owner need not wait for the escrow to end.
        ledger.distribute(parent);
        require(ledger.owed(VM.addr(700)) == 5e16, "the co-owner's part");
        require(ledger.owed(escrow) == 0 && ledger.waitingFor(parent).owners == 495e16, "the owner's part waits");
        MORE.expectRevert(abi.encodeWithSelector(IIncome.NoIncome.selector, parent));
        ledger.distribute(parent);

        VM.prank(escrow);
        registry.transferFrom(escrow, buyer, uint256(parent));
        VM.prank(buyer);
        ledger.distribute(parent);
        require(ledger.owed(buyer) == 495e16 && ledger.waitingFor(parent).owners == 0, "fetched");
        MORE.expectRevert(abi.encodeWithSelector(IIncome.NoIncome.selector, parent));
        VM.prank(buyer);
        ledger.distribute(parent);
    }

    /// @dev Every wei of a payment arrives, whatever the shares and however long the line, and nothing is made.
    function test_everyWeiArrives(uint96 price, uint16[5] memory upwards, uint16[6] memory shares) external {
        price = uint96(_within(price, 1, 1000e18));
        bytes32[6] memory line;
        for (uint256 i; i < 6; ++i) {
            line[i] = _registered(author, bytes32(2000 + i));
            IWorkRegistry.CoOwner[] memory one = new IWorkRegistry.CoOwner[](1);
            one[0] = IWorkRegistry.CoOwner(VM.addr(800 + i), uint16(_within(shares[i], 1, 5000)));
            VM.prank(author);
            registry.setCoOwners(line[i], one, new bytes[](0));
        }
        for (uint256 i; i < 5; ++i) {
            VM.prank(author);
            registry.linkDerivative(line[i], line[i + 1], uint16(_within(upwards[i], 1, 5000)));
        }
        _bought(_made(author, line[0], price, 1 days, 0, 0), payer, SITE);
        for (uint256 i = 1; i < 6; ++i) {
            if (ledger.waitingFor(line[i]).undistributed == 0) continue;
            VM.prank(author);
            ledger.distribute(line[i]);
        }
        uint256 sum = ledger.owed(author);
        for (uint256 i; i < 6; ++i) sum += ledger.owed(VM.addr(800 + i));
        require(sum == price && token.balanceOf(address(ledger)) == price, "every wei");
    }

    /// @dev Of a parent that the panel rejected nobody takes a part.
    function test_aRejectedParentEarnsNothing() external {
        bytes32 parent = _registered(mallory, "parent");
        bytes32 child = _registered(author, "child");
        VM.prank(author);
        registry.linkDerivative(child, parent, 5000);
        _reject(mallory, "parent", payer);
        _bought(_made(author, child, 10e18, 365 days, 0, 0), buyer, SITE);
        require(ledger.owed(author) == 10e18 && ledger.waitingFor(parent).undistributed == 0, "the author's own");
    }

    function test_incomeOfAWorkThatNobodyRegistered() external {
        MORE.expectPartialRevert(bytes4(keccak256("ERC721NonexistentToken(uint256)")));
        ledger.distribute("nothing");
    }

    function _gasOfBuying(IOfferBook.Offer memory offer, bytes32 site) private returns (uint256 gas) {
        ILicenseLedger.Purchase memory p = ILicenseLedger.Purchase(offer, payer, site, offer.price);
        VM.prank(payer);
        gas = gasleft();
        ledger.buy(p);
        gas -= gasleft();
    }

    function _share(address owner, bytes32 workId, uint256 people, uint256 first) private {
        IWorkRegistry.CoOwner[] memory coOwners = new IWorkRegistry.CoOwner[](people);
        for (uint256 i; i < people; ++i) coOwners[i] = IWorkRegistry.CoOwner(VM.addr(first + i), 100);
        VM.prank(owner);
        registry.setCoOwners(workId, coOwners, new bytes[](0));
    }
}
