"""LicenseLedger: what a purchase costs, who pays it and who gets it."""

import pytest
from brownie import compile_source, web3
from brownie.test import given as examples
from brownie.test import strategy
from eth_account import Account
from hypothesis import settings

from tests.contracts.conftest import (
    EMPTY,
    NO_PERMIT,
    NO_QUOTE,
    RENEWABLE,
    digest,
    raw,
    reverts,
    typed,
)
from tests.contracts.market.conftest import BUYER, GRACE, ORDER, PERIOD, PRICE, at, later, now, order

NOBODY = "0x" + "00" * 20
WALLET = """
pragma solidity 0.8.34;
contract Wallet {
    address owner;
    constructor(address owner_) { owner = owner_; }
    function isValidSignature(bytes32 digest, bytes calldata s) external view returns (bytes4) {
        address signer = ecrecover(digest, uint8(s[64]), bytes32(s[:32]), bytes32(s[32:64]));
        return signer == owner ? this.isValidSignature.selector : bytes4(0);
    }
    function call(address to, bytes calldata data) external {
        (bool done, ) = to.call(data);
        require(done);
    }
}
"""


def permit(system, value, nonce=0, deadline=None, owner=BUYER):
    fields = [("address", "owner"), ("address", "spender"), ("uint256", "value"), ("uint256", "nonce")]
    deadline = deadline or now() + 3600
    message = {"owner": owner.address, "spender": system.ledger.address, "value": value, "nonce": nonce}
    signable = typed(
        system.token, "CopyTrack", "Permit", [*fields, ("uint256", "deadline")], {**message, "deadline": deadline}
    )
    signed = owner.sign_message(signable)
    return (value, deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


# -------------------------------------------------------------------------------------------------------------- in CPY


def test_a_purchase_covers_the_end_user_and_credits_the_seller(system, make, market, work_id):
    assert not market.covered(work_id)
    given, tx = make.bought(make.offer(work_id))
    until = tx.timestamp + PERIOD
    event = tx.events["LicenceBought"]
    assert event == {
        **{"licenceId": make.licence_id(given), "workId": work_id, "endUser": digest("shop")},
        **{"offerId": system.offers.idOf(given[0]), "licensee": system.payer, "payer": system.payer, "price": PRICE},
        **{"from": tx.timestamp, "until": until, "coveredUntil": until + GRACE},
    }
    assert system.ledger.licence(make.licence_id(given)) == (tx.timestamp, until, 0, 0, PRICE, tx.timestamp)
    assert system.offers.sales(event["offerId"])["soldUntil"] == until + GRACE
    assert market.covered_until(work_id, until + GRACE)
    assert system.ledger.owed(system.holder) == PRICE == system.token.balanceOf(system.ledger)


def test_what_is_owed_is_fetched_once(system, make, work_id):
    make.bought(make.offer(work_id))
    with reverts("CannotReceive", system.ledger):
        system.ledger.withdraw(system.ledger, {"from": system.holder})
    tx = system.ledger.withdraw(system.client, {"from": system.holder})
    assert tx.events["Withdrawn"] == {"account": system.holder, "to": system.client, "amount": PRICE}
    assert system.token.balanceOf(system.client) == PRICE and system.token.balanceOf(system.ledger) == 0
    with reverts("NothingOwed", system.holder):
        system.ledger.withdraw(system.client, {"from": system.holder})


def test_nobody_pays_above_his_limit(system, make, work_id):
    offer = make.offer(work_id)
    make.funded(system.payer, PRICE, system.ledger)
    with reverts("PriceAboveLimit", PRICE, PRICE - 1):
        system.ledger.buy(make.purchase(offer, limit=PRICE - 1), {"from": system.payer})
    system.ledger.buy(make.purchase(offer, limit=PRICE), {"from": system.payer})


def test_who_cannot_pay_gets_no_licence(system, make, market, work_id):
    given = make.purchase(make.offer(work_id))
    with reverts("ERC20InsufficientAllowance"):
        system.ledger.buy(given, {"from": system.payer})
    assert not market.covered(work_id) and system.ledger.owed(system.holder) == 0


def test_a_licence_names_its_licensee_and_its_end_user(system, make, work_id):
    offer = make.offer(work_id, 0)
    with reverts("EmptyLicensee"):
        system.ledger.buy((offer, NOBODY, digest("shop"), 0), {"from": system.payer})
    with reverts("EmptyEndUser"):
        system.ledger.buy((offer, system.payer, EMPTY, 0), {"from": system.payer})


def test_a_free_licence_moves_no_money(system, make, market, work_id):
    tx = system.ledger.buy(make.purchase(make.offer(work_id, 0)), {"from": system.payer})
    assert "Transfer" not in tx.events and "Credited" not in tx.events
    assert market.covered(work_id)


def test_somebody_else_may_pay(system, make, work_id):
    _, tx = make.bought(make.offer(work_id), licensee=system.client, payer=system.stranger)
    assert tx.events["LicenceBought"]["licensee"] == system.client
    assert tx.events["LicenceBought"]["payer"] == system.stranger
    assert tx.events["Transfer"]["from"] == system.stranger


def test_a_sale_needs_the_seller_to_own_the_certificate(system, make, market, work_id):
    offer = make.offer(work_id)
    market.certificate_sold(work_id)
    with reverts("SellerNotOwner", system.offers.idOf(offer)):
        make.bought(offer)


def test_pausing_stops_purchases_but_no_withdrawal_and_no_refund(system, make, market, buyer, work_id):
    given, _ = make.bought(make.offer(work_id))
    new = make.purchase(given[0], buyer, "new")
    system.ledger.pause({"from": system.pauser})
    make.funded(system.payer, PRICE, system.ledger)
    by = {"from": system.payer}
    for buying in (
        lambda: system.ledger.buy(new, by),
        lambda: system.ledger.buyQuoted(new, NO_QUOTE, [], NO_PERMIT, by),
        lambda: system.ledger.buyFor(new, NO_QUOTE, [], order(system, make, new), by),
    ):
        with reverts("EnforcedPause"):
            buying()
    system.ledger.withdraw(system.holder, {"from": system.holder})
    system.ledger.revoke(given, market.refunding())
    with reverts("EnforcedPause"):
        system.ledger.buy(given, by)
    system.ledger.unpause({"from": system.governor})
    system.ledger.buy(given, by)


def test_a_pause_keeps_nobody_from_renewing(system, make, market, buyer, work_id):
    given, tx = make.bought(make.offer(work_id, 0), buyer)
    system.ledger.pause({"from": system.pauser})
    assert "LicenceRenewed" in system.ledger.buy(given, {"from": buyer}).events
    later(PERIOD + 10)
    signed = order(system, make, given)
    renewed = system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    assert "LicenceRenewed" in renewed.events
    assert market.covered_until(work_id, tx.timestamp + 3 * PERIOD + GRACE)


# ------------------------------------------------------------------------------------------------------- in currencies


def test_a_price_in_a_currency_is_paid_at_a_quote(system, make, work_id):
    offer = make.offer(work_id, 4900, currency=b"EUR")
    given = make.purchase(offer, limit=60 * 10**18)
    quote = make.quoted(system.ledger, system.offers.idOf(offer), 4900, issued=now())
    make.funded(system.payer, 49 * 10**18, system.ledger)
    tx = system.ledger.buyQuoted(given, quote, make.signed_quote(quote), NO_PERMIT, {"from": system.payer})
    assert tx.events["LicenceBought"]["price"] == 49 * 10**18 == system.ledger.owed(system.holder)


def test_a_price_in_a_currency_needs_a_quote(system, make, work_id):
    offer = make.offer(work_id, 4900, currency=b"EUR")
    with reverts("QuoteNeeded", system.offers.idOf(offer)):
        system.ledger.buy(make.purchase(offer), {"from": system.payer})


def test_a_quote_above_the_buyers_limit_is_refused(system, make, work_id):
    offer = make.offer(work_id, 4900, currency=b"EUR")
    quote = make.quoted(system.ledger, system.offers.idOf(offer), 4900, issued=now())
    given = make.purchase(offer, limit=49 * 10**18 - 1)
    with reverts("PriceAboveLimit", 49 * 10**18, 49 * 10**18 - 1):
        system.ledger.buyQuoted(given, quote, make.signed_quote(quote), NO_PERMIT, {"from": system.payer})


def test_the_quote_is_passed_over_for_a_price_in_cpy(system, make, work_id):
    given = make.purchase(make.offer(work_id))
    make.funded(system.payer, PRICE, system.ledger)
    tx = system.ledger.buyQuoted(given, NO_QUOTE, [], NO_PERMIT, {"from": system.payer})
    assert tx.events["LicenceBought"]["price"] == PRICE


def test_a_price_that_fits_no_licence_is_refused(system, make, work_id):
    offer = make.offer(work_id, 1, currency=b"EUR")
    quote = make.quoted(system.ledger, system.offers.idOf(offer), 1, rate=2**96, issued=now())
    given = make.purchase(offer, limit=2**100)
    with reverts("SafeCastOverflowedUintDowncast"):
        system.ledger.buyQuoted(given, quote, make.signed_quote(quote), NO_PERMIT, {"from": system.payer})


# -------------------------------------------------------------------------------------------------------------- permits


def test_a_permit_buys_without_an_earlier_approval(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id), buyer)
    tx = system.ledger.buyQuoted(given, NO_QUOTE, [], permit(system, PRICE), {"from": buyer})
    assert tx.events["LicenceBought"]["payer"] == buyer


def test_a_permit_that_somebody_brought_before_does_not_stop_the_purchase(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id), buyer)
    signed = permit(system, PRICE)
    system.token.permit(buyer, system.ledger, *signed, {"from": system.stranger})
    tx = system.ledger.buyQuoted(given, NO_QUOTE, [], signed, {"from": buyer})
    assert tx.events["LicenceBought"]["payer"] == buyer


def test_a_permit_that_somebody_else_signed_pays_nothing(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id), buyer)
    forged = permit(system, PRICE, owner=Account.from_key(web3.keccak(text="forger")))
    with reverts("ERC20InsufficientAllowance"):
        system.ledger.buyQuoted(given, NO_QUOTE, [], forged, {"from": buyer})


# ------------------------------------------------------------------------------------------------------- signed orders


def test_a_signed_order_is_paid_by_the_licensee_and_brought_by_anybody(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id), buyer)
    signed = order(system, make, given, given=permit(system, PRICE))
    tx = system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    assert tx.events["LicenceBought"]["payer"] == buyer
    assert system.token.balanceOf(buyer) == 9 * PRICE


def test_an_order_in_a_currency_takes_a_quote(system, make, buyer, work_id):
    offer = make.offer(work_id, 4900, currency=b"EUR")
    given = make.purchase(offer, buyer, limit=50 * 10**18)
    quote = make.quoted(system.ledger, system.offers.idOf(offer), 4900, issued=now())
    system.token.approve(system.ledger, PRICE * 10, {"from": buyer})
    signed = order(system, make, given)
    tx = system.ledger.buyFor(given, quote, make.signed_quote(quote), signed, {"from": system.stranger})
    assert tx.events["LicenceBought"]["price"] == 49 * 10**18


def test_an_order_is_used_once(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id), buyer)
    system.token.approve(system.ledger, PRICE * 10, {"from": buyer})
    signed = order(system, make, given)
    system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    with reverts("InvalidAccountNonce", buyer, 1):
        system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    system.ledger.buyFor(given, NO_QUOTE, [], order(system, make, given, nonce=1), {"from": system.stranger})


def test_orders_are_taken_back(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id, 0), buyer)
    signed, next_one = order(system, make, given), order(system, make, given, nonce=1)
    tx = system.ledger.cancelSignatures({"from": buyer})
    assert tx.events["SignaturesCancelled"] == {"signer": buyer, "epoch": 1}
    assert tx.return_value == 1 == system.ledger.epochOf(buyer)
    with reverts("BadOrder", buyer):
        system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    # Nor does one that was signed for the time after the next.
    system.ledger.buyFor(given, NO_QUOTE, [], order(system, make, given), {"from": system.stranger})
    with reverts("BadOrder", buyer):
        system.ledger.buyFor(given, NO_QUOTE, [], next_one, {"from": system.stranger})


def test_an_order_expires(system, make, buyer, work_id):
    given = make.purchase(make.offer(work_id, 0), buyer)
    deadline = now() + 100
    signed = order(system, make, given, deadline=deadline)
    at(deadline + 1)
    with reverts("OrderExpired", deadline, deadline + 1):
        system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    later(10)
    deadline = now() + 100
    signed = order(system, make, given, deadline=deadline)
    at(deadline)
    system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})


def changed(given, field, value):
    return (*given[:field], value, *given[field + 1 :])


@pytest.mark.parametrize("field", ["offer", "end user", "limit", "nonce", "signer", "chain", "contract"])
def test_an_order_holds_only_for_what_was_signed(system, make, buyer, work_id, field):
    given = make.purchase(make.offer(work_id, 0), buyer, limit=5)
    nonce, deadline, signature, none = order(system, make, given)
    if field == "offer":
        given = changed(given, 0, make.offer(work_id, 0))
    elif field == "end user":
        given = changed(given, 2, digest("another"))
    elif field == "limit":
        given = changed(given, 3, 6)
    elif field == "nonce":
        nonce = 1
    elif field == "signer":
        signature = order(system, make, given, by=system.verifier)[2]
    else:
        domain = {"name": "CopyTrack LicenseLedger", "version": "1", "chainId": 31337}
        domain["verifyingContract"] = system.ledger.address
        domain.update({"chainId": 1} if field == "chain" else {"verifyingContract": system.settlement.address})
        values = [system.offers.idOf(given[0]), *given[1:], nonce, system.ledger.epochOf(buyer), deadline]
        message = {f: raw(v) if k == "bytes32" else v for (k, f), v in zip(ORDER, values, strict=True)}
        types = {"Order": [{"type": k, "name": f} for k, f in ORDER]}
        signature = BUYER.sign_typed_data(domain, types, message).signature
    with reverts("BadOrder", buyer):
        system.ledger.buyFor(given, NO_QUOTE, [], (nonce, deadline, signature, none), {"from": system.stranger})


def test_a_wallet_that_is_a_contract_signs_orders_by_erc_1271(system, make, work_id):
    code = compile_source(WALLET, solc_version="0.8.34", evm_version="cancun").Wallet
    wallet = system.stranger.deploy(code, BUYER.address)
    system.token.transfer(wallet, PRICE, {"from": system.governor})
    wallet.call(system.token, system.token.approve.encode_input(system.ledger, PRICE), {"from": system.stranger})
    given = make.purchase(make.offer(work_id), wallet)
    with reverts("BadOrder", wallet):
        signed = order(system, make, given, by=system.verifier)
        system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})
    tx = system.ledger.buyFor(given, NO_QUOTE, [], order(system, make, given), {"from": system.stranger})
    assert tx.events["LicenceBought"]["payer"] == wallet and system.token.balanceOf(wallet) == 0


# -------------------------------------------------------------------------------------------------------------- payouts


def split(line, amount):
    """Who gets how much: [(owner, {co-owner: bps}, bps to the parent)] from the work that was sold upwards, once each
    work's owner has asked for it."""
    (owner, co_owners, upwards), *above = line
    parts = [(account, amount * bps // 10_000) for account, bps in co_owners]
    up = amount * upwards // 10_000 if above else 0
    parts.append((owner, amount - sum(p for _, p in parts) - up))
    return parts + (split(above, up) if above else [])


@examples(
    price=strategy("uint96", min_value=1, max_value=10**24),
    shares=strategy("uint16[4][8]", max_value=1200),
    co_owners=strategy("uint8[4]", max_value=7),
    parents=strategy("uint8", max_value=3),
)
@settings(max_examples=8)
def test_payouts_are_exact_to_the_wei(system, make, price, shares, co_owners, parents):
    owners = [system.holder, system.client, system.stranger, system.operator]
    line, work_ids = [], []
    for level in reversed(range(parents + 1)):
        owner = owners[level]
        work_id = make.work(f"level {level} of {price}", owner)
        named = [
            (web3.to_checksum_address(raw(digest(f"{level % 2} {n}"))[:20].hex()), 1 + shares[n][level])
            for n in range(co_owners[level])
        ]
        system.registry.setCoOwners(work_id, named, [], {"from": owner})
        upwards = 1 + shares[7][level] if work_ids else 0
        if work_ids:
            system.registry.linkDerivative(work_id, work_ids[0], upwards, {"from": owner})
        work_ids.insert(0, work_id)
        line.insert(0, (owner.address, named, upwards))
    expected = {}
    for account, part in split(line, price):
        expected[account] = expected.get(account, 0) + part
    make.bought(make.offer(work_ids[0], price))
    for work_id, (owner, *_) in zip(work_ids[1:], line[1:], strict=True):
        if system.ledger.waitingFor(work_id)[0]:
            system.ledger.distribute(work_id, {"from": owner})
    assert {a: system.ledger.owed(a) for a in expected} == expected
    assert sum(expected.values()) == price == system.token.balanceOf(system.ledger)


def test_renewals_are_split_among_those_who_share_then(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, rights=RENEWABLE))
    system.registry.setCoOwners(work_id, [(system.client, 2500)], [], {"from": system.holder})
    market.renewed(given)
    assert system.ledger.owed(system.client) == PRICE // 4
    assert system.ledger.owed(system.holder) == 2 * PRICE - PRICE // 4
