"""Settlement.open: what a licence or a release covers, and what a case claimed already, makes no case."""

import pytest
from brownie import chain

from tests.contracts.conftest import DAY, GRACE, WORLD, digest, reverts
from tests.contracts.enforcement.conftest import (
    ABUSE,
    DISMISSED,
    SUSTAINED,
    refused,
    wait,
)

# ------------------------------------------------------------------------------------------------------------- cover


@pytest.mark.parametrize("end_user", ["shop", "www.shop"])
def test_a_licence_for_the_site_or_the_host_covers_the_use(system, make, court, end_user):
    given = make.opening()
    work_id = given[1][0]
    _, tx = make.bought(make.offer(work_id, 0), end_user=end_user)
    wait(10)
    seen = chain[-1].timestamp
    refused(system, court.again(given, seen), "Covered", work_id, digest("shop"), seen)
    assert court.opened(court.again(given, tx.timestamp - 1)) == 1


def test_grace_covers_too_and_then_ends(system, make, court):
    given = make.opening()
    _, tx = make.bought(make.offer(given[1][0], 0, period=DAY, grace=DAY))
    end = tx.timestamp + 2 * DAY
    wait(2 * DAY + 10)
    refused(system, court.again(given, end), "Covered", given[1][0], digest("shop"), end)
    assert court.opened(court.again(given, end + 1)) == 1


def test_a_licence_for_somebody_else_covers_nothing(make, court):
    given = make.opening()
    make.bought(make.offer(given[1][0], 0, territories=WORLD), end_user="another shop")
    wait(10)
    assert court.opened(court.again(given, chain[-1].timestamp)) == 1


def test_a_settled_case_covers_every_use_until_its_release_ends(system, make, court):
    case_id, given = make.case()
    _, tx = court.paid(case_id)
    end = tx.timestamp + GRACE
    assert system.settlement.releasedUntil(given[1][0], digest("shop")) == end
    wait(GRACE + 10)
    for seen in (given[1][6] - 100 * DAY, tx.timestamp, end):
        refused(system, court.again(given, seen), "Covered", given[1][0], digest("shop"), seen)
    assert court.opened(court.again(given, end + 1)) == 2


def test_a_release_is_for_its_site_only(make, court):
    case_id, given = make.case()
    court.paid(case_id)
    assert court.opened(court.again(given, site="another shop")) == 2


# ------------------------------------------------------------------------------------------ one case, one after another


def test_one_case_per_work_and_site(system, make, court):
    case_id, given = make.case()
    refused(system, given, "AlreadyOpen", case_id)
    court.contested(case_id)
    refused(system, given, "AlreadyOpen", case_id)
    assert court.opened(court.again(given, site="another shop")) == 2
    other = make.case()[0]
    assert other == 3


def test_after_withdrawal_a_case_needs_a_later_sighting(system, make, court):
    case_id, given = make.case()
    closed_at = system.settlement.close(case_id, {"from": system.holder}).timestamp
    wait(10)
    refused(system, court.again(given, closed_at), "SeenBefore", closed_at, closed_at)
    assert court.opened(court.again(given, closed_at + 1)) == 2


def test_after_dismissal_a_case_needs_a_later_sighting(system, make, court):
    case_id, given = make.case()
    ruled_at = court.ruled(court.contested(case_id), SUSTAINED).timestamp
    assert court.stage(case_id) == DISMISSED
    refused(system, court.again(given, ruled_at), "SeenBefore", ruled_at, ruled_at)
    wait(10)
    assert court.opened(court.again(given, ruled_at + 1)) == 2


def test_the_panel_can_bar_a_site_for_longer(system, make, court):
    case_id, given = make.case()
    bar = chain.time() + 100 * DAY
    court.ruled(court.contested(case_id), ABUSE, bar)
    assert system.settlement.freeFrom(given[1][0], digest("shop")) == bar
    wait(101 * DAY)
    refused(system, court.again(given, bar), "SeenBefore", bar, bar)
    assert court.opened(court.again(given, bar + 1)) == 2


# --------------------------------------------------------------------------------- one case per picture and page


@pytest.fixture
def crops(make):
    """Two works of the holder that are both in one picture: [(work, content)]."""
    works = [(make.work(name), digest(name)) for name in ("quality 90", "quality 91")]
    for work_id, _ in works:
        make.attested(work_id)
    return works


def test_one_use_of_one_photograph_is_claimed_once_whichever_work_is_named(system, court, crops):
    first, second = (court.sighted(*work, url="page") for work in crops)
    case_id = court.opened(first)
    refused(system, second, "AlreadyOpen", case_id)
    assert court.opened(court.sighted(*crops[1], url="another page")) == 2


def test_what_was_paid_is_not_claimed_again_under_another_work(system, court, crops):
    case_id = court.opened(court.sighted(*crops[0], url="page"))
    _, tx = court.paid(case_id)
    end = tx.timestamp + GRACE
    wait(GRACE + 10)
    for seen in (tx.timestamp, end):
        refused(system, court.sighted(*crops[1], seen, url="page"), "SeenBefore", seen, end)
    second = court.opened(court.sighted(*crops[1], end + 1, url="page"))
    refused(system, court.sighted(*crops[0], end + 1, url="page"), "AlreadyOpen", second)


def test_what_was_withdrawn_is_not_claimed_again_under_another_work(system, court, crops):
    case_id = court.opened(court.sighted(*crops[0], url="page"))
    closed_at = system.settlement.close(case_id, {"from": system.holder}).timestamp
    wait(10)
    refused(system, court.sighted(*crops[1], closed_at, url="page"), "SeenBefore", closed_at, closed_at)
    assert court.opened(court.sighted(*crops[1], closed_at + 1, url="page")) == 2


def test_a_use_that_joined_a_case_is_not_claimed_again_under_another_work(system, court, crops):
    case_id = court.opened(court.sighted(*crops[0], url="page 1"))
    other = court.opened(court.sighted(*crops[1], url="page 3"))
    more, same = (court.sighted(*work, url="page 2") for work in crops)
    system.settlement.join(case_id, *more[:4], {"from": system.holder})
    with reverts("AlreadyOpen", case_id):
        system.settlement.join(other, *same[:4], {"from": system.holder})
    system.settlement.close(other, {"from": system.holder})
    wait(10)
    later = court.sighted(*crops[1], chain[-1].timestamp, url="page 2")
    refused(system, later, "AlreadyOpen", case_id)


def test_another_holder_claims_the_same_picture_for_himself(system, make, court, crops):
    theirs = make.work("collage", system.client)
    court.attested(theirs, system.client)
    court.opened(court.sighted(*crops[0], url="page"))
    assert court.opened(court.sighted(theirs, digest("collage"), url="page"), system.client) == 2
