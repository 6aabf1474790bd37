"""The node's view of the register: works from chain events, fingerprints from the content store, committee and keys."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from oracle.chain.client import Chain
from oracle.chain.quorum import Members, apply_quorum_events
from oracle.chain.works import RegisteredWork, apply_registry_events
from oracle.errors import ChainError
from oracle.evidence.secure import WorkFiles
from oracle.matching.engine import Match
from oracle.matching.fingerprint import ENGINE_VERSION, PUBLIC_NAME, THUMBNAIL_NAME
from oracle.matching.normalise import Picture
from oracle.node.encounters import Encounters
from oracle.report.items import place_hashes
from oracle.sealing import can_wrap_to, open_sealed
from oracle.store.base import ContentStore

log = structlog.get_logger()

COMMITTEE_SECONDS = 10.0
ANEW_SECONDS = 1.0


@dataclass(frozen=True)
class Member:
    """A committee member: account, X25519 key and service address."""

    address: str
    key: bytes
    endpoint: str


class Register:
    """Works that this node can match. `sync` brings it up to date; safe to read from several threads."""

    def __init__(
        self,
        chain: Chain,
        store: ContentStore,
        encryption_key: bytes,
        confirmations: int = 0,
        seen_folder: Path | None = None,
    ) -> None:
        self._confirmations = confirmations
        self._chain = chain
        self._store = store
        self._encryption_key = encryption_key
        self._works: dict[str, RegisteredWork] = {}
        self._loaded: dict[str, str] = {}
        self._next_block = chain.deployment.first_block
        self.encounters = Encounters(seen_folder)
        self._lock = threading.RLock()
        self._committee_block = chain.deployment.blocks["EvidenceOracle"]
        self._newest = Members()
        self._members: tuple[float, int, list[Member]] = (-COMMITTEE_SECONDS, 0, [])

    @property
    def size(self) -> int:
        """Works in the index."""
        with self._lock:
            return len(self._loaded)

    def work(self, work_id: str) -> RegisteredWork | None:
        return self._works.get(work_id)

    def query(self, picture: Picture, keep: bool = False) -> list[Match]:
        """Works in the picture; with `keep`, it is remembered for works that are still to come."""
        return [m for m in self.encounters.query(picture, keep) if not self._is_rejected(m.work_id)]

    def _is_rejected(self, work_id: str) -> bool:
        """Whether the panel rejected the registration: nobody is told of uses of such a work."""
        work = self._works.get(work_id)
        return work is not None and work.rejected

    def work_files(self, work_id: str) -> WorkFiles:
        """Fingerprint files of a work, with the thumbnail opened. Raises StoreError, VerificationError."""
        files = self._store.get_folder(self._works[work_id].fingerprint_cid)
        return WorkFiles(files[PUBLIC_NAME], open_sealed(files[THUMBNAIL_NAME], self._encryption_key))

    def sync(self) -> None:
        """Read new events and load new fingerprints. A work whose files are not to be had yet is tried again."""
        head = self._chain.head()[0] - self._confirmations
        if self._next_block <= head:
            apply_registry_events(self._works, self._chain.events(["WorkRegistry"], self._next_block, head))
            self._next_block = head + 1
        for work in list(self._works.values()):
            if (
                work.engine_version == ENGINE_VERSION
                and work.fingerprint_cid
                and self._loaded.get(work.work_id) != work.fingerprint_cid
            ):
                self._load(work)

    def _load(self, work: RegisteredWork) -> None:
        try:
            files = self.work_files(work.work_id)
            self.encounters.add_work(work.work_id, files.fingerprint, files.thumbnail)
            with self._lock:
                self._loaded[work.work_id] = work.fingerprint_cid
        except Exception as problem:  # the files are anybody's: no work may stop the others
            log.warning("fingerprint not loaded", work=work.work_id, problem=f"{type(problem).__name__}: {problem}")

    def committee(self, anew: bool = False) -> tuple[int, list[Member]]:
        """Number of the current committee, and its members in ascending order of their addresses.

        The answer is remembered for a while; `anew` asks the chain again, but not more than once a second.
        """
        asked, count, members = self._members
        if time.monotonic() - asked > (ANEW_SECONDS if anew else COMMITTEE_SECONDS):
            head, _ = self._chain.head()
            new = self._chain.events(["EvidenceOracle"], self._committee_block, head)
            self._newest = apply_quorum_events(self._newest, new)
            self._committee_block = head + 1
            count = self._newest.config_count
            if count == 0:
                raise ChainError("the committee has no members yet")
            members = [Member(a, self.published_key(a), self._endpoint(a)) for a in self._newest.addresses]
            self._members = time.monotonic(), count, members
        return count, members

    def _endpoint(self, address: str) -> str:
        return str(self._chain.call("KeyDirectory", "endpointOf", address))

    def published_key(self, address: str) -> bytes:
        """X25519 key of an account; empty if it published none."""
        key = bytes(self._chain.call("KeyDirectory", "keyOf", address))
        return key if can_wrap_to(key) else b""

    def covered(self, work_id: str, page_url: str, at: int) -> bool:
        """Whether a licence or a release covers the work on the page's host or site at the time."""
        place = place_hashes(page_url)
        work = bytes.fromhex(work_id.removeprefix("0x"))
        args = (work, place["host_hash"], place["site_hash"], at, at)
        return bool(self._chain.call("LicenseLedger", "covered", *args))
