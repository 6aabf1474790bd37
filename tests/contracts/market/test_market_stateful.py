"""The whole market at random, beside a model of it in Python."""

import random
from types import SimpleNamespace

from brownie.test import strategy

from tests.contracts.conftest import (
    DAY,
    EMPTY,
    EXCLUSIVE,
    NO_QUOTE,
    ONLINE,
    RENEWABLE,
    SUBLICENSABLE,
    TRANSFERABLE,
    digest,
    reverts,
)
from tests.contracts.market.conftest import at, later, now

END_USERS = ("shop", "www.shop", "paper")
NOTICE = 14 * DAY
YEAR = 365 * DAY
FOREVER = 100 * YEAR
RICH = 10**24
BUSY = 30
RANGES = {
    **{"pick": (0, 255), "who": (0, 1), "end_user": (0, 2), "uses": (1, 15), "places": (1, 7), "rights": (0, 15)},
    **{"price": (0, 3), "days": (1, 30), "hours": (1, 255), "period": (1, FOREVER), "grace": (0, YEAR)},
}
RULES = [
    *("rule_offer", "rule_buy", "rule_buy", "rule_buy_first", "rule_buy_first", "rule_revoke", "rule_transfer"),
    *("rule_sublicense", "rule_sublicense", "rule_end_sublicence", "rule_sell_elsewhere", "rule_end_sale", "rule_wait"),
    *("rule_subscribe", "rule_keep", "rule_withdraw"),
]


class Cover:
    """Islands of covered seconds of one end user, and who stands on the last one."""

    def __init__(self):
        self.islands = []

    def add(self, t, until, token=None):
        if not self.islands or self.islands[-1].until + 1 < t:
            self.islands.append(SimpleNamespace(start=t, until=0, standing=set(), promised=0))
        last = self.islands[-1]
        last.until = max(last.until, until)
        if token:
            last.standing.add(token)

    def end(self, token, until):
        last = self.islands[-1]
        last.standing.remove(token)
        last.promised = max(last.promised, until)
        if not last.standing:
            last.until = min(last.until, last.promised)


class Market:
    seed = strategy("uint32")
    for _name, (_low, _high) in RANGES.items():
        locals()[_name] = strategy("uint32", min_value=_low, max_value=_high)

    def __init__(cls, system, make):  # noqa: N805 - brownie calls it with the class
        cls.system, cls.make = system, make
        cls.buyers = [system.payer, system.client]
        cls.work_id = make.work()
        for account in (*cls.buyers, system.holder):
            make.funded(account, RICH, system.ledger)
        cls.supply = system.token.totalSupply()

    def setup(self):
        self.offered, self.sold_until, self.sold = [], [], []
        self.licences, self.subs, self.subscribed = {}, {}, {}
        self.cover = {name: Cover() for name in END_USERS}
        self.sales = {name: [] for name in END_USERS}
        # Sales made elsewhere: their latest end, how many were not ended, and the latest end of those that were.
        self.elsewhere = SimpleNamespace(until=0, count=0, ended=0, since=0)
        self.money_in = self.money_out = self.tokens = 0
        self.charged = set()
        self.random = random.Random(7)
        self.begin = now()
        for uses, places, rights in ((ONLINE, 3, SUBLICENSABLE | RENEWABLE), (1, 2, EXCLUSIVE | RENEWABLE)):
            self.offer(uses, places, rights, 2, 10 * DAY, DAY)

    def offer(self, uses, places, rights, price, period, grace):
        changes = {"uses": uses, "territories": places, "rights": rights, "period": period, "grace": grace}
        price = price and price * 10**18 + 7
        self.offered.append(self.make.offer(self.work_id, price, **changes))
        self.sold_until.append(0)
        self.sold.append(0)

    def tick(self):
        """The second of the next transaction."""
        t = now() + 1
        at(t)
        return t

    def token(self):
        self.tokens += 1
        return self.tokens

    def chosen(self, pick, among):
        keys = sorted(among)
        return keys[pick % len(keys)] if keys else None

    def purchase(self, key):
        index, who, end_user = key
        return (self.offered[index], self.buyers[who].address, digest(end_user), 2**100)

    def children(self, node_id):
        return [s for s in self.subs.values() if s.parent_id == node_id]

    def conflict(self, index, t):
        _, _, _, _, _, uses, rights, places, *_ = self.offered[index]
        for other, until in zip(self.offered, self.sold_until, strict=True):
            overlap = uses & other[5] and places & other[7]
            if until >= t and overlap and (rights | other[6]) & EXCLUSIVE:
                return True
        return False

    # ------------------------------------------------------------------------------------------------------- rules

    def initialize_years_of_business(self, seed):
        """Hypothesis likes short runs best; each of ours begins in a market that is busy already."""
        rng = random.Random(seed)
        for _ in range(BUSY):
            rule = getattr(self, rng.choice(RULES))
            names = rule.__func__.__code__.co_varnames[1 : rule.__func__.__code__.co_argcount]
            rule(**{name: rng.randint(*RANGES[name]) for name in names})
            if rng.random() < 0.3:
                self.check()

    def rule_offer(self, pick, uses, places, rights, price, days, period, grace):
        """Mostly of some days, now and then of any period and grace that an offer may have."""
        if pick % 5:
            period, grace = days * DAY, days % 3 * DAY
        self.offer(uses, places, rights, price, period, grace)

    def rule_buy(self, pick, who, end_user):
        self.buy(pick % len(self.offered), who, END_USERS[end_user])

    def rule_buy_first(self, pick, who, end_user):
        self.buy(pick % 2, who, END_USERS[end_user])

    def buy(self, index, who, end_user):
        key = (index, who, end_user)
        _, _, _, period, grace, _, rights, *_ = self.offered[index]
        by = {"from": self.buyers[who]}
        t = self.tick()
        found = self.licences.get(key)
        refusal = None
        if found and found.until + grace >= t:
            if not rights & RENEWABLE:
                refusal = "NotRenewable"
            elif found.until > t + period:
                refusal = "TooEarly"
        elif self.conflict(index, t):
            refusal = "ExclusivityTaken"
        elif rights & EXCLUSIVE and self.elsewhere.until >= t:
            refusal = "ExternalSaleRuns"
        if refusal:
            with reverts(refusal):
                self.system.ledger.buy(self.purchase(key), by)
        else:
            self.system.ledger.buy(self.purchase(key), by)
            self.note(key, t)

    def note(self, key, t):
        """A licence begins or is renewed at t."""
        offer = self.offered[key[0]]
        _, price, _, period, grace, uses, *_ = offer
        found = self.licences.get(key)
        if found and found.until + grace >= t:
            ahead = max(found.until - t, 0)
            found.paid = price + found.paid * ahead // (found.until - found.paid_at if ahead else 1)
            found.until += period
            new = False
        else:
            found = SimpleNamespace(start=t, until=t + period, paid=price, token=self.token(), id=None, depth=0)
            found.id = str(self.make.licence_id(self.purchase(key)))
            self.licences[key] = found
            new = True
        found.paid_at = t
        found.covered = found.until + grace
        self.money_in += price
        if new:
            self.sold[key[0]] = (self.sold[key[0]] if self.sold_until[key[0]] >= t else 0) + 1
        self.sold_until[key[0]] = max(self.sold_until[key[0]], found.covered)
        if uses & ONLINE:
            self.cover[key[2]].add(t, found.covered, found.token if new else None)

    def rule_revoke(self, pick):
        t = self.tick()
        key = self.chosen(pick, [k for k, found in self.licences.items() if found.until >= t])
        if not key:
            return
        found, offer, by = self.licences[key], self.offered[key[0]], {"from": self.system.holder}
        if self.children(found.id):
            with reverts("SubLicencesRun"):
                self.system.ledger.revoke(self.purchase(key), by)
            return
        self.system.ledger.revoke(self.purchase(key), by)
        self.money_in += found.paid
        del self.licences[key]
        self.sold[key[0]] -= 1
        if not self.sold[key[0]]:
            self.sold_until[key[0]] = t - 1
        if offer[5] & ONLINE:
            self.cover[key[2]].end(found.token, min(t + max(offer[4], NOTICE), found.covered))

    def rule_transfer(self, pick):
        t = self.tick()
        running = [k for k, found in self.licences.items() if found.until >= t]
        key = self.chosen(pick, [k for k in running if self.offered[k[0]][6] & TRANSFERABLE])
        if not key:
            return
        target = (key[0], 1 - key[1], key[2])
        found, present = self.licences[key], self.licences.get(target)
        refusal = None
        if self.children(found.id) or (present and present.covered < t and self.children(present.id)):
            refusal = "SubLicencesRun"
        elif present and present.covered >= t:
            refusal = "RunningAlready"
        args = (self.purchase(key), self.buyers[target[1]], {"from": self.buyers[key[1]]})
        if refusal:
            with reverts(refusal):
                self.system.ledger.transfer(*args)
        else:
            found.id = str(self.system.ledger.transfer(*args).return_value)
            self.licences[target] = self.licences.pop(key)

    def rule_sublicense(self, pick, who, end_user, hours):
        t = self.tick()
        tops = {
            found.id: (found, key)
            for key, found in self.licences.items()
            if found.until >= t and self.offered[key[0]][6] & SUBLICENSABLE
        }
        subs = {i: (s, None) for i, s in self.subs.items() if s.until >= t}
        parent_id = self.chosen(pick, {**tops, **subs})
        if not parent_id:
            return
        parent, key = {**tops, **subs}[parent_id]
        uses, places = self.offered[key[0]][5::2][:2] if key else parent.data[5:]
        by = self.buyers[key[1]] if key else parent.licensee
        until = t + (parent.until - t) * hours // 255
        end_user = END_USERS[end_user]
        grant = (self.buyers[who].address, digest(end_user), uses, places, until)
        data = (parent_id, self.work_id, by.address, *grant[:4])
        found = next((s for s in self.subs.values() if s.data == data), None)
        refusal = None
        if parent.depth == 3:
            refusal = "OutsideParent"
        elif found and until <= found.until:
            refusal = "BadPeriod"
        if key:
            grant = (self.purchase(key), grant, {"from": by})
            send = self.system.ledger.sublicense
        else:
            grant = (parent.data, grant, {"from": by})
            send = self.system.ledger.sublicenseFurther
        if refusal:
            with reverts(refusal):
                send(*grant)
            return
        new_id = str(send(*grant).return_value)
        begins = not found or found.until < t
        if not found:
            found = self.subs[new_id] = SimpleNamespace(
                data=data, parent_id=parent_id, licensee=self.buyers[who], end_user=end_user, depth=parent.depth + 1
            )
        found.until = until
        if begins:
            found.token = self.token()
        if uses & ONLINE:
            self.cover[end_user].add(t, until, found.token if begins else None)

    def rule_end_sublicence(self, pick):
        t = self.tick()
        ended_id = self.chosen(pick, [i for i in self.subs if not self.children(i)])
        if not ended_id:
            return
        ended, line = self.subs[ended_id], [self.subs[ended_id]]
        while line[-1].parent_id in self.subs:
            line.append(self.subs[line[-1].parent_id])
        running = ended.until >= t
        by = line[-1].data[2] if running else self.system.stranger
        self.system.ledger.endSublicence([s.data for s in line], {"from": by})
        del self.subs[ended_id]
        if running and ended.data[5] & ONLINE:
            self.cover[ended.end_user].end(ended.token, min(ended.until, t + NOTICE))

    def rule_sell_elsewhere(self, end_user, days):
        t = self.tick()
        end = t + (days - 8) * DAY
        end_user = END_USERS[end_user]
        sale = (self.work_id, digest(end_user), min(t, end), end, EMPTY, {"from": self.system.holder})
        exclusive = zip(self.offered, self.sold_until, strict=True)
        if end >= t and any(offer[6] & EXCLUSIVE and until >= t for offer, until in exclusive):
            with reverts("ExclusivityTaken"):
                self.system.ledger.recordSale(*sale)
            return
        self.system.ledger.recordSale(*sale)
        self.sales[end_user].append(SimpleNamespace(until=end, token=self.token(), ended=False, at=t))
        if end >= t:
            if self.elsewhere.until < t:
                self.elsewhere = SimpleNamespace(until=0, count=0, ended=0, since=t)
            self.elsewhere.until = max(self.elsewhere.until, end)
            self.elsewhere.count += 1
            self.cover[end_user].add(t, end, self.sales[end_user][-1].token)

    def rule_end_sale(self, pick, end_user):
        t = self.tick()
        end_user = END_USERS[end_user]
        index = pick % (len(self.sales[end_user]) + 1)
        given = (self.work_id, digest(end_user), index, {"from": self.system.holder})
        found = self.sales[end_user][index] if index < len(self.sales[end_user]) else None
        if not found or found.ended or t <= found.until <= t + NOTICE:
            with reverts("SaleEndsAnyway" if found else "NoSuchSale"):
                self.system.ledger.endSale(*given)
            return
        self.system.ledger.endSale(*given)
        runs, counted = found.until >= t, found.until >= found.at >= self.elsewhere.since
        found.ended = True
        if runs:
            found.until = t + NOTICE
            self.cover[end_user].end(found.token, found.until)
        if counted:
            self.elsewhere.ended = max(self.elsewhere.ended, found.until)
            self.elsewhere.count -= 1
            if not self.elsewhere.count:
                self.elsewhere.until = self.elsewhere.ended

    def rule_wait(self, hours):
        later(hours * 3600)

    def rule_subscribe(self, pick, price, days):
        t = self.tick()
        running = [k for k in self.licences if self.offered[k[0]][6] & RENEWABLE]
        key = self.chosen(pick, running)
        if key:
            limit, end = price * 10**18 + 7, t + days * DAY
            self.system.subscriptions.subscribe(self.purchase(key), limit, end, {"from": self.buyers[key[1]]})
            self.subscribed[key] = (limit, end, self.licences[key].start)

    def rule_keep(self):
        """The keeper brings every subscription twice."""
        if not self.subscribed:
            return
        before = [self.system.token.balanceOf(b) for b in self.buyers]
        t = self.tick()
        expected, charges = 0, [0, 0]
        for key, (limit, end, start) in sorted(self.subscribed.items()) * 2:
            _, price, _, period, grace, *_ = self.offered[key[0]]
            found = self.licences.get(key)
            due = found and found.start == start and found.until - period // 4 <= t <= found.until + grace
            if due and t <= end and price <= limit:
                assert (found.token, found.until) not in self.charged
                self.charged.add((found.token, found.until))
                self.note(key, t)
                expected += 1
                charges[key[1]] += price
        batch = [(self.purchase(key), NO_QUOTE, []) for key in sorted(self.subscribed)] * 2
        tx = self.system.subscriptions.renewMany(batch, {"from": self.system.stranger})
        assert tx.timestamp == t and tx.return_value == expected
        after = [self.system.token.balanceOf(b) for b in self.buyers]
        assert [a - b for a, b in zip(before, after, strict=True)] == charges

    def rule_withdraw(self, who):
        account = [self.buyers[0], self.system.holder][who]
        owed = self.system.ledger.owed(account)
        if owed:
            self.system.ledger.withdraw(account, {"from": account})
            self.money_out += owed

    # -------------------------------------------------------------------------------------------------- invariants

    def check(self):
        for name in dir(self):
            if name.startswith("invariant_"):
                getattr(self, name)()

    def invariant_the_vault_holds_what_it_owes(self):
        owed = sum(self.system.ledger.owed(a) for a in (*self.buyers, self.system.holder))
        held = self.system.token.balanceOf(self.system.ledger)
        assert held == owed == self.money_in - self.money_out
        assert self.system.token.totalSupply() == self.supply

    def invariant_no_exclusive_licence_overlaps_another(self):
        t = now()
        running = [self.offered[k[0]] for k, found in self.licences.items() if found.covered >= t]
        for i, one in enumerate(running):
            for other in running[i + 1 :]:
                overlap = one[5] & other[5] and one[7] & other[7]
                assert not (overlap and (one[6] | other[6]) & EXCLUSIVE)

    def invariant_licences_stand_as_in_the_model(self):
        for found in self.licences.values():
            seen = self.system.ledger.licence(found.id)
            assert seen[:2] == (found.start, found.until) and seen["paid"] == found.paid
            assert seen["subLicences"] == len(self.children(found.id))

    def invariant_sub_licences_stay_inside_their_parent(self):
        for sub_id, sub in self.subs.items():
            seen, parent = (self.system.ledger.licence(i) for i in (sub_id, sub.parent_id))
            assert seen["until"] == sub.until <= parent["until"]
            assert seen["depth"] == parent["depth"] + 1 <= 3
            assert seen["subLicences"] == len(self.children(sub_id))

    def invariant_cover_is_as_in_the_model(self):
        for host, site in (("www.shop", "shop"), ("blog.paper", "paper")):
            islands = [i for n in {host, site} & set(END_USERS) for i in self.cover[n].islands]
            edges = [e + d for i in islands for e in (i.start, i.until) for d in (-1, 0, 1)] + [now()]
            for _ in range(3):
                first = self.random.choice([*edges, self.random.randint(self.begin, now() + DAY)])
                last = max(first, self.random.choice([*edges, first]))
                told = self.system.ledger.covered(self.work_id, digest(host), digest(site), first, last)
                assert told == in_islands(islands, first, last), (first, last, islands)

    def invariant_who_holds_a_licence_is_covered_to_its_end(self):
        t = now()
        for key, found in self.licences.items():
            if found.covered >= t and self.offered[key[0]][5] & ONLINE:
                name = digest(key[2])
                assert self.system.ledger.covered(self.work_id, name, name, t, found.covered)


def in_islands(islands, first, last):
    while first <= last:
        reach = [i.until for i in islands if i.start <= first <= i.until]
        if not reach:
            return False
        first = max(reach) + 1
    return True


def test_the_market_keeps_its_promises(system, make, state_machine):
    state_machine(Market, system, make, settings={"max_examples": 6, "stateful_step_count": 5})
