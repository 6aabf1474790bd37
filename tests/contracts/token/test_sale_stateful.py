"""Whatever anybody does in any order, the sums of sale and swap hold, and nothing stays stuck."""

from collections import Counter

import pytest
from brownie import CPYToken, accounts, chain, web3
from brownie.test import strategy
from hypothesis import strategies

from scripts.token_sale import deploy_swap
from tests.contracts.conftest import DAY, reverts
from tests.contracts.token.conftest import SUPPLY, at, now, present_terms, travel

ETH = 10**18
RATE = 740
LEAST, MOST = ETH // 10, 2500 * ETH
CAPACITY = 6000 * ETH
RUNS = {"max_examples": 5, "stateful_step_count": 25}
SELLING, SUCCEEDED, FAILED = range(3)
ALLOCATED = 40_000_000 * 10**18


class SaleMachine:
    """A model of the sale in plain sums, asked before each call what the contract has to answer."""

    who = strategy("uint8", max_value=3)
    index = strategy("uint8", max_value=2)
    value = strategies.one_of(
        strategies.sampled_from([0, 1, LEAST - 1, LEAST, MOST - 1, MOST, MOST + 1, 3000 * ETH]),
        strategies.integers(1, 3000 * ETH),
    )
    hours = strategy("uint16", min_value=1, max_value=240)

    def __init__(cls, made, governor):  # noqa: N805 - brownie calls it once, with the class
        cls.made, cls.sale, cls.token, cls.governor = made, made.sale, made.token, governor
        cls.buyers, cls.stranger = accounts[14:18], accounts[3]
        cls.receivers = [receiver for receiver, _ in made.sale.allocations()]
        cls.investors = [account for account, _ in made.presale.allocations]
        cls.treasury_before = web3.eth.get_balance(made.sale.treasury())

    def setup(self):
        self.paid, self.claimed, self.refunded = Counter(), set(), Counter()
        self.stage, self.collected, self.burned, self.paused = SELLING, 0, 0, False
        self.presale_claimed, self.supply = set(), SUPPLY

    # what can happen

    def rule_buy(self, who, value):
        buyer, raised = self.buyers[who], sum(self.paid.values())
        kept = min(value, CAPACITY - raised, MOST - self.paid[who])
        moment = now() + 1
        at(moment)
        call = {"from": buyer, "value": value}
        refused = self._refusal(moment, value, raised, kept, who)
        if refused:
            with reverts(refused):
                self.sale.buy(call)
            return
        before = buyer.balance()
        told = self.sale.buy(call).events["Purchased"]
        self.paid[who] += kept
        assert (told["paid"], told["tokens"], told["refunded"]) == (kept, kept * RATE, value - kept)
        assert before - buyer.balance() == kept

    def _refusal(self, moment, value, raised, kept, who):
        if self.paused:
            return "EnforcedPause"
        if moment >= self.sale.closesAt():
            return "SaleNotOpen"
        if value == 0:
            return "NoEther"
        if raised == CAPACITY:
            return "SoldOut"
        if self.paid[who] == MOST:
            return "MaximumReached"
        small = self.paid[who] + kept < LEAST and kept < CAPACITY - raised
        return "BelowMinimum" if small else None

    def rule_wait(self, hours):
        travel(now() + hours * 3600)

    def rule_pause(self):
        (self.sale.unpause if self.paused else self.sale.pause)({"from": self.governor})
        self.paused = not self.paused

    def rule_finalize(self):
        moment, raised = now() + 1, sum(self.paid.values())
        at(moment)
        call = {"from": self.stranger}
        if self.stage != SELLING:
            with reverts("WrongSaleStage", self.stage, SELLING):
                self.sale.finalize(call)
        elif moment < self.sale.closesAt() and raised < CAPACITY:
            with reverts("StillOpen"):
                self.sale.finalize(call)
        else:
            self.burned = self.sale.finalize(call).events["Finalized"]["burned"]
            self.stage = SUCCEEDED if raised >= self.sale.softCap() else FAILED

    def rule_claim(self, who):
        self._settle(who, self.sale.claim, SUCCEEDED, "NothingToClaim", who in self.claimed)
        if self.stage == SUCCEEDED and self.paid[who]:
            self.claimed.add(who)

    def rule_refund(self, who):
        self._settle(who, self.sale.refund, FAILED, "NothingToRefund", who in self.refunded)
        if self.stage == FAILED and self.paid[who]:
            self.refunded[who] = self.paid[who]

    def _settle(self, who, call, stage, refusal, done):
        if self.stage != stage:
            with reverts("WrongSaleStage", self.stage, stage):
                call(self.buyers[who], {"from": self.stranger})
        elif done or not self.paid[who]:
            with reverts(refusal, self.buyers[who]):
                call(self.buyers[who], {"from": self.stranger})
        else:
            call(self.buyers[who], {"from": self.stranger})

    def rule_claim_presale(self, index):
        presale = self.made.presale
        call = (*presale.allocations[index], presale.proof(index), {"from": self.stranger})
        if self.stage != SUCCEEDED:
            with reverts("WrongSaleStage", self.stage, SUCCEEDED):
                self.sale.claimPresale(*call)
        elif index in self.presale_claimed:
            with reverts("PresaleAlreadyClaimed"):
                self.sale.claimPresale(*call)
        else:
            self.sale.claimPresale(*call)
            self.presale_claimed.add(index)

    def rule_collect(self):
        due = sum(self.paid.values()) - self.collected
        if self.stage != SUCCEEDED:
            with reverts("WrongSaleStage", self.stage, SUCCEEDED):
                self.sale.collect({"from": self.stranger})
        elif due == 0:
            with reverts("NothingToCollect"):
                self.sale.collect({"from": self.stranger})
        else:
            assert self.sale.collect({"from": self.stranger}).return_value == due
            self.collected += due

    # what must hold

    def invariant_supply_never_grows(self):
        supply = self.token.totalSupply()
        assert supply <= self.supply
        assert supply == SUPPLY - self.burned
        self.supply = supply

    def invariant_sold_burned_and_distributed_are_everything(self):
        if self.stage == SUCCEEDED:
            sold = self.sale.raised() * RATE
            assert sold + self.made.presale.total + self.burned + ALLOCATED == SUPPLY
        if self.stage == FAILED:
            assert self.burned == SUPPLY

    def invariant_every_token_is_somewhere(self):
        everybody = [self.sale, *self.buyers, *self.receivers, *self.investors]
        assert sum(self.token.balanceOf(who) for who in everybody) == self.token.totalSupply()
        for who, buyer in enumerate(self.buyers):
            assert self.token.balanceOf(buyer) == (self.paid[who] * RATE if who in self.claimed else 0)

    def invariant_ether_in_is_refunded_collected_or_held(self):
        paid = sum(self.paid.values())
        assert self.sale.raised() == paid <= CAPACITY
        assert self.sale.balance() == paid - sum(self.refunded.values()) - self.collected
        assert web3.eth.get_balance(self.sale.treasury()) - self.treasury_before == self.collected

    def invariant_nobody_is_above_the_most(self):
        for who, buyer in enumerate(self.buyers):
            left = 0 if who in self.claimed or who in self.refunded else self.paid[who]
            assert self.sale.contributionOf(buyer) == left <= MOST

    def teardown(self):
        """Everything goes out."""
        travel(max(now() + 1, self.sale.closesAt()))
        if self.stage == SELLING:
            self.rule_finalize()
        for who in range(len(self.buyers)):
            self.rule_claim(who)
            self.rule_refund(who)
        for index in range(len(self.investors)):
            self.rule_claim_presale(index)
        self.rule_collect()
        assert self.sale.balance() == 0 and self.token.balanceOf(self.sale) == 0


@pytest.mark.parametrize("soft_cap", [0, 3000 * ETH])
def test_sale(state_machine, launch, system, soft_cap):
    presale = 5_254_000 * 10**18
    made = launch(hard_cap=presale + CAPACITY * RATE + 739, soft_cap=soft_cap)
    # The rest of the supply is for nobody here; the sale would burn it.
    state_machine(SaleMachine, made, system.governor, settings=RUNS)


class SwapMachine:
    """Holders swap, move and burn old CPY until the deadline and after it."""

    who = strategy("uint8", max_value=2)
    to = strategy("uint8", max_value=2)
    amount = strategies.one_of(strategies.integers(0, 11), strategies.integers(1, SUPPLY))
    days = strategy("uint16", min_value=1, max_value=400)

    def __init__(cls, swap, old, new, holders):  # noqa: N805 - brownie calls it once, with the class
        cls.old, cls.new, cls.swap, cls.holders = old, new, swap, holders

    def setup(self):
        self.left = {who: self.old.balanceOf(holder) for who, holder in enumerate(self.holders)}
        self.swapped, self.paid = [], Counter()
        self.burned_old = self.burned_new = 0

    def rule_swap(self, who, to, amount):
        moment = now() + 1
        at(moment)
        call = (amount, self.holders[to], {"from": self.holders[who]})
        if moment > self.swap.deadline():
            with reverts("SwapClosed"):
                self.swap.swap(*call)
        elif amount == 0:
            with reverts("ZeroAmount"):
                self.swap.swap(*call)
        elif amount > self.left[who]:
            with reverts("ERC20InsufficientBalance"):
                self.swap.swap(*call)
        else:
            self.swap.swap(*call)
            self.left[who] -= amount
            self.swapped.append(amount)
            self.paid[to] += amount * 13 // 10

    def rule_swap_all(self, who):
        if self.left[who]:
            self.rule_swap(who, who, self.left[who])

    def rule_move(self, who, to, amount):
        amount = min(amount, self.left[who])
        self.old.transfer(self.holders[to], amount, {"from": self.holders[who]})
        self.left[who] -= amount
        self.left[to] += amount

    def rule_burn(self, who, amount):
        amount = min(amount, self.left[who])
        self.old.burn(amount, {"from": self.holders[who]})
        self.left[who] -= amount
        self.burned_old += amount

    def rule_wait(self, days):
        travel(now() + days * DAY)

    def rule_burn_leftover(self):
        moment = now() + 1
        at(moment)
        left = self.new.balanceOf(self.swap)
        if moment <= self.swap.deadline():
            with reverts("SwapOpen"):
                self.swap.burnLeftover({"from": self.holders[0]})
        elif left == 0:
            with reverts("NothingToBurn"):
                self.swap.burnLeftover({"from": self.holders[0]})
        else:
            assert self.swap.burnLeftover({"from": self.holders[0]}).return_value == left
            self.burned_new += left

    def invariant_old_burned_is_new_paid(self):
        burned = SUPPLY - self.old.totalSupply() - self.burned_old
        assert burned == sum(self.swapped)
        paid = sum(self.paid.values())
        assert burned * 13 // 10 - len(self.swapped) <= paid <= burned * 13 // 10
        assert self.new.balanceOf(self.swap) == 130_000_000 * 10**18 - paid - self.burned_new
        assert self.new.totalSupply() == 130_000_000 * 10**18 - self.burned_new

    def invariant_holders_have_what_they_swapped(self):
        for who, holder in enumerate(self.holders):
            assert self.new.balanceOf(holder) == self.paid[who]
            assert self.old.balanceOf(holder) == self.left[who]

    def invariant_there_is_enough_for_everybody_who_is_left(self):
        assert self.swap.funded() or chain[-1].timestamp > self.swap.deadline()


def test_swap(state_machine, system):
    old = system.governor.deploy(CPYToken, system.governor, SUPPLY)
    swap = deploy_swap(system.governor, present_terms(), old, system.token)
    holders = accounts[14:17]
    for holder, part in zip(holders, (SUPPLY // 2, SUPPLY // 4, SUPPLY - SUPPLY // 2 - SUPPLY // 4), strict=True):
        old.transfer(holder, part, {"from": system.governor})
        old.approve(swap, 2**256 - 1, {"from": holder})
    state_machine(SwapMachine, swap, old, system.token, holders, settings=RUNS)
