"""Sending transactions on a chain that does not mine them at once."""

import threading
import time

import pytest

from oracle.chain import wallet as wallet_module
from oracle.chain.wallet import Wallet
from oracle.errors import ChainError
from scripts.stack.local import Roles, account

RECEIVER = account(Roles.OPERATOR).address


@pytest.fixture
def slow_chain(servers, monkeypatch):
    """The chain, mining only when it is told to."""
    chain = servers.chain()
    monkeypatch.setattr(wallet_module, "REPLACE_SECONDS", 0.6)
    monkeypatch.setattr(wallet_module, "RECEIPT_SECONDS", 3.0)
    rpc(chain, "evm_setAutomine", False)
    yield chain
    rpc(chain, "evm_mine")
    rpc(chain, "evm_setAutomine", True)
    rpc(chain, "evm_mine")


def rpc(chain, method, *arguments):
    answer = chain.web3.provider.make_request(method, list(arguments))
    assert "error" not in answer, answer
    return answer["result"]


def in_thread(function):
    done = {}

    def run():
        try:
            done["result"] = function()
        except Exception as problem:
            done["problem"] = problem

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def waiting(chain, address):
    """Fees of what waits at each nonce of an account."""
    pool = rpc(chain, "txpool_content")["pending"]
    found = pool.get(address) or pool.get(address.lower()) or {}
    return {int(nonce): int(tx["maxFeePerGas"], 16) for nonce, tx in found.items()}


def until(found):
    """What is found as soon as there is something."""
    end = time.monotonic() + 20
    while not (answer := found()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.02)
    return answer


def test_a_stuck_transaction_is_replaced_by_one_that_pays_more(slow_chain):
    treasury = Wallet(slow_chain, account(Roles.DEPLOYER).key.hex())
    before = slow_chain.call("CPYToken", "balanceOf", RECEIVER)
    thread, done = in_thread(lambda: treasury.send("CPYToken", "transfer", RECEIVER, 5))
    first = until(lambda: waiting(slow_chain, treasury.address))
    later = until(lambda: (now := waiting(slow_chain, treasury.address)) != first and now)
    assert first.keys() == later.keys() and len(later) == 1, "one nonce, whatever is sent"
    (nonce,) = later
    assert later[nonce] >= first[nonce] * 1125 // 1000
    rpc(slow_chain, "evm_mine")
    thread.join(10)
    assert done["result"]["status"] == 1
    assert slow_chain.call("CPYToken", "balanceOf", RECEIVER) == before + 5


def test_what_was_given_up_does_not_hold_up_the_next(slow_chain):
    treasury = Wallet(slow_chain, account(Roles.DEPLOYER).key.hex())
    before = slow_chain.call("CPYToken", "balanceOf", RECEIVER)
    with pytest.raises(ChainError, match="not mined"):
        treasury.send("CPYToken", "transfer", RECEIVER, 7)
    stuck = waiting(slow_chain, treasury.address)
    thread, done = in_thread(lambda: treasury.send("CPYToken", "transfer", RECEIVER, 9))
    time.sleep(0.5)
    assert waiting(slow_chain, treasury.address).keys() == stuck.keys(), "the same nonce"
    rpc(slow_chain, "evm_mine")
    thread.join(10)
    assert done["result"]["status"] == 1
    assert slow_chain.call("CPYToken", "balanceOf", RECEIVER) == before + 9


def test_what_an_earlier_run_of_the_process_left_is_outbid(slow_chain):
    """The new process knows neither the transaction nor its price."""
    earlier = Wallet(slow_chain, account(Roles.DEPLOYER).key.hex())
    with pytest.raises(ChainError):
        earlier.send("CPYToken", "transfer", RECEIVER, 11)
    before = slow_chain.call("CPYToken", "balanceOf", RECEIVER)
    later = Wallet(slow_chain, account(Roles.DEPLOYER).key.hex())
    thread, done = in_thread(lambda: later.send("CPYToken", "transfer", RECEIVER, 13))
    time.sleep(1.5)
    assert len(waiting(slow_chain, later.address)) == 1
    rpc(slow_chain, "evm_mine")
    thread.join(10)
    assert done["result"]["status"] == 1
    assert slow_chain.call("CPYToken", "balanceOf", RECEIVER) == before + 13
