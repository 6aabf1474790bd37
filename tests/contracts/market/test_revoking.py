"""LicenseLedger: a licence is revoked only with its refund."""

import pytest

from tests.contracts.conftest import DAY, EXCLUSIVE, PRINT_EDITORIAL, RENEWABLE, SUBLICENSABLE, WORLD, digest, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, at, later, now

NOTICE = 14 * DAY


@pytest.fixture
def bought(make, work_id):
    return make.bought(make.offer(work_id))


def test_revoking_gives_the_price_back_and_leaves_the_grace(system, make, market, work_id, bought):
    given, first = bought
    tx = system.ledger.revoke(given, market.refunding())
    end = tx.timestamp + GRACE
    assert tx.events["LicenceRevoked"] == {
        **{"licenceId": make.licence_id(given), "refund": PRICE, "coveredUntil": end}
    }
    assert market.covered(work_id, first.timestamp, end) and not market.covered(work_id, end + 1)
    assert system.ledger.licence(make.licence_id(given)) == (0, 0, 0, 0, 0, 0)
    assert system.ledger.owed(system.payer) == PRICE == system.ledger.owed(system.holder)
    assert system.token.balanceOf(system.ledger) == 2 * PRICE


def test_the_refund_is_the_licensees_whoever_paid(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id), licensee=system.client, payer=system.stranger)
    system.ledger.revoke(given, market.refunding())
    assert system.ledger.owed(system.client) == PRICE and system.ledger.owed(system.stranger) == 0


def test_only_the_seller_revokes_and_only_what_runs(system, make, market, bought):
    given, first = bought
    offer_id = system.offers.idOf(given[0])
    with reverts("NotSeller", offer_id, system.stranger):
        system.ledger.revoke(given, {"from": system.stranger})
    unknown = (given[0], given[1], digest("another"), PRICE)
    with reverts("NotRunning", make.licence_id(unknown)):
        system.ledger.revoke(unknown, {"from": system.holder})
    by, licence_id = market.refunding(), make.licence_id(given)
    at(first.timestamp + PERIOD + 1)
    with reverts("NotRunning", licence_id):
        system.ledger.revoke(given, by)
    with reverts("UnknownOffer"):
        system.ledger.revoke(((*given[0][:-1], 999), *given[1:]), by)


def test_a_seller_without_the_money_cannot_revoke(system, market, work_id, bought):
    with reverts("ERC20InsufficientAllowance"):
        system.ledger.revoke(bought[0], {"from": system.holder})
    assert market.covered(work_id)


def test_the_seller_gives_back_no_more_than_he_agreed_to(system, make, market, bought):
    given, _ = bought
    by = market.refunding()
    market.renewed(given)
    refund = system.ledger.licence(make.licence_id(given))["paid"]
    assert PRICE < refund <= 2 * PRICE
    with reverts("PriceAboveLimit", refund, refund - 1):
        system.ledger.revoke((*given[:3], refund - 1), by)
    system.ledger.revoke((*given[:3], refund), by)


def test_what_was_paid_ahead_is_given_back(system, make, market, bought):
    given, first = bought
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD // 4)
    system.ledger.buy(given, {"from": system.payer})
    tx = system.ledger.revoke((*given[:3], 2 * PRICE), market.refunding())
    # Three quarters of the first period were ahead at the second payment.
    assert tx.events["LicenceRevoked"]["refund"] == PRICE + PRICE * 3 // 4


def test_a_period_that_is_over_is_not_given_back(system, make, market, bought):
    given, first = bought
    make.funded(system.payer, PRICE, system.ledger)
    at(first.timestamp + PERIOD + GRACE)
    system.ledger.buy(given, {"from": system.payer})
    tx = system.ledger.revoke(given, market.refunding())
    assert tx.events["LicenceRevoked"]["refund"] == PRICE


def test_the_refund_never_exceeds_all_that_was_paid(system, make, market, bought):
    given, _ = bought
    paid = PRICE
    for step in (1, PERIOD, PERIOD, 5 * PERIOD // 4):
        later(step)
        market.renewed(given)
        paid += PRICE
        assert PRICE <= system.ledger.licence(make.licence_id(given))["paid"] <= min(paid, 2 * PRICE)


def test_a_free_licence_is_revoked_without_money(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, 0, grace=0))
    tx = system.ledger.revoke(given, {"from": system.holder})
    assert "Transfer" not in tx.events
    assert market.covered_until(work_id, tx.timestamp + NOTICE)


@pytest.mark.parametrize("grace", [0, NOTICE - 1, NOTICE + 1, 365 * DAY])
def test_whoever_is_revoked_has_14_days_and_the_grace_if_that_is_longer(system, make, market, work_id, grace):
    given, _ = make.bought(make.offer(work_id, 0, grace=grace))
    tx = system.ledger.revoke(given, {"from": system.holder})
    end = tx.timestamp + max(grace, NOTICE)
    assert tx.events["LicenceRevoked"]["coveredUntil"] == end
    assert market.covered_until(work_id, end)


@pytest.mark.parametrize("grace", [0, DAY])
def test_notice_never_outlasts_the_licence(system, make, market, work_id, grace):
    given, first = make.bought(make.offer(work_id, 0, period=20 * DAY, grace=grace))
    later(10 * DAY)
    tx = system.ledger.revoke(given, {"from": system.holder})
    end = first.timestamp + 20 * DAY + grace
    assert tx.events["LicenceRevoked"]["coveredUntil"] == end
    assert market.covered_until(work_id, end)


def test_after_the_certificates_sale_who_adopts_the_offer_revokes(system, make, market, work_id, bought):
    given, _ = bought
    offer_id, by = system.offers.idOf(given[0]), market.refunding()
    market.certificate_sold(work_id)
    for account in (system.holder, system.client):
        with reverts("NotSeller", offer_id, account):
            system.ledger.revoke(given, {"from": account})
    system.offers.adopt(given[0], {"from": system.client})
    with reverts("NotSeller", offer_id, system.holder):
        system.ledger.revoke(given, by)
    system.ledger.revoke(given, market.refunding(seller=system.client))
    assert system.ledger.owed(system.payer) == PRICE


def test_revoking_is_refused_while_sub_licences_stand(system, make, market):
    given, licence_id, _ = market.parent()
    grant = (system.client, digest("client"), 7, WORLD, now() + 1000)
    system.ledger.sublicense(given, grant, {"from": system.payer})
    with reverts("SubLicencesRun", licence_id, 1):
        system.ledger.revoke(given, market.refunding())


# ------------------------------------------------------------------------------------- cover, where licences share it


def test_cover_is_not_cut_while_another_licence_names_the_end_user(system, make, market, work_id, bought):
    given, _ = bought
    other, second = make.bought(make.offer(work_id), licensee=system.client)
    system.ledger.revoke(given, market.refunding())
    assert market.covered_until(work_id, second.timestamp + PERIOD + GRACE)
    tx = system.ledger.revoke(other, market.refunding())
    assert market.covered_until(work_id, tx.timestamp + GRACE)


def test_each_revocation_in_turn_cuts_the_cover(system, make, market, work_id, bought):
    given, _ = bought
    for _ in range(3):
        tx = system.ledger.revoke(given, market.refunding())
        assert market.covered_until(work_id, tx.timestamp + GRACE)
        make.bought(given[0])
        assert not market.covered_until(work_id, tx.timestamp + GRACE)


def test_the_grace_of_one_outlives_the_revocation_of_another(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, grace=100 * DAY))
    short, _ = make.bought(make.offer(work_id, grace=0), licensee=system.client)
    first = system.ledger.revoke(given, market.refunding())
    system.ledger.revoke(short, market.refunding())
    assert market.covered_until(work_id, first.timestamp + 100 * DAY)


def test_revoking_print_use_takes_no_website_s_cover_away(system, make, market, work_id, bought):
    print_only, _ = make.bought(make.offer(work_id, 0, uses=PRINT_EDITORIAL, grace=0), licensee=system.client)
    system.ledger.revoke(print_only, market.refunding())
    assert market.covered_until(work_id, bought[1].timestamp + PERIOD + GRACE)


def test_a_seller_cannot_cut_the_cover_by_revoking_a_licence_of_his_own(system, make, market, work_id, bought):
    own = make.offer(work_id, 0, grace=0)
    for end in (False, True):
        given, _ = make.bought(own, licensee=system.holder, payer=system.holder)
        if end:
            later(PERIOD // 2)
        system.ledger.revoke(given, {"from": system.holder})
    assert market.covered_until(work_id, bought[1].timestamp + PERIOD + GRACE)


def test_cover_of_the_past_stays(system, make, market, work_id, bought):
    given, first = bought
    later(30 * 86400)
    tx = system.ledger.revoke(given, market.refunding())
    assert market.covered(work_id, first.timestamp, tx.timestamp)


def test_an_exclusive_licence_can_be_sold_and_renewed_again_after_its_refund(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE | RENEWABLE | SUBLICENSABLE))
    system.ledger.revoke(given, market.refunding())
    make.bought(given[0], licensee=system.client)
    with reverts("ExclusivityTaken", system.offers.idOf(given[0])):
        make.bought(given[0])
