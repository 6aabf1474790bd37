"""The keeper: what is due is renewed once, and who cannot pay stops nobody else."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest
from eth_account import Account

from oracle.chain.client import Chain
from oracle.chain.licensing import RENEWABLE, Offer
from oracle.chain.wallet import Wallet
from oracle.keeper import Keeper
from scripts.stack.local import Roles, account

PERIOD = 4
PRICE = 10


@pytest.fixture
def chain(servers):
    return servers.chain()


@pytest.fixture
def keeper(chain):
    return Keeper(chain, Wallet(chain, account(Roles.KEEPER).key.hex()))


def work(chain, owner):
    """A work of this owner, registered now."""
    content = Account.create().key  # 32 bytes that nobody has used
    owner.send("WorkRegistry", "register", (0, bytes(content), 1, b"fingerprint", b"metadata"))
    return bytes(chain.call("WorkRegistry", "workIdOf", owner.address, bytes(content)))


def subscribed(chain, periods, max_price=PRICE):
    """A licence that its licensee subscribed to, with money for this many further periods; returns its id."""
    seller, buyer = Wallet(chain, account(Roles.AGENCY).key.hex()), Wallet(chain, Account.create().key.hex())
    chain.web3.provider.make_request("anvil_setBalance", [buyer.address, hex(10**18)])
    treasury = Wallet(chain, account(Roles.DEPLOYER).key.hex())
    offer = Offer(work(chain, seller), PRICE, PERIOD, b"t" * 32, grace=1000, rights=RENEWABLE)
    seller.send("OfferBook", "create", offer.encoded())
    treasury.send("CPYToken", "transfer", buyer.address, PRICE * (1 + periods))
    buyer.send("CPYToken", "approve", chain.deployment.addresses["LicenseLedger"], PRICE * (1 + periods))
    purchase = offer.purchase(buyer.address, b"e" * 32)
    buyer.send("LicenseLedger", "buy", purchase)
    buyer.send("Subscriptions", "subscribe", purchase, max_price, chain.head()[1] + 10_000)
    return offer.licence_id(buyer.address, b"e" * 32), buyer, purchase


def wait_a_period(chain):
    time.sleep(PERIOD)
    chain.web3.provider.make_request("evm_mine", [])


def until(chain, licence_id):
    return chain.call("LicenseLedger", "licence", licence_id)[1]


def test_what_is_due_is_renewed_once(chain, keeper):
    licence_id, _, _ = subscribed(chain, periods=1)
    first = until(chain, licence_id)
    assert keeper.tick() == 0
    wait_a_period(chain)
    assert keeper.tick() == 1
    assert keeper.tick() == 0
    assert until(chain, licence_id) == first + PERIOD


def test_who_cannot_pay_is_passed_over_and_nothing_is_spent_on_him(chain, keeper):
    poor, _, _ = subscribed(chain, periods=0)
    before = until(chain, poor)
    wait_a_period(chain)
    gas = chain.web3.eth.get_transaction_count(account(Roles.KEEPER).address)
    assert keeper.tick() == 0
    assert until(chain, poor) == before
    assert chain.web3.eth.get_transaction_count(account(Roles.KEEPER).address) == gas


def test_a_price_above_the_limit_or_a_cancelled_subscription_is_left_alone(chain, keeper):
    dear, _, _ = subscribed(chain, periods=1, max_price=PRICE - 1)
    cancelled, buyer, purchase = subscribed(chain, periods=1)
    buyer.send("Subscriptions", "cancel", purchase)
    before = until(chain, dear), until(chain, cancelled)
    wait_a_period(chain)
    assert keeper.tick() == 0
    assert (until(chain, dear), until(chain, cancelled)) == before


def test_it_begins_where_it_stopped(chain, keeper):
    licence_id, _, _ = subscribed(chain, periods=1)
    wait_a_period(chain)
    again = Keeper(chain, Wallet(chain, account(Roles.KEEPER).key.hex()))  # a new process knows it from events
    assert again.tick() == 1
    assert keeper.tick() == 0
    assert until(chain, licence_id) > chain.head()[1]


class Endpoint(ThreadingHTTPServer):
    """An RPC endpoint that answers with what the chain says once `up`; until then its answers are errors."""

    def __init__(self, rpc_url):
        self.up, self.failed = Event(), Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = self.rfile.read(int(self.headers["Content-Length"]))
                answer = b"bad gateway"
                if endpoint.up.is_set():
                    with httpx.Client() as client:
                        answer = client.post(
                            rpc_url, content=asked, headers={"Content-Type": "application/json"}
                        ).content
                else:
                    endpoint.failed.set()
                self.send_response(200 if endpoint.up.is_set() else 502)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


def test_it_survives_a_chain_that_does_not_answer(servers, chain):
    licence_id, _, _ = subscribed(chain, periods=1)
    first = until(chain, licence_id)
    wait_a_period(chain)
    stop = Event()
    with Endpoint(servers.rpc_url) as endpoint:
        Thread(target=endpoint.serve_forever, daemon=True).start()
        endpoint.up.set()
        far = Chain(endpoint.url, chain.deployment)
        keeper = Keeper(far, Wallet(far, account(Roles.KEEPER).key.hex()))
        endpoint.up.clear()
        running = Thread(target=keeper.run, args=(0.2, stop), daemon=True)
        running.start()
        assert endpoint.failed.wait(30) and until(chain, licence_id) == first
        endpoint.up.set()
        for _ in range(150):
            if until(chain, licence_id) > first:
                break
            time.sleep(0.2)
        stop.set()
        running.join(timeout=30)
        endpoint.shutdown()
    assert not running.is_alive() and until(chain, licence_id) > first
