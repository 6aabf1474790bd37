"""Settlement.open and openAssigned: what it takes to open a case."""

import pytest
from brownie import Settlement, chain

from tests.contracts.conftest import BOND, DAY, FEE, GRACE, WINDOW, at_second, digest, reverts
from tests.contracts.enforcement.conftest import (
    NOBODY,
    OPEN,
    REFUSED,
    SUSTAINED,
    refused,
    wait,
)

REJECTED_EVIDENCE, CHALLENGED_EVIDENCE = 2, 1


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
    refused(system, (*make.opening()[:4], code, 1), "BadCurrency")


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
    with reverts("NotProven", root, ripe):
        system.settlement.open(given, {"from": system.holder})
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


def test_whoever_sold_the_certificate_opens_nothing_alone(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    refused(system, given, "NotHolder", work_id, system.client, by=system.client)
    refused(system, given, "CertificateSold", work_id, system.client)
    wait(5)
    later = court.again(given, chain[-1].timestamp)
    refused(system, later, "NotHolder", work_id, system.holder)
    court.attested(work_id, system.client)
    assert court.opened(later, system.client) == 1


def test_whoever_bought_the_certificate_back_opens_the_case(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    system.registry.transferFrom(system.client, system.holder, int(str(work_id), 16), {"from": system.client})
    assert court.opened(given) == 1


def test_the_sale_counts_from_its_second(system, make, court):
    given = make.opening()
    work_id, content = given[1][0], given[3]
    tx = system.registry.transferFrom(system.holder, system.client, int(str(work_id), 16), {"from": system.holder})
    court.attested(work_id, system.client)
    before = court.sighted(work_id, content, seen=tx.timestamp - 1)
    after = court.sighted(work_id, content, seen=tx.timestamp)
    refused(system, before, "NotHolder", work_id, system.client, by=system.client)
    refused(system, before, "CertificateSold", work_id, system.client)
    refused(system, after, "NotHolder", work_id, system.holder)
    assert court.opened(after, system.client) == 1


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


# ----------------------------------------------------------------------------------------------------------- pausing


def test_pausing_stops_openings_and_nothing_else(system, make, court):
    given, waiting = make.opening(site="another"), make.opening(site="third")
    case_id, _ = make.case()
    reduced, _ = make.case()
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
        system.settlement.join(withdrawn, *more[:4], {"from": system.holder})
    system.settlement.lower(case_id, 1, {"from": system.holder})
    court.reduced(reduced, 5)
    court.ruled(court.contested(case_id), REFUSED)
    court.paid(case_id)
    system.settlement.close(withdrawn, {"from": system.holder})
    system.settlement.cancelSignatures({"from": system.holder})
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


# --------------------------------------------------------------------------------------------------------------- terms


def terms(system, **changes):
    """What Settlement is told; NOBODY or 0 for what is left out."""
    given = {
        **{"registry": system.registry, "verifiers": system.verifiers, "evidence": system.evidence},
        **{"licences": system.ledger, "rates": system.quotes, "earlier": NOBODY, "arbitration": system.arbitration},
        **{"operator": system.operator, "window": WINDOW, "grace": GRACE, "bond": BOND},
        **changes,
    }
    return tuple(given.values())


@pytest.mark.parametrize(
    "missing", ["registry", "verifiers", "evidence", "licences", "rates", "arbitration", "operator"]
)
def test_a_settlement_without_some_neighbour_is_not_deployed(system, missing):
    with reverts("BadTerms"):
        system.governor.deploy(Settlement, system.token, terms(system, **{missing: NOBODY}), system.authority)


@pytest.mark.parametrize("missing", ["window", "grace", "bond"])
def test_a_settlement_without_times_or_bond_is_not_deployed(system, missing):
    with reverts("BadTerms"):
        system.governor.deploy(Settlement, system.token, terms(system, **{missing: 0}), system.authority)


def test_the_governor_names_another_operator(system, make, court):
    case_id, _ = make.case()
    with reverts("AccessManagedUnauthorized", system.operator):
        system.settlement.setOperator(system.stranger, {"from": system.operator})
    with reverts("BadTerms"):
        system.settlement.setOperator(NOBODY, {"from": system.governor})
    tx = system.settlement.setOperator(system.stranger, {"from": system.governor})
    assert tx.events["OperatorSet"]["operator"] == system.stranger == system.settlement.operator()
    make.funded(system.stranger, FEE, system.arbitration)
    system.arbitration.contest(case_id, digest("reasons"), {"from": system.stranger})
    assert system.arbitration.disputeOf(1)["deposit"] == FEE
    quote, _ = court.paid(case_id)
    assert system.settlement.owed(system.stranger) == quote[3] * 30 // 100
    assert system.settlement.owed(system.operator) == 0


# ------------------------------------------------------------------------------------------------------- a next version


def test_a_second_version_knows_the_cases_of_the_first(system, make, court):
    case_id, given = make.case()
    again = terms(system, earlier=system.settlement.address)
    second = system.governor.deploy(Settlement, system.token, again, system.authority)
    make.funded(system.holder, BOND, second)
    by = {"from": system.holder}
    with reverts("AlreadyOpen", case_id):
        second.open(given, by)
    closed_at = system.settlement.close(case_id, by).timestamp
    late = court.again(given, closed_at)
    with reverts("SeenBefore", closed_at, closed_at):
        second.open(late, by)
    tx = second.open(court.again(given, closed_at + 1), by)
    assert tx.events["CaseOpened"]["caseId"] == 1 and second.earlier() == system.settlement
    with reverts("SeenBefore", closed_at, closed_at):
        second.join(1, *late[:4], by)
    second.join(1, *court.again(given, closed_at + 2)[:4], by)
