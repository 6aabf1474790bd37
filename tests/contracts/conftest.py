"""A deployed system per test, and short ways to make works, reports and cases."""

import hashlib
import itertools
import os
import traceback
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import brownie
import pytest
from brownie import accounts, chain, web3
from brownie._config import CONFIG
from brownie.exceptions import VirtualMachineError
from brownie.network import contract as brownie_contract
from brownie.network import state as brownie_state
from brownie.network.transaction import TransactionReceipt
from eth_account import Account
from eth_account.messages import encode_typed_data

from scripts.deploy import deploy

# Immutables are filled in at deployment, so deployed code never equals the artefact; brownie then refuses the contract.
brownie_contract._verify_deployed_code = lambda *_: True

_await_confirmation = TransactionReceipt._await_confirmation


def _await_receipt(self, *args):
    # anvil counts the nonce before the receipt can be read; brownie takes that for a dropped transaction.
    web3.eth.wait_for_transaction_receipt(self.txid, timeout=30, poll_latency=0.01)
    return _await_confirmation(self, *args)


TransactionReceipt._await_confirmation = _await_receipt


def _forget_undone(self, height):
    gone = [c for c in self._contracts if (c.tx.block_number > height if c.tx else not web3.eth.get_code(c.address))]
    for contract in gone:
        self.remove(contract)
        contract._reverted = True


def _undo_view(snapshot):
    before = chain.time()
    chain._current_id = chain._revert(snapshot)
    if before > chain.time():
        chain.sleep(before - chain.time())


# Where coverage is measured, a view is a transaction that is undone; the time that a test has slept must stay.
brownie_contract._revert_transact_call = _undo_view
# Of a view whose trace comes too late, brownie counts nothing and says nothing; that of a certificate takes long.
CONFIG.networks["copytrack-test"]["timeout"] = 300
# At each revert of the chain brownie collects all garbage and asks the node for the code of every contract there ever
# was; after each view, that takes most of the time. A contract's block tells as well.
brownie_state.gc = SimpleNamespace(collect=lambda: None)
brownie_contract.ContractContainer._revert = _forget_undone

SEEN_REVERTS = Path(__file__).resolve().parents[2] / ".cache/reverts/seen.txt"

WINDOW = 60
GRACE = 30 * 86400
RULING = 7 * 86400
BOND = 10 * 10**18
FEE = 3 * 10**18
DAY = 86400
# Bits of contracts/market/Presets.sol.
WEB_EDITORIAL, WEB_COMMERCIAL, SOCIAL, PRINT_EDITORIAL = 1, 2, 4, 8
ONLINE = 7
EXCLUSIVE, TRANSFERABLE, SUBLICENSABLE, RENEWABLE = 1, 2, 4, 8
WORLD = 2**256 - 1
NO_QUOTE = ("0x" + "00" * 20, "0x" + "00" * 32, 0, 0, 0, 0)
NO_PERMIT = (0, 0, 0, "0x" + "00" * 32, "0x" + "00" * 32)
# The owner claims: nobody has to agree.
NO_CONSENT = (0, "0x")
EMPTY = "0x" + "00" * 32


def digest(text):
    return "0x" + hashlib.sha256(str(text).encode()).hexdigest()


def cid(text):
    """A CIDv1 (raw, sha2-256) of the text, as bytes."""
    return "0x01551220" + hashlib.sha256(str(text).encode()).hexdigest()


def word(number):
    """A number as bytes32."""
    return "0x" + int(number).to_bytes(32, "big").hex()


def raw(value):
    return value if isinstance(value, bytes) else bytes.fromhex(str(value).removeprefix("0x"))


def signers(prefix, n):
    made = [Account.from_key(web3.keccak(text=f"{prefix}{i}")) for i in range(n)]
    return sorted(made, key=lambda a: int(a.address, 16))


def typed(contract, name, primary, fields, message):
    return encode_typed_data(
        {"name": name, "version": "1", "chainId": chain.id, "verifyingContract": contract.address},
        {primary: [{"type": kind, "name": field} for kind, field in fields]},
        message,
    )


def at_second(timestamp):
    """The next block has this time."""
    web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])


def now_on_chain():
    """anvil's clock goes back with each snapshot, brownie's does not: bring anvil's up to it."""
    chain.mine(timestamp=max(chain.time(), chain[-1].timestamp + 1))


@pytest.fixture(autouse=True)
def isolation(fn_isolation):
    """Each test starts from the deployed system."""
    now_on_chain()


@pytest.fixture
def state_machine(state_machine):
    """brownie's state_machine, with as many examples and steps as COPYTRACK_FUZZ_EXAMPLES and COPYTRACK_FUZZ_STEPS say.

    Without them a test's own settings hold, which are small. `scripts/soak` sets both, and gives the seed as pytest's
    `--hypothesis-seed`.
    """

    def run(machine, *arguments, settings=None, **more):
        state_machine(machine, *arguments, settings=soaked(settings or {}), **more)

    return run


def soaked(settings):
    """These settings, or those of a soak test, which also draws from its seed where the test does not."""
    wanted = {"max_examples": "COPYTRACK_FUZZ_EXAMPLES", "stateful_step_count": "COPYTRACK_FUZZ_STEPS"}
    given = {name: int(os.environ[variable]) for name, variable in wanted.items() if os.environ.get(variable)}
    return {**settings, **given, "derandomize": False} if given else settings


@pytest.fixture(scope="module")
def system():
    return deployed()


def configuration(members=3, **changes):
    """What deploy() is told in tests; the governor is the deployer, so that tests can use his rights."""
    config = {
        "token_holder": accounts[0].address,
        "governor": accounts[0].address,
        "governor_delay": 0,
        "pauser": accounts[8].address,
        "members": [m.address for m in signers("member", members)],
        "threshold": members // 2 + 1,
        "methods": 0,
        "rate_signers": [r.address for r in signers("rate", 3)],
        "rate_threshold": 2,
        "panel": [p.address for p in signers("panel", 3)],
        "panel_threshold": 2,
        "verifiers": [Account.from_key(web3.keccak(text="verifier")).address],
        "operator": accounts[9].address,
        "challenge_window": WINDOW,
        "ruling_time": RULING,
        "release_grace": GRACE,
        "bond": BOND,
        "arbitration_fee": FEE,
        "platforms": [digest("platform")],
    }
    return {**config, **changes}


def deployed(members=3, **changes):
    """The whole system, and who plays in it."""
    found = deploy(accounts[0], configuration(members, **changes))
    return SimpleNamespace(
        governor=accounts[0],
        holder=accounts[1],
        payer=accounts[2],
        stranger=accounts[3],
        client=accounts[4],
        pauser=accounts[8],
        operator=accounts[9],
        members=signers("member", members),
        rates=signers("rate", 3),
        panel=signers("panel", 3),
        verifier=Account.from_key(web3.keccak(text="verifier")),
        authority=found["Authority"],
        token=found["CPYToken"],
        registry=found["WorkRegistry"],
        renderer=found["CertificateRenderer"],
        verifiers=found["VerifierHub"],
        keys=found["KeyDirectory"],
        evidence=found["EvidenceOracle"],
        quotes=found["Rates"],
        offers=found["OfferBook"],
        ledger=found["LicenseLedger"],
        subscriptions=found["Subscriptions"],
        settlement=found["Settlement"],
        arbitration=found["Arbitration"],
        book=found["AddressBook"],
        contracts=found,
    )


def entry(name, kind=0, engine=1):
    return (kind, digest(name), engine, cid(f"fingerprint {name}"), cid(f"metadata {name}"))


@pytest.fixture(scope="module")
def make(system):
    return makers(system)


def makers(system):
    """Makers of the things that tests begin with."""
    numbers = itertools.count(1)
    # First owner and content of each work: what its id is the hash of.
    origins = {}

    def work(name="photo", owner=None):
        owner = owner or system.holder
        system.registry.register(entry(name), {"from": owner})
        work_id = system.registry.workIdOf(owner, digest(name))
        origins[str(work_id)] = (owner.address, digest(name))
        return work_id

    def anchor(entries, owner=None):
        """A batch of these entries; returns (root, proofs, transaction)."""
        owner = owner or system.holder
        root, proofs = merkle([system.registry.batchLeaf(owner, e) for e in entries])
        return root, proofs, system.registry.anchorBatch(root, len(entries), cid("manifest"), {"from": owner})

    def authorship(work_id, subject=None, issued=None, expires=None, signer=None):
        subject = subject or system.holder
        issued = min(chain.time(), chain[-1].timestamp) - 10 if issued is None else issued
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
        return statement, origin_of(work_id), signer.address, signed.signature

    def origin_of(work_id):
        return origins.get(str(work_id), (system.holder.address, digest("photo")))

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
        by = system.members[: system.evidence.threshold()]
        system.evidence.submit(given, signed_report(given, by), {"from": system.stranger})
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
        # Events cost less to read than return values, which need a trace.
        return system.settlement.open(given, {"from": system.holder}).events["CaseOpened"]["caseId"], given

    def quote(case_id, rate=10**16, amount=None, valid=None):
        demand = system.settlement.caseOf(case_id)["demand"]
        return quoted(system.settlement, word(case_id), demand, rate, amount, valid)

    def quoted(consumer, subject, price, rate=10**16, amount=None, valid=None, issued=None):
        issued = min(chain.time(), chain[-1].timestamp) if issued is None else issued
        valid = issued + 600 if valid is None else valid
        return (consumer.address, subject, rate, price * rate if amount is None else amount, issued, valid)

    def signed_quote(given, by=None):
        fields = [("address", "consumer"), ("bytes32", "subject"), ("uint256", "rate"), ("uint256", "amount")]
        return signed(
            *(system.quotes, "Rates", "Quote"),
            *([*fields, ("uint64", "issuedAt"), ("uint64", "validUntil")], given, by or system.rates[:2]),
        )

    def signed(contract, name, primary, fields, values, by):
        """EIP-712 signatures over these values, one by each of `by`."""
        message = {f: raw(v) if k == "bytes32" else v for (k, f), v in zip(fields, values, strict=True)}
        signable = typed(contract, f"CopyTrack {name}", primary, fields, message)
        return [b.sign_message(signable).signature for b in by]

    def offer(work_id, price=25 * 10**18, owner=None, **changes):
        """An offer for online use, worldwide, renewable; returns what callers hand in."""
        given = {
            **{"work": work_id, "price": price, "currency": b"\0\0\0", "period": 365 * DAY, "grace": 14 * DAY},
            **{"uses": ONLINE, "rights": RENEWABLE, "territories": WORLD, "terms": digest("terms")},
            "nonce": next(numbers),
            **changes,
        }
        offered = tuple(given.values())
        system.offers.create(offered, {"from": owner or system.holder})
        return offered

    def purchase(offered, licensee=None, end_user="shop", limit=None):
        limit = offered[1] if limit is None else limit
        return (offered, (licensee or system.payer).address, digest(end_user), limit)

    def bought(offered, licensee=None, end_user="shop", payer=None):
        """A licence is bought; returns (purchase, transaction)."""
        given = purchase(offered, licensee, end_user)
        payer = payer or system.payer
        funded(payer, given[3], system.ledger)
        return given, system.ledger.buy(given, {"from": payer})

    def licence_id(given):
        return system.ledger.licenceIdOf(system.offers.idOf(given[0]), given[1], given[2])

    def ruling(dispute_id, outcome, barred=0, by=None):
        given = (dispute_id, outcome, barred, digest("reasons"))
        fields = [("uint256", "disputeId"), ("uint8", "outcome"), ("uint64", "barredUntil"), ("bytes32", "reasonsHash")]
        by = by or system.panel[:2]
        return given, signed(system.arbitration, "Arbitration", "Ruling", fields, given, by)

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


@contextmanager
def reverts(name, *arguments):
    """Expect a custom error; its arguments are compared if any are given."""
    if arguments:
        expected = brownie.reverts(f"{name}: " + ", ".join(map(shown, arguments)))
    else:
        expected = brownie.reverts(revert_pattern=rf"(?s){name}: .*")
    with expected:
        try:
            yield
        except VirtualMachineError as refused:
            note_revert(refused, name)
            raise


def note_revert(refused, name):
    """Which function reverted with what, for `scripts/analyse reverts --seen`: a line each, from all workers."""
    frames = (frame.f_locals.get("self") for frame, _ in traceback.walk_tb(refused.__traceback__))
    methods = [method._name for method in frames if isinstance(method, brownie_contract._ContractMethod)]
    if methods:
        SEEN_REVERTS.parent.mkdir(parents=True, exist_ok=True)
        with SEEN_REVERTS.open("a") as file:
            file.write(f"{methods[0]} {name}\n")


def shown(value):
    """As brownie prints the argument of an error: 32 bytes as Python's bytes, addresses in lower case."""
    text = str(value)
    return repr(bytes.fromhex(text[2:])) if text.startswith("0x") and len(text) == 66 else text.lower()
