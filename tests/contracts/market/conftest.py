"""Short ways to look at the market: what is covered, and what happens at an exact second."""

import pytest
from brownie import accounts, chain, web3
from eth_account import Account

from tests.contracts.conftest import DAY, NO_PERMIT, digest

PRICE = 25 * 10**18
PERIOD = 365 * DAY
GRACE = 14 * DAY
BUYER = Account.from_key(web3.keccak(text="buyer"))
ORDER = [
    *(("bytes32", "offerId"), ("address", "licensee"), ("bytes32", "endUser")),
    *(("uint256", "maxPrice"), ("uint256", "nonce"), ("uint256", "epoch"), ("uint64", "deadline")),
]


def now():
    return chain[-1].timestamp


def at(time):
    """The next block is mined at this second."""
    answer = web3.provider.make_request("evm_setNextBlockTimestamp", [int(time)])
    assert "error" not in answer, answer


def later(seconds):
    at(now() + seconds)
    chain.mine()


class Market:
    def __init__(self, system, make):
        self.system, self.make = system, make

    def covered(self, work_id, start=None, end=None, site="shop", host=None):
        """Whether the site, or its host, is covered from `start` (now) to `end` (the same second)."""
        start = now() if start is None else start
        end = start if end is None else end
        return self.system.ledger.covered(work_id, digest(host or f"www.{site}"), digest(site), start, end)

    def covered_until(self, work_id, end, site="shop"):
        """Whether cover runs from now to exactly this second."""
        return self.covered(work_id, end=end, site=site) and not self.covered(work_id, start=end + 1, site=site)

    def renewed(self, given, payer=None):
        payer = payer or self.system.payer
        self.make.funded(payer, given[3], self.system.ledger)
        return self.system.ledger.buy(given, {"from": payer})

    def refunding(self, amount=10 * PRICE, seller=None):
        """The seller has what a refund takes; returns him as a transaction's sender."""
        seller = seller or self.system.holder
        self.make.funded(seller, amount, self.system.ledger)
        return {"from": seller}

    def certificate_sold(self, work_id, to=None):
        holder = self.system.holder
        self.system.registry.transferFrom(holder, to or self.system.client, int(str(work_id), 16), {"from": holder})

    def parent(self, end_user="agency", **changes):
        """A bought licence that may be sub-licensed; returns (purchase, its id, its work)."""
        work_id = self.make.work(f"sub-licensed {end_user}")
        given, _ = self.make.bought(self.make.offer(work_id, **{"rights": 4, **changes}), end_user=end_user)
        return given, self.make.licence_id(given), work_id


@pytest.fixture(scope="module")
def market(system, make):
    return Market(system, make)


@pytest.fixture
def work_id(make):
    return make.work()


@pytest.fixture
def buyer(system):
    """Somebody whose key we have, with CPY and no allowance given."""
    account = accounts.add(BUYER.key)
    system.token.transfer(account, 10 * PRICE, {"from": system.governor})
    return account


def order(system, make, purchase, nonce=0, deadline=None, by=BUYER, given=NO_PERMIT):
    deadline = deadline or now() + 3600
    offer, licensee, end_user, limit = purchase
    values = [system.offers.idOf(offer), licensee, end_user, limit, nonce, system.ledger.epochOf(licensee), deadline]
    return (nonce, deadline, make.signed(system.ledger, "LicenseLedger", "Order", ORDER, values, [by])[0], given)
