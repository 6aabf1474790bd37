"""What every content store offers, and how one is opened from its address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class ContentStore(Protocol):
    """Files and flat folders by CID. Putting the same content twice is the same as once."""

    def put(self, data: bytes) -> str:
        """Keep a file; returns its CID."""
        ...

    def put_folder(self, files: Mapping[str, bytes]) -> str:
        """Keep a flat folder; returns its CID."""
        ...

    def get(self, cid: str) -> bytes:
        """Bytes of a file. Raises NotStoredError, CorruptContentError."""
        ...

    def get_folder(self, cid: str) -> dict[str, bytes]:
        """Files of a flat folder. Raises NotStoredError, CorruptContentError."""
        ...

    def has(self, cid: str) -> bool:
        """Whether everything below the CID is here."""
        ...

    def export_car(self, cid: str) -> bytes:
        """Everything below the CID as CARv1, for a gateway. Raises NotStoredError."""
        ...

    def import_car(self, cid: str, car: bytes) -> None:
        """Keep what a gateway sent, after checking every block. Raises CorruptContentError."""
        ...


def open_store(address: str) -> ContentStore:
    """`car:/folder` for a folder of CAR files, `http://host:5001` for Kubo's RPC."""
    from oracle.store.car import CarFolder
    from oracle.store.kubo import KuboStore

    scheme, _, rest = address.partition(":")
    if scheme == "car":
        return CarFolder(Path(rest))
    if scheme in ("http", "https"):
        return KuboStore(address)
    raise ValueError(f"CONTENT_STORE must be car:/folder or the http address of Kubo's RPC, not {address!r}")
