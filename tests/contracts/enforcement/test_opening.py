"""Settlement.open and openAssigned: what it takes to open a case."""

import brownie
import pytest
from brownie import chain

from tests.contracts.conftest import BOND, DAY, GRACE, WINDOW, WORLD, at_second, digest, reverts
from tests.contracts.enforcement.conftest import (
    ABUSE,
    DISMISSED,
    OPEN,
    REFUSED,
    SUSTAINED,
    wait,
    wallet,
)

REJECTED_EVIDENCE, CHALLENGED_EVIDENCE = 2, 1


def refused(system, given, name, *arguments, by=None):
    with reverts(name, *arguments):
        system.settlement.open(given, {"from": by or system.holder})


def test_a_case_keeps_what_was_seen_and_what_is_demanded(system, make):
    given = make.opening()
    root, item, _, _, currency, demand = given
    make.funded(system.holder, BOND, system.settlement)
    tx = system.settlement.open(given, {"from": system.holder})
    assert system.settlement.caseOf(1) == (item[0], item[2], system.holder, OPEN, "0x455552", demand, 3000)
    assert system.settlement.openCase(item[0], item[2]) == 1
    assert dict(tx.events["CaseOpened"]) == {
        "caseId": 1,
        "workId": item[0],
        "siteHash": item[2],
        "claimant": system.holder,
        "holder": system.holder,
        "root": root,
        "leaf": system.evidence.leafOf(item),
        "seenAt": item[6],
        "currency": "0x" + currency.hex(),
        "demand": demand,
    }


def test_an_open_case_holds_the_bond(system, make):
    make.case()
    assert system.token.balanceOf(system.settlement) == BOND
    assert system.token.balanceOf(system.holder) == 0
    assert system.settlement.owed(system.holder) == 0


def test_without_the_bond_no_case(system, make):
    given = make.opening()
    make.funded(system.holder, BOND - 1, system.settlement)
    refused(system, given, "ERC20InsufficientAllowance")


def test_an_unknown_case_is_at_no_stage(system):
    assert system.settlement.caseOf(1)["stage"] == 0
    assert system.settlement.openCase(digest("w"), digest("shop")) == 0


# -------------------------------------------------------------------------------------------------------- the demand


@pytest.mark.parametrize("code", [b"\0\0\0", b"eur", b"E\0U", b"EU1", b"EU[", b"@UR"])
def test_a_currency_has_three_capital_letters(system, make, code):
    with brownie.reverts(f"BadCurrency: {code!r}"):
        system.settlement.open((*make.opening()[:4], code, 1), {"from": system.holder})


def test_a_demand_has_an_amount(system, make):
    refused(system, (*make.opening()[:5], 0), "EmptyDemand")


# ------------------------------------------------------------------------------------------------------ the evidence


def test_what_nobody_reported_is_no_evidence(system, make):
    root, item, proof, *rest = make.opening()
    elsewhere = (*item[:2], digest("another site"), *item[3:])
    refused(system, (root, elsewhere, proof, *rest), "NotProven", root, 0)
    refused(system, (digest("root"), item, proof, *rest), "NotProven", digest("root"), 0)


def test_evidence_from_the_future_opens_nothing(system, make, court):
    _, item, _, content, *_ = make.opening()
    later = court.sighted(item[0], content, seen=chain.time() + 10 * DAY)
    refused(system, later, "NotProven", later[0], 0)
    wait(11 * DAY)
    refused(system, later, "NotProven", later[0], 0)


def test_a_case_opens_in_the_second_in_which_the_window_ends(system, make):
    _, item, _, content, *_ = make.opening()
    fresh = make.item(item[0])
    root, (proof,) = make.reported([fresh])
    ripe = system.evidence.receipt(root)[1] + WINDOW
    given = (root, fresh, proof, content, b"EUR", 1)
    make.funded(system.holder, BOND, system.settlement)
    at_second(ripe - 1)
    refused(system, given, "NotProven", root, ripe)
    at_second(ripe)
    system.settlement.open(given, {"from": system.holder})


def test_an_item_before_the_panel_opens_nothing_until_it_is_upheld(system, make, court):
    _, item, _, content, *_ = make.opening()
    fresh = make.item(item[0])
    root, (proof,) = make.reported([fresh])
    given = (root, fresh, proof, content, b"EUR", 1)
    dispute = court.challenged(given)
    wait(WINDOW + 1)
    leaf = system.evidence.leafOf(fresh)
    refused(system, given, "DisputedEvidence", leaf, CHALLENGED_EVIDENCE)
    court.ruled(dispute, REFUSED)
    assert court.opened(given) == 1


def test_a_rejected_item_opens_nothing_in_any_report(system, make, court):
    _, item, _, content, *_ = make.opening()
    fresh = make.item(item[0])
    root, (proof,) = make.reported([fresh])
    court.ruled(court.challenged((root, fresh, proof)), SUSTAINED)
    wait(WINDOW + 1)
    leaf = system.evidence.leafOf(fresh)
    refused(system, (root, fresh, proof, content, b"EUR", 1), "DisputedEvidence", leaf, REJECTED_EVIDENCE)
    root, (proof, _) = make.reported([fresh, make.item(item[0])])
    wait(WINDOW + 1)
    refused(system, (root, fresh, proof, content, b"EUR", 1), "DisputedEvidence", leaf, REJECTED_EVIDENCE)


def test_a_platform_is_no_site_but_an_account_on_it_is(system, make, court):
    refused(system, make.opening(site="platform"), "PlatformSite", digest("platform"))
    _, item, _, content, *_ = make.opening()
    on_account = (item[0], digest("platform"), digest("platform/account"), *item[3:])
    root, (proof,) = make.reported([on_account])
    wait(WINDOW + 1)
    assert court.opened((root, on_account, proof, content, b"EUR", 1)) == 1


# -------------------------------------------------------------------------------------------------------- the rights


def test_only_the_owner_opens_a_case(system, make):
    given = make.opening()
    refused(system, given, "NotHolder", given[1][0], system.stranger, by=system.stranger)


def test_whoever_owned_the_certificate_when_it_was_seen_opens_the_case(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    refused(system, given, "NotHolder", work_id, system.client, by=system.client)
    assert court.opened(given, system.holder) == 1
    system.settlement.close(1, {"from": system.holder})

    wait(5)
    later = court.again(given, chain[-1].timestamp)
    refused(system, later, "NotHolder", work_id, system.holder, by=system.holder)
    system.verifiers.attest(*make.authorship(work_id, system.client), {"from": system.stranger})
    assert court.opened(later, system.client) == 2


def test_the_sale_counts_from_its_second(system, make, court):
    given = make.opening()
    work_id, content = given[1][0], given[3]
    tx = system.registry.transferFrom(system.holder, system.client, int(str(work_id), 16), {"from": system.holder})
    before = court.sighted(work_id, content, seen=tx.timestamp - 1)
    after = court.sighted(work_id, content, seen=tx.timestamp)
    refused(system, before, "NotHolder", work_id, system.client, by=system.client)
    refused(system, after, "NotHolder", work_id, system.holder)
    assert court.opened(before) == 1


def test_the_holder_is_attested_to_control_the_work(system, make):
    given = make.opening()
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    refused(system, given, "NoAuthorship", given[1][0], system.holder)


def test_an_attestation_that_has_expired_opens_nothing(system, make):
    given = make.opening()
    wait(366 * DAY)
    refused(system, given, "NoAuthorship", given[1][0], system.holder)


def test_the_attestation_is_the_holders_own(system, make, court):
    given = make.opening()
    court.sold(given[1][0])
    later = court.again(given)
    later = court.again(later, chain[-1].timestamp)
    refused(system, later, "NoAuthorship", given[1][0], system.client, by=system.client)


def test_an_earlier_registration_stands_in_the_way_until_the_panel_rejects_it(system, make, court):
    first = make.work("wanted", system.stranger)
    wait(5)
    second = make.work("wanted")
    make.attested(second)
    given = court.sighted(second, digest("wanted"))
    refused(system, given, "EarlierRegistration", second, first)
    dispute = court.disputed(given, by=system.client, owner=system.stranger)
    refused(system, given, "EarlierRegistration", second, first)
    court.ruled(dispute, SUSTAINED)
    system.registry.refreshEarliest(system.holder, 0, digest("wanted"), {"from": system.client})
    assert court.opened(given) == 1


def test_a_later_registration_stands_in_nobodys_way(system, make, court):
    first = make.work("wanted")
    make.attested(first)
    wait(5)
    make.work("wanted", system.stranger)
    assert court.opened(court.sighted(first, digest("wanted"))) == 1


def test_the_content_hash_is_the_works(system, make):
    given, other = make.opening(), make.opening()
    work_id = given[1][0]
    refused(system, (*given[:3], other[3], *given[4:]), "EarlierRegistration", work_id, other[1][0])
    refused(system, (*given[:3], digest("none"), *given[4:]), "EarlierRegistration", work_id, "0x" + "00" * 32)


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


# ------------------------------------------------------------------------------------------------------- assignments


def test_the_buyer_acts_on_an_older_use_with_the_sellers_signature(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    make.funded(system.client, BOND, system.settlement)
    tx = system.settlement.openAssigned(given, *court.assignment(work_id, system.client), {"from": system.client})
    assert system.settlement.caseOf(1)["claimant"] == system.client
    assert (tx.events["CaseOpened"]["claimant"], tx.events["CaseOpened"]["holder"]) == (system.client, system.holder)
    assert system.token.balanceOf(system.client) == 0


def assigned(system, court, given, name, *arguments, by=None, signer=None, **kwargs):
    """Opening with this assignment is refused."""
    signed = court.assignment(kwargs.pop("work_id", given[1][0]), system.client, by=signer, **kwargs)
    by = by or system.client
    with reverts(name, *arguments):
        system.settlement.openAssigned(given, *signed, {"from": by})


def test_an_assignment_is_for_one_work_and_one_assignee(system, make, court):
    given = make.opening()
    assigned(system, court, given, "OutsideAssignment", given[1][0], system.client, work_id=make.opening()[1][0])
    assigned(system, court, given, "OutsideAssignment", given[1][0], system.stranger, by=system.stranger)


def test_an_assignment_is_for_uses_in_its_time(system, make, court):
    given = make.opening()
    seen = given[1][6]
    assigned(system, court, given, "OutsideAssignment", given[1][0], system.client, seen_from=seen + 1)
    assigned(system, court, given, "OutsideAssignment", given[1][0], system.client, seen_until=seen - 1)
    make.funded(system.client, BOND, system.settlement)
    signed = court.assignment(given[1][0], system.client, seen, seen)
    system.settlement.openAssigned(given, *signed, {"from": system.client})


def test_an_assignment_ends_with_its_deadline(system, make, court):
    given = make.opening()
    deadline = chain[-1].timestamp + 100
    signed = court.assignment(given[1][0], system.client, deadline=deadline)
    make.funded(system.client, BOND, system.settlement)
    at_second(deadline + 1)
    with reverts("Expired", deadline, deadline + 1):
        system.settlement.openAssigned(given, *signed, {"from": system.client})


def test_an_assignment_still_counts_in_its_last_second(system, make, court):
    given = make.opening()
    deadline = chain[-1].timestamp + 100
    signed = court.assignment(given[1][0], system.client, deadline=deadline)
    make.funded(system.client, BOND, system.settlement)
    at_second(deadline)
    system.settlement.openAssigned(given, *signed, {"from": system.client})


def test_only_the_holder_at_that_time_assigns(system, make, court):
    given = make.opening()
    court.sold(given[1][0])
    assigned(system, court, given, "BadSignature", system.holder, signer=system.client)
    later = court.again(given, chain[-1].timestamp)
    assigned(system, court, later, "BadSignature", system.client, signer=system.holder)


def test_an_assignment_replaces_no_other_condition(system, make, court):
    given = make.opening()
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assigned(system, court, given, "NoAuthorship", given[1][0], system.holder)


def test_a_contract_wallet_assigns_by_erc_1271(system, make, court):
    owner = wallet(accepted=digest("yes"))
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id, owner.address)
    later = court.again(given, chain[-1].timestamp)
    system.verifiers.attest(*make.authorship(work_id, owner), {"from": system.stranger})
    assignment, _ = court.assignment(work_id, system.client)
    make.funded(system.client, BOND, system.settlement)
    with reverts("BadSignature", owner.address):
        system.settlement.openAssigned(later, assignment, digest("no"), {"from": system.client})
    tx = system.settlement.openAssigned(later, assignment, digest("yes"), {"from": system.client})
    assert tx.events["CaseOpened"]["holder"] == owner.address


# ----------------------------------------------------------------------------------------------------------- pausing


def test_pausing_stops_openings_and_nothing_else(system, make, court):
    given, waiting = make.opening(site="another"), make.opening(site="third")
    case_id, _ = make.case()
    withdrawn, first = make.case()
    more = court.again(first)
    signed = court.assignment(given[1][0], system.client)
    make.funded(system.holder, BOND, system.settlement)
    system.settlement.pause({"from": system.pauser})
    with reverts("EnforcedPause"):
        system.settlement.open(given, {"from": system.holder})
    with reverts("EnforcedPause"):
        system.settlement.openAssigned(given, *signed, {"from": system.client})
    with reverts("EnforcedPause"):
        system.settlement.join(withdrawn, *more[:3], {"from": system.holder})
    system.settlement.lower(case_id, 1, {"from": system.holder})
    system.settlement.lowerFor(*court.reduction(withdrawn, 5), {"from": system.stranger})
    court.ruled(court.contested(case_id), REFUSED)
    court.paid(case_id)
    system.settlement.close(withdrawn, {"from": system.holder})
    make.funded(system.stranger, 1, system.settlement)
    system.settlement.refund(case_id, system.payer, 1, {"from": system.stranger})
    system.settlement.withdraw(system.holder, {"from": system.holder})
    system.settlement.unpause({"from": system.governor})
    make.funded(system.holder, BOND, system.settlement)
    system.settlement.open(waiting, {"from": system.holder})


def test_the_pauser_stops_and_only_the_governor_goes_on(system):
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.settlement.pause({"from": system.stranger})
    with reverts("ExpectedPause"):
        system.settlement.unpause({"from": system.governor})
    system.settlement.pause({"from": system.pauser})
    with reverts("AccessManagedUnauthorized", system.pauser):
        system.settlement.unpause({"from": system.pauser})
    with reverts("EnforcedPause"):
        system.settlement.pause({"from": system.pauser})
    system.settlement.unpause({"from": system.governor})
    assert not system.settlement.paused()
