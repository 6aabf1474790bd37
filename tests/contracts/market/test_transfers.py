"""LicenseLedger: a licence may change hands for the same end user, where its offer says so."""

import pytest

from tests.contracts.conftest import DAY, RENEWABLE, SUBLICENSABLE, TRANSFERABLE, WORLD, digest, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, later, now

RIGHTS = TRANSFERABLE | RENEWABLE | SUBLICENSABLE


@pytest.fixture
def bought(make, work_id):
    return make.bought(make.offer(work_id, rights=RIGHTS))


def test_the_new_licensee_has_all_of_it_and_the_old_one_nothing(system, make, market, work_id, bought):
    given, first = bought
    old, new = make.licence_id(given), make.licence_id(make.purchase(given[0], system.client))
    before = system.ledger.licence(old)
    tx = system.ledger.transfer(given, system.client, {"from": system.payer})
    assert tx.return_value == new
    assert tx.events["LicenceTransferred"] == {"licenceId": old, "newLicenceId": new, "licensee": system.client}
    assert system.ledger.licence(new) == before and system.ledger.licence(old)["until"] == 0
    assert market.covered_until(work_id, first.timestamp + PERIOD + GRACE)
    with reverts("NotRunning", old):
        system.ledger.transfer(given, system.stranger, {"from": system.payer})
    system.ledger.revoke(make.purchase(given[0], system.client), market.refunding())
    assert system.ledger.owed(system.client) == PRICE


def test_only_the_licensee_transfers_and_only_where_the_offer_allows_it(system, make, work_id, bought):
    given, _ = bought
    with reverts("NotLicensee", make.licence_id(given), system.stranger):
        system.ledger.transfer(given, system.stranger, {"from": system.stranger})
    with reverts("EmptyLicensee"):
        system.ledger.transfer(given, "0x" + "00" * 20, {"from": system.payer})
    bound, _ = make.bought(make.offer(work_id, rights=RENEWABLE))
    with reverts("RightMissing", make.licence_id(bound), TRANSFERABLE):
        system.ledger.transfer(bound, system.client, {"from": system.payer})


def test_a_licence_that_has_ended_is_not_transferred(system, make, bought):
    later(PERIOD + 1)
    with reverts("NotRunning", make.licence_id(bought[0])):
        system.ledger.transfer(bought[0], system.client, {"from": system.payer})


def test_a_transfer_never_writes_over_a_licence_that_runs_or_is_in_its_grace(system, make, bought):
    given, _ = bought
    theirs, _ = make.bought(given[0], licensee=system.client)
    with reverts("RunningAlready", make.licence_id(theirs)):
        system.ledger.transfer(given, system.client, {"from": system.payer})
    with reverts("RunningAlready", make.licence_id(given)):
        system.ledger.transfer(given, system.payer, {"from": system.payer})


def test_a_licence_in_its_grace_is_not_written_over(system, make, market, bought):
    given, _ = bought
    theirs, _ = make.bought(given[0], licensee=system.client)
    market.renewed(given)
    later(PERIOD + GRACE // 2)
    with reverts("RunningAlready", make.licence_id(theirs)):
        system.ledger.transfer(given, system.client, {"from": system.payer})
    later(GRACE)
    system.ledger.transfer(given, system.client, {"from": system.payer})
    assert system.ledger.licence(make.licence_id(theirs))["until"] > now()


def test_sub_licences_are_ended_before_a_transfer(system, make, market, bought):
    given, _ = bought
    theirs, _ = make.bought(given[0], licensee=system.client)
    grant = (system.stranger, digest("stranger"), 7, WORLD, now() + DAY)
    system.ledger.sublicense(theirs, grant, {"from": system.client})
    with reverts("SubLicencesRun", make.licence_id(theirs), 1):
        system.ledger.transfer(theirs, system.stranger, {"from": system.client})
    market.renewed(given)
    later(PERIOD + GRACE + 1)
    # The lapsed licence of the other one still counts what was never ended.
    with reverts("SubLicencesRun", make.licence_id(theirs), 1):
        system.ledger.transfer(given, system.client, {"from": system.payer})


def test_after_a_transfer_its_cover_is_cut_by_revoking_as_before(system, make, market, work_id, bought):
    given, _ = bought
    system.ledger.transfer(given, system.client, {"from": system.payer})
    tx = system.ledger.revoke(make.purchase(given[0], system.client), market.refunding())
    assert market.covered_until(work_id, tx.timestamp + GRACE)


def test_who_gave_his_licence_away_can_buy_another(system, make, bought):
    given, _ = bought
    system.ledger.transfer(given, system.client, {"from": system.payer})
    _, tx = make.bought(given[0])
    assert "LicenceBought" in tx.events
