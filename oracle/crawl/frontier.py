"""Which page is next: due times, one budget per site, and revisits that adapt to how often a page changes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, Table, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.names import host_of, site_of

RETRY_SECONDS = 300.0
MAX_RETRY_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class Due:
    """A page whose time has come."""

    url: str
    site: str
    depth: int
    visits: int
    interval: float
    etag: str | None
    last_modified: str | None
    content_hash: str | None
    lease: float
    """Until when nobody else takes it, in Unix seconds."""


class Frontier:
    """Pages of one node, in its table `pages`."""

    def __init__(
        self, engine: Engine, pages: Table, site_interval: float, revisit_seconds: float, max_per_site: int
    ) -> None:
        self._engine = engine
        self._pages = pages
        self._site_interval = site_interval
        self._revisit = revisit_seconds
        self._max_per_site = max_per_site
        self._site_free_at: dict[str, float] = {}

    def add(self, urls: Iterable[str], depth: int) -> None:
        """Remember pages that are not known yet, within the budget of their site."""
        with self._engine.begin() as connection:
            for url in urls:
                site = site_of(host_of(url))
                known = connection.scalar(select(func.count()).where(self._pages.c.site == site)) or 0
                if known < self._max_per_site:
                    row = {
                        "url": url,
                        "site": site,
                        "depth": depth,
                        "next_at": time.time(),
                        "interval": self._revisit,
                        "visits": 0,
                    }
                    connection.execute(insert(self._pages).values(row).on_conflict_do_nothing())

    def take(self) -> Due | None:
        """The page due longest, of a site that may be asked now; leased, so that nobody takes it twice."""
        now = time.time()
        busy = [site for site, free in self._site_free_at.items() if free > now]
        p = self._pages
        with self._engine.begin() as connection:
            query = select(p).where(p.c.next_at <= now).order_by(p.c.depth, p.c.next_at).limit(1)
            row = connection.execute(
                (query.where(p.c.site.not_in(busy)) if busy else query).with_for_update(skip_locked=True)
            ).first()
            if row is None:
                return None
            lease = now + RETRY_SECONDS
            connection.execute(update(p).where(p.c.url == row.url).values(next_at=lease))
        self.touch(row.site)
        return Due(
            row.url, row.site, row.depth, row.visits, row.interval, row.etag, row.last_modified, row.content_hash, lease
        )

    def touch(self, site: str, delay: float = 0.0) -> None:
        """A request goes to the site now: the next one waits."""
        self._site_free_at[site] = time.time() + max(self._site_interval, delay)

    def wait_for(self, site: str, delay: float = 0.0) -> None:
        """Sleep until the site may be asked, then take the turn."""
        pause = self._site_free_at.get(site, 0.0) - time.time()
        if pause > 0:
            time.sleep(min(pause, 30.0))
        self.touch(site, delay)

    def done(self, page: Due, status: int, body: bytes, etag: str | None, last_modified: str | None) -> None:
        """The page was read. An unchanged one is visited half as often, a changed one twice as often."""
        digest = hashlib.sha256(body).hexdigest() if status != 304 else page.content_hash
        factor = 1.0 if not page.visits else (1.5 if digest == page.content_hash else 0.5)
        interval = min(max(page.interval * factor, self._revisit / 8), self._revisit * 8)
        self._set(
            page,
            time.time() + interval,
            status=status,
            visits=page.visits + 1,
            interval=interval,
            content_hash=digest,
            etag=etag,
            last_modified=last_modified,
            problem=None,
        )

    def failed(self, page: Due, problem: str, status: int | None = None, retry_after: float | None = None) -> None:
        """The page could not be read; try again later, each time later still."""
        wait = retry_after or min(RETRY_SECONDS * 2 ** min(page.visits, 12), MAX_RETRY_SECONDS)
        self._set(page, time.time() + wait, status=status, visits=page.visits + 1, problem=problem)

    def revisit(self, urls: Iterable[str]) -> None:
        """Make these pages due now."""
        p = self._pages
        with self._engine.begin() as connection:
            connection.execute(update(p).where(p.c.url.in_(list(urls))).values(next_at=time.time()))

    def revisit_all(self) -> None:
        """Make every page due now."""
        with self._engine.begin() as connection:
            connection.execute(update(self._pages).values(next_at=time.time(), etag=None, last_modified=None))

    def _set(self, page: Due, next_at: float, **values: object) -> None:
        """Note a visit. Who asked for another one meanwhile (a new work) gets it: only our own lease is replaced."""
        p = self._pages
        later = case((p.c.next_at == page.lease, next_at), else_=p.c.next_at)
        with self._engine.begin() as connection:
            connection.execute(update(p).where(p.c.url == page.url).values(next_at=later, **values))
