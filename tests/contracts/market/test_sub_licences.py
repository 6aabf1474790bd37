"""LicenseLedger: who holds a licence may name others under it, inside its limits."""

import pytest

from tests.contracts.conftest import (
    DAY,
    EMPTY,
    EXCLUSIVE,
    ONLINE,
    PRINT_EDITORIAL,
    RENEWABLE,
    SOCIAL,
    SUBLICENSABLE,
    WEB_COMMERCIAL,
    WEB_EDITORIAL,
    WORLD,
    digest,
    reverts,
)
from tests.contracts.market.conftest import GRACE, PERIOD, at, later, now

NOTICE = 14 * DAY
NOBODY = "0x" + "00" * 20
WEB = WEB_EDITORIAL | WEB_COMMERCIAL


@pytest.fixture
def parent(market):
    """Two online uses in all but one country; returns (purchase, id, work)."""
    return market.parent(rights=SUBLICENSABLE | RENEWABLE, uses=WEB, territories=WORLD - 1)


def grant(system, end_user="client", licensee=None, uses=WEB, territories=WORLD - 1, until=None):
    return (licensee or system.client, digest(end_user), uses, territories, until or now() + 100 * DAY)


def granted(tx):
    return tuple(tx.events["SubLicensed"]["subLicence"])


def ends(tx):
    """When it ends: what is granted under it a moment later must not end later."""
    return tx.events["SubLicensed"]["until"]


def test_a_sub_licence_covers_its_end_user_until_its_end(system, market, parent):
    given, parent_id, work_id = parent
    wanted = grant(system)
    tx = system.ledger.sublicense(given, wanted, {"from": system.payer})
    event = tx.events["SubLicensed"]
    assert event["subLicence"] == (parent_id, work_id, system.payer, *wanted[:4])
    assert (event["parentId"], event["endUser"]) == (parent_id, digest("client"))
    assert (event["from"], event["until"]) == (tx.timestamp, wanted[4])
    assert event["licenceId"] == tx.return_value
    assert system.ledger.licence(tx.return_value) == (tx.timestamp, wanted[4], 1, 0, 0, 0)
    assert system.ledger.licence(parent_id)["subLicences"] == 1
    assert market.covered_until(work_id, wanted[4], "client")


def test_only_the_licensee_sub_licenses_and_only_where_the_offer_allows_it(system, make, market, parent):
    given, parent_id, _ = parent
    with reverts("NotLicensee", parent_id, system.stranger):
        system.ledger.sublicense(given, grant(system), {"from": system.stranger})
    bound, bound_id, _ = market.parent("bound", rights=RENEWABLE)
    with reverts("RightMissing", bound_id, SUBLICENSABLE):
        system.ledger.sublicense(bound, grant(system), {"from": system.payer})
    tx = system.ledger.sublicense(given, grant(system), {"from": system.payer})
    with reverts("NotLicensee", tx.return_value, system.payer):
        system.ledger.sublicenseFurther(granted(tx), grant(system), {"from": system.payer})


@pytest.mark.parametrize(
    "outside",
    [{"uses": WEB | SOCIAL}, {"uses": 0}, {"territories": WORLD}, {"territories": 0}, {"until": 2**39}, {"until": 1}],
    ids=["uses", "no use", "territories", "no territory", "time", "past"],
)
def test_a_sub_licence_stays_inside_its_parent(system, parent, outside):
    with reverts("OutsideParent", parent[1]):
        system.ledger.sublicense(parent[0], grant(system, **outside), {"from": system.payer})


def test_a_sub_licence_may_be_all_of_its_parent_to_the_second(system, parent):
    end = system.ledger.licence(parent[1])["until"]
    with reverts("OutsideParent", parent[1]):
        system.ledger.sublicense(parent[0], grant(system, until=end + 1), {"from": system.payer})
    system.ledger.sublicense(parent[0], grant(system, until=end), {"from": system.payer})


def test_a_sub_licence_stays_inside_the_one_it_came_from(system, parent):
    first = system.ledger.sublicense(parent[0], grant(system, uses=WEB_EDITORIAL), {"from": system.payer})
    for outside in ({"uses": WEB}, {"uses": WEB_EDITORIAL, "until": now() + 101 * DAY}):
        with reverts("OutsideParent", first.return_value):
            system.ledger.sublicenseFurther(granted(first), grant(system, **outside), {"from": system.client})


def test_nothing_is_granted_under_a_licence_that_has_ended(system, parent):
    later(PERIOD + GRACE // 2)
    with reverts("NotRunning", parent[1]):
        system.ledger.sublicense(parent[0], grant(system), {"from": system.payer})


def test_a_sub_licence_names_its_licensee_and_its_end_user(system, parent):
    end = now() + DAY
    by = {"from": system.payer}
    with reverts("EmptyLicensee"):
        system.ledger.sublicense(parent[0], (NOBODY, digest("client"), WEB, 2, end), by)
    with reverts("EmptyEndUser"):
        system.ledger.sublicense(parent[0], (system.client, EMPTY, WEB, 2, end), by)
    with reverts("PlatformAsEndUser", digest("platform")):
        system.ledger.sublicense(parent[0], (system.client, digest("platform"), WEB, 2, end), by)


def test_sub_licences_go_three_levels_down(system, market, parent):
    by = {"from": system.client}
    tx = system.ledger.sublicense(parent[0], grant(system, "level 1"), {"from": system.payer})
    for level in (2, 3):
        tx = system.ledger.sublicenseFurther(granted(tx), grant(system, f"level {level}", until=ends(tx)), by)
        assert system.ledger.licence(tx.return_value)["depth"] == level
        assert market.covered(parent[2], site=f"level {level}")
    with reverts("OutsideParent", tx.return_value):
        system.ledger.sublicenseFurther(granted(tx), grant(system, "level 4", until=ends(tx)), by)


def test_a_sub_licence_for_print_covers_no_website(system, market):
    given, _, work_id = market.parent(uses=ONLINE | PRINT_EDITORIAL)
    wanted = grant(system, uses=PRINT_EDITORIAL, territories=1)
    system.ledger.sublicense(given, wanted, {"from": system.payer})
    assert not market.covered(work_id, site="client")


# ------------------------------------------------------------------------------------------------------- prolonging


def test_granting_again_prolongs_a_sub_licence_and_counts_it_once(system, market, parent):
    given, parent_id, work_id = parent
    wanted = grant(system)
    first = system.ledger.sublicense(given, wanted, {"from": system.payer})
    with reverts("BadPeriod", wanted[4], wanted[4]):
        system.ledger.sublicense(given, wanted, {"from": system.payer})
    longer = (*wanted[:4], wanted[4] + DAY)
    tx = system.ledger.sublicense(given, longer, {"from": system.payer})
    assert tx.return_value == first.return_value
    assert system.ledger.licence(tx.return_value) == (first.timestamp, longer[4], 1, 0, 0, 0)
    assert system.ledger.licence(parent_id)["subLicences"] == 1
    assert market.covered_until(work_id, longer[4], "client")


def test_one_that_is_over_begins_anew_when_granted_again(system, market, parent):
    given, parent_id, work_id = parent
    wanted = grant(system)
    system.ledger.sublicense(given, wanted, {"from": system.payer})
    later(102 * DAY)
    tx = system.ledger.sublicense(given, (*wanted[:4], now() + DAY), {"from": system.payer})
    assert system.ledger.licence(tx.return_value)["from"] == tx.timestamp
    assert system.ledger.licence(parent_id)["subLicences"] == 1
    assert not market.covered(work_id, wanted[4] + 1, tx.timestamp, "client")
    system.ledger.endSublicence([granted(tx)], {"from": system.payer})
    assert system.ledger.licence(parent_id)["subLicences"] == 0


def test_one_that_is_prolonged_is_counted_in_the_cover_that_it_now_shares(system, make, market, parent):
    given, _, work_id = parent
    wanted = grant(system)
    system.ledger.sublicense(given, wanted, {"from": system.payer})
    later(102 * DAY)
    bought, _ = make.bought(make.offer(work_id, grace=0), licensee=system.client, end_user="client")
    until = now() + 50 * DAY
    system.ledger.sublicense(given, (*wanted[:4], until), {"from": system.payer})
    system.ledger.revoke(bought, market.refunding())
    assert market.covered(work_id, end=until, site="client")


# ------------------------------------------------------------------------------------------------------------- ending


def test_the_grantor_ends_it_with_14_days_to_take_the_work_down(system, market, parent):
    given, parent_id, work_id = parent
    first = system.ledger.sublicense(given, grant(system), {"from": system.payer})
    tx = system.ledger.endSublicence([granted(first)], {"from": system.payer})
    end = tx.timestamp + NOTICE
    assert tx.events["SubLicenceEnded"] == {"licenceId": first.return_value, "coveredUntil": end}
    assert market.covered(work_id, first.timestamp, end, "client") and market.covered_until(work_id, end, "client")
    assert system.ledger.licence(first.return_value)["until"] == 0
    assert system.ledger.licence(parent_id)["subLicences"] == 0
    with reverts("NotRunning", first.return_value):
        system.ledger.endSublicence([granted(first)], {"from": system.payer})


def test_notice_never_outlasts_the_sub_licence(system, market, parent):
    wanted = grant(system, until=now() + DAY)
    first = system.ledger.sublicense(parent[0], wanted, {"from": system.payer})
    tx = system.ledger.endSublicence([granted(first)], {"from": system.payer})
    assert tx.events["SubLicenceEnded"]["coveredUntil"] == wanted[4]
    assert market.covered_until(parent[2], wanted[4], "client")


def test_before_its_end_nobody_else_ends_it_and_afterwards_anybody(system, market, parent):
    wanted = grant(system)
    first = system.ledger.sublicense(parent[0], wanted, {"from": system.payer})
    at(wanted[4])
    with reverts("NotGrantor", first.return_value, system.stranger):
        system.ledger.endSublicence([granted(first)], {"from": system.stranger})
    at(wanted[4] + 1)
    tx = system.ledger.endSublicence([granted(first)], {"from": system.stranger})
    assert tx.events["SubLicenceEnded"]["coveredUntil"] == wanted[4]
    assert market.covered(parent[2], first.timestamp, wanted[4], "client")
    system.ledger.revoke(parent[0], market.refunding())


def test_what_came_from_it_is_ended_first(system, parent):
    first = system.ledger.sublicense(parent[0], grant(system), {"from": system.payer})
    further = grant(system, "further", until=ends(first))
    system.ledger.sublicenseFurther(granted(first), further, {"from": system.client})
    with reverts("SubLicencesRun", first.return_value, 1):
        system.ledger.endSublicence([granted(first)], {"from": system.payer})


def test_nobody_escapes_his_grantor_by_granting_further(system, market, parent):
    given, parent_id, _ = parent
    first = system.ledger.sublicense(given, grant(system), {"from": system.payer})
    further = [grant(system, name, system.stranger, until=ends(first)) for name in ("second", "third")]
    second = system.ledger.sublicenseFurther(granted(first), further[0], {"from": system.client})
    third = system.ledger.sublicenseFurther(granted(second), further[1], {"from": system.stranger})
    line = [granted(third), granted(second), granted(first)]
    for wrong in (line[:1], line[:2], [line[0], line[2]]):
        with reverts("NotGrantor", third.return_value, system.payer):
            system.ledger.endSublicence(wrong, {"from": system.payer})
    forged = (*line[1][:2], system.operator.address, *line[1][3:])
    with reverts("NotGrantor", third.return_value, system.operator):
        system.ledger.endSublicence([line[0], forged], {"from": system.operator})
    for start in range(3):
        system.ledger.endSublicence(line[start:], {"from": system.payer})
    assert system.ledger.licence(parent_id)["subLicences"] == 0
    system.ledger.revoke(given, market.refunding())


def test_ending_print_use_takes_no_websites_cover_away(system, make, market):
    given, _, work_id = market.parent(uses=ONLINE | PRINT_EDITORIAL)
    _, bought = make.bought(make.offer(work_id), licensee=system.client, end_user="client")
    wanted = grant(system, uses=PRINT_EDITORIAL, territories=1)
    first = system.ledger.sublicense(given, wanted, {"from": system.payer})
    system.ledger.endSublicence([granted(first)], {"from": system.payer})
    assert market.covered_until(work_id, bought.timestamp + PERIOD + GRACE, "client")


def test_the_later_notice_counts_for_an_end_user_of_a_licence_and_of_its_sub_licence(system, market):
    given, _, work_id = market.parent("client", grace=0)
    first = system.ledger.sublicense(given, grant(system, territories=1), {"from": system.payer})
    system.ledger.endSublicence([granted(first)], {"from": system.payer})
    later(DAY)
    revoked = system.ledger.revoke(given, market.refunding())
    assert market.covered_until(work_id, revoked.timestamp + NOTICE, "client")


def test_sub_licences_of_a_lapsed_licence_still_count_when_it_is_bought_anew(system, make, market, parent):
    given, parent_id, _ = parent
    first = system.ledger.sublicense(given, grant(system), {"from": system.payer})
    later(PERIOD + GRACE + 1)
    make.bought(given[0], end_user="agency")
    assert system.ledger.licence(parent_id)["subLicences"] == 1
    system.ledger.endSublicence([granted(first)], {"from": system.stranger})
    system.ledger.revoke(given, market.refunding())


def test_an_exclusive_licence_may_be_sub_licensed_without_a_conflict(system, market):
    given, _, work_id = market.parent(rights=EXCLUSIVE | SUBLICENSABLE)
    system.ledger.sublicense(given, grant(system), {"from": system.payer})
    assert market.covered(work_id, site="client")


def test_what_is_granted_further_is_checked_as_well(system, parent):
    first = system.ledger.sublicense(parent[0], grant(system), {"from": system.payer})
    end, by = ends(first), {"from": system.client}
    for given, error in (
        ((NOBODY, digest("x"), WEB, 2, end), "EmptyLicensee"),
        ((system.client, EMPTY, WEB, 2, end), "EmptyEndUser"),
        ((system.client, digest("platform"), WEB, 2, end), "PlatformAsEndUser"),
    ):
        with reverts(error):
            system.ledger.sublicenseFurther(granted(first), given, by)
    at(end + 1)
    with reverts("NotRunning", first.return_value):
        system.ledger.sublicenseFurther(granted(first), (system.client, digest("x"), WEB, 2, end), by)
