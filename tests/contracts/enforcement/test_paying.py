"""Settlement.pay, payWithPermit and refund: what an image user pays and who gets it."""

import brownie
import pytest
from brownie import Rates, accounts, chain
from brownie.test import given, strategy
from hypothesis import HealthCheck, settings

from tests.contracts.conftest import BOND, EMPTY, GRACE, NO_PERMIT, at_second, digest, reverts, word
from tests.contracts.enforcement.conftest import CLOSED, DISMISSED, OPEN, SETTLED, SUSTAINED, impersonated, wait

RATE = 10**16


def held(system):
    return system.token.balanceOf(system.settlement)


def test_payment_is_shared_and_releases_the_use(system, make, court):
    case_id, found = make.case()
    quote, tx = court.paid(case_id)
    commission = quote[3] * 30 // 100
    assert court.stage(case_id) == SETTLED
    assert system.settlement.owed(system.holder) == quote[3] - commission + BOND
    assert system.settlement.owed(system.operator) == commission
    assert held(system) == quote[3] + BOND
    assert dict(tx.events["CaseSettled"]) == {
        "caseId": case_id,
        "payer": system.payer,
        "amount": quote[3],
        "rate": quote[2],
        "holderPart": quote[3] - commission,
        "commission": commission,
    }
    until = tx.timestamp + GRACE
    assert dict(tx.events["ReleaseGranted"]) == {
        "workId": found[1][0],
        "siteHash": found[1][2],
        "caseId": case_id,
        "until": until,
    }
    assert system.settlement.openCase(found[1][0], found[1][2]) == 0
    assert system.settlement.freeFrom(found[1][0], found[1][2]) == 0
    assert system.ledger.covered(*found[1][:3], found[1][6], until)
    assert not system.ledger.covered(*found[1][:3], found[1][6], until + 1)


def test_anybody_may_pay(system, make, court):
    case_id, _ = make.case()
    _, tx = court.paid(case_id, system.stranger)
    assert tx.events["CaseSettled"]["payer"] == system.stranger


def test_who_cannot_pay_settles_nothing(system, make, court):
    case_id, _ = make.case()
    quote = make.quote(case_id)
    make.funded(system.payer, quote[3] - 1, system.settlement)
    with reverts("ERC20InsufficientAllowance"):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    assert court.stage(case_id) == OPEN


def test_a_case_is_paid_while_it_is_contested(system, make, court):
    case_id, _ = make.case()
    court.contested(case_id)
    court.paid(case_id)
    assert court.stage(case_id) == SETTLED


def test_a_case_of_a_rejected_registration_takes_no_money(system, make, court):
    case_id, given = make.case()
    dispute = court.disputed(given)
    quote = make.quote(case_id)
    make.funded(system.payer, quote[3], system.settlement)
    court.ruled(dispute, SUSTAINED)
    with reverts("DisputedRegistration", given[1][0]):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    with reverts("DisputedRegistration", given[1][0]):
        court.reduced(case_id, 5)
    assert court.stage(case_id) == OPEN


def test_a_case_is_paid_once(system, make, court):
    case_id, _ = make.case()
    quote, _ = court.paid(case_id)
    make.funded(system.payer, quote[3], system.settlement)
    with reverts("WrongStage", case_id, SETTLED):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})


def test_an_ended_case_takes_no_money(system, make, court):
    closed, _ = make.case()
    dismissed, _ = make.case()
    quotes = [make.quote(c) for c in (closed, dismissed)]
    system.settlement.close(closed, {"from": system.holder})
    court.ruled(court.contested(dismissed), SUSTAINED)
    for case_id, stage, quote in zip((closed, dismissed), (CLOSED, DISMISSED), quotes, strict=True):
        with reverts("WrongStage", case_id, stage):
            system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    unknown = (quotes[0][0], word(9), *quotes[0][2:])
    with reverts("WrongStage", 9, 0):
        system.settlement.pay(unknown, make.signed_quote(unknown), {"from": system.payer})


def test_the_demand_as_it_was_lowered_is_paid(system, make, court):
    case_id, _ = make.case(demand=30000)
    before = make.quote(case_id, rate=RATE)
    system.settlement.lower(case_id, 10000, {"from": system.holder})
    make.funded(system.payer, before[3], system.settlement)
    with reverts("WrongAmount", 30000 * RATE, 10000 * RATE):
        system.settlement.pay(before, make.signed_quote(before), {"from": system.payer})
    quote, _ = court.paid(case_id, rate=RATE)
    assert quote[3] == 10000 * RATE


# ------------------------------------------------------------------------------------------------------------ quotes


def test_a_quote_lives_to_its_last_second(system, make):
    case_id, _ = make.case()
    end = chain[-1].timestamp + 300
    quote = make.quote(case_id, valid=end)
    signed = make.signed_quote(quote)
    make.funded(system.payer, quote[3], system.settlement)
    at_second(end + 1)
    with reverts("StaleQuote", end, end + 1):
        system.settlement.pay(quote, signed, {"from": system.payer})
    end += 300
    quote = make.quote(case_id, valid=end)
    signed = make.signed_quote(quote)
    at_second(end)
    system.settlement.pay(quote, signed, {"from": system.payer})


def test_a_quote_is_valid_for_15_minutes_at_most(system, make):
    case_id, found = make.case()
    issued = chain[-1].timestamp
    subject = (system.settlement, word(case_id), found[5])
    long = make.quoted(*subject, issued=issued, valid=issued + 901)
    make.funded(system.payer, long[3], system.settlement)
    signed = make.signed_quote(long)
    # However late it is brought.
    at_second(issued + 890)
    with reverts("QuoteTooLong", issued + 901, issued + 900):
        system.settlement.pay(long, signed, {"from": system.payer})
    quote = make.quoted(*subject, issued=issued, valid=issued + 900)
    signed = make.signed_quote(quote)
    at_second(issued + 900)
    system.settlement.pay(quote, signed, {"from": system.payer})


def test_a_quote_is_not_from_the_future(system, make):
    case_id, found = make.case()
    issued = chain[-1].timestamp + 100
    quote = make.quoted(system.settlement, word(case_id), found[5], issued=issued)
    signed = make.signed_quote(quote)
    make.funded(system.payer, quote[3], system.settlement)
    at_second(issued - 1)
    with reverts("QuoteFromFuture", issued, issued - 1):
        system.settlement.pay(quote, signed, {"from": system.payer})
    at_second(issued)
    system.settlement.pay(quote, signed, {"from": system.payer})


def test_a_quote_is_for_one_case_of_one_contract(system, make):
    case_id, found = make.case()
    other, _ = make.case()
    quote = make.quote(case_id)
    elsewhere = (system.ledger.address, *quote[1:])
    make.funded(system.payer, quote[3], system.settlement)
    with reverts("WrongSubject"):
        system.settlement.pay(elsewhere, make.signed_quote(elsewhere), {"from": system.payer})
    with reverts("WrongSubject"):
        system.quotes.requireQuote(quote, word(case_id), found[5], make.signed_quote(quote), {"from": system.stranger})
    # The case is the quote's subject: a quote for another one pays that one.
    asked = (quote[0], word(other), *quote[2:])
    system.settlement.pay(asked, make.signed_quote(asked), {"from": system.payer})
    assert system.settlement.caseOf(case_id)["stage"] == OPEN


def test_a_quote_is_what_the_rate_signers_signed(system, make):
    case_id, _ = make.case()
    quote = make.quote(case_id, rate=RATE)
    signed = make.signed_quote(quote)
    make.funded(system.payer, quote[3], system.settlement)
    cheaper = (*quote[:2], RATE - 1, 30000 * (RATE - 1), *quote[4:])
    with reverts("(NotMember|SignersNotAscending)"):
        system.settlement.pay(cheaper, signed, {"from": system.payer})
    with reverts("QuorumMissing", 1, 2):
        system.settlement.pay(quote, signed[:1], {"from": system.payer})
    with reverts("NotMember", system.members[0].address):
        system.settlement.pay(quote, make.signed_quote(quote, system.members[:2]), {"from": system.payer})


@pytest.mark.parametrize("amount, rate", [(1, RATE), (30000 * RATE - 1, RATE), (30000 * RATE + 1, RATE), (0, 0)])
def test_the_amount_is_demand_times_rate_and_not_nothing(system, make, amount, rate):
    case_id, _ = make.case(demand=30000)
    quote = make.quote(case_id, rate=rate, amount=amount)
    with reverts("WrongAmount", amount, 30000 * rate):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})


def test_an_absurd_rate_pays_nothing_wrongly(system, make, court):
    """2^48 - 1 minor units at any rate either fit into 256 bits or nothing happens."""
    case_id, _ = make.case(demand=2**48 - 1)
    quote = make.quote(case_id, rate=2**256 // (2**48 - 1) + 1, amount=1)
    with brownie.reverts("Integer overflow"):
        system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    assert court.stage(case_id) == OPEN


# ------------------------------------------------------------------------------------------------------------ permit


def with_permit(system, make, court, case_id):
    quote = make.quote(case_id)
    system.token.transfer(system.payer, quote[3], {"from": system.governor})
    return quote, make.signed_quote(quote), court.permit(system.payer, quote[3])


def test_paying_takes_one_transaction_with_a_permit(system, make, court):
    case_id, _ = make.case()
    system.settlement.payWithPermit(*with_permit(system, make, court, case_id), {"from": system.payer})
    assert court.stage(case_id) == SETTLED
    assert system.token.balanceOf(system.payer) == 0


def test_a_permit_that_somebody_brought_first_still_pays(system, make, court):
    case_id, _ = make.case()
    quote, signed, permit = with_permit(system, make, court, case_id)
    value, deadline, v, r, s = permit
    system.token.permit(system.payer, system.settlement, value, deadline, v, r, s, {"from": system.stranger})
    system.settlement.payWithPermit(quote, signed, permit, {"from": system.payer})
    assert court.stage(case_id) == SETTLED


def test_a_wrong_permit_pays_nothing(system, make, court):
    case_id, _ = make.case()
    quote, signed, permit = with_permit(system, make, court, case_id)
    system.token.transfer(system.stranger, quote[3], {"from": system.governor})
    with reverts("ERC20InsufficientAllowance"):
        system.settlement.payWithPermit(quote, signed, permit, {"from": system.stranger})
    assert court.stage(case_id) == OPEN


# --------------------------------------------------------------------------------------------------------- who gets it


@pytest.mark.skip_coverage
@given(
    demand=strategy("uint48", min_value=1),
    rate=strategy("uint256", min_value=1, max_value=10**11),
    bps=strategy("uint16", min_value=3000, max_value=5000),
    first=strategy("uint16", min_value=1, max_value=6000),
    second=strategy("uint16", min_value=1, max_value=4000),
)
@settings(suppress_health_check=[HealthCheck.data_too_large])
def test_payouts_are_exact_to_the_wei(system, make, court, demand, rate, bps, first, second):
    found = make.opening(demand=demand)
    shares = [(accounts[5].address, first), (accounts[6].address, second)]
    system.registry.setCoOwners(found[1][0], shares, [], {"from": system.holder})
    case_id = court.opened(found)
    if bps > 3000:
        system.settlement.recordDecision(case_id, digest("decision"), bps, {"from": system.holder})
    everybody = (system.holder, system.operator, accounts[5], accounts[6])
    before = [system.settlement.owed(a) for a in everybody]
    quote, _ = court.paid(case_id, rate=rate)
    gained = [system.settlement.owed(a) - b for a, b in zip(everybody, before, strict=True)]
    commission = quote[3] * bps // 10_000
    shared = quote[3] - commission
    parts = [shared * share // 10_000 for _, share in shares]
    assert gained == [shared - sum(parts) + BOND, commission, *parts]
    assert held(system) == sum(system.settlement.owed(a) for a in everybody)
    assert quote[3] * 3 // 10 <= commission <= quote[3] // 2


def test_a_derivative_work_pays_its_original(system, make, court):
    parent = make.work("original", system.client)
    wait(1)
    found = make.opening()
    system.registry.linkDerivative(found[1][0], parent, 2500, {"from": system.holder})
    quote, _ = court.paid(court.opened(found), rate=RATE)
    shared = quote[3] - quote[3] * 30 // 100
    assert system.settlement.waitingFor(parent) == (shared // 4, 0)
    assert system.settlement.owed(system.holder) == shared - shared // 4 + BOND
    system.settlement.distribute(parent, {"from": system.client})
    assert system.settlement.owed(system.client) == shared // 4


def test_the_owners_part_waits_until_they_fetch_it_whoever_shares_out(system, make, court):
    parent = make.work("original", system.client)
    wait(1)
    found = make.opening()
    system.registry.linkDerivative(found[1][0], parent, 2500, {"from": system.holder})
    quote, _ = court.paid(court.opened(found))
    part = (quote[3] - quote[3] * 30 // 100) // 4
    system.settlement.distribute(parent, {"from": system.stranger})
    assert system.settlement.waitingFor(parent) == (0, part) and system.settlement.owed(system.client) == 0
    with reverts("NoIncome", parent):
        system.settlement.distribute(parent, {"from": system.stranger})
    system.settlement.distribute(parent, {"from": system.client})
    assert system.settlement.waitingFor(parent) == (0, 0) and system.settlement.owed(system.client) == part
    with reverts("NoIncome", parent):
        system.settlement.distribute(parent, {"from": system.client})


def test_a_claimant_who_also_is_a_co_owner_gets_his_bond_once(system, make, court):
    found = make.opening()
    shares = [(system.holder.address, 4000), (accounts[5].address, 6000)]
    system.registry.setCoOwners(found[1][0], shares, [], {"from": system.holder})
    quote, _ = court.paid(court.opened(found), rate=RATE)
    shared = quote[3] - quote[3] * 30 // 100
    assert system.settlement.owed(system.holder) == shared * 4 // 10 + BOND
    assert system.settlement.owed(accounts[5]) == shared * 6 // 10
    assert held(system) == quote[3] + BOND


def test_an_assignee_gets_the_owners_part_and_his_bond(system, make, court):
    found = make.opening()
    make.funded(system.client, BOND, system.settlement)
    signed = court.assignment(found[1][0], system.client)
    system.settlement.openAssigned(found, *signed, {"from": system.client})
    quote, _ = court.paid(1)
    assert system.settlement.owed(system.client) == quote[3] - quote[3] * 30 // 100 + BOND
    assert system.settlement.owed(system.holder) == 0


def test_everybody_takes_out_what_he_is_owed_and_no_more(system, make, court):
    case_id, _ = make.case()
    quote, _ = court.paid(case_id)
    with reverts("NothingOwed", system.stranger):
        system.settlement.withdraw(system.stranger, {"from": system.stranger})
    tx = system.settlement.withdraw(system.client, {"from": system.operator})
    commission = quote[3] * 30 // 100
    assert system.token.balanceOf(system.client) == commission
    assert dict(tx.events["Withdrawn"]) == {"account": system.operator, "to": system.client, "amount": commission}
    with reverts("NothingOwed", system.operator):
        system.settlement.withdraw(system.operator, {"from": system.operator})
    system.settlement.withdraw(system.holder, {"from": system.holder})
    assert held(system) == 0


def test_a_payee_that_takes_no_money_stops_nobody_else(system, make, court):
    """A contract that cannot withdraw, and the contract's own address, are credited like everybody."""
    found = make.opening()
    shares = [(system.settlement.address, 1000), (system.token.address, 1000)]
    system.registry.setCoOwners(found[1][0], shares, [], {"from": system.holder})
    quote, _ = court.paid(court.opened(found))
    shared = quote[3] - quote[3] * 30 // 100
    system.settlement.withdraw(system.holder, {"from": system.holder})
    system.settlement.withdraw(system.operator, {"from": system.operator})
    assert held(system) == 2 * (shared // 10)


def test_no_payee_is_paid_twice_by_coming_back(system, make, court):
    case_id, _ = make.case()
    court.paid(case_id)
    owed = system.settlement.owed(system.holder)
    contract = impersonated(system.token.address)
    with reverts("NothingOwed", contract):
        system.settlement.withdraw(contract, {"from": contract})
    with reverts("CannotReceive", system.settlement):
        system.settlement.withdraw(system.settlement, {"from": system.holder})
    assert system.settlement.owed(system.holder) == owed
    assert held(system) == owed + system.settlement.owed(system.operator)


# ------------------------------------------------------------------------------------------------------------ refunds


def test_a_settlement_is_refunded_from_whoevers_money(system, make, court):
    case_id, found = make.case()
    _, paid = court.paid(case_id)
    make.funded(system.stranger, 100, system.settlement)
    tx = system.settlement.refund(case_id, system.payer, 100, {"from": system.stranger})
    assert dict(tx.events["CaseRefunded"]) == {
        "caseId": case_id,
        "from": system.stranger,
        "to": system.payer,
        "amount": 100,
    }
    assert system.settlement.owed(system.payer) == 100
    assert system.settlement.releasedUntil(found[1][0], found[1][2]) == paid.timestamp + GRACE
    with reverts("ERC20InsufficientAllowance"):
        system.settlement.refund(case_id, system.payer, 1, {"from": system.stranger})


def test_a_refund_of_nothing_moves_nothing(system, make, court):
    case_id, _ = make.case()
    court.paid(case_id)
    before = held(system)
    tx = system.settlement.refund(case_id, system.payer, 0, {"from": system.stranger})
    assert "Credited" not in tx.events and "Transfer" not in tx.events
    assert held(system) == before


def test_only_settled_cases_are_refunded(system, make):
    case_id, _ = make.case()
    with reverts("WrongStage", case_id, OPEN):
        system.settlement.refund(case_id, system.payer, 1, {"from": system.stranger})
    with reverts("WrongStage", 9, 0):
        system.settlement.refund(9, system.payer, 1, {"from": system.stranger})


def test_rates_without_signers_quote_nothing(system, make):
    fresh = system.governor.deploy(Rates, system.authority)
    quote = make.quoted(system.governor, EMPTY, 1)
    with reverts("QuorumMissing", 0, 0):
        fresh.requireQuote(quote, EMPTY, 1, [], {"from": system.governor})


def test_what_is_refused_is_refused_with_a_permit_too(system, make, court):
    by = {"from": system.payer}
    ended, given = make.case()
    quote = make.quote(ended)
    system.settlement.close(ended, {"from": system.holder})
    with reverts("WrongStage", ended, CLOSED):
        system.settlement.payWithPermit(quote, make.signed_quote(quote), NO_PERMIT, by)
    case_id, given = make.case()
    court.ruled(court.disputed(given), SUSTAINED)
    quote = make.quote(case_id)
    with reverts("DisputedRegistration", given[1][0]):
        system.settlement.payWithPermit(quote, make.signed_quote(quote), NO_PERMIT, by)


def test_there_is_nothing_to_distribute_where_no_derivative_was_paid(system, make):
    for vault in (system.settlement, system.ledger):
        with reverts("NoIncome"):
            vault.distribute(make.work(vault.address), {"from": system.holder})
