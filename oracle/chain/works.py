"""The works of the register, as their events tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oracle.chain.client import Event
from oracle.errors import StoreError
from oracle.store.cids import cid_from_bytes

# IWorkRegistry.Standing: the panel rejected the registration.
REJECTED = 2


@dataclass(frozen=True)
class RegisteredWork:
    """A work as the register knows it. Hashes are 0x-hex of 32 bytes."""

    work_id: str
    owner: str
    kind: int
    content_hash: str
    registered_at: int
    batch_id: int
    rejected: bool = False
    fingerprint_cid: str = ""
    engine_version: int = 0
    metadata_cid: str = ""


def apply_registry_events(works: dict[str, RegisteredWork], events: Iterable[Event]) -> None:
    """Bring the works up to date with events of WorkRegistry, in order of the chain."""
    for event in events:
        told = event.arguments
        if event.name == "WorkRegistered":
            work_id = hex32(told["workId"])
            works[work_id] = RegisteredWork(
                work_id=work_id,
                owner=told["owner"],
                kind=told["kind"],
                content_hash=hex32(told["contentHash"]),
                registered_at=told["registeredAt"],
                batch_id=told["batchId"],
            )
        elif event.name == "FingerprintSet":
            work_id = hex32(told["workId"])
            known = works[work_id]
            # The first fingerprint of an engine version counts: a later one could be another picture's.
            if told["engineVersion"] > known.engine_version:
                cid = _cid_or_nothing(told["cid"])
                works[work_id] = replace(known, fingerprint_cid=cid, engine_version=told["engineVersion"])
        elif event.name == "MetadataSet":
            work_id = hex32(told["workId"])
            works[work_id] = replace(works[work_id], metadata_cid=_cid_or_nothing(told["cid"]))
        elif event.name == "EarlierProven":
            work_id = hex32(told["workId"])
            dated = {"registered_at": told["registeredAt"], "batch_id": told["batchId"]}
            works[work_id] = replace(works[work_id], **dated)
        elif event.name == "StandingSet":
            work_id = hex32(told["workId"])
            works[work_id] = replace(works[work_id], rejected=told["standing"] == REJECTED)
        elif event.name == "Transfer":
            work_id = "0x" + int(told["tokenId"]).to_bytes(32, "big").hex()
            if work_id in works:
                works[work_id] = replace(works[work_id], owner=told["to"])


def _cid_or_nothing(raw: bytes) -> str:
    """The register takes any bytes as a CID; what is none must not stop a reader."""
    try:
        return cid_from_bytes(raw)
    except StoreError:
        return ""


def hex32(value: bytes) -> str:
    return "0x" + bytes(value).hex()
