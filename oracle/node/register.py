"""The node's view of the register: works from chain events, fingerprints from the content store, committee and keys."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from oracle.chain.client import Chain
from oracle.chain.parties import declared_method, published_endpoint, published_key
from oracle.chain.quorum import Members, Roster, apply_quorum_events
from oracle.chain.works import RegisteredWork, apply_registry_events
from oracle.errors import ChainError
from oracle.evidence.secure import WorkFiles
from oracle.matching.describe.fingerprint import ENGINE_VERSION, PUBLIC_NAME, THUMBNAIL_NAME
from oracle.matching.engine import Match
from oracle.matching.verify.decision import MatchClass
from oracle.node.database import fingerprints
from oracle.node.encounters import Encounters
from oracle.node.history import History, Position
from oracle.pictures.normalise import Picture
from oracle.report.committee import Rule
from oracle.report.items import place_hashes
from oracle.sealing import open_sealed
from oracle.store.base import ContentStore

log = structlog.get_logger()

COMMITTEE_SECONDS = 10.0
ANEW_SECONDS = 1.0
# A fingerprint that cannot be had is asked for again, each time after twice the pause: anybody may register a work
# whose files are nowhere.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 86_400.0
# Fingerprints that are fetched side by side, and the time after which a sync ends although some are left.
AT_ONCE = 4
SYNC_SECONDS = 20.0


@dataclass(frozen=True)
class Member:
    """A committee member: account, X25519 key, service address, and the method by which it says that it compares
    pictures (empty if it says nothing)."""

    address: str
    key: bytes
    endpoint: str
    method: str = ""


@dataclass
class _Waiting:
    """A fingerprint that is not in the index yet."""

    cid: str
    attempts: int = 0
    next_at: float = 0.0


class Register:
    """Works that this node can match. `sync` brings it up to date; safe to read from several threads."""

    def __init__(
        self,
        engine: Engine,
        chain: Chain,
        store: ContentStore,
        encryption_key: bytes,
        confirmations: int = 0,
        folder: Path | None = None,
    ) -> None:
        """`folder` keeps works and seen pictures; without it both are described anew after a restart."""
        self._engine = engine
        self._chain = chain
        self._store = store
        self._encryption_key = encryption_key
        self.history = History(engine, chain, confirmations)
        self._position = Position()
        self._works: dict[str, RegisteredWork] = {}
        self._loaded: dict[str, str] = {}
        self._waiting: dict[str, _Waiting] = {}
        self.encounters = Encounters(folder)
        self._lock = threading.RLock()
        self._roster = Roster(chain, "EvidenceOracle", self._kept_members)
        self._members: tuple[float, int, list[Member]] = (-COMMITTEE_SECONDS, 0, [])
        self._pool = ThreadPoolExecutor(AT_ONCE, "fingerprint")

    @property
    def size(self) -> int:
        """Works in the index."""
        with self._lock:
            return len(self._loaded)

    def work(self, work_id: str) -> RegisteredWork | None:
        return self._works.get(work_id)

    def query(self, picture: Picture, keep: bool = False) -> list[Match]:
        """Works in the picture; with `keep`, it is remembered for works that are still to come. Copies come first,
        and of those the earliest registrations: two owners' entries of one photograph explain it alike."""
        counted = [m for m in self.encounters.query(picture, keep) if self.counts(m.work_id)]
        return sorted(counted, key=self._precedence)

    def _precedence(self, match: Match) -> tuple[bool, int]:
        copy = match.match_class is MatchClass.COPY
        return not copy, self._works[match.work_id].registered_at if copy else 0

    def counts(self, work_id: str) -> bool:
        """Whether the work is registered, and the panel did not reject it: nobody is told of uses of others."""
        work = self._works.get(work_id)
        return work is not None and not work.rejected

    def work_files(self, work_id: str) -> WorkFiles:
        """Fingerprint files of a work, with the thumbnail opened. Raises StoreError, VerificationError."""
        files = self._store.get_folder(self._works[work_id].fingerprints[ENGINE_VERSION])
        return WorkFiles(files[PUBLIC_NAME], open_sealed(files[THUMBNAIL_NAME], self._encryption_key))

    def sync(self) -> None:
        """Read new events and load new fingerprints. What is not to be had yet is tried again later."""
        more = True
        while more:
            more = self.history.advance()
        self._follow()
        self._load_waiting()

    def _follow(self) -> None:
        at, events = self.history.read("WorkRegistry", self._position)
        if at.generation != self._position.generation:
            self._works.clear()
            self._waiting.clear()
            self._remember_loaded()
        changed = apply_registry_events(self._works, events)
        self._position = at
        for work_id in changed:
            cid = self._works[work_id].fingerprints.get(ENGINE_VERSION, "")
            known = self._waiting.get(work_id)
            if not cid or self._loaded.get(work_id) == cid:
                self._waiting.pop(work_id, None)
            elif known is None or known.cid != cid:
                self._waiting[work_id] = _Waiting(cid)

    def _remember_loaded(self) -> None:
        """What an earlier run of the node put into the index, and what it waits for."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(fingerprints)).all()
        with self._lock:
            self._loaded = {r.work_id: r.cid for r in rows if r.loaded and self.encounters.has_work(r.work_id)}
        self._waiting = {r.work_id: _Waiting(r.cid, r.attempts, r.next_at) for r in rows if not r.loaded}

    def _load_waiting(self) -> None:
        """Those never tried come first, so that works which cannot be had do not keep the others waiting."""
        now = time.time()
        due = sorted((w.attempts, w.next_at, work_id) for work_id, w in self._waiting.items() if w.next_at <= now)
        end = time.monotonic() + SYNC_SECONDS
        ids = [work_id for _, _, work_id in due if work_id in self._works]
        for start in range(0, len(ids), AT_ONCE):
            if time.monotonic() > end:
                break
            for work_id, problem in self._pool.map(self._load, ids[start : start + AT_ONCE]):
                self._note(work_id, problem)

    def _load(self, work_id: str) -> tuple[str, str]:
        """The work, and what was wrong, or nothing."""
        try:
            files = self.work_files(work_id)
            reason = self.encounters.add_work(work_id, files.fingerprint, files.thumbnail)
            if reason is not None:
                log.info("work not monitored", work=work_id, because=reason)
        except Exception as problem:  # the files are anybody's: no work may stop the others
            return work_id, f"{type(problem).__name__}: {problem}"
        return work_id, ""

    def _note(self, work_id: str, problem: str) -> None:
        waiting = self._waiting[work_id]
        row = {"work_id": work_id, "cid": waiting.cid, "loaded": not problem, "attempts": waiting.attempts}
        if problem:
            pause = min(FIRST_PAUSE * 2 ** min(waiting.attempts, 20), LONGEST_PAUSE)
            waiting.attempts += 1
            waiting.next_at = time.time() + pause
            row |= {"attempts": waiting.attempts, "next_at": waiting.next_at, "problem": problem[:1000]}
            log.warning("fingerprint not loaded", work=work_id, problem=problem[:300], again_in=pause)
        else:
            del self._waiting[work_id]
            row |= {"next_at": 0.0, "problem": None}
            with self._lock:
                self._loaded[work_id] = waiting.cid
        with self._engine.begin() as connection:
            known = insert(fingerprints).values(row)
            connection.execute(known.on_conflict_do_update(index_elements=["work_id"], set_=row))

    def committee(self, anew: bool = False) -> tuple[int, list[Member]]:
        """Number of the current committee, and its members in ascending order of their addresses.

        The answer is remembered for a while; `anew` asks the chain again, but not more than once a second.
        """
        with self._lock:
            asked, count, members = self._members
            if time.monotonic() - asked > (ANEW_SECONDS if anew else COMMITTEE_SECONDS):
                newest = self._roster.members()
                count = newest.config_count
                if count == 0:
                    raise ChainError("the committee has no members yet")
                members = [
                    Member(
                        *(a, published_key(self._chain, a), published_endpoint(self._chain, a)),
                        declared_method(self._chain, a),
                    )
                    for a in newest.addresses
                ]
                self._members = time.monotonic(), count, members
            return count, members

    def rule(self) -> Rule:
        """Whose signatures make a report now."""
        threshold, methods = (int(self._chain.call("EvidenceOracle", f)) for f in ("threshold", "requiredMethods"))
        return Rule(threshold, methods)

    def _kept_members(self) -> tuple[Members, int]:
        _, events = self.history.read("EvidenceOracle", Position())
        return apply_quorum_events(Members(), events), self.history.next_block

    def published_key(self, address: str) -> bytes:
        """X25519 key of an account; empty if it published none."""
        return published_key(self._chain, address)

    def covered(self, work_id: str, page_url: str, at: int) -> bool:
        """Whether a licence or a release covers the work on the page's host or site at the time."""
        place = place_hashes(page_url)
        work = bytes.fromhex(work_id.removeprefix("0x"))
        args = (work, place["host_hash"], place["site_hash"], at, at)
        return bool(self._chain.call("LicenseLedger", "covered", *args))
