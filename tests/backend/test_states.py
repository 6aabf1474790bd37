"""The states of a case agree with each other."""

import pytest

from backend.cases.states import CaseState
from backend.core.database import EnumText


@pytest.mark.parametrize("state", CaseState)
def test_what_is_over_is_not_paid_and_what_lives_on_chain_is(state):
    assert not (state.is_over and state.is_payable)
    assert state.is_payable or not state.is_alive


def test_only_what_was_not_opened_or_does_not_match_is_neither_over_nor_payable():
    neither = {state for state in CaseState if not state.is_over and not state.is_payable}
    assert neither == {CaseState.CLAIMED, CaseState.DISPUTED}


def test_a_column_of_states_is_read_as_states():
    column = EnumText(CaseState)
    assert column.process_result_value("open", None) is CaseState.OPEN
    assert column.process_result_value(None, None) is None
    with pytest.raises(ValueError, match="opened"):
        column.process_result_value("opened", None)
