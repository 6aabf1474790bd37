"""The token sale and the swap: deployed from scripts/token_sale.json, and driven from end to end by `scripts/sale`.

The file has the terms: amounts as strings in wei, dates in UTC. Addresses differ from chain to chain, so who takes part
is given by the names that the file uses: `people` = {"treasury": …, "business development": …, "founders": …, …}.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from brownie import Authority, CPYToken, Crowdsale, TokenSwap, VestingVault, accounts, web3
from eth_abi import encode

TERMS = Path(__file__).with_name("token_sale.json")
EMPTY_ROOT = bytes(32)


def main():
    drive(read_terms())


def read_terms():
    """The committed terms, with amounts as integers and dates as Unix seconds."""
    terms = json.loads(TERMS.read_text())
    dates = {"opens_at", "closes_at", "start", "deadline"}

    def typed(node, name=None):
        if isinstance(node, dict):
            return {key: typed(value, key) for key, value in node.items()}
        if isinstance(node, list):
            return [typed(value) for value in node]
        if name in dates:
            return int(datetime.fromisoformat(node).astimezone(UTC).timestamp())
        return int(node) if isinstance(node, str) and node.isdigit() else node

    return typed(terms)


# --------------------------------------------------------------------------------------------------------- deployment


def deploy_sale(deployer, terms, people, authority=None):
    """Deploy the first CPY, the vaults and the sale, and fund the sale with the whole supply.

    `people`: an address for "treasury" and for each receiver and investor that the terms name. `authority` may pause
    purchases; without one an Authority of the deployer is made. Returns the contracts, the vaults by receiver, and the
    presale.
    """
    authority = authority or deployer.deploy(Authority, deployer)
    token = deployer.deploy(CPYToken, deployer, terms["token"]["supply"])
    vaults = {}
    for allocation in terms["allocations"]:
        if "vesting" in allocation:
            name, vesting = allocation["receiver"], allocation["vesting"]
            schedule = (vesting["start"], vesting["duration_seconds"], vesting["cliff_seconds"])
            vaults[name] = deployer.deploy(VestingVault, people[name], *schedule)
    receivers = {**people, **{name: vault.address for name, vault in vaults.items()}}
    presale = Presale([(people[entry["investor"]], entry["amount"]) for entry in terms["presale"]])
    sale = deployer.deploy(Crowdsale, sale_arguments(terms, token.address, receivers, presale), authority)
    token.transfer(sale, terms["token"]["supply"], {"from": deployer})
    return SimpleNamespace(authority=authority, token=token, sale=sale, vaults=vaults, presale=presale)


def sale_arguments(terms, token, receivers, presale):
    """`Crowdsale.Terms` as a tuple. `receivers` has the vaults' addresses in place of their owners'."""
    sale = terms["sale"]
    return (
        token,
        receivers["treasury"],
        sale["opens_at"],
        sale["closes_at"],
        sale["rate"],
        sale["hard_cap"],
        sale["min_contribution"],
        sale["max_contribution"],
        sale["soft_cap"],
        presale.total,
        presale.root,
        [(receivers[a["receiver"]], a["amount"]) for a in terms["allocations"]],
    )


def deploy_swap(deployer, terms, old_token, token):
    """Deploy the swap, and fund it from the deployer's CPY.

    `token`: the CPY of the market, as scripts/deploy.py deploys it; the deployer holds the supply that the terms name.
    """
    swap = deployer.deploy(TokenSwap, old_token, token, terms["swap"]["deadline"])
    token.transfer(swap, terms["swap"]["supply"], {"from": deployer})
    return swap


class Presale:
    """Merkle tree of (address, CPY wei), as Crowdsale.claimPresale says: leaves hashed twice, pairs sorted."""

    def __init__(self, allocations):
        if len(set(allocations)) != len(allocations):
            raise ValueError("two equal allocations of one account would be one leaf: add them up")
        self.allocations = allocations
        self.total = sum(amount for _, amount in allocations)
        self._layers = [[self._leaf(*allocation) for allocation in allocations]]
        while len(row := self._layers[-1]) > 1:
            pairs = [row[i : i + 2] for i in range(0, len(row), 2)]
            self._layers.append([web3.keccak(b"".join(sorted(p))) if len(p) == 2 else p[0] for p in pairs])

    @property
    def root(self):
        return self._layers[-1][0] if self.allocations else EMPTY_ROOT

    def proof(self, index):
        proof = []
        for row in self._layers[:-1]:
            if index ^ 1 < len(row):
                proof.append(row[index ^ 1])
            index //= 2
        return proof

    @staticmethod
    def _leaf(account, amount):
        return bytes(web3.keccak(web3.keccak(encode(["address", "uint256"], [str(account), amount]))))


# --------------------------------------------------------------------------------------------------------- whole life


def drive(terms):
    """Sale, finalization, claims, vesting and swap on a local chain. Each figure is read back from the chain; a wrong
    one ends the run."""
    deployer, treasury, business, founder, advisor, small, large, plain, *investors = accounts[:11]
    people = {
        "treasury": treasury.address,
        "business development": business.address,
        "founders": founder.address,
        "advisors": advisor.address,
        **{entry["investor"]: who.address for entry, who in zip(terms["presale"], investors, strict=True)},
    }
    made = deploy_sale(deployer, terms, people)
    _deployed(made, terms)
    _sold(made, terms, small, large, plain)
    _finalized(made, terms)
    _claimed(made, treasury, [small, large, plain])
    _vested(made, terms, {"founders": founder, "advisors": advisor})
    _swapped(deployer, made, terms, [business, founder, advisor, small, large, plain, *investors])


def _deployed(made, terms):
    sale, token = made.sale, made.token
    _say("Deployed", f"supply {_cpy(token.totalSupply())}, of which the sale holds {_cpy(token.balanceOf(sale))}")
    _say("Terms", f"{sale.rate()} CPY per ETH, hard cap {_cpy(sale.hardCap())}, {_date(sale.opensAt())} to")
    _say("", f"{_date(sale.closesAt())}, {_eth(sale.minContribution())} to {_eth(sale.maxContribution())} per buyer")
    _say("Presale", f"{_cpy(sale.presaleTotal())} in {len(made.presale.allocations)} allocations")
    _expect(sale.funded(), "the sale is funded")
    _expect(sale.tokensNeeded() == terms["token"]["supply"], "the sale distributes the whole supply")
    _expect(sale.hardCap() * 10 == token.totalSupply() * 6, "60% of the supply is for the public")


def _sold(made, terms, small, large, plain):
    sale, limits = made.sale, terms["sale"]
    _travel(limits["opens_at"])
    sale.buy({"from": small, "value": limits["min_contribution"]})
    _say("Purchase", f"the minimum: {_eth(sale.contributionOf(small))}")
    before = large.balance()
    bought = sale.buy({"from": large, "value": limits["max_contribution"] + 100 * 10**18})
    kept = sale.contributionOf(large)
    _say("Purchase", f"above the maximum: {_eth(kept)} kept, {_eth(bought.events['Purchased']['refunded'])} sent back")
    _expect(before - large.balance() == kept + bought.gas_used * bought.gas_price, "the rest was refunded at once")
    plain.transfer(sale.address, 10**21)
    _say("Purchase", f"by a plain transfer: {_eth(sale.contributionOf(plain))}")
    _expect(sale.balance() == sale.raised(), "the sale holds what it raised")


def _finalized(made, terms):
    sale, token = made.sale, made.token
    _travel(terms["sale"]["closes_at"])
    ended = sale.finalize({"from": accounts[0]}).events["Finalized"]
    sold, burned = ended["sold"], ended["burned"]
    _say("Finalized", f"{_eth(sale.raised())} raised, {_cpy(sold)} sold, {_cpy(burned)} burned unsold")
    _say("", f"supply now {_cpy(token.totalSupply())}")
    _expect(sold + sale.presaleTotal() + burned == sale.hardCap(), "sold, presale and burned add up to the hard cap")
    _expect(token.totalSupply() == terms["token"]["supply"] - burned, "the supply fell by what was burned")
    _expect(token.balanceOf(sale) == sold + sale.presaleTotal(), "the sale keeps what will be claimed")
    for receiver, amount in sale.allocations():
        _expect(token.balanceOf(receiver) == amount, "allocations are paid")
        _say("Allocation", f"{_cpy(amount)} to {receiver}")


def _claimed(made, treasury, buyers):
    sale, token = made.sale, made.token
    for buyer in buyers:
        due = sale.contributionOf(buyer) * sale.rate()
        sale.claim(buyer, {"from": accounts[0]})
        _expect(token.balanceOf(buyer) == due, "a buyer has what they bought")
    for index, (investor, amount) in enumerate(made.presale.allocations):
        sale.claimPresale(investor, amount, made.presale.proof(index), {"from": accounts[0]})
        _expect(token.balanceOf(investor) == amount, "a presale investor has what they bought")
    _say(
        "Claims", f"{len(buyers)} buyers, {len(made.presale.allocations)} presale investors: {_cpy(sale.presalePaid())}"
    )
    _expect(token.balanceOf(sale) == 0, "the sale holds no CPY")
    before = treasury.balance()
    sale.collect({"from": accounts[0]})
    _say("Collected", f"{_eth(treasury.balance() - before)} by the treasury")
    _expect(treasury.balance() - before == sale.raised() and sale.balance() == 0, "the treasury has all Ether")


def _vested(made, terms, owners):
    token = made.token
    for name, vault in made.vaults.items():
        _expect(vault.releasable["address"](token) == 0, "nothing is vested before the cliff")
        _say("Vesting", f"{name}: nothing of {_cpy(token.balanceOf(vault))} before {_date(vault.cliff())}")
    for moment in ("cliff", "end"):
        _travel(max(getattr(vault, moment)() for vault in made.vaults.values()))
        for name, vault in made.vaults.items():
            vault.release["address"](token, {"from": accounts[0]})
            _say("Vesting", f"{name}: {_cpy(token.balanceOf(owners[name]))} released at the {moment}")
    _expect(all(token.balanceOf(vault) == 0 for vault in made.vaults.values()), "everything has vested at the end")


def _swapped(deployer, made, terms, holders):
    old = made.token
    supply = old.totalSupply()
    # In the market it is scripts/deploy.py that deploys this one.
    new = deployer.deploy(CPYToken, deployer, terms["swap"]["supply"])
    swap = deploy_swap(deployer, terms, old, new)
    _expect(swap.funded(), "the swap is funded")
    _say("Swap", f"deployed with {_cpy(new.balanceOf(swap))} of the new CPY")
    for holder in holders:
        amount = old.balanceOf(holder)
        old.approve(swap, amount, {"from": holder})
        swap.swap(amount, holder, {"from": holder})
        _expect(new.balanceOf(holder) == amount * 13 // 10, "each holder has 1.3 new CPY for 1 old CPY")
    paid = sum(new.balanceOf(holder) for holder in holders)
    _say("Swap", f"{_cpy(supply - old.totalSupply())} burned, {_cpy(paid)} paid to {len(holders)} holders")
    _expect(old.totalSupply() == 0, "no old CPY is left")
    _travel(terms["swap"]["deadline"] + 1)
    burned = swap.burnLeftover({"from": deployer}).events["LeftoverBurned"]["amount"]
    _say("Swap", f"{_cpy(burned)} left over and burned; supply now {_cpy(new.totalSupply())}")
    _expect(new.totalSupply() == paid, "every new CPY belongs to a holder")


def _travel(timestamp):
    """Let the next block have this time."""
    answer = web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])
    answer = answer if "error" in answer else web3.provider.make_request("evm_mine", [])
    if "error" in answer:
        raise RuntimeError(f"the chain does not move to {_date(timestamp)}: {answer['error']['message']}")


def _expect(condition, sentence):
    if not condition:
        raise AssertionError(f"This check failed: {sentence}.")


def _say(step, text):
    print(f"  {step:11}{text}")


def _cpy(wei):
    return f"{wei / 10**18:,.2f} CPY"


def _eth(wei):
    return f"{wei / 10**18:,.2f} ETH"


def _date(timestamp):
    return datetime.fromtimestamp(timestamp, UTC).strftime("%-d %B %Y %H:%M:%S UTC")
