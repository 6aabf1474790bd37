"""CIDs: computed here, offline, so that no store has to be believed.

Always CIDv1 in base32, sha2-256, 262,144-byte chunks, raw leaves: what `ipfs add --cid-version=1` computes.
"""

from __future__ import annotations

import base64
import hashlib

import aleph_cid

from oracle.errors import StoreError

RAW = 0x55
DAG_PB = 0x70


def cid_of(data: bytes) -> str:
    """CID of a file with these bytes."""
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    return hasher.finalize()


def cid_to_bytes(cid: str) -> bytes:
    """Binary form, 36 bytes: version, codec, sha2-256, digest."""
    if not cid.startswith("b"):
        raise StoreError(f"not a CIDv1 in base32: {cid!r}")
    text = cid[1:].upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError as problem:
        raise StoreError(f"not a CIDv1 in base32: {cid!r}") from problem
    if len(raw) != 36 or raw[0] != 1 or raw[1] not in (RAW, DAG_PB) or raw[2:4] != b"\x12\x20":
        raise StoreError(f"not a CIDv1 over sha2-256: {cid!r}")
    return raw


def cid_from_bytes(raw: bytes) -> str:
    cid = "b" + base64.b32encode(raw).decode().rstrip("=").lower()
    cid_to_bytes(cid)
    return cid


def block_matches(cid: bytes, block: bytes) -> bool:
    """Whether the block hashes to the binary CID."""
    return hashlib.sha256(block).digest() == cid[4:]
