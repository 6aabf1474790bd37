"""Merkle trees whose proofs OpenZeppelin's MerkleProof accepts: pairs are sorted, an odd node moves up unchanged.

Leaves are given already hashed twice (a contract's `leafOf`), so that no inner node can pass for a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

# eth_utils' keccak costs some 7 µs a call here, this one below 1: a batch of a million works takes five million calls.
from sha3 import keccak_256

_NODE = 32


class MerkleTree:
    """Tree over 32-byte leaves, kept layer by layer as contiguous bytes: 64 MB for a million leaves."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """The leaves are read once and one by one. Raises ValueError if there are none, or one is not of 32 bytes."""
        row = bytearray()
        for leaf in leaves:
            if len(leaf) != _NODE:
                raise ValueError(f"a Merkle tree needs leaves of 32 bytes each; one has {len(leaf)}")
            row += leaf
        if not row:
            raise ValueError("a Merkle tree needs leaves of 32 bytes each; there are none")
        self._layers = [bytes(row)]
        while len(self._layers[-1]) > _NODE:
            self._layers.append(_parents(self._layers[-1]))

    def __len__(self) -> int:
        """Number of leaves."""
        return len(self._layers[0]) // _NODE

    @property
    def root(self) -> bytes:
        return self._layers[-1]

    @property
    def leaves(self) -> Iterator[bytes]:
        """The leaves in their order."""
        row = self._layers[0]
        return (row[at : at + _NODE] for at in range(0, len(row), _NODE))

    def index(self, leaf: bytes) -> int:
        """Place of the first such leaf. Raises ValueError if the tree has none."""
        if len(leaf) == _NODE:
            at = self._layers[0].find(leaf)
            while at > 0 and at % _NODE:  # across the border of two leaves
                at = self._layers[0].find(leaf, at + 1)
            if at >= 0:
                return at // _NODE
        raise ValueError(f"the tree has no leaf 0x{leaf.hex()}")

    def proof(self, index: int) -> list[bytes]:
        """Siblings from the leaf at `index` up to the root. Raises IndexError."""
        if not 0 <= index < len(self):
            raise IndexError(f"the tree has no leaf {index}")
        path = []
        for row in self._layers[:-1]:
            at = (index ^ 1) * _NODE
            if at < len(row):
                path.append(row[at : at + _NODE])
            index //= 2
        return path


def _parents(row: bytes) -> bytes:
    """The layer above a layer of more than one node."""
    upper = bytearray()
    for at in range(0, len(row) - _NODE, 2 * _NODE):
        upper += hash_pair(row[at : at + _NODE], row[at + _NODE : at + 2 * _NODE])
    if len(row) % (2 * _NODE):
        upper += row[-_NODE:]
    return bytes(upper)


def hash_pair(a: bytes, b: bytes) -> bytes:
    digest: bytes = keccak_256(a + b if a < b else b + a).digest()
    return digest


def verify_proof(leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root."""
    for sibling in proof:
        leaf = hash_pair(leaf, sibling)
    return leaf == root
