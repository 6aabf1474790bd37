"""One clock for all that a node asks of a site: pages, pictures and evidence, from whatever thread.

A site is asked once in `interval` seconds at most, less often if it says so (Crawl-delay), and not at all while it
rests: because it said Retry-After, or because it let us wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from oracle.errors import FetchError

MAX_REST = 7 * 86_400.0
# First rest of a site that refuses without saying for how long; each next one is twice as long.
FIRST_REST, LONGEST_REST = 60.0, 86_400.0
# A site that lets us wait pays for it: it gets a tenth of a reader's time at most.
SLOW_FACTOR = 10.0
# Sites whose times are kept at once. When there are more, a tenth is forgotten: those that may be asked anyway, and if
# there are too few, those whose turns come soonest.
MAX_SITES = 50_000


class RestingError(FetchError):
    """The site is left alone until `until` (Unix seconds)."""

    def __init__(self, site: str, until: float) -> None:
        self.until = until
        super().__init__(f"{site} asked to be left alone until {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC")


@dataclass
class _Site:
    free_at: float = 0.0
    resting_until: float = 0.0
    refusals: int = 0

    @property
    def turn(self) -> float:
        """When it may be asked again."""
        return max(self.free_at, self.resting_until)


class SiteClock:
    """Times in Unix seconds. Safe to use from several threads.

    `keep(site, until)` is told of rests, so that a restart of the process does not end them; `kept` are the known ones.
    """

    def __init__(
        self,
        interval: float,
        kept: Iterable[tuple[str, float]] = (),
        keep: Callable[[str, float], None] | None = None,
    ) -> None:
        self._interval = interval
        self._keep = keep
        self._lock = threading.Lock()
        self._sites = {site: _Site(resting_until=until) for site, until in kept}

    def busy(self) -> list[str]:
        """Sites that must not be asked now."""
        now = time.time()
        with self._lock:
            return [name for name, site in self._sites.items() if site.turn > now]

    def next_turn(self, site: str) -> float:
        """When the site may be asked again."""
        with self._lock:
            known = self._sites.get(site)
        return known.turn if known else 0.0

    def take_turn(self, site: str, delay: float, until: float) -> None:
        """Sleep until the site may be asked, then take the turn: the next one waits for the longer of the node's
        interval and the site's own `delay`.

        Raises RestingError if the site rests, or if its turn comes after `until`.
        """
        while True:
            with self._lock:
                known = self._entry(site)
                now = time.time()
                if known.resting_until > now:
                    raise RestingError(site, known.resting_until)
                if known.free_at > until:
                    raise RestingError(site, known.free_at)
                if known.free_at <= now:
                    known.free_at = now + max(self._interval, delay)
                    return
                pause = known.free_at - now
            time.sleep(min(pause, 1.0))

    def must_not_rest(self, site: str) -> None:
        """Raises RestingError while the site rests."""
        with self._lock:
            known = self._sites.get(site)
        if known and known.resting_until > time.time():
            raise RestingError(site, known.resting_until)

    def rest(self, site: str, seconds: float | None) -> float:
        """The site refuses for now, for `seconds` if it said so. Returns until when it is left alone."""
        with self._lock:
            known = self._entry(site)
            pause = min(FIRST_REST * 2 ** min(known.refusals, 20), LONGEST_REST) if seconds is None else seconds
            known.refusals += 1
            known.resting_until = until = max(known.resting_until, time.time() + min(max(pause, 0.0), MAX_REST))
        if self._keep is not None:
            self._keep(site, until)
        return until

    def answered(self, site: str) -> None:
        """The site is well: the next refusal is a first one again."""
        with self._lock:
            if site in self._sites:
                self._sites[site].refusals = 0

    def let_us_wait(self, site: str, seconds: float) -> None:
        """Time was lost with the site: others come first for some while."""
        with self._lock:
            known = self._entry(site)
            known.free_at = max(known.free_at, time.time() + min(seconds * SLOW_FACTOR, LONGEST_REST))

    def _entry(self, site: str) -> _Site:
        known = self._sites.get(site)
        if known is None:
            if len(self._sites) >= MAX_SITES:
                by_turn = sorted(self._sites.items(), key=lambda item: item[1].turn)
                self._sites = dict(by_turn[-(MAX_SITES * 9 // 10) :])
            known = self._sites[site] = _Site()
        return known


def retry_after(said: str | None) -> float | None:
    """Seconds of a Retry-After header: a number, or a date in any form of RFC 9110 § 5.6.7; None if it says nothing."""
    text = (said or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), MAX_REST)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time()
    return min(max(seconds, 0.0), MAX_REST)
