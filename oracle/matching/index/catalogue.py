"""The works that a matcher knows: on disk in a shelf, in memory as an index; changed while queries run.

A folder holds `works.shelf` (everything, crash-safe) and sealed segments of the index. Without segments the index is
made anew from the shelf.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from types import TracebackType

from oracle.matching.describe.fingerprint import Fingerprint, Work, decode_thumbnail, head
from oracle.matching.index.index import WorkIndex
from oracle.matching.index.segments import Segments
from oracle.matching.index.shelf import ADDED, REMOVED, Shelf

SHELF = "works.shelf"
# Fresh works are sealed into a segment when there are this many.
SEAL_AT = 5_000


class Catalogue:
    """Works by id. Adding a work again replaces it. Safe for several threads; one process writes a folder, others may
    open it `read_only` and `refresh` to see what was added since."""

    def __init__(self, folder: Path | None = None, read_only: bool = False) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="works-") if folder is None else None
        self._folder = folder or Path(self._temporary.name if self._temporary else "")
        self._shelf = Shelf(self._folder / SHELF, read_only)
        self._read_only = read_only
        self._lock = threading.RLock()
        self._numbers: dict[str, int] = {}
        # Offset on the shelf by number: of all, and of those that no segment holds.
        self._at: dict[int, int] = {}
        self._fresh: dict[int, int] = {}
        self._next = 1
        self._segments = Segments(self._folder, read_only)
        self._index = WorkIndex()
        self._open()

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, work_id: str) -> bool:
        return work_id in self._numbers

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def index(self) -> WorkIndex:
        return self._index

    def add(self, work_id: str, fingerprint: bytes, thumbnail: bytes) -> None:
        """Add or replace a work; on disk when this returns. Raises BadFingerprintError."""
        public = Fingerprint.from_bytes(fingerprint)
        decode_thumbnail(thumbnail)
        with self._lock:
            offset = self._shelf.append(ADDED, work_id, fingerprint, thumbnail)
            self._enter(work_id, offset, public)
            if len(self._fresh) >= SEAL_AT:
                self.seal()

    def remove(self, work_id: str) -> None:
        with self._lock:
            if work_id in self._numbers:
                self._shelf.append(REMOVED, work_id)
                self._forget(work_id)

    def work(self, number: int) -> Work:
        """A work by its number in the index, read from disk."""
        _, work_id, public, thumbnail = self._shelf.read(self._at[number])
        return Work.of(work_id, Fingerprint.from_bytes(public), thumbnail)

    def work_id(self, number: int) -> str:
        return self._shelf.read(self._at[number])[1]

    def known(self, work_id: str) -> Work:
        """A work by its id. Raises KeyError."""
        return self.work(self._numbers[work_id])

    def refresh(self) -> None:
        """Enter what another process wrote since."""
        with self._lock:
            start = self._shelf.end
            self._shelf.refresh()
            for offset, kind, work_id in self._shelf.records(start):
                if kind == ADDED:
                    self._enter(work_id, offset, Fingerprint.from_bytes(self._shelf.read(offset)[2]))
                else:
                    self._forget(work_id)

    def close(self) -> None:
        """Seal what is fresh, so that the next opening is quick."""
        with self._lock:
            if self._fresh and self._temporary is None and not self._read_only:
                self.seal()
            self._shelf.close()
            if self._temporary is not None:
                self._temporary.cleanup()

    def seal(self) -> None:
        """Write the codes of the fresh works."""
        with self._lock:
            self._segments.seal(self._index, self._fresh)
            self._fresh = {}

    def _open(self) -> None:
        """What the shelf holds, its codes from segments where they are there, else made anew."""
        current: dict[str, int] = {}
        for offset, kind, work_id in self._shelf.records():
            current.pop(work_id, None)
            if kind == ADDED:
                current[work_id] = offset
        waiting = {offset: work_id for work_id, offset in current.items()}
        sealed = self._segments.open()
        for _, offsets in sealed:
            for number, offset in offsets.items():
                self._next = max(self._next, number + 1)
                if offset in waiting:
                    self._index.revive(number, *head(self._shelf.read(offset)[2]))
                    self._numbers[waiting.pop(offset)], self._at[number] = number, offset
        self._index.reseal([segment for segment, _ in sealed])
        for offset, work_id in waiting.items():
            self._enter(work_id, offset, Fingerprint.from_bytes(self._shelf.read(offset)[2]))

    def _enter(self, work_id: str, offset: int, public: Fingerprint) -> None:
        self._forget(work_id)
        number, self._next = self._next, self._next + 1
        self._at[number] = self._fresh[number] = offset
        self._index.add(number, public)
        self._numbers[work_id] = number

    def _forget(self, work_id: str) -> None:
        number = self._numbers.pop(work_id, None)
        if number is not None:
            self._index.remove(number)
            self._fresh.pop(number, None)
