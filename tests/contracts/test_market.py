"""OfferBook and LicenseLedger: offers, purchases, and what is covered."""

import brownie
import pytest
from brownie import chain

from tests.contracts.conftest import DAY, EMPTY, digest, reverts

PRICE = 25 * 10**18
PERIOD = 365 * DAY
GRACE = 14 * DAY


@pytest.fixture
def work_id(make):
    return make.work()


@pytest.fixture
def offer(system, work_id):
    args = (work_id, PRICE, PERIOD, GRACE, digest("terms"), {"from": system.holder})
    return system.offers.create(*args).return_value


def buy(system, make, offer, end_user="shop", limit=PRICE):
    make.funded(system.payer, PRICE, system.ledger)
    return system.ledger.buy(offer, system.payer, digest(end_user), limit, {"from": system.payer})


def covered(system, work_id, site="shop", host="www.shop", start=None, end=None):
    start = chain.time() if start is None else start
    return system.ledger.covered(work_id, digest(host), digest(site), start, start if end is None else end)


def test_only_the_owner_offers(system, work_id):
    with reverts("NotOwner", work_id, system.stranger):
        system.offers.create(work_id, PRICE, PERIOD, GRACE, digest("terms"), {"from": system.stranger})
    with reverts("IncompleteOffer"):
        system.offers.create(work_id, PRICE, 0, GRACE, digest("terms"), {"from": system.holder})
    with reverts("IncompleteOffer"):
        system.offers.create(work_id, PRICE, PERIOD, GRACE, EMPTY, {"from": system.holder})
    with reverts("UnknownOffer", 9):
        system.offers.offer(9)


def test_buying_pays_the_seller_and_covers_the_end_user(system, make, offer, work_id):
    assert not covered(system, work_id)
    tx = buy(system, make, offer)
    assert system.ledger.owed(system.holder) == PRICE == system.token.balanceOf(system.ledger)
    bought = tx.events["LicenceBought"]
    assert bought["until"] == tx.timestamp + PERIOD + GRACE
    assert covered(system, work_id, start=tx.timestamp, end=bought["until"])
    assert not covered(system, work_id, start=tx.timestamp - 1, end=tx.timestamp)
    assert not covered(system, work_id, start=bought["until"] + 1)
    assert not covered(system, work_id, site="other", host="www.other")
    assert not covered(system, digest("another work"))


def test_a_licence_may_name_one_host_of_a_site(system, make, offer, work_id):
    start = buy(system, make, offer, "www.shop").timestamp
    assert covered(system, work_id, host="www.shop", start=start)
    assert not covered(system, work_id, host="blog.shop", start=start)


def test_a_licence_for_a_platforms_host_covers_nobody(system, make, offer, work_id):
    start = buy(system, make, offer, "www.platform").timestamp
    assert not covered(system, work_id, site="platform", host="www.platform", start=start)


def test_buying_again_prolongs_the_paid_time(system, make, offer, work_id):
    first = buy(system, make, offer)
    chain.sleep(100 * DAY)
    second = buy(system, make, offer)
    end = first.timestamp + 2 * PERIOD + GRACE
    assert second.events["LicenceBought"]["until"] == end
    assert covered(system, work_id, start=first.timestamp, end=end)


def test_a_gap_between_licences_is_not_covered(system, make, offer, work_id):
    first = buy(system, make, offer)
    chain.sleep(PERIOD + GRACE + DAY)
    second = buy(system, make, offer)
    assert covered(system, work_id, start=first.timestamp, end=first.timestamp + PERIOD)
    assert covered(system, work_id, start=second.timestamp)
    assert not covered(system, work_id, start=first.timestamp, end=second.timestamp)


def test_the_seller_withdraws_once(system, make, offer):
    buy(system, make, offer)
    system.ledger.withdraw(system.stranger, {"from": system.holder})
    assert system.token.balanceOf(system.stranger) == PRICE
    assert system.ledger.totalOwed() == 0
    with reverts("NothingOwed", system.holder):
        system.ledger.withdraw(system.holder, {"from": system.holder})


def test_purchases_that_must_not_happen(system, make, offer, work_id):
    make.funded(system.payer, PRICE, system.ledger)
    by = {"from": system.payer}
    with reverts("PriceAboveLimit", PRICE, PRICE - 1):
        system.ledger.buy(offer, system.payer, digest("shop"), PRICE - 1, by)
    with reverts("EmptyEndUser"):
        system.ledger.buy(offer, system.payer, EMPTY, PRICE, by)
    with reverts("PlatformAsEndUser", digest("platform")):
        system.ledger.buy(offer, system.payer, digest("platform"), PRICE, by)
    with brownie.reverts():
        system.ledger.buy(offer, system.stranger, digest("shop"), PRICE, {"from": system.stranger})
    with reverts("NotSeller", offer, system.stranger):
        system.offers.close(offer, {"from": system.stranger})
    system.offers.close(offer, {"from": system.holder})
    with reverts("ClosedOffer", offer):
        system.ledger.buy(offer, system.payer, digest("shop"), PRICE, by)


def test_a_sold_certificate_takes_its_old_offers_off_the_market(system, make, offer, work_id):
    system.registry.transferFrom(system.holder, system.stranger, int(str(work_id), 16), {"from": system.holder})
    make.funded(system.payer, PRICE, system.ledger)
    with reverts("SellerNotOwner", offer):
        system.ledger.buy(offer, system.payer, digest("shop"), PRICE, {"from": system.payer})


def test_only_the_settlement_grants_releases(system, work_id):
    with reverts("NotSettlement", system.governor):
        system.ledger.grantRelease(work_id, digest("shop"), 1, 2, {"from": system.governor})
    settlement = brownie.accounts.at(system.settlement.address, force=True)
    brownie.web3.provider.make_request("anvil_impersonateAccount", [system.settlement.address])
    with reverts("BadPeriod", 2, 1):
        system.ledger.grantRelease(work_id, digest("shop"), 2, 1, {"from": settlement})
    with reverts("BadPeriod", 5, 4):
        system.ledger.covered(work_id, digest("a"), digest("b"), 5, 4)


def test_only_the_governor_lists_platforms(system):
    with brownie.reverts():
        system.ledger.setPlatform(digest("x"), True, {"from": system.stranger})
    system.ledger.setPlatform(digest("platform"), False, {"from": system.governor})
    assert not system.ledger.isPlatform(digest("platform"))
