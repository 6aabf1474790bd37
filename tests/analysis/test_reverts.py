"""The list of what each function can revert with."""

import pytest

from scripts.analysis import reverts


@pytest.fixture(scope="module")
def found():
    return reverts.find()


def test_the_list_is_what_the_contracts_say(found):
    assert reverts.FILE.read_text() == reverts.text(found), "scripts/analyse reverts --write"


def test_a_list_follows_modifiers_overrides_super_and_libraries(found):
    # A modifier of OpenZeppelin, a library of ours, an inherited part, and what only an override brings.
    assert "EnforcedPause" in found["Settlement"]["open"]
    assert "UnknownPreset" in found["OfferBook"]["createPreset"]
    assert {"NotProven", "NoAuthorship", "AlreadyOpen"} <= set(found["Settlement"]["open"])
    assert "NotOwner" in found["OfferBook"]["listWork"]
    # Of another contract, which has its own list.
    assert "ClosedOffer" not in found["LicenseLedger"]["buy"] and "ClosedOffer" in found["OfferBook"]["sell"]


def test_what_no_test_meets_is_named():
    listed = {"A": {"f": ["X", "Y"]}}
    assert reverts.unseen(listed, {"A.f X"}) == ["A.f Y"]
    assert reverts.unseen(listed, {"A.f X", "A.f Y"}) == []
    assert reverts.unseen(listed, {"A.f X", "B.g Y"}) == ["A.f Y"]


def test_what_only_another_contract_may_call_is_met_through_that_one():
    listed = {"Book": {"sell": ["Closed", "NotLedger"]}}
    assert reverts.unseen(listed, {"Ledger.buy Closed"}) == ["Book.sell NotLedger"]
    assert reverts.unseen(listed, {"Ledger.buy Closed", "Book.sell NotLedger"}) == []


def test_nothing_is_called_out_of_reach_that_no_list_names(found):
    listed = {f"{c}.{f} {e}" for c, functions in found.items() for f, errors in functions.items() for e in errors}
    assert set(reverts.OUT_OF_REACH) <= listed
