"""Whose turn a site is: one member's at once, everybody's in the end, and hardly any site moves with the committee."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import ChainError
from oracle.node.turns import Turns, members_in_turn

MEMBERS = st.lists(st.from_regex(r"0x[0-9a-f]{40}", fullmatch=True), min_size=1, max_size=31, unique=True)
SITES = [f"shop{number}.example" for number in range(3_000)]


@given(st.text(max_size=60), MEMBERS)
def test_one_member_goes_at_once_and_the_others_follow_one_by_one(site, members):
    waits = [Turns(lambda: members, member).wait(site, 100.0) for member in members]
    assert sorted(waits) == [100.0 * place for place in range(len(members))]


@given(st.text(max_size=60), MEMBERS, st.randoms())
def test_members_agree_in_whatever_order_they_read_the_committee(site, members, chance):
    shuffled = members.copy()
    chance.shuffle(shuffled)
    assert members_in_turn(site, shuffled) == members_in_turn(site, members)


@given(st.text(max_size=60), MEMBERS)
def test_a_member_that_leaves_moves_only_its_own_sites(site, members):
    first, *rest = members_in_turn(site, members)
    for member in rest:
        assert members_in_turn(site, [m for m in members if m != member])[0] == first


@pytest.mark.parametrize("size", [3, 7])
def test_every_member_has_its_share(size):
    members = [f"0x{number:040x}" for number in range(size)]
    shares = Counter(members_in_turn(site, members)[0] for site in SITES)
    assert min(shares.values()) > 0.8 * len(SITES) / size


def test_who_is_no_member_waits_for_nobody():
    assert Turns(lambda: ["0xa", "0xb"], "0xc").place("shop.example") is None
    assert Turns(lambda: ["0xa", "0xb"], "0xc").wait("shop.example", 100.0) == 0


def test_a_chain_that_does_not_answer_keeps_nobody_from_reading():
    def committee():
        raise ChainError("no answer")

    assert Turns(committee, "0xa").wait("shop.example", 100.0) == 0
