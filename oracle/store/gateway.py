"""Fetching what the own store lacks from other parties' gateways, believing none of them.

Protocol: https://specs.ipfs.tech/http-gateways/trustless-gateway/, GET /ipfs/<cid> with
`format=car`; every block is checked before it is kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog

from oracle.errors import CorruptContentError, NotStoredError, StoreError
from oracle.peers import NoAnswerError, request
from oracle.store import unixfs
from oracle.store.base import ContentStore
from oracle.store.cids import canonical_cid, cid_to_bytes

log = structlog.get_logger()

TOTAL_SECONDS = 120.0
# A gateway looks into its store before it answers, and no further.
HEAD_SECONDS = 15.0
MAX_CAR_BYTES = 200 * 1024 * 1024
CAR_TYPE = "application/vnd.ipld.car"
# A gateway that does not answer is left alone, each time for twice as long: all that is missing would wait for it.
REST_SECONDS = 5.0
MAX_REST_SECONDS = 60.0
FORGET_SECONDS = 3600.0

T = TypeVar("T")


@dataclass
class _Rest:
    until: float
    failures: int


class GatewayStore:
    """A store with others behind it. What is damaged in the own store is fetched and kept anew.

    `gateways` returns their base addresses, asked in order. It is called with True when none of those had the content:
    who remembers addresses must look then whether a party came up, or moved. Safe for several threads.
    """

    def __init__(self, local: ContentStore, gateways: Callable[[bool], Sequence[str]]) -> None:
        self.local = local
        self._gateways = gateways
        self._resting: dict[str, _Rest] = {}
        self._lock = threading.Lock()

    def put(self, data: bytes) -> str:
        return self.local.put(data)

    def put_folder(self, files: Mapping[str, bytes]) -> str:
        return self.local.put_folder(files)

    def get(self, cid: str) -> bytes:
        return self._read(canonical_cid(cid), self.local.get, unixfs.read_file)

    def get_folder(self, cid: str) -> dict[str, bytes]:
        return self._read(canonical_cid(cid), self.local.get_folder, unixfs.read_folder)

    def has(self, cid: str) -> bool:
        return self.local.has(cid)

    def export_car(self, cid: str) -> bytes:
        return self.local.export_car(cid)

    def import_car(self, cid: str, car: bytes) -> None:
        self.local.import_car(cid, car)

    def _read(self, cid: str, here: Callable[[str], T], out_of: Callable[[bytes, unixfs.BlockOf], T]) -> T:
        """From the own store, or out of a CAR that a gateway sent, which is kept then."""
        try:
            return here(cid)
        except StoreError as problem:
            missing = problem
        told: dict[str, str] = {}
        for anew in (False, True):
            for gateway in self._gateways(anew):
                if gateway in told:
                    continue
                try:
                    car = self._download(gateway, cid)
                    found = out_of(cid_to_bytes(cid), unixfs.checked(unixfs.read_car(car)))
                except (NoAnswerError, CorruptContentError) as problem:
                    told[gateway] = str(problem)
                    continue
                self._keep(cid, car)
                return found
        if isinstance(missing, CorruptContentError):
            raise missing
        why = "; ".join(f"{gateway}: {problem}" for gateway, problem in told.items()) or "no gateway is known"
        raise NotStoredError(f"{cid} is neither in this store nor at any gateway ({why})") from missing

    def _keep(self, cid: str, car: bytes) -> None:
        try:
            self.local.import_car(cid, car)
        except StoreError as problem:  # it was read all the same
            log.warning("content not kept", cid=cid, problem=str(problem))

    def _download(self, gateway: str, cid: str) -> bytes:
        """CAR from one gateway. Raises NoAnswerError, at once while the gateway rests."""
        with self._lock:
            rest = self._resting.get(gateway)
        if rest and rest.until > time.monotonic():
            raise NoAnswerError(f"did not respond; next attempt in {rest.until - time.monotonic():.0f} s")
        url = f"{gateway.rstrip('/')}/ipfs/{cid}?format=car"
        try:
            wanted = {"Accept": CAR_TYPE}
            car = request("GET", url, TOTAL_SECONDS, MAX_CAR_BYTES, headers=wanted, patience=HEAD_SECONDS)
        except NoAnswerError as problem:
            if not 400 <= problem.status < 500:  # those say that they do not have it, and are well
                self._let_rest(gateway, rest.failures if rest else 0)
            raise
        with self._lock:
            self._resting.pop(gateway, None)
        return car

    def _let_rest(self, gateway: str, failures: int) -> None:
        pause = min(REST_SECONDS * 2 ** min(failures, 20), MAX_REST_SECONDS)
        now = time.monotonic()
        with self._lock:
            # Addresses are published anew at will: those that nobody asked again for long are forgotten.
            self._resting = {g: r for g, r in self._resting.items() if r.until > now - FORGET_SECONDS}
            self._resting[gateway] = _Rest(now + pause, failures + 1)
