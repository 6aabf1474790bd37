"""Whose agreement makes a report: enough members, of enough methods of comparing pictures."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import VerificationError
from oracle.report.committee import Rule, largest_common

CONFIRMED = {"a": {1, 2, 3}, "b": {2, 3}, "c": {3, 4}}


def test_the_largest_set_that_enough_members_share():
    assert largest_common(CONFIRMED, {}, "", Rule(2, 0)) == ({1, 2, 3}, {"a"})
    assert largest_common(CONFIRMED, {}, "", Rule(3, 0)) == ({2, 3}, {"a", "b"})
    assert largest_common(CONFIRMED, {}, "", Rule(4, 0)) == ({3}, {"a", "b", "c"})
    assert largest_common({"a": {1}}, {}, "", Rule(3, 0)) == (set(), set())
    many = {f"m{n:02}": set(range(40)) for n in range(30)}
    assert largest_common(many, {}, "", Rule(16, 0))[0] == set(range(40))


def test_signers_have_as_many_methods_as_the_committee_asks_for():
    methods = {"a": "sift", "b": "sift", "c": "orb"}
    assert largest_common(CONFIRMED, methods, "sift", Rule(2, 2)) == ({3, 4}, {"c"})
    assert largest_common(CONFIRMED, methods, "orb", Rule(2, 2)) == ({1, 2, 3}, {"a"})
    assert largest_common({"a": {1}, "b": {1}}, methods, "sift", Rule(2, 2)) == (set(), set())


def test_more_members_sign_than_the_threshold_where_the_methods_ask_for_it():
    methods = {"a": "one", "b": "two", "c": "three"}
    assert largest_common(CONFIRMED, methods, "one", Rule(2, 3)) == ({3}, {"a", "b", "c"})


def test_who_declared_no_method_counts_for_none():
    assert not Rule(2, 2).is_met_by(["sift", ""])
    assert Rule(2, 1).is_met_by(["", ""])
    assert Rule(2, 2).is_met_by(["sift", "orb", ""])


def test_a_large_committee_finds_the_one_member_of_the_other_method():
    confirmed = {f"m{n:02}": set(range(40)) for n in range(20)} | {"other": {7}}
    methods = dict.fromkeys(confirmed, "sift") | {"other": "orb"}
    chosen, signers = largest_common(confirmed, methods, "sift", Rule(11, 2))
    assert chosen == {7} and "other" in signers


def test_nobody_is_a_committee_alone():
    with pytest.raises(VerificationError, match="not a committee"):
        largest_common(CONFIRMED, {}, "", Rule(1, 0))


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sets(st.integers(0, 5)), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", "x", "y", "z"])),
    st.sampled_from(["", "x", "y"]),
    st.integers(2, 6),
    st.integers(0, 4),
)
def test_what_is_chosen_is_confirmed_by_a_group_that_meets_the_rule_and_no_group_has_more(
    confirmed, methods, own, threshold, needed
):
    rule = Rule(threshold, needed)
    chosen, signers = largest_common(confirmed, methods, own, rule)
    groups = (g for n in range(len(confirmed) + 1) for g in itertools.combinations(confirmed, n) if n)
    good = [g for g in groups if rule.is_met_by([own, *(methods.get(m, "") for m in g)])]
    most = max((len(set.intersection(*(confirmed[m] for m in g))) for g in good), default=0)
    assert len(chosen) == most
    assert signers == {m for m, items in confirmed.items() if chosen and chosen <= items}
    if chosen:
        assert rule.is_met_by([own, *(methods.get(m, "") for m in signers)])
