"""Settlement.lower, payReduced and recordDecision: what a case asks for while it is open."""

import pytest
from brownie import chain

from tests.contracts.conftest import BOND, EMPTY, NO_PERMIT, at_second, digest, reverts, word
from tests.contracts.enforcement.conftest import CLOSED, NOBODY, REFUSED, SETTLED, impersonated, wait, wallet


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
        court.reduced(1, 5, court.reduction(1, 5, by=system.holder))
    court.reduced(1, 5, court.reduction(1, 5, by=system.client))
    assert system.settlement.caseOf(1)["demand"] == 5


def test_a_contested_case_is_lowered_and_an_ended_one_is_not(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    system.settlement.lower(case_id, 100, {"from": system.holder})
    court.ruled(dispute, REFUSED)
    court.paid(case_id)
    with reverts("WrongStage", case_id, SETTLED):
        system.settlement.lower(case_id, 10, {"from": system.holder})
    with reverts("WrongStage", case_id, SETTLED):
        court.reduced(case_id, 10)


# ------------------------------------------------------------------------------------------- agreed for one payment


def test_anybody_pays_what_the_claimant_agreed_to(system, make, court):
    case_id, _ = make.case()
    tx = court.reduced(case_id, 20000, payer=system.stranger)
    assert tx.events["DemandLowered"]["demand"] == 20000 == system.settlement.caseOf(case_id)["demand"]
    assert (tx.events["CaseSettled"]["payer"], tx.events["CaseSettled"]["amount"]) == (system.stranger, 20000 * 10**16)
    assert court.stage(case_id) == SETTLED


def test_an_agreement_that_nobody_pays_lowers_nothing(system, make, court):
    case_id, given = make.case()
    signed = court.reduction(case_id, 20000)
    quote = make.quote(case_id)
    make.funded(system.payer, quote[3], system.settlement)
    with reverts("WrongAmount"):
        system.settlement.payReduced(quote, make.signed_quote(quote), NO_PERMIT, *signed, {"from": system.payer})
    assert system.settlement.caseOf(case_id)["demand"] == given[5]


def test_an_agreed_demand_is_lower_and_has_an_amount(make, court):
    case_id, given = make.case()
    for demand in (given[5], given[5] + 1):
        with reverts("NotLower", demand, given[5]):
            court.reduced(case_id, demand)
    with reverts("EmptyDemand"):
        court.reduced(case_id, 0)


def test_an_agreement_is_paid_once(make, court):
    case_id, _ = make.case()
    signed = court.reduction(case_id, 20000)
    court.reduced(case_id, 20000, signed)
    with reverts("WrongStage", case_id, SETTLED):
        court.reduced(case_id, 20000, signed)


def test_an_agreement_is_for_one_case_and_one_demand(system, make, court):
    first, _ = make.case()
    second, _ = make.case()
    given, consent = court.reduction(first, 20000)
    for changed in ((second, *given[1:]), (first, 100, given[2]), (*given[:2], given[2] + 1)):
        with reverts("BadSignature", system.holder):
            court.reduced(first, 20000, (changed, consent))
    with reverts("BadSignature", NOBODY):
        court.reduced(9, 20000, ((9, *given[1:]), consent))


def test_an_agreement_ends_with_its_deadline(system, make, court):
    case_id, _ = make.case()
    make.funded(system.payer, 10**18, system.settlement)
    for late in (1, 0):
        deadline = chain[-1].timestamp + 100
        quote = make.quoted(system.settlement, word(case_id), 100)
        given = (quote, make.signed_quote(quote), NO_PERMIT, *court.reduction(case_id, 100, deadline))
        at_second(deadline + late)
        if late:
            with reverts("Expired", deadline, deadline + 1):
                system.settlement.payReduced(*given, {"from": system.payer})
    system.settlement.payReduced(*given, {"from": system.payer})


def test_an_agreement_is_taken_back(system, make, court):
    case_id, _ = make.case()
    signed = court.reduction(case_id, 100)
    system.settlement.cancelSignatures({"from": system.stranger})
    system.settlement.cancelSignatures({"from": system.holder})
    with reverts("BadSignature", system.holder):
        court.reduced(case_id, 100, signed)
    court.reduced(case_id, 100)


def test_an_agreement_is_paid_with_a_permit(system, make, court):
    case_id, _ = make.case()
    quote = make.quoted(system.settlement, word(case_id), 100)
    system.token.transfer(system.payer, quote[3], {"from": system.governor})
    permit, agreed = court.permit(system.payer, quote[3]), court.reduction(case_id, 100)
    system.settlement.payReduced(quote, make.signed_quote(quote), permit, *agreed, {"from": system.payer})
    assert court.stage(case_id) == SETTLED


def test_a_contract_wallet_agrees_by_erc_1271(system, make, court):
    given = make.opening()
    claimant = wallet(accepted=digest("yes"))
    system.token.transfer(claimant.address, BOND, {"from": system.governor})
    by = {"from": impersonated(claimant.address)}
    system.token.approve(system.settlement, BOND, by)
    system.settlement.openAssigned(given, *court.assignment(given[1][0], claimant), by)
    agreed = (1, 7, chain.time() + 100)
    with reverts("BadSignature", claimant.address):
        court.reduced(1, 7, (agreed, digest("no")))
    court.reduced(1, 7, (agreed, digest("yes")))
    assert system.settlement.caseOf(1)["demand"] == 7


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
