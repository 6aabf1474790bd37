"""Sales with the committed terms, moved to the present, and ways to be there at an exact second."""

import copy
from types import SimpleNamespace

import pytest
from brownie import CPYToken, accounts, chain, web3

from scripts.token_sale import deploy_sale, deploy_swap, read_terms
from tests.contracts.conftest import DAY

ETH = 10**18
SUPPLY = 100_000_000 * 10**18
ZERO = "0x" + "00" * 20


def at(timestamp):
    """Let the next transaction happen in this second."""
    answer = web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])
    assert "error" not in answer, answer


def travel(timestamp):
    at(timestamp)
    chain.mine()


def now():
    return chain[-1].timestamp


def moved(terms, seconds):
    """The terms with every date later by so many seconds."""
    terms = copy.deepcopy(terms)
    terms["sale"]["opens_at"] += seconds
    terms["sale"]["closes_at"] += seconds
    terms["swap"]["deadline"] += seconds
    for allocation in terms["allocations"]:
        if "vesting" in allocation:
            allocation["vesting"]["start"] += seconds
    return terms


def present_terms():
    """The committed terms for a sale that opens tomorrow."""
    terms = read_terms()
    return moved(terms, now() + DAY - terms["sale"]["opens_at"])


@pytest.fixture(scope="module")
def people():
    names = ["treasury", "business development", "founders", "advisors"]
    investors = [f"{n} presale investor" for n in ("first", "second", "third")]
    return {name: accounts[5 + i].address for i, name in enumerate([*names, *investors])}


@pytest.fixture(scope="module")
def launch(system, people):
    """Deploys a funded sale of the present. `changes` go to the sale's terms; `opened` waits until it is open."""

    def launched(presale=None, opened=True, **changes):
        terms = present_terms()
        terms["sale"] |= changes
        if presale is not None:
            terms["presale"] = presale
        made = deploy_sale(system.governor, terms, people, system.authority)
        if opened:
            travel(terms["sale"]["opens_at"])
        return SimpleNamespace(**vars(made), terms=terms, **terms["sale"])

    return launched


@pytest.fixture(scope="module")
def swapping(system):
    """The first CPY with some holders, and a funded swap of it for the CPY of the market."""
    terms = present_terms()
    old = system.governor.deploy(CPYToken, system.governor, SUPPLY)
    swap = deploy_swap(system.governor, terms, old, system.token)
    return SimpleNamespace(old=old, new=system.token, swap=swap, deadline=terms["swap"]["deadline"])
