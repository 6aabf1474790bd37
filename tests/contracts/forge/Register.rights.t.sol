// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {IVerifierHub} from "../../../contracts/interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {Presets} from "../../../contracts/market/Presets.sol";
import {VestingVault} from "../../../contracts/token/VestingVault.sol";
import {Log, Scenes} from "./Scenes.sol";

/// @dev What the register and the verifiers promise an author, whoever tries to write in their name or against it.
contract RegisterRightsTest is Scenes {
    // ------------------------------------------------------------------------- nobody writes into another's name

    function test_aStrangerClaimsNothingInMyName() external {
        bytes32 hash = keccak256("the author's picture");
        IWorkRegistry.Entry memory bad = IWorkRegistry.Entry(IWorkRegistry.Kind.Image, hash, 65535, "junk", "junk");
        bytes32 root = _anchored(mallory, author, bad);
        MORE.expectPartialRevert(IWorkRegistry.Expired.selector);
        _claim(mallory, root, author, bad);
        IWorkRegistry.Consent memory own = _consent(root, author, _keyOf(1));
        MORE.expectRevert(abi.encodeWithSelector(IWorkRegistry.BadSignature.selector, author));
        _claimWith(mallory, root, author, bad, own);
        _registered(author, hash);
    }

    function test_whoPaysForMeClaimsWhatISignedAndNothingElse() external {
        IWorkRegistry.Entry memory good = _entry("w");
        bytes32 root = _anchored(author, author, good);
        IWorkRegistry.Consent memory consent = _consent(root, author, _keyOf(0));
        bytes32 other = _anchored(mallory, author, _entry("other"));
        MORE.expectRevert(abi.encodeWithSelector(IWorkRegistry.BadSignature.selector, author));
        _claimWith(mallory, other, author, _entry("other"), consent);
        _claimWith(mallory, root, author, good, consent);
        require(registry.ownerOf(uint256(registry.workIdOf(author, "w"))) == author, "minted to the author");
    }

    function test_aConsentThatWasTakenBackCountsNoMore() external {
        IWorkRegistry.Entry memory good = _entry("w");
        bytes32 root = _anchored(author, author, good);
        IWorkRegistry.Consent memory consent = _consent(root, author, _keyOf(0));
        VM.prank(author);
        registry.cancelSignatures();
        MORE.expectRevert(abi.encodeWithSelector(IWorkRegistry.BadSignature.selector, author));
        _claimWith(mallory, root, author, good, consent);
    }

    function test_claimManyNamesWhatItPassesOver() external {
        IWorkRegistry.Entry memory good = _entry("w");
        bytes32 workId = _registered(author, "w");
        bytes32 root = _anchored(author, author, good);
        MORE.recordLogs();
        _claim(author, root, author, good);
        Log[] memory logs = MORE.getRecordedLogs();
        require(logs.length == 1 && logs[0].topics[0] == IWorkRegistry.ClaimPassedOver.selector, "said nothing");
        require(logs[0].topics[1] == workId && logs[0].topics[2] == root, "of another work");
    }

    function test_nobodyDatesMyWorkBackWithoutMyWord() external {
        IWorkRegistry.Entry memory entry = _entry("w");
        bytes32 root = _anchored(mallory, author, entry);
        _pass(1 days);
        _registered(author, "w");
        IWorkRegistry.Consent memory none;
        MORE.expectPartialRevert(IWorkRegistry.Expired.selector);
        VM.prank(mallory);
        registry.proveEarlier(root, author, entry, new bytes32[](0), none);
        VM.prank(author);
        registry.proveEarlier(root, author, entry, new bytes32[](0), none);
    }

    function test_oneOwnerHasOneCertificateOfAFile() external {
        bytes32 first = _registered(author, "w");
        IWorkRegistry.Entry memory other = IWorkRegistry.Entry(IWorkRegistry.Kind.Other, "w", 1, "f", "m");
        MORE.expectRevert(abi.encodeWithSelector(IWorkRegistry.AlreadyRegistered.selector, first));
        VM.prank(author);
        registry.register(other);
    }

    // -------------------------------------------------------------------------------- each verifier's word is their own

    function test_noVerifierUndoesWhatAnotherAttested() external {
        bytes32 workId = _registered(author, "w");
        verifiers.setVerifier(_members[1], true);
        _attestBy(0, workId, author, uint64(_now), uint64(_now + 365 days));
        _attestBy(1, workId, author, uint64(_now), uint64(_now + 1));
        VM.prank(_members[1]);
        verifiers.revoke(workId, author);
        require(verifiers.hasAuthorship(workId, author), "revoked by another");
        VM.prank(_members[0]);
        verifiers.revoke(workId, author);
        require(!verifiers.hasAuthorship(workId, author), "revoked by its verifier");
    }

    function test_aShorterOrLaterRemovedAttestationEndsNoLongerOne() external {
        bytes32 workId = _registered(author, "w");
        verifiers.setVerifier(_members[1], true);
        uint64 before = uint64(_now);
        _pass(10);
        _attestBy(0, workId, author, uint64(_now), uint64(_now + 365 days));
        _attestBy(1, workId, author, before, uint64(_now + 1 days));
        _pass(2 days);
        require(verifiers.hasAuthorship(workId, author), "the year's attestation stands");
        verifiers.setVerifier(_members[1], false);
        require(verifiers.hasAuthorship(workId, author), "what the first verifier attested stands");
        verifiers.setVerifier(_members[0], false);
        require(!verifiers.hasAuthorship(workId, author), "nobody who attested it is a verifier");
    }

    function test_authorshipIsAttestedOfTheContentThatTheWorkHas() external {
        bytes32 workId = _registered(author, "w");
        _origins[workId] = IVerifierHub.Origin(author, "another picture");
        (bool good, bytes memory reason) = address(this).call(abi.encodeCall(this.attestNow, (workId, author)));
        require(!good && bytes4(reason) == IVerifierHub.WrongOrigin.selector, "attested under a false content");
    }

    /// What is not registered must not stand among the registrations of a content, where each opening looks at it.
    function test_onlyRegisteredWorksAreAttested() external {
        bytes32 workId = registry.workIdOf(mallory, "w");
        _origins[workId] = IVerifierHub.Origin(mallory, "w");
        (bool good, ) = address(this).call(abi.encodeCall(this.attestNow, (workId, mallory)));
        require(!good, "attested a work that is not registered");
    }

    function test_whatLapsedOrWasRevokedIsAttestedAnew() external {
        bytes32 workId = _registered(author, "w");
        uint64 first = uint64(_now);
        _attestBy(0, workId, author, first, first + 10 days);
        _pass(5 days);
        _attestBy(0, workId, author, uint64(_now), uint64(_now + 10 days));
        require(_sinceOf(workId) == first, "renewed in time");
        _pass(20 days);
        _attestBy(0, workId, author, uint64(_now), uint64(_now + 10 days));
        require(_sinceOf(workId) == _now, "lapsed in between");
        _pass(1 days);
        VM.prank(_members[0]);
        verifiers.revoke(workId, author);
        require(_sinceOf(workId) == 0, "revoked");
        _pass(1 days);
        _attestBy(0, workId, author, uint64(_now), uint64(_now + 10 days));
        require(_sinceOf(workId) == _now, "revoked in between");
    }

    function _sinceOf(bytes32 workId) private view returns (uint64 since) {
        (since, ) = verifiers.authorship(workId, author, "w");
    }

    function attestNow(bytes32 workId, address subject) external {
        _attest(workId, subject);
    }

    function test_oneSignatureAttestsManyWorks() external {
        bytes32 a = _registered(author, "a");
        bytes32 b = _registered(author, "b");
        (bytes32 leafA, bytes32 leafB) = (verifiers.authorshipLeaf(a), verifiers.authorshipLeaf(b));
        bytes32 root =
            leafA < leafB ? keccak256(abi.encodePacked(leafA, leafB)) : keccak256(abi.encodePacked(leafB, leafA));
        IVerifierHub.Authorships memory statement = IVerifierHub.Authorships(
            root,
            author,
            "evidence",
            uint64(_now),
            uint64(_now + 365 days)
        );
        bytes memory signature = _signed(_memberKeys[0], _authorshipsDigest(statement));
        IVerifierHub.Listed[] memory works = new IVerifierHub.Listed[](2);
        works[0] = _listed(a, leafB);
        works[1] = _listed(b, leafA);
        verifiers.attestMany(statement, works, _members[0], signature);
        require(verifiers.hasAuthorship(a, author) && verifiers.hasAuthorship(b, author), "both");
        bytes32 c = _registered(author, "c");
        works[1] = _listed(c, leafA);
        MORE.expectRevert(abi.encodeWithSelector(IVerifierHub.NotListed.selector, root, c));
        verifiers.attestMany(statement, works, _members[0], signature);
    }

    // --------------------------------------------------------------------- whose certificate stands, and what it carries

    /// A batch anchored in secret and claimed after the sales: whoever took a licence before keeps it.
    function test_aHiddenOlderBatchTakesNoLicenceAway() external {
        bytes32 hash = keccak256("one picture");
        address secondWallet = _people[4];
        bytes32 root = _anchored(secondWallet, secondWallet, _entry(hash));
        _pass(1 days);
        bytes32 first = _registered(author, hash);
        _attest(first, author);
        IOfferBook.Offer memory made = _made(author, first, 50e18, 365 days, 30 days, Presets.RENEWABLE);
        _bought(made, buyer, SITE);
        _claim(secondWallet, root, secondWallet, _entry(hash));
        bytes32 older = registry.workIdOf(secondWallet, hash);
        _pass(1 days);
        _attest(older, secondWallet);
        Seen memory s = _seen(older, SITE);
        _pass(1 days);
        // What is sold under the displaced registration from now on protects nobody from the other one.
        _bought(made, payer, "another site");
        Seen memory late = _seenAt(older, "another site", "url");
        _pass(WINDOW);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.Covered.selector, first, SITE, s.item.seenAt));
        _open(secondWallet, s, hash);
        _open(secondWallet, late, hash);
    }

    function test_unattestedSquattersStopNobody() external {
        bytes32 hash = keccak256("the author's picture");
        address[3] memory squatters = [mallory, _people[4], payer];
        bytes32[3] memory roots;
        for (uint256 i; i < 3; ++i) roots[i] = _anchored(squatters[i], squatters[i], _entry(hash));
        _pass(1);
        bytes32 workId = _registered(author, hash);
        _attest(workId, author);
        Seen memory s = _seen(workId, SITE);
        _pass(WINDOW);
        for (uint256 i; i < 3; ++i) _claim(squatters[i], roots[i], squatters[i], _entry(hash));
        require(registry.earliestOf(hash) != workId, "they are earlier");
        _open(author, s, hash);
    }

    function test_anEarlierAttestedRegistrationStandsInTheWayUntilItIsNoMore() external {
        bytes32 hash = "w";
        bytes32 first = _registered(author, hash);
        _attestBy(0, first, author, uint64(_now), uint64(_now + 10 days));
        _pass(1);
        bytes32 second = _registered(mallory, hash);
        _attest(second, mallory);
        Seen memory s = _seen(second, SITE);
        _pass(WINDOW);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.EarlierRegistration.selector, second, first));
        _open(mallory, s, hash);
        // Another content's hash does not help.
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.OtherContent.selector, second, bytes32("another")));
        _open(mallory, s, "another");
        _pass(10 days);
        _open(mallory, s, hash);
    }

    function test_ofTwoInOneSecondTheOneThatWasAttestedFirstStands() external {
        bytes32 a = _registered(author, "w");
        bytes32 b = _registered(mallory, "w");
        _attest(a, author);
        _attest(b, mallory);
        Seen memory s = _seen(a, SITE);
        Seen memory t = _seen(b, SITE);
        _pass(WINDOW);
        MORE.expectRevert(abi.encodeWithSelector(ISettlement.EarlierRegistration.selector, b, a));
        _open(mallory, t, "w");
        _open(author, s, "w");
    }

    function test_aBuyerNamesTheStateOfTheWork() external {
        bytes32 workId = _registered(author, "w");
        bytes32 agreed = registry.stateOf(workId);
        IWorkRegistry.CoOwner[] memory all = new IWorkRegistry.CoOwner[](1);
        all[0] = IWorkRegistry.CoOwner(author, 10_000);
        VM.prank(author);
        registry.setCoOwners(workId, all, new bytes[](0));
        MORE.expectPartialRevert(IWorkRegistry.StateChanged.selector);
        VM.prank(author);
        registry.transferAt(author, buyer, uint256(workId), agreed);

        bytes32 other = _registered(author, "x");
        agreed = registry.stateOf(other);
        _bought(_made(author, other, 0, Presets.FOREVER, 0, Presets.EXCLUSIVE), author, "himself");
        MORE.expectPartialRevert(IWorkRegistry.StateChanged.selector);
        VM.prank(author);
        registry.transferAt(author, buyer, uint256(other), agreed);
        agreed = registry.stateOf(other);
        VM.prank(author);
        registry.transferAt(author, buyer, uint256(other), agreed);
        require(registry.ownerOf(uint256(other)) == buyer, "sold as agreed");
    }

    function test_theGovernorNamesAnotherPanel() external {
        registry.setArbitration(address(this));
        evidence.setArbitration(address(this));
        bytes32 workId = _registered(author, "w");
        registry.setStanding(workId, "w", IWorkRegistry.Standing.Disputed);
        VM.prank(mallory);
        (bool good, ) = address(registry).call(abi.encodeCall(IWorkRegistry.setArbitration, (mallory)));
        require(!good, "anybody may");
    }

    function test_aVaultIsNeverGivenUp() external {
        VestingVault vault = new VestingVault(author, uint64(_now), 100, 10);
        VM.prank(author);
        MORE.expectRevert(abi.encodeWithSelector(VestingVault.OwnerNeeded.selector));
        vault.renounceOwnership();
    }

    // -------------------------------------------------------------------------------------------------------- helpers

    function _listed(bytes32 workId, bytes32 sibling) private view returns (IVerifierHub.Listed memory listed) {
        listed.workId = workId;
        listed.origin = _origins[workId];
        listed.proof = new bytes32[](1);
        listed.proof[0] = sibling;
    }

    function _authorshipsDigest(IVerifierHub.Authorships memory statement) private view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Authorships(bytes32 root,address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
                ),
                statement.root,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            )
        );
        return _typed(address(verifiers), "CopyTrack VerifierHub", structHash);
    }

    function _consent(
        bytes32 root,
        address owner,
        uint256 key
    ) private view returns (IWorkRegistry.Consent memory consent) {
        uint64 deadline = uint64(_now + 1 days);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Claim(bytes32 root,uint256 epoch,uint64 deadline)"),
                root,
                registry.epochOf(owner),
                deadline
            )
        );
        bytes memory signature = _signed(key, _typed(address(registry), "CopyTrack WorkRegistry", structHash));
        return IWorkRegistry.Consent(deadline, signature);
    }
}
