"""Arbitration: who may dispute what, and what it costs."""

import pytest
from brownie import Arbitration

from tests.contracts.conftest import (
    EMPTY,
    FEE,
    RULING,
    WINDOW,
    at_second,
    digest,
    reverts,
)
from tests.contracts.enforcement.conftest import (
    CASE,
    CLOSED,
    CONTESTED,
    EVIDENCE,
    NOBODY,
    REFUSED,
    REGISTRATION,
    SETTLED,
    SUSTAINED,
    fresh_item,
    held,
    owed,
    standing,
    standing_of_item,
)

CLEAR, DISPUTED = range(2)


# ----------------------------------------------------------------------------------------------- raising: registrations


def test_a_stranger_disputes_a_registration_for_fee_and_stake(system, make):
    given = make.opening()
    work_id, content = given[1][0], given[3]
    make.funded(system.stranger, 2 * FEE, system.arbitration)
    by = {"from": system.stranger}
    tx = system.arbitration.disputeRegistration(system.holder, content, digest("reasons"), by)
    assert dict(tx.events["DisputeRaised"]) == {
        "disputeId": 1,
        "matter": REGISTRATION,
        "subject": work_id,
        "challenger": system.stranger,
        "respondent": system.holder,
        "reasonsHash": digest("reasons"),
        "deadline": tx.timestamp + RULING,
        "deposit": 2 * FEE,
    }
    assert system.arbitration.disputeOf(1) == (
        *(work_id, content, system.stranger, REGISTRATION, 0),
        *(tx.timestamp + RULING, system.holder, 2 * FEE),
    )
    assert system.arbitration.pendingOf(REGISTRATION, work_id) == 1
    assert standing(system, given) == DISPUTED
    assert held(system) == 2 * FEE


def test_a_registration_is_disputed_once_at_a_time(system, make, court):
    given = make.opening()
    court.disputed(given)
    with reverts("Pending", 1):
        court.disputed(given, by=system.client)


def test_a_rejected_registration_leaves_nothing_to_dispute(system, make, court):
    given = make.opening()
    court.ruled(court.disputed(given), SUSTAINED)
    with reverts("NothingToDispute", given[1][0]):
        court.disputed(given)


def test_only_registered_works_are_disputed(system, make, court):
    given = make.opening()
    with reverts("UnknownWork"):
        court.disputed(given, owner=system.client)


def test_the_owner_of_today_answers_for_a_registration(system, make, court):
    given = make.opening()
    court.sold(given[1][0])
    court.disputed(given)
    assert system.arbitration.disputeOf(1)["respondent"] == system.client


def test_reasons_are_given(system, make):
    given = make.opening()
    case_id, _ = make.case()
    fresh = fresh_item(make)
    make.funded(system.stranger, 6 * FEE, system.arbitration)
    by = {"from": system.stranger}
    with reverts("EmptyReasons"):
        system.arbitration.disputeRegistration(system.holder, given[3], EMPTY, by)
    with reverts("EmptyReasons"):
        system.arbitration.challengeEvidence(*fresh[:3], EMPTY, by)
    with reverts("EmptyReasons"):
        system.arbitration.contest(case_id, EMPTY, by)


def test_without_the_deposit_no_dispute(system, make, court):
    given = make.opening()
    make.funded(system.stranger, 2 * FEE - 1, system.arbitration)
    with reverts("ERC20InsufficientAllowance"):
        system.arbitration.disputeRegistration(system.holder, given[3], digest("reasons"), {"from": system.stranger})
    assert standing(system, given) == CLEAR


# ---------------------------------------------------------------------------------------------------- raising: evidence


def test_a_reported_item_is_challenged(system, make, court):
    given = fresh_item(make)
    leaf = system.evidence.leafOf(given[1])
    assert court.challenged(given) == 1
    assert system.arbitration.pendingOf(EVIDENCE, leaf) == 1
    assert system.arbitration.disputeOf(1)["subject"] == leaf
    assert system.arbitration.disputeOf(1)["deposit"] == 2 * FEE
    assert standing_of_item(system, given) == DISPUTED
    with reverts("Pending", 1):
        court.challenged(given, by=system.client)


def test_evidence_is_challenged_until_the_second_before_its_window_ends(system, make):
    given = fresh_item(make)
    make.funded(system.stranger, 4 * FEE, system.arbitration)
    end = system.evidence.receipt(given[0])[1] + WINDOW
    by = {"from": system.stranger}
    at_second(end)
    with reverts("WindowOver", end):
        system.arbitration.challengeEvidence(*given[:3], digest("reasons"), by)
    again = fresh_item(make)
    at_second(system.evidence.receipt(again[0])[1] + WINDOW - 1)
    system.arbitration.challengeEvidence(*again[:3], digest("reasons"), by)


def test_what_was_not_reported_cannot_be_challenged(system, make, court):
    given = fresh_item(make)
    other = make.item(given[1][0])
    with reverts("NothingToDispute", system.evidence.leafOf(other)):
        court.challenged((given[0], other, given[2]))


def test_a_rejected_item_is_not_challenged_again(system, make, court):
    given = fresh_item(make)
    court.ruled(court.challenged(given), SUSTAINED)
    with reverts("NothingToDispute", system.evidence.leafOf(given[1])):
        court.challenged(given)


def test_the_owner_at_that_time_answers_for_evidence(system, make, court):
    given = fresh_item(make)
    court.sold(given[1][0])
    court.challenged(given)
    assert system.arbitration.disputeOf(1)["respondent"] == system.holder


# ------------------------------------------------------------------------------------------------------- raising: cases


def test_image_users_contest_free_of_charge(system, make, court):
    case_id, _ = make.case()
    before = system.token.balanceOf(system.payer)
    dispute = court.contested(case_id)
    assert system.arbitration.disputeOf(dispute)["deposit"] == FEE
    assert system.token.balanceOf(system.operator) == 0
    assert system.token.balanceOf(system.payer) == before
    assert court.stage(case_id) == CONTESTED


def test_a_stranger_contests_for_fee_and_stake(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id, by=system.stranger)
    assert system.arbitration.disputeOf(dispute)["deposit"] == 2 * FEE
    assert system.arbitration.disputeOf(dispute)["respondent"] == system.holder
    assert held(system) == 2 * FEE


def test_only_an_open_case_is_contested(system, make, court):
    case_id, _ = make.case()
    court.contested(case_id)
    with reverts("WrongStage", case_id, CONTESTED):
        court.contested(case_id, by=system.stranger)
    court.paid(case_id)
    with reverts("WrongStage", case_id, SETTLED):
        court.contested(case_id)
    with reverts("WrongStage", 9, 0):
        court.contested(9)
    closed, _ = make.case()
    system.settlement.close(closed, {"from": system.holder})
    with reverts("WrongStage", closed, CLOSED):
        court.contested(closed)


def test_an_upheld_case_is_contested_again_for_another_fee(system, make, court):
    case_id, _ = make.case()
    court.ruled(court.contested(case_id), REFUSED)
    assert court.contested(case_id) == 2
    assert system.arbitration.pendingOf(CASE, case_id.to_bytes(32, "big")) == 2


# ------------------------------------------------------------------------------------------------------------- attacks


def test_who_disputes_over_and_over_pays_the_holder_each_time(system, make, court):
    given = make.opening()
    for count in range(1, 4):
        court.ruled(court.disputed(given), REFUSED)
        assert owed(system, system.holder) == [count * FEE]
        assert standing(system, given) == CLEAR
    assert owed(system, system.stranger) == [0]
    assert court.opened(given) == 1


def test_a_dispute_of_the_registration_stops_no_payment(system, make, court):
    case_id, given = make.case()
    court.disputed(given)
    court.paid(case_id)
    assert court.stage(case_id) == SETTLED


def test_contests_stop_neither_payment_nor_reduction_nor_withdrawal(system, make, court):
    first, _ = make.case()
    second, _ = make.case()
    for case_id in (first, second):
        court.contested(case_id, by=system.stranger)
        system.settlement.lower(case_id, 10, {"from": system.holder})
    court.paid(first)
    system.settlement.close(second, {"from": system.holder})
    assert (court.stage(first), court.stage(second)) == (SETTLED, CLOSED)


# --------------------------------------------------------------------------------------------------------------- terms


@pytest.mark.parametrize("missing", range(6))
def test_a_panel_without_some_term_is_not_deployed(system, missing):
    terms = [system.registry, system.evidence, system.settlement, WINDOW, RULING, FEE]
    terms[missing] = 0 if missing > 2 else NOBODY
    with reverts("BadTerms"):
        system.governor.deploy(Arbitration, system.token, terms, system.authority)
