"""LicenseLedger: sales made elsewhere cover from their record on, never backwards."""

import pytest

from tests.contracts.conftest import DAY, EMPTY, EXCLUSIVE, RENEWABLE, digest, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, at, later, now
from tests.contracts.registry.conftest import in_one_second

YEARS, NOTICE = 365 * DAY, 14 * DAY
INVOICE = digest("salted invoice")


@pytest.fixture
def record(system, work_id):
    def record(start, end, end_user="shop", by=None):
        by = by or system.holder
        return system.ledger.recordSale(work_id, digest(end_user), start, end, INVOICE, {"from": by})

    return record


def test_a_sale_made_elsewhere_covers_from_its_record_on(system, market, work_id, record):
    start, end = now() - 100 * DAY, now() + 100 * DAY
    tx = record(start, end)
    assert tx.events["ExternalSaleRecorded"] == {
        **{"workId": work_id, "endUser": digest("shop"), "recorder": system.holder},
        **{"from": start, "until": end, "referenceHash": INVOICE},
    }
    assert market.covered(work_id, tx.timestamp, end) and not market.covered(work_id, end + 1)
    assert not market.covered(work_id, tx.timestamp - 1)
    assert system.ledger.externalSalesOf(work_id, digest("shop")) == [(start, end, tx.timestamp, False)]


def test_a_late_record_is_only_listed(system, make, market, work_id, record):
    start, end = now() - 100 * DAY, now() - 1
    tx = record(start, end)
    assert not market.covered(work_id, start) and not market.covered(work_id, end)
    assert system.ledger.externalSalesOf(work_id, digest("shop")) == [(start, end, tx.timestamp, False)]
    make.bought(make.offer(work_id, rights=EXCLUSIVE))


def test_records_are_listed_in_the_order_in_which_they_came(system, work_id, record):
    times = [(now() + n * DAY, now() + (n + 5) * DAY) for n in (3, 1, 2)]
    for start, end in times:
        record(start, end)
    found = system.ledger.externalSalesOf(work_id, digest("shop"))
    assert [s[:2] for s in found] == times and [s[2] for s in found] == sorted(s[2] for s in found)
    assert system.ledger.externalSalesOf(work_id, digest("other")) == []


def test_only_the_owner_or_his_agency_records(system, market, work_id, record):
    by = {"from": system.holder}
    with reverts("NotAgency", work_id, system.stranger):
        record(now(), now() + DAY, by=system.stranger)
    tx = system.ledger.setAgency(system.stranger, True, by)
    assert tx.events["AgencySet"] == {"owner": system.holder, "agency": system.stranger, "allowed": True}
    assert record(now(), now() + DAY, by=system.stranger).events["ExternalSaleRecorded"]["recorder"] == system.stranger
    system.ledger.setAgency(system.stranger, False, by)
    with reverts("NotAgency", work_id, system.stranger):
        record(now(), now() + DAY, by=system.stranger)


def test_an_agency_loses_its_right_with_the_certificates_sale(system, market, work_id, record):
    system.ledger.setAgency(system.stranger, True, {"from": system.holder})
    market.certificate_sold(work_id)
    for former in (system.stranger, system.holder):
        with reverts("NotAgency", work_id, former):
            record(now(), now() + DAY, by=former)
    record(now(), now() + DAY, by=system.client)


def test_a_record_names_a_period_and_an_end_user(system, work_id, record):
    with reverts("BadPeriod", 1001, 1000):
        record(1001, 1000)
    last = now() + 100 + 100 * YEARS
    at(now() + 100)
    with reverts("BadPeriod", 1000, last + 1):
        record(1000, last + 1)
    record(1000, last)
    with reverts("PlatformAsEndUser", digest("platform")):
        record(1000, 1000, "platform")
    with reverts("EmptyEndUser"):
        system.ledger.recordSale(work_id, EMPTY, 1000, 1000, INVOICE, {"from": system.holder})
    with reverts("ERC721NonexistentToken"):
        system.ledger.recordSale(digest("nothing"), INVOICE, 1, 2, INVOICE, {"from": system.holder})


def test_no_exclusive_licence_is_sold_while_a_sale_made_elsewhere_runs(system, make, work_id, record):
    exclusive = make.offer(work_id, 0, rights=EXCLUSIVE)
    end = now() + 100 * DAY
    record(now(), end, "elsewhere")
    record(now(), end - DAY, "elsewhere too")
    at(end)
    with reverts("ExternalSaleRuns", work_id, end):
        system.ledger.buy(make.purchase(exclusive), {"from": system.payer})
    system.ledger.buy(make.purchase(make.offer(work_id, 0, period=1, grace=0)), {"from": system.payer})
    later(10)
    system.ledger.buy(make.purchase(exclusive), {"from": system.payer})


def test_no_sale_made_elsewhere_is_recorded_while_an_exclusive_licence_runs(system, make, market, work_id, record):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE | RENEWABLE))
    offer_id = system.offers.idOf(given[0])
    with reverts("ExclusivityTaken", offer_id):
        record(now(), now() + 100 * DAY, "elsewhere")
    # One that is over covers nothing and is only listed.
    record(now() - DAY, now() - 1, "elsewhere")
    end = market.renewed(given).events["LicenceRenewed"]["coveredUntil"]
    at(end)
    with reverts("ExclusivityTaken", offer_id):
        record(end, end + 100 * DAY, "elsewhere")
    at(end + 1)
    record(end, end + 100 * DAY, "elsewhere")


# --------------------------------------------------------------------------------------------------------------- ending


@pytest.fixture
def end(system, work_id):
    def end(index=0, end_user="shop", by=None):
        return system.ledger.endSale(work_id, digest(end_user), index, {"from": by or system.holder})

    return end


def test_the_owner_ends_a_recorded_sale_with_14_days_notice(system, market, work_id, record, end):
    recorded = record(now(), now() + 100 * YEARS)
    tx = end()
    until = tx.timestamp + NOTICE
    assert tx.events["ExternalSaleEnded"] == {
        **{"workId": work_id, "endUser": digest("shop"), "index": 0, "until": until}
    }
    assert market.covered(work_id, recorded.timestamp, until) and market.covered_until(work_id, until)
    assert system.ledger.externalSalesOf(work_id, digest("shop"))[0]["until"] == until
    with reverts("SaleEndsAnyway", until):
        end()


def test_a_sale_that_ends_within_the_notice_is_not_ended(record, end):
    until = now() + 100 * DAY
    record(now(), until)
    at(until - NOTICE)
    with reverts("SaleEndsAnyway", until):
        end()
    again = now() + 100 * DAY
    record(now(), again, "another")
    at(again - NOTICE - 1)
    end(0, "another")


def test_a_sale_that_is_over_is_counted_out_once(system, make, market, work_id, record, end):
    """Else one that ran out would stand in the way as long as the longest that was ever recorded beside it."""
    short = now() + 30 * DAY
    record(now(), short)
    record(now(), now() + 100 * YEARS, "another")
    at(short + 1)
    until = end(0, "another").timestamp + NOTICE
    assert end().events["ExternalSaleEnded"]["until"] == short
    with reverts("SaleEndsAnyway", short):
        end()
    with reverts("ExternalSaleRuns", work_id, until):
        make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))
    at(until + 1)
    make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))


def test_what_was_over_before_the_present_sales_counts_none_of_them_out(system, make, work_id, record, end):
    record(now() - 2, now() - 1, "past")
    record(now(), now() + DAY, "over")
    later(2 * DAY)
    far = now() + 100 * DAY
    record(now(), far)
    end(0, "past")
    end(0, "over")
    with reverts("ExternalSaleRuns", work_id, far):
        make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))


def test_only_the_owner_ends_a_sale_and_only_one_that_was_recorded(system, market, work_id, record, end):
    system.ledger.setAgency(system.stranger, True, {"from": system.holder})
    record(now(), now() + 100 * DAY, by=system.stranger)
    with reverts("NotAgency", work_id, system.stranger):
        end(by=system.stranger)
    for index, end_user in ((1, "shop"), (0, "another")):
        with reverts("NoSuchSale", work_id, digest(end_user), index):
            end(index, end_user)
    market.certificate_sold(work_id)
    with reverts("NotAgency", work_id, system.holder):
        end()
    end(by=system.client)


def test_exclusivity_is_free_when_every_recorded_sale_was_ended(system, make, work_id, record, end):
    exclusive = make.offer(work_id, 0, rights=EXCLUSIVE)
    far = now() + 100 * YEARS
    record(now(), far)
    record(now(), now() + 30 * DAY, "another")
    end()
    # Which of the ends is the latest is not known while one is left.
    with reverts("ExternalSaleRuns", work_id, far):
        make.bought(exclusive)
    later(DAY)
    until = end(0, "another").timestamp + NOTICE
    with reverts("ExternalSaleRuns", work_id, until):
        make.bought(exclusive)
    at(until)
    with reverts("ExternalSaleRuns", work_id, until):
        system.ledger.buy(make.purchase(exclusive), {"from": system.payer})
    at(until + 1)
    system.ledger.buy(make.purchase(exclusive), {"from": system.payer})


def test_the_longest_notice_of_the_ended_sales_counts(system, make, work_id, record, end):
    record(now(), now() + 100 * DAY, "first")
    record(now(), now() + 100 * DAY, "second")
    later(DAY)
    end(0, "first")
    later(1)
    second = end(0, "second").timestamp
    with reverts("ExternalSaleRuns", work_id, second + NOTICE):
        make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))


def test_sales_are_ended_in_one_block(system, make, work_id, record, end):
    for name in ("first", "second"):
        record(now(), now() + 100 * DAY, name)
    ends = ((system.holder, system.ledger.endSale, work_id, digest(name), 0) for name in ("first", "second"))
    ended_at = in_one_second(*ends)
    with reverts("ExternalSaleRuns", work_id, ended_at + NOTICE):
        make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))


def test_sales_that_are_over_count_no_more(system, make, work_id, record, end):
    record(now(), now() + DAY, "over")
    later(2 * DAY)
    record(now(), now() + 100 * DAY)
    until = end().timestamp + NOTICE
    with reverts("ExternalSaleRuns", work_id, until):
        make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))
    at(until + 1)
    make.bought(make.offer(work_id, 0, rights=EXCLUSIVE))


def test_a_revocation_does_not_cut_what_a_sale_made_elsewhere_covers(system, make, market, work_id, record):
    given, bought = make.bought(make.offer(work_id))
    end = now() + 500 * DAY
    record(now(), end)
    assert bought.timestamp + PERIOD + GRACE < end
    system.ledger.revoke(given, market.refunding())
    assert market.covered_until(work_id, end)
