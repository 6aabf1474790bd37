"""CPYToken: a fixed supply that can only shrink."""

import brownie


def test_whole_supply_is_minted_once(system):
    assert system.token.totalSupply() == 130_000_000 * 10**18
    assert system.token.balanceOf(system.governor) == system.token.totalSupply()
    assert not hasattr(system.token, "mint")


def test_burning_lowers_the_supply(system):
    system.token.burn(5, {"from": system.governor})
    assert system.token.totalSupply() == 130_000_000 * 10**18 - 5


def test_nobody_spends_without_allowance(system):
    with brownie.reverts():
        system.token.transferFrom(system.governor, system.stranger, 1, {"from": system.stranger})
