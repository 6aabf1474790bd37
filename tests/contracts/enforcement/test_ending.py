"""Settlement.close, contested and decide: how a case ends without money."""

import pytest
from brownie import chain

from tests.contracts.conftest import BOND, DAY, GRACE, digest, reverts
from tests.contracts.enforcement.conftest import (
    ABUSE,
    CLOSED,
    CONTESTED,
    DISMISSED,
    OPEN,
    REFUSED,
    SETTLED,
    SUSTAINED,
    refused,
    wait,
)


def place(given):
    return given[1][0], given[1][2]


# ---------------------------------------------------------------------------------------------------------- withdrawal


def test_the_claimant_withdraws_a_case_and_gets_the_bond_back(system, make, court):
    case_id, given = make.case()
    tx = system.settlement.close(case_id, {"from": system.holder})
    assert tx.events["CaseClosed"]["caseId"] == case_id
    assert court.stage(case_id) == CLOSED
    assert system.settlement.openCase(*place(given)) == 0
    assert system.settlement.freeFrom(*place(given)) == tx.timestamp
    assert system.settlement.owed(system.holder) == BOND
    system.settlement.withdraw(system.holder, {"from": system.holder})
    assert system.token.balanceOf(system.holder) == BOND


def test_only_the_claimant_withdraws(system, make):
    case_id, _ = make.case()
    for account in (system.stranger, system.operator, system.governor):
        with reverts("NotClaimant", case_id, account):
            system.settlement.close(case_id, {"from": account})
    with reverts("NotClaimant", 9, system.holder):
        system.settlement.close(9, {"from": system.holder})


def test_a_case_is_withdrawn_once(system, make):
    case_id, _ = make.case()
    system.settlement.close(case_id, {"from": system.holder})
    with reverts("WrongStage", case_id, CLOSED):
        system.settlement.close(case_id, {"from": system.holder})


def test_a_paid_case_is_not_withdrawn(system, make, court):
    case_id, _ = make.case()
    court.paid(case_id)
    with reverts("WrongStage", case_id, SETTLED):
        system.settlement.close(case_id, {"from": system.holder})


def test_anybody_ends_the_case_of_a_rejected_registration(system, make, court):
    case_id, given = make.case()
    dispute = court.disputed(given)
    with reverts("NotClaimant", case_id, system.payer):
        system.settlement.close(case_id, {"from": system.payer})
    court.ruled(dispute, SUSTAINED)
    tx = system.settlement.close(case_id, {"from": system.payer})
    assert tx.events["CaseClosed"]["caseId"] == case_id
    assert court.stage(case_id) == CLOSED
    assert system.settlement.freeFrom(*place(given)) == tx.timestamp
    assert (system.settlement.owed(system.holder), system.settlement.owed(system.payer)) == (BOND, 0)


def test_withdrawal_releases_nobody(system, make):
    case_id, given = make.case()
    system.settlement.close(case_id, {"from": system.holder})
    assert system.settlement.releasedUntil(*place(given)) == 0
    assert not system.ledger.covered(*given[1][:3], given[1][6], given[1][6])


# ----------------------------------------------------------------------------------------------------------- the panel


def test_only_arbitration_decides_cases(system, make):
    case_id, _ = make.case()
    for account in (system.governor, system.holder):
        with reverts("NotArbitration", account):
            system.settlement.contested(case_id, {"from": account})
        with reverts("NotArbitration", account):
            system.settlement.decide(case_id, False, 0, True, {"from": account})
    assert system.settlement.arbitration() == system.arbitration


def test_an_upheld_case_goes_on(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    assert court.stage(case_id) == CONTESTED
    tx = court.ruled(dispute, REFUSED, chain.time() + 100 * DAY)
    assert tx.events["CaseUpheld"]["caseId"] == case_id
    assert court.stage(case_id) == OPEN
    assert system.settlement.owed(system.holder) == 0
    court.paid(case_id)
    assert system.settlement.owed(system.holder) > BOND


def test_a_dismissed_case_costs_the_claimant_nothing(system, make, court):
    case_id, given = make.case()
    tx = court.ruled(court.contested(case_id), SUSTAINED)
    assert dict(tx.events["CaseDismissed"]) == {"caseId": case_id, "barredUntil": tx.timestamp, "burntBond": 0}
    assert court.stage(case_id) == DISMISSED
    assert system.settlement.owed(system.holder) == BOND
    assert system.settlement.freeFrom(*place(given)) == tx.timestamp


def test_the_bond_of_an_abuse_is_burnt(system, make, court):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    supply, bar = system.token.totalSupply(), chain.time() + 30 * DAY
    tx = court.ruled(dispute, ABUSE, bar)
    assert dict(tx.events["CaseDismissed"]) == {"caseId": case_id, "barredUntil": bar, "burntBond": BOND}
    assert system.token.totalSupply() == supply - BOND
    assert system.token.balanceOf(system.settlement) == 0 == system.settlement.owed(system.holder)
    assert system.settlement.freeFrom(*place(given)) == bar


def test_a_bar_in_the_past_ends_with_the_ruling(system, make, court):
    case_id, given = make.case()
    tx = court.ruled(court.contested(case_id), SUSTAINED, 1)
    assert system.settlement.freeFrom(*place(given)) == tx.timestamp


# ----------------------------------------------------------------- what ends before the panel has spoken keeps its bond


def ended(system, court, case_id, how):
    if how == CLOSED:
        system.settlement.close(case_id, {"from": system.holder})
        return 0
    quote, _ = court.paid(case_id)
    return quote[3] - quote[3] * 30 // 100


@pytest.mark.parametrize("how", [CLOSED, SETTLED])
@pytest.mark.parametrize("outcome", [SUSTAINED, REFUSED])
def test_the_bond_is_free_when_the_panel_has_spoken(system, make, court, how, outcome):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    paid = ended(system, court, case_id, how)
    assert system.settlement.owed(system.holder) == paid
    tx = court.ruled(dispute, outcome)
    assert dict(tx.events["EndedCaseDecided"]) == {"caseId": case_id, "barredUntil": 0, "burntBond": 0}
    assert "CaseDismissed" not in tx.events and "CaseUpheld" not in tx.events
    assert court.stage(case_id) == how
    assert system.settlement.owed(system.holder) == paid + BOND


@pytest.mark.parametrize("how", [CLOSED, SETTLED])
def test_nobody_saves_the_bond_of_an_abuse_by_ending_the_case_first(system, make, court, how):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    # The cheapest way out: demand a cent and pay it oneself.
    system.settlement.lower(case_id, 1, {"from": system.holder})
    paid = ended(system, court, case_id, how)
    supply, bar = system.token.totalSupply(), chain.time() + 400 * DAY
    tx = court.ruled(dispute, ABUSE, bar)
    assert dict(tx.events["EndedCaseDecided"]) == {"caseId": case_id, "barredUntil": bar, "burntBond": BOND}
    assert system.token.totalSupply() == supply - BOND
    assert system.settlement.owed(system.holder) == paid
    assert court.stage(case_id) == how
    assert system.settlement.freeFrom(*place(given)) == bar


@pytest.mark.parametrize("how", [CLOSED, SETTLED])
def test_the_bond_is_free_when_the_panel_stays_silent(system, make, court, how):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    paid = ended(system, court, case_id, how)
    bar = system.settlement.freeFrom(*place(given))
    wait(8 * DAY)
    system.arbitration.lapse(dispute, {"from": system.stranger})
    assert system.settlement.owed(system.holder) == paid + BOND
    assert system.settlement.freeFrom(*place(given)) == bar


def test_a_refused_contest_bars_nothing_after_withdrawal(system, make, court):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    closed_at = system.settlement.close(case_id, {"from": system.holder}).timestamp
    court.ruled(dispute, REFUSED, chain.time() + 100 * DAY)
    assert system.settlement.freeFrom(*place(given)) == closed_at


def test_the_same_picture_on_the_same_page_is_claimed_again_once_its_case_is_closed(system, make, court):
    work_id = make.work("twice on one page")
    make.attested(work_id)
    given = court.sighted(work_id, digest("twice on one page"), url="page")
    case_id = court.opened(given)
    refused(system, court.again(given, url="page"), "AlreadyOpen", case_id)
    closed_at = system.settlement.close(case_id, {"from": system.holder}).timestamp
    wait(1)
    assert court.opened(court.again(given, closed_at + 1, url="page")) == case_id + 1


def test_a_late_ruling_leaves_the_next_case_alone(system, make, court):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    system.settlement.close(case_id, {"from": system.holder})
    wait(10)
    second = court.opened(court.again(given, chain[-1].timestamp))
    court.ruled(dispute, ABUSE)
    assert court.stage(second) == OPEN
    assert system.settlement.openCase(*place(given)) == second
    assert system.token.balanceOf(system.settlement) == BOND
    court.paid(second)
    assert system.settlement.owed(system.holder) > BOND


def test_a_bar_is_never_shortened(system, make, court):
    first, given = make.case()
    dispute = court.contested(first)
    system.settlement.close(first, {"from": system.holder})
    wait(10)
    second = court.opened(court.again(given, chain[-1].timestamp))
    bar = chain.time() + 300 * DAY
    court.ruled(court.contested(second), ABUSE, bar)
    court.ruled(dispute, SUSTAINED, bar - 100 * DAY)
    assert system.settlement.freeFrom(*place(given)) == bar


def test_a_settled_case_stays_released_whatever_the_panel_says(system, make, court):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    _, tx = court.paid(case_id)
    court.ruled(dispute, SUSTAINED)
    assert system.settlement.releasedUntil(*place(given)) == tx.timestamp + GRACE
