"""Whatever is done in whatever order: reports, licences, cases, payments, disputes and time, against a model of ours.

The model foretells for each action whether the contracts accept it, and what everybody is owed afterwards.
"""

from collections import Counter

from brownie import accounts, chain, web3
from brownie.test import strategy

from tests.contracts.conftest import (
    BOND,
    DAY,
    FEE,
    GRACE,
    NO_PERMIT,
    RULING,
    WINDOW,
    at_second,
    digest,
    now_on_chain,
    signers,
    word,
)
from tests.contracts.enforcement.conftest import (
    ABUSE,
    CASE,
    CLOSED,
    CONTESTED,
    DISMISSED,
    EVIDENCE,
    OPEN,
    REFUSED,
    REGISTRATION,
    SETTLED,
    SUSTAINED,
    wait,
)

RATE = 10**13
CLEAR, DISPUTED, REJECTED = range(3)
SITES = ("shop", "blog")
ALIVE = (OPEN, CONTESTED)
LICENCE = 5 * DAY
TIMES = (1, WINDOW - 1, WINDOW, DAY, RULING, RULING + 1, GRACE)
MILLION = 10**24
PAGES = 3


class Machine:
    action = strategy("uint8", max_value=63)
    pick = strategy("uint8")
    other = strategy("uint8")
    demand = strategy("uint48", max_value=40000)
    bps = strategy("uint16", min_value=2999, max_value=5001)

    def __init__(cls, system, make, court):  # noqa: N805 (brownie hands the class over here)
        cls.system, cls.make, cls.court = system, make, court
        for account in (system.holder, system.payer, system.stranger, system.operator):
            for spender in (system.settlement, system.arbitration):
                make.funded(account, MILLION, spender)
        cls.works = [(make.work(name), digest(name)) for name in ("first", "second")]
        for work_id, _ in cls.works:
            make.attested(work_id)
        system.registry.setCoOwners(cls.works[1][0], [(accounts[5].address, 3333)], [], {"from": system.holder})
        cls.offers = [[make.offer(work_id, 0, period=LICENCE, grace=DAY) for _ in range(6)] for work_id, _ in cls.works]
        cls.committees = [system.members, signers("next", 3)]
        cls.supply = system.token.totalSupply()
        seen = [(work, site, chain[-1].timestamp - age) for work in (0, 1) for site in SITES for age in (DAY, 5)]
        items = [cls.item(cls, work, site, at, page) for page, (work, site, at) in enumerate(seen)]
        root, proofs = make.reported(items)
        reported_at = system.evidence.receipt(root)[1]
        cls.first_items = [
            {
                **{"item": i, "root": root, "proof": p, "work": w, "site": s, "seen": at},
                **{"page": page % PAGES, "reported": reported_at},
            }
            for page, (i, p, (w, s, at)) in enumerate(zip(items, proofs, seen, strict=True))
        ]
        wait(WINDOW)

    def setup(self):
        now_on_chain()
        self.items = [{**found, "standing": CLEAR} for found in self.first_items]
        self.registrations = [CLEAR, CLEAR]
        self.places = {(w, s): {"free": 0, "released": 0, "spans": []} for w in (0, 1) for s in SITES}
        self.cases, self.disputes, self.removed, self.uses = [], [], set(), {}
        self.committee, self.config = 0, 1
        self.owed, self.panel_owed, self.burnt = Counter(), Counter(), 0
        self.lowest, self.changed, self.waited = {}, True, 0
        for item in (0, 4):
            self.open(item, 30000)
        self.contest(0, 1)

    def item(self, work, site, seen, page):
        """A sighting on one of few pages: both works are seen on each."""
        found = self.make.item(self.works[work][0], site, seen)
        return (*found[:3], digest(f"{site}/{page % PAGES}"), *found[4:])

    # -------------------------------------------------------------------------------------------------- how to act

    def tick(self):
        """The second of the next block, after the time that was waited."""
        self.now = chain[-1].timestamp + 1 + self.waited
        self.waited = 0
        return self.now

    def attempt(self, expected, function, *arguments, by):
        """Sent past brownie, which traces each revert at length."""
        at_second(self.now)
        call = {"from": by.address, "to": function._address, "data": function.encode_input(*arguments)}
        sent = web3.eth.send_transaction({**call, "gas": 3_000_000, "gasPrice": 0})
        receipt = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)
        assert web3.eth.get_block(receipt["blockNumber"])["timestamp"] == self.now
        accepted = receipt["status"] == 1
        if expected and not accepted:
            function.call(*arguments, {"from": by})  # raises with the reason
        self.changed |= accepted
        assert accepted == expected, f"the model says {expected} to {function._name}{arguments}"
        return accepted

    @staticmethod
    def one_of(found, pick):
        return found[pick % len(found)] if found else None

    def case(self, pick):
        """Mostly one that lives."""
        alive = [c for c in self.cases if c["stage"] in ALIVE]
        return self.one_of(alive if alive and pick % 8 else self.cases, pick)

    def dispute(self, pick):
        """Mostly one that is pending."""
        pending = [d for d in self.disputes if d["pending"]]
        return self.one_of(pending if pending and pick % 8 else self.disputes, pick)

    def alive(self, work, site):
        return [c for c in self.cases if (c["work"], c["site"]) == (work, site) and c["stage"] in ALIVE]

    def place(self, case):
        return self.places[case["work"], case["site"]]

    def is_unclaimed(self, found, case=None):
        """Whether no case on the holder's other work has claimed this page of this site."""
        last = self.uses.get((found["site"], found["page"]))
        if not last or last is case or last["work"] == found["work"]:
            return True
        place = self.place(last)
        free = found["seen"] > max(place["free"], place["released"])
        return free and not self.alive(last["work"], last["site"])

    def covered(self, work, site, seen):
        place = self.places[work, site]
        return seen <= place["released"] or any(start <= seen <= end for start, end in place["spans"])

    def rule_act(self, action, pick, other, demand, bps):
        """One rule for all: hypothesis would leave out whole rules from each run."""
        acts = {
            **dict.fromkeys(range(8), lambda: self.open(pick, demand)),
            **dict.fromkeys(range(8, 16), lambda: self.contest(pick, other)),
            **dict.fromkeys(range(16, 24), lambda: self.ruling(pick, other)),
            **dict.fromkeys(range(24, 28), lambda: self.report(pick, other)),
            **dict.fromkeys(range(28, 32), lambda: self.challenge(pick)),
            **dict.fromkeys(range(32, 36), lambda: self.pay(pick)),
            **dict.fromkeys(range(36, 39), lambda: self.close(pick, other)),
            **dict.fromkeys(range(39, 42), lambda: self.join(pick, other)),
            **dict.fromkeys(range(42, 45), lambda: self.lower(pick, demand, other)),
            **dict.fromkeys(range(45, 47), lambda: self.decision(pick, bps)),
            **dict.fromkeys(range(47, 49), lambda: self.withdraw(pick)),
            **dict.fromkeys(range(49, 51), lambda: self.license(pick, other)),
            **dict.fromkeys(range(51, 53), lambda: self.lapse(pick)),
            **dict.fromkeys(range(53, 60), lambda: self.wait(pick)),
            60: self.rotate,
            61: lambda: self.remove(pick),
            62: lambda: self.dispute_registration(pick),
            63: lambda: self.lapse(pick),
        }
        acts[action]()

    # --------------------------------------------------------------------------------------------------------- time

    def wait(self, pick):
        self.waited += TIMES[pick % len(TIMES)]

    # ----------------------------------------------------------------------------------------- committee and reports

    def report(self, pick, other):
        """One of both committees signs, now and then too few of it, or with a removed member."""
        work, site = pick % 2, SITES[other % 2]
        committee = self.committee if other % 8 else 1 - self.committee
        by = self.committees[committee][pick % 3 :] if pick % 5 == 0 else self.committees[committee][other % 2 :]
        now = self.tick()
        seen = now - (0, 10, 2 * DAY, GRACE + DAY)[pick % 4] + (1000 if other % 16 == 1 else 0)
        page = pick // 4
        item = self.item(work, site, seen, page)
        root, proof = self.system.evidence.leafOf(item), []
        given = self.make.report(root, 1, observed=now)
        signed = self.make.signed_report(given, by)
        members = committee == self.committee and not any(m.address in self.removed for m in by)
        if self.attempt(members and len(by) >= 2, self.system.evidence.submit, given, signed, by=self.system.stranger):
            found = {"item": item, "root": root, "proof": proof, "work": work, "site": site, "seen": seen}
            found["page"] = page % PAGES
            self.items.append({**found, "reported": now if seen <= now else None, "standing": CLEAR})

    def rotate(self):
        self.committee, self.removed = 1 - self.committee, set()
        self.config += 1
        members = [m.address for m in self.committees[self.committee]]
        self.tick()
        self.attempt(True, self.system.evidence.setMembers, members, 2, by=self.system.governor)

    def remove(self, pick):
        member = self.committees[self.committee][pick % 3].address
        self.tick()
        if self.attempt(not self.removed, self.system.evidence.removeMember, member, b"proof", by=self.system.governor):
            self.removed.add(member)

    # ---------------------------------------------------------------------------------------------------- licences

    def license(self, pick, other):
        work, site = pick % 2, SITES[other % 2]
        given = self.make.purchase(self.one_of(self.offers[work], len(self.places[work, site]["spans"])), end_user=site)
        now = self.tick()
        self.attempt(True, self.system.ledger.buy, given, by=self.system.payer)
        self.places[work, site]["spans"].append((now, now + LICENCE + DAY))

    # -------------------------------------------------------------------------------------------------------- cases

    def is_proven(self, found, now):
        ripe = found["reported"] is not None and now >= found["reported"] + WINDOW
        return ripe and found["standing"] == CLEAR

    def open(self, pick, demand):
        found = self.one_of(self.items, pick)
        work, site, seen = found["work"], found["site"], found["seen"]
        work_id, content = self.works[work]
        given = (found["root"], found["item"], found["proof"], content, b"EUR", demand)
        covered = self.covered(work, site, seen)
        expected = self.registrations[work] == CLEAR and not covered and demand > 0
        expected = expected and not self.alive(work, site) and seen > self.places[work, site]["free"]
        expected = expected and self.is_unclaimed(found)
        expected = expected and self.is_proven(found, self.tick())
        if self.attempt(expected, self.system.settlement.open, given, by=self.system.holder):
            self.cases.append(
                {
                    "id": len(self.cases) + 1,
                    "work": work,
                    "site": site,
                    "stage": OPEN,
                    "demand": demand,
                    "bps": 3000,
                    "bond": True,
                    "seen": seen,
                }
            )
            self.uses[site, found["page"]] = self.cases[-1]
            # Asked of the chain itself: what was opened was not covered.
            assert not self.system.ledger.covered(work_id, *found["item"][1:3], seen, seen)

    def join(self, pick, other):
        case, found = self.case(pick), self.one_of(self.items, other)
        if not case:
            return
        work, site, seen = found["work"], found["site"], found["seen"]
        expected = case["stage"] in ALIVE and (work, site) == (case["work"], case["site"])
        expected = expected and self.registrations[work] == CLEAR
        expected = expected and seen > self.place(case)["free"] and not self.covered(work, site, seen)
        expected = expected and self.is_proven(found, self.tick())
        expected = expected and self.is_unclaimed(found, case)
        given = (case["id"], found["root"], found["item"], found["proof"], self.works[work][1])
        if self.attempt(expected, self.system.settlement.join, *given, by=self.system.holder):
            self.uses[site, found["page"]] = case

    def lower(self, pick, demand, other):
        """Lowered by the claimant, or agreed to and paid at once; now and then the agreement was taken back."""
        case = self.case(pick)
        if not case:
            return
        now = self.tick()
        settlement, expected = self.system.settlement, case["stage"] in ALIVE and 0 < demand < case["demand"]
        if other % 2:
            if self.attempt(expected, settlement.lower, case["id"], demand, by=self.system.holder):
                case["demand"] = demand
            return
        signed = self.court.reduction(case["id"], demand, now + 1)
        if other % 8 == 0:
            self.attempt(True, settlement.cancelSignatures, by=self.system.holder)
            now = self.tick()
        quote = self.make.quoted(settlement, word(case["id"]), demand, RATE, issued=now)
        given = (quote, self.make.signed_quote(quote), NO_PERMIT, *signed)
        expected = expected and other % 8 != 0 and self.registrations[case["work"]] != REJECTED
        if self.attempt(expected, settlement.payReduced, *given, by=self.system.payer):
            case["demand"] = demand
            self.paid(case, now)

    def decision(self, pick, bps):
        case = self.case(pick)
        if not case:
            return
        self.tick()
        given = (case["id"], digest("decision"), bps)
        expected = case["stage"] in ALIVE and 3000 < bps <= 5000
        if self.attempt(expected, self.system.settlement.recordDecision, *given, by=self.system.holder):
            case["bps"] = bps

    def pay(self, pick):
        case = self.case(pick)
        if not case:
            return
        now = self.tick()
        quote = self.make.quoted(self.system.settlement, word(case["id"]), case["demand"], RATE, issued=now)
        signed = self.make.signed_quote(quote)
        expected = case["stage"] in ALIVE and self.registrations[case["work"]] != REJECTED
        if self.attempt(expected, self.system.settlement.pay, quote, signed, by=self.system.payer):
            self.paid(case, now)

    def paid(self, case, now):
        amount = case["demand"] * RATE
        commission = amount * case["bps"] // 10_000
        shared = amount - commission
        co_owner = shared * 3333 // 10_000 if case["work"] == 1 else 0
        self.owed.update(
            {self.system.operator: commission, accounts[5]: co_owner, self.system.holder: shared - co_owner}
        )
        self.place(case)["released"] = now + GRACE
        self.end(case, SETTLED)

    def close(self, pick, other):
        """By the claimant; of a rejected registration, by anybody."""
        case = self.case(pick)
        if not case:
            return
        by = self.system.holder if other % 4 else self.system.stranger
        now = self.tick()
        expected = case["stage"] in ALIVE
        expected = expected and (other % 4 != 0 or self.registrations[case["work"]] == REJECTED)
        if self.attempt(expected, self.system.settlement.close, case["id"], by=by):
            self.place(case)["free"] = max(now, self.place(case)["free"])
            self.end(case, CLOSED)

    def end(self, case, stage):
        """A case that is before the panel keeps its bond."""
        if case["stage"] == OPEN:
            self.free_bond(case)
        case["stage"] = stage

    def free_bond(self, case):
        case["bond"] = False
        self.owed[self.system.holder] += BOND

    def withdraw(self, pick):
        account = (self.system.holder, self.system.operator, accounts[5], self.system.stranger)[pick % 4]
        self.tick()
        if self.attempt(self.owed[account] > 0, self.system.settlement.withdraw, account, by=account):
            self.owed[account] = 0

    # ----------------------------------------------------------------------------------------------------- disputes

    def raised(self, accepted, matter, subject, by, deposit):
        if accepted:
            found = {"id": len(self.disputes) + 1, "matter": matter, "subject": subject, "by": by, "deposit": deposit}
            self.disputes.append({**found, "deadline": self.now + RULING, "pending": True})

    def contest(self, pick, other):
        case = self.case(pick)
        if not case:
            return
        by = self.system.stranger if other % 2 else self.system.operator
        self.tick()
        given = (case["id"], digest("reasons"))
        accepted = self.attempt(case["stage"] == OPEN, self.system.arbitration.contest, *given, by=by)
        if accepted:
            case["stage"] = CONTESTED
        self.raised(accepted, CASE, case, by, 2 * FEE if other % 2 else FEE)

    def dispute_registration(self, pick):
        work = pick % 2
        self.tick()
        given = (self.system.holder, self.works[work][1], digest("reasons"))
        expected = self.registrations[work] == CLEAR
        by = self.system.stranger
        accepted = self.attempt(expected, self.system.arbitration.disputeRegistration, *given, by=by)
        if accepted:
            self.registrations[work] = DISPUTED
        self.raised(accepted, REGISTRATION, work, by, 2 * FEE)

    def challenge(self, pick):
        now = self.tick()
        fresh = [i for i in self.items if i["reported"] is not None and now < i["reported"] + WINDOW]
        found = self.one_of(fresh if fresh and pick % 8 else self.items, pick)
        expected = found["standing"] == CLEAR and found["reported"] is not None and now < found["reported"] + WINDOW
        given = (found["root"], found["item"], found["proof"], digest("reasons"))
        by = self.system.stranger
        accepted = self.attempt(expected, self.system.arbitration.challengeEvidence, *given, by=by)
        if accepted:
            found["standing"] = DISPUTED
        self.raised(accepted, EVIDENCE, found, by, 2 * FEE)

    def ruling(self, pick, other):
        dispute = self.dispute(pick)
        if not dispute:
            return
        outcome = (SUSTAINED, REFUSED, ABUSE)[other % 3]
        if dispute["matter"] != CASE and other % 4:
            outcome = REFUSED
        by = self.system.panel[: (1, 2, 2, 3)[pick % 4]]
        now = self.tick()
        barred = now + 3 * DAY if other % 2 else 0
        signed = self.make.ruling(dispute["id"], outcome, barred, by)
        expected = dispute["pending"] and now <= dispute["deadline"] and len(by) >= 2
        expected = expected and (outcome != ABUSE or dispute["matter"] == CASE)
        if self.attempt(expected, self.system.arbitration.rule, *signed, by=self.system.stranger):
            for place, member in enumerate(by):
                self.panel_owed[member.address] += FEE // len(by) + (FEE % len(by) if place == 0 else 0)
            winner = self.system.holder if outcome == REFUSED else dispute["by"]
            self.panel_owed[winner] += dispute["deposit"] - FEE
            self.decided(dispute, outcome, barred, now)

    def lapse(self, pick):
        dispute = self.dispute(pick)
        if not dispute:
            return
        now = self.tick()
        expected = dispute["pending"] and now > dispute["deadline"]
        if self.attempt(expected, self.system.arbitration.lapse, dispute["id"], by=self.system.client):
            self.panel_owed[dispute["by"]] += dispute["deposit"]
            self.decided(dispute, REFUSED if dispute["matter"] == REGISTRATION else SUSTAINED, 0, now)

    def decided(self, dispute, outcome, barred, now):
        dispute["pending"] = False
        subject, refused = dispute["subject"], outcome == REFUSED
        if dispute["matter"] == REGISTRATION:
            self.registrations[subject] = CLEAR if refused else REJECTED
        elif dispute["matter"] == EVIDENCE:
            subject["standing"] = CLEAR if refused else REJECTED
        elif refused and subject["stage"] == CONTESTED:
            subject["stage"] = OPEN
        else:
            bar = 0 if refused else barred
            if subject["stage"] == CONTESTED:
                subject["stage"], bar = DISMISSED, max(barred, now)
            else:
                self.dismiss_barred(subject, bar)
            self.place(subject)["free"] = max(bar, self.place(subject)["free"])
            if outcome == ABUSE:
                subject["bond"] = False
                self.burnt += BOND
            else:
                self.free_bond(subject)

    def dismiss_barred(self, ended, bar):
        """A case that was opened after this one had ended, on a use that the panel has freed."""
        for case in self.cases:
            same = (case["work"], case["site"]) == (ended["work"], ended["site"])
            if same and case["stage"] == OPEN and case["seen"] <= bar:
                case["stage"] = DISMISSED
                self.free_bond(case)

    # ---------------------------------------------------------------------------------------------------- invariants

    def invariant_money_and_rights_are_right(self):
        """What was refused changed nothing: looked at after each action that was accepted."""
        if not self.changed:
            return
        self.changed = False
        self.settlement_holds_what_it_owes_and_the_bonds()
        self.arbitration_holds_what_it_owes_and_the_deposits()
        self.cases_are_as_the_model_says_and_demands_only_fall()
        self.one_case_lives_per_work_and_site()
        self.supply_only_falls_by_what_was_burnt()
        self.only_the_present_committee_signs()

    def settlement_holds_what_it_owes_and_the_bonds(self):
        settlement = self.system.settlement
        everybody = (self.system.holder, self.system.operator, accounts[5], self.system.stranger)
        owed = {a: settlement.owed(a) for a in everybody}
        assert owed == {a: self.owed[a] for a in everybody}
        bonds = BOND * sum(c["bond"] for c in self.cases)
        assert self.system.token.balanceOf(settlement) == sum(owed.values()) + bonds

    def arbitration_holds_what_it_owes_and_the_deposits(self):
        arbitration = self.system.arbitration
        everybody = [self.system.holder.address, self.system.operator.address, self.system.stranger.address]
        everybody += [p.address for p in self.system.panel]
        owed = {a: arbitration.owed(a) for a in everybody}
        assert owed == {a: sum(n for w, n in self.panel_owed.items() if str(w) == a) for a in everybody}
        deposits = sum(d["deposit"] for d in self.disputes if d["pending"])
        assert self.system.token.balanceOf(arbitration) == sum(owed.values()) + deposits

    def cases_are_as_the_model_says_and_demands_only_fall(self):
        for case in self.cases:
            found = self.system.settlement.caseOf(case["id"])
            assert (found["stage"], found["demand"]) == (case["stage"], case["demand"])
            assert found["commissionBps"] == case["bps"] and 3000 <= case["bps"] <= 5000
            assert found["demand"] <= self.lowest.get(case["id"], 2**48)
            self.lowest[case["id"]] = found["demand"]
            assert case["bond"] or case["stage"] not in ALIVE

    def one_case_lives_per_work_and_site(self):
        for (work, site), place in self.places.items():
            alive = [c["id"] for c in self.alive(work, site)]
            assert len(alive) <= 1
            where = self.works[work][0], digest(site)
            assert self.system.settlement.openCase(*where) == (alive[0] if alive else 0)
            assert self.system.settlement.freeFrom(*where) == place["free"]
            assert self.system.settlement.releasedUntil(*where) == place["released"]

    def supply_only_falls_by_what_was_burnt(self):
        assert self.system.token.totalSupply() == self.supply - self.burnt

    def only_the_present_committee_signs(self):
        evidence = self.system.evidence
        assert evidence.configCount() == self.config
        present = [m for m in self.committees[self.committee] if m.address not in self.removed]
        assert evidence.memberCount() == len(present) < 2 * evidence.threshold()
        for committee in self.committees:
            for member in committee:
                assert evidence.isMember(member.address) == (member in present)


def test_whatever_is_done_money_and_rights_stay_right(system, make, court, state_machine):
    # hypothesis keeps its first ten runs short.
    state_machine(Machine, system, make, court, settings={"max_examples": 10, "stateful_step_count": 40})
