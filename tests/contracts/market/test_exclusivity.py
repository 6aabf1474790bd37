"""OfferBook: what exclusive means."""

import pytest
from brownie import chain, web3
from eth_abi import encode

from tests.contracts.conftest import (
    EMPTY,
    EXCLUSIVE,
    ONLINE,
    PRINT_EDITORIAL,
    RENEWABLE,
    WEB_COMMERCIAL,
    WEB_EDITORIAL,
    WORLD,
    raw,
    reverts,
)
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, at, later

# Where OfferBook keeps what was sold.
SALES = 3
FRANCE, JAPAN = 1 << 3, 1 << 200
SAME = {"uses": WEB_EDITORIAL, "territories": FRANCE}
PAIRS = {
    "all of it": (SAME, SAME, True),
    "one use and one country": (
        {"uses": ONLINE, "territories": FRANCE | JAPAN},
        {"uses": WEB_COMMERCIAL | PRINT_EDITORIAL, "territories": WORLD},
        True,
    ),
    "other countries": (SAME, {**SAME, "territories": JAPAN}, False),
    "other uses": (SAME, {**SAME, "uses": PRINT_EDITORIAL}, False),
    "other countries and uses": (SAME, {"uses": WEB_COMMERCIAL, "territories": JAPAN}, False),
}


@pytest.mark.parametrize(("first", "second", "overlap"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("exclusive", ["first", "second", "both"])
def test_an_exclusive_licence_stands_alone_in_its_uses_and_territories(
    system, make, work_id, first, second, overlap, exclusive
):
    first = make.offer(work_id, rights=EXCLUSIVE if exclusive != "second" else 0, **first)
    second = make.offer(work_id, rights=EXCLUSIVE if exclusive != "first" else 0, **second)
    make.bought(first, end_user="first")
    if overlap:
        with reverts("ExclusivityTaken", system.offers.idOf(first)):
            make.bought(second, end_user="second")
    else:
        make.bought(second, end_user="second")


def test_licences_that_exclude_nobody_stand_side_by_side(system, make, work_id):
    offer = make.offer(work_id)
    for end_user in ("first", "second"):
        _, tx = make.bought(offer, end_user=end_user)
        assert "LicenceBought" in tx.events


def test_an_exclusive_offer_is_sold_once_at_a_time(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE | RENEWABLE), end_user="first")
    with reverts("ExclusivityTaken", system.offers.idOf(given[0])):
        make.bought(given[0], end_user="second")
    assert "LicenceRenewed" in market.renewed(given).events


@pytest.mark.parametrize("rights", [(EXCLUSIVE, 0), (0, EXCLUSIVE)], ids=["exclusive first", "exclusive second"])
def test_exclusivity_is_free_when_the_other_licence_and_its_grace_are_over(system, make, work_id, rights):
    first, second = (make.offer(work_id, rights=r) for r in rights)
    _, tx = make.bought(first, end_user="first")
    make.funded(system.payer, PRICE, system.ledger)
    at(tx.timestamp + PERIOD + GRACE)
    with reverts("ExclusivityTaken", system.offers.idOf(first)):
        system.ledger.buy(make.purchase(second), {"from": system.payer})
    at(tx.timestamp + PERIOD + GRACE + 1)
    system.ledger.buy(make.purchase(second), {"from": system.payer})


def test_who_held_the_exclusive_licence_cannot_renew_it_after_another_has_bought(system, make, work_id):
    old, other = (make.offer(work_id, rights=EXCLUSIVE | RENEWABLE) for _ in range(2))
    given, _ = make.bought(old, end_user="first")
    later(PERIOD + GRACE + 1)
    make.bought(other, end_user="second")
    with reverts("ExclusivityTaken", system.offers.idOf(other)):
        make.bought(given[0], end_user="first")


def test_a_refund_frees_exclusivity_at_once(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE), end_user="first")
    system.ledger.revoke(given, market.refunding())
    for end_user in ("second", "third"):
        given, _ = make.bought(given[0], end_user=end_user)
        system.ledger.revoke(given, market.refunding())
    make.bought(make.offer(work_id), end_user="fourth")


def test_a_refund_of_a_plain_licence_frees_exclusivity_when_no_other_is_left(system, make, market, work_id):
    offer = make.offer(work_id)
    offer_id = system.offers.idOf(offer)
    first, second = (make.bought(offer, end_user=name)[0] for name in ("first", "second"))
    exclusive = make.offer(work_id, rights=EXCLUSIVE)
    assert system.offers.sales(offer_id)["licences"] == 2
    system.ledger.revoke(first, market.refunding())
    assert system.offers.sales(offer_id)["licences"] == 1
    with reverts("ExclusivityTaken", offer_id):
        make.bought(exclusive, end_user="third")
    tx = system.ledger.revoke(second, market.refunding())
    assert system.offers.sales(offer_id)[1] == tx.timestamp - 1 and system.offers.sales(offer_id)["licences"] == 0
    make.bought(exclusive, end_user="third")


def test_licences_that_are_over_count_no_more(system, make, market, work_id):
    offer = make.offer(work_id)
    make.bought(offer, end_user="first")
    later(PERIOD + GRACE + 1)
    given, _ = make.bought(offer, end_user="second")
    assert system.offers.sales(system.offers.idOf(offer))["licences"] == 1
    system.ledger.revoke(given, market.refunding())
    make.bought(make.offer(work_id, rights=EXCLUSIVE), end_user="third")


def test_of_more_licences_than_can_be_counted_no_refund_frees_exclusivity(system, make, market, work_id):
    """Such a number is written into the store: nobody buys 65,535 licences in a test."""
    offer = make.offer(work_id)
    given, _ = make.bought(offer, end_user="first")
    slot = web3.keccak(encode(["bytes32", "uint256"], [raw(system.offers.idOf(offer)), SALES]))
    packed = bytes(web3.eth.get_storage_at(system.offers.address, slot))
    # Members are packed from the right: uses and licences, two bytes each, come last.
    packed = packed[:2] + b"\xff\xff" + packed[4:]
    stored = [system.offers.address, "0x" + bytes(slot).hex(), "0x" + packed.hex()]
    web3.provider.make_request("anvil_setStorageAt", stored)
    assert system.offers.sales(system.offers.idOf(offer))["licences"] == 2**16 - 1
    make.bought(offer, end_user="second")
    system.ledger.revoke(given, market.refunding())
    assert system.offers.sales(system.offers.idOf(offer))["licences"] == 2**16 - 1
    with reverts("ExclusivityTaken", system.offers.idOf(offer)):
        make.bought(make.offer(work_id, rights=EXCLUSIVE), end_user="third")


def test_exclusive_licences_bind_the_new_owner_of_the_certificate(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, rights=EXCLUSIVE))
    market.certificate_sold(work_id)
    with reverts("ExclusivityTaken", system.offers.idOf(given[0])):
        make.bought(make.offer(work_id, owner=system.client), end_user="another")


def test_nobody_holds_exclusivity_beyond_two_periods_by_paying_ahead(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id, 0))
    market.renewed(given)
    with reverts("TooEarly"):
        market.renewed(given)
    system.offers.close(system.offers.idOf(given[0]), work_id, {"from": system.holder})
    later(2 * PERIOD + GRACE + 1)
    make.bought(make.offer(work_id, rights=EXCLUSIVE), end_user="another")


# ------------------------------------------------------------------------------------- what a buyer of the work is told


def test_an_exclusive_licence_is_told_while_it_runs(system, make, market, work_id):
    places = (SAME, {**SAME, "territories": JAPAN})
    exclusive = [make.offer(work_id, rights=EXCLUSIVE | RENEWABLE, **place) for place in places]
    ids = [system.offers.idOf(offer) for offer in exclusive]
    make.bought(make.offer(work_id, uses=PRINT_EDITORIAL))
    assert system.offers.encumbrancesOf(work_id) == EMPTY
    _, tx = make.bought(exclusive[0])
    one = system.offers.encumbrancesOf(work_id)
    assert one == encumbrances([(ids[0], tx.timestamp + PERIOD + GRACE)])
    later(GRACE + 10)
    second, other = make.bought(exclusive[1])
    both = [(ids[0], tx.timestamp + PERIOD + GRACE), (ids[1], other.timestamp + PERIOD + GRACE)]
    assert system.offers.encumbrancesOf(work_id) == encumbrances(both)
    # The first is over and still on the list.
    at(tx.timestamp + PERIOD + GRACE + 1)
    chain.mine()
    assert system.offers.encumbrancesOf(work_id) == encumbrances(both[1:])
    system.ledger.revoke(second, market.refunding())
    assert system.offers.encumbrancesOf(work_id) == EMPTY


def encumbrances(running):
    """The hash over (offer, end) of each exclusive licence that runs."""
    found = b"\0" * 32
    for offer_id, until in running:
        found = web3.keccak(encode(["bytes32", "bytes32", "uint40"], [found, raw(offer_id), until]))
    return "0x" + bytes(found).hex()
