"""Works meet pictures, whichever comes first: a picture is searched for the works there are, and what was seen of it is
kept for the works that are still to come.
"""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

from oracle.matching.engine import Match, Matcher
from oracle.matching.seen import SeenPictures
from oracle.pictures.normalise import Picture

ANSWERS_KEPT = 2000


class Encounters:
    """Safe for several threads: a picture and a work that come at the same time meet in one of the two ways."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` keeps pictures, and works in a folder within; without it both are forgotten at the end."""
        self._lock = threading.RLock()
        self._folder = folder
        self._answers: dict[tuple[bytes, int], list[Match]] = {}
        self._hinted: set[str] = set()

    # Opened when they are first needed: commands that only steer a node must not, as one process writes them.
    @cached_property
    def _seen(self) -> SeenPictures:
        return SeenPictures(self._folder)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self._folder / "works" if self._folder else None)

    def has_work(self, work_id: str) -> bool:
        """Whether the work is in the index, such as from an earlier run."""
        with self._lock:
            return work_id in self._matcher.works

    @property
    def remembers(self) -> bool:
        """Whether pictures that were seen before are still known."""
        with self._lock:
            return len(self._seen) > 0

    def add_work(self, work_id: str, fingerprint: bytes, thumbnail: bytes) -> str | None:
        """Add or replace a work; returns why it is not monitored, if it is not. Raises BadFingerprintError."""
        with self._lock:
            reason = self._matcher.add(work_id, fingerprint, thumbnail)
            self._answers.clear()
            if reason is None:
                self._hinted |= self._seen.hinted_at(self._matcher.works.known(work_id))
            return reason

    def query(self, picture: Picture, keep: bool = False) -> list[Match]:
        """Works in any frame of the picture. The answer for the same bytes and the same works is remembered; with
        `keep`, so is the picture."""
        # The same bytes have as many frames each time that they are decoded in the same way.
        asked = picture.sha256, len(picture.frames)
        with self._lock:
            known = self._answers.get(asked)
            if known is None or (keep and picture.sha256.hex() not in self._seen):
                if len(self._answers) >= ANSWERS_KEPT:
                    self._answers.clear()
                looked = self._matcher.look(picture)
                known = self._answers[asked] = looked.matches
                if keep:
                    self._seen.note(picture.sha256.hex(), looked.views)
            return known

    def forget(self, pictures: set[str]) -> None:
        """Pictures (SHA-256) that are nowhere any more."""
        with self._lock:
            for picture in pictures:
                self._seen.forget(picture)

    def take_hinted(self) -> set[str]:
        """SHA-256 of the kept pictures in which a work may be that came after them, since this was last asked."""
        with self._lock:
            taken, self._hinted = self._hinted, set()
            return taken

    def close(self) -> None:
        """Write what is only in memory, so that the next run opens it quickly."""
        with self._lock:
            if "_matcher" in self.__dict__:
                self._matcher.close()
            if "_seen" in self.__dict__:
                self._seen.close()
