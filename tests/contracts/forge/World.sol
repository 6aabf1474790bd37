// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Authority} from "../../../contracts/common/Authority.sol";
import {Income} from "../../../contracts/common/Income.sol";
import {PullPayments} from "../../../contracts/common/PullPayments.sol";
import {Quorum} from "../../../contracts/common/Quorum.sol";
import {Arbitration} from "../../../contracts/enforcement/Arbitration.sol";
import {Settlement} from "../../../contracts/enforcement/Settlement.sol";
import {ICertificateRenderer} from "../../../contracts/interfaces/ICertificateRenderer.sol";
import {IIncome} from "../../../contracts/interfaces/IIncome.sol";
import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IRates} from "../../../contracts/interfaces/IRates.sol";
import {IVerifierHub} from "../../../contracts/interfaces/IVerifierHub.sol";
import {IWorkRegistry} from "../../../contracts/interfaces/IWorkRegistry.sol";
import {LicenseLedger} from "../../../contracts/market/LicenseLedger.sol";
import {OfferBook} from "../../../contracts/market/OfferBook.sol";
import {Rates} from "../../../contracts/market/Rates.sol";
import {Subscriptions} from "../../../contracts/market/Subscriptions.sol";
import {EvidenceOracle} from "../../../contracts/oracle/EvidenceOracle.sol";
import {VerifierHub} from "../../../contracts/registry/VerifierHub.sol";
import {WorkRegistry} from "../../../contracts/registry/WorkRegistry.sol";
import {CPYToken} from "../../../contracts/token/CPYToken.sol";
import {Cheats} from "./Cheats.sol";

// All that there is of CPY after the swap.
uint256 constant SUPPLY = 130_000_000e18;

/// @dev The whole system, its people with money and keys, and books of what the handlers did. A handler's calls either
/// must succeed, or are tried and may be refused only for the reasons that it names; anything else reverts and is found.
abstract contract World is Cheats {
    struct Known {
        bytes32 workId;
        address firstOwner;
        bytes32 contentHash;
    }

    uint256 internal constant PEOPLE = 6;
    uint256 internal constant MEMBERS = 3;
    uint8 internal constant THRESHOLD = 2;
    /// @dev CPY wei for a cent.
    uint256 internal constant MAX_RATE = 2e16;
    uint64 internal constant WINDOW = 1 hours;
    uint64 internal constant RELEASE = 1 days;
    uint64 internal constant RULING = 30 days;
    uint96 internal constant BOND = 10e18 + 7;
    /// @dev Divides among no panel.
    uint96 internal constant FEE = 3e18 + 1;

    CPYToken public token;
    WorkRegistry public registry;
    VerifierHub public verifiers;
    EvidenceOracle public evidence;
    Rates public rates;
    OfferBook public offers;
    LicenseLedger public ledger;
    Subscriptions public subscriptions;
    Settlement public settlement;
    Arbitration public arbitration;

    /// @dev Buyers, sellers and claimants; the last one is the operator.
    address[] internal _people;
    /// @dev Ascending by address, as a quorum wants them; the oracle's members, the rate signers and the panel.
    address[] internal _members;
    uint256[] internal _memberKeys;
    Known[] internal _works;
    /// @dev Every work that was ever made; `_works` forgets rejected ones.
    bytes32[] private _made;
    uint256 internal _now = 1_800_000_000;
    uint256 internal _counter;

    /// @dev CPY wei that came into a vault without anybody being credited.
    /// @dev First owner and content of each work that was made: what its id is the hash of.
    mapping(bytes32 workId => IVerifierHub.Origin) internal _origins;
    mapping(PullPayments vault => uint256) public donated;
    uint256 public burnt;
    /// @dev Calls per kind, and of these how many were refused for a reason that is allowed.
    mapping(string action => uint256) public done;
    mapping(string action => uint256) public refused;
    uint256 public allDone;
    uint256 public allRefused;

    /// @dev forge forgets a warp between two calls of a sequence in some versions.
    modifier atNow() {
        VM.warp(_now);
        _;
    }

    function _build() internal {
        VM.warp(_now);
        for (uint256 i; i < PEOPLE; ++i) _people.push(VM.addr(_keyOf(i)));
        for (uint256 i; i < MEMBERS; ++i) _insertMember(0x2000 + i);
        _deploy();
        evidence.setMembers(_members, THRESHOLD);
        rates.setMembers(_members, THRESHOLD);
        arbitration.setMembers(_members, THRESHOLD);
        verifiers.setVerifier(_members[0], true);
        for (uint256 i; i < PEOPLE; ++i) {
            _send(_people[i], 10_000_000e18);
            VM.prank(_people[i]);
            token.approve(address(ledger), type(uint256).max);
            VM.prank(_people[i]);
            token.approve(address(settlement), type(uint256).max);
            VM.prank(_people[i]);
            token.approve(address(arbitration), type(uint256).max);
        }
    }

    /// @dev Contracts know each other for ever, some in a circle: their addresses follow from the nonce.
    function _deploy() private {
        uint256 next = VM.getNonce(address(this));
        address[11] memory at;
        for (uint256 i; i < at.length; ++i) at[i] = VM.computeCreateAddress(address(this), next + i);
        Authority authority = new Authority(address(this));
        token = new CPYToken(address(this), SUPPLY);
        // Nobody asks for a picture of a certificate here.
        registry = new WorkRegistry(ICertificateRenderer(address(0)), at[10], IOfferBook(at[6]), address(authority));
        verifiers = new VerifierHub(registry, address(authority));
        evidence = new EvidenceOracle(at[10], address(authority));
        rates = new Rates(address(authority));
        offers = new OfferBook(registry, at[7], IOfferBook(address(0)));
        LicenseLedger.Neighbours memory neighbours = LicenseLedger.Neighbours(
            registry,
            offers,
            rates,
            Settlement(at[9]),
            at[8],
            ILicenseLedger(address(0))
        );
        ledger = new LicenseLedger(token, neighbours, address(authority));
        subscriptions = new Subscriptions(ledger);
        Settlement.Terms memory terms;
        terms.registry = registry;
        terms.verifiers = verifiers;
        terms.evidence = evidence;
        terms.licences = ledger;
        terms.rates = rates;
        terms.arbitration = at[10];
        terms.operator = _operator();
        terms.challengeWindow = WINDOW;
        terms.releaseGrace = RELEASE;
        terms.bond = BOND;
        settlement = new Settlement(token, terms, address(authority));
        arbitration = new Arbitration(
            token,
            Arbitration.Terms(registry, evidence, settlement, WINDOW, RULING, FEE),
            address(authority)
        );
        require(address(arbitration) == at[10], "another order of deployment");
    }

    // ------------------------------------------------------------------------------------------------- what they all do

    function wait(uint256 time) external atNow {
        _pass(_within(time, 1, 10 days));
        _did("wait");
    }

    function withdraw(uint256 which, uint256 from, uint256 to) external virtual atNow {
        // What waits for a work is distributed now and then, and where nobody is owed anything.
        if (to % 4 == 1 && _distribute(which, from, to)) return;
        PullPayments[] memory all = vaults();
        for (uint256 i; i < all.length * accountsCount(); ++i) {
            PullPayments vault = all[_turn(which, i / accountsCount(), all.length)];
            address account = _account(_turn(from, i, accountsCount()));
            uint256 amount = vault.owed(account);
            if (amount == 0) continue;
            address receiver = to % 8 == 0 ? _account(_turn(to, 0, accountsCount())) : account;
            uint256 before = token.balanceOf(receiver);
            VM.prank(account);
            uint256 sent = vault.withdraw(receiver);
            require(token.balanceOf(receiver) == before + amount, "not paid out");
            require(sent == amount && vault.owed(account) == 0, "not all paid out");
            return _did("withdraw");
        }
        if (!_distribute(which, from, to)) _nothing("withdraw");
    }

    function _distribute(uint256 which, uint256 from, uint256 place) private returns (bool) {
        Income vault = Income(which % 2 == 0 ? address(ledger) : address(settlement));
        for (uint256 i; i < _made.length; ++i) {
            bytes32 workId = _made[_turn(place, i, _made.length)];
            address owner = registry.ownerOf(uint256(workId));
            address caller = from % 2 == 0 ? owner : _account(_turn(from, 0, accountsCount()));
            IIncome.Waiting memory found = vault.waitingFor(workId);
            if (found.undistributed == 0 && (caller != owner || found.owners == 0)) continue;
            VM.prank(caller);
            vault.distribute(workId);
            require(vault.waitingFor(workId).undistributed == 0, "not distributed");
            require(caller != owner || vault.waitingFor(workId).owners == 0, "not fetched");
            _did("distribute");
            return true;
        }
        return false;
    }

    function donate(uint256 which, uint256 from, uint256 amount) external atNow {
        PullPayments[] memory all = vaults();
        PullPayments vault = all[_within(which, 0, all.length - 1)];
        amount = _within(amount, 0, 1000e18);
        VM.prank(_people[_within(from, 0, PEOPLE - 1)]);
        // Without SafeERC20: CPY reverts, it never returns false.
        require(token.transfer(address(vault), amount), "no transfer");
        donated[vault] += amount;
        _did("donate");
    }

    // ------------------------------------------------------------------------------------------------------- what is true

    function vaults() public view returns (PullPayments[] memory found) {
        found = new PullPayments[](3);
        (found[0], found[1], found[2]) = (ledger, settlement, arbitration);
    }

    function owedBy(PullPayments vault) external view returns (uint256 sum) {
        for (uint256 i; i < accountsCount(); ++i) sum += vault.owed(_account(i));
        if (address(vault) == address(arbitration)) return sum;
        for (uint256 i; i < _made.length; ++i) {
            IIncome.Waiting memory found = Income(address(vault)).waitingFor(_made[i]);
            sum += found.undistributed + found.owners;
        }
    }

    /// @dev What a vault holds for nobody yet: bonds and deposits.
    function heldBy(PullPayments) external view virtual returns (uint256) {
        return 0;
    }

    function accountsCount() public pure returns (uint256) {
        return PEOPLE + MEMBERS;
    }

    // ------------------------------------------------------------------------------------------------------------ helpers

    /// @dev A work of somebody's. Every third one has co-owners, every fourth is derived from an earlier one.
    function _makeWork(uint256 seed) internal returns (uint256 place) {
        place = _works.length;
        address owner = _people[_within(seed, 0, PEOPLE - 2)];
        bytes32 contentHash = keccak256(abi.encode("work", ++_counter));
        VM.prank(owner);
        bytes32 workId = registry.register(
            IWorkRegistry.Entry(IWorkRegistry.Kind.Image, contentHash, 1, "fingerprint", "metadata")
        );
        _works.push(Known(workId, owner, contentHash));
        _made.push(workId);
        _origins[workId] = IVerifierHub.Origin(owner, contentHash);
        if (place % 3 == 1) {
            IWorkRegistry.CoOwner[] memory coOwners = new IWorkRegistry.CoOwner[](2);
            // One of them may be the owner or the operator besides.
            coOwners[0] = IWorkRegistry.CoOwner(_people[_within(seed / 7, 0, PEOPLE - 1)], 3333);
            coOwners[1] = IWorkRegistry.CoOwner(_people[_within(seed / 49, 0, PEOPLE - 1)], 1);
            VM.prank(owner);
            registry.setCoOwners(workId, coOwners, new bytes[](0));
        }
        if (place % 4 == 3) {
            VM.prank(owner);
            // From the one before the last: never a line of more than three links.
            registry.linkDerivative(workId, _works[place - 2].workId, 2501);
        }
    }

    function _offer(
        bytes32 workId,
        uint96 price,
        bytes3 currency,
        uint32 period,
        uint8 rights
    ) internal returns (IOfferBook.Offer memory made) {
        made = IOfferBook.Offer({
            workId: workId,
            price: price,
            currency: currency,
            period: period,
            grace: period / 8,
            uses: 7,
            rights: rights,
            territories: type(uint256).max,
            termsHash: "terms",
            nonce: uint64(++_counter)
        });
        VM.prank(registry.ownerOf(uint256(workId)));
        offers.create(made);
    }

    function _quote(
        address consumer,
        bytes32 subject,
        uint256 price,
        uint256 seed
    ) internal view returns (IRates.Quote memory quote, bytes[] memory signatures) {
        uint256 rate = _within(seed, 1, MAX_RATE);
        quote = IRates.Quote(consumer, subject, rate, price * rate, uint64(_now), uint64(_now + _within(seed, 0, 900)));
        signatures = _signatures(rates.quoteDigest(quote), seed);
    }

    function _attest(bytes32 workId, address subject) internal {
        _attestBy(0, workId, subject, uint64(_now), uint64(_now + 36500 days));
    }

    function _attestBy(uint256 member, bytes32 workId, address subject, uint64 issuedAt, uint64 expiresAt) internal {
        IVerifierHub.Authorship memory statement = IVerifierHub.Authorship(
            workId,
            subject,
            "evidence",
            issuedAt,
            expiresAt
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Authorship(bytes32 workId,address subject,bytes32 evidenceHash,uint64 issuedAt,uint64 expiresAt)"
                ),
                statement.workId,
                statement.subject,
                statement.evidenceHash,
                statement.issuedAt,
                statement.expiresAt
            )
        );
        bytes32 digest = _typed(address(verifiers), "CopyTrack VerifierHub", structHash);
        verifiers.attest(statement, _origins[workId], _members[member], _signed(_memberKeys[member], digest));
    }

    /// @dev Two of the three members, or all.
    function _signatures(bytes32 digest, uint256 seed) internal view returns (bytes[] memory signatures) {
        uint256 absent = _within(seed, 0, MEMBERS);
        signatures = new bytes[](absent == MEMBERS ? MEMBERS : MEMBERS - 1);
        uint256 n;
        for (uint256 i; i < MEMBERS; ++i) if (i != absent) signatures[n++] = _signed(_memberKeys[i], digest);
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _typed(address verifying, string memory name, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifying
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _keyOf(uint256 person) internal pure returns (uint256) {
        return 0x1000 + person;
    }

    function _operator() internal view returns (address) {
        return _people[PEOPLE - 1];
    }

    function _account(uint256 i) internal view returns (address) {
        return i < PEOPLE ? _people[i] : _members[i - PEOPLE];
    }

    function _pass(uint256 time) internal {
        _now += time;
        VM.warp(_now);
    }

    function _did(string memory action) internal {
        ++done[action];
        ++allDone;
    }

    /// @dev Nothing to do it with yet.
    function _nothing(string memory action) internal {
        ++refused[action];
        ++allRefused;
    }

    /// @dev A refusal for one of these reasons; any other one is a finding.
    function _allow(string memory action, bytes memory reason, bytes4 first, bytes4 second) internal {
        if (bytes4(reason) != first && bytes4(reason) != second)
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        _nothing(action);
    }

    /// @dev The i-th place after a fuzzed one, in a circle.
    function _turn(uint256 seed, uint256 i, uint256 size) internal pure returns (uint256) {
        return ((seed % size) + i) % size;
    }

    function _send(address to, uint256 amount) private {
        require(token.transfer(to, amount), "no transfer");
    }

    function _insertMember(uint256 key) private {
        address account = VM.addr(key);
        _members.push(account);
        _memberKeys.push(key);
        for (uint256 i = _members.length - 1; i > 0 && _members[i] < _members[i - 1]; --i) {
            (_members[i], _members[i - 1]) = (_members[i - 1], _members[i]);
            (_memberKeys[i], _memberKeys[i - 1]) = (_memberKeys[i - 1], _memberKeys[i]);
        }
    }
}

/// @dev What holds of money whatever is done in whatever order.
abstract contract MoneyInvariants is Cheats {
    World internal _world;

    /// @dev forge asks which contracts it may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    /// @dev All in one: each invariant of its own would be fuzzed with as many sequences again.
    function invariant_books() external view {
        _checkBooks();
    }

    function _checkBooks() internal view virtual {
        PullPayments[] memory all = _world.vaults();
        for (uint256 i; i < all.length; ++i) {
            uint256 owed = _world.owedBy(all[i]) + _world.heldBy(all[i]) + _world.donated(all[i]);
            VM.assertEq(_world.token().balanceOf(address(all[i])), owed, "balance = owed + held + donations");
        }
        CPYToken token = _world.token();
        VM.assertEq(token.totalSupply(), SUPPLY - _world.burnt(), "supply = initial - burnt");
    }

    /// @dev A sequence in which most calls do nothing proves nothing.
    function afterInvariant() external view {
        if (_world.allDone() + _world.allRefused() < 30) return;
        VM.assertGe(_world.allDone(), _world.allRefused(), "half of the calls do something");
    }

    /// @dev The same sequence each time: every kind of call is made and goes through.
    function _tour(bytes4[] memory calls, string[] memory actions) internal {
        uint256 source = 7;
        for (uint256 i; i < 60 * calls.length; ++i) {
            bytes memory arguments;
            for (uint256 j; j < 6; ++j) arguments = bytes.concat(arguments, keccak256(abi.encode(++source)));
            (bool good, bytes memory reason) = address(_world).call(bytes.concat(calls[i % calls.length], arguments));
            if (!good)
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
        }
        for (uint256 i; i < actions.length; ++i) VM.assertGe(_world.done(actions[i]), 3, actions[i]);
        VM.assertGe(_world.allDone(), _world.allRefused() * 3, "three of four calls do something");
        _checkBooks();
    }
}
