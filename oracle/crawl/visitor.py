"""Fetching as the sites allow it: robots.txt before every hop, one clock for each site, and what an answer reserves.

Whatever a node asks of the web goes through here: pages, pictures, evidence, and checks of others' proposals.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from oracle.crawl.clock import SiteClock, retry_after
from oracle.crawl.http import MAX_BYTES, TOTAL_SECONDS, Exchange, Fetched, Fetcher, SlowError
from oracle.crawl.reservations import MAX_TDM_BYTES, Reservation, TdmFiles, reservation
from oracle.crawl.robots import Robots
from oracle.errors import FetchRefusedError
from oracle.names import host_of, site_of

# Answers that say "not now": too many requests, and unavailable.
NOT_NOW = (429, 503)
# A turn that comes later than this is another visit's.
MAX_WAIT = 30.0


class Visitor:
    """Asks sites as they allow it. Safe to use from several threads."""

    def __init__(self, fetcher: Fetcher, clock: SiteClock) -> None:
        self.user_agent = fetcher.user_agent
        self.clock = clock
        self._fetcher = fetcher
        self._robots = Robots(fetcher, self._heed_refusal)
        self._tdm = TdmFiles(self._tdm_file)

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        max_wait: float = MAX_WAIT,
        paced: bool = True,
    ) -> Fetched:
        """GET the URL if the sites on the way allow it, each in its turn; the caller judges the status.

        Raises FetchRefusedError for what robots.txt forbids, RestingError for a site that is left alone, FetchError.
        """
        latest = time.time() + max_wait

        def before_each(address: str) -> None:
            site = site_of(host_of(address))
            self.clock.must_not_rest(site)
            rules = self._robots.rules(address)
            if not rules.allow(address):
                raise FetchRefusedError(f"robots.txt of {host_of(address)} does not allow {address}")
            if paced:
                self.clock.take_turn(site, rules.delay, latest)

        started = time.monotonic()
        try:
            found = self._fetcher.fetch(
                url,
                headers=headers,
                max_bytes=max_bytes,
                total_seconds=TOTAL_SECONDS + max_wait,
                before_each=before_each,
            )
        except SlowError:
            self.clock.let_us_wait(site_of(host_of(url)), time.monotonic() - started)
            raise
        self._heed(found.answer)
        return found

    def _tdm_file(self, url: str) -> Fetched:
        """In the site's turn, if that comes soon. One that wants to be asked every hour or so cannot be asked twice in
        one visit: its file is read once a day without waiting."""
        rules, site = self._robots.rules(url), site_of(host_of(url))
        if not rules.allow(url):
            raise FetchRefusedError(f"robots.txt of {host_of(url)} does not allow {url}")
        if rules.delay <= MAX_WAIT:
            self.clock.take_turn(site, rules.delay, time.time() + 2 * MAX_WAIT)
        return self.fetch(url, max_bytes=MAX_TDM_BYTES, paced=False)

    def unpaced(self) -> Unpaced:
        """For what a page loads by itself: a visit by a browser is one turn of its site (`take_turn`)."""
        return Unpaced(self)

    def take_turn(self, url: str) -> None:
        """Wait for the turn of the page's site. Raises RestingError, FetchRefusedError."""
        rules, site = self._robots.rules(url), site_of(host_of(url))
        self.clock.take_turn(site, rules.delay, time.time() + MAX_WAIT)

    def reservation(self, answer: Exchange, metas: Iterable[tuple[str, str]] = ()) -> Reservation:
        """What the site says against the use of an answer; `metas` are the (name, content) of a page's meta tags."""
        return reservation(answer, self._tdm, metas)

    def _heed(self, answer: Exchange) -> None:
        self._heed_refusal(answer)
        if answer.status not in NOT_NOW:
            self.clock.answered(site_of(host_of(answer.url)))

    def _heed_refusal(self, answer: Exchange) -> None:
        if answer.status in NOT_NOW:
            self.clock.rest(site_of(host_of(answer.url)), retry_after(answer.header("retry-after")))


class Unpaced:
    """A visitor's fetching without waiting for turns. Sites that rest, and what robots.txt forbids, stay unasked."""

    def __init__(self, visitor: Visitor) -> None:
        self.user_agent = visitor.user_agent
        self._visitor = visitor

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched:
        return self._visitor.fetch(url, headers=headers, paced=False)
