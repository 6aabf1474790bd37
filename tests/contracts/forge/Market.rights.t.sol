// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {ISubscriptions} from "../../../contracts/interfaces/ISubscriptions.sol";
import {Presets} from "../../../contracts/market/Presets.sol";
import {Scenes} from "./Scenes.sol";

/// @dev What the market promises whoever buys, and whoever sells.
contract MarketRightsTest is Scenes {
    // ---------------------------------------------------------------------------------------------------- exclusivity

    function test_graceAndPeriodAreBounded(uint32 period, uint32 grace) external {
        bytes32 workId = _registered(author, "w");
        IOfferBook.Offer memory offer = _terms(workId, 1e18, period, grace, Presets.RENEWABLE);
        bool legal = period != 0 && period <= Presets.FOREVER && grace <= Presets.MAX_GRACE;
        if (!legal) MORE.expectRevert(abi.encodeWithSelector(IOfferBook.IncompleteOffer.selector));
        VM.prank(author);
        offers.create(offer);
    }

    function test_exclusivityHoldsForEveryLegalPeriodAndGrace(
        uint256 period,
        uint256 grace,
        uint256 otherGrace,
        bool both
    ) external {
        bytes32 workId = _registered(author, "w");
        uint32 time = uint32(_within(period, 1, Presets.FOREVER));
        IOfferBook.Offer memory exclusive = _made(
            author,
            workId,
            100e18,
            time,
            uint32(_within(grace, 0, Presets.MAX_GRACE)),
            Presets.EXCLUSIVE | Presets.RENEWABLE
        );
        ILicenseLedger.Purchase memory p = _bought(exclusive, buyer, SITE);
        ILicenseLedger.Licence memory l = ledger.licence(ledger.licenceIdOf(offers.idOf(exclusive), buyer, SITE));
        require(l.from == _now && l.until == _now + time, "it begins now");
        IOfferBook.Offer memory other = _made(
            author,
            workId,
            1e18,
            1 + time / 2,
            uint32(_within(otherGrace, 0, Presets.MAX_GRACE)),
            both ? Presets.EXCLUSIVE | Presets.RENEWABLE : Presets.RENEWABLE
        );
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.ExclusivityTaken.selector, offers.idOf(exclusive)));
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(other, payer, "competitor", other.price));
        // It can be subscribed to, as any licence that runs.
        VM.prank(buyer);
        subscriptions.subscribe(p, 1, type(uint40).max);
    }

    function test_noSaleElsewhereIsRecordedWhileAnExclusiveLicenceRuns() external {
        bytes32 workId = _registered(author, "w");
        IOfferBook.Offer memory exclusive = _made(author, workId, 9e18, 365 days, 0, Presets.EXCLUSIVE);
        _bought(exclusive, buyer, SITE);
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.ExclusivityTaken.selector, offers.idOf(exclusive)));
        VM.prank(author);
        ledger.recordSale(workId, "competitor", 0, uint40(_now + 365 days), "invoice");
        // One that is over covers nothing and is only listed.
        VM.prank(author);
        ledger.recordSale(workId, "earlier", 0, uint40(_now - 1), "invoice");
        _pass(365 days + 1);
        VM.prank(author);
        ledger.recordSale(workId, "competitor", 0, uint40(_now + 365 days), "invoice");
    }

    function test_aRecordedSaleEndsWithNoticeAndThenExclusivityIsFree() external {
        bytes32 workId = _registered(author, "w");
        VM.prank(author);
        ledger.setAgency(mallory, true);
        MORE.expectPartialRevert(ILicenseLedger.BadPeriod.selector);
        VM.prank(mallory);
        ledger.recordSale(workId, "friend", 0, type(uint40).max, "invoice");
        VM.prank(mallory);
        ledger.recordSale(workId, "friend", 0, uint40(_now + Presets.FOREVER), "invoice");
        VM.prank(mallory);
        ledger.recordSale(workId, "another", 0, uint40(_now + 30 days), "invoice");
        MORE.expectPartialRevert(ILicenseLedger.NotAgency.selector);
        VM.prank(mallory);
        ledger.endSale(workId, "friend", 0);
        VM.prank(author);
        ledger.endSale(workId, "friend", 0);
        require(_covered(workId, "friend", _now + Presets.NOTICE), "notice");
        require(!_covered(workId, "friend", _now + Presets.NOTICE + 1), "and no longer");
        MORE.expectPartialRevert(ILicenseLedger.SaleEndsAnyway.selector);
        VM.prank(author);
        ledger.endSale(workId, "friend", 0);
        VM.prank(author);
        ledger.endSale(workId, "another", 0);
        IOfferBook.Offer memory exclusive = _made(author, workId, 9e18, 365 days, 0, Presets.EXCLUSIVE);
        MORE.expectPartialRevert(IOfferBook.ExternalSaleRuns.selector);
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(exclusive, payer, "x", 9e18));
        _pass(Presets.NOTICE + 1);
        _bought(exclusive, payer, "x");
    }

    function test_aRefundedLicenceFreesExclusivity() external {
        bytes32 workId = _registered(author, "w");
        IOfferBook.Offer memory plain = _made(author, workId, 1e18, Presets.FOREVER, 0, 0);
        ILicenseLedger.Purchase memory p = _bought(plain, buyer, SITE);
        ILicenseLedger.Purchase memory q = _bought(plain, buyer, "another");
        VM.prank(author);
        ledger.revoke(p);
        IOfferBook.Offer memory exclusive = _made(author, workId, 9e18, 365 days, 0, Presets.EXCLUSIVE);
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.ExclusivityTaken.selector, offers.idOf(plain)));
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(exclusive, payer, "x", 9e18));
        VM.prank(author);
        ledger.revoke(q);
        _bought(exclusive, payer, "x");
    }

    // ------------------------------------------------------------------------------------------------------ notice

    function test_revokingAlwaysGivesNotice(uint256 period, uint256 grace, uint256 used) external {
        bytes32 workId = _registered(author, "w");
        uint32 time = uint32(_within(period, 1 days, Presets.FOREVER));
        uint32 extra = uint32(_within(grace, 0, Presets.MAX_GRACE));
        ILicenseLedger.Purchase memory p = _bought(_made(author, workId, 100e18, time, extra, 0), buyer, SITE);
        uint256 ends = _now + time + extra;
        _pass(_within(used, 0, time));
        VM.prank(author);
        ledger.revoke(p);
        // At most until it would have ended anyway.
        uint256 until = _now + (extra > Presets.NOTICE ? extra : Presets.NOTICE);
        if (until > ends) until = ends;
        require(_covered(workId, SITE, until), "notice");
        require(!_covered(workId, SITE, until + 1), "and no longer");
    }

    function test_whoSoldTheCertificateRevokesNothing() external {
        bytes32 workId = _registered(author, "w");
        IOfferBook.Offer memory made = _made(author, workId, 1e18, 365 days, 0, Presets.EXCLUSIVE);
        ILicenseLedger.Purchase memory p = _bought(made, buyer, SITE);
        bytes32 madeId = offers.idOf(made);
        VM.prank(author);
        offers.close(madeId, workId);
        VM.prank(author);
        registry.transferFrom(author, payer, uint256(workId));
        MORE.expectRevert(abi.encodeWithSelector(ILicenseLedger.NotSeller.selector, madeId, author));
        VM.prank(author);
        ledger.revoke(p);
        VM.prank(payer);
        offers.adopt(made);
        require(offers.sales(madeId).closed, "an adopted offer that was closed sells nothing");
        VM.prank(payer);
        ledger.revoke(p);
    }

    function test_aPauseKeepsNobodyFromRenewing() external {
        bytes32 workId = _registered(author, "w");
        IOfferBook.Offer memory made = _made(author, workId, 1e18, 1 days, 0, Presets.RENEWABLE);
        ILicenseLedger.Purchase memory p = _bought(made, buyer, SITE);
        VM.prank(buyer);
        subscriptions.subscribe(p, 1e18, uint40(_now + 365 days));
        ledger.pause();
        _pass(1 days);
        ISubscriptions.Renewal[] memory due = new ISubscriptions.Renewal[](1);
        due[0].licence = p;
        require(subscriptions.renewMany(due) == 1, "renewed by the keeper");
        VM.prank(buyer);
        ledger.buy(p);
        require(_covered(workId, SITE, _now + 1 days), "covered");
        MORE.expectPartialRevert(bytes4(keccak256("EnforcedPause()")));
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(made, payer, "new", 1e18));
    }

    function test_listingAPlatformTakesNoCoverOfThePastAway() external {
        bytes32 workId = _registered(author, "w");
        bytes32 host = keccak256("gallery.shop.example");
        _bought(_made(author, workId, 1e18, 365 days, 30 days, 0), buyer, host);
        _pass(1 days);
        bytes32[] memory names = new bytes32[](1);
        names[0] = host;
        ledger.setPlatforms(names, true);
        require(ledger.covered(workId, host, SITE, uint64(_now - 1 days), uint64(_now - 1)), "licensed then");
        require(!ledger.covered(workId, host, SITE, uint64(_now), uint64(_now)), "from the listing on, not");
        require(!ledger.covered(workId, host, SITE, uint64(_now - 1), uint64(_now)), "nor across it");
        // Listing it again does not move the date.
        _pass(1 days);
        ledger.setPlatforms(names, true);
        require(!ledger.covered(workId, host, SITE, uint64(_now - 1), uint64(_now - 1)), "listed already");
    }

    function test_aRejectedRegistrationSellsNothing() external {
        bytes32 workId = _registered(mallory, "w");
        IOfferBook.Offer memory made = _made(mallory, workId, 50e18, 365 days, 30 days, Presets.RENEWABLE);
        _reject(mallory, "w", author);
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.RejectedWork.selector, workId));
        VM.prank(buyer);
        ledger.buy(ILicenseLedger.Purchase(made, buyer, SITE, made.price));
    }

    // ----------------------------------------------------------------------------------------------- whole catalogues

    function test_oneOfferSellsEveryWorkOfItsSeller() external {
        bytes32 a = _registered(author, "a");
        bytes32 b = _registered(author, "b");
        bytes32 other = _registered(mallory, "c");
        IOfferBook.Catalogue memory all = _catalogue(author, 0);
        MORE.expectPartialRevert(IOfferBook.NoCatalogue.selector);
        offers.listWork(all, a, new bytes32[](0));
        MORE.expectPartialRevert(IOfferBook.NotSeller.selector);
        VM.prank(mallory);
        offers.createCatalogue(all);
        VM.prank(author);
        bytes32 catalogueId = offers.createCatalogue(all);
        require(offers.isOpenCatalogue(catalogueId) && catalogueId == offers.catalogueIdOf(all), "open");
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.CatalogueExists.selector, catalogueId));
        VM.prank(author);
        offers.createCatalogue(all);
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.NotOwner.selector, other, author));
        offers.listWork(all, other, new bytes32[](0));
        // Whoever buys first lists it; a second time changes nothing.
        VM.prank(buyer);
        offers.listWork(all, a, new bytes32[](0));
        offers.listWork(all, a, new bytes32[](0));
        offers.listWork(all, b, new bytes32[](0));
        _bought(offers.offerOf(all, a), buyer, SITE);
        _bought(offers.offerOf(all, b), buyer, SITE);
        require(ledger.owed(author) == 10e18 && _covered(a, SITE, _now), "sold");
        MORE.expectPartialRevert(IOfferBook.NotSeller.selector);
        VM.prank(mallory);
        offers.closeCatalogue(all);
        VM.prank(author);
        offers.closeCatalogue(all);
        IOfferBook.Offer memory closed = offers.offerOf(all, b);
        MORE.expectPartialRevert(IOfferBook.ClosedOffer.selector);
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(closed, payer, "x", closed.price));
        MORE.expectPartialRevert(IOfferBook.NoCatalogue.selector);
        VM.prank(author);
        offers.closeCatalogue(all);
        MORE.expectPartialRevert(IOfferBook.CatalogueExists.selector);
        VM.prank(author);
        offers.createCatalogue(all);
    }

    function test_aCatalogueOfSomeWorksSellsOnlyThose() external {
        bytes32 a = _registered(author, "a");
        bytes32 b = _registered(author, "b");
        IOfferBook.Catalogue memory some = _catalogue(author, offers.catalogueLeaf(a));
        VM.prank(author);
        bytes32 catalogueId = offers.createCatalogue(some);
        offers.listWork(some, a, new bytes32[](0));
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.NotInCatalogue.selector, catalogueId, b));
        offers.listWork(some, b, new bytes32[](0));
    }

    function test_aSoldWorkLeavesItsSellersCatalogue() external {
        bytes32 a = _registered(author, "a");
        IOfferBook.Catalogue memory all = _catalogue(author, 0);
        VM.prank(author);
        offers.createCatalogue(all);
        offers.listWork(all, a, new bytes32[](0));
        VM.prank(author);
        registry.transferFrom(author, payer, uint256(a));
        IOfferBook.Offer memory made = offers.offerOf(all, a);
        MORE.expectPartialRevert(IOfferBook.SellerNotOwner.selector);
        VM.prank(buyer);
        ledger.buy(ILicenseLedger.Purchase(made, buyer, SITE, made.price));
        VM.prank(payer);
        offers.adopt(made);
        VM.prank(author);
        offers.closeCatalogue(all);
        _bought(made, buyer, SITE);
        require(ledger.owed(payer) == 5e18, "the new owner earns");
    }

    /// An offer's id does not name its seller: another's catalogue of the same terms neither ends nor opens it.
    function test_nobodysCatalogueChangesAnothersOffer() external {
        bytes32 a = _registered(author, "a");
        IOfferBook.Catalogue memory mine = _catalogue(author, 0);
        IOfferBook.Catalogue memory same = _catalogue(mallory, 0);
        VM.prank(author);
        offers.createCatalogue(mine);
        offers.listWork(mine, a, new bytes32[](0));
        VM.prank(mallory);
        offers.createCatalogue(same);
        offers.listWork(same, a, new bytes32[](0));
        VM.prank(mallory);
        offers.closeCatalogue(same);
        _bought(offers.offerOf(mine, a), buyer, SITE);

        bytes32 b = _registered(author, "b");
        offers.listWork(mine, b, new bytes32[](0));
        same.nonce = mine.nonce = 2;
        VM.prank(author);
        offers.createCatalogue(mine);
        offers.listWork(mine, b, new bytes32[](0));
        VM.prank(author);
        offers.closeCatalogue(mine);
        VM.prank(mallory);
        offers.createCatalogue(same);
        offers.listWork(same, b, new bytes32[](0));
        IOfferBook.Offer memory closed = offers.offerOf(mine, b);
        MORE.expectPartialRevert(IOfferBook.ClosedOffer.selector);
        VM.prank(buyer);
        ledger.buy(ILicenseLedger.Purchase(closed, buyer, SITE, closed.price));
    }

    function test_anIncompleteCatalogueIsRefused() external {
        IOfferBook.Catalogue memory bad = _catalogue(author, 0);
        bad.grace = Presets.MAX_GRACE + 1;
        MORE.expectRevert(abi.encodeWithSelector(IOfferBook.IncompleteOffer.selector));
        VM.prank(author);
        offers.createCatalogue(bad);
    }

    function test_aSaleThatIsOverIsCountedOut() external {
        bytes32 workId = _registered(author, "w");
        VM.prank(author);
        ledger.recordSale(workId, "short", 0, uint40(_now + 30 days), "invoice");
        VM.prank(author);
        ledger.recordSale(workId, "long", 0, uint40(_now + Presets.FOREVER), "invoice");
        _pass(31 days);
        VM.prank(author);
        ledger.endSale(workId, "long", 0);
        VM.prank(author);
        ledger.endSale(workId, "short", 0);
        MORE.expectPartialRevert(ILicenseLedger.SaleEndsAnyway.selector);
        VM.prank(author);
        ledger.endSale(workId, "short", 0);
        _pass(Presets.NOTICE + 1);
        _bought(_made(author, workId, 9e18, 365 days, 0, Presets.EXCLUSIVE), payer, "x");
    }

    /// What was over before the sales that run were recorded is not among them.
    function test_aSaleOfAnEarlierTimeDoesNotCountOutALaterOne() external {
        bytes32 workId = _registered(author, "w");
        VM.prank(author);
        ledger.recordSale(workId, "old", 0, uint40(_now + 30 days), "invoice");
        VM.prank(author);
        ledger.recordSale(workId, "past", 0, uint40(_now - 1), "invoice");
        _pass(31 days);
        VM.prank(author);
        ledger.recordSale(workId, "new", 0, uint40(_now + 30 days), "invoice");
        VM.prank(author);
        ledger.endSale(workId, "old", 0);
        VM.prank(author);
        ledger.endSale(workId, "past", 0);
        IOfferBook.Offer memory exclusive = _made(author, workId, 9e18, 365 days, 0, Presets.EXCLUSIVE);
        MORE.expectPartialRevert(IOfferBook.ExternalSaleRuns.selector);
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(exclusive, payer, "x", 9e18));
    }

    function _catalogue(address seller, bytes32 works) private pure returns (IOfferBook.Catalogue memory) {
        return
            IOfferBook.Catalogue(
                seller,
                works,
                5e18,
                0,
                365 days,
                30 days,
                Presets.ONLINE,
                Presets.RENEWABLE,
                type(uint256).max,
                "terms",
                1
            );
    }
}
