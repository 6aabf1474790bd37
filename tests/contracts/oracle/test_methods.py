"""EvidenceOracle: the committee may ask that the members who sign a report compared pictures in different ways."""

import pytest
from brownie import accounts

from tests.contracts.conftest import EMPTY, deployed, digest, reverts

SIFT, AKAZE, OTHER = ("0x" + name.encode().hex().ljust(64, "0") for name in ("sift", "akaze", "other"))


@pytest.fixture
def declared(system):
    """declared(methods): each member, in the order of their addresses, says how it compares pictures."""

    def declare(*methods):
        for member, method in zip(system.members, methods, strict=False):
            # Members have keys of their own, and the chain lets nobody else speak for them.
            accounts[0].transfer(member.address, 10**18)
            account = accounts.add(member.key)
            system.evidence.declareMethod(method, {"from": account})

    return declare


@pytest.fixture
def required(system):
    """required(count): the governor asks for so many methods."""
    return lambda count: system.evidence.requireMethods(count, {"from": system.governor})


def test_no_method_is_asked_for_at_first(system, make, bring):
    assert system.evidence.requiredMethods() == 0
    bring(make.report(digest("root"), 1))


def test_a_member_declares_its_method_and_takes_it_back(system):
    tx = system.evidence.declareMethod(SIFT, {"from": system.stranger})
    assert dict(tx.events["MethodDeclared"]) == {"account": system.stranger, "method": SIFT}
    assert system.evidence.methodOf(system.stranger) == SIFT
    system.evidence.declareMethod(EMPTY, {"from": system.stranger})
    assert system.evidence.methodOf(system.stranger) == EMPTY


def test_only_the_governor_asks_for_methods(system, required):
    with reverts("AccessManagedUnauthorized"):
        system.evidence.requireMethods(2, {"from": system.stranger})
    assert dict(required(2).events["MethodsRequired"]) == {"count": 2}
    assert system.evidence.requiredMethods() == 2


def test_nobody_asks_for_more_methods_than_a_committee_can_have(system, required):
    required(31)
    with reverts("BadMembers", 32):
        required(32)


def test_signers_of_one_method_do_not_report_where_two_are_asked_for(system, make, bring, declared, required):
    declared(SIFT, SIFT, AKAZE)
    required(2)
    with reverts("MethodsMissing", 1, 2):
        bring(make.report(digest("root"), 1), system.members[:2])
    bring(make.report(digest("root"), 1), system.members[1:])
    bring(make.report(digest("second"), 1), system.members)


def test_who_declared_nothing_counts_for_no_method(system, make, bring, declared, required):
    declared(SIFT)
    required(2)
    with reverts("MethodsMissing", 1, 2):
        bring(make.report(digest("root"), 1), system.members)


@pytest.mark.parametrize(
    "methods, needed, enough",
    [
        ((), 0, True),
        ((), 1, True),
        ((), 2, False),
        ((SIFT, SIFT, SIFT), 2, False),
        ((SIFT, AKAZE, SIFT), 2, True),
        ((AKAZE, SIFT, SIFT), 2, True),
        ((SIFT, AKAZE, SIFT), 3, False),
        ((SIFT, AKAZE, OTHER), 3, True),
        ((SIFT, EMPTY, OTHER), 2, True),
        ((SIFT, EMPTY, OTHER), 3, False),
    ],
)
def test_different_methods_are_counted(system, make, bring, declared, required, methods, needed, enough):
    declared(*methods)
    required(needed)
    given = make.report(digest("root"), 1)
    if enough:
        bring(given, system.members)
    else:
        with reverts("MethodsMissing", len(set(methods) - {EMPTY}), needed):
            bring(given, system.members)


def test_a_declaration_counts_from_the_report_after_it(system, make, bring, declared, required):
    declared(SIFT, AKAZE)
    required(2)
    bring(make.report(digest("first"), 1))
    declared(SIFT, SIFT)
    with reverts("MethodsMissing", 1, 2):
        bring(make.report(digest("second"), 1))
    assert system.evidence.receipt(digest("first"))[0] == 1


def test_a_deployment_asks_for_the_methods_of_its_configuration():
    assert deployed(methods=2).evidence.requiredMethods() == 2
