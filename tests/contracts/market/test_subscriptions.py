"""Subscriptions: renewals that nobody has to think of, and that nobody can turn against the licensee."""

import pytest
from brownie import web3

from tests.contracts.conftest import DAY, NO_PERMIT, NO_QUOTE, RENEWABLE, TRANSFERABLE, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, at, later, now

YEARS = 365 * DAY


@pytest.fixture
def subscribed(system, make):
    """A licence that renews itself for ten years at its price; returns (purchase, transaction of the purchase)."""

    def subscribed(work_id, licensee=None, limit=PRICE, until=None, **changes):
        given, tx = make.bought(make.offer(work_id, **changes), licensee)
        licensee = licensee or system.payer
        system.subscriptions.subscribe(given, limit, until or now() + 10 * YEARS, {"from": licensee})
        make.funded(licensee, 20 * PRICE, system.ledger)
        return given, tx

    return subscribed


@pytest.fixture
def keep(system):
    def keep(*purchases):
        return system.subscriptions.renewMany([(p, NO_QUOTE, []) for p in purchases], {"from": system.stranger})

    return keep


def refused(tx, name, *arguments):
    """The batch told of one failure, with this error."""
    (event,) = tx.events["RenewalFailed"]
    reason = bytes(event["reason"])
    types = {"bytes32": 32, "uint256": 32}
    text = f"{name}({','.join(kind for kind, _ in arguments)})"
    encoded = b"".join(
        web3.to_bytes(v).rjust(types[k], b"\0") if isinstance(v, int) else bytes(v) for k, v in arguments
    )
    return tx.return_value == 0 and reason == bytes(web3.keccak(text=text))[:4] + encoded


def test_a_licensee_says_once_up_to_which_price_and_until_when(system, make, work_id):
    given, tx = make.bought(make.offer(work_id))
    until = now() + YEARS
    event = system.subscriptions.subscribe(given, PRICE, until, {"from": system.payer}).events["Subscribed"]
    assert (event["licenceId"], event["licensee"]) == (make.licence_id(given), system.payer)
    assert (event["maxPrice"], event["until"]) == (PRICE, until)
    assert event["licence"][1:] == (system.payer, given[2], PRICE)
    assert system.subscriptions.subscription(make.licence_id(given)) == (PRICE, until, tx.timestamp)
    assert system.subscriptions.dueAt(given) == tx.timestamp + PERIOD - PERIOD // 4
    system.subscriptions.subscribe(given, 1, until + 1, {"from": system.payer})
    assert system.subscriptions.subscription(make.licence_id(given)) == (1, until + 1, tx.timestamp)


def test_only_the_licensee_subscribes_and_only_to_what_can_be_renewed(system, make, work_id):
    given, _ = make.bought(make.offer(work_id))
    licence_id = make.licence_id(given)
    with reverts("NotLicensee", licence_id, system.stranger):
        system.subscriptions.subscribe(given, PRICE, now() + YEARS, {"from": system.stranger})
    with reverts("EndsInPast", 1000):
        system.subscriptions.subscribe(given, PRICE, 1000, {"from": system.payer})
    bound, _ = make.bought(make.offer(work_id, rights=0))
    with reverts("NotRenewable", make.licence_id(bound)):
        system.subscriptions.subscribe(bound, PRICE, now() + YEARS, {"from": system.payer})
    unknown = make.purchase(make.offer(work_id))
    assert system.subscriptions.dueAt(unknown) == 0
    with reverts("NoLicence", make.licence_id(unknown)):
        system.subscriptions.subscribe(unknown, PRICE, now() + YEARS, {"from": system.payer})


def test_anybody_brings_what_is_due_and_the_licensee_pays(system, make, market, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    held = system.token.balanceOf(system.payer)
    at(first.timestamp + PERIOD - PERIOD // 4)
    tx = keep(given)
    assert tx.return_value == 1
    assert tx.events["LicenceRenewed"] == {
        **{"licenceId": make.licence_id(given), "payer": system.payer, "price": PRICE},
        **{"until": first.timestamp + 2 * PERIOD, "coveredUntil": first.timestamp + 2 * PERIOD + GRACE},
    }
    assert system.token.balanceOf(system.payer) == held - PRICE
    assert market.covered_until(work_id, first.timestamp + 2 * PERIOD + GRACE)


def test_nobody_is_charged_before_it_is_due(system, make, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    due = first.timestamp + PERIOD - PERIOD // 4
    at(due - 1)
    assert refused(keep(given), "NotDue", ("bytes32", raw_id(make, given)), ("uint256", due))


def raw_id(make, given):
    return web3.to_bytes(hexstr=str(make.licence_id(given)))


def test_nobody_is_charged_twice_for_a_period(system, make, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    held = system.token.balanceOf(system.payer)
    at(first.timestamp + PERIOD - 5)
    tx = keep(given, given, given)
    assert tx.return_value == 1 and len(tx.events["RenewalFailed"]) == 2
    due = first.timestamp + 2 * PERIOD - PERIOD // 4
    assert refused(keep(given), "NotDue", ("bytes32", raw_id(make, given)), ("uint256", due))
    assert system.token.balanceOf(system.payer) == held - PRICE


def test_a_purchase_by_hand_moves_the_next_charge_away(system, make, market, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    later(PERIOD - 5)
    market.renewed(given)
    due = first.timestamp + 2 * PERIOD - PERIOD // 4
    assert refused(keep(given), "NotDue", ("bytes32", raw_id(make, given)), ("uint256", due))


def test_a_licence_in_its_grace_is_renewed_without_a_gap(market, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    at(first.timestamp + PERIOD + GRACE)
    assert keep(given).return_value == 1
    assert market.covered(work_id, first.timestamp, first.timestamp + 2 * PERIOD + GRACE)


def test_a_lapsed_licence_is_not_bought_anew_for_anybody(make, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    at(first.timestamp + PERIOD + GRACE + 1)
    assert refused(keep(given), "NotRunning", ("bytes32", raw_id(make, given)))


def test_nobody_is_charged_above_his_limit(system, make, work_id, subscribed, keep):
    given, _ = subscribed(work_id, limit=PRICE - 1)
    later(PERIOD)
    assert refused(keep(given), "PriceAboveLimit", ("uint256", PRICE), ("uint256", PRICE - 1))


def test_the_limit_is_the_subscriptions_and_not_the_keepers(system, make, work_id, subscribed, keep):
    given, _ = subscribed(work_id, limit=PRICE - 1)
    later(PERIOD)
    assert refused(keep((*given[:3], 2**200)), "PriceAboveLimit", ("uint256", PRICE), ("uint256", PRICE - 1))


def test_nobody_is_charged_after_his_date(make, work_id, subscribed, keep):
    given, first = subscribed(work_id, until=now() + PERIOD)
    later(first.timestamp + PERIOD + 100 - now())
    assert refused(keep(given), "NotSubscribed", ("bytes32", raw_id(make, given)))


def test_the_date_itself_still_counts(system, work_id, subscribed, keep):
    end = now() + PERIOD
    given, _ = subscribed(work_id, until=end)
    at(end)
    assert keep(given).return_value == 1


def test_who_cancels_is_not_charged(system, make, work_id, subscribed, keep):
    given, _ = subscribed(work_id)
    licence_id = make.licence_id(given)
    with reverts("NotLicensee", licence_id, system.stranger):
        system.subscriptions.cancel(given, {"from": system.stranger})
    tx = system.subscriptions.cancel(given, {"from": system.payer})
    assert tx.events["Cancelled"] == {"licenceId": licence_id, "licensee": system.payer}
    with reverts("NotSubscribed", licence_id):
        system.subscriptions.cancel(given, {"from": system.payer})
    later(PERIOD)
    assert refused(keep(given), "NotSubscribed", ("bytes32", raw_id(make, given)))


def test_one_who_cannot_pay_stops_nobody_else(system, make, subscribed, keep):
    poor, _ = subscribed(make.work("poor"), system.client)
    rich, _ = subscribed(make.work("rich"))
    system.token.approve(system.ledger, 0, {"from": system.client})
    later(PERIOD)
    tx = keep(poor, rich)
    assert tx.return_value == 1
    assert tx.events["RenewalFailed"]["licenceId"] == make.licence_id(poor)
    assert tx.events["LicenceRenewed"]["licenceId"] == make.licence_id(rich)
    held = system.token.balanceOf(system.client)
    system.token.approve(system.ledger, PRICE, {"from": system.client})
    assert keep(poor).return_value == 1 and system.token.balanceOf(system.client) == held - PRICE


def test_renewals_pause_with_the_certificates_sale_until_the_offer_is_adopted(
    system, make, market, work_id, subscribed, keep
):
    given, _ = subscribed(work_id)
    later(PERIOD)
    market.certificate_sold(work_id)
    offer_id = web3.to_bytes(hexstr=str(system.offers.idOf(given[0])))
    assert refused(keep(given), "SellerNotOwner", ("bytes32", offer_id))
    system.offers.adopt(given[0], {"from": system.client})
    assert keep(given).return_value == 1 and system.ledger.owed(system.client) == PRICE


def test_a_closed_offer_renews_nothing(system, make, work_id, subscribed, keep):
    given, _ = subscribed(work_id)
    later(PERIOD)
    offer_id = system.offers.idOf(given[0])
    system.offers.close(offer_id, work_id, {"from": system.holder})
    assert refused(keep(given), "ClosedOffer", ("bytes32", web3.to_bytes(hexstr=str(offer_id))))


def test_a_pause_keeps_no_keeper_from_renewing(system, work_id, subscribed, keep):
    given, _ = subscribed(work_id)
    later(PERIOD)
    system.ledger.pause({"from": system.pauser})
    assert keep(given).return_value == 1


def test_during_a_pause_a_lapsed_licence_is_not_bought_anew_by_the_keeper(system, work_id, subscribed, keep):
    given, first = subscribed(work_id)
    system.ledger.pause({"from": system.pauser})
    at(first.timestamp + PERIOD + GRACE + 1)
    assert refused(keep(given), "EnforcedPause")


def test_a_price_in_a_currency_is_renewed_at_a_quote_within_the_limit(system, make, work_id):
    offer = make.offer(work_id, 4900, currency=b"EUR")
    given = make.purchase(offer, limit=PRICE * 10)
    make.funded(system.payer, 500 * 10**18, system.ledger)

    def quote(rate):
        made = make.quoted(system.ledger, system.offers.idOf(offer), 4900, rate, issued=now())
        return made, make.signed_quote(made)

    system.ledger.buyQuoted(given, *quote(10**16), NO_PERMIT, {"from": system.payer})
    system.subscriptions.subscribe(given, 50 * 10**18, now() + 10 * YEARS, {"from": system.payer})
    later(PERIOD)
    dear = system.subscriptions.renewMany([(given, *quote(2 * 10**16))], {"from": system.stranger})
    limits = [("uint256", 98 * 10**18), ("uint256", 50 * 10**18)]
    assert refused(dear, "PriceAboveLimit", *limits)
    fair = system.subscriptions.renewMany([(given, *quote(10**16))], {"from": system.stranger})
    assert fair.return_value == 1 and fair.events["LicenceRenewed"]["price"] == 49 * 10**18


@pytest.mark.parametrize("ended", ["lapsed", "revoked"])
def test_nobody_revives_a_subscription_by_buying_the_licence_anew(
    system, make, market, work_id, subscribed, keep, ended
):
    given, _ = subscribed(work_id)
    if ended == "lapsed":
        later(PERIOD + GRACE + 1)
    else:
        later(1)
        system.ledger.revoke(given, market.refunding())
    market.renewed(given, system.holder)
    held = system.token.balanceOf(system.payer)
    later(PERIOD)
    assert refused(keep(given), "NotSubscribed", ("bytes32", raw_id(make, given)))
    assert system.token.balanceOf(system.payer) == held
    system.subscriptions.subscribe(given, PRICE, now() + YEARS, {"from": system.payer})
    assert keep(given).return_value == 1


def test_a_subscription_does_not_follow_a_transferred_licence(system, make, work_id, subscribed, keep):
    given, _ = subscribed(work_id, rights=RENEWABLE | TRANSFERABLE)
    system.ledger.transfer(given, system.client, {"from": system.payer})
    later(PERIOD)
    theirs = make.purchase(given[0], system.client)
    for purchase in (given, theirs):
        assert refused(keep(purchase), "NotSubscribed", ("bytes32", raw_id(make, purchase)))


def test_a_period_of_seconds_is_due_at_its_end(system, work_id, subscribed, keep):
    given, first = subscribed(work_id, period=3)
    assert system.subscriptions.dueAt(given) == first.timestamp + 3
