"""A batch of a million works: built by the oracle's code, anchored in one transaction, and some of it claimed."""

from __future__ import annotations

import base64
import json
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError

from oracle.chain.batches import Entry, batch_leaf
from oracle.merkle import MerkleTree
from scripts.soaking.results import Figures

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
BUILT = ROOT / ".cache/brownie/build/contracts"
START_SECONDS = 30
WAIT_SECONDS = 40 * 86400
CID = bytes.fromhex("01551220")  # CIDv1, raw, sha2-256: 36 bytes with the digest
CLAIMED = 20
# The owner claims: nobody has to agree.
NO_CONSENT = (0, b"")
# Of contracts/README.md: tests/benchmarks/gas.py measures them on smaller trees.
BUDGETS = {"anchor gas": 75_000, "claimMany gas each": 105_000}


class WrongError(Exception):
    """A certificate does not say what it must."""


def run(works: int, seed: int) -> tuple[Figures, bool]:
    """Returns what was measured, and whether it keeps the budgets. Raises WrongError for a wrong certificate."""
    with chain() as web3:
        owner, stranger = list(web3.eth.accounts)[:2]
        entries = Entries(works, seed)
        started = time.monotonic()
        tree = MerkleTree(batch_leaf(owner, entry) for entry in entries)
        build_seconds = time.monotonic() - started
        # Panel, market and authority have no part in this.
        registry = deploy(web3, "WorkRegistry", deploy(web3, "CertificateRenderer").address, *[stranger] * 3)

        anchoring = sent(web3, registry.functions.anchorBatch(tree.root, works, CID + bytes(32)), owner)
        anchored_at = web3.eth.get_block(anchoring["blockNumber"])["timestamp"]
        web3.provider.make_request("evm_increaseTime", [WAIT_SECONDS])  # type: ignore[arg-type]

        places = random.Random(seed + 1).sample(range(works), CLAIMED)
        chosen = entries.at(places)
        claims = [(entry, tree.proof(place)) for place, entry in zip(places, chosen, strict=True)]
        alone, together = (
            sent(web3, claim_many(registry, tree.root, owner, some), owner) for some in (claims[:1], claims[1:])
        )
        for entry, proof in claims:
            check(registry, tree.root, owner, entry, proof, anchored_at)
    figures: Figures = {
        "works": works,
        "build seconds": round(build_seconds, 1),
        "anchor gas": anchoring["gasUsed"],
        "claim gas": alone["gasUsed"],
        "claimMany gas each": together["gasUsed"] // (CLAIMED - 1),
        "claimed": CLAIMED,
    }
    return figures, all(int(figures[name]) <= budget for name, budget in BUDGETS.items())


class Entries:
    """Works of one owner, the same each time that they are gone through: no list of a million is kept."""

    def __init__(self, works: int, seed: int) -> None:
        self.works, self.seed = works, seed

    def __iter__(self) -> Iterator[Entry]:
        source = random.Random(self.seed)
        for _ in range(self.works):
            cids = CID + source.randbytes(32), CID + source.randbytes(32)
            yield source.randrange(5), source.randbytes(32), source.randrange(1, 100), *cids

    def at(self, places: list[int]) -> list[Entry]:
        wanted = dict.fromkeys(places)
        found = {place: entry for place, entry in enumerate(self) if place in wanted}
        return [found[place] for place in places]


def check(registry: Contract, root: bytes, owner: str, entry: Entry, proof: list[bytes], anchored_at: int) -> None:
    """The certificate is the owner's, bears the batch's date and not the claim's, and nothing else can be claimed."""
    work_id = registry.functions.workIdOf(owner, entry[1]).call()
    registered_at, batch_id, kind = registry.functions.work(work_id).call()[:3]
    if (registered_at, batch_id, kind) != (anchored_at, 1, entry[0]):
        raise WrongError(f"work 0x{work_id.hex()}: {registered_at} in batch {batch_id}, kind {kind}")
    if registry.functions.ownerOf(int.from_bytes(work_id, "big")).call() != owner:
        raise WrongError(f"work 0x{work_id.hex()} is somebody else's")
    text = registry.functions.tokenURI(int.from_bytes(work_id, "big")).call()
    if f"{datetime.fromtimestamp(anchored_at, UTC):%Y-%m-%d %H:%M}" not in decoded(text):
        raise WrongError(f"the certificate of 0x{work_id.hex()} bears another date")
    kind, content_hash, engine, fingerprint, metadata = entry
    foreign = (kind, content_hash[::-1], engine, fingerprint, metadata)
    try:
        claim_many(registry, root, owner, [(foreign, proof)]).call({"from": owner})
    except ContractLogicError:
        return
    raise WrongError("a work that is not in the batch can be claimed")


def claim_many(registry: Contract, root: bytes, owner: str, claims: list[tuple[Entry, list[bytes]]]) -> Any:
    entries, proofs = (list(column) for column in zip(*claims, strict=True))
    return registry.functions.claimMany(root, owner, entries, proofs, NO_CONSENT)


def decoded(uri: str) -> str:
    """JSON and picture of a certificate as one text."""
    certificate = base64.b64decode(uri.partition("base64,")[2]).decode()
    return certificate + base64.b64decode(json.loads(certificate)["image"].partition("base64,")[2]).decode()


@contextmanager
def chain() -> Iterator[Web3]:
    """anvil on a free port, empty, with the gas limit of a block of today."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [ANVIL, "--quiet", "--port", str(port), "--hardfork", "cancun", "--gas-limit", "30000000"]
    node = subprocess.Popen([str(part) for part in command])
    try:
        web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 60}))
        deadline = time.monotonic() + START_SECONDS
        while not web3.is_connected():
            if time.monotonic() > deadline:
                raise TimeoutError(f"anvil did not answer within {START_SECONDS} s")
            time.sleep(0.1)
        yield web3
    finally:
        node.terminate()
        node.wait(10)


def deploy(web3: Web3, name: str, *arguments: str) -> Contract:
    """As brownie built it for deployment."""
    built = json.loads((BUILT / f"{name}.json").read_text())
    factory = web3.eth.contract(abi=built["abi"], bytecode=built["bytecode"])
    receipt = sent(web3, factory.constructor(*arguments), web3.eth.accounts[0])
    deployed: Contract = web3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])
    return deployed


def sent(web3: Web3, call: Any, sender: str) -> Any:
    """Receipt of a transaction that went through."""
    receipt = web3.eth.wait_for_transaction_receipt(call.transact({"from": sender}))
    if receipt["status"] != 1:
        raise WrongError(f"{call.fn_name} was refused")
    return receipt
