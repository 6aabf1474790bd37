// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {Presets} from "../../../contracts/market/Presets.sol";
import {World} from "./World.sol";
import {Cheats} from "./Cheats.sol";

/// @dev A model of what each licensee was promised, against `covered`. Buys, renews, revokes, transfers, sub-licenses on
/// three levels, ends those and sales made elsewhere, records, waits.
contract CoverHandler is World {
    struct Promise {
        bytes32 endUser;
        uint256 from;
        uint256 until;
        bytes32 licenceId;
        uint256 offer;
        uint256 licensee;
        bool bought;
    }

    struct Sub {
        ILicenseLedger.SubLicence what;
        uint256 place;
        /// @dev One more than its place; 0 if the parent is a bought licence.
        uint256 parentSub;
        bool ended;
    }

    uint256 private constant OFFERS = 7;

    bytes32 public workId;
    IOfferBook.Offer[] internal _made;
    Promise[] public promises;
    /// @dev One more than the place of its promise.
    mapping(bytes32 licenceId => uint256) internal _current;
    Sub[] internal _subs;
    /// @dev Places of the promises that sales made elsewhere are, by end user, as they stand on the ledger's list.
    mapping(bytes32 endUser => uint256[]) internal _records;
    /// @dev Set if a licence began while an exclusive one ran, or the other way round.
    bool public sharedExclusive;

    constructor() {
        _build();
        workId = _works[_makeWork(0)].workId;
        uint32[OFFERS] memory periods = [3 days, 6 days, 9 days, Presets.FOREVER, 15 days, 1, 8 days];
        uint32[OFFERS] memory graces = [0, 5 days, Presets.MAX_GRACE, 0, 20 days, 25 days, 2 days];
        for (uint256 i; i < OFFERS; ++i) {
            uint8 rights = Presets.SUBLICENSABLE | Presets.TRANSFERABLE | Presets.RENEWABLE;
            // The last one is exclusive, in a country of its own and of the first.
            IOfferBook.Offer memory o = IOfferBook.Offer({
                workId: workId,
                price: uint96(i * 1e18),
                currency: 0,
                period: periods[i],
                grace: graces[i],
                uses: 7,
                rights: i == OFFERS - 1 ? rights | Presets.EXCLUSIVE : rights,
                territories: i == OFFERS - 1 ? 5 : 1 << (i % 2),
                termsHash: "t",
                nonce: uint64(i)
            });
            VM.prank(registry.ownerOf(uint256(workId)));
            offers.create(o);
            _made.push(o);
        }
    }

    function _recent(uint256 which, uint256 length) internal pure returns (uint256) {
        return length - 1 - (which % (length < 8 ? length : 8));
    }

    function count() external view returns (uint256) {
        return promises.length;
    }

    function _purchase(
        uint256 offer,
        uint256 licensee,
        bytes32 endUser
    ) internal view returns (ILicenseLedger.Purchase memory) {
        return ILicenseLedger.Purchase(_made[offer], _people[licensee], endUser, type(uint96).max);
    }

    function buy(uint256 which, uint256 who, uint256 endUser) external atNow {
        (which, who, endUser) = (which % OFFERS, who % 3, 1 + (endUser % 2));
        ILicenseLedger.Purchase memory p = _purchase(which, who, bytes32(endUser));
        VM.prank(_people[3]);
        try ledger.buy(p) returns (bytes32 id) {
            ILicenseLedger.Licence memory l = ledger.licence(id);
            uint256 until = uint256(l.until) + _made[which].grace;
            if (l.from == _now && (_current[id] == 0 || promises[_current[id] - 1].from != _now)) {
                if (_standsAgainst(which)) sharedExclusive = true;
                promises.push(Promise(bytes32(endUser), _now, until, id, which, who, true));
                _current[id] = promises.length;
            } else promises[_current[id] - 1].until = until;
            _did("buy");
        } catch {
            _nothing("buy");
        }
    }

    function revoke(uint256 which) external atNow {
        if (promises.length == 0) return;
        Promise storage p = promises[_recent(which, promises.length)];
        if (!p.bought || _current[p.licenceId] != 1 + (_recent(which, promises.length))) return;
        VM.prank(registry.ownerOf(uint256(workId)));
        try ledger.revoke(_purchase(p.offer, p.licensee, p.endUser)) {
            uint256 notice = _made[p.offer].grace > Presets.NOTICE ? _made[p.offer].grace : Presets.NOTICE;
            if (_now + notice < p.until) p.until = _now + notice;
            delete _current[p.licenceId];
            _did("revoke");
        } catch {
            _nothing("revoke");
        }
    }

    function transfer(uint256 which, uint256 to) external atNow {
        if (promises.length == 0) return;
        uint256 at = _recent(which, promises.length);
        Promise storage p = promises[at];
        if (!p.bought || _current[p.licenceId] != 1 + at) return;
        to %= 3;
        VM.prank(_people[p.licensee]);
        try ledger.transfer(_purchase(p.offer, p.licensee, p.endUser), _people[to]) returns (bytes32 id) {
            delete _current[p.licenceId];
            (p.licenceId, p.licensee) = (id, to);
            _current[id] = at + 1;
            _did("transfer");
        } catch {
            _nothing("transfer");
        }
    }

    function sublicense(uint256 which, uint256 to, uint256 endUser, uint256 time) external atNow {
        if (promises.length == 0) return;
        uint256 at = _recent(which, promises.length);
        Promise storage p = promises[at];
        if (!p.bought || _current[p.licenceId] != 1 + at) return;
        uint40 until = uint40(_now + (time % 12 days));
        ILicenseLedger.SubGrant memory g = ILicenseLedger.SubGrant(
            _people[to % 3],
            bytes32(1 + (endUser % 2)),
            7,
            _made[p.offer].territories,
            until
        );
        address grantor = _people[p.licensee];
        ILicenseLedger.Purchase memory parent = _purchase(p.offer, p.licensee, p.endUser);
        bytes32 parentId = p.licenceId;
        VM.prank(grantor);
        try ledger.sublicense(parent, g) returns (bytes32 id) {
            _noteSub(
                id,
                ILicenseLedger.SubLicence(parentId, workId, grantor, g.licensee, g.endUser, g.uses, g.territories),
                until,
                0
            );
            _did("sublicense");
        } catch {
            _nothing("sublicense");
        }
    }

    function further(uint256 which, uint256 to, uint256 endUser, uint256 time) external atNow {
        if (_subs.length == 0) return;
        uint256 at = _recent(which, _subs.length);
        Sub memory s = _subs[at];
        if (s.ended) return;
        uint40 until = uint40(_now + (time % 4 hours));
        ILicenseLedger.SubGrant memory g = ILicenseLedger.SubGrant(
            _people[to % 3],
            bytes32(1 + (endUser % 2)),
            7,
            s.what.territories,
            until
        );
        VM.prank(s.what.licensee);
        try ledger.sublicenseFurther(s.what, g) returns (bytes32 id) {
            bytes32 parentId = keccak256(abi.encode(s.what));
            _noteSub(
                id,
                ILicenseLedger.SubLicence(
                    parentId,
                    workId,
                    s.what.licensee,
                    g.licensee,
                    g.endUser,
                    g.uses,
                    g.territories
                ),
                until,
                at + 1
            );
            _did("further");
        } catch {
            _nothing("further");
        }
    }

    function _noteSub(bytes32 id, ILicenseLedger.SubLicence memory what, uint256 until, uint256 parentSub) internal {
        require(keccak256(abi.encode(what)) == id, "id");
        uint256 current = _current[id];
        if (current != 0 && promises[current - 1].until >= _now) promises[current - 1].until = until;
        else {
            promises.push(Promise(what.endUser, _now, until, id, 0, 0, false));
            _current[id] = promises.length;
        }
        for (uint256 i; i < _subs.length; ++i)
            if (!_subs[i].ended && keccak256(abi.encode(_subs[i].what)) == id) {
                _subs[i].place = _current[id] - 1;
                return;
            }
        _subs.push(Sub(what, _current[id] - 1, parentSub, false));
    }

    function end(uint256 which, uint256 who) external atNow {
        if (_subs.length == 0) return;
        uint256 at = _recent(which, _subs.length);
        if (_subs[at].ended) return;
        uint256 n = 1;
        for (uint256 up = _subs[at].parentSub; up != 0; up = _subs[up - 1].parentSub) ++n;
        ILicenseLedger.SubLicence[] memory line = new ILicenseLedger.SubLicence[](n);
        uint256 up_ = at + 1;
        for (uint256 i; i < n; ++i) (line[i], up_) = (_subs[up_ - 1].what, _subs[up_ - 1].parentSub);
        VM.prank(line[who % n].grantor);
        try ledger.endSublicence(line) {
            Promise storage p = promises[_subs[at].place];
            if (p.until > _now + 14 days) p.until = _now + 14 days;
            _subs[at].ended = true;
            delete _current[p.licenceId];
            _did("end");
        } catch {
            _nothing("end");
        }
    }

    function record(uint256 endUser, uint256 time) external atNow {
        if (time % 4 != 0) return;
        bytes32 name = bytes32(1 + (endUser % 2));
        uint256 until = _now + (time % 20 days);
        VM.prank(registry.ownerOf(uint256(workId)));
        try ledger.recordSale(workId, name, 0, uint40(until), "r") {
            promises.push(Promise(name, _now, until, bytes32(++_counter), 0, 0, false));
            _records[name].push(promises.length - 1);
            _did("record");
        } catch {
            _nothing("record");
        }
    }

    function endRecord(uint256 endUser, uint256 which) external atNow {
        bytes32 name = bytes32(1 + (endUser % 2));
        if (_records[name].length == 0) return;
        uint256 at = _recent(which, _records[name].length);
        Promise storage p = promises[_records[name][at]];
        VM.prank(registry.ownerOf(uint256(workId)));
        try ledger.endSale(workId, name, at) {
            if (p.until > _now + Presets.NOTICE) p.until = _now + Presets.NOTICE;
            _did("endRecord");
        } catch {
            _nothing("endRecord");
        }
    }

    /// @dev Whether a bought licence runs with which one of this offer may not run: one of both is exclusive, and they
    /// have a country in common.
    function _standsAgainst(uint256 which) private view returns (bool) {
        for (uint256 i; i < promises.length; ++i) {
            Promise memory p = promises[i];
            // Revoked ones run out; their exclusivity is free at once.
            if (!p.bought || p.until < _now || _current[p.licenceId] != i + 1) continue;
            bool exclusive = (_made[which].rights | _made[p.offer].rights) & Presets.EXCLUSIVE != 0;
            if (exclusive && _made[which].territories & _made[p.offer].territories != 0) return true;
        }
        return false;
    }

    /// @dev One more than the place of a promise that is not covered as a whole; 0 if there is none.
    function check() external view returns (uint256 at) {
        for (uint256 i; i < promises.length; ++i) {
            Promise memory p = promises[i];
            if (!ledger.covered(workId, p.endUser, p.endUser, uint64(p.from), uint64(p.until))) return i + 1;
        }
    }
}

contract CoverInvariants is Cheats {
    CoverHandler internal _handler;

    function setUp() external {
        _handler = new CoverHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev The same sequence each time: every kind of call is made and goes through.
    function test_tour() external {
        bytes4[14] memory calls = [
            CoverHandler.buy.selector,
            CoverHandler.buy.selector,
            CoverHandler.revoke.selector,
            CoverHandler.transfer.selector,
            CoverHandler.sublicense.selector,
            CoverHandler.sublicense.selector,
            CoverHandler.further.selector,
            CoverHandler.further.selector,
            CoverHandler.further.selector,
            CoverHandler.further.selector,
            CoverHandler.end.selector,
            CoverHandler.record.selector,
            CoverHandler.endRecord.selector,
            World.wait.selector
        ];
        uint256 source;
        for (uint256 i; i < 2000; ++i) {
            bytes memory arguments;
            for (uint256 j; j < 4; ++j) arguments = bytes.concat(arguments, keccak256(abi.encode(++source)));
            bytes4 call = calls[uint256(keccak256(abi.encode(source, "x"))) % 14];
            (bool good, ) = address(_handler).call(bytes.concat(call, arguments));
            require(good, "reverted");
            if (i % 50 == 0) _check();
        }
        string[8] memory names = ["buy", "revoke", "transfer", "sublicense", "further", "end", "record", "endRecord"];
        for (uint256 i; i < 8; ++i) VM.assertGe(_handler.done(names[i]), 3, names[i]);
    }

    function invariant_everyPromiseIsCoveredAndExclusiveOnesStandAlone() external view {
        _check();
    }

    function _check() private view {
        VM.assertEq(_handler.check(), 0, "a promise is uncovered");
        VM.assertTrue(!_handler.sharedExclusive(), "an exclusive licence does not stand alone");
    }
}
