// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILicenseLedger} from "../../../contracts/interfaces/ILicenseLedger.sol";
import {IPullPayments} from "../../../contracts/interfaces/IPullPayments.sol";
import {IOfferBook} from "../../../contracts/interfaces/IOfferBook.sol";
import {IRates} from "../../../contracts/interfaces/IRates.sol";
import {ISubscriptions} from "../../../contracts/interfaces/ISubscriptions.sol";
import {Presets} from "../../../contracts/market/Presets.sol";
import {MoneyInvariants, World} from "./World.sol";

/// @dev Works, offers, purchases, renewals and refunds.
contract MarketHandler is World {
    struct Bought {
        ILicenseLedger.Purchase purchase;
        bytes32 licenceId;
        /// @dev What the licensee said last to Subscriptions.
        uint96 maxPrice;
        uint40 until;
    }

    IOfferBook.Offer[] private _made;
    Bought[] private _bought;
    mapping(bytes32 licenceId => uint256 place) private _places;
    uint256[] private _subscribed;
    /// @dev Set if a renewal charged what the licensee had not agreed to.
    bool public overcharged;

    constructor() {
        _build();
        for (uint256 i; i < 4; ++i) _makeWork(i);
        _makeOffer(0, 25e18, 0, 3);
    }

    // ------------------------------------------------------------------------------------------------- works and offers

    function register(uint256 seed) external atNow {
        _makeWork(seed);
        _did("register");
    }

    function offer(uint256 work, uint256 price, uint256 currency, uint256 kind) external atNow {
        _makeOffer(work, price, currency, kind);
        _did("offer");
    }

    /// @dev With the certificate go what it will earn, and after `adopt` the offers.
    function sellWork(uint256 work, uint256 to) external atNow {
        bytes32 workId = _works[_within(work, 0, _works.length - 1)].workId;
        address owner = registry.ownerOf(uint256(workId));
        address next = _people[_within(to, 0, PEOPLE - 1)];
        VM.prank(owner);
        registry.transferFrom(owner, next, uint256(workId));
        _did("sellWork");
    }

    // ---------------------------------------------------------------------------------------------------------- licences

    function buy(uint256 which, uint256 who, uint256 endUser, uint256 seed) external atNow {
        ILicenseLedger.Purchase memory purchase = _purchase(which, who, endUser);
        bool quoted = purchase.offer.currency != 0;
        address payer = _people[_within(seed, 0, PEOPLE - 1)];
        uint256 price = purchase.offer.price;
        uint256 before = token.balanceOf(payer);
        if (quoted) {
            (IRates.Quote memory quote, bytes[] memory signatures) = _quote(
                address(ledger),
                offers.idOf(purchase.offer),
                price,
                seed
            );
            price = purchase.maxPrice = quote.amount;
            VM.prank(payer);
            IPullPayments.Permit memory none;
            try ledger.buyQuoted(purchase, quote, signatures, none) returns (bytes32 licenceId) {
                _note(purchase, licenceId, "buyQuoted");
            } catch (bytes memory reason) {
                return _taken(reason);
            }
        } else {
            VM.prank(payer);
            try ledger.buy(purchase) returns (bytes32 licenceId) {
                _note(purchase, licenceId, "buy");
            } catch (bytes memory reason) {
                return _taken(reason);
            }
        }
        require(before - token.balanceOf(payer) == price, "another price than agreed");
    }

    /// @dev A relayed order: the licensee signs and pays.
    function buyFor(uint256 which, uint256 who, uint256 endUser, uint256 seed) external atNow {
        ILicenseLedger.Purchase memory purchase = _purchase(which, who, endUser);
        uint256 price = purchase.offer.price;
        IRates.Quote memory quote;
        bytes[] memory signatures;
        if (purchase.offer.currency != 0) {
            (quote, signatures) = _quote(address(ledger), offers.idOf(purchase.offer), price, seed);
            price = purchase.maxPrice = quote.amount;
        }
        uint256 before = token.balanceOf(purchase.licensee);
        ILicenseLedger.Order memory order = _order(purchase, _within(who, 0, PEOPLE - 1));
        try ledger.buyFor(purchase, quote, signatures, order) returns (bytes32 licenceId) {
            _note(purchase, licenceId, "buyFor");
            require(before - token.balanceOf(purchase.licensee) == price, "another price than agreed");
        } catch (bytes memory reason) {
            _taken(reason);
        }
    }

    function revoke(uint256 which) external atNow {
        for (uint256 i; i < _bought.length; ++i) {
            Bought memory found = _bought[_turn(which, i, _bought.length)];
            ILicenseLedger.Licence memory licence = ledger.licence(found.licenceId);
            if (licence.until < _now) continue;
            // Who sold the certificate revokes nothing any more; the new owner adopts the offer first.
            address owner = registry.ownerOf(uint256(found.purchase.offer.workId));
            VM.prank(owner);
            offers.adopt(found.purchase.offer);
            address seller = offers.sales(offers.idOf(found.purchase.offer)).seller;
            uint256 before = ledger.owed(found.purchase.licensee);
            found.purchase.maxPrice = licence.paid;
            VM.prank(seller);
            ledger.revoke(found.purchase);
            require(ledger.owed(found.purchase.licensee) == before + licence.paid, "not refunded");
            return _did("revoke");
        }
        _nothing("revoke");
    }

    // ------------------------------------------------------------------------------------------------------ subscriptions

    function subscribe(uint256 which, uint256 maxPrice, uint256 time) external atNow {
        for (uint256 i; i < _bought.length; ++i) {
            uint256 place = _turn(which, i, _bought.length);
            Bought storage found = _bought[place];
            if (found.purchase.offer.rights & Presets.RENEWABLE == 0) continue;
            if (ledger.licence(found.licenceId).from == 0) continue;
            if (found.until == 0) _subscribed.push(place);
            // Often just at the limit: one wei or second too little has to stop the charge.
            uint256 price = found.purchase.offer.price * (found.purchase.offer.currency == 0 ? 1 : MAX_RATE);
            found.maxPrice = uint96(maxPrice % 3 != 0 ? price : _within(maxPrice, 0, price));
            found.until = uint40(_now + _within(time, 0, 400 days));
            VM.prank(found.purchase.licensee);
            subscriptions.subscribe(found.purchase, found.maxPrice, found.until);
            return _did("subscribe");
        }
        _nothing("subscribe");
    }

    function cancel(uint256 which) external atNow {
        // Some stay, so that there is something to renew.
        if (_subscribed.length < 3) return _nothing("cancel");
        uint256 at = _within(which, 0, _subscribed.length - 1);
        Bought storage found = _bought[_subscribed[at]];
        VM.prank(found.purchase.licensee);
        subscriptions.cancel(found.purchase);
        (found.maxPrice, found.until) = (0, 0);
        _subscribed[at] = _subscribed[_subscribed.length - 1];
        _subscribed.pop();
        _did("cancel");
    }

    /// @dev Some who subscribed, due or not, willing or not.
    function renewMany(uint256 which, uint256 seed) external atNow {
        if (_subscribed.length == 0) return _nothing("renewMany");
        which = _runningFrom(which);
        ILicenseLedger.Purchase memory aim = _bought[_subscribed[which]].purchase;
        uint256 due = subscriptions.dueAt(aim);
        if (due > _now && seed % 4 != 0) _pass(due - _now);
        _adoptFor(aim.offer);
        ISubscriptions.Renewal[] memory batch = new ISubscriptions.Renewal[](_subscribed.length < 4 ? 1 : 4);
        uint256[] memory prices = new uint256[](batch.length);
        for (uint256 i; i < batch.length; ++i)
            (batch[i], prices[i]) = _renewal(_turn(which, i, _subscribed.length), seed);
        // One by one to see each charge, then all at once to see that a poor one stops nobody.
        for (uint256 i; i < batch.length; ++i) _renewOne(batch[i], prices[i], _turn(which, i, _subscribed.length));
        uint256 sum;
        for (uint256 i; i < PEOPLE; ++i) sum += token.balanceOf(_people[i]);
        uint256 renewed = subscriptions.renewMany(batch);
        for (uint256 i; i < PEOPLE; ++i) sum -= token.balanceOf(_people[i]);
        // What was renewed a moment ago is not due: no period is charged twice.
        if (renewed != 0 || sum != 0) overcharged = true;
        _did("renewMany");
    }

    // ------------------------------------------------------------------------------------------------------------ helpers

    function _makeOffer(uint256 work, uint256 price, uint256 currency, uint256 kind) private {
        bytes32 workId = _works[_within(work, 0, _works.length - 1)].workId;
        bool quoted = currency % 3 == 0;
        uint96 amount = uint96(_within(price, 0, quoted ? 100_000 : 2000e18));
        if (quoted && amount == 0) amount = 1;
        uint8 rights = kind % 8 == 0 ? Presets.EXCLUSIVE | Presets.RENEWABLE : Presets.RENEWABLE;
        if (kind % 8 == 7) rights = 0;
        _made.push(
            _offer(workId, amount, quoted ? bytes3("EUR") : bytes3(0), uint32(_within(kind, 10 days, 90 days)), rights)
        );
    }

    function _purchase(uint256 which, uint256 who, uint256 endUser) private returns (ILicenseLedger.Purchase memory) {
        IOfferBook.Offer memory made = _made[_within(which, 0, _made.length - 1)];
        _adoptFor(made);
        address licensee = _people[_within(who, 0, PEOPLE - 1)];
        return ILicenseLedger.Purchase(made, licensee, bytes32(_within(endUser, 1, 4)), made.price);
    }

    /// @dev After a sale of the certificate the offer waits for its new owner.
    function _adoptFor(IOfferBook.Offer memory made) private {
        address owner = registry.ownerOf(uint256(made.workId));
        if (offers.sales(offers.idOf(made)).seller == owner) return;
        VM.prank(owner);
        offers.adopt(made);
    }

    function _note(ILicenseLedger.Purchase memory purchase, bytes32 licenceId, string memory action) private {
        if (_places[licenceId] == 0) {
            _bought.push(Bought(purchase, licenceId, 0, 0));
            _places[licenceId] = _bought.length;
        }
        _did(action);
    }

    function _taken(bytes memory reason) private {
        // More than a period is paid ahead already.
        if (bytes4(reason) == ILicenseLedger.TooEarly.selector) return _nothing("buy");
        _allow("buy", reason, IOfferBook.ExclusivityTaken.selector, ILicenseLedger.NotRenewable.selector);
    }

    function _order(
        ILicenseLedger.Purchase memory purchase,
        uint256 person
    ) private view returns (ILicenseLedger.Order memory order) {
        order.nonce = ledger.nonces(purchase.licensee);
        order.deadline = uint64(_now);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Order(bytes32 offerId,address licensee,bytes32 endUser,uint256 maxPrice,uint256 nonce,uint256 epoch,uint64 deadline)"
                ),
                offers.idOf(purchase.offer),
                purchase.licensee,
                purchase.endUser,
                purchase.maxPrice,
                order.nonce,
                ledger.epochOf(purchase.licensee),
                order.deadline
            )
        );
        order.signature = _signed(_keyOf(person), _typed(address(ledger), "CopyTrack LicenseLedger", structHash));
    }

    /// @dev The first subscription from there on whose licence runs, if there is one.
    function _runningFrom(uint256 which) private view returns (uint256 at) {
        for (uint256 i; i < _subscribed.length; ++i) {
            at = _turn(which, i, _subscribed.length);
            if (ledger.licence(_bought[_subscribed[at]].licenceId).until >= _now) return at;
        }
    }

    function _renewal(
        uint256 at,
        uint256 seed
    ) private view returns (ISubscriptions.Renewal memory renewal, uint256 price) {
        Bought storage found = _bought[_subscribed[at]];
        renewal.licence = found.purchase;
        price = found.purchase.offer.price;
        if (found.purchase.offer.currency != 0) {
            bytes32 offerId = offers.idOf(found.purchase.offer);
            (renewal.quote, renewal.signatures) = _quote(address(ledger), offerId, price, seed);
            price = renewal.quote.amount;
        }
    }

    function _renewOne(ISubscriptions.Renewal memory renewal, uint256 price, uint256 at) private {
        Bought storage found = _bought[_subscribed[at]];
        address licensee = found.purchase.licensee;
        uint256 until = ledger.licence(found.licenceId).until;
        uint256 before = token.balanceOf(licensee);
        ISubscriptions.Renewal[] memory one = new ISubscriptions.Renewal[](1);
        one[0] = renewal;
        bool renewed = subscriptions.renewMany(one) == 1;
        uint256 charged = before - token.balanceOf(licensee);
        uint256 period = found.purchase.offer.period;
        bool agreed = found.until >= _now && price <= found.maxPrice && until != 0 && _now + period / 4 >= until;
        if (renewed) {
            bool prolonged = ledger.licence(found.licenceId).until == until + period;
            if (!agreed || !prolonged || charged != price) overcharged = true;
            _did("renew");
        } else if (charged != 0) {
            overcharged = true;
        }
    }
}

contract MarketInvariants is MoneyInvariants {
    MarketHandler private _market;

    function setUp() external {
        _world = _market = new MarketHandler();
    }

    function _checkBooks() internal view override {
        super._checkBooks();
        // Above `maxPrice`, after `until`, before it is due, or twice for a period.
        VM.assertTrue(!_market.overcharged(), "a subscriber was charged beyond what he agreed to");
    }

    function test_everyKindOfCallIsMade() external {
        bytes4[] memory calls = new bytes4[](12);
        (calls[0], calls[1], calls[2]) = (World.wait.selector, World.withdraw.selector, World.donate.selector);
        (calls[3], calls[4]) = (MarketHandler.register.selector, MarketHandler.offer.selector);
        (calls[5], calls[6]) = (MarketHandler.sellWork.selector, MarketHandler.buy.selector);
        (calls[7], calls[8]) = (MarketHandler.buyFor.selector, MarketHandler.revoke.selector);
        (calls[9], calls[10]) = (MarketHandler.subscribe.selector, MarketHandler.cancel.selector);
        calls[11] = MarketHandler.renewMany.selector;
        string[] memory actions = new string[](15);
        (actions[0], actions[1], actions[2], actions[3]) = ("wait", "withdraw", "donate", "register");
        (actions[4], actions[5], actions[6], actions[7]) = ("offer", "sellWork", "buy", "buyQuoted");
        (actions[8], actions[9], actions[10], actions[11]) = ("buyFor", "revoke", "subscribe", "cancel");
        (actions[12], actions[13], actions[14]) = ("renewMany", "renew", "distribute");
        _tour(calls, actions);
    }
}
