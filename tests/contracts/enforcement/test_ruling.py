"""Arbitration: what a ruling or a silent panel does."""

import pytest
from brownie import chain
from eth_account.messages import encode_typed_data

from tests.contracts.conftest import (
    BOND,
    DAY,
    EMPTY,
    FEE,
    RULING,
    at_second,
    deployed,
    digest,
    makers,
    raw,
    reverts,
    signers,
)
from tests.contracts.enforcement.conftest import (
    ABUSE,
    DISMISSED,
    OPEN,
    REFUSED,
    REGISTRATION,
    SETTLED,
    SUSTAINED,
    courts,
    earned,
    fresh_item,
    held,
    owed,
    standing,
    standing_of_item,
    wait,
)

CLEAR, REJECTED = 0, 2


# -------------------------------------------------------------------------------------------------------------- rulings


@pytest.mark.parametrize("outcome, after", [(SUSTAINED, REJECTED), (REFUSED, CLEAR)])
def test_a_registration_falls_or_stands(system, make, court, outcome, after):
    given = make.opening()
    dispute = court.disputed(given)
    tx = court.ruled(dispute, outcome)
    assert standing(system, given) == after
    assert dict(tx.events["DisputeRuled"]) == {
        "disputeId": dispute,
        "outcome": outcome,
        "barredUntil": 0,
        "reasonsHash": digest("reasons"),
        "panel": [p.address for p in system.panel[:2]],
    }
    assert system.arbitration.disputeOf(dispute)["outcome"] == outcome
    assert system.arbitration.disputeOf(dispute)["deposit"] == 0
    assert system.arbitration.pendingOf(REGISTRATION, given[1][0]) == 0


@pytest.mark.parametrize("outcome, after", [(SUSTAINED, REJECTED), (REFUSED, CLEAR)])
def test_an_item_falls_or_stands(system, make, court, outcome, after):
    given = fresh_item(make)
    court.ruled(court.challenged(given), outcome)
    assert standing_of_item(system, given) == after


@pytest.mark.parametrize("outcome, after", [(SUSTAINED, DISMISSED), (ABUSE, DISMISSED), (REFUSED, OPEN)])
def test_a_case_is_dismissed_or_goes_on(make, court, outcome, after):
    case_id, _ = make.case()
    court.ruled(court.contested(case_id), outcome)
    assert court.stage(case_id) == after


def test_a_registration_that_was_upheld_can_be_disputed_again(make, court):
    given = make.opening()
    court.ruled(court.disputed(given), REFUSED)
    assert court.disputed(given) == 2


@pytest.mark.parametrize("outcome, winner", [(SUSTAINED, "stranger"), (REFUSED, "holder")])
def test_the_stake_goes_to_the_winner_of_each_matter(system, make, court, outcome, winner):
    case_id, _ = make.case()
    cases = [court.contested(case_id, by=system.stranger), court.disputed(make.opening())]
    cases.append(court.challenged(fresh_item(make)))
    for count, dispute in enumerate(cases, 1):
        court.ruled(dispute, outcome)
        assert owed(system, getattr(system, winner)) == [count * FEE]
    assert sum(owed(system, system.stranger, system.holder)) == 3 * FEE
    assert held(system) == sum(earned(system)) + 3 * FEE == 6 * FEE


def test_the_challenger_of_an_abuse_gets_his_stake_back(system, make, court):
    case_id, _ = make.case()
    court.ruled(court.contested(case_id, by=system.stranger), ABUSE)
    assert owed(system, system.stranger, system.holder) == [FEE, 0]


def test_there_is_no_stake_in_an_image_users_contest(system, make, court):
    for outcome in (SUSTAINED, REFUSED, ABUSE):
        case_id, _ = make.case()
        court.ruled(court.contested(case_id), outcome)
    assert owed(system, system.operator, system.holder) == [0, 0]
    assert held(system) == sum(earned(system)) == 3 * FEE


@pytest.mark.parametrize("fee", [FEE, FEE + 1, FEE + 2, 1])
def test_the_panel_shares_the_fee_to_the_wei(fee):
    system = deployed(arbitration_fee=fee)
    make = makers(system)
    court = courts(system, make)
    case_id, _ = make.case()
    make.funded(system.operator, fee, system.arbitration)
    system.arbitration.contest(case_id, digest("reasons"), {"from": system.operator})
    court.ruled(1, REFUSED, by=system.panel)
    assert earned(system) == [fee // 3 + fee % 3, fee // 3, fee // 3]
    assert sum(earned(system)) == fee == held(system)


def test_rulers_take_their_fee_out(system, make, court):
    case_id, _ = make.case()
    court.ruled(court.contested(case_id, by=system.stranger), SUSTAINED)
    system.arbitration.withdraw(system.stranger, {"from": system.stranger})
    assert system.token.balanceOf(system.stranger) == FEE
    with reverts("NothingOwed", system.stranger):
        system.arbitration.withdraw(system.stranger, {"from": system.stranger})


def test_abuse_is_found_in_cases_only(system, make, court):
    for dispute in (court.disputed(make.opening()), court.challenged(fresh_item(make))):
        with reverts("BadOutcome", ABUSE):
            court.ruled(dispute, ABUSE)


def test_a_ruling_says_something(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    with reverts("BadOutcome", 0):
        court.ruled(dispute, 0)


def test_a_dispute_is_ruled_once(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    court.ruled(dispute, REFUSED)
    with reverts("NotPending", dispute):
        court.ruled(dispute, SUSTAINED)
    with reverts("NotPending", dispute):
        system.arbitration.lapse(dispute, {"from": system.stranger})
    for unknown in (0, 9):
        with reverts("NotPending", unknown):
            court.ruled(unknown, SUSTAINED)
        with reverts("NotPending", unknown):
            system.arbitration.lapse(unknown, {"from": system.stranger})


def test_a_minority_of_the_panel_rules_nothing(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    with reverts("QuorumMissing", 1, 2):
        court.ruled(dispute, SUSTAINED, by=system.panel[:1])
    with reverts("NotMember", system.members[0].address):
        court.ruled(dispute, SUSTAINED, by=system.members[:2])


def test_a_ruling_is_carried_out_as_it_was_signed(system, make, court):
    first, second = make.case()[0], make.case()[0]
    one, two = court.contested(first), court.contested(second)
    given, signatures = make.ruling(one, REFUSED)
    for changed in ((two, *given[1:]), (one, SUSTAINED, *given[2:]), (*given[:2], 1, given[3]), (*given[:3], EMPTY)):
        with reverts("(NotMember|SignersNotAscending)"):
            system.arbitration.rule(changed, signatures, {"from": system.stranger})


@pytest.mark.parametrize("changed", [{"chainId": 1}, {"verifyingContract": "0x" + "11" * 20}])
def test_a_ruling_of_a_fork_or_another_panel_does_not_count(system, make, court, changed):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    given, _ = make.ruling(dispute, SUSTAINED)
    fields = {"disputeId": "uint256", "outcome": "uint8", "barredUntil": "uint64", "reasonsHash": "bytes32"}
    domain = {"name": "CopyTrack Arbitration", "version": "1", "chainId": chain.id}
    domain = {**domain, "verifyingContract": system.arbitration.address, **changed}
    types = {"Ruling": [{"name": name, "type": kind} for name, kind in fields.items()]}
    message = dict(zip(fields, (*given[:3], raw(given[3])), strict=True))
    signable = encode_typed_data(domain, types, message)
    signed = [p.sign_message(signable).signature for p in system.panel[:2]]
    with reverts("(NotMember|SignersNotAscending)"):
        system.arbitration.rule(given, signed, {"from": system.stranger})


# ----------------------------------------------------------------------------------------------------- the panel's time


def test_the_panel_rules_to_the_last_second_of_its_time(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id)
    signed = make.ruling(dispute, REFUSED)
    deadline = system.arbitration.disputeOf(dispute)["deadline"]
    at_second(deadline)
    with reverts("TooEarly", deadline):
        system.arbitration.lapse(dispute, {"from": system.stranger})
    at_second(deadline + 1)
    with reverts("TooLate", deadline):
        system.arbitration.rule(*signed, {"from": system.stranger})
    tx = system.arbitration.lapse(dispute, {"from": system.stranger})
    assert dict(tx.events["DisputeLapsed"]) == {"disputeId": dispute, "outcome": SUSTAINED}

    case_id, _ = make.case()
    dispute = court.contested(case_id)
    signed = make.ruling(dispute, REFUSED)
    at_second(system.arbitration.disputeOf(dispute)["deadline"])
    system.arbitration.rule(*signed, {"from": system.stranger})
    assert court.stage(case_id) == OPEN


def test_a_silent_panel_earns_nothing_and_the_deposit_goes_back_whole(system, make, court):
    case_id, _ = make.case()
    disputes = [court.contested(case_id), court.disputed(make.opening()), court.challenged(fresh_item(make))]
    wait(RULING + 1)
    for dispute in disputes:
        system.arbitration.lapse(dispute, {"from": system.client})
    assert earned(system) == [0, 0, 0]
    assert owed(system, system.operator, system.stranger, system.holder) == [FEE, 4 * FEE, 0]
    assert held(system) == 5 * FEE


def test_by_default_a_registration_stands(system, make, court):
    given = make.opening()
    dispute = court.disputed(given)
    wait(RULING + 1)
    tx = system.arbitration.lapse(dispute, {"from": system.stranger})
    assert tx.events["DisputeLapsed"]["outcome"] == REFUSED
    assert standing(system, given) == CLEAR
    assert court.opened(given) == 1


def test_by_default_an_item_falls(system, make, court):
    given = fresh_item(make)
    dispute = court.challenged(given)
    wait(RULING + 1)
    system.arbitration.lapse(dispute, {"from": system.stranger})
    assert standing_of_item(system, given) == REJECTED


def test_by_default_the_claimant_loses_but_keeps_his_bond(system, make, court):
    case_id, given = make.case()
    dispute = court.contested(case_id)
    wait(RULING + 1)
    tx = system.arbitration.lapse(dispute, {"from": system.stranger})
    assert court.stage(case_id) == DISMISSED
    assert system.settlement.owed(system.holder) == BOND
    assert system.settlement.freeFrom(given[1][0], given[1][2]) == tx.timestamp
    assert tx.events["CaseDismissed"]["burntBond"] == 0


def test_a_ruling_after_payment_changes_no_settlement_but_is_paid(system, make, court):
    case_id, _ = make.case()
    dispute = court.contested(case_id, by=system.stranger)
    quote, _ = court.paid(case_id)
    settled = system.settlement.owed(system.operator)
    court.ruled(dispute, SUSTAINED)
    assert court.stage(case_id) == SETTLED
    assert system.settlement.owed(system.operator) == settled == quote[3] * 30 // 100
    assert sum(earned(system)) == FEE
    assert owed(system, system.stranger) == [FEE]


def test_a_panel_that_was_never_named_rules_nothing_and_money_comes_back(system, make):
    """Whatever happens to the panel, a deposit is never stuck: anybody brings the default."""
    given = make.opening()
    make.funded(system.stranger, 2 * FEE, system.arbitration)
    system.arbitration.disputeRegistration(system.holder, given[3], digest("reasons"), {"from": system.stranger})
    system.arbitration.setMembers([s.address for s in signers("lost keys", 3)], 2, {"from": system.governor})
    wait(RULING + 1)
    system.arbitration.lapse(1, {"from": system.client})
    system.arbitration.withdraw(system.stranger, {"from": system.stranger})
    assert system.token.balanceOf(system.stranger) == 2 * FEE


def test_a_member_of_the_panel_who_signs_twice_is_one_member(system, make, court):
    _, given = make.case()
    member = system.panel[0]
    with reverts("SignersNotAscending", member.address, member.address):
        court.ruled(court.disputed(given), REFUSED, by=[member, member])


def test_what_is_owed_is_not_sent_to_the_contract_itself(system, make, court):
    _, given = make.case()
    court.ruled(court.disputed(given), SUSTAINED)
    with reverts("CannotReceive", system.arbitration):
        system.arbitration.withdraw(system.arbitration, {"from": system.stranger})


def withdrawn_and_opened_again(system, make, court):
    """Returns (dispute about the first case, second case, what opened the first, when the second use was seen)."""
    first, given = make.case()
    dispute = court.contested(first)
    system.settlement.close(first, {"from": system.holder})
    wait(10)
    seen = chain[-1].timestamp
    return dispute, court.opened(court.again(given, seen)), given, seen


def test_a_ruling_on_an_ended_case_ends_the_next_one_on_what_it_frees(system, make, court):
    """The holder withdraws a contested case, and claims what is seen a moment later; then the panel rules."""
    dispute, second, given, seen = withdrawn_and_opened_again(system, make, court)
    quote = make.quote(second)
    tx = court.ruled(dispute, SUSTAINED, seen + DAY)
    assert tx.events["CaseDismissed"] == {"caseId": second, "barredUntil": seen + DAY, "burntBond": 0}
    with reverts("WrongStage", second, DISMISSED):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    assert system.settlement.openCase(given[1][0], given[1][2]) == 0


def test_a_ruling_on_an_ended_case_leaves_the_next_one_on_what_was_seen_later(system, make, court):
    dispute, second, _, seen = withdrawn_and_opened_again(system, make, court)
    court.ruled(dispute, SUSTAINED, seen - 1)
    assert court.stage(second) == OPEN
    court.paid(second)
