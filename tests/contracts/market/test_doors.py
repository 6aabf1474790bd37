"""LicenseLedger: what `buy` refuses, the other ways to buy refuse as well."""

import pytest

from tests.contracts.conftest import EMPTY, NO_PERMIT, NO_QUOTE, RENEWABLE, digest, reverts
from tests.contracts.market.conftest import PRICE, order

NOBODY = "0x" + "00" * 20


def ordered(system, make, given):
    signed = order(system, make, given, nonce=system.ledger.nonces(given[1]))
    return system.ledger.buyFor(given, NO_QUOTE, [], signed, {"from": system.stranger})


@pytest.fixture(params=["buy", "buyQuoted", "buyFor"])
def door(request, system, make, buyer):
    """One way to buy; the buyer has CPY and gave an allowance."""
    system.token.approve(system.ledger, 10 * PRICE, {"from": buyer})
    ways = {
        "buy": lambda given: system.ledger.buy(given, {"from": buyer}),
        "buyQuoted": lambda given: system.ledger.buyQuoted(given, NO_QUOTE, [], NO_PERMIT, {"from": buyer}),
        "buyFor": lambda given: ordered(system, make, given),
    }
    return ways[request.param]


@pytest.mark.parametrize(
    ("end_user", "error"),
    [(EMPTY, "EmptyEndUser"), (digest("platform"), "PlatformAsEndUser")],
    ids=["nobody", "a platform"],
)
def test_a_licence_is_for_a_site_of_ones_own(make, buyer, work_id, door, end_user, error):
    given = make.purchase(make.offer(work_id), buyer)
    with reverts(error):
        door((*given[:2], end_user, given[3]))


def test_a_licence_is_somebodys(system, make, work_id):
    given = (make.offer(work_id, 0), NOBODY, digest("shop"), 0)
    with reverts("EmptyLicensee"):
        system.ledger.buyQuoted(given, NO_QUOTE, [], NO_PERMIT, {"from": system.payer})


def test_the_limit_is_kept(make, buyer, work_id, door):
    with reverts("PriceAboveLimit", PRICE, PRICE - 1):
        door(make.purchase(make.offer(work_id), buyer, limit=PRICE - 1))


def test_a_licence_that_runs_is_renewed_only_if_the_offer_says_so(make, buyer, work_id, door):
    given = make.purchase(make.offer(work_id, rights=0), buyer)
    door(given)
    with reverts("NotRenewable"):
        door(given)


def test_no_more_than_one_period_is_paid_ahead(make, buyer, work_id, door):
    given = make.purchase(make.offer(work_id, rights=RENEWABLE), buyer)
    door(given)
    door(given)
    with reverts("TooEarly"):
        door(given)
