"""The sale with its historical terms and dates, on a chain of its own that starts the day before it opened."""

import socket
import subprocess
import time
from types import SimpleNamespace

import pytest
from brownie import Authority, CPYToken, Crowdsale
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from scripts.token_sale import Presale, read_terms, sale_arguments
from tests.contracts.conftest import DAY

ETH = 10**18
BUYERS = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def past():
    """A chain of January 2018. It is not brownie's: that one stays in the present."""
    terms, port = read_terms(), free_port()
    start = terms["sale"]["opens_at"] - DAY
    options = ["--port", port, "--timestamp", start, "--accounts", BUYERS + 10, "--gas-limit", 30_000_000]
    command = ["anvil", "--quiet", "--hardfork", "cancun", "--block-base-fee-per-gas", 0, *options]
    server = subprocess.Popen([str(word) for word in command])
    try:
        chain = Web3(HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 30}))
        deadline = time.monotonic() + 30
        while not chain.is_connected():
            assert server.poll() is None and time.monotonic() < deadline, "anvil did not start"
            time.sleep(0.05)
        yield SimpleNamespace(web3=chain, terms=terms, **deployed(chain, terms))
    finally:
        server.terminate()
        server.wait()


def deployed(chain, terms):
    deployer, *others = chain.eth.accounts
    names = ["treasury", *(a["receiver"] for a in terms["allocations"]), *(e["investor"] for e in terms["presale"])]
    people = dict(zip(names, others, strict=False))

    def deploy(container, *arguments):
        factory = chain.eth.contract(abi=container.abi, bytecode=container.bytecode)
        mined = chain.eth.wait_for_transaction_receipt(factory.constructor(*arguments).transact({"from": deployer}))
        return chain.eth.contract(address=mined["contractAddress"], abi=container.abi)

    presale = Presale([(people[entry["investor"]], entry["amount"]) for entry in terms["presale"]])
    token = deploy(CPYToken, deployer, terms["token"]["supply"])
    authority = deploy(Authority, deployer)
    sale = deploy(Crowdsale, sale_arguments(terms, token.address, people, presale), authority.address)
    token.functions.transfer(sale.address, terms["token"]["supply"]).transact({"from": deployer})
    return {"token": token, "sale": sale, "deployer": deployer, "buyers": chain.eth.accounts[-BUYERS:]}


@pytest.fixture(autouse=True)
def opened_anew(past):
    kept = past.web3.provider.make_request("evm_snapshot", [])["result"]
    yield
    past.web3.provider.make_request("evm_revert", [kept])


def at(past, date):
    """Let the next block be of this second, written as in the announcement."""
    moment = int(time.mktime(time.strptime(f"{date} UTC", "%Y-%m-%d %H:%M:%S %Z")) - time.timezone)
    assert "error" not in past.web3.provider.make_request("evm_setNextBlockTimestamp", [moment])
    return moment


def buy(past, buyer, value):
    """Whether the purchase was mined and kept."""
    sent = past.sale.functions.buy().transact({"from": buyer, "value": value, "gas": 500_000})
    return past.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1


def test_it_opens_on_10_january_2018_at_midnight(past):
    at(past, "2018-01-09 23:59:59")
    assert not buy(past, past.buyers[0], ETH)
    at(past, "2018-01-10 00:00:00")
    assert buy(past, past.buyers[0], ETH)
    assert past.sale.functions.contributionOf(past.buyers[0]).call() * 740 == 740 * 10**18


def test_it_closes_on_9_february_2018_at_23_59(past):
    at(past, "2018-02-09 23:58:59")
    assert buy(past, past.buyers[0], ETH // 10)
    closed = at(past, "2018-02-09 23:59:00")
    assert not buy(past, past.buyers[1], ETH)
    assert past.web3.eth.get_block("latest")["timestamp"] == closed
    past.sale.functions.finalize().transact({"from": past.deployer})
    sold = 740 * ETH // 10
    assert past.token.functions.totalSupply().call() == 40_000_000 * 10**18 + 5_254_000 * 10**18 + sold


def test_sixty_million_are_sold_for_740_a_piece_and_no_more(past):
    at(past, "2018-01-10 00:00:00")
    before = past.web3.eth.get_balance(past.buyers[-1])
    for buyer in past.buyers:
        assert buy(past, buyer, 2500 * ETH)
    left = past.sale.functions.capacity().call() - (BUYERS - 1) * 2500 * ETH
    assert past.sale.functions.contributionOf(past.buyers[-1]).call() == left < 2500 * ETH
    spent = before - past.web3.eth.get_balance(past.buyers[-1])
    assert left <= spent < left + ETH // 100  # and the fee of one transaction
    assert not buy(past, past.deployer, ETH)
    past.sale.functions.finalize().transact({"from": past.deployer})
    # The cap is no multiple of the rate: less than 740 wei of CPY are left, and burned.
    assert 100_000_000 * 10**18 - past.token.functions.totalSupply().call() < 740


def test_before_it_closes_nobody_ends_it(past):
    at(past, "2018-02-09 23:58:59")
    with pytest.raises(Web3Exception):
        past.sale.functions.finalize().transact({"from": past.deployer})
