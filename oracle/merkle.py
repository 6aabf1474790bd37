"""Merkle trees whose proofs OpenZeppelin's MerkleProof accepts: pairs are sorted, an odd node moves up unchanged.

Leaves are given already hashed twice (a contract's `leafOf`), so that no inner node can pass for a leaf.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak


class MerkleTree:
    """Tree over 32-byte leaves, kept layer by layer."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves or any(len(leaf) != 32 for leaf in leaves):
            raise ValueError("a Merkle tree needs leaves of 32 bytes each")
        self.layers = [list(leaves)]
        while len(self.layers[-1]) > 1:
            row = self.layers[-1]
            upper = [hash_pair(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
            if len(row) % 2:
                upper.append(row[-1])
            self.layers.append(upper)

    @property
    def root(self) -> bytes:
        return self.layers[-1][0]

    def proof(self, index: int) -> list[bytes]:
        """Siblings from the leaf at `index` up to the root."""
        if not 0 <= index < len(self.layers[0]):
            raise IndexError(f"the tree has no leaf {index}")
        path = []
        for row in self.layers[:-1]:
            if index ^ 1 < len(row):
                path.append(row[index ^ 1])
            index //= 2
        return path


def hash_pair(a: bytes, b: bytes) -> bytes:
    return keccak(a + b if a < b else b + a)


def verify_proof(leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root."""
    for sibling in proof:
        leaf = hash_pair(leaf, sibling)
    return leaf == root
