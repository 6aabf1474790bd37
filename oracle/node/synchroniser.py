"""Works registered today meet what was crawled yesterday: pages with pictures in which they may be are due again."""

from __future__ import annotations

import threading
import time

from oracle.crawl.frontier import Frontier
from oracle.loop import run_until
from oracle.node.crawler import Crawler
from oracle.node.register import Register
from oracle.node.sightings import KEEP_SECONDS

SYNC_SECONDS = 1.0
# A picture that was seen, but is on no known page for this long, was replaced by another: it is forgotten.
GONE_SECONDS = 600.0
# Pause between two looks for what is too old to be kept.
TIDY_SECONDS = 3600.0


class Synchroniser:
    """Keeps the register, the pictures that were seen, and the pages to visit in step."""

    def __init__(self, register: Register, frontier: Frontier, crawler: Crawler) -> None:
        self._register, self._frontier, self._crawler = register, frontier, crawler
        self._forgotten = not register.encounters.remembers
        # When each picture that may show a new work was hinted at.
        self._hinted: dict[str, float] = {}
        self._tidied: float | None = None

    def run(self, stop: threading.Event) -> None:
        run_until(stop, self._step, "reading the register", SYNC_SECONDS, SYNC_SECONDS)

    def _step(self) -> None:
        self._register.sync()
        if self._forgotten and self._register.size:
            # What an earlier run of the node saw is not known any more: every page is looked at again.
            self._frontier.revisit_all()
            self._forgotten = False
        # Noted before anything can fail: a hint is given once.
        for picture in self._register.encounters.take_hinted():
            self._hinted.setdefault(picture, time.monotonic())
        self._look_again()
        if self._tidied is None or time.monotonic() - self._tidied > TIDY_SECONDS:
            old = self._crawler.sightings.forget_old(time.time() - KEEP_SECONDS)
            self._register.encounters.forget(old)
            self._tidied = time.monotonic()

    def _look_again(self) -> None:
        """Ask for the pages of the hinted pictures; those that are on no page for long are forgotten."""
        nowhere = self._crawler.ask_again(set(self._hinted))
        since_when = {picture: since for picture, since in self._hinted.items() if picture in nowhere}
        gone = {picture for picture, since in since_when.items() if time.monotonic() - since > GONE_SECONDS}
        self._register.encounters.forget(gone)
        self._hinted = {picture: since for picture, since in since_when.items() if picture not in gone}
