"""Shares: co-owners, derivatives, and how what a work earns is divided."""

from types import SimpleNamespace

import pytest
from brownie import ZERO_ADDRESS, accounts, chain
from brownie.test import given
from hypothesis import settings
from hypothesis import strategies as st

from tests.contracts.conftest import EMPTY, digest, entry, reverts
from tests.contracts.registry.conftest import (
    REJECTED,
    consent,
    in_one_second,
    judge,
    other_form,
    person,
    says,
    sell,
    sign,
)

ANN, BEN, CEM = (person(name) for name in ("Ann", "Ben", "Cem"))


def addresses(n):
    return [person(f"co-owner {i}").address for i in range(n)]


def share(system, work_id, co_owners, consents=(), by=None):
    return system.registry.setCoOwners(work_id, co_owners, list(consents), {"from": by or system.holder})


def link(system, work_id, parent, bps=1000, by=None):
    return system.registry.linkDerivative(work_id, parent, bps, {"from": by or system.holder})


def split(system, work_id, amount):
    """Who gets how much: co-owners, then the owner, then the parent, if one gets a part."""
    co_owners, parts, owner_part, parent, parent_part = system.registry.splitOf(work_id, amount)
    found = [*zip(co_owners, parts, strict=True), ("owner", owner_part)]
    return found if parent == EMPTY else [*found, (parent, parent_part)]


# ---------------------------------------------------------------------------------------------------------- co-owners


def test_an_owner_names_co_owners(system, make):
    work_id = make.work()
    tx = share(system, work_id, [(ANN.address, 2500), (BEN.address, 1)])
    assert [tuple(c) for c in tx.events["CoOwnersSet"]["coOwners"]] == [(ANN.address, 2500), (BEN.address, 1)]
    assert system.registry.coOwnersOf(work_id) == ((ANN.address, 2500), (BEN.address, 1))
    assert system.registry.work(work_id)[4] == 2 and system.registry.work(work_id)[6] == 1
    with reverts("NotOwner", work_id, system.stranger):
        share(system, work_id, [], by=system.stranger)


def test_seven_co_owners_and_no_eighth(system, make):
    work_id = make.work()
    with reverts("BadShares", 8, 0):
        share(system, work_id, [(a, 1) for a in addresses(8)])
    share(system, work_id, [(a, 1) for a in addresses(7)])
    assert len(system.registry.coOwnersOf(work_id)) == 7


def test_co_owners_get_at_most_the_whole(system, make):
    work_id = make.work()
    with reverts("BadShares", 2, 10_001):
        share(system, work_id, [(ANN.address, 9000), (BEN.address, 1001)])
    share(system, work_id, [(ANN.address, 9000), (BEN.address, 1000)])
    assert split(system, work_id, 7) == [(ANN.address, 6), (BEN.address, 0), ("owner", 1)]


def test_a_co_owner_is_somebody_with_a_part(system, make):
    work_id = make.work()
    with reverts("BadShares", 1, 0):
        share(system, work_id, [(ZERO_ADDRESS, 1)])
    with reverts("BadShares", 2, 0):
        share(system, work_id, [(ANN.address, 1), (BEN.address, 0)])


def test_present_co_owners_agree_to_other_shares(system, make):
    work_id = make.work()
    share(system, work_id, [(ANN.address, 100), (BEN.address, 200)])
    wanted = [(CEM.address, 300)]
    with reverts("ConsentsMissing", 0, 2):
        share(system, work_id, wanted)
    ann, ben = (consent(system, who, work_id, wanted) for who in (ANN, BEN))
    with reverts("ConsentsMissing", 1, 2):
        share(system, work_id, wanted, [ann])
    with reverts("ConsentsMissing", 3, 2):
        share(system, work_id, wanted, [ann, ben, ben])
    with reverts("BadSignature", ANN.address):
        share(system, work_id, wanted, [ben, ann])
    with reverts("BadSignature", BEN.address):
        share(system, work_id, wanted, [ann, other_form(ben)])
    share(system, work_id, wanted, [ann, ben])
    assert system.registry.coOwnersOf(work_id) == ((CEM.address, 300),)


def test_a_consent_is_for_these_shares_of_this_work_this_once(system, make):
    work_id, other = make.work("a"), make.work("b")
    present, wanted = [(ANN.address, 100)], [(ANN.address, 50)]
    for each in (work_id, other):
        share(system, each, present)
    first = consent(system, ANN, work_id, wanted)
    for work, shares in ((other, wanted), (work_id, [(ANN.address, 51)]), (work_id, [(BEN.address, 50)])):
        with reverts("BadSignature", ANN.address):
            share(system, work, shares, [first])
    with reverts("BadSignature", ANN.address):
        share(system, work_id, wanted, [consent(system, ANN, work_id, wanted, nonce=2)])
    message = {"workId": bytes.fromhex(str(work_id)[2:]), "coOwners": [{"account": ANN.address, "bps": 50}], "nonce": 1}
    with reverts("BadSignature", ANN.address):
        share(system, work_id, wanted, [sign(ANN, system.registry, "CoOwners", message, chain_id=1)])
    share(system, work_id, wanted, [first])
    share(system, work_id, present, [consent(system, ANN, work_id, present)])
    with reverts("BadSignature", ANN.address):
        share(system, work_id, wanted, [first])
    assert system.registry.coOwnersNonce(work_id) == 3


def test_a_co_owner_can_be_a_wallet_that_is_a_contract(system, make, wallet):
    account, signer = wallet
    work_id = make.work()
    share(system, work_id, [(account.address, 100)])
    with reverts("BadSignature", account):
        share(system, work_id, [], [consent(system, ANN, work_id, [])])
    share(system, work_id, [], [consent(system, signer, work_id, [])])
    assert system.registry.coOwnersOf(work_id) == ()


def test_co_owners_stay_when_the_certificate_is_sold_and_none_of_the_old_ones_comes_back(system, make):
    work_id = make.work()
    share(system, work_id, [(ANN.address, 100), (BEN.address, 200)])
    sell(system, work_id, system.holder, system.client)
    assert len(system.registry.coOwnersOf(work_id)) == 2
    with reverts("NotOwner", work_id, system.holder):
        share(system, work_id, [], by=system.holder)
    consents = [consent(system, who, work_id, []) for who in (ANN, BEN)]
    share(system, work_id, [], consents, by=system.client)
    share(system, work_id, [(CEM.address, 5)], by=system.client)
    assert system.registry.coOwnersOf(work_id) == ((CEM.address, 5),)
    assert split(system, work_id, 10_000) == [(CEM.address, 5), ("owner", 9995)]


# ---------------------------------------------------------------------------------------------------------- derivatives


def test_an_owner_gives_the_parent_a_share_for_good(system, make):
    parent, child = make.work("a", system.client), make.work("b")
    assert system.registry.parentOf(child) == (EMPTY, 0)
    tx = link(system, child, parent, 1500)
    assert says(tx.events["DerivativeLinked"], workId=child, parentId=parent, bps=1500)
    assert system.registry.parentOf(child) == (parent, 1500) and system.registry.work(child)[5]
    assert split(system, child, 10_000) == [("owner", 8500), (parent, 1500)]
    with reverts("AlreadyLinked", child, parent):
        link(system, child, make.work("c"))
    with reverts("NotOwner", child, system.holder):
        sell(system, child, system.holder, system.payer)
        link(system, child, parent)


def test_only_the_parents_owner_gives_the_share_up(system, make):
    parent, child = make.work("a", system.client), make.work("b")
    with reverts("NotLinked", child):
        system.registry.unlinkDerivative(child, {"from": system.client})
    link(system, child, parent)
    for account in (system.holder, system.stranger):
        with reverts("NotOwner", parent, account):
            system.registry.unlinkDerivative(child, {"from": account})
    tx = system.registry.unlinkDerivative(child, {"from": system.client})
    assert says(tx.events["DerivativeUnlinked"], workId=child, parentId=parent)
    assert system.registry.parentOf(child) == (EMPTY, 0) and not system.registry.work(child)[5]
    assert split(system, child, 100) == [("owner", 100)]
    link(system, child, parent, 10_000)


def test_a_parent_that_the_panel_rejected_gets_nothing(system, make):
    parent, child = make.work("a", system.stranger), make.work("b")
    link(system, child, parent)
    judge(system, parent, digest("a"), REJECTED)
    assert split(system, child, 100) == [("owner", 100)]
    with reverts("NotOwner", parent, system.client):
        system.registry.unlinkDerivative(child, {"from": system.client})
    system.registry.unlinkDerivative(child, {"from": system.holder})
    assert split(system, child, 100) == [("owner", 100)]


def test_co_owners_and_parent_together_get_at_most_the_whole(system, make):
    parent, child = make.work("a", system.client), make.work("b")
    share(system, child, [(ANN.address, 6000)])
    with reverts("BadShares", 1, 10_001):
        link(system, child, parent, 4001)
    with reverts("BadShares", 1, 6000):
        link(system, child, parent, 0)
    link(system, child, parent, 4000)
    wanted = [(ANN.address, 6001)]
    with reverts("BadShares", 1, 10_001):
        share(system, child, wanted, [consent(system, ANN, child, wanted)])
    assert split(system, child, 10) == [(ANN.address, 6), ("owner", 0), (parent, 4)]


def test_a_work_derives_from_one_that_is_not_later(system, make):
    earlier = make.work("a")
    later = make.work("b")
    chain.sleep(5)
    latest = make.work("c")
    with reverts("BadParent", later, latest):
        link(system, later, latest)
    with reverts("UnknownWork", digest("x")):
        link(system, later, digest("x"))
    with reverts("BadParent", earlier, earlier):
        link(system, earlier, earlier)
    link(system, later, earlier)


@pytest.fixture
def line(system, make):
    """Six works of one second, so that only the line itself can forbid a link."""
    owners = accounts[1:7]
    in_one_second(*((owner, system.registry.register, entry(f"w{i}")) for i, owner in enumerate(owners)))
    ids = [system.registry.workIdOf(owner, digest(f"w{i}")) for i, owner in enumerate(owners)]
    return SimpleNamespace(ids=ids, owners=owners, link=lambda a, b: link(system, ids[a], ids[b], 5000, owners[a]))


def test_no_work_derives_from_itself_by_any_way(line):
    line.link(0, 1)
    with reverts("BadParent", line.ids[1], line.ids[0]):
        line.link(1, 0)
    line.link(1, 2)
    with reverts("BadParent", line.ids[2], line.ids[0]):
        line.link(2, 0)
    line.link(2, 3)
    with reverts("BadParent", line.ids[3], line.ids[0]):
        line.link(3, 0)


def test_three_parents_up_the_line_and_no_fourth(system, line):
    line.link(3, 4)
    line.link(2, 3)
    line.link(1, 2)
    with reverts("BadParent", line.ids[0], line.ids[1]):
        line.link(0, 1)


# ------------------------------------------------------------------------------------------------------------ the split


def modelled(co_owners, parent, bps, amount):
    """Who gets how much, in Python."""
    parts = [(account, amount * share // 10_000) for account, share in co_owners]
    upwards = [] if parent is None else [(parent, amount * bps // 10_000)]
    return [*parts, ("owner", amount - sum(part for _, part in parts + upwards)), *upwards]


@st.composite
def families(draw):
    """Up to five works, each a derivative of the one before it or of none."""
    works = []
    for place in range(draw(st.integers(1, 5))):
        bps = draw(st.integers(0, 10_000)) if place else 0
        left, co_owners = 10_000 - bps, []
        for account in addresses(draw(st.integers(0, 7))):
            part = draw(st.integers(0, left))
            if part:
                co_owners.append((account, part))
                left -= part
        works.append((accounts[1 + place], co_owners, place - 1 if bps else None, bps))
    return works


@pytest.mark.no_call_coverage
@given(works=families(), amounts=st.lists(st.integers(0, 130_000_000 * 10**18), min_size=4, max_size=4))
@settings(max_examples=12, derandomize=True)
def test_every_wei_goes_to_whom_it_belongs(system, make, works, amounts):
    ids = []
    for place, (owner, co_owners, _, _) in enumerate(works):
        ids.append(make.work(f"family {place}", owner))
        if co_owners:
            share(system, ids[-1], co_owners, by=owner)
    # From the top of the line down, no work has more than three parents; from its bottom up, it may.
    for place, (owner, _, parent, bps) in reversed(list(enumerate(works))):
        if parent is not None:
            link(system, ids[place], ids[parent], bps, owner)
    for work_id, (_, co_owners, parent, bps) in zip(ids, works, strict=True):
        for amount in [0, 1, 9_999, *amounts]:
            found = split(system, work_id, amount)
            assert found == modelled(co_owners, None if parent is None else ids[parent], bps, amount)
            assert sum(part for _, part in found) == amount
