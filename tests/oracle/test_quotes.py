"""Quotes: real signers behind HTTP, a real chain; each signs only a rate close to its own."""

from __future__ import annotations

import threading
import time

import pytest
import uvicorn

from oracle.chain.licensing import Offer
from oracle.chain.quorum import Roster
from oracle.chain.wallet import Wallet
from oracle.errors import VerificationError
from oracle.node.member import MemberService
from oracle.node.service import create_app
from oracle.quotes import NoQuoteError, Payment, gather_quote, rate_signers
from scripts.stack.local import Roles, account
from scripts.stack.servers import free_port

RATE = 2 * 10**17


def service(chain, index, rates):
    """What a node signs quotes with; it needs neither store nor crawler."""
    return MemberService(
        engine=None,
        chain=chain,
        account=account(Roles.MEMBERS[index]),
        register=None,
        checker=None,
        custodian="",
        fresh_seconds=60,
        rates=lambda: rates,
        rate_tolerance=0.01,
    )


@pytest.fixture
def signers(servers):
    """Starts rate signers with these rates, published on-chain."""
    running = []
    chain = servers.chain()

    def start(*all_rates):
        for index, rates in enumerate(all_rates):
            port = free_port()
            app = create_app(service(chain, index, rates), None, None, dict)
            server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
            threading.Thread(target=server.run, daemon=True).start()
            running.append(server)
            key = account(Roles.MEMBERS[index]).key.hex()
            Wallet(chain, key).send("KeyDirectory", "publish", b"k" * 32, f"http://127.0.0.1:{port}")
        end = time.monotonic() + 20
        while not all(s.started for s in running) and time.monotonic() < end:
            time.sleep(0.02)
        return chain

    yield start
    for server in running:
        server.should_exit = True


def asked(chain):
    return rate_signers(chain, Roster(chain, "Rates"))


def payment(chain):
    offer = Offer(b"w" * 32, 250, 86_400, b"t" * 32, currency="EUR")
    ledger = chain.deployment.addresses["LicenseLedger"]
    return Payment(ledger, offer.offer_id, offer.price, "EUR", {"offer": offer.to_json()})


def test_the_median_rate_is_signed_by_those_who_are_close_and_the_chain_takes_it(signers):
    chain = signers({"EUR": RATE}, {"EUR": RATE + 1}, {"EUR": RATE * 2})
    wanted = payment(chain)
    quote = gather_quote(chain, wanted, asked(chain))
    assert quote.message["rate"] == RATE + 1
    assert quote.message["amount"] == 250 * (RATE + 1)
    assert len(quote.rates) == 3 and len(quote.signatures) == 2
    arguments = (quote.encoded(), wanted.subject, wanted.price, quote.signatures)
    chain.call("Rates", "requireQuote", *arguments, sender=wanted.consumer)


def test_too_few_rates_or_signatures_are_no_quote(signers):
    chain = signers({"EUR": RATE}, {"EUR": RATE * 2}, {"EUR": RATE * 3})
    with pytest.raises(NoQuoteError, match="signed"):
        gather_quote(chain, payment(chain), asked(chain))
    chain = signers({"EUR": RATE}, {"USD": RATE}, {})
    with pytest.raises(NoQuoteError, match="have a rate for EUR"):
        gather_quote(chain, payment(chain), asked(chain))


def test_a_signer_refuses_what_is_not_its_rate_or_lasts_too_long(servers):
    chain = servers.chain()
    member = service(chain, 0, {"EUR": RATE})
    offer = Offer(b"w" * 32, 250, 86_400, b"t" * 32, currency="EUR")
    soon = int(time.time()) + 60
    assert member.sign_quote_of_offer(offer, RATE, soon)
    for rate, until, what in ((RATE * 2, soon, "differs"), (RATE, soon + 10_000, "15 minutes")):
        with pytest.raises(VerificationError, match=what):
            member.sign_quote_of_offer(offer, rate, until)
    with pytest.raises(VerificationError, match="no rate"):
        member.sign_quote_of_offer(Offer(b"w" * 32, 250, 86_400, b"t" * 32), RATE, soon)
    with pytest.raises(VerificationError, match="not open"):
        member.sign_quote_of_case(999_999, RATE, soon)


@pytest.mark.parametrize("change", [{"price": 2**96}, {"price": "x"}, {"work_id": "0x12"}, {"currency": "Ö"}])
def test_what_is_no_offer_is_refused(change):
    good = Offer(b"w" * 32, 250, 86_400, b"t" * 32, currency="EUR").to_json()
    assert Offer.from_json(good).price == 250
    with pytest.raises(VerificationError):
        Offer.from_json({**good, **change})
