"""Merkle trees: every leaf is proven, nothing else is."""

import random

import pytest
import sha3
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from hypothesis import given, seed
from hypothesis import strategies as st

from oracle.chain.batches import batch_leaf, batch_leaves
from oracle.merkle import MerkleTree, verify_proof

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)
entry = st.tuples(
    st.integers(0, 255),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**16 - 1),
    st.binary(max_size=80),
    st.binary(max_size=80),
)


def naive_root(rows):
    """The root by its definition, with nothing of the product in it."""
    if len(rows) == 1:
        return rows[0]
    pairs = [rows[i : i + 2] for i in range(0, len(rows), 2)]
    return naive_root([keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs])


@seed(20261122)
@given(leaves)
def test_every_leaf_is_proven_in_the_tree_that_the_definition_makes(rows):
    tree = MerkleTree(iter(rows))
    assert tree.root == naive_root(rows)
    assert list(tree.leaves) == rows and len(tree) == len(rows)
    for place, leaf in enumerate(rows):
        assert verify_proof(leaf, tree.proof(place), tree.root)
        assert tree.index(leaf) == rows.index(leaf)


@seed(20261122)
@given(leaves, st.binary(min_size=32, max_size=32), st.data())
def test_a_foreign_leaf_is_proven_nowhere(rows, foreign, data):
    tree = MerkleTree(rows)
    proof = tree.proof(data.draw(st.integers(0, len(rows) - 1)))
    if foreign not in rows:
        assert not verify_proof(foreign, proof, tree.root)
        with pytest.raises(ValueError, match="has no leaf"):
            tree.index(foreign)
    assert not verify_proof(keccak(rows[0]), proof, tree.root)


@seed(20261122)
@given(leaves)
def test_the_root_changes_with_any_leaf(rows):
    changed = [keccak(rows[0]), *rows[1:]]
    assert MerkleTree(changed).root != MerkleTree(rows).root


def test_a_leaf_is_not_found_across_the_border_of_two():
    rows = [b"a" * 32, b"b" * 32]
    with pytest.raises(ValueError, match="has no leaf"):
        MerkleTree(rows).index(b"a" * 16 + b"b" * 16)
    rows.append(b"a" * 16 + b"b" * 16)
    assert MerkleTree(rows).index(rows[2]) == 2


def test_bad_leaves_and_places_are_refused():
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        MerkleTree([])
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        MerkleTree([b"short"])
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        MerkleTree([b"0" * 33, b"0" * 31])
    for place in (1, -1):
        with pytest.raises(IndexError):
            MerkleTree([b"0" * 32]).proof(place)


def test_the_quick_hash_is_keccak256():
    source = random.Random(1)
    for size in [*range(300), 1000, 100_000]:
        data = source.randbytes(size)
        assert sha3.keccak_256(data).digest() == keccak(data)


@seed(20261122)
@given(st.binary(min_size=20, max_size=20).map(lambda b: "0x" + b.hex()), entry)
def test_a_batch_leaf_is_the_abi_encoding_hashed_twice(owner, given_entry):
    kind, content_hash, engine, *cids = given_entry
    types = ["address", "uint8", "bytes32", "uint16", "bytes32", "bytes32"]
    encoded = encode(types, [owner, kind, content_hash, engine, *map(keccak, cids)])
    assert batch_leaf(owner, given_entry) == keccak(keccak(encoded))
    assert list(batch_leaves([(owner, given_entry)])) == [keccak(keccak(encoded))]


@pytest.mark.parametrize(
    ("owner", "changed"),
    [
        ("0x" + "11" * 19, {}),
        ("0x" + "11" * 20, {0: 256}),
        ("0x" + "11" * 20, {0: -1}),
        ("0x" + "11" * 20, {1: b"short"}),
        ("0x" + "11" * 20, {2: 2**16}),
    ],
)
def test_entries_that_the_contract_could_not_hold_are_refused(owner, changed):
    given_entry = tuple(changed.get(at, value) for at, value in enumerate((0, b"c" * 32, 1, b"f", b"m")))
    with pytest.raises(ValueError, match=r"needs an account|is not a uint8"):
        batch_leaf(owner, given_entry)
