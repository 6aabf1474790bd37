"""Settlement.openAssigned: a case that the owners before and after a sale agree to."""

from brownie import chain

from tests.contracts.conftest import BOND, at_second, digest, reverts
from tests.contracts.enforcement.conftest import (
    wallet,
)

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


def assigned(system, court, given, name, *arguments, by=None, signer=None, assignee=None, **kwargs):
    """Opening with this assignment is refused."""
    assignee = assignee or system.client
    signed = court.assignment(kwargs.pop("work_id", given[1][0]), assignee, by=signer, **kwargs)
    by = by or assignee
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


def test_the_holder_at_that_time_agrees(system, make, court):
    given = make.opening()
    court.sold(given[1][0])
    assigned(system, court, given, "BadSignature", system.holder, signer=system.client)
    later = court.again(given, chain[-1].timestamp)
    assigned(system, court, later, "BadSignature", system.client, signer=system.holder, assignee=system.stranger)


def test_the_owner_of_today_agrees_too(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    for account in (system.stranger, system.holder):
        make.funded(account, BOND, system.settlement)
    assigned(system, court, given, "BadSignature", system.client, signer=system.holder, assignee=system.stranger)
    assigned(system, court, given, "BadSignature", system.client, signer=system.holder, assignee=system.holder)
    signed = court.assignment(work_id, system.holder, by=system.client)
    tx = system.settlement.openAssigned(given, *signed, {"from": system.holder})
    assert (tx.events["CaseOpened"]["claimant"], tx.events["CaseOpened"]["holder"]) == (system.holder, system.holder)


def test_somebody_else_acts_with_the_word_of_both_owners(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    court.sold(work_id)
    make.funded(system.stranger, BOND, system.settlement)
    by = {"from": system.stranger}
    assignment, theirs = court.assignment(work_id, system.stranger, by=system.holder)
    _, ours = court.assignment(work_id, system.stranger, deadline=assignment[-1], by=system.client)
    for wrong, missing in ((ours + theirs, system.holder), ([], system.holder), (theirs, system.client)):
        with reverts("BadSignature", missing):
            system.settlement.openAssigned(given, assignment, wrong, by)
    tx = system.settlement.openAssigned(given, assignment, theirs + ours, by)
    assert (tx.events["CaseOpened"]["claimant"], tx.events["CaseOpened"]["holder"]) == (system.stranger, system.holder)


def test_whoever_is_both_owners_needs_nobodys_word(system, make, court):
    given = make.opening()
    make.funded(system.holder, BOND, system.settlement)
    assignment, _ = court.assignment(given[1][0], system.holder)
    system.settlement.openAssigned(given, assignment, [], {"from": system.holder})
    assert system.settlement.caseOf(1)["claimant"] == system.holder


def test_an_assignment_is_taken_back(system, make, court):
    given = make.opening()
    signed = court.assignment(given[1][0], system.client)
    make.funded(system.client, BOND, system.settlement)
    tx = system.settlement.cancelSignatures({"from": system.holder})
    assert dict(tx.events["SignaturesCancelled"]) == {"signer": system.holder, "epoch": 1}
    assert tx.return_value == 1 == system.settlement.epochOf(system.holder)
    with reverts("BadSignature", system.holder):
        system.settlement.openAssigned(given, *signed, {"from": system.client})
    anew = court.assignment(given[1][0], system.client)
    system.settlement.openAssigned(given, *anew, {"from": system.client})


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
        system.settlement.openAssigned(later, assignment, [digest("no")], {"from": system.client})
    tx = system.settlement.openAssigned(later, assignment, [digest("yes")], {"from": system.client})
    assert tx.events["CaseOpened"]["holder"] == owner.address
