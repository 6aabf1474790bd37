"""LicenseLedger: sales made elsewhere cover from their record on, never backwards."""

import pytest

from tests.contracts.conftest import DAY, EMPTY, EXCLUSIVE, RENEWABLE, digest, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, at, later, now

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
    assert system.ledger.externalSalesOf(work_id, digest("shop")) == [(start, end, tx.timestamp)]


def test_a_late_record_is_only_listed(system, make, market, work_id, record):
    start, end = now() - 100 * DAY, now() - 1
    tx = record(start, end)
    assert not market.covered(work_id, start) and not market.covered(work_id, end)
    assert system.ledger.externalSalesOf(work_id, digest("shop")) == [(start, end, tx.timestamp)]
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
    with reverts("PlatformAsEndUser", digest("platform")):
        record(1000, 1000, "platform")
    with reverts("EmptyEndUser"):
        system.ledger.recordSale(work_id, EMPTY, 1000, 1000, INVOICE, {"from": system.holder})
    with reverts("UnknownWork", digest("nothing")):
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


def test_an_exclusive_licence_that_runs_is_renewed_in_spite_of_a_sale_made_elsewhere(make, market, work_id, record):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE | RENEWABLE))
    record(now(), now() + 100 * DAY, "elsewhere")
    assert "LicenceRenewed" in market.renewed(given).events


def test_a_revocation_does_not_cut_what_a_sale_made_elsewhere_covers(system, make, market, work_id, record):
    given, bought = make.bought(make.offer(work_id))
    end = now() + 500 * DAY
    record(now(), end)
    assert bought.timestamp + PERIOD + GRACE < end
    system.ledger.revoke(given, market.refunding())
    assert market.covered_until(work_id, end)
