"""TokenSwap: 1.3 new CPY for 1 old CPY, the old burned."""

import pytest
from brownie import CPYToken, TokenSwap, accounts, chain
from brownie.test import given, strategy
from eth_account import Account
from hypothesis import settings

from scripts.token_sale import deploy_swap
from tests.contracts.conftest import DAY, reverts
from tests.contracts.token.conftest import SUPPLY, ZERO, at, now, present_terms, travel
from tests.contracts.token.test_cpy_token import permit


@pytest.fixture(scope="module")
def holder(system, swapping):
    """Holds 1,000 old CPY and allows the swap to burn them."""
    swapping.old.transfer(system.holder, 1000 * 10**18, {"from": system.governor})
    swapping.old.approve(swapping.swap, 1000 * 10**18, {"from": system.holder})
    return system.holder


def signed_permit(swapping, owner, amount, deadline, spender=None):
    signed = permit(swapping.old, owner, spender or swapping.swap, amount, deadline)
    return deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


@pytest.fixture
def signer(system, swapping):
    """Holds 500 old CPY and signs; its key is known here."""
    owner = accounts.add(Account.create().key)
    swapping.old.transfer(owner, 500 * 10**18, {"from": system.governor})
    accounts[4].transfer(owner, 10**18)
    return owner, Account.from_key(owner.private_key)


# -------------------------------------------------------------------------------------------------------- construction


def test_tokens_and_deadline_are_checked(system, swapping):
    old, new = swapping.old, swapping.new

    def deploy(*arguments):
        return system.governor.deploy(TokenSwap, *arguments)

    with reverts("NotToken", system.stranger):
        deploy(system.stranger, new, now() + DAY)
    with reverts("NotToken", ZERO):
        deploy(old, ZERO, now() + DAY)
    with reverts("SameToken", old):
        deploy(old, old, now() + DAY)
    moment = now() + 10
    at(moment)
    with reverts("BadDeadline", moment):
        deploy(old, new, moment)
    at(moment + 10)
    with reverts("BadDeadline", moment + 11 + 3650 * DAY):
        deploy(old, new, moment + 11 + 3650 * DAY)
    at(moment + 20)
    assert deploy(old, new, moment + 20 + 3650 * DAY).deadline() == moment + 20 + 3650 * DAY
    at(moment + 30)
    assert deploy(old, new, moment + 31).oldToken() == old


# ---------------------------------------------------------------------------------------------------------------- swap


def test_swapping_burns_the_old_and_pays_the_new(system, swapping, holder):
    tx = swapping.swap.swap(1000 * 10**18, system.payer, {"from": holder})
    assert tx.return_value == 1300 * 10**18 == swapping.new.balanceOf(system.payer)
    assert swapping.old.totalSupply() == SUPPLY - 1000 * 10**18
    assert swapping.old.balanceOf(holder) == 0
    swapped = tx.events["Swapped"]
    assert (swapped["account"], swapped["to"]) == (holder, system.payer)
    assert (swapped["oldAmount"], swapped["newAmount"]) == (1000 * 10**18, 1300 * 10**18)


def test_the_whole_supply_can_be_swapped_to_the_last_wei(system, swapping, holder):
    swapping.old.approve(swapping.swap, SUPPLY, {"from": system.governor})
    for who in (holder, system.governor):
        swapping.swap.swap(swapping.old.balanceOf(who), system.payer, {"from": who})
    assert swapping.old.totalSupply() == 0
    assert swapping.new.balanceOf(system.payer) == 130_000_000 * 10**18
    assert swapping.swap.tokensNeeded() == 0 and swapping.swap.funded()


def test_fractions_of_a_wei_are_rounded_down(swapping):
    assert [swapping.swap.newAmountOf(n) for n in (0, 1, 2, 3, 4, 9, 10, 11)] == [0, 1, 2, 3, 5, 11, 13, 14]


@given(amounts=strategy("uint256[5]", min_value=1, max_value=200 * 10**18))
@settings(max_examples=10)
def test_parts_never_pay_more_than_the_whole(swapping, holder, amounts):
    for amount in amounts:
        swapping.swap.swap(amount, holder, {"from": holder})
        assert swapping.swap.funded()
    paid = swapping.new.balanceOf(holder)
    assert paid == sum(amount * 13 // 10 for amount in amounts)
    assert sum(amounts) * 13 // 10 - len(amounts) < paid <= sum(amounts) * 13 // 10


def test_nothing_is_no_amount(swapping, holder):
    with reverts("ZeroAmount", holder):
        swapping.swap.swap(0, holder, {"from": holder})


def test_the_swap_and_nobody_are_no_receivers(swapping, holder):
    with reverts("BadReceiver", swapping.swap):
        swapping.swap.swap(1, swapping.swap, {"from": holder})
    with reverts("ERC20InvalidReceiver", ZERO):
        swapping.swap.swap(1, ZERO, {"from": holder})


def test_only_ones_own_and_only_what_is_allowed(system, swapping, holder):
    with reverts("ERC20InsufficientAllowance", swapping.swap, 0, 1):
        swapping.swap.swap(1, system.stranger, {"from": system.stranger})
    swapping.old.approve(swapping.swap, 1, {"from": system.stranger})
    with reverts("ERC20InsufficientBalance", system.stranger, 0, 1):
        swapping.swap.swap(1, system.stranger, {"from": system.stranger})


def test_it_swaps_only_with_enough_for_everybody(system, swapping, holder):
    new = system.governor.deploy(CPYToken, system.governor, 130_000_000 * 10**18)
    swap = system.governor.deploy(TokenSwap, swapping.old, new, swapping.deadline)
    needed = swap.tokensNeeded()
    assert needed == 130_000_000 * 10**18
    new.transfer(swap, needed - 1, {"from": system.governor})
    swapping.old.approve(swap, 10, {"from": holder})
    assert not swap.funded()
    with reverts("NotFunded", needed - 1, needed):
        swap.swap(10, holder, {"from": holder})
    new.transfer(swap, 1, {"from": system.governor})
    assert swap.funded()
    swap.swap(10, holder, {"from": holder})


def test_old_tokens_burned_elsewhere_lower_what_is_needed(system, swapping):
    swapping.old.burn(52_000_000 * 10**18, {"from": system.governor})
    assert swapping.swap.tokensNeeded() == 48_000_000 * 10**18 * 13 // 10


def test_the_deadline_is_the_last_second(swapping, holder):
    at(swapping.deadline)
    swapping.swap.swap(10, holder, {"from": holder})
    at(swapping.deadline + 1)
    with reverts("SwapClosed", swapping.deadline):
        swapping.swap.swap(10, holder, {"from": holder})


# ---------------------------------------------------------------------------------------------------- swap with permit


def test_a_permit_takes_the_place_of_an_allowance(system, swapping, signer):
    owner, key = signer
    signature = signed_permit(swapping, key, 500 * 10**18, now() + DAY)
    tx = swapping.swap.swapWithPermit(500 * 10**18, system.payer, *signature, {"from": owner})
    assert tx.return_value == 650 * 10**18 == swapping.new.balanceOf(system.payer)
    assert swapping.old.balanceOf(owner) == 0


def test_a_permit_that_a_stranger_submits_first_breaks_nothing(system, swapping, signer):
    owner, key = signer
    signature = signed_permit(swapping, key, 500 * 10**18, now() + DAY)
    swapping.old.permit(owner, swapping.swap, 500 * 10**18, *signature, {"from": system.stranger})
    swapping.swap.swapWithPermit(500 * 10**18, owner, *signature, {"from": owner})
    assert swapping.new.balanceOf(owner) == 650 * 10**18


def test_a_permit_that_does_not_count_allows_nothing(system, swapping, signer):
    owner, key = signer
    stale = signed_permit(swapping, key, 500 * 10**18, now() - 1)
    with reverts("ERC20InsufficientAllowance", swapping.swap, 0, 500 * 10**18):
        swapping.swap.swapWithPermit(500 * 10**18, owner, *stale, {"from": owner})
    # Somebody else cannot use it for himself.
    signature = signed_permit(swapping, key, 500 * 10**18, now() + DAY)
    with reverts("ERC20InsufficientAllowance", swapping.swap, 0, 500 * 10**18):
        swapping.swap.swapWithPermit(500 * 10**18, system.stranger, *signature, {"from": system.stranger})


# ------------------------------------------------------------------------------------------------------------ leftover


def test_anybody_burns_the_leftover_after_the_deadline(system, swapping, holder):
    swapping.swap.swap(1000 * 10**18, holder, {"from": holder})
    at(swapping.deadline)
    with reverts("SwapOpen", swapping.deadline):
        swapping.swap.burnLeftover({"from": system.stranger})
    at(swapping.deadline + 1)
    tx = swapping.swap.burnLeftover({"from": system.stranger})
    assert tx.return_value == tx.events["LeftoverBurned"]["amount"] == (130_000_000 - 1300) * 10**18
    assert swapping.new.totalSupply() == swapping.new.balanceOf(holder) == 1300 * 10**18
    with reverts("NothingToBurn"):
        swapping.swap.burnLeftover({"from": system.stranger})


@pytest.mark.skip_coverage
def test_a_swap_within_its_budget_of_gas(swapping, holder):
    assert swapping.swap.swap(10, holder, {"from": holder}).gas_used <= 81_000


def test_the_script_deploys_a_swap_for_the_cpy_of_the_market(system, swapping):
    swap = swapping.swap
    assert swap.funded() and swap.newToken() == system.contracts["CPYToken"]
    assert system.token.balanceOf(swap) == system.token.totalSupply()
    travel(swap.deadline())
    assert chain[-1].timestamp == swap.deadline()


def test_the_script_funds_no_swap_from_somebody_who_does_not_hold_the_new_cpy(system, swapping):
    with reverts("ERC20InsufficientBalance", system.governor, 0, 130_000_000 * 10**18):
        deploy_swap(system.governor, present_terms(), swapping.old, system.token)


def test_what_a_swap_refuses_is_refused_with_a_permit_too(system, swapping, signer):
    owner, key = signer
    by = {"from": owner}

    def refused(error, amount=500 * 10**18, receiver=owner, swap=swapping.swap):
        signature = signed_permit(swapping, key, amount, now() + DAY, swap)
        with reverts(error):
            swap.swapWithPermit(amount, receiver, *signature, by)

    refused("ZeroAmount", amount=0)
    refused("BadReceiver", receiver=swapping.swap.address)
    empty = system.governor.deploy(TokenSwap, swapping.old, swapping.new, swapping.deadline)
    refused("NotFunded", swap=empty)
    travel(swapping.deadline + 1)
    refused("SwapClosed")
