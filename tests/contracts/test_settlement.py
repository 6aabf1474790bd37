"""Settlement: opening, paying and closing cases."""

import brownie
from brownie import chain
from brownie.test import given, strategy

from tests.contracts.conftest import BOND, DAY, GRACE, WINDOW, digest, reverts


def test_an_open_case_holds_the_bond(system, make):
    case_id, (_root, item, _, _, currency, demand) = make.case()
    work_id, site, claimant, stage, seen, shown, amount, bond = system.settlement.caseOf(case_id)
    assert (work_id, site, claimant, stage) == (item[0], item[2], system.holder, 1)
    assert (seen, amount, bond) == (item[6], demand, BOND)
    assert bytes(shown) == currency
    assert system.settlement.openCase(work_id, site) == case_id
    assert system.token.balanceOf(system.settlement) == BOND == system.settlement.totalOwed()


def test_payment_is_split_and_writes_the_release(system, make):
    case_id, (_, item, *_rest) = make.case()
    quote = make.quote(case_id, rate=10**16 + 1)
    amount = quote[2]
    make.funded(system.payer, amount, system.settlement)
    tx = system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    commission = amount * 3000 // 10000
    assert system.settlement.owed(system.operator) == commission
    assert system.settlement.owed(system.holder) == amount - commission + BOND
    assert system.settlement.totalOwed() == system.token.balanceOf(system.settlement) == amount + BOND
    assert system.settlement.caseOf(case_id)[3] == 2
    assert system.settlement.openCase(item[0], item[2]) == 0
    until = tx.timestamp + GRACE
    assert tx.events["CaseSettled"]["releasedUntil"] == until
    assert system.ledger.covered(item[0], item[1], item[2], item[6], until)
    assert not system.ledger.covered(item[0], item[1], item[2], item[6], until + 1)
    assert not system.ledger.covered(item[0], item[1], digest("elsewhere"), item[6], until)


@given(
    demand=strategy("uint96", min_value=1, max_value=10**12), rate=strategy("uint256", min_value=1, max_value=10**17)
)
def test_payouts_are_exact_to_the_wei(system, make, demand, rate):
    case_id, _ = make.case(demand=demand)
    quote = make.quote(case_id, rate=rate)
    if quote[2] > system.token.balanceOf(system.governor):
        return
    before = [system.token.balanceOf(a) for a in (system.holder, system.operator, system.payer)]
    make.funded(system.payer, quote[2], system.settlement)
    system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    for account in (system.holder, system.operator):
        if system.settlement.owed(account):
            system.settlement.withdraw(account, {"from": account})
    after = [system.token.balanceOf(a) for a in (system.holder, system.operator, system.payer)]
    commission = quote[2] * 30 // 100
    assert after[0] - before[0] == quote[2] - commission + BOND
    assert after[1] - before[1] == commission
    assert after[2] == before[2]
    assert system.settlement.totalOwed() == system.token.balanceOf(system.settlement) == 0


def test_a_covered_use_is_never_a_case(system, make):
    _, item, _, content, currency, demand = make.opening()
    created = system.offers.create(item[0], 0, 365 * DAY, 0, digest("terms"), {"from": system.holder})
    system.ledger.buy(created.return_value, system.payer, item[2], 0, {"from": system.payer})
    chain.sleep(10)
    licensed = make.item(item[0], "shop", seen=chain.time() - 1)
    root, proofs = make.reported([licensed])
    chain.sleep(WINDOW + 1)
    make.funded(system.holder, BOND, system.settlement)
    with reverts("Covered", licensed[0], licensed[2], licensed[6]):
        system.settlement.open((root, licensed, proofs[0], content, currency, demand), {"from": system.holder})


def test_a_use_before_the_licence_is_not_covered(system, make):
    opening = make.opening()
    work_id, site = opening[1][0], opening[1][2]
    created = system.offers.create(work_id, 0, 365 * DAY, 0, digest("terms"), {"from": system.holder})
    system.ledger.buy(created.return_value, system.payer, site, 0, {"from": system.payer})
    make.funded(system.holder, BOND, system.settlement)
    assert system.settlement.open(opening, {"from": system.holder}).return_value == 1


def test_one_case_per_work_and_site(system, make):
    case_id, opening = make.case()
    make.funded(system.holder, BOND, system.settlement)
    with reverts("AlreadyOpen", case_id):
        system.settlement.open(opening, {"from": system.holder})


def test_after_the_release_the_same_use_cannot_be_claimed_again(system, make):
    case_id, opening = make.case()
    quote = make.quote(case_id)
    make.funded(system.payer, quote[2], system.settlement)
    system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    make.funded(system.holder, BOND, system.settlement)
    with reverts("Covered"):
        system.settlement.open(opening, {"from": system.holder})


def test_only_proven_items_whose_window_is_over(system, make):
    root, item, proof, content, currency, demand = make.opening()
    by = {"from": system.holder}
    changed = (*item[:2], digest("another site"), *item[3:])
    with reverts("NotProven", root, 0):
        system.settlement.open((root, changed, proof, content, currency, demand), by)
    fresh = make.item(item[0])
    fresh_root, fresh_proofs = make.reported([fresh])
    ripe = system.evidence.receipt(fresh_root)[1] + WINDOW
    with reverts("NotProven", fresh_root, ripe):
        system.settlement.open((fresh_root, fresh, fresh_proofs[0], content, currency, demand), by)


def test_only_the_holder_at_that_time(system, make):
    opening = make.opening()
    work_id = opening[1][0]
    with reverts("NotHolder", work_id, system.stranger):
        system.settlement.open(opening, {"from": system.stranger})
    system.registry.transferFrom(system.holder, system.stranger, int(str(work_id), 16), {"from": system.holder})
    for account in (system.holder, system.stranger):
        with reverts("NotHolder", work_id, account):
            system.settlement.open(opening, {"from": account})


def test_authorship_must_be_attested(system, make):
    opening = make.opening()
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    with reverts("NoAuthorship", opening[1][0], system.holder):
        system.settlement.open(opening, {"from": system.holder})


def test_an_earlier_registration_of_the_same_content_stands_against_it(system, make):
    name = "contested"
    first = make.work(name, system.stranger)
    chain.sleep(5)
    second = make.work(name)
    make.attested(second)
    item = make.item(second)
    root, proofs = make.reported([item])
    chain.sleep(WINDOW + 1)
    with reverts("EarlierRegistration", second, first):
        system.settlement.open((root, item, proofs[0], digest(name), b"EUR", 1), {"from": system.holder})


def test_a_demand_has_amount_and_currency(system, make):
    root, item, proof, content, currency, demand = make.opening()
    with reverts("EmptyDemand"):
        system.settlement.open((root, item, proof, content, currency, 0), {"from": system.holder})
    for code in (b"\0\0\0", b"eur", b"E\0U", b"12A"):
        with reverts("BadCurrency"):
            system.settlement.open((root, item, proof, content, code, demand), {"from": system.holder})


def test_a_platform_is_no_site(system, make):
    opening = make.opening(site="platform")
    make.funded(system.holder, BOND, system.settlement)
    with reverts("PlatformSite", digest("platform")):
        system.settlement.open(opening, {"from": system.holder})


def test_what_was_seen_before_the_payment_is_paid_with_it(system, make):
    case_id, opening = make.case()
    older = make.item(opening[1][0], "shop", seen=opening[1][6] - 5 * DAY)
    root, proofs = make.reported([older])
    quote = make.quote(case_id)
    make.funded(system.payer, quote[2], system.settlement)
    system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    chain.sleep(WINDOW + 1)
    make.funded(system.holder, BOND, system.settlement)
    with reverts("Covered", older[0], older[2], older[6]):
        system.settlement.open((root, older, proofs[0], opening[3], b"EUR", 1), {"from": system.holder})


def test_without_the_bond_no_case(system, make):
    with brownie.reverts():
        system.settlement.open(make.opening(), {"from": system.holder})


def test_quotes_expire_and_are_short(system, make):
    case_id, _ = make.case()
    stale = make.quote(case_id, valid=chain.time() - 1)
    long = make.quote(case_id, valid=chain.time() + 1000)
    make.funded(system.payer, stale[2], system.settlement)
    with reverts("StaleQuote"):
        system.settlement.pay(stale, make.signed_quote(stale), {"from": system.payer})
    with reverts("QuoteTooLong"):
        system.settlement.pay(long, make.signed_quote(long), {"from": system.payer})


def test_a_quote_is_what_the_rate_signers_signed(system, make):
    case_id, _ = make.case()
    quote = make.quote(case_id)
    make.funded(system.payer, quote[2], system.settlement)
    with reverts("QuorumMissing", 1, 2):
        system.settlement.pay(quote, make.signed_quote(quote, system.rates[:1]), {"from": system.payer})
    with reverts("NotMember"):
        system.settlement.pay(quote, make.signed_quote(quote, system.members[:2]), {"from": system.payer})
    cheap = make.quote(case_id, amount=1)
    with reverts("WrongAmount", 1, quote[2]):
        system.settlement.pay(cheap, make.signed_quote(cheap), {"from": system.payer})
    free = make.quote(case_id, rate=0)
    with reverts("WrongAmount", 0, 0):
        system.settlement.pay(free, make.signed_quote(free), {"from": system.payer})


def test_a_case_is_paid_once(system, make):
    case_id, _ = make.case()
    quote = make.quote(case_id)
    make.funded(system.payer, 2 * quote[2], system.settlement)
    signed = make.signed_quote(quote)
    system.settlement.pay(quote, signed, {"from": system.payer})
    with reverts("WrongStage", case_id, 2):
        system.settlement.pay(quote, signed, {"from": system.payer})
    with reverts("WrongStage", case_id, 2):
        system.settlement.close(case_id, {"from": system.holder})


def test_the_claimant_closes_a_case_and_gets_the_bond_back(system, make):
    case_id, (_, item, *_rest) = make.case()
    with reverts("NotClaimant", case_id, system.stranger):
        system.settlement.close(case_id, {"from": system.stranger})
    system.settlement.close(case_id, {"from": system.holder})
    assert system.settlement.openCase(item[0], item[2]) == 0
    system.settlement.withdraw(system.holder, {"from": system.holder})
    assert system.token.balanceOf(system.holder) == BOND
    assert system.settlement.totalOwed() == 0


def test_rate_signers_are_replaced_by_the_governor_only(system):
    with brownie.reverts():
        system.settlement.setMembers([system.stranger], 1, {"from": system.stranger})
