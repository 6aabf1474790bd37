"""Rates: a price in a currency becomes an amount of CPY by a quote that lives for minutes."""

import brownie
import pytest
from brownie import accounts

from tests.contracts.conftest import NO_PERMIT, cid, digest, reverts, signers
from tests.contracts.market.conftest import at, now

RATE = 10**16
CENTS = 4900


@pytest.fixture
def offer(make, work_id):
    return make.offer(work_id, CENTS, currency=b"EUR")


@pytest.fixture
def buy(system, make, offer):
    """Buys at a quote; what is wrong with it is said by keyword."""
    make.funded(system.payer, 1000 * 10**18, system.ledger)

    def buy(quote=None, by=None, signatures=None, when=None, **changes):
        found = quote or make.quoted(system.ledger, system.offers.idOf(offer), CENTS, RATE, issued=now())
        fields = dict(zip(("consumer", "subject", "rate", "amount", "issued", "valid"), found, strict=True))
        found = tuple({**fields, **changes}.values())
        signatures = make.signed_quote(found, by) if signatures is None else signatures
        if when:
            at(when)
        given = make.purchase(offer, limit=2**100)
        return system.ledger.buyQuoted(given, found, signatures, NO_PERMIT, {"from": system.payer})

    return buy


def test_the_amount_is_the_price_times_the_rate(buy):
    assert buy().events["LicenceBought"]["price"] == CENTS * RATE


@pytest.mark.parametrize("amount", [0, CENTS * RATE - 1, CENTS * RATE + 1])
def test_another_amount_is_refused(buy, amount):
    with reverts("WrongAmount", amount, CENTS * RATE):
        buy(amount=amount)


def test_nothing_is_given_away_by_a_rate_of_zero(buy):
    with reverts("WrongAmount", 0, 0):
        buy(rate=0, amount=0)


def test_a_quote_holds_to_its_last_second(buy):
    end = now() + 100
    with reverts("StaleQuote", end, end + 1):
        buy(valid=end, when=end + 1)
    end = now() + 100
    buy(valid=end, when=end)


def test_a_quote_is_valid_for_fifteen_minutes_at_most(system, buy):
    assert system.quotes.MAX_QUOTE_SECONDS() == 900
    start = now()
    with reverts("QuoteTooLong", start + 901, start + 900):
        buy(issued=start, valid=start + 901, when=start + 900)
    start = now()
    buy(issued=start, valid=start + 900, when=start + 900)


def test_a_quote_of_yesterday_is_refused_today(buy):
    start = now()
    with reverts("QuoteTooLong", start + 86400, start + 900):
        buy(issued=start, valid=start + 86400, when=start + 86400 - 60)


def test_a_quote_is_not_from_the_future(buy):
    start = now() + 100
    with reverts("QuoteFromFuture", start, start - 1):
        buy(issued=start, valid=start + 60, when=start - 1)
    start = now() + 100
    buy(issued=start, valid=start + 60, when=start)


def test_a_quote_is_for_one_contract_and_one_subject(system, make, buy, work_id):
    other = make.offer(work_id, CENTS, currency=b"EUR")
    with reverts("WrongSubject", system.ledger, system.offers.idOf(other)):
        buy(subject=system.offers.idOf(other))
    with reverts("WrongSubject"):
        buy(consumer=system.settlement.address)
    quote = make.quoted(system.ledger, digest("subject"), CENTS, issued=now())
    with reverts("WrongSubject", system.ledger, digest("subject")):
        system.quotes.requireQuote(quote, digest("subject"), CENTS, make.signed_quote(quote), {"from": accounts[5]})


def test_a_quote_needs_enough_rate_signers(system, buy):
    with reverts("QuorumMissing", 1, 2):
        buy(by=system.rates[:1])
    with reverts("QuorumMissing", 0, 2):
        buy(signatures=[])
    buy(by=system.rates)


def test_each_rate_signer_counts_once_and_in_order(system, buy):
    one, two, _ = system.rates
    with reverts("SignersNotAscending", one.address, one.address):
        buy(by=[one, one])
    with reverts("SignersNotAscending", two.address, one.address):
        buy(by=[two, one])


def test_others_do_not_quote(system, buy):
    strangers = signers("member", 2)
    with reverts("NotMember", strangers[0].address):
        buy(by=strangers)


def test_signatures_hold_for_nothing_else(system, make, offer, buy):
    quote = make.quoted(system.ledger, system.offers.idOf(offer), CENTS, RATE, issued=now())
    with brownie.reverts(revert_pattern=r"(?s)(NotMember|SignersNotAscending): .*"):
        buy(quote, signatures=make.signed_quote(quote), rate=RATE // 2, amount=CENTS * RATE // 2)


def test_a_removed_rate_signer_quotes_no_more(system, buy):
    gone = system.rates[0]
    system.quotes.removeMember(gone.address, cid("proof"), {"from": system.governor})
    with reverts("NotMember", gone.address):
        buy(by=system.rates[:2])
    buy(by=system.rates[1:])


def test_a_new_set_of_rate_signers_replaces_the_old_one(system, buy):
    new = signers("new rate", 3)
    system.quotes.setMembers([s.address for s in new], 2, {"from": system.governor})
    with reverts("NotMember", system.rates[0].address):
        buy()
    buy(by=new[:2])


def test_only_the_governor_names_rate_signers(system):
    with reverts("AccessManagedUnauthorized"):
        system.quotes.setMembers([system.stranger], 1, {"from": system.stranger})
    with reverts("AccessManagedUnauthorized"):
        system.quotes.removeMember(system.rates[0].address, cid("proof"), {"from": system.stranger})
