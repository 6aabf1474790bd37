"""What Python and TypeScript are held to as well: tests/vectors.json, asked of the contracts."""

import json
from pathlib import Path

import pytest
from brownie import accounts, compile_source, web3
from eth_abi import encode

from tests.contracts.conftest import NO_CONSENT, cid, digest, reverts

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))
# Contracts take names of places as hashes only; this is what one in Solidity would make of the name.
NAMES = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
contract Names {
    function hashOf(string calldata name) external pure returns (bytes32) { return keccak256(bytes(name)); }
}
"""


@pytest.fixture(scope="module")
def names(system):
    made = compile_source(NAMES, solc_version="0.8.34", evm_version="cancun")
    return made.Names.deploy({"from": system.governor})


def owning(address):
    """The account of a vector; its key is unknown here."""
    web3.provider.make_request("anvil_impersonateAccount", [address])
    return accounts.at(address, force=True)


def rows(of):
    """Items as EvidenceOracle takes them, or entries as WorkRegistry does."""
    return [tuple(row[{"items": "item", "entries": "entry"}[of]].values()) for row in VECTORS[of]]


def trees(of):
    return [given for given in VECTORS["merkle"] if given["of"] == of]


def typed(primary):
    return [given for given in VECTORS["eip712"] if given["primary"] == primary]


def digest_at(contract, given):
    """The vector's digest, if its domain were this contract on this chain."""
    _, name, version, chain_id, address, _, _ = contract.eip712Domain()
    assert (name, version, address) == (given["name"], given["version"], contract.address)
    domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    words = [web3.keccak(text=text) for text in (domain_type, name, version)]
    domain = web3.keccak(encode(["bytes32"] * 3 + ["uint256", "address"], [*words, chain_id, address]))
    return web3.keccak(b"\x19\x01" + domain + bytes.fromhex(given["structHash"][2:]))


def test_names_of_places(names):
    for place in VECTORS["places"]:
        assert names.hashOf(place["host"]) == place["hostHash"]
        assert names.hashOf(place["site"]) == place["siteHash"]


def test_leaves_of_items(system):
    for item, row in zip(rows("items"), VECTORS["items"], strict=True):
        assert system.evidence.leafOf(item) == row["leaf"]


def test_leaves_of_batches(system):
    for entry, row in zip(rows("entries"), VECTORS["entries"], strict=True):
        assert system.registry.batchLeaf(row["owner"], entry) == row["leaf"]


@pytest.mark.parametrize("given", trees("items"), ids=lambda g: str(len(g["leaves"])))
def test_items_are_proven_in_the_reported_tree(system, make, given):
    root, proofs = given["root"], given["proofs"]
    report = make.report(root, len(proofs))
    system.evidence.submit(report, make.signed_report(report, system.members[:2]), {"from": system.stranger})
    reported_at = system.evidence.receipt(root)[1]
    for place, proof in enumerate(proofs):
        checks = [system.evidence.check(root, item, proof) for item in rows("items")]
        assert [leaf for leaf, _, _ in checks] == [row["leaf"] for row in VECTORS["items"]]
        # One item is dated far ahead: no report can prove it.
        due = [place] if int(VECTORS["items"][place]["item"]["seenAt"]) <= reported_at else []
        assert [at for at, (_, found, _) in enumerate(checks) if found == reported_at] == due
        assert {found for _, found, _ in checks} <= {0, reported_at}


@pytest.mark.parametrize("given", trees("entries"), ids=lambda g: str(len(g["leaves"])))
def test_works_are_claimed_from_the_anchored_tree(system, given):
    root, proofs = given["root"], given["proofs"]
    system.registry.anchorBatch(root, len(proofs), cid(root), {"from": system.stranger})
    entries, owners = rows("entries"), [owning(row["owner"]) for row in VECTORS["entries"]]
    for place, proof in enumerate(proofs):
        other = (place + 1) % len(entries)
        with reverts("NotInBatch", root, VECTORS["entries"][other]["leaf"]):
            claim(system, root, owners[other], entries[other], proof)
    for place, proof in enumerate(proofs):
        work_id = claim(system, root, owners[place], entries[place], proof).events["WorkRegistered"]["workId"]
        assert system.registry.ownerOf(int(str(work_id), 16)) == owners[place]


def claim(system, root, owner, entry, proof):
    return system.registry.claimMany(root, owner, [entry], [proof], NO_CONSENT, {"from": owner})


@pytest.mark.parametrize("given", typed("Report"), ids=range(len(typed("Report"))))
def test_the_digest_of_a_report(system, given):
    config, root, size, observed, manifest = given["message"].values()
    found = system.evidence.reportDigest((int(config), root, int(size), int(observed), manifest))
    assert str(found) == "0x" + bytes(digest_at(system.evidence, given)).hex()


@pytest.mark.parametrize("given", typed("Authorship"), ids=range(len(typed("Authorship"))))
def test_a_verifier_signs_the_digest_of_an_authorship(system, given):
    """The hub shows no digest, but looks at a work only after a signature over the right one."""
    statement = tuple(given["message"].values())
    right = digest_at(system.verifiers, given)
    for signed, error in ((right, "WrongOrigin"), (bytes(32), "BadAttestation")):
        signature = system.verifier.unsafe_sign_hash(signed).signature
        proof = (system.verifier.address, signature, {"from": system.stranger})
        with reverts(error):
            system.verifiers.attest(statement, (statement[1], digest("anything")), *proof)
