"""Which page is next: due times, one budget per site, and revisits that adapt to how often a page changes."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Table, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.names import host_of, site_of

RETRY_SECONDS = 300.0
MAX_RETRY_SECONDS = 7 * 86_400.0


@dataclass(frozen=True)
class Due:
    """A page whose time has come. Times are Unix seconds."""

    url: str
    site: str
    depth: int
    visits: int
    failures: int
    interval: float
    etag: str | None
    last_modified: str | None
    content_hash: str | None
    read_at: float | None
    round_at: float | None
    """Since when its pictures are being looked at, if an earlier visit left some over."""
    lease: float
    """Until when nobody else takes it."""


class Frontier:
    """Pages of one node, in its table `pages`. Safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        pages: Table,
        revisit_seconds: float,
        max_per_site: int,
        wait: Callable[[str], float] = lambda site: 0.0,
    ) -> None:
        """`wait` says for how many seconds a site's pages are left to other nodes, at the first visit and at each
        later one."""
        self._engine = engine
        self._pages = pages
        self._revisit = revisit_seconds
        self._max_per_site = max_per_site
        self._wait = wait

    def seed(self, urls: Iterable[str]) -> None:
        """Pages that an operator wants read now, whoever else may read them, and whether or not they are known."""
        pages = list(urls)
        self.add(pages, 0, {site_of(host_of(url)) for url in pages})
        self.revisit(pages)

    def add(self, urls: Iterable[str], depth: int, read_now: Collection[str] = ()) -> None:
        """Remember pages that are not known yet, within the budget of their site. Those of a site that is being
        `read_now` are due at once."""
        by_site: dict[str, dict[str, None]] = defaultdict(dict)
        for url in urls:
            by_site[site_of(host_of(url))][url] = None
        if not by_site:
            return
        p, now = self._pages, time.time()
        due = {site: now if site in read_now else now + self._wait(site) for site in by_site}
        with self._engine.begin() as connection:
            counted = select(p.c.site, func.count()).where(p.c.site.in_(list(by_site))).group_by(p.c.site)
            known: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted)}
            rows = [
                {
                    "key": hashlib.sha256(url.encode()).digest(),
                    "url": url,
                    "site": site,
                    "depth": depth,
                    "next_at": due[site],
                    "interval": self._revisit,
                    "visits": 0,
                    "failures": 0,
                }
                for site, found in by_site.items()
                for url in list(found)[: max(0, self._max_per_site - known.get(site, 0))]
            ]
            if rows:
                connection.execute(insert(p).values(rows).on_conflict_do_nothing())

    def take(self, busy: Sequence[str] = ()) -> Due | None:
        """The page due longest, of a site that is not busy; leased, so that nobody takes it twice."""
        now = time.time()
        p = self._pages
        with self._engine.begin() as connection:
            query = select(p).where(p.c.next_at <= now).order_by(p.c.next_at).limit(1)
            row = connection.execute(
                (query.where(p.c.site.not_in(busy)) if busy else query).with_for_update(skip_locked=True)
            ).first()
            if row is None:
                return None
            lease = now + RETRY_SECONDS
            connection.execute(update(p).where(p.c.key == row.key).values(next_at=lease))
        return Due(
            url=row.url,
            site=row.site,
            depth=row.depth,
            visits=row.visits,
            failures=row.failures,
            interval=row.interval,
            etag=row.etag,
            last_modified=row.last_modified,
            content_hash=row.content_hash,
            read_at=row.read_at,
            round_at=row.round_at,
            lease=lease,
        )

    def done(
        self,
        page: Due,
        status: int,
        body: bytes,
        etag: str | None,
        last_modified: str | None,
        read_at: float | None = None,
        again_at: float | None = None,
        round_at: float | None = None,
    ) -> None:
        """The page was read, by a visit that began at `read_at`. An unchanged one is visited less often, a changed one
        more often.

        With `again_at` pictures were left over: the page is due then, and the round that began at `round_at` goes on.
        """
        digest = hashlib.sha256(body).hexdigest() if status != 304 else page.content_hash
        factor = 1.0 if not page.visits else (1.5 if digest == page.content_hash else 0.5)
        interval = min(max(page.interval * factor, self._revisit / 8), self._revisit * 8)
        goes_on = again_at is not None
        self._set(
            page,
            again_at if again_at is not None else time.time() + interval + self._wait(page.site),
            status=status,
            visits=page.visits + 1,
            failures=0,
            interval=page.interval if goes_on else interval,
            content_hash=digest,
            etag=etag,
            last_modified=last_modified,
            read_at=page.read_at if status == 304 else read_at or time.time(),
            round_at=round_at if goes_on else None,
            problem=None,
        )

    def failed(self, page: Due, problem: str, status: int | None = None) -> None:
        """The page could not be read; try again later, and later still with each failure in a row."""
        wait = min(RETRY_SECONDS * 2 ** min(page.failures, 12), MAX_RETRY_SECONDS)
        self._set(page, time.time() + wait, status=status, failures=page.failures + 1, problem=problem)

    def postpone(self, page: Due, until: float, problem: str) -> None:
        """The site is left alone until then (Unix seconds): that is no failure of the page."""
        self._set(page, min(until, time.time() + MAX_RETRY_SECONDS), problem=problem)

    def revisit(self, urls: Iterable[str]) -> None:
        """Make these pages due now, with all their pictures."""
        p = self._pages
        keys = [hashlib.sha256(url.encode()).digest() for url in urls]
        with self._engine.begin() as connection:
            connection.execute(update(p).where(p.c.key.in_(keys)).values(next_at=time.time(), round_at=None))

    def revisit_all(self) -> None:
        """Make every page due now, but for those that are left to other nodes and were never visited by this one."""
        anew = {"next_at": time.time(), "etag": None, "last_modified": None, "round_at": None}
        p = self._pages
        with self._engine.begin() as connection:
            sites = connection.scalars(select(p.c.site).distinct()).all()
            own = [site for site in sites if self._wait(site) == 0]
            visited = (p.c.visits > 0) | (p.c.failures > 0) | p.c.problem.is_not(None)
            connection.execute(update(p).where(p.c.site.in_(own) | visited).values(**anew))

    def _set(self, page: Due, next_at: float, **values: object) -> None:
        """Note a visit. Who asked for another one meanwhile (a new work) gets it: only our own lease is replaced."""
        p = self._pages
        later = case((p.c.next_at == page.lease, next_at), else_=p.c.next_at)
        key = hashlib.sha256(page.url.encode()).digest()
        with self._engine.begin() as connection:
            connection.execute(update(p).where(p.c.key == key).values(next_at=later, **values))
