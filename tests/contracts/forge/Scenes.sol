// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IArbitration} from "../../../contracts/interfaces/IArbitration.sol";
import {IEvidenceOracle} from "../../../contracts/interfaces/IEvidenceOracle.sol";
import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IRates} from "../../../contracts/interfaces/IRates.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {IVerifierHub} from "../../../contracts/interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {Presets} from "../../../contracts/market/Presets.sol";
import {World} from "./World.sol";

struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

interface IMore {
    function expectPartialRevert(bytes4 selector) external;
    function expectRevert(bytes calldata reason) external;
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

/// @dev People and short scenes for tests of what is promised to owner, licensee and accused.
abstract contract Scenes is World {
    struct Seen {
        bytes32 root;
        IEvidenceOracle.Item item;
    }

    IMore internal constant MORE = IMore(address(uint160(uint256(keccak256("hevm cheat code")))));
    bytes32 internal constant SITE = keccak256("shop.example");
    bytes32 internal constant URL = keccak256("https://shop.example/ | https://shop.example/a.jpg");

    address internal author;
    address internal mallory;
    address internal payer;
    address internal buyer;

    function setUp() external {
        _build();
        (author, mallory, payer, buyer) = (_people[0], _people[1], _people[2], _people[3]);
    }

    // ------------------------------------------------------------------------------------------------------- register

    function _entry(bytes32 hash) internal pure returns (IWorkRegistry.Entry memory) {
        return IWorkRegistry.Entry(IWorkRegistry.Kind.Image, hash, 1, "fingerprint", "metadata");
    }

    function _registered(address owner, bytes32 hash) internal returns (bytes32 workId) {
        VM.prank(owner);
        workId = registry.register(_entry(hash));
        _origins[workId] = IVerifierHub.Origin(owner, hash);
    }

    /// @dev A batch of one leaf, anchored by anybody.
    function _anchored(address by, address owner, IWorkRegistry.Entry memory entry) internal returns (bytes32 root) {
        root = registry.batchLeaf(owner, entry);
        VM.prank(by);
        registry.anchorBatch(root, 1, "manifest");
        _origins[registry.workIdOf(owner, entry.contentHash)] = IVerifierHub.Origin(owner, entry.contentHash);
    }

    function _claim(address by, bytes32 root, address owner, IWorkRegistry.Entry memory entry) internal {
        IWorkRegistry.Consent memory none;
        _claimWith(by, root, owner, entry, none);
    }

    function _claimWith(
        address by,
        bytes32 root,
        address owner,
        IWorkRegistry.Entry memory entry,
        IWorkRegistry.Consent memory consent
    ) internal {
        IWorkRegistry.Entry[] memory entries = new IWorkRegistry.Entry[](1);
        entries[0] = entry;
        VM.prank(by);
        registry.claimMany(root, owner, entries, new bytes32[][](1), consent);
    }

    // ------------------------------------------------------------------------------------------------ evidence and cases

    /// @dev The committee reports one sighting now.
    function _seen(bytes32 workId, bytes32 site) internal returns (Seen memory) {
        return _seenAt(workId, site, URL);
    }

    function _seenAt(bytes32 workId, bytes32 site, bytes32 url) internal returns (Seen memory found) {
        bytes32 salt = keccak256(abi.encode(++_counter));
        found.item = IEvidenceOracle.Item(workId, site, site, url, "bundle", "cid", uint64(_now), salt);
        found.root = evidence.leafOf(found.item);
        IEvidenceOracle.Report memory report = IEvidenceOracle.Report(
            evidence.configCount(),
            found.root,
            1,
            uint64(_now),
            "manifest"
        );
        evidence.submit(report, _signatures(evidence.reportDigest(report), 0));
    }

    function _opening(Seen memory s, bytes32 hash, uint48 demand) internal pure returns (ISettlement.Opening memory) {
        return ISettlement.Opening(s.root, s.item, new bytes32[](0), hash, "EUR", demand);
    }

    function _open(address by, Seen memory s, bytes32 hash) internal returns (uint256) {
        VM.prank(by);
        return settlement.open(_opening(s, hash, 500_00));
    }

    function _quoted(uint256 caseId, uint256 demand) internal view returns (IRates.Quote memory q, bytes[] memory) {
        q = IRates.Quote(address(settlement), bytes32(caseId), 1e16, demand * 1e16, uint64(_now), uint64(_now + 60));
        return (q, _signatures(rates.quoteDigest(q), 0));
    }

    function _pay(uint256 caseId, address by) internal returns (uint256 amount) {
        (IRates.Quote memory q, bytes[] memory signatures) = _quoted(caseId, settlement.caseOf(caseId).demand);
        VM.prank(by);
        settlement.pay(q, signatures);
        return q.amount;
    }

    function _reject(address owner, bytes32 hash, address by) internal {
        VM.prank(by);
        uint256 disputeId = arbitration.disputeRegistration(owner, hash, "I am the author");
        IArbitration.Ruling memory ruling = IArbitration.Ruling(
            disputeId,
            IArbitration.Outcome.Sustained,
            0,
            "reasons"
        );
        arbitration.rule(ruling, _signatures(arbitration.rulingDigest(ruling), 0));
    }

    // --------------------------------------------------------------------------------------------------------- market

    function _terms(
        bytes32 workId,
        uint96 price,
        uint32 period,
        uint32 grace,
        uint8 rights
    ) internal returns (IOfferBook.Offer memory) {
        return
            IOfferBook.Offer(
                workId,
                price,
                0,
                period,
                grace,
                Presets.ONLINE,
                rights,
                type(uint256).max,
                "terms",
                uint64(++_counter)
            );
    }

    function _made(
        address owner,
        bytes32 workId,
        uint96 price,
        uint32 period,
        uint32 grace,
        uint8 rights
    ) internal returns (IOfferBook.Offer memory made) {
        made = _terms(workId, price, period, grace, rights);
        VM.prank(owner);
        offers.create(made);
    }

    function _bought(
        IOfferBook.Offer memory made,
        address licensee,
        bytes32 endUser
    ) internal returns (ILicenseLedger.Purchase memory p) {
        p = ILicenseLedger.Purchase(made, licensee, endUser, made.price);
        VM.prank(licensee);
        ledger.buy(p);
    }

    function _covered(bytes32 workId, bytes32 site, uint256 at) internal view returns (bool) {
        return ledger.covered(workId, site, site, uint64(at), uint64(at));
    }
}
