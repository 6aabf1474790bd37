"""A deployed system per test, and short ways to make works, reports and cases."""

import hashlib
import itertools
from types import SimpleNamespace

import brownie
import pytest
from brownie import accounts, chain, web3
from brownie.network import contract as brownie_contract
from eth_account import Account
from eth_account.messages import encode_typed_data

from scripts.deploy import deploy

# Immutables are filled in at deployment, so deployed code never equals the artefact; brownie then refuses the contract.
brownie_contract._verify_deployed_code = lambda *_: True

WINDOW = 60
GRACE = 30 * 86400
BOND = 10 * 10**18
DAY = 86400
EMPTY = "0x" + "00" * 32


def digest(text):
    return "0x" + hashlib.sha256(str(text).encode()).hexdigest()


def cid(text):
    """A CIDv1 (raw, sha2-256) of the text, as bytes."""
    return "0x01551220" + hashlib.sha256(str(text).encode()).hexdigest()


def signers(prefix, n):
    made = [Account.from_key(web3.keccak(text=f"{prefix}{i}")) for i in range(n)]
    return sorted(made, key=lambda a: int(a.address, 16))


def typed(contract, name, primary, fields, message):
    return encode_typed_data(
        {"name": name, "version": "1", "chainId": chain.id, "verifyingContract": contract.address},
        {primary: [{"type": kind, "name": field} for kind, field in fields]},
        message,
    )


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Each test starts from the deployed system."""


@pytest.fixture(scope="module")
def system():
    members = signers("member", 3)
    rates = signers("rate", 3)
    verifier = Account.from_key(web3.keccak(text="verifier"))
    config = {
        "token_holder": accounts[0].address,
        "members": [m.address for m in members],
        "threshold": 2,
        "rate_signers": [r.address for r in rates],
        "rate_threshold": 2,
        "verifiers": [verifier.address],
        "operator": accounts[9].address,
        "challenge_window": WINDOW,
        "release_grace": GRACE,
        "bond": BOND,
        "platforms": [digest("platform")],
    }
    found = deploy(accounts[0], config)
    return SimpleNamespace(
        governor=accounts[0],
        holder=accounts[1],
        payer=accounts[2],
        stranger=accounts[3],
        operator=accounts[9],
        members=members,
        rates=rates,
        verifier=verifier,
        authority=found["Authority"],
        token=found["CPYToken"],
        registry=found["WorkRegistry"],
        verifiers=found["VerifierHub"],
        keys=found["KeyDirectory"],
        evidence=found["EvidenceOracle"],
        offers=found["OfferBook"],
        ledger=found["LicenseLedger"],
        settlement=found["Settlement"],
    )


def entry(name, kind=0, engine=1):
    return (kind, digest(name), engine, cid(f"fingerprint {name}"), cid(f"metadata {name}"))


@pytest.fixture(scope="module")
def make(system):
    """Makers of the things that tests begin with."""
    numbers = itertools.count(1)

    def work(name="photo", owner=None):
        return system.registry.register(entry(name), {"from": owner or system.holder}).return_value

    def authorship(work_id, subject=None, issued=None, expires=None, signer=None):
        subject = subject or system.holder
        issued = chain.time() - 10 if issued is None else issued
        statement = (work_id, subject.address, digest("contract"), issued, expires or chain.time() + 365 * DAY)
        fields = [
            ("bytes32", "workId"),
            ("address", "subject"),
            ("bytes32", "evidenceHash"),
            ("uint64", "issuedAt"),
            ("uint64", "expiresAt"),
        ]
        message = dict(zip([f for _, f in fields], [bytes.fromhex(str(work_id)[2:]), *statement[1:]], strict=True))
        message["evidenceHash"] = bytes.fromhex(digest("contract")[2:])
        signer = signer or system.verifier
        signed = signer.sign_message(typed(system.verifiers, "CopyTrack VerifierHub", "Authorship", fields, message))
        return statement, signer.address, signed.signature

    def attested(work_id):
        system.verifiers.attest(*authorship(work_id), {"from": system.stranger})

    def item(work_id, site="shop", seen=None):
        n = next(numbers)
        seen = chain.time() - 5 if seen is None else seen
        return (
            work_id,
            digest(f"www.{site}"),
            digest(site),
            digest(f"url{n}"),
            digest(f"bundle{n}"),
            digest(f"cid{n}"),
            seen,
            digest(f"salt{n}"),
        )

    def report(root, size, observed=None, config=None):
        observed = chain[-1].timestamp if observed is None else observed
        return (config or system.evidence.configCount(), root, size, observed, cid(root))

    def signed_report(given, by):
        fields = [
            ("uint64", "configCount"),
            ("bytes32", "root"),
            ("uint32", "size"),
            ("uint64", "observedAt"),
            ("bytes", "manifestCid"),
        ]
        config, root, size, observed, manifest = given
        message = {
            "configCount": config,
            "root": bytes.fromhex(str(root)[2:]),
            "size": size,
            "observedAt": observed,
            "manifestCid": bytes.fromhex(manifest[2:]) if manifest else b"",
        }
        signable = typed(system.evidence, "CopyTrack EvidenceOracle", "Report", fields, message)
        return [m.sign_message(signable).signature for m in by]

    def reported(items):
        """A report over the items. Returns (root, proof of each item)."""
        leaves = [system.evidence.leafOf(i) for i in items]
        root, proofs = merkle(leaves)
        given = report(root, len(items))
        system.evidence.submit(given, signed_report(given, system.members[:2]), {"from": system.stranger})
        return root, proofs

    def opening(seen=None, site="shop", demand=30000):
        """A registered, attested work, one proven item of it whose window is over, and what opens a case on it."""
        name = f"photo{next(numbers)}"
        work_id = work(name)
        attested(work_id)
        found = item(work_id, site, seen)
        root, proofs = reported([found, item(work_id, "elsewhere")])
        chain.sleep(WINDOW + 1)
        chain.mine()
        return (root, found, proofs[0], digest(name), b"EUR", demand)

    def funded(account, amount, spender):
        system.token.transfer(account, amount, {"from": system.governor})
        system.token.approve(spender, amount, {"from": account})

    def case(**kwargs):
        given = opening(**kwargs)
        funded(system.holder, BOND, system.settlement)
        return system.settlement.open(given, {"from": system.holder}).return_value, given

    def quote(case_id, rate=10**16, amount=None, valid=None):
        demand = system.settlement.caseOf(case_id)[6]
        valid = chain.time() + 600 if valid is None else valid
        return (case_id, rate, demand * rate if amount is None else amount, valid)

    def signed_quote(given, by=None):
        fields = [("uint256", "caseId"), ("uint256", "rate"), ("uint256", "amount"), ("uint64", "validUntil")]
        message = dict(zip([f for _, f in fields], given, strict=True))
        signable = typed(system.settlement, "CopyTrack Settlement", "Quote", fields, message)
        return [r.sign_message(signable).signature for r in (by or system.rates[:2])]

    return SimpleNamespace(**{k: v for k, v in locals().items() if callable(v)})


def merkle(leaves):
    """Root and proofs of a tree with sorted pairs; an odd node moves up. Written apart from the product's."""
    layers = [list(leaves)]
    while len(layers[-1]) > 1:
        row = layers[-1]
        pairs = [row[i : i + 2] for i in range(0, len(row), 2)]
        layers.append([web3.keccak(b"".join(sorted(map(bytes, p)))) if len(p) == 2 else p[0] for p in pairs])
    proofs = []
    for index in range(len(leaves)):
        proof, at = [], index
        for row in layers[:-1]:
            if at ^ 1 < len(row):
                proof.append(row[at ^ 1])
            at //= 2
        proofs.append(proof)
    return "0x" + bytes(layers[-1][0]).hex(), proofs


def reverts(name, *arguments):
    """Expect a custom error; its arguments are compared if any are given."""
    if arguments:
        return brownie.reverts(f"{name}: " + ", ".join(map(shown, arguments)))
    return brownie.reverts(revert_pattern=rf"(?s){name}: .*")


def shown(value):
    """As brownie prints the argument of an error: 32 bytes as Python's bytes, addresses in lower case."""
    text = str(value)
    return repr(bytes.fromhex(text[2:])) if text.startswith("0x") and len(text) == 66 else text.lower()
