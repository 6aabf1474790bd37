"""WorkRegistry under random use: owners, dates and first places are those of a model and of who reads the events.

A seeded walk, since hypothesis begins with many runs of a step or two and repeats itself in the few long ones that
there is time for. COPYTRACK_WALKS=100 walks longer.
"""

import inspect
import os
import random
from types import SimpleNamespace

import pytest
from brownie import accounts, chain, web3

from tests.contracts.conftest import DAY, EMPTY, NO_CONSENT, cid, digest, entry, merkle, reverts
from tests.contracts.registry.conftest import CLEAR, REJECTED, consent, judge, person, token

OWNERS, CONTENTS, STEPS = 3, 2, 60
ANN, BEN = person("Ann"), person("Ben")
SHARES = [[], [(ANN.address, 3000)], [(ANN.address, 4000), (BEN.address, 6000)], [(BEN.address, 10_001)]]


class Register:
    """Python's idea of the register. Works are numbered as they come."""

    def __init__(self, system, rng):
        self.system, self.registry, self.rng = system, system.registry, rng
        self.since = web3.eth.block_number
        self.works, self.batches, self.earliest = [], [], {}
        self.touched = None
        self.rules = [rule for name, rule in inspect.getmembers(self) if name.startswith("rule_")]
        # Lines of works are long in the making.
        self.rules += [self.rule_derive] * 3

    def drawn(self, name):
        """An argument of a rule."""
        return {
            "owner": lambda: self.rng.randrange(OWNERS),
            "content": lambda: self.rng.randrange(CONTENTS),
            "leaves": lambda: self.rng.sample([(o, c) for o in range(OWNERS) for c in range(CONTENTS)], 3),
            "place": lambda: self.rng.randrange(12),
            "other": lambda: self.rng.randrange(12),
            "shares": lambda: self.rng.choice(SHARES),
            "bps": lambda: self.rng.choice([0, 1000, 4000, 9000]),
            "wait": lambda: self.rng.choice([1, DAY, 400 * DAY]),
        }[name]()

    def step(self):
        rule = self.rng.choice(self.rules)
        given = {name: self.drawn(name) for name in inspect.signature(rule).parameters}
        print(rule.__name__, given)
        rule(**given)
        if self.touched:
            self.check(self.touched)
        self.check_earliest()

    # ----------------------------------------------------------------------------------------------------- the model

    def known(self, owner, content):
        return next((w for w in self.works if (w.first, w.content) == (owner, content)), None)

    def created(self, tx, owner, content, date, batch):
        work = SimpleNamespace(
            **{"id": self.registry.workIdOf(accounts[owner], digest(content)), "first": owner, "content": content},
            **{"date": date, "batch": batch, "standing": CLEAR, "history": [(0, owner)], "shares": []},
            **{"parent": None, "bps": 0, "firstly": date, "changes": 0},
        )
        assert tx.events["WorkRegistered"]["workId"] == work.id
        self.works.append(work)
        self.touched = work
        self.note(work)

    def note(self, work):
        first = self.earliest.get(work.content)
        if work.standing != REJECTED and (first is None or work.date < first.date):
            self.earliest[work.content] = work

    def chosen(self, place):
        return self.works[place % len(self.works)] if self.works else None

    def leaf(self, place, other):
        if not self.batches:
            return None
        batch = self.batches[place % len(self.batches)]
        index = other % len(batch.leaves)
        owner, content = batch.leaves[index]
        return batch, owner, content, (batch.root, accounts[owner], entry(content), batch.proofs[index])

    # ----------------------------------------------------------------------------------------------------- what happens

    def rule_register(self, owner, content):
        present = self.known(owner, content)
        call = (entry(content), {"from": accounts[owner]})
        if present:
            with reverts("AlreadyRegistered", present.id):
                self.registry.register(*call)
        else:
            tx = self.registry.register(*call)
            self.created(tx, owner, content, tx.timestamp, 0)

    def rule_anchor(self, leaves):
        hashes = [self.registry.batchLeaf(accounts[owner], entry(content)) for owner, content in leaves]
        root, proofs = merkle(hashes)
        tx = self.registry.anchorBatch(root, len(hashes), cid(root), {"from": accounts[5]})
        present = next((b for b in self.batches if b.root == root), None)
        if present is None:
            number = len(self.batches) + 1
            made = {"root": root, "proofs": proofs, "leaves": leaves, "time": tx.timestamp, "number": number}
            present = SimpleNamespace(**made)
            self.batches.append(present)
        assert self.registry.batch(root) == (present.number, present.time)

    def rule_claim(self, place, other):
        if (found := self.leaf(place, other)) is None:
            return
        batch, owner, content, (root, account, entered, proof) = found
        tx = self.registry.claimMany(root, account, [entered], [proof], NO_CONSENT, {"from": account})
        if present := self.known(owner, content):
            assert tx.events["ClaimPassedOver"]["workId"] == present.id and len(tx.events) == 1
        else:
            self.created(tx, owner, content, batch.time, batch.number)

    def rule_claim_for_another(self, place, other):
        if (found := self.leaf(place, other)) is None:
            return
        _, _, _, (root, account, entered, proof) = found
        with reverts("Expired"):
            self.registry.claimMany(root, account, [entered], [proof], NO_CONSENT, {"from": accounts[5]})

    def rule_prove_earlier(self, place, other):
        if (found := self.leaf(place, other)) is None:
            return
        batch, owner, content, given = found
        work = self.known(owner, content)
        # The first owner may, and the present one.
        by = self.rng.choice([owner, work.history[-1][1] if work else owner])
        given = (*given, NO_CONSENT, {"from": accounts[by]})
        if work is None:
            with reverts("UnknownWork"):
                self.registry.proveEarlier(*given)
        elif batch.time >= work.date:
            with reverts("NotEarlier", batch.time, work.date):
                self.registry.proveEarlier(*given)
        else:
            self.registry.proveEarlier(*given)
            work.date, work.batch, self.touched = batch.time, batch.number, work
            self.note(work)

    def rule_transfer(self, place, owner):
        if work := self.chosen(place):
            seller = work.history[-1][1]
            parties = (accounts[seller], accounts[owner])
            tx = self.registry.transferFrom(*parties, token(work.id), {"from": parties[0]})
            work.history.append((tx.timestamp, owner))
            self.touched = work

    def rule_sell_as_agreed(self, place, owner):
        if work := self.chosen(place):
            seller = work.history[-1][1]
            call = (accounts[seller], accounts[owner], token(work.id))
            by, agreed = {"from": accounts[seller]}, self.registry.stateOf(work.id)
            with reverts("StateChanged"):
                self.registry.transferAt(*call, EMPTY, by)
            work.history.append((self.registry.transferAt(*call, agreed, by).timestamp, owner))
            self.touched = work

    def rule_steal(self, place, owner):
        work = self.chosen(place)
        if work and work.history[-1][1] != owner:
            owner, thief = accounts[work.history[-1][1]], accounts[owner]
            with reverts("ERC721InsufficientApproval"):
                self.registry.transferFrom(owner, thief, token(work.id), {"from": thief})

    def rule_share(self, place, shares):
        if (work := self.chosen(place)) is None:
            return
        present = [{ANN.address: ANN, BEN.address: BEN}[account] for account, _ in work.shares]
        consents = [consent(self.system, who, work.id, shares) for who in present]
        call = (work.id, shares, consents, {"from": accounts[work.history[-1][1]]})
        total = work.bps + sum(bps for _, bps in shares)
        if total > 10_000:
            with reverts("BadShares", len(shares), total):
                self.registry.setCoOwners(*call)
        else:
            self.registry.setCoOwners(*call)
            work.shares, work.changes, self.touched = shares, work.changes + 1, work

    def rule_derive(self, place, other, bps):
        if (work := self.chosen(place)) is None:
            return
        parent = self.chosen(other)
        call = (work.id, parent.id, bps, {"from": accounts[work.history[-1][1]]})
        line, above = [], parent
        while above:
            line.append(above)
            above = above.parent
        total = bps + sum(bps for _, bps in work.shares)
        if work.parent:
            error = "AlreadyLinked"
        elif parent.date > work.date or work in line or len(line) > 3:
            error = "BadParent"
        elif bps == 0 or total > 10_000:
            error = "BadShares"
        else:
            self.registry.linkDerivative(*call)
            work.parent, work.bps, work.changes, self.touched = parent, bps, work.changes + 1, work
            return
        with reverts(error):
            self.registry.linkDerivative(*call)

    def rule_unlink(self, place):
        work = self.chosen(place)
        if work and work.parent:
            self.registry.unlinkDerivative(work.id, {"from": accounts[work.parent.history[-1][1]]})
            work.parent, work.bps, work.changes, self.touched = None, 0, work.changes + 1, work

    def rule_reject(self, place):
        # A rejected work is so for good: a few are enough.
        if (work := self.chosen(place)) and self.rng.random() < 0.3:
            judge(self.system, work.id, digest(work.content), REJECTED)
            work.standing, self.touched = REJECTED, work
            if self.earliest.get(work.content) is work:
                del self.earliest[work.content]

    def rule_refresh(self, place):
        if work := self.chosen(place):
            self.registry.refreshEarliest(accounts[work.first], digest(work.content), {"from": accounts[5]})
            self.note(work)

    def rule_wait(self, wait):
        chain.sleep(wait)

    # -------------------------------------------------------------------------------------------------- what is so then

    def check_earliest(self):
        for content in range(CONTENTS):
            first = self.earliest.get(content)
            assert self.registry.earliestOf(digest(content)) == (first.id if first else EMPTY)

    def check(self, work):
        found = (work.date, work.batch, 0, work.standing, len(work.shares), work.parent is not None, work.changes)
        assert self.registry.work(work.id) == found
        assert work.date <= work.firstly
        if work.batch:
            assert self.batches[work.batch - 1].time == work.date
        owner = work.history[-1][1]
        assert self.registry.ownerOf(token(work.id)) == accounts[owner]
        assert self.registry.rightsOf(work.id) == (accounts[owner], work.standing)
        for since, _ in work.history:
            for time in (max(since - 1, 0), since):
                expected = [account for at, account in work.history if at <= time][-1]
                assert self.registry.ownerAt(work.id, time) == accounts[expected]
                assert self.registry.entitlement(work.id, time) == (accounts[expected], accounts[owner], found)
        co_owners, parts, *rest = self.registry.splitOf(work.id, 10**18 + 7)
        assert (list(zip(co_owners, parts, strict=True)), *rest) == modelled_split(work, 10**18 + 7)

    def check_all(self):
        for work in self.works:
            self.check(work)
        self.check_rebuilt()
        for work in self.works:
            self.registry.refreshEarliest(accounts[work.first], digest(work.content), {"from": accounts[5]})
        for content in range(CONTENTS):
            dates = [w.date for w in self.works if w.content == content and w.standing != REJECTED]
            first = self.registry.earliestOf(digest(content))
            assert first == EMPTY if not dates else self.registry.work(first)[0] == min(dates)

    def check_rebuilt(self):
        """Whoever reads all events knows what the contract knows."""
        read = read_events(self.registry, self.since)
        assert set(read.works) == {str(w.id) for w in self.works}
        for work in self.works:
            found = read.works[str(work.id)]
            assert (found.date, found.batch, found.standing) == (work.date, work.batch, work.standing)
            assert found.history[1:] == [(at, accounts[account].address) for at, account in work.history[1:]]
            assert found.history[0][1] == accounts[work.first].address
            assert found.shares == work.shares
            assert found.parent == (str(work.parent.id) if work.parent else None) and found.bps == work.bps
        assert read.earliest == {digest(content): str(first.id) for content, first in self.earliest.items()}
        assert read.batches == {b.root: (b.number, b.time) for b in self.batches}


def modelled_split(work, amount):
    """Co-owners and their parts, the owner's part, the parent and its part."""
    parts = [(account, amount * bps // 10_000) for account, bps in work.shares]
    named = sum(part for _, part in parts)
    if work.parent is None or work.parent.standing == REJECTED:
        return parts, amount - named, EMPTY, 0
    upwards = amount * work.bps // 10_000
    return parts, amount - named - upwards, work.parent.id, upwards


def read_events(registry, since):
    """What an indexer makes of the events, and of nothing else."""
    events = web3.eth.contract(address=registry.address, abi=registry.abi).events
    names = ["Transfer", "WorkRegistered", "EarlierProven", "DuplicateRecorded", "StandingSet", "CoOwnersSet"]
    names += ["DerivativeLinked", "DerivativeUnlinked", "BatchAnchored"]
    logs = [log for name in names for log in getattr(events, name).get_logs(from_block=since)]
    read = SimpleNamespace(works={}, earliest={}, batches={}, minted={})
    for log in sorted(logs, key=lambda log: (log["blockNumber"], log["logIndex"])):
        told = {k: "0x" + v.hex() if isinstance(v, bytes) else v for k, v in log["args"].items()}
        apply(read, log["event"], told, log["blockNumber"])
    return read


def apply(read, event, told, block):
    work = read.works.get(told.get("workId"))
    if event == "Transfer":
        work_id, time = f"0x{told['tokenId']:064x}", web3.eth.get_block(block)["timestamp"]
        history = read.works[work_id].history if work_id in read.works else read.minted.setdefault(work_id, [])
        history.append((time, told["to"]))
    elif event == "WorkRegistered":
        read.works[told["workId"]] = SimpleNamespace(
            **{"date": told["registeredAt"], "batch": told["batchId"], "content": told["contentHash"]},
            **{"standing": CLEAR, "history": read.minted[told["workId"]], "shares": [], "parent": None, "bps": 0},
        )
        read.earliest.setdefault(told["contentHash"], told["workId"])
    elif event == "EarlierProven":
        work.date, work.batch = told["registeredAt"], told["batchId"]
    elif event == "DuplicateRecorded":
        read.earliest[told["contentHash"]] = told["workId"]
    elif event == "StandingSet":
        work.standing = told["standing"]
        if work.standing == REJECTED and read.earliest.get(work.content) == told["workId"]:
            del read.earliest[work.content]
    elif event == "CoOwnersSet":
        work.shares = [tuple(c.values()) for c in told["coOwners"]]
    elif event == "DerivativeLinked":
        work.parent, work.bps = told["parentId"], told["bps"]
    elif event == "DerivativeUnlinked":
        work.parent, work.bps = None, 0
    elif event == "BatchAnchored":
        read.batches[told["root"]] = (told["batchId"], told["anchoredAt"])


@pytest.mark.parametrize("seed", range(int(os.environ.get("COPYTRACK_WALKS", "4"))))
def test_the_register_keeps_to_its_model(system, seed):
    register = Register(system, random.Random(seed))
    for step in range(STEPS):
        register.step()
        if step % 10 == 9:
            register.check_rebuilt()
    register.check_all()
