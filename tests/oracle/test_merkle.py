"""Merkle trees: every leaf is proven, nothing else is."""

import pytest
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from oracle.merkle import MerkleTree, verify_proof

leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True)


@given(leaves, st.data())
def test_every_leaf_is_proven_and_only_at_its_place(rows, data):
    tree = MerkleTree(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    assert verify_proof(rows[index], tree.proof(index), tree.root)
    assert not verify_proof(keccak(rows[index]), tree.proof(index), tree.root)


@given(leaves)
def test_the_root_changes_with_any_leaf(rows):
    changed = [keccak(rows[0]), *rows[1:]]
    assert MerkleTree(changed).root != MerkleTree(rows).root


def test_bad_leaves_and_places_are_refused():
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        MerkleTree([])
    with pytest.raises(ValueError, match="leaves of 32 bytes"):
        MerkleTree([b"short"])
    with pytest.raises(IndexError):
        MerkleTree([b"0" * 32]).proof(1)
