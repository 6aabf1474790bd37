"""What each operation costs: whole transactions in steady state, with distinct works, sellers and buyers.

Steady state: each account holds CPY and has a certificate, the operator was paid before, counters are past zero.
"""

import random

from brownie import accounts, chain, web3
from eth_account import Account

from tests.contracts.conftest import (
    BOND,
    DAY,
    NO_CONSENT,
    NO_QUOTE,
    RENEWABLE,
    SUBLICENSABLE,
    WINDOW,
    WORLD,
    cid,
    digest,
    entry,
    merkle,
    raw,
    typed,
)

PRICE = 25 * 10**18
BATCH = 20
# Levels of a tree over a million works.
MILLION_LEVELS = 20

# docs/decisions/010-gas-budgets.md
BUDGETS = {
    "register": 130_000,
    "anchor a batch": 75_000,
    "claimMany, each of 20 from 1,000,000": 105_000,
    "buy with two payees": 190_000,
    "renew by keeper, each of 20": 92_000,
    "report 5 of 7": 122_000,
    "open a case": 255_000,
    "settle with two co-owners": 165_000,
    "covered (call)": 16_000,
}


class Fixture:
    """A system with a committee of 7, and money on every account."""

    def __init__(self, system, make):
        self.system, self.make = system, make
        for account in accounts[:8]:
            system.token.transfer(account, 1000 * PRICE, {"from": system.governor})
        for n, account in enumerate(accounts[1:8]):
            make.work(f"earlier {n}", account)

    def work(self, name, owner, co_owner=None, derived_from=None):
        work_id = self.make.work(name, owner)
        if co_owner:
            self.system.registry.setCoOwners(work_id, [(co_owner, 4000)], [], {"from": owner})
        if derived_from:
            self.system.registry.linkDerivative(work_id, derived_from, 1000, {"from": owner})
        return work_id

    def fresh(self, n):
        """Somebody who holds nothing yet."""
        return web3.to_checksum_address(raw(digest(f"fresh {n}"))[:20].hex())


def measure(system, make):
    """{operation: gas} in the order in which a reader wants it."""
    at = Fixture(system, make)
    found = {}
    found.update(registration(at))
    found.update(licensing(at))
    found.update(evidence_and_cases(at))
    return found


def registration(at):
    system, make = at.system, at.make
    owner = system.holder
    found = {}
    found["register"] = system.registry.register(entry("a work"), {"from": owner}).gas_used
    duplicate = system.registry.register(entry("a work"), {"from": system.client})
    found["register a duplicate"] = duplicate.gas_used
    make.anchor([entry("first batch")], owner)
    for size in (1, 1_000_000):
        tx = system.registry.anchorBatch(digest(f"root {size}"), size, cid("m"), {"from": owner})
        found["anchor a batch"] = max(tx.gas_used, found.get("anchor a batch", 0))
    found.update(claims(at))
    work_id = make.work("transferred", owner)
    tx = system.registry.transferFrom(owner, system.client, int(str(work_id), 16), {"from": owner})
    found["transfer a certificate for the first time"] = tx.gas_used
    tx = system.registry.setCoOwners(make.work("shared", owner), [(at.fresh(1), 4000)], [], {"from": owner})
    found["name a co-owner"] = tx.gas_used
    given = make.authorship(make.work("attested", owner))
    found["attest authorship"] = system.verifiers.attest(*given, {"from": system.stranger}).gas_used
    found["attest, each of 20 by one signature"] = attestations(at) // BATCH
    return found


def claims(at):
    """Gas of claims by the owner, and by somebody to whom the owner gave their word."""
    system = at.system
    author = Account.from_key(web3.keccak(text="author"))
    owner = accounts.add(author.key.hex())
    at.make.work("earlier", owner)
    entries = [entry(f"claimed {n}") for n in range(2 * BATCH + 1)]
    root, proofs = deep_tree([system.registry.batchLeaf(owner, e) for e in entries], MILLION_LEVELS)
    system.registry.anchorBatch(root, 1_000_000, cid("m"), {"from": owner})

    def claimed(places, consent, by):
        given = (root, owner, entries[places], proofs[places], consent, {"from": by})
        return system.registry.claimMany(*given).gas_used

    fields, deadline = [("bytes32", "root"), ("uint256", "epoch"), ("uint64", "deadline")], chain.time() + DAY
    message = {"root": raw(root), "epoch": 0, "deadline": deadline}
    signed = author.sign_message(typed(system.registry, "CopyTrack WorkRegistry", "Claim", fields, message))
    others = claimed(slice(BATCH + 1, None), (deadline, signed.signature), system.stranger)
    return {
        "claim one from 1,000,000": claimed(slice(0, 1), NO_CONSENT, owner),
        "claimMany, each of 20 from 1,000,000": claimed(slice(1, BATCH + 1), NO_CONSENT, owner) // BATCH,
        "claimMany by consent, each of 20 from 1,000,000": others // BATCH,
    }


def attestations(at):
    """Gas of one attestMany over works of one owner."""
    system, subject = at.system, at.system.holder
    names = [f"attested together {n}" for n in range(BATCH)]
    works = [at.make.work(name) for name in names]
    root, proofs = merkle([system.verifiers.authorshipLeaf(work_id) for work_id in works])
    listed = [
        (work_id, (subject.address, digest(name)), proof)
        for work_id, name, proof in zip(works, names, proofs, strict=True)
    ]
    statement = (root, subject.address, digest("contract"), chain[-1].timestamp - 10, chain.time() + DAY)
    fields = [("bytes32", "root"), ("address", "subject"), ("bytes32", "evidenceHash")]
    fields += [("uint64", "issuedAt"), ("uint64", "expiresAt")]
    (signature,) = at.make.signed(system.verifiers, "VerifierHub", "Authorships", fields, statement, [system.verifier])
    by = {"from": system.stranger}
    return system.verifiers.attestMany(statement, listed, system.verifier.address, signature, by).gas_used


def licensing(at):
    system, make = at.system, at.make
    found = {}
    make.bought(make.offer(make.work("sold before")))

    def buying(name, **changes):
        named = [changes.pop(what, None) for what in ("co_owner", "derived_from")]
        work_id = at.work(name, changes.pop("owner", system.holder), *named)
        offered = make.offer(work_id, PRICE, **changes)
        given = make.purchase(offered, end_user=name)
        make.funded(system.payer, 10 * PRICE, system.ledger)
        return given, system.ledger.buy(given, {"from": system.payer})

    found["create an offer"] = system.offers.create(
        (make.work("offered"), PRICE, b"\0\0\0", DAY, 0, 7, 0, WORLD, digest("terms"), 1), {"from": system.holder}
    ).gas_used
    found.update(catalogues(at))
    given, tx = buying("one payee")
    found["buy with one payee"] = tx.gas_used
    _, tx = buying("two payees", co_owner=at.fresh(2))
    found["buy with two payees"] = tx.gas_used
    europe = (1 << 44) - 1
    _, tx = buying("in 44 countries", co_owner=at.fresh(3), territories=europe)
    found["buy with two payees, 44 countries"] = tx.gas_used
    found.update(derivatives(at, buying))
    _, tx = buying("exclusive", co_owner=at.fresh(4), rights=1 | RENEWABLE)
    found["buy an exclusive licence"] = tx.gas_used
    found["renew in place"] = system.ledger.buy(given, {"from": system.payer}).gas_used
    found["renew by keeper, each of 20"] = renewals(at) // BATCH
    parent, _ = buying("agency", rights=SUBLICENSABLE)
    until = chain.time() + 100 * DAY
    grant = (system.client.address, digest("client"), 7, WORLD, until)
    found["sub-license"] = system.ledger.sublicense(parent, grant, {"from": system.payer}).gas_used
    # More than is needed: using an allowance up would give gas back.
    make.funded(system.holder, 3 * PRICE, system.ledger)
    twice = (*given[:3], 2 * PRICE)
    found["revoke and refund"] = system.ledger.revoke(twice, {"from": system.holder}).gas_used
    found["record a sale made elsewhere"] = system.ledger.recordSale(
        make.work("sold elsewhere"), digest("x"), chain.time(), until, digest("invoice"), {"from": system.holder}
    ).gas_used
    work_id = make.work("asked")
    system.ledger.buy(make.purchase(make.offer(work_id, 0), end_user="www.asked"), {"from": system.payer})
    now = chain[-1].timestamp
    cover = (work_id, digest("www.asked"), digest("asked"), now, now)
    call = system.ledger.covered.estimate_gas(*cover, {"from": system.stranger})
    # What a contract that asks pays: without the transaction's own 21,000 and its calldata.
    found["covered (call)"] = call - 21_000 - calldata(system.ledger.covered.encode_input(*cover))
    return found


def derivatives(at, buying):
    """Gas of a licence of a work whose parent has seven co-owners, and of distributing the parent's part."""
    system, parent = at.system, at.make.work("parent", at.system.client)
    shares = [(at.fresh(10 + n), 100) for n in range(7)]
    system.registry.setCoOwners(parent, shares, [], {"from": system.client})
    _, tx = buying("derivative", derived_from=parent)
    distributed = system.ledger.distribute(parent, {"from": system.client})
    return {"buy a derivative": tx.gas_used, "distribute among seven co-owners": distributed.gas_used}


def catalogues(at):
    """Gas of an offer for every work of a seller, and of one work's place in it."""
    offers, by = at.system.offers, {"from": at.system.holder}
    terms = (PRICE, b"\0\0\0", DAY, 0, 7, 0, WORLD, digest("terms"))
    catalogue = (at.system.holder.address, bytes(32), *terms, 1)
    created = offers.createCatalogue(catalogue, by).gas_used
    listed = offers.listWork(catalogue, at.make.work("in a catalogue"), [], {"from": at.system.stranger}).gas_used
    return {"create a catalogue": created, "list a work from a catalogue": listed}


def renewals(at):
    """Gas of one renewMany over distinct works, sellers and licensees."""
    system, make = at.system, at.make
    batch = []
    for n in range(BATCH):
        seller, licensee = accounts[1 + n % 4], accounts[5 + n % 3]
        offered = make.offer(make.work(f"subscribed {n}", seller), PRICE, seller, rights=RENEWABLE)
        given, _ = make.bought(offered, licensee, f"subscriber {n}", licensee)
        system.subscriptions.subscribe(given, PRICE, chain.time() + 1000 * DAY, {"from": licensee})
        batch.append((given, NO_QUOTE, []))
    for licensee in accounts[5:8]:
        make.funded(licensee, 100 * PRICE, system.ledger)
    chain.sleep(300 * DAY)
    tx = system.subscriptions.renewMany(batch, {"from": system.stranger})
    assert tx.return_value == BATCH
    return tx.gas_used


def evidence_and_cases(at):
    system, make = at.system, at.make
    found = {}
    by = {"from": system.stranger}
    make.reported([make.item(digest("w"))])
    given = make.report(digest("measured"), 500)
    tx = system.evidence.submit(given, make.signed_report(given, system.members[:5]), by)
    found["report 5 of 7"] = tx.gas_used

    def opening(name, co_owner=None):
        work_id = at.work(name, system.holder, co_owner)
        make.attested(work_id)
        item = make.item(work_id)
        items = [item, *(make.item(digest(f"other {n}")) for n in range(499))]
        root, proofs = make.reported(items)
        return (root, item, proofs[0], digest(name), b"EUR", 30000)

    openings = [opening("case before"), opening("case"), opening("shared case", at.fresh(5))]
    chain.sleep(WINDOW + 1)
    make.funded(system.holder, 4 * BOND, system.settlement)
    cases = []
    for given in openings:
        tx = system.settlement.open(given, {"from": system.holder})
        found["open a case"] = tx.gas_used
        cases.append(tx.return_value)
    make.funded(system.payer, 10**24 // 100, system.settlement)
    for case_id, name in zip(cases, ("", "settle with one owner", "settle with two co-owners"), strict=True):
        quote = make.quote(case_id, rate=10**13)
        tx = system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
        if name:
            found[name] = tx.gas_used
    return found


def deep_tree(leaves, levels):
    """Root over the leaves, with random brothers above them as in a tree of 2**levels."""
    root, proofs = merkle(leaves)
    rng = random.Random(7)
    while len(proofs[0]) < levels:
        brother = rng.randbytes(32)
        root = "0x" + bytes(web3.keccak(b"".join(sorted([raw(root), brother])))).hex()
        for proof in proofs:
            proof.append(brother)
    return root, proofs


def calldata(text):
    data = raw(text)
    return sum(16 if b else 4 for b in data)
