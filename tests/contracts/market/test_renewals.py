"""LicenseLedger: a licence is renewed in place while it runs, its grace included."""

import pytest

from tests.contracts.conftest import NO_QUOTE, RENEWABLE, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, at, later


@pytest.fixture
def bought(make, work_id):
    return make.bought(make.offer(work_id))


def test_a_renewal_follows_the_paid_time_and_counts_the_grace_once(system, make, market, work_id, bought):
    given, first = bought
    licence_id = make.licence_id(given)
    end = first.timestamp + 2 * PERIOD
    tx = market.renewed(given)
    assert tx.events["LicenceRenewed"] == {
        **{"licenceId": licence_id, "payer": system.payer, "price": PRICE},
        **{"until": end, "coveredUntil": end + GRACE},
    }
    assert "LicenceBought" not in tx.events
    assert system.ledger.licence(licence_id)[:2] == (first.timestamp, end)
    assert market.covered_until(work_id, end + GRACE)
    assert system.ledger.owed(system.holder) == 2 * PRICE


def test_a_renewal_in_the_grace_leaves_no_gap(system, make, market, work_id, bought):
    given, first = bought
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD + GRACE)
    tx = system.ledger.buy(given, {"from": system.payer})
    assert tx.events["LicenceRenewed"]["until"] == first.timestamp + 2 * PERIOD
    assert market.covered(work_id, first.timestamp, first.timestamp + 2 * PERIOD + GRACE)


def test_after_the_grace_a_licence_begins_anew(system, make, market, work_id, bought):
    given, first = bought
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD + GRACE + 2)
    tx = system.ledger.buy(given, {"from": system.payer})
    assert tx.events["LicenceBought"]["from"] == tx.timestamp
    assert system.ledger.licence(make.licence_id(given))[:2] == (tx.timestamp, tx.timestamp + PERIOD)
    lapse = first.timestamp + PERIOD + GRACE + 1
    assert market.covered(work_id, first.timestamp, lapse - 1) and not market.covered(work_id, lapse)
    assert market.covered(work_id, lapse + 1)


def test_a_licence_bought_in_the_second_after_leaves_no_gap(system, make, market, work_id, bought):
    given, first = bought
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD + GRACE + 1)
    tx = system.ledger.buy(given, {"from": system.payer})
    assert "LicenceBought" in tx.events and market.covered(work_id, first.timestamp, tx.timestamp + PERIOD)


def test_a_licence_without_renewal_is_bought_again_only_after_its_end(system, make, market, work_id):
    given, first = make.bought(make.offer(work_id, rights=0))
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD + GRACE)
    with reverts("NotRenewable", make.licence_id(given)):
        system.ledger.buy(given, {"from": system.payer})
    at(first.timestamp + PERIOD + GRACE + 1)
    assert "LicenceBought" in system.ledger.buy(given, {"from": system.payer}).events


def test_at_most_one_period_is_paid_ahead(system, make, market, bought):
    given, first = bought
    market.renewed(given)
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD - 1)
    with reverts("TooEarly", make.licence_id(given), first.timestamp + PERIOD):
        system.ledger.buy(given, {"from": system.payer})
    at(first.timestamp + PERIOD)
    system.ledger.buy(given, {"from": system.payer})


def test_a_renewal_keeps_to_the_limit(make, system, bought):
    offer, licensee, end_user, _ = bought[0]
    with reverts("PriceAboveLimit", PRICE, PRICE - 1):
        system.ledger.buy((offer, licensee, end_user, PRICE - 1), {"from": system.payer})


def test_anybody_may_renew_for_the_licensee_at_his_own_cost(system, make, market, bought):
    given, _ = bought
    tx = market.renewed(given, system.stranger)
    assert tx.events["LicenceRenewed"]["payer"] == system.stranger


def test_two_licences_of_one_offer_are_renewed_apart(system, make, market, work_id, bought):
    given, first = bought
    other, second = make.bought(given[0], licensee=system.client)
    later(PERIOD // 2)
    market.renewed(given)
    assert system.ledger.licence(make.licence_id(other))[1] == second.timestamp + PERIOD
    assert system.ledger.licence(make.licence_id(given))[1] == first.timestamp + 2 * PERIOD


def test_only_the_subscriptions_contract_renews_at_another_ones_cost(system, bought):
    with reverts("NotSubscriptions", system.stranger):
        system.ledger.renew(bought[0], NO_QUOTE, [], PRICE, {"from": system.stranger})


def test_a_renewal_of_print_use_covers_no_website(make, market, work_id):
    given, _ = make.bought(make.offer(work_id, uses=8, rights=RENEWABLE))
    market.renewed(given)
    assert not market.covered(work_id)
