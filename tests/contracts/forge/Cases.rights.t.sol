// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IArbitration} from "../../../contracts/interfaces/IArbitration.sol";
import {IPullPayments} from "../../../contracts/interfaces/IPullPayments.sol";
import {IRates} from "../../../contracts/interfaces/IRates.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {Arbitration} from "../../../contracts/enforcement/Arbitration.sol";
import {Claims} from "../../../contracts/enforcement/Claims.sol";
import {Settlement} from "../../../contracts/enforcement/Settlement.sol";
import {Scenes} from "./Scenes.sol";

/// @dev What cases promise the accused, and the owners before and after a sale.
contract CasesRightsTest is Scenes {
    function test_oneUseOfOnePhotographIsPaidOnce() external {
        (bytes32 first, bytes32 second) = (_registered(author, "quality 90"), _registered(author, "quality 91"));
        _attest(first, author);
        _attest(second, author);
        (Seen memory one, Seen memory two) = (_seen(first, SITE), _seen(second, SITE));
        _pass(WINDOW);
        uint256 case1 = _open(author, one, "quality 90");
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.AlreadyOpen.selector, case1));
        _open(author, two, "quality 91");
        _pay(case1, payer);
        uint64 released = settlement.releasedUntil(first, SITE);
        Seen memory during = _seen(second, SITE);
        _pass(WINDOW);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.SeenBefore.selector, during.item.seenAt, released));
        _open(author, during, "quality 91");
        // The use goes on after the release: then it is a new one, for one of the two.
        _pass(RELEASE);
        Seen memory later = _seen(second, SITE);
        Seen memory also = _seen(first, SITE);
        _pass(WINDOW);
        uint256 case2 = _open(author, later, "quality 91");
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.AlreadyOpen.selector, case2));
        _open(author, also, "quality 90");
    }

    /// @dev Whoever took a licence from the only registration that was attested then is not accused by way of `join`.
    function test_aUseThatAnotherRegistrationLicensedDoesNotJoin() external {
        bytes32 hash = keccak256("one picture");
        address secondWallet = _people[4];
        bytes32 root = _anchored(secondWallet, secondWallet, _entry(hash));
        bytes32 older = registry.workIdOf(secondWallet, hash);
        Seen memory before = _seen(older, SITE);
        _pass(1 days);
        bytes32 first = _registered(author, hash);
        _attest(first, author);
        _bought(_made(author, first, 50e18, 365 days, 30 days, 0), buyer, SITE);
        _claim(secondWallet, root, secondWallet, _entry(hash));
        _pass(1 days);
        _attest(older, secondWallet);
        Seen memory licensed = _seen(older, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(secondWallet, before, hash);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.Covered.selector, first, SITE, licensed.item.seenAt));
        VM.prank(secondWallet);
        settlement.join(caseId, licensed.root, licensed.item, new bytes32[](0), hash);
    }

    function test_aJoinedUseIsNotClaimedOnceMoreUnderAnotherWork() external {
        (bytes32 first, bytes32 second) = (_registered(author, "a"), _registered(author, "b"));
        _attest(first, author);
        _attest(second, author);
        Seen memory one = _seenAt(first, SITE, "page 1");
        Seen memory more = _seenAt(first, SITE, "page 2");
        Seen memory same = _seenAt(second, SITE, "page 2");
        Seen memory another = _seenAt(second, SITE, "page 3");
        _pass(WINDOW);
        uint256 caseId = _open(author, one, "a");
        VM.prank(author);
        settlement.join(caseId, more.root, more.item, new bytes32[](0), "a");
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.AlreadyOpen.selector, caseId));
        _open(author, same, "b");
        _open(author, another, "b");
    }

    function test_whoSoldTheCertificateOpensNothingAlone() external {
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory old = _seen(workId, SITE);
        _pass(WINDOW);
        VM.prank(author);
        registry.transferFrom(author, buyer, uint256(workId));
        _attest(workId, buyer);
        _pass(10 days);
        Seen memory mine = _seen(workId, SITE);
        _pass(WINDOW);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.CertificateSold.selector, workId, buyer));
        _open(author, old, "w");
        uint256 caseId = _open(buyer, mine, "w");
        // A use of another owner's time does not join it.
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.NotHolder.selector, workId, buyer));
        VM.prank(buyer);
        settlement.join(caseId, old.root, old.item, new bytes32[](0), "w");
    }

    function test_theOwnersBeforeAndAfterASaleAgreeOnAClaim() external {
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory old = _seen(workId, SITE);
        _pass(WINDOW);
        VM.prank(author);
        registry.transferFrom(author, buyer, uint256(workId));
        _pass(1);
        // The seller with the owner's word, the owner with the seller's, somebody else with both.
        bytes[] memory one = new bytes[](1);
        ISettlement.Assignment memory a = _assignment(workId, mallory);
        one[0] = _agreed(a, author, 0);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.BadSignature.selector, buyer));
        _openAssigned(mallory, old, a, one);
        a = _assignment(workId, author);
        one[0] = _agreed(a, author, 0);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.BadSignature.selector, buyer));
        _openAssigned(author, old, a, one);
        one[0] = _agreed(a, buyer, 3);
        VM.prank(buyer);
        settlement.cancelSignatures();
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.BadSignature.selector, buyer));
        _openAssigned(author, old, a, one);
        one[0] = _agreed(a, buyer, 3);
        _openAssigned(author, old, a, one);
        require(settlement.openCase(workId, SITE) == 1, "opened");
    }

    function test_aRejectedRegistrationCollectsNothingAndAnybodyEndsItsCases() external {
        bytes32 stolen = _registered(mallory, "w");
        _attest(stolen, mallory); // a verifier was fooled
        Seen memory s = _seen(stolen, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(mallory, s, "w");
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        MORE.expectPartialRevert(ISettlement.NotClaimant.selector);
        VM.prank(payer);
        settlement.close(caseId);
        _reject(mallory, "w", author);
        (IRates.Quote memory q, bytes[] memory signatures) = _quoted(caseId, 500_00);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.DisputedRegistration.selector, stolen));
        VM.prank(payer);
        settlement.pay(q, signatures);
        VM.prank(payer);
        settlement.close(caseId);
        require(settlement.owed(mallory) == BOND, "the bond goes back");
        Seen memory again = _seen(workId, SITE);
        _pass(WINDOW);
        _open(author, again, "w");
    }

    function test_aReductionIsForOnePaymentInItsTime() external {
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory s = _seen(workId, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(author, s, "w");
        ISettlement.Reduction memory r = ISettlement.Reduction(caseId, 50_00, uint64(_now + 7 days));
        bytes memory consent = _reduced(r);
        _pass(7 days);
        (IRates.Quote memory q, bytes[] memory signatures) = _quoted(caseId, 50_00);
        IPullPayments.Permit memory none;
        VM.prank(payer);
        settlement.payReduced(q, signatures, none, r, consent);
        require(token.balanceOf(payer) == 10_000_000e18 - 50_00 * 1e16, "paid at the lower demand");

        s = _seenAt(workId, "another site", "url");
        _pass(WINDOW);
        caseId = _open(author, s, "w");
        r = ISettlement.Reduction(caseId, 50_00, uint64(_now + 7 days));
        consent = _reduced(r);
        _pass(7 days + 1);
        (q, signatures) = _quoted(caseId, 50_00);
        MORE.expectPartialRevert(ISettlement.Expired.selector);
        VM.prank(payer);
        settlement.payReduced(q, signatures, none, r, consent);
        require(settlement.caseOf(caseId).demand == 500_00, "a discount that nobody took is over");
        r.deadline = uint64(_now + 1);
        consent = _reduced(r);
        VM.prank(author);
        settlement.cancelSignatures();
        MORE.expectPartialRevert(ISettlement.BadSignature.selector);
        VM.prank(payer);
        settlement.payReduced(q, signatures, none, r, consent);
    }

    function test_aQuoteOfYesterdayIsRefusedToday() external {
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory s = _seen(workId, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(author, s, "w");
        (IRates.Quote memory q, ) = _quoted(caseId, 500_00);
        q.validUntil = uint64(_now + 1 days);
        bytes[] memory signatures = _signatures(rates.quoteDigest(q), 0);
        _pass(1 days - 15 minutes);
        MORE.expectPartialRevert(IRates.QuoteTooLong.selector);
        VM.prank(payer);
        settlement.pay(q, signatures);
        q.issuedAt = uint64(_now + 1);
        q.validUntil = uint64(_now + 60);
        signatures = _signatures(rates.quoteDigest(q), 0);
        MORE.expectPartialRevert(IRates.QuoteFromFuture.selector);
        VM.prank(payer);
        settlement.pay(q, signatures);
    }

    function test_termsAreChecked(uint256 missing) external {
        Claims.Terms memory terms = _terms();
        missing = _within(missing, 0, 9);
        if (missing == 0) delete terms.registry;
        if (missing == 1) delete terms.verifiers;
        if (missing == 2) delete terms.evidence;
        if (missing == 3) delete terms.licences;
        if (missing == 4) delete terms.rates;
        if (missing == 5) delete terms.arbitration;
        if (missing == 6) delete terms.operator;
        if (missing == 7) delete terms.challengeWindow;
        if (missing == 8) delete terms.releaseGrace;
        if (missing == 9) delete terms.bond;
        address authority = rates.authority();
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.BadTerms.selector));
        new Settlement(token, terms, authority);
    }

    function test_thePanelsTermsAreChecked(uint256 missing) external {
        Arbitration.Terms memory terms = Arbitration.Terms(registry, evidence, settlement, WINDOW, RULING, FEE);
        missing = _within(missing, 0, 5);
        if (missing == 0) delete terms.registry;
        if (missing == 1) delete terms.evidence;
        if (missing == 2) delete terms.settlement;
        if (missing == 3) delete terms.challengeWindow;
        if (missing == 4) delete terms.rulingTime;
        if (missing == 5) delete terms.fee;
        address authority = rates.authority();
        MORE.expectRevert(abi.encodeWithSelector(IArbitration.BadTerms.selector));
        new Arbitration(token, terms, authority);
    }

    function test_aLostOperatorIsReplaced() external {
        settlement.setOperator(payer);
        require(settlement.operator() == payer, "replaced");
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.BadTerms.selector));
        settlement.setOperator(address(0));
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory s = _seen(workId, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(author, s, "w");
        uint256 before = token.balanceOf(payer);
        VM.prank(payer);
        arbitration.contest(caseId, "reasons");
        require(before - token.balanceOf(payer) == FEE, "contests at the operator's cost");
    }

    /// On the day of the switch nobody who was covered, released or accused is treated as if that had never been.
    function test_aSecondVersionKnowsTheCasesOfTheFirst() external {
        bytes32 workId = _registered(author, "w");
        _attest(workId, author);
        Seen memory s = _seen(workId, SITE);
        _pass(WINDOW);
        uint256 caseId = _open(author, s, "w");
        Claims.Terms memory terms = _terms();
        terms.earlier = settlement;
        Settlement second = new Settlement(token, terms, rates.authority());
        VM.prank(author);
        token.approve(address(second), type(uint256).max);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.AlreadyOpen.selector, caseId));
        VM.prank(author);
        second.open(_opening(s, "w", 1));
        VM.prank(author);
        settlement.close(caseId);
        MORE.expectPartialRevert(ISettlement.SeenBefore.selector);
        VM.prank(author);
        second.open(_opening(s, "w", 1));
        _pass(1);
        s = _seen(workId, SITE);
        _pass(WINDOW);
        VM.prank(author);
        second.open(_opening(s, "w", 1));
    }

    // -------------------------------------------------------------------------------------------------------- helpers

    function _terms() private view returns (Claims.Terms memory terms) {
        (terms.registry, terms.verifiers, terms.evidence) = (registry, verifiers, evidence);
        (terms.licences, terms.rates, terms.arbitration) = (ledger, rates, address(arbitration));
        (terms.operator, terms.challengeWindow, terms.releaseGrace) = (_operator(), WINDOW, RELEASE);
        terms.bond = BOND;
    }

    function _assignment(bytes32 workId, address to) private view returns (ISettlement.Assignment memory) {
        return ISettlement.Assignment(workId, to, 0, type(uint64).max, uint64(_now + 1 days));
    }

    function _agreed(
        ISettlement.Assignment memory a,
        address by,
        uint256 person
    ) private view returns (bytes memory signature) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Assignment(bytes32 workId,address assignee,uint64 seenFrom,uint64 seenUntil,uint256 epoch,uint64 deadline)"
                ),
                a.workId,
                a.assignee,
                a.seenFrom,
                a.seenUntil,
                settlement.epochOf(by),
                a.deadline
            )
        );
        return _signed(_keyOf(person), _typed(address(settlement), "CopyTrack Settlement", structHash));
    }

    function _openAssigned(
        address by,
        Seen memory s,
        ISettlement.Assignment memory a,
        bytes[] memory signatures
    ) private {
        VM.prank(by);
        settlement.openAssigned(_opening(s, "w", 1), a, signatures);
    }

    function _reduced(ISettlement.Reduction memory r) private view returns (bytes memory) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Reduction(uint256 caseId,uint48 demand,uint256 epoch,uint64 deadline)"),
                r.caseId,
                r.demand,
                settlement.epochOf(author),
                r.deadline
            )
        );
        return _signed(_keyOf(0), _typed(address(settlement), "CopyTrack Settlement", structHash));
    }
}
