"""Batches of works and their leaves, just as WorkRegistry encodes them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

# Quick, for the reason that oracle/merkle.py gives; never given more than a CID.
from sha3 import keccak_256

# The contract's Entry: kind, content hash (32 bytes), engine version, CID of the fingerprint, CID of the metadata.
Entry = tuple[int, bytes, int, bytes, bytes]

# abi.encode(address, uint8, bytes32, uint16, bytes32, bytes32): six words, each number at the end of its own.
_LEAF = struct.Struct(">12x20s 31xB 32s 30xH 32s 32s")


def batch_leaf(owner: str, entry: Entry) -> bytes:
    """Leaf of a work in a batch (32 bytes), as `WorkRegistry.batchLeaf`. `owner` is 0x-hex.

    Raises ValueError for what the contract's types do not hold.
    """
    kind, content_hash, engine, fingerprint_cid, metadata_cid = entry
    account = bytes.fromhex(owner.removeprefix("0x"))
    if len(account) != 20 or len(content_hash) != 32:
        raise ValueError(f"an entry needs an account of 20 bytes and a content hash of 32: {owner}, {entry}")
    fingerprint, metadata = keccak_256(fingerprint_cid).digest(), keccak_256(metadata_cid).digest()
    try:
        encoded = _LEAF.pack(account, kind, content_hash, engine, fingerprint, metadata)
    except struct.error as problem:
        raise ValueError(f"kind {kind} is not a uint8 or engine version {engine} not a uint16") from problem
    digest: bytes = keccak_256(keccak_256(encoded).digest()).digest()
    return digest


def batch_leaves(entries: Iterable[tuple[str, Entry]]) -> Iterator[bytes]:
    """Leaves of owners and their entries, made while they are read: a batch of any size needs no list of them."""
    return (batch_leaf(owner, entry) for owner, entry in entries)
