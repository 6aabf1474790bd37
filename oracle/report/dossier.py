"""What a leaf hides, for those who may know: addresses, the bundle's CID and key, the match. Always sealed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from oracle.errors import VerificationError
from oracle.report.items import Item
from oracle.sealing import open_sealed, seal_to


@dataclass(frozen=True)
class Dossier:
    """One reported item, opened."""

    item: Item
    page_url: str
    image_url: str
    bundle_cid: str
    bundle_key: bytes
    match: dict[str, Any]

    def sealed_to(self, key: bytes) -> bytes:
        """Envelope for an X25519 public key."""
        data = {
            "item": self.item.to_json(),
            "page_url": self.page_url,
            "image_url": self.image_url,
            "bundle_cid": self.bundle_cid,
            "bundle_key": self.bundle_key.hex(),
            "match": self.match,
        }
        return seal_to(json.dumps(data).encode(), [key])

    @classmethod
    def opened(cls, sealed: bytes, private_key: bytes) -> Dossier:
        """Raises VerificationError."""
        data = json.loads(open_sealed(sealed, private_key))
        try:
            return cls(
                Item.from_json(data["item"]),
                data["page_url"],
                data["image_url"],
                data["bundle_cid"],
                bytes.fromhex(data["bundle_key"]),
                data["match"],
            )
        except (KeyError, ValueError) as problem:
            raise VerificationError("dossier", f"incomplete: {problem}") from problem
