"""Crawling and matching: from a due page to rows in `matches`."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.crawl.clock import RestingError
from oracle.crawl.frontier import Due, Frontier
from oracle.crawl.pages import FoundImage
from oracle.crawl.site_pages import PageReader
from oracle.crawl.visitor import NOT_NOW, Visitor
from oracle.errors import BadImageError, FetchError, FetchRefusedError
from oracle.evidence.secure import match_report
from oracle.loop import run_until
from oracle.matching.describe.hashes import distances, phash, small
from oracle.matching.engine import Match
from oracle.matching.verify.decision import MatchClass
from oracle.names import host_of, site_of
from oracle.node.database import images, key_of, matches, pages
from oracle.node.register import Register
from oracle.node.reported import root_of_use
from oracle.node.sightings import Sightings
from oracle.pictures.decoding import decode_found
from oracle.pictures.normalise import Picture

log = structlog.get_logger()

# Time for the pictures of one visit; what is left over is looked at when the page is visited again.
PAGE_SECONDS = 120.0
# The least pause before such a page goes on: others come in between.
GO_ON_SECONDS = 30.0
# Renditions of one picture (thumbnail and full size) differ in a few of the 64 bits.
RENDITION_BITS = 8
# Time after which a use that the members refused is looked at anew.
REOPEN_SECONDS = 86_400


@dataclass(frozen=True)
class _Hit:
    image: FoundImage
    picture: Picture
    match: Match


class Crawler:
    """Reads pages and asks the register about every picture on them. Several threads may run one."""

    def __init__(
        self, engine: Engine, visitor: Visitor, frontier: Frontier, register: Register, max_depth: int
    ) -> None:
        self._engine = engine
        self._visitor = visitor
        self._reader = PageReader(visitor)
        self._frontier = frontier
        self._register = register
        self._max_depth = max_depth
        self.sightings = Sightings(engine)

    def step(self) -> bool:
        """Visit one due page. False if none is due."""
        page = self._frontier.take(self._visitor.clock.busy())
        if page is None:
            return False
        try:
            self._visit(page)
        except RestingError as problem:
            self._frontier.postpone(page, problem.until, str(problem))
        except FetchError as problem:
            self._frontier.failed(page, str(problem))
        except Exception as problem:  # one odd page must not be asked again and again
            log.exception("page failed", url=page.url)
            self._frontier.failed(page, f"{type(problem).__name__}: {problem}")
        return True

    def run(self, stop: threading.Event) -> None:
        run_until(stop, self.step, "crawling")

    def ask_again(self, pictures: set[str]) -> set[str]:
        """Make the pages due on which these pictures (SHA-256) were seen. Returns those that are on none yet: they are
        being looked at just now."""
        if not pictures:
            return set()
        shown = self.sightings.pages_showing(pictures)
        self._frontier.revisit(set().union(*shown.values()))
        return pictures - set(shown)

    def _visit(self, due: Due) -> None:
        started = time.time()
        conditions = {}
        if due.etag:
            conditions["If-None-Match"] = due.etag
        elif due.last_modified:
            conditions["If-Modified-Since"] = due.last_modified
        read = self._reader.read(due.url, conditions)
        status, found = read.fetched.status, read.fetched
        if status == 304:
            named = self.sightings.named_on(found.final_url, due.read_at or started)
            again_at, round_at = self._look_at(found.final_url, named, due, started)
            self._frontier.done(due, 304, b"", due.etag, due.last_modified, None, again_at, round_at)
            return
        if read.page is None:
            self._frontier.failed(due, read.problem, status)
            return
        if due.depth < self._max_depth and read.follow:
            self._frontier.add(read.page.links, due.depth + 1, {due.site})
        again_at = round_at = None
        if read.problem:
            log.info("page not used", url=due.url, reason=read.problem)
        else:
            self.sightings.name(read.uses)
            again_at, round_at = self._look_at(found.final_url, read.uses, due, started)
        etag, modified = found.answer.header("etag"), found.answer.header("last-modified")
        self._frontier.done(due, 200, found.body, etag, modified, started, again_at, round_at)

    def _look_at(
        self, page_url: str, uses: Sequence[FoundImage], due: Due, started: float
    ) -> tuple[float | None, float | None]:
        """Ask about the pictures for as long as a visit may take.

        Returns when the page is due again for what was left over, and since when that round goes on, if any was.
        """
        round_at = due.round_at or started
        hits: list[_Hit] = []
        again_at: list[float] = []
        end = started + PAGE_SECONDS
        for image in self.sightings.in_order(uses, round_at):
            left = end - time.time()
            if left <= 0:
                again_at.append(time.time() + GO_ON_SECONDS)
                break
            try:
                hits += self._ask(image, left)
            except RestingError as problem:
                again_at.append(problem.until)
            except (FetchError, BadImageError) as problem:
                self.sightings.not_looked_at(image, str(problem))
            except Exception as problem:
                log.exception("picture failed", url=image.url)
                self.sightings.not_looked_at(image, f"{type(problem).__name__}: {problem}")
        self._record(page_url, hits)
        if not again_at:
            return None, None
        # No sooner than the page itself would come again if its pictures rest for longer.
        return max(time.time() + GO_ON_SECONDS, min(again_at)), round_at

    def _ask(self, image: FoundImage, seconds: float) -> list[_Hit]:
        fetched = self._visitor.fetch(image.url, headers={"Referer": image.page_url}, max_wait=seconds)
        if fetched.status in NOT_NOW:  # asked again when its site may be
            self._visitor.clock.must_not_rest(site_of(host_of(fetched.answer.url)))
        if fetched.status != 200:
            raise FetchError(f"returned status {fetched.status}")
        if reason := self._visitor.reservation(fetched.answer).reason:
            raise FetchRefusedError(reason)
        picture = decode_found(fetched.body)
        found = self._register.query(picture, keep=True)
        self.sightings.looked_at(image, fetched, picture)
        return [_Hit(image, picture, m) for m in found if m.match_class is MatchClass.COPY]

    def _record(self, page_url: str, hits: list[_Hit]) -> None:
        """Largest pictures first, so that a thumbnail is a rendition of its original and not the other way round."""
        kept: list[_Hit] = []
        for hit in sorted(hits, key=lambda h: (-h.picture.width * h.picture.height, h.image.url)):
            rendition = any(_same_picture(hit, other) for other in kept)
            if not rendition:
                kept.append(hit)
            self._upsert(page_url, hit, rendition)

    def _upsert(self, page_url: str, hit: _Hit, rendition: bool) -> None:
        now = int(time.time())
        covered = self._register.covered(hit.match.work_id, page_url, now)
        m, site = matches, site_of(host_of(page_url))
        with self._engine.begin() as connection:
            known = connection.execute(
                select(m.c.id, m.c.state, m.c.covered_at, m.c.found_at).where(
                    m.c.work_id == hit.match.work_id,
                    m.c.image_key == key_of(hit.image.url),
                    m.c.site == site,
                )
            ).first()
            if known is None:
                # Another member may have read the page before us, and this one confirmed what it found.
                root = root_of_use(self._engine, self._register.covered, hit.match.work_id, hit.image.url, site)
                state = "rendition" if rendition else "covered" if covered else "elsewhere" if root else "found"
                row = {
                    "work_id": hit.match.work_id,
                    "image_key": key_of(hit.image.url),
                    "image_url": hit.image.url,
                    "page_url": page_url,
                    "site": site,
                    "embedded": hit.image.embedded,
                    "state": state,
                    "root": root if state == "elsewhere" else None,
                    "found_at": now,
                    "last_seen": now,
                    "covered_at": now if covered else None,
                    "next_at": 0.0,
                    "attempts": 0,
                    "match": match_report(hit.match),
                }
                connection.execute(insert(m).values(row).on_conflict_do_nothing())
                return
            values: dict[str, object] = {"last_seen": now}
            if covered:
                values["covered_at"] = now
                if known.state == "found":
                    values["state"] = "covered"
            elif (
                known.state == "covered"
                or (known.state in ("reported", "elsewhere") and known.covered_at)
                or (known.state == "refused" and now - known.found_at > REOPEN_SECONDS)
            ):
                # A licence or release ran out, or members refused long ago, and the use goes on: a new sighting.
                values |= {
                    "state": "found",
                    "found_at": now,
                    "covered_at": None,
                    "root": None,
                    "next_at": 0.0,
                    "attempts": 0,
                }
            connection.execute(update(m).where(m.c.id == known.id).values(**values))

    def matches(self) -> list[dict[str, Any]]:
        """Work, addresses, state and times of every match."""
        m = matches
        columns = (m.c.work_id, m.c.image_url, m.c.page_url, m.c.state, m.c.found_at, m.c.covered_at, m.c.problem)
        with self._engine.begin() as connection:
            return [dict(row._mapping) for row in connection.execute(select(*columns).order_by(m.c.id))]

    def counts(self) -> dict[str, int]:
        """Pages read, pictures seen, matches by state."""
        with self._engine.begin() as connection:
            pages_read = connection.scalar(select(func.count()).select_from(pages).where(pages.c.visits > 0))
            pictures = connection.scalar(select(func.count()).select_from(images))
            states = connection.execute(select(matches.c.state, func.count()).group_by(matches.c.state)).all()
            due = connection.scalar(select(func.count()).select_from(pages).where(pages.c.next_at <= time.time()))
        return {
            "due": due or 0,
            "pages": pages_read or 0,
            "images": pictures or 0,
            **{str(state): int(n) for state, n in states},
        }


def _same_picture(one: _Hit, other: _Hit) -> bool:
    if one.match.work_id != other.match.work_id:
        return False
    if one.picture.sha256 == other.picture.sha256:
        return True
    return bool(
        distances(phash(small(one.picture.grey)), phash(small(other.picture.grey))[None, :])[0] <= RENDITION_BITS
    )
