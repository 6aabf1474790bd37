"""Items of evidence and the report over them, just as EvidenceOracle encodes them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from oracle.errors import VerificationError
from oracle.merkle import MerkleTree
from oracle.names import canonical_url, host_of, name_hash, site_of
from oracle.store.cids import cid_to_bytes

_ITEM = "(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,uint64,bytes32)"
MAX_ITEMS = 500


@dataclass(frozen=True)
class Item:
    """What a leaf hides. All hashes are 32 bytes; `seen_at` is Unix seconds."""

    work_id: bytes
    host_hash: bytes
    site_hash: bytes
    url_hash: bytes
    bundle_hash: bytes
    cid_hash: bytes
    seen_at: int
    salt: bytes

    def encoded(self) -> tuple[Any, ...]:
        """As the contract's struct."""
        return tuple(asdict(self).values())

    def leaf(self) -> bytes:
        """Double keccak256, as `EvidenceOracle.leafOf`."""
        return keccak(keccak(encode([_ITEM], [self.encoded()])))

    def to_json(self) -> dict[str, Any]:
        return {k: v if isinstance(v, int) else "0x" + v.hex() for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Item:
        """Raises VerificationError."""
        try:
            values = {
                k: int(data[k]) if k == "seen_at" else bytes.fromhex(str(data[k]).removeprefix("0x"))
                for k in cls.__dataclass_fields__
            }
        except (KeyError, ValueError, TypeError) as problem:
            raise VerificationError("item", f"not a valid item of evidence: {problem}") from problem
        if any(len(v) != 32 for v in values.values() if isinstance(v, bytes)):
            raise VerificationError("item", "its hashes must be 32 bytes long")
        return cls(**values)  # type: ignore[arg-type]


def make_item(work_id: str, page_url: str, image_url: str, bundle_hash: bytes, cid: str, seen_at: int) -> Item:
    """A new item with a random salt. Host and site are those of the page: that is where the work is used."""
    return Item(
        work_id=bytes.fromhex(work_id.removeprefix("0x")),
        url_hash=use_hash(page_url, image_url),
        bundle_hash=bundle_hash,
        cid_hash=keccak(cid_to_bytes(cid)),
        seen_at=seen_at,
        salt=os.urandom(32),
        **place_hashes(page_url),
    )


def place_hashes(page_url: str) -> dict[str, bytes]:
    """Hashes of the host and the site of a page."""
    host = host_of(page_url)
    return {"host_hash": name_hash(host), "site_hash": name_hash(site_of(host))}


def use_hash(page_url: str, image_url: str) -> bytes:
    """keccak256 of the canonical addresses of page and picture, one a line."""
    return keccak(text=f"{canonical_url(page_url)}\n{canonical_url(image_url)}")


@dataclass(frozen=True)
class Report:
    """A report as members sign it."""

    config_count: int
    root: bytes
    size: int
    observed_at: int
    manifest_cid: bytes

    def message(self) -> dict[str, Any]:
        """Fields by the names of the EIP-712 type."""
        return {
            "configCount": self.config_count,
            "root": self.root,
            "size": self.size,
            "observedAt": self.observed_at,
            "manifestCid": self.manifest_cid,
        }

    def encoded(self) -> tuple[Any, ...]:
        """As the contract's struct."""
        return (self.config_count, self.root, self.size, self.observed_at, self.manifest_cid)


def write_manifest(leaves: Iterable[bytes]) -> bytes:
    """Public list of leaves: salted hashes, no address and no name."""
    return json.dumps({"version": 1, "leaves": ["0x" + leaf.hex() for leaf in leaves]}, separators=(",", ":")).encode()


def read_manifest(data: bytes, root: bytes) -> MerkleTree:
    """The tree of a reported manifest. Raises VerificationError if it does not have the reported root."""
    try:
        tree = MerkleTree(bytes.fromhex(leaf.removeprefix("0x")) for leaf in json.loads(data)["leaves"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise VerificationError("manifest", f"not a list of leaves: {problem}") from problem
    if tree.root != root:
        raise VerificationError("manifest", "its leaves do not produce the reported root")
    return tree
