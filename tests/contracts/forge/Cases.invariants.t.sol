// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PullPayments} from "../../../contracts/common/PullPayments.sol";
import {IArbitration} from "../../../contracts/interfaces/IArbitration.sol";
import {IEvidenceOracle} from "../../../contracts/interfaces/IEvidenceOracle.sol";
import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IPullPayments} from "../../../contracts/interfaces/IPullPayments.sol";
import {IRates} from "../../../contracts/interfaces/IRates.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {MoneyInvariants, World} from "./World.sol";

/// @dev Sightings, cases, payments and disputes.
contract CasesHandler is World {
    struct Sighting {
        bytes32 root;
        IEvidenceOracle.Item item;
        bytes32[] proof;
    }

    struct Opened {
        uint256 caseId;
        bytes32 workId;
        bytes32 siteHash;
        address claimant;
        uint64 seenAt;
    }

    struct Raised {
        uint256 disputeId;
        IArbitration.Matter matter;
        /// @dev Place of the work in `_works`.
        uint256 work;
        uint96 deposit;
    }

    uint256 private constant WORKS = 4;
    uint256 private constant SITES = 3;

    Opened[] private _cases;
    Raised[] private _pending;
    /// @dev The latest time until which somebody bought a licence, by work and site.
    mapping(bytes32 workId => mapping(bytes32 site => uint256)) private _licensedUntil;
    /// @dev Set if something was accepted that has to be refused.
    bool public wronglyAccepted;
    /// @dev Set if a payment was divided wrongly.
    bool public wronglyDivided;

    constructor() {
        _build();
        for (uint256 i; i < WORKS; ++i) {
            _makeWork(i);
            _attest(_works[i].workId, _works[i].firstOwner);
        }
    }

    // --------------------------------------------------------------------------------------------------- opening cases

    function open(uint256 work, uint256 site, uint256 assigned, uint256 seed) external atNow {
        (bool some, Opened memory alive) = _alive(seed);
        if (some && seed % 4 == 0) return _openAgain(alive.workId, alive.siteHash, seed);
        _openNew(work, site, assigned, seed);
    }

    function join(uint256 which, uint256 seed) external atNow {
        (bool some, Opened memory found) = _alive(which);
        if (!some) return _openAnother(which);
        // Uses of two holders are two cases.
        address holder = registry.ownerAt(found.workId, found.seenAt);
        if (holder != registry.ownerOf(uint256(found.workId))) return _nothing("join");
        uint256 until = _licensedUntil[found.workId][found.siteHash];
        if (until >= _now) _pass(until + 1 - _now);
        Sighting memory next = _sighting(found.workId, found.siteHash, seed);
        _pass(WINDOW);
        VM.prank(found.claimant);
        try settlement.join(found.caseId, next.root, next.item, next.proof, _origins[found.workId].contentHash) {
            if (registry.work(found.workId).standing != IWorkRegistry.Standing.Clear) wronglyAccepted = true;
            _did("join");
        } catch (bytes memory reason) {
            // A contested case outlives a bar that was ruled on an earlier one.
            uint256 free = settlement.freeFrom(found.workId, found.siteHash);
            if (bytes4(reason) == ISettlement.SeenBefore.selector && next.item.seenAt > free) wronglyAccepted = true;
            _allow("join", reason, ISettlement.DisputedRegistration.selector, ISettlement.SeenBefore.selector);
        }
    }

    /// @dev A licence for the site: nobody can open a case on what is seen from then on.
    function license(uint256 work, uint256 site, uint256 who, uint256 seed) external atNow {
        bytes32 workId = _works[work % WORKS].workId;
        bytes32 siteHash = _site(site);
        IOfferBook.Offer memory made = _offer(workId, uint96(_within(seed, 0, 100e18)), 0, 1 days, 0);
        address payer = _people[who % PEOPLE];
        VM.prank(payer);
        ledger.buy(ILicenseLedger.Purchase(made, payer, siteHash, made.price));
        uint256 until = _now + made.period + made.grace;
        if (until > _licensedUntil[workId][siteHash]) _licensedUntil[workId][siteHash] = until;
        Sighting memory found = _sighting(workId, siteHash, seed);
        _pass(WINDOW);
        ISettlement.Opening memory opening = _opening(found, work % WORKS, seed);
        VM.prank(registry.ownerAt(workId, found.item.seenAt));
        try settlement.open(opening) {
            wronglyAccepted = true;
        } catch {} // solhint-disable-line no-empty-blocks
        _did("license");
    }

    function sellWork(uint256 work, uint256 to) external atNow {
        bytes32 workId = _works[work % WORKS].workId;
        address owner = registry.ownerOf(uint256(workId));
        address next = _people[to % PEOPLE];
        // Nobody attests the same person twice in a second.
        _pass(1);
        _attest(workId, next);
        VM.prank(owner);
        registry.transferFrom(owner, next, uint256(workId));
        _pass(1);
        _did("sellWork");
    }

    // ------------------------------------------------------------------------------------------------ while a case lives

    function lower(uint256 which, uint256 demand, uint256 seed) external atNow {
        (bool some, Opened memory found) = _alive(which);
        if (!some) return _openAnother(which);
        uint256 present = settlement.caseOf(found.caseId).demand;
        if (present == 1) return _nothing("lower");
        uint48 next = uint48(_within(demand, 1, present - 1));
        if (seed % 4 == 0 && !_isRejected(found.workId)) return _payReduced(found, next, seed);
        VM.prank(found.claimant);
        settlement.lower(found.caseId, next);
        _did("lower");
    }

    function _payReduced(Opened memory found, uint48 demand, uint256 seed) private {
        ISettlement.Reduction memory reduction = ISettlement.Reduction(found.caseId, demand, uint64(_now));
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("Reduction(uint256 caseId,uint48 demand,uint256 epoch,uint64 deadline)"),
                reduction.caseId,
                reduction.demand,
                settlement.epochOf(found.claimant),
                reduction.deadline
            )
        );
        bytes memory consent = _signed(
            _keyFor(found.claimant),
            _typed(address(settlement), "CopyTrack Settlement", structHash)
        );
        (IRates.Quote memory quote, bytes[] memory signatures) = _quote(
            address(settlement),
            bytes32(found.caseId),
            demand,
            seed
        );
        IPullPayments.Permit memory none;
        address payer = _people[seed % PEOPLE];
        uint256 before = token.balanceOf(payer);
        VM.prank(payer);
        settlement.payReduced(quote, signatures, none, reduction, consent);
        if (before - token.balanceOf(payer) != uint256(demand) * quote.rate) wronglyDivided = true;
        _did("payReduced");
    }

    function recordDecision(uint256 which, uint256 bps) external atNow {
        (bool some, Opened memory found) = _alive(which);
        if (!some) return _openAnother(which);
        VM.prank(found.claimant);
        settlement.recordDecision(found.caseId, "decision", uint16(_within(bps, 3001, 5000)));
        _did("recordDecision");
    }

    function contest(uint256 which, uint256 who) external atNow {
        (bool some, Opened memory found) = _alive(which);
        if (!some || settlement.caseOf(found.caseId).stage != ISettlement.Stage.Open) return _openAnother(which);
        address challenger = who % 2 == 0 ? _operator() : _people[who % PEOPLE];
        VM.prank(challenger);
        uint256 disputeId = arbitration.contest(found.caseId, "reasons");
        _pending.push(Raised(disputeId, IArbitration.Matter.Case, 0, challenger == _operator() ? FEE : 2 * FEE));
        _did("contest");
    }

    // ------------------------------------------------------------------------------------------------------ how cases end

    function pay(uint256 which, uint256 who, uint256 seed) external atNow {
        (bool some, Opened memory found) = _alive(which);
        if (!some) return _openAnother(which);
        ISettlement.Case memory known = settlement.caseOf(found.caseId);
        if (_isRejected(known.workId)) return _endRejected(found.caseId, who, seed);
        (IRates.Quote memory quote, bytes[] memory signatures) = _quote(
            address(settlement),
            bytes32(found.caseId),
            known.demand,
            seed
        );
        uint256 owed = this.owedBy(settlement);
        uint256 operatorOwed = settlement.owed(_operator());
        VM.prank(_people[who % PEOPLE]);
        settlement.pay(quote, signatures);
        uint256 commission = (quote.amount * known.commissionBps) / 10_000;
        if (known.stage == ISettlement.Stage.Open) owed += BOND;
        bool exact = this.owedBy(settlement) - owed == quote.amount;
        bool bounded = commission * 2 <= quote.amount && settlement.owed(_operator()) - operatorOwed >= commission;
        if (!exact || !bounded || known.commissionBps < 3000) wronglyDivided = true;
        // A release is worth nothing if the same can be paid once more.
        VM.prank(_people[who % PEOPLE]);
        try settlement.pay(quote, signatures) {
            wronglyAccepted = true;
        } catch {} // solhint-disable-line no-empty-blocks
        _did("pay");
    }

    /// @dev A rejected registration collects nothing, and anybody ends its cases.
    function _endRejected(uint256 caseId, uint256 who, uint256 seed) private {
        (IRates.Quote memory quote, bytes[] memory signatures) = _quote(
            address(settlement),
            bytes32(caseId),
            settlement.caseOf(caseId).demand,
            seed
        );
        VM.prank(_people[who % PEOPLE]);
        try settlement.pay(quote, signatures) {
            wronglyAccepted = true;
        } catch {} // solhint-disable-line no-empty-blocks
        VM.prank(_people[who % PEOPLE]);
        settlement.close(caseId);
        _did("endRejected");
    }

    function _isRejected(bytes32 workId) private view returns (bool) {
        return registry.work(workId).standing == IWorkRegistry.Standing.Rejected;
    }

    function close(uint256 which) external atNow {
        (bool some, Opened memory found) = _alive(which);
        // Most end in another way.
        if (!some || _aliveCount() < 3) return _openAnother(which);
        VM.prank(found.claimant);
        settlement.close(found.caseId);
        _did("close");
    }

    function refund(uint256 which, uint256 who, uint256 amount) external atNow {
        for (uint256 i; i < _cases.length; ++i) {
            uint256 caseId = _cases[_turn(which, i, _cases.length)].caseId;
            if (settlement.caseOf(caseId).stage != ISettlement.Stage.Settled) continue;
            VM.prank(_people[who % PEOPLE]);
            settlement.refund(caseId, _people[which % PEOPLE], _within(amount, 0, 100e18));
            return _did("refund");
        }
        _nothing("refund");
    }

    // --------------------------------------------------------------------------------------------------------- disputes

    function challengeEvidence(uint256 work, uint256 site, uint256 who, uint256 seed) external atNow {
        bytes32 workId = _works[work % WORKS].workId;
        Sighting memory found = _sighting(workId, _site(site), seed);
        VM.prank(_people[who % PEOPLE]);
        uint256 disputeId = arbitration.challengeEvidence(found.root, found.item, found.proof, "reasons");
        _pending.push(Raised(disputeId, IArbitration.Matter.Evidence, 0, 2 * FEE));
        // Who opens a case on it gets nowhere before the panel has spoken.
        ISettlement.Opening memory opening = _opening(found, work % WORKS, seed);
        _pass(WINDOW);
        VM.prank(registry.ownerAt(workId, found.item.seenAt));
        try settlement.open(opening) {
            wronglyAccepted = true;
        } catch {} // solhint-disable-line no-empty-blocks
        _did("challengeEvidence");
    }

    function disputeRegistration(uint256 work, uint256 who) external atNow {
        Known memory known = _works[work % WORKS];
        if (registry.work(known.workId).standing != IWorkRegistry.Standing.Clear)
            return _nothing("disputeRegistration");
        VM.prank(_people[who % PEOPLE]);
        uint256 disputeId = arbitration.disputeRegistration(known.firstOwner, known.contentHash, "reasons");
        _pending.push(Raised(disputeId, IArbitration.Matter.Registration, work % WORKS, 2 * FEE));
        _did("disputeRegistration");
    }

    function rule(uint256 which, uint256 seed) external atNow {
        _ruleOn(which, seed);
    }

    function lapse(uint256 which) external atNow {
        // Else the panel would hardly ever have something to rule on.
        if (_pending.length < 3) return _ruleOn(which, which);
        uint256 at = which % _pending.length;
        Raised memory found = _pending[at];
        uint256 deadline = arbitration.disputeOf(found.disputeId).deadline;
        if (deadline >= _now) _pass(deadline + 1 - _now);
        arbitration.lapse(found.disputeId);
        _decided(at, found);
        _did("lapse");
    }

    // ------------------------------------------------------------------------------------------------------ what is true

    function heldBy(PullPayments vault) external view override returns (uint256 sum) {
        if (address(vault) == address(settlement))
            for (uint256 i; i < _cases.length; ++i) if (_holdsBond(_cases[i].caseId)) sum += BOND;
        if (address(vault) == address(arbitration))
            for (uint256 i; i < _pending.length; ++i) sum += _pending[i].deposit;
    }

    /// @dev A case that ended while it was contested keeps its bond until the panel has spoken.
    function _holdsBond(uint256 caseId) private view returns (bool) {
        return _isAlive(caseId) || arbitration.pendingOf(IArbitration.Matter.Case, bytes32(caseId)) != 0;
    }

    /// @dev Whether each work and site has one living case at most, and `openCase` tells it.
    function oneAliveEach() external view returns (bool) {
        for (uint256 i; i < _cases.length; ++i) {
            if (!_isAlive(_cases[i].caseId)) continue;
            if (settlement.openCase(_cases[i].workId, _cases[i].siteHash) != _cases[i].caseId) return false;
            for (uint256 j; j < i; ++j) {
                bool same = _cases[j].workId == _cases[i].workId && _cases[j].siteHash == _cases[i].siteHash;
                if (same && _isAlive(_cases[j].caseId)) return false;
            }
        }
        return true;
    }

    /// @dev Whether no living case is about a use that a licence or a release covers.
    function noneAliveIsCovered() external view returns (bool) {
        for (uint256 i; i < _cases.length; ++i) {
            Opened memory found = _cases[i];
            if (!_isAlive(found.caseId)) continue;
            if (ledger.covered(found.workId, _host(found.siteHash), found.siteHash, found.seenAt, found.seenAt))
                return false;
        }
        return true;
    }

    // ------------------------------------------------------------------------------------------------------------ helpers

    function _openAnother(uint256 seed) private {
        _openNew(seed, seed / WORKS, seed / 64, seed);
    }

    function _openNew(uint256 work, uint256 site, uint256 assigned, uint256 seed) private {
        bytes32 workId = _works[work % WORKS].workId;
        bytes32 siteHash = _site(site);
        if (settlement.openCase(workId, siteHash) != 0) return _openAgain(workId, siteHash, seed);
        if (registry.work(workId).standing != IWorkRegistry.Standing.Clear) return _ruleOn(seed, seed);
        _makeRoom(workId, siteHash);
        Sighting memory found = _sighting(workId, siteHash, seed);
        _pass(WINDOW);
        address holder = registry.ownerAt(workId, found.item.seenAt);
        ISettlement.Opening memory opening = _opening(found, work % WORKS, seed);
        if (assigned % 3 != 0) return _noteCase(_open(opening, holder), found.item, holder, "open");
        uint256 assignee = assigned % PEOPLE;
        (ISettlement.Assignment memory assignment, bytes[] memory signatures) = _assignment(
            found.item,
            _people[assignee],
            holder
        );
        VM.prank(_people[assignee]);
        uint256 caseId = settlement.openAssigned(opening, assignment, signatures);
        _noteCase(caseId, found.item, _people[assignee], "openAssigned");
    }

    function _open(ISettlement.Opening memory opening, address claimant) private returns (uint256) {
        VM.prank(claimant);
        return settlement.open(opening);
    }

    /// @dev A second case where one lives must be refused, however good its evidence.
    function _openAgain(bytes32 workId, bytes32 siteHash, uint256 seed) private {
        Sighting memory found = _sighting(workId, siteHash, seed);
        _pass(WINDOW);
        uint256 work;
        // The panel may have rejected it since the first case; it is not one of ours any more.
        while (work < WORKS && _works[work].workId != workId) ++work;
        if (work == WORKS) return _nothing("openAgain");
        ISettlement.Opening memory opening = _opening(found, work, seed);
        VM.prank(registry.ownerAt(workId, found.item.seenAt));
        try settlement.open(opening) {
            wronglyAccepted = true;
        } catch {} // solhint-disable-line no-empty-blocks
        _did("openAgain");
    }

    function _ruleOn(uint256 which, uint256 seed) private {
        if (_pending.length == 0) return _nothing("rule");
        uint256 at = which % _pending.length;
        Raised memory found = _pending[at];
        if (arbitration.disputeOf(found.disputeId).deadline < _now) {
            arbitration.lapse(found.disputeId);
            _decided(at, found);
            return _did("lapse");
        }
        IArbitration.Outcome outcome = IArbitration.Outcome(_within(seed, 1, 2));
        bool abuse = found.matter == IArbitration.Matter.Case && seed % 2 == 0;
        if (abuse) outcome = IArbitration.Outcome.Abuse;
        IArbitration.Ruling memory ruling = IArbitration.Ruling(
            found.disputeId,
            outcome,
            uint64(_within(seed, _now - 2 days, _now + 2 days)),
            "reasons"
        );
        uint256 supply = token.totalSupply();
        arbitration.rule(ruling, _signatures(arbitration.rulingDigest(ruling), seed));
        uint256 gone = supply - token.totalSupply();
        // A case that was paid or withdrawn in the meantime has no bond any more.
        require(gone == 0 || (abuse && gone == BOND), "burnt without a reason");
        burnt += gone;
        _decided(at, found);
        _did(abuse ? "abuse" : "rule");
    }

    function _decided(uint256 at, Raised memory found) private {
        _pending[at] = _pending[_pending.length - 1];
        _pending.pop();
        if (found.matter != IArbitration.Matter.Registration) return;
        if (registry.work(_works[found.work].workId).standing != IWorkRegistry.Standing.Rejected) return;
        // Another work takes the place of the rejected one.
        _makeWork(found.work);
        _works[found.work] = _works[_works.length - 1];
        _works.pop();
        _attest(_works[found.work].workId, _works[found.work].firstOwner);
        _pass(1);
    }

    /// @dev Waits until a sighting is neither covered nor barred.
    function _makeRoom(bytes32 workId, bytes32 siteHash) private {
        uint256 after_ = settlement.freeFrom(workId, siteHash);
        uint256 released = settlement.releasedUntil(workId, siteHash);
        if (released > after_) after_ = released;
        if (_licensedUntil[workId][siteHash] > after_) after_ = _licensedUntil[workId][siteHash];
        if (after_ >= _now) _pass(after_ + 1 - _now);
    }

    /// @dev A report of one to five items over the work, signed by the committee, and one of them with its proof.
    function _sighting(bytes32 workId, bytes32 siteHash, uint256 seed) private returns (Sighting memory found) {
        bytes32[] memory leaves = new bytes32[](_within(seed, 1, 5));
        uint256 place = _within(seed / 5, 0, leaves.length - 1);
        for (uint256 i; i < leaves.length; ++i) {
            bytes32 salt = keccak256(abi.encode("salt", ++_counter));
            IEvidenceOracle.Item memory item = IEvidenceOracle.Item(
                workId,
                _host(siteHash),
                siteHash,
                keccak256(abi.encode("url", workId, siteHash)),
                "bundle",
                "cid",
                uint64(_now),
                salt
            );
            leaves[i] = evidence.leafOf(item);
            if (i == place) found.item = item;
        }
        (found.root, found.proof) = _tree(leaves, place);
        IEvidenceOracle.Report memory report = IEvidenceOracle.Report(
            evidence.configCount(),
            found.root,
            uint32(leaves.length),
            uint64(_now),
            "manifest"
        );
        evidence.submit(report, _signatures(evidence.reportDigest(report), seed));
    }

    /// @dev Pairs are sorted, an odd node moves up unchanged.
    function _tree(bytes32[] memory row, uint256 at) private pure returns (bytes32 root, bytes32[] memory proof) {
        proof = new bytes32[](8);
        uint256 n;
        while (row.length > 1) {
            if (at ^ 1 < row.length) proof[n++] = row[at ^ 1];
            bytes32[] memory upper = new bytes32[]((row.length + 1) / 2);
            for (uint256 i; i < upper.length; ++i) {
                (bytes32 a, bytes32 b) = (row[2 * i], 2 * i + 1 < row.length ? row[2 * i + 1] : bytes32(0));
                if (2 * i + 1 == row.length) upper[i] = a;
                else upper[i] = keccak256(a < b ? abi.encode(a, b) : abi.encode(b, a));
            }
            (row, at) = (upper, at / 2);
        }
        root = row[0];
        // Shorten it to what was filled.
        assembly ("memory-safe") {
            mstore(proof, n)
        }
    }

    function _opening(
        Sighting memory found,
        uint256 work,
        uint256 seed
    ) private view returns (ISettlement.Opening memory) {
        uint48 demand = uint48(_within(seed, 1, 100_000));
        return ISettlement.Opening(found.root, found.item, found.proof, _works[work].contentHash, "EUR", demand);
    }

    function _assignment(
        IEvidenceOracle.Item memory item,
        address assignee,
        address holder
    ) private view returns (ISettlement.Assignment memory assignment, bytes[] memory signatures) {
        assignment = ISettlement.Assignment(item.workId, assignee, item.seenAt, item.seenAt, uint64(_now));
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Assignment(bytes32 workId,address assignee,uint64 seenFrom,uint64 seenUntil,uint256 epoch,uint64 deadline)"
                ),
                assignment.workId,
                assignment.assignee,
                assignment.seenFrom,
                assignment.seenUntil,
                settlement.epochOf(holder),
                assignment.deadline
            )
        );
        // Who acts on a use of their own needs nobody's word.
        signatures = new bytes[](assignee == holder ? 0 : 1);
        if (assignee != holder)
            signatures[0] = _signed(_keyFor(holder), _typed(address(settlement), "CopyTrack Settlement", structHash));
    }

    function _noteCase(
        uint256 caseId,
        IEvidenceOracle.Item memory item,
        address claimant,
        string memory action
    ) private {
        _cases.push(Opened(caseId, item.workId, item.siteHash, claimant, item.seenAt));
        _did(action);
    }

    function _alive(uint256 which) private view returns (bool, Opened memory found) {
        for (uint256 i; i < _cases.length; ++i) {
            found = _cases[_turn(which, i, _cases.length)];
            if (_isAlive(found.caseId)) return (true, found);
        }
        return (false, found);
    }

    function _aliveCount() private view returns (uint256 count) {
        for (uint256 i; i < _cases.length; ++i) if (_isAlive(_cases[i].caseId)) ++count;
    }

    function _isAlive(uint256 caseId) private view returns (bool) {
        ISettlement.Stage stage = settlement.caseOf(caseId).stage;
        return stage == ISettlement.Stage.Open || stage == ISettlement.Stage.Contested;
    }

    function _keyFor(address person) private view returns (uint256) {
        for (uint256 i; i < PEOPLE; ++i) if (_people[i] == person) return _keyOf(i);
        revert("nobody's address");
    }

    function _site(uint256 seed) private pure returns (bytes32) {
        return keccak256(abi.encode("site", seed % SITES));
    }

    function _host(bytes32 siteHash) private pure returns (bytes32) {
        return keccak256(abi.encode("www", siteHash));
    }
}

contract CasesInvariants is MoneyInvariants {
    CasesHandler private _handler;

    function setUp() external {
        _world = _handler = new CasesHandler();
    }

    function _checkBooks() internal view override {
        super._checkBooks();
        VM.assertTrue(_handler.oneAliveEach(), "two living cases on one work and site");
        VM.assertTrue(_handler.noneAliveIsCovered(), "a living case is covered by a licence or a release");
        // To the wei: the commission within its bounds to the operator, all the rest and the bond to the holders.
        VM.assertTrue(!_handler.wronglyDivided(), "a payment was divided wrongly");
        // A second case, a covered or challenged use, a second payment.
        VM.assertTrue(!_handler.wronglyAccepted(), "something was accepted that must be refused");
    }

    function test_everyKindOfCallIsMade() external {
        bytes4[] memory calls = new bytes4[](17);
        (calls[0], calls[1], calls[2]) = (World.wait.selector, World.withdraw.selector, World.donate.selector);
        (calls[3], calls[4], calls[5]) = (
            CasesHandler.open.selector,
            CasesHandler.join.selector,
            CasesHandler.license.selector
        );
        (calls[6], calls[7]) = (CasesHandler.sellWork.selector, CasesHandler.lower.selector);
        (calls[8], calls[9]) = (CasesHandler.recordDecision.selector, CasesHandler.contest.selector);
        (calls[10], calls[11], calls[12]) = (
            CasesHandler.close.selector,
            CasesHandler.pay.selector,
            CasesHandler.refund.selector
        );
        (calls[13], calls[14]) = (CasesHandler.challengeEvidence.selector, CasesHandler.disputeRegistration.selector);
        (calls[15], calls[16]) = (CasesHandler.rule.selector, CasesHandler.lapse.selector);
        string[] memory actions = new string[](21);
        (actions[0], actions[1], actions[2], actions[3]) = ("wait", "withdraw", "donate", "open");
        (actions[4], actions[5], actions[6], actions[7]) = ("openAssigned", "openAgain", "join", "license");
        (actions[8], actions[9], actions[10], actions[11]) = ("sellWork", "lower", "payReduced", "recordDecision");
        (actions[12], actions[13], actions[14], actions[15]) = ("contest", "pay", "close", "refund");
        (actions[16], actions[17], actions[18]) = ("challengeEvidence", "disputeRegistration", "rule");
        (actions[19], actions[20]) = ("abuse", "distribute");
        _tour(calls, actions);
    }
}
