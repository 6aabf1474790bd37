"""The works of the register, as their events tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

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
    fingerprints: Mapping[int, str] = field(default_factory=dict)
    """CID by engine version."""
    metadata_cid: str = ""


def apply_registry_events(works: dict[str, RegisteredWork], events: Iterable[Event]) -> set[str]:
    """Bring the works up to date with events of WorkRegistry, in order of the chain. Returns the ids of those changed.

    An event about a work that is not known changes nothing.
    """
    changed = set()
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
            changed.add(work_id)
            continue
        work_id = _work_of(event)
        known = works.get(work_id)
        news = _news(known, event) if known else {}
        if known and news:
            works[work_id] = replace(known, **news)
            changed.add(work_id)
    return changed


def _work_of(event: Event) -> str:
    """Id of the work that an event is about, or nothing."""
    if event.name == "Transfer":
        return "0x" + int(event.arguments["tokenId"]).to_bytes(32, "big").hex()
    said = event.arguments.get("workId")
    return hex32(said) if isinstance(said, bytes) else ""


def _news(known: RegisteredWork, event: Event) -> dict[str, Any]:
    """What an event changes in a work."""
    told = event.arguments
    match event.name:
        case "FingerprintSet":
            version, cid = int(told["engineVersion"]), _cid_or_nothing(told["cid"])
            # The first fingerprint of an engine version counts: a later one could be another picture's. Those of other
            # versions stay, so that an upgrade of some nodes ends nobody's monitoring by the others.
            return {} if version in known.fingerprints else {"fingerprints": {**known.fingerprints, version: cid}}
        case "MetadataSet":
            return {"metadata_cid": _cid_or_nothing(told["cid"])}
        case "EarlierProven":
            return {"registered_at": told["registeredAt"], "batch_id": told["batchId"]}
        case "StandingSet":
            return {"rejected": told["standing"] == REJECTED}
        case "Transfer":
            return {"owner": told["to"]}
    return {}


def _cid_or_nothing(raw: bytes) -> str:
    """The register takes any bytes as a CID; what is none must not stop a reader."""
    try:
        return cid_from_bytes(raw)
    except StoreError:
        return ""


def hex32(value: bytes) -> str:
    return "0x" + bytes(value).hex()
