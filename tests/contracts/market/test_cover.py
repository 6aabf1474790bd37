"""LicenseLedger.covered: the one question that enforcement asks before it does anything."""

import pytest
from brownie import LicenseLedger, OfferBook
from brownie.test import given as examples
from brownie.test import strategy
from hypothesis import settings

from tests.contracts.conftest import (
    DAY,
    EMPTY,
    EXCLUSIVE,
    ONLINE,
    PRINT_EDITORIAL,
    RENEWABLE,
    WEB_EDITORIAL,
    WORLD,
    digest,
    reverts,
    word,
)
from tests.contracts.market.conftest import GRACE, PERIOD, at, later, now


def test_nothing_is_covered_before_a_licence(system, make, market, work_id):
    assert not market.covered(work_id)
    assert not market.covered(work_id, 0) and not market.covered(work_id, 0, 1)
    assert not market.covered(work_id, 2**64 - 1)
    _, tx = make.bought(make.offer(work_id))
    assert not market.covered(work_id, tx.timestamp - 1)
    assert not market.covered(work_id, 0) and not market.covered(work_id, 0, tx.timestamp)
    assert not market.covered(digest("another work"))
    assert not market.covered(work_id, site="other")


def test_a_period_ends_after_it_starts(market, work_id):
    with reverts("BadPeriod", 5, 4):
        market.covered(work_id, 5, 4)


def test_a_licence_for_a_site_covers_all_its_hosts(make, market, work_id):
    make.bought(make.offer(work_id), end_user="shop")
    assert market.covered(work_id, host="www.shop") and market.covered(work_id, host="blog.shop")
    assert market.covered(work_id, host="shop")


def test_a_licence_for_a_host_covers_no_other_host(make, market, work_id):
    make.bought(make.offer(work_id), end_user="www.shop")
    assert market.covered(work_id, host="www.shop")
    assert not market.covered(work_id, host="blog.shop") and not market.covered(work_id, host="shop")


@pytest.mark.parametrize("uses", [WEB_EDITORIAL, ONLINE | PRINT_EDITORIAL])
def test_one_online_use_covers_a_website(make, market, work_id, uses):
    make.bought(make.offer(work_id, uses=uses))
    assert market.covered(work_id)


def test_a_licence_for_print_covers_no_website(make, market, work_id):
    make.bought(make.offer(work_id, uses=PRINT_EDITORIAL))
    assert not market.covered(work_id)


def test_host_and_site_together_cover_without_a_gap(make, market, work_id):
    offer = make.offer(work_id, 0, period=10 * DAY, grace=0)
    _, first = make.bought(offer, end_user="shop")
    later(9 * DAY)
    _, second = make.bought(offer, end_user="www.shop")
    later(9 * DAY)
    _, third = make.bought(offer, end_user="shop")
    end = third.timestamp + 10 * DAY
    assert market.covered(work_id, first.timestamp, end, host="www.shop")
    assert not market.covered(work_id, first.timestamp, end, host="blog.shop")
    assert not market.covered(work_id, first.timestamp, end + 1, host="www.shop")
    assert market.covered(work_id, second.timestamp + 10 * DAY, second.timestamp + 10 * DAY, host="www.shop")


# ----------------------------------------------------------------------------------------------------------- platforms


def test_a_platform_cannot_be_an_end_user_but_an_account_on_it_can(system, make, market, work_id):
    offer = make.offer(work_id, 0)
    with reverts("PlatformAsEndUser", digest("platform")):
        make.bought(offer, end_user="platform")
    make.bought(offer, end_user="platform/account")
    assert market.covered(work_id, site="platform/account", host="platform")
    assert not market.covered(work_id, site="platform/other", host="platform")


def listed(system, name, listed=True):
    """When a name became a platform, or ceased to be one."""
    tx = system.ledger.setPlatforms([digest(name)], listed, {"from": system.governor})
    assert tx.events["PlatformSet"] == {"nameHash": digest(name), "listed": listed}
    return tx.timestamp


@pytest.mark.parametrize("name", ["pictures", "pictures/account"], ids=["host", "site"])
def test_from_its_listing_on_a_licence_for_a_host_of_a_platform_covers_nobody(system, make, market, work_id, name):
    _, tx = make.bought(make.offer(work_id, 0), end_user="pictures")
    where = {"site": "pictures/account", "host": "pictures"}
    assert market.covered(work_id, tx.timestamp, tx.timestamp + PERIOD, **where)
    later(DAY)
    since = listed(system, name)
    assert system.ledger.platformSince(digest(name)) == since and system.ledger.isPlatform(digest(name))
    assert market.covered(work_id, tx.timestamp, since - 1, **where)
    assert not market.covered(work_id, since, **where) and not market.covered(work_id, since - 1, since, **where)
    # Listing it again does not move the date.
    later(DAY)
    assert listed(system, name) > since == system.ledger.platformSince(digest(name))
    listed(system, name, False)
    assert system.ledger.platformSince(digest(name)) == 0
    assert market.covered(work_id, tx.timestamp, tx.timestamp + PERIOD, **where)


def test_a_platform_that_was_listed_after_a_licence_had_ended_takes_nothing_from_it(system, make, market, work_id):
    _, tx = make.bought(make.offer(work_id, 0), end_user="pictures")
    end = tx.timestamp + PERIOD + GRACE
    at(end + 1)
    listed(system, "pictures")
    listed(system, "pictures/account")
    assert market.covered(work_id, tx.timestamp, end, site="pictures/account", host="pictures")


def test_a_licence_for_a_host_of_a_platforms_site_covers_nobody(system, make, market, work_id):
    make.bought(make.offer(work_id, 0), end_user="www.platform")
    assert not market.covered(work_id, site="platform", host="www.platform")
    # Nor did it cover before the licence was bought.
    assert not market.covered(work_id, now() - 100, site="platform", host="www.platform")


def test_only_the_governor_lists_platforms(system):
    with reverts("AccessManagedUnauthorized"):
        system.ledger.setPlatforms([digest("x")], True, {"from": system.stranger})
    assert system.ledger.isPlatform(digest("platform")) and not system.ledger.isPlatform(digest("x"))


# ------------------------------------------------------------------------------------------------------------ releases


def settled(system, make, seen=None):
    """A paid case; returns (work, time of the payment)."""
    case_id, opening = make.case(seen=seen)
    quote = make.quoted(system.settlement, word(case_id), opening[5], issued=now())
    make.funded(system.payer, quote[3], system.settlement)
    tx = system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    return opening[1][0], tx.timestamp


def test_a_release_covers_the_site_from_the_beginning_of_time(system, make, market):
    work_id, paid = settled(system, make)
    end = system.settlement.releasedUntil(work_id, digest("shop"))
    assert end == paid + 30 * DAY
    assert market.covered(work_id, 0, end) and market.covered(work_id, 0, end, host="blog.shop")
    assert not market.covered(work_id, 0, end + 1) and not market.covered(work_id, site="other")


def test_a_licence_follows_a_release_without_a_gap(system, make, market):
    work_id, _ = settled(system, make)
    _, tx = make.bought(make.offer(work_id))
    end = tx.timestamp + PERIOD + GRACE
    assert market.covered(work_id, 0, end) and not market.covered(work_id, 0, end + 1)


def test_a_gap_between_release_and_licence_is_not_covered(system, make, market):
    work_id, paid = settled(system, make)
    later(40 * DAY)
    make.bought(make.offer(work_id))
    end = paid + 30 * DAY
    assert market.covered(work_id, 0, end) and market.covered(work_id)
    assert not market.covered(work_id, end, now())


# ------------------------------------------------------------------------------------------------ the version before


@pytest.fixture
def second(system):
    """A ledger with its own book of offers that knows the present one as the version before it."""
    ledger = system.governor.get_deployment_address(system.governor.nonce + 1)
    book = system.governor.deploy(OfferBook, system.registry, ledger, system.offers)
    neighbours = (system.registry, book, system.quotes, system.settlement, system.subscriptions)
    return system.governor.deploy(LicenseLedger, system.token, (*neighbours, system.ledger), system.authority)


def test_licences_of_the_version_before_still_cover(system, make, work_id, second):
    _, tx = make.bought(make.offer(work_id))
    where = (work_id, digest("www.shop"), digest("shop"))
    assert second.earlier() == system.ledger
    assert second.covered(*where, tx.timestamp, tx.timestamp + PERIOD + GRACE)
    assert not second.covered(*where, tx.timestamp, tx.timestamp + PERIOD + GRACE + 1)
    assert not second.covered(*where, tx.timestamp - 1, tx.timestamp)


def test_what_the_second_version_covers_is_not_asked_of_the_first(system, work_id, second):
    end = now() + DAY
    tx = second.recordSale(work_id, digest("shop"), 0, end, digest("invoice"), {"from": system.holder})
    assert second.covered(work_id, digest("www.shop"), digest("shop"), tx.timestamp, end)
    assert not system.ledger.covered(work_id, digest("www.shop"), digest("shop"), tx.timestamp, end)


@pytest.fixture
def offered(system, make, work_id, second):
    """What offers an open sale on the second market, without a price."""
    offers = OfferBook.at(second.offers())

    def purchase(**terms):
        first = make.offer(work_id, 0, **terms)
        offers.create(first, {"from": system.holder})
        return make.purchase(first)

    return purchase


def test_an_exclusive_licence_of_the_version_before_stops_sales_of_the_second(system, make, work_id, second, offered):
    offers = OfferBook.at(second.offers())
    print_offer = make.offer(work_id, 0, uses=PRINT_EDITORIAL, rights=EXCLUSIVE)
    assert offers.encumbrancesOf(work_id) == EMPTY
    state = system.registry.stateOf(work_id)
    _, tx = make.bought(print_offer)
    assert offers.encumbrancesOf(work_id) == system.offers.encumbrancesOf(work_id) != EMPTY
    assert system.registry.stateOf(work_id) != state
    sold = system.offers.idOf(print_offer)
    assert offers.runningOf(work_id, PRINT_EDITORIAL, WORLD) == (sold, sold, 0)
    for rights in (0, EXCLUSIVE):
        with reverts("ExclusivityTaken", sold):
            second.buy(offered(uses=PRINT_EDITORIAL, rights=rights), {"from": system.payer})
    second.buy(offered(uses=ONLINE, rights=0), {"from": system.payer})
    with reverts("ExclusivityTaken", sold):
        second.recordSale(work_id, digest("x"), 0, now() + DAY, digest("invoice"), {"from": system.holder})
    later(tx.timestamp + PERIOD + GRACE + 1 - now())
    second.recordSale(work_id, digest("x"), 0, now() + DAY, digest("invoice"), {"from": system.holder})


def test_what_the_version_before_sold_stops_an_exclusive_licence_of_the_second(system, make, work_id, second, offered):
    offers, plain = OfferBook.at(second.offers()), make.offer(work_id, 0)
    make.bought(plain)
    exclusive = offered(rights=EXCLUSIVE)
    with reverts("ExclusivityTaken", system.offers.idOf(plain)):
        second.buy(exclusive, {"from": system.payer})
    later(PERIOD + GRACE + 1)
    end = now() + DAY
    system.ledger.recordSale(work_id, digest("x"), 0, end, digest("invoice"), {"from": system.holder})
    with reverts("ExternalSaleRuns", work_id, end):
        second.buy(exclusive, {"from": system.payer})
    later(2 * DAY)
    second.buy(exclusive, {"from": system.payer})
    assert offers.runningOf(work_id, ONLINE, WORLD) == (offers.idOf(exclusive[0]),) * 2 + (end,)


# -------------------------------------------------------------------------------------------------------------- history


def test_of_several_licences_that_ended_each_covers_its_own_time(make, market, work_id):
    offer = make.offer(work_id, 0, period=10 * DAY, grace=0)
    begun = []
    for _ in range(4):
        _, tx = make.bought(offer)
        begun.append(tx.timestamp)
        later(20 * DAY)
    for start in begun:
        end = start + 10 * DAY
        assert market.covered(work_id, start, end)
        assert not market.covered(work_id, start - 1) and not market.covered(work_id, end + 1)


@pytest.mark.no_call_coverage
@examples(
    steps=strategy("(uint8,uint8)[]", min_length=4, max_length=7),
    asked=strategy("(uint16,uint16)[12]"),
)
@settings(max_examples=8)
def test_cover_of_the_past_equals_what_was_bought(system, make, market, steps, asked):
    """Licences of 100 hours for site or host, in random distances; `covered` answers as a list of spans does."""
    hour = 3600
    work_id = make.work("history")
    offer = make.offer(work_id, 0, period=90 * hour, grace=10 * hour, rights=RENEWABLE)
    spans, paid = [], {}
    start = now()
    for distance, which in steps:
        later(1 + distance * hour)
        end_user = ("shop", "www.shop")[which % 2]
        until = paid.get(end_user, 0)
        if until > now() + 90 * hour:
            continue
        _, tx = make.bought(offer, end_user=end_user)
        begins = until + 10 * hour < tx.timestamp
        paid[end_user] = (tx.timestamp if begins else until) + 90 * hour
        spans.append((tx.timestamp, paid[end_user] + 10 * hour))
    for first, length in asked:
        first = start - hour + first * (now() + 120 * hour - start) // 65536
        last = first + length % 300 * hour
        assert market.covered(work_id, first, last) == in_spans(spans, first, last), (first, last, spans)
    for edge in {e for span in spans for e in span}:
        for time in (edge - 1, edge, edge + 1):
            assert market.covered(work_id, time) == in_spans(spans, time, time)


def in_spans(spans, first, last):
    """Whether every second from first to last lies in a span, found the slow way."""
    while first <= last:
        reach = [b for a, b in spans if a <= first <= b]
        if not reach:
            return False
        first = max(reach) + 1
    return True
