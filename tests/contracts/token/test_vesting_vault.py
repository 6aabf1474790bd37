"""VestingVault: nothing before the cliff, linear after it, everything at the end."""

import pytest
from brownie import VestingVault, accounts
from brownie.test import given, strategy
from hypothesis import settings

from tests.contracts.conftest import DAY, reverts
from tests.contracts.token.conftest import ZERO, at, now, travel

AMOUNT = 15_000_000 * 10**18
YEARS = 730 * DAY
CLIFF = 180 * DAY


@pytest.fixture(scope="module")
def vault(system):
    made = system.governor.deploy(VestingVault, system.holder, now() + DAY, YEARS, CLIFF)
    system.token.transfer(made, AMOUNT, {"from": system.governor})
    return made


def release(system, vault):
    vault.release["address"](system.token, {"from": system.stranger})
    return system.token.balanceOf(system.holder)


def test_terms_are_what_was_given(system, vault):
    assert vault.owner() == system.holder
    assert vault.end() - vault.start() == vault.duration() == YEARS
    assert vault.cliff() - vault.start() == CLIFF


def test_nothing_is_released_before_the_second_of_the_cliff(system, vault):
    at(vault.cliff() - 1)
    assert release(system, vault) == 0
    at(vault.cliff())
    assert release(system, vault) == AMOUNT * CLIFF // YEARS


def test_everything_is_released_at_the_end(system, vault):
    at(vault.end() - 1)
    assert release(system, vault) == AMOUNT * (YEARS - 1) // YEARS
    at(vault.end())
    assert release(system, vault) == AMOUNT
    assert system.token.balanceOf(vault) == 0


def test_what_arrives_late_vests_as_if_it_had_been_there(system, vault):
    travel(vault.start() + YEARS // 2)
    release(system, vault)
    system.token.transfer(vault, 2 * 10**18, {"from": system.governor})
    at(vault.end())
    assert release(system, vault) == AMOUNT + 2 * 10**18


def test_ether_vests_too(system, vault):
    accounts[4].transfer(vault.address, 10**18)
    travel(vault.end())
    before = system.holder.balance()
    vault.release({"from": system.stranger})
    assert system.holder.balance() - before == 10**18


def test_a_cliff_does_not_outlast_the_vesting(system):
    with reverts("InvalidCliffDuration", 11, 10):
        system.governor.deploy(VestingVault, system.holder, now(), 10, 11)


def test_a_vault_has_a_beneficiary(system):
    with reverts("OwnableInvalidOwner", ZERO):
        system.governor.deploy(VestingVault, ZERO, now(), YEARS, CLIFF)


def test_a_vault_is_passed_on_but_never_given_up(system, vault):
    for account in (system.holder, system.stranger):
        with reverts("OwnerNeeded"):
            vault.renounceOwnership({"from": account})
    with reverts("OwnableInvalidOwner", ZERO):
        vault.transferOwnership(ZERO, {"from": system.holder})
    vault.transferOwnership(system.client, {"from": system.holder})
    travel(vault.end())
    vault.release["address"](system.token, {"from": system.stranger})
    assert vault.owner() == system.client and system.token.balanceOf(system.client) == AMOUNT


@given(moments=strategy("uint32[4]", max_value=YEARS + DAY, unique=True))
@settings(max_examples=10)
def test_releases_add_up_to_the_schedule_at_any_times(system, vault, moments):
    for moment in sorted(moments):
        at(vault.start() + 1 + moment)
        due = 0 if moment + 1 < CLIFF else AMOUNT * min(moment + 1, YEARS) // YEARS
        assert release(system, vault) == due
