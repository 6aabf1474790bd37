"""Settlement.open: among the attested registrations of a content, the first one claims."""

import pytest
from brownie import chain

from tests.contracts.conftest import NO_CONSENT, cid, digest, entry, merkle
from tests.contracts.enforcement.conftest import (
    REFUSED,
    SUSTAINED,
    refused,
    wait,
)


@pytest.fixture
def wanted(system, make, court):
    """Somebody registers a content and is attested, then the holder is; returns (first, second)."""
    first = make.work("wanted", system.stranger)
    court.attested(first, system.stranger)
    wait(5)
    second = make.work("wanted")
    make.attested(second)
    return first, second


def test_an_earlier_registration_stands_in_the_way_until_the_panel_rejects_it(system, court, wanted):
    first, second = wanted
    given = court.sighted(second, digest("wanted"))
    refused(system, given, "EarlierRegistration", second, first)
    dispute = court.disputed(given, by=system.client, owner=system.stranger)
    refused(system, given, "EarlierRegistration", second, first)
    court.ruled(dispute, SUSTAINED)
    assert court.opened(given) == 1


def test_an_earlier_registration_that_nobody_attested_stands_in_nobodys_way(system, make, court):
    first = make.work("wanted", system.stranger)
    wait(5)
    second = make.work("wanted")
    make.attested(second)
    given = court.sighted(second, digest("wanted"))
    case_id = court.opened(given)
    system.settlement.close(case_id, {"from": system.holder})
    wait(5)
    later = court.again(given, chain[-1].timestamp)
    court.attested(first, system.stranger)
    refused(system, later, "EarlierRegistration", second, first)


def test_an_earlier_registration_counts_while_its_present_owner_is_attested(system, court, wanted):
    first, second = wanted
    given = court.sighted(second, digest("wanted"))
    token = int(str(first), 16)
    system.registry.transferFrom(system.stranger, system.client, token, {"from": system.stranger})
    assert court.opened(given) == 1
    system.settlement.close(1, {"from": system.holder})
    wait(5)
    later = court.again(given, chain[-1].timestamp)
    court.attested(first, system.client)
    refused(system, later, "EarlierRegistration", second, first)


def test_a_later_registration_stands_in_nobodys_way(system, make, court):
    first = make.work("wanted")
    make.attested(first)
    wait(5)
    court.attested(make.work("wanted", system.stranger), system.stranger)
    assert court.opened(court.sighted(first, digest("wanted"))) == 1


def test_a_later_registration_that_was_attested_earlier_stands_in_nobodys_way(system, make, court):
    first = make.work("wanted")
    wait(5)
    court.attested(make.work("wanted", system.stranger), system.stranger)
    make.attested(first)
    assert court.opened(court.sighted(first, digest("wanted"))) == 1


def test_of_two_in_one_second_the_one_that_was_attested_first_claims(system, make, court):
    given = entry("wanted")
    owners = (system.stranger, system.holder)
    root, proofs = merkle([system.registry.batchLeaf(owner, given) for owner in owners])
    system.registry.anchorBatch(root, 2, cid("manifest"), {"from": system.client})
    works = []
    for owner, proof in zip(owners, proofs, strict=True):
        system.registry.claimMany(root, owner, [given], [proof], NO_CONSENT, {"from": owner})
        works.append(system.registry.workIdOf(owner, given[1]))
        statement, _, *signed = make.authorship(works[-1], owner)
        origin = (owner.address, given[1])
        system.verifiers.attest(statement, origin, *signed, {"from": system.client})
    first, second = (court.sighted(work_id, given[1]) for work_id in works)
    refused(system, second, "EarlierRegistration", works[1], works[0])
    assert court.opened(first, system.stranger) == 1


def test_the_content_hash_is_the_works(system, make):
    given, other = make.opening(), make.opening()
    work_id = given[1][0]
    for content in (other[3], digest("none")):
        refused(system, (*given[:3], content, *given[4:]), "OtherContent", work_id, content)


# ------------------------------------------------------------------------- licences of whoever was taken for the author


@pytest.fixture
def rival(system, make, court):
    """The holder has registered first, but only somebody else is attested yet; returns (the holder's, the other's)."""
    first = make.work("wanted")
    wait(5)
    second = make.work("wanted", system.stranger)
    court.attested(second, system.stranger)
    return first, second


def licensed(system, make, work_id):
    make.bought(make.offer(work_id, 0, owner=system.stranger))
    wait(10)


def test_a_licence_of_the_only_registration_that_was_known_covers(system, make, court, rival):
    first, second = rival
    licensed(system, make, second)
    before = chain[-1].timestamp
    wait(10)
    make.attested(first)
    wait(10)
    for seen in (before, chain[-1].timestamp):
        refused(system, court.sighted(first, digest("wanted"), seen), "Covered", second, digest("shop"), seen)
    assert court.opened(court.sighted(first, digest("wanted"), site="another shop")) == 1


def test_a_licence_that_was_bought_when_both_were_known_covers_nothing(system, make, court, rival):
    first, second = rival
    make.attested(first)
    wait(10)
    licensed(system, make, second)
    assert court.opened(court.sighted(first, digest("wanted"), chain[-1].timestamp)) == 1


def test_a_licence_of_a_rejected_registration_covers_nothing(system, make, court, rival):
    first, second = rival
    licensed(system, make, second)
    make.attested(first)
    given = court.sighted(first, digest("wanted"), chain[-1].timestamp)
    refused(system, given, "Covered", second, digest("shop"), given[1][6])
    court.ruled(court.disputed(given, by=system.client, owner=system.stranger), SUSTAINED)
    assert court.opened(given) == 1


# --------------------------------------------------------------------------------------- registrations before the panel


def test_a_registration_before_the_panel_opens_nothing_until_it_is_upheld(system, make, court):
    given = make.opening()
    dispute = court.disputed(given)
    refused(system, given, "DisputedRegistration", given[1][0])
    court.ruled(dispute, REFUSED)
    assert court.opened(given) == 1


def test_a_rejected_registration_never_opens_a_case(system, make, court):
    given = make.opening()
    court.ruled(court.disputed(given), SUSTAINED)
    refused(system, given, "DisputedRegistration", given[1][0])


def test_a_work_that_is_not_registered_has_no_cases(system, make, court):
    given = court.sighted(digest("nothing"), digest("nothing"))
    refused(system, given, "UnknownWork", digest("nothing"))
