"""WorkRegistry: who owned a work when, and what the buyer of a certificate agreed to."""

import brownie
from brownie import ZERO_ADDRESS, OfferBook, accounts, chain
from brownie import reverts as fails
from brownie.test import given
from hypothesis import settings
from hypothesis import strategies as st

from tests.contracts.conftest import DAY, EXCLUSIVE, cid, digest, reverts
from tests.contracts.registry.conftest import (
    DISPUTED,
    in_one_second,
    judge,
    next_block_at,
    person,
    says,
    sell,
    token,
)

# ---------------------------------------------------------------------------------------------------- who owned it when


def test_before_any_sale_the_first_owner_owned_it_at_all_times(system, make):
    work_id = make.work()
    for time in (0, 1, chain.time(), 2**64 - 1):
        assert system.registry.ownerAt(work_id, time) == system.holder


def test_a_sale_counts_from_its_own_second(system, make):
    work_id = make.work()
    sold_at = chain.time() + DAY
    next_block_at(sold_at)
    sell(system, work_id, system.holder, system.client)
    assert system.registry.ownerAt(work_id, sold_at - 1) == system.holder
    assert system.registry.ownerAt(work_id, sold_at) == system.client
    for time in (2**48, 2**48 + 1, 2**64 - 1):
        assert system.registry.ownerAt(work_id, time) == system.client
    assert system.registry.entitlement(work_id, sold_at - 1)[:2] == (system.holder, system.client)
    assert system.registry.entitlement(work_id, sold_at)[:2] == (system.client, system.client)


def test_of_several_sales_in_one_second_the_last_counts(system, make):
    work_id = make.work()
    move = system.registry.transferFrom
    sold_at = in_one_second(
        (system.holder, move, system.holder, system.client, token(work_id)),
        (system.client, move, system.client, system.payer, token(work_id)),
    )
    assert system.registry.ownerOf(token(work_id)) == system.payer
    assert system.registry.ownerAt(work_id, sold_at) == system.payer
    assert system.registry.ownerAt(work_id, sold_at - 1) == system.holder


@given(sales=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 400 * DAY)), max_size=6), data=st.data())
@settings(max_examples=12, derandomize=True)
def test_who_owned_a_work_when_is_never_forgotten(system, make, sales, data):
    work_id, owner = make.work(), system.holder
    history = [(0, owner)]
    for buyer, wait in sales:
        chain.sleep(wait)
        tx = sell(system, work_id, owner, accounts[buyer])
        owner = accounts[buyer]
        history.append((tx.timestamp, owner))
    edges = {time + d for time, _ in history for d in (-1, 0, 1)} - {-1}
    for time in edges | set(data.draw(st.lists(st.integers(0, chain.time() + DAY), max_size=5))):
        expected = [account for since, account in history if since <= time][-1]
        assert system.registry.ownerAt(work_id, time) == expected


def test_only_who_owns_a_certificate_or_was_allowed_to_moves_it(system, make):
    work_id = make.work()
    with fails(revert_pattern="(?s)ERC721InsufficientApproval.*"):
        system.registry.transferFrom(system.holder, system.stranger, token(work_id), {"from": system.stranger})
    system.registry.approve(system.stranger, token(work_id), {"from": system.holder})
    system.registry.transferFrom(system.holder, system.client, token(work_id), {"from": system.stranger})
    with brownie.reverts():
        system.registry.transferFrom(system.client, system.stranger, token(work_id), {"from": system.stranger})
    assert system.registry.ownerOf(token(work_id)) == system.client


# ----------------------------------------------------------------------------------------------- what a buyer agreed to


def buy_at(system, work_id, state, by=None):
    by = by or system.holder
    return system.registry.transferAt(system.holder, system.client, token(work_id), state, {"from": by})


def test_a_certificate_is_sold_as_the_buyer_saw_it(system, make):
    work_id = make.work()
    state = system.registry.stateOf(work_id)
    tx = buy_at(system, work_id, state)
    assert says(tx.events["Transfer"], to=system.client) and system.registry.ownerOf(token(work_id)) == system.client
    assert system.registry.ownerAt(work_id, tx.timestamp) == system.client


def test_only_who_may_move_a_certificate_sells_it_as_it_was_seen(system, make):
    work_id = make.work()
    state = system.registry.stateOf(work_id)
    with reverts("ERC721InsufficientApproval", system.stranger, token(work_id)):
        buy_at(system, work_id, state, system.stranger)
    system.registry.approve(system.stranger, token(work_id), {"from": system.holder})
    buy_at(system, work_id, state, system.stranger)
    assert system.registry.ownerOf(token(work_id)) == system.client


def changes_of(system, make, work_id):
    """What may happen to a work between a buyer's look and the sale, one after the other; the payer has a parent."""
    by, co_owner = {"from": system.holder}, person("co-owner")
    parent = system.registry.workIdOf(system.payer, digest("parent"))
    exclusive = make.offer(work_id, rights=EXCLUSIVE)
    yield lambda: system.registry.setRoyalty(work_id, system.holder, 1, by)
    yield lambda: system.registry.setCoOwners(work_id, [(co_owner.address, 1)], [], by)
    yield lambda: system.registry.linkDerivative(work_id, parent, 1, by)
    yield lambda: system.registry.unlinkDerivative(work_id, {"from": system.payer})
    yield lambda: make.bought(exclusive)
    yield lambda: judge(system, work_id, digest("photo"), DISPUTED)


def test_whatever_changes_a_buyers_rights_stops_the_sale(system, make):
    make.work("parent", system.payer)
    work_id = make.work()
    seen = {str(system.registry.stateOf(work_id))}
    for change in changes_of(system, make, work_id):
        before = system.registry.stateOf(work_id)
        change()
        after = system.registry.stateOf(work_id)
        with reverts("StateChanged", work_id, before, after):
            buy_at(system, work_id, before)
        assert str(after) not in seen
        seen.add(str(after))
    buy_at(system, work_id, system.registry.stateOf(work_id))
    assert str(system.registry.stateOf(work_id)) not in seen


def test_what_changes_no_rights_stops_no_sale(system, make):
    work_id = make.work()
    offered = make.offer(work_id)
    state = system.registry.stateOf(work_id)
    make.bought(offered)
    system.registry.setFingerprint(work_id, 2, cid("v2"), {"from": system.holder})
    system.registry.setMetadata(work_id, cid("m2"), {"from": system.holder})
    assert system.registry.stateOf(work_id) == state
    buy_at(system, work_id, state)


def test_an_exclusive_licence_is_no_part_of_the_state_when_it_has_ended(system, make):
    work_id = make.work()
    offered = make.offer(work_id, rights=EXCLUSIVE, grace=DAY)
    state = system.registry.stateOf(work_id)
    make.bought(offered)
    assert system.registry.stateOf(work_id) != state
    chain.sleep(400 * DAY)
    chain.mine()
    assert system.registry.stateOf(work_id) == state


def test_the_governor_names_the_market_whose_licences_are_part_of_the_state(system, make):
    work_id = make.work()
    state = system.registry.stateOf(work_id)
    make.bought(make.offer(work_id, rights=EXCLUSIVE))
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.registry.setMarket(system.offers, {"from": system.stranger})
    empty = system.governor.deploy(OfferBook, system.registry, system.ledger, ZERO_ADDRESS)
    tx = system.registry.setMarket(empty, {"from": system.governor})
    assert says(tx.events["MarketSet"], market=empty) and system.registry.market() == empty
    assert system.registry.stateOf(work_id) == state


def test_nothing_is_transferred_that_is_no_work(system):
    with reverts("UnknownWork", digest("nothing")):
        system.registry.transferAt(
            system.holder, system.client, token(digest("nothing")), digest("state"), {"from": system.holder}
        )
