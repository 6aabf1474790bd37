"""What contracts share, asked of each of them: who may pause, name members, and change the authority."""

import pytest

from tests.contracts.conftest import reverts, signers

MANAGED = ("registry", "verifiers", "evidence", "quotes", "ledger", "settlement", "arbitration", "book")
QUORUMS = ("evidence", "quotes", "arbitration")
PAUSABLE = ("ledger", "settlement")


@pytest.mark.parametrize("name", MANAGED)
def test_only_the_authority_names_another_authority(system, name):
    contract = getattr(system, name)
    for account in (system.stranger, system.governor):
        with reverts("AccessManagedUnauthorized", account):
            contract.setAuthority(system.stranger, {"from": account})
    assert contract.authority() == system.authority


@pytest.mark.parametrize("name", PAUSABLE)
def test_pausing_and_ending_a_pause_have_their_order_and_their_people(system, name):
    contract = getattr(system, name)
    with reverts("AccessManagedUnauthorized", system.stranger):
        contract.pause({"from": system.stranger})
    with reverts("ExpectedPause"):
        contract.unpause({"from": system.governor})
    contract.pause({"from": system.pauser})
    with reverts("EnforcedPause"):
        contract.pause({"from": system.pauser})
    with reverts("AccessManagedUnauthorized", system.pauser):
        contract.unpause({"from": system.pauser})


@pytest.mark.parametrize("name", QUORUMS)
def test_a_set_of_members_is_in_order_and_its_threshold_a_majority(system, name):
    contract, by = getattr(system, name), {"from": system.governor}
    first, second = (signer.address for signer in signers("m", 2))
    with reverts("SignersNotAscending", second, first):
        contract.setMembers([second, first], 2, by)
    with reverts("BadThreshold", 1, 2):
        contract.setMembers([first, second], 1, by)
    with reverts("BadMembers", 0):
        contract.setMembers([], 0, by)
