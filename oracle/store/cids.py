"""CIDs: computed here, offline, so that no store has to be believed.

Always CIDv1 in base32, sha2-256, 262,144-byte chunks, raw leaves: what `ipfs add --cid-version=1` computes.
"""

from __future__ import annotations

import base64
import hashlib

import aleph_cid

from oracle.errors import BadCidError

RAW = 0x55
DAG_PB = 0x70


def cid_of(data: bytes) -> str:
    """CID of a file with these bytes."""
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(data)
    return hasher.finalize()


def cid_to_bytes(cid: str) -> bytes:
    """Binary form, 36 bytes: version, codec, sha2-256, digest. Raises BadCidError.

    Multibase knows base32 in small and in capital letters; any other spelling of the same bytes is no CID.
    """
    text = cid[1:]
    if cid[:1] not in ("b", "B") or text != (text.lower() if cid[0] == "b" else text.upper()):
        raise BadCidError(f"not a CIDv1 in base32: {cid[:80]!r}")
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError as problem:
        raise BadCidError(f"not a CIDv1 in base32: {cid[:80]!r}") from problem
    if len(raw) != 36 or raw[0] != 1 or raw[1] not in (RAW, DAG_PB) or raw[2:4] != b"\x12\x20":
        raise BadCidError(f"not a CIDv1 with sha2-256: {cid[:80]!r}")
    if base64.b32encode(raw).decode().rstrip("=") != text.upper():  # the last letter has bits to spare
        raise BadCidError(f"not a canonical CID: {cid[:80]!r}")
    return raw


def cid_from_bytes(raw: bytes) -> str:
    """CIDv1 in base32. Raises BadCidError."""
    cid = "b" + base64.b32encode(raw).decode().rstrip("=").lower()
    cid_to_bytes(cid)
    return cid


def canonical_cid(cid: str) -> str:
    """The one spelling under which content is kept. Raises BadCidError."""
    return cid_from_bytes(cid_to_bytes(cid))


def block_matches(cid: bytes, block: bytes) -> bool:
    """Whether the block hashes to the binary CID."""
    return hashlib.sha256(block).digest() == cid[4:]
