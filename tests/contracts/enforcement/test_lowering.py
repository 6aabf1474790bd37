"""Settlement.lower, lowerFor and recordDecision: what a case asks for while it is open."""

import pytest
from brownie import chain

from tests.contracts.conftest import BOND, EMPTY, at_second, digest, reverts
from tests.contracts.enforcement.conftest import CLOSED, REFUSED, SETTLED, impersonated, wait, wallet


def test_the_claimant_lowers_the_demand(system, make):
    case_id, given = make.case()
    tx = system.settlement.lower(case_id, given[5] - 1, {"from": system.holder})
    assert dict(tx.events["DemandLowered"]) == {"caseId": case_id, "demand": given[5] - 1}
    assert system.settlement.caseOf(case_id)["demand"] == given[5] - 1


def test_a_demand_is_never_raised(system, make, court):
    case_id, given = make.case()
    for demand in (given[5], given[5] + 1, 2**48 - 1):
        with reverts("NotLower", demand, given[5]):
            system.settlement.lower(case_id, demand, {"from": system.holder})
        with reverts("NotLower", demand, given[5]):
            system.settlement.lowerFor(*court.reduction(case_id, demand), {"from": system.stranger})


def test_a_demand_keeps_an_amount(system, make):
    case_id, _ = make.case()
    with reverts("EmptyDemand"):
        system.settlement.lower(case_id, 0, {"from": system.holder})
    system.settlement.lower(case_id, 1, {"from": system.holder})


def test_only_the_claimant_lowers(system, make):
    case_id, _ = make.case()
    with reverts("NotClaimant", case_id, system.stranger):
        system.settlement.lower(case_id, 1, {"from": system.stranger})
    with reverts("NotClaimant", 2, system.holder):
        system.settlement.lower(2, 1, {"from": system.holder})


def test_the_assignee_lowers_and_the_holder_does_not(system, make, court):
    given = make.opening()
    make.funded(system.client, BOND, system.settlement)
    signed = court.assignment(given[1][0], system.client)
    system.settlement.openAssigned(given, *signed, {"from": system.client})
    with reverts("NotClaimant", 1, system.holder):
        system.settlement.lower(1, 5, {"from": system.holder})
    with reverts("BadSignature", system.client):
        system.settlement.lowerFor(*court.reduction(1, 5, by=system.holder), {"from": system.stranger})
    system.settlement.lowerFor(*court.reduction(1, 5, by=system.client), {"from": system.stranger})
    assert system.settlement.caseOf(1)["demand"] == 5


def test_anybody_brings_what_the_claimant_agreed_to(system, make, court):
    case_id, _ = make.case()
    tx = system.settlement.lowerFor(*court.reduction(case_id, 20000), {"from": system.stranger})
    assert tx.events["DemandLowered"]["demand"] == 20000
    assert system.settlement.caseOf(case_id)["demand"] == 20000


def test_an_agreement_brought_twice_changes_nothing(system, make, court):
    case_id, _ = make.case()
    signed, lower = court.reduction(case_id, 20000), court.reduction(case_id, 100)
    system.settlement.lowerFor(*signed, {"from": system.stranger})
    with reverts("NotLower", 20000, 20000):
        system.settlement.lowerFor(*signed, {"from": system.stranger})
    system.settlement.lowerFor(*lower, {"from": system.stranger})
    with reverts("NotLower", 20000, 100):
        system.settlement.lowerFor(*signed, {"from": system.stranger})


def test_an_agreement_is_for_one_case_and_one_demand(system, make, court):
    first, _ = make.case()
    second, _ = make.case()
    given, signature = court.reduction(first, 20000)
    for changed in ((second, *given[1:]), (first, 100, given[2]), (*given[:2], given[2] + 1)):
        with reverts("BadSignature", system.holder):
            system.settlement.lowerFor(changed, signature, {"from": system.stranger})
    with reverts("BadSignature", "0x" + "00" * 20):
        system.settlement.lowerFor((9, *given[1:]), signature, {"from": system.stranger})


def test_an_agreement_ends_with_its_deadline(system, make, court):
    case_id, _ = make.case()
    deadline = chain[-1].timestamp + 100
    late = court.reduction(case_id, 100, deadline)
    at_second(deadline + 1)
    with reverts("Expired", deadline, deadline + 1):
        system.settlement.lowerFor(*late, {"from": system.stranger})
    case_id, _ = make.case()
    deadline = chain[-1].timestamp + 100
    timely = court.reduction(case_id, 200, deadline)
    at_second(deadline)
    system.settlement.lowerFor(*timely, {"from": system.stranger})


def test_a_contract_wallet_agrees_by_erc_1271(system, make, court):
    given = make.opening()
    claimant = wallet(accepted=digest("yes"))
    system.token.transfer(claimant.address, BOND, {"from": system.governor})
    by = {"from": impersonated(claimant.address)}
    system.token.approve(system.settlement, BOND, by)
    system.settlement.openAssigned(given, *court.assignment(given[1][0], claimant), by)
    with reverts("BadSignature", claimant.address):
        system.settlement.lowerFor((1, 7, chain.time() + 100), digest("no"), {"from": system.stranger})
    system.settlement.lowerFor((1, 7, chain.time() + 100), digest("yes"), {"from": system.stranger})
    assert system.settlement.caseOf(1)["demand"] == 7


def test_a_contested_case_is_lowered_and_an_ended_one_is_not(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    system.settlement.lower(case_id, 100, {"from": system.holder})
    court.ruled(dispute, REFUSED)
    court.paid(case_id)
    with reverts("WrongStage", case_id, SETTLED):
        system.settlement.lower(case_id, 10, {"from": system.holder})
    with reverts("WrongStage", case_id, SETTLED):
        system.settlement.lowerFor(*court.reduction(case_id, 10), {"from": system.stranger})


# -------------------------------------------------------------------------------------------------------- commission


def test_a_courts_decision_allows_a_higher_commission(system, make):
    case_id, _ = make.case()
    for bps in (3001, 5000, 4000):
        tx = system.settlement.recordDecision(case_id, digest("decision"), bps, {"from": system.holder})
        assert system.settlement.caseOf(case_id)["commissionBps"] == bps
    assert dict(tx.events["DecisionRecorded"]) == {
        "caseId": case_id,
        "decisionHash": digest("decision"),
        "commissionBps": 4000,
    }


@pytest.mark.parametrize("bps", [0, 2999, 3000, 5001, 10000, 65535])
def test_commission_stays_within_its_bounds(system, make, bps):
    case_id, _ = make.case()
    with reverts("BadCommission", bps):
        system.settlement.recordDecision(case_id, digest("decision"), bps, {"from": system.holder})
    assert system.settlement.caseOf(case_id)["commissionBps"] == 3000


def test_without_a_decision_commission_is_30_percent(system, make):
    case_id, _ = make.case()
    with reverts("BadCommission", 4000):
        system.settlement.recordDecision(case_id, EMPTY, 4000, {"from": system.holder})


def test_only_the_claimant_records_a_decision_and_only_in_time(system, make):
    case_id, _ = make.case()
    for account in (system.operator, system.stranger):
        with reverts("NotClaimant", case_id, account):
            system.settlement.recordDecision(case_id, digest("decision"), 5000, {"from": account})
    system.settlement.close(case_id, {"from": system.holder})
    wait(1)
    with reverts("WrongStage", case_id, CLOSED):
        system.settlement.recordDecision(case_id, digest("decision"), 5000, {"from": system.holder})
