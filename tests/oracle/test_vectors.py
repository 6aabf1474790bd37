"""What other languages are held to as well: tests/vectors.json."""

import json

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from oracle.chain.batches import batch_leaf
from oracle.chain.deployment import Deployment
from oracle.chain.signing import typed_message
from oracle.errors import OracleError
from oracle.merkle import MerkleTree, verify_proof
from oracle.names import host_of, site_of
from oracle.report.items import Item, place_hashes
from tests import make_vectors

VECTORS = json.loads(make_vectors.FILE.read_text(encoding="utf-8"))
CONTRACTS = {f"CopyTrack {name}": name for name in ("EvidenceOracle", "VerifierHub", "Rates", "Arbitration")}


def raw(text):
    return bytes.fromhex(text.removeprefix("0x"))


def test_the_file_is_what_the_specifications_make():
    assert make_vectors.FILE.read_text(encoding="utf-8") == make_vectors.text()


@pytest.mark.parametrize("place", VECTORS["places"], ids=lambda p: p["url"])
def test_places_have_one_name(place):
    assert (host_of(place["url"]), site_of(place["host"])) == (place["host"], place["site"])
    assert place_hashes(place["url"]) == {"host_hash": raw(place["hostHash"]), "site_hash": raw(place["siteHash"])}
    shown = f"[{place['host']}]" if ":" in place["host"] else place["host"]
    assert place_hashes(f"https://{shown}/") == place_hashes(place["url"])


@pytest.mark.parametrize("place", VECTORS["noPlaces"], ids=lambda p: p["why"])
def test_what_is_no_place_has_no_name(place):
    with pytest.raises(OracleError):
        place_hashes(place["url"])


@pytest.mark.parametrize("row", VECTORS["items"], ids=range(len(VECTORS["items"])))
def test_leaves_of_items(row):
    fields = zip(Item.__dataclass_fields__, row["item"].values(), strict=True)
    assert Item.from_json(dict(fields)).leaf() == raw(row["leaf"])


@pytest.mark.parametrize("row", VECTORS["entries"], ids=range(len(VECTORS["entries"])))
def test_leaves_of_batches(row):
    kind, content_hash, engine, fingerprint_cid, metadata_cid = row["entry"].values()
    entry = (kind, raw(content_hash), engine, raw(fingerprint_cid), raw(metadata_cid))
    assert batch_leaf(row["owner"], entry) == raw(row["leaf"])


@pytest.mark.parametrize("given", VECTORS["merkle"], ids=lambda g: f"{len(g['leaves'])} {g['of']}")
def test_trees(given):
    leaves, root = [raw(leaf) for leaf in given["leaves"]], raw(given["root"])
    tree = MerkleTree(leaves)
    assert tree.root == root
    for place, proof in enumerate([raw(p) for p in proof] for proof in given["proofs"]):
        assert tree.proof(place) == proof
        assert [at for at, leaf in enumerate(leaves) if verify_proof(leaf, proof, root)] == [place]


@pytest.mark.parametrize("given", VECTORS["eip712"], ids=lambda g: g["primary"])
def test_typed_data(given):
    kinds = {field["name"]: field["type"] for field in given["types"][given["primary"]]}
    message = {name: read(kinds[name], value) for name, value in given["message"].items()}
    domain = {key: given[key] for key in ("name", "version", "chainId", "verifyingContract")}
    signable = encode_typed_data(domain, given["types"], message)
    assert (signable.body, digest(signable)) == (raw(given["structHash"]), raw(given["digest"]))

    contract = CONTRACTS[given["name"]]
    address = to_checksum_address(given["verifyingContract"])
    ours = typed_message(Deployment(given["chainId"], {contract: address}, {contract: 0}), given["primary"], message)
    assert digest(ours) == raw(given["digest"])


def digest(signable):
    """Hash that is signed (EIP-191)."""
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def read(kind, value):
    if kind.startswith("uint"):
        return int(value)
    return raw(value) if kind.startswith("bytes") else value
