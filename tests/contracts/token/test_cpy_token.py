"""CPYToken: a fixed supply that can only shrink."""

import brownie
import pytest
from brownie import CPYToken
from brownie.test import given, strategy
from eth_account import Account
from hypothesis import settings

from tests.contracts.conftest import reverts, typed
from tests.contracts.token.conftest import SUPPLY, ZERO, now

PERMIT = [
    ("address", "owner"),
    ("address", "spender"),
    ("uint256", "value"),
    ("uint256", "nonce"),
    ("uint256", "deadline"),
]


def permit(token, owner, spender, value, deadline):
    """The owner's signature of an EIP-2612 permit."""
    message = {"owner": owner.address, "spender": spender.address, "value": value, "deadline": deadline}
    message["nonce"] = token.nonces(owner.address)
    return owner.sign_message(typed(token, "CopyTrack", "Permit", PERMIT, message))


@pytest.mark.parametrize("supply", [SUPPLY, 130_000_000 * 10**18])
def test_both_releases_mint_their_whole_supply_once(system, supply):
    token = system.governor.deploy(CPYToken, system.holder, supply)
    assert token.totalSupply() == token.balanceOf(system.holder) == supply
    assert not hasattr(token, "mint") and not hasattr(token, "owner")


def test_the_deployed_system_uses_the_new_release(system):
    assert system.token.totalSupply() == system.token.balanceOf(system.governor) == 130_000_000 * 10**18


def test_a_token_needs_a_supply_and_a_holder(system):
    with reverts("ZeroSupply", system.holder):
        system.governor.deploy(CPYToken, system.holder, 0)
    with reverts("ERC20InvalidReceiver", ZERO):
        system.governor.deploy(CPYToken, ZERO, 1)


def test_burning_lowers_the_supply(system):
    system.token.burn(5, {"from": system.governor})
    assert system.token.totalSupply() == 130_000_000 * 10**18 - 5


@given(amount=strategy("uint256", max_value=130_000_000 * 10**18))
@settings(max_examples=10)
def test_transfers_move_and_never_make_tokens(system, amount):
    system.token.transfer(system.holder, amount, {"from": system.governor})
    assert system.token.balanceOf(system.holder) == amount
    assert system.token.balanceOf(system.governor) + amount == system.token.totalSupply() == 130_000_000 * 10**18


def test_nobody_spends_without_allowance(system):
    with brownie.reverts():
        system.token.transferFrom(system.governor, system.stranger, 1, {"from": system.stranger})
    with brownie.reverts():
        system.token.burnFrom(system.governor, 1, {"from": system.stranger})


def test_a_permit_allows_once(system):
    owner = Account.create()
    given_for = (owner.address, system.stranger, 7, now() + 60)
    signed = permit(system.token, owner, system.stranger, 7, now() + 60)
    signature = (signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
    system.token.permit(*given_for, *signature, {"from": system.holder})
    assert system.token.allowance(owner.address, system.stranger) == 7
    with reverts("ERC2612InvalidSigner"):
        system.token.permit(*given_for, *signature, {"from": system.holder})
