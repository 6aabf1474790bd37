"""Crawling and matching: from a due page to rows in `matches`."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.crawl.frontier import MAX_RETRY_SECONDS, Due, Frontier
from oracle.crawl.http import Fetched, Fetcher
from oracle.crawl.pages import FoundImage, read_page
from oracle.crawl.robots import Robots, reserved
from oracle.errors import BadImageError, FetchError, FetchRefusedError
from oracle.evidence.secure import match_report
from oracle.matching.decision import MatchClass
from oracle.matching.decoding import decode_untrusted
from oracle.matching.engine import Match
from oracle.matching.hashes import distances, phash, small
from oracle.matching.normalise import Picture
from oracle.names import host_of, site_of
from oracle.node.database import images, matches, pages, sightings
from oracle.node.register import Register

log = structlog.get_logger()

MAX_PAGE_BYTES = 5 * 1024 * 1024
# Renditions of one picture (thumbnail and full size) differ in a few of the 64 bits.
RENDITION_BITS = 8
# Time after which a use that the members refused is looked at anew.
REOPEN_SECONDS = 86_400
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class _Hit:
    image: FoundImage
    picture: Picture
    match: Match


class Crawler:
    """Reads pages and asks the register about every picture on them."""

    def __init__(
        self, engine: Engine, fetcher: Fetcher, frontier: Frontier, register: Register, max_depth: int
    ) -> None:
        self._engine = engine
        self._fetcher = fetcher
        self._robots = Robots(fetcher)
        self._frontier = frontier
        self._register = register
        self._max_depth = max_depth

    def step(self) -> bool:
        """Visit one due page. False if none is due."""
        page = self._frontier.take()
        if page is None:
            return False
        try:
            self._visit(page)
        except FetchError as problem:
            self._frontier.failed(page, str(problem))
        except Exception as problem:  # one odd page must not be asked again and again
            log.exception("page failed", url=page.url)
            self._frontier.failed(page, f"{type(problem).__name__}: {problem}")
        return True

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; one page's trouble is never the next one's."""
        while not stop.is_set():
            try:
                if not self.step():
                    stop.wait(0.5)
            except Exception:
                log.exception("crawling failed")
                stop.wait(2)

    def ask_again(self, pictures: set[str]) -> set[str]:
        """Make the pages due on which these pictures (SHA-256) were seen. Returns those that are on none yet: they are
        being looked at just now."""
        if not pictures:
            return set()
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(images.c.sha256, sightings.c.page_url)
                .join(sightings, sightings.c.image_url == images.c.url)
                .where(images.c.sha256.in_(pictures))
            ).all()
        self._frontier.revisit({row.page_url for row in rows})
        return pictures - {row.sha256 for row in rows}

    def _visit(self, due: Due) -> None:
        if not self._robots.allows(due.url):
            raise FetchRefusedError("robots.txt does not allow it")
        conditions = {}
        if due.etag:
            conditions["If-None-Match"] = due.etag
        elif due.last_modified:
            conditions["If-Modified-Since"] = due.last_modified
        found = self._fetcher.fetch(due.url, headers=conditions, max_bytes=MAX_PAGE_BYTES)
        if found.status == 304:
            self._frontier.done(due, 304, b"", due.etag, due.last_modified)
            self._ask_again_on(found.final_url)
            return
        if found.status in (429, 503):
            self._frontier.failed(due, f"answers {found.status}", found.status, _retry_after(found))
            return
        if found.status != 200 or found.content_type not in _HTML:
            self._frontier.failed(due, f"answers {found.status} {found.content_type}", found.status)
            return
        reason = reserved(found.answer)
        page = read_page(found.final_url, found.body)
        if reason is None and page.noindex:
            reason = "the page says noindex"
        if due.depth < self._max_depth:
            self._frontier.add(page.links, due.depth + 1)
        if reason is None:
            self._look_at(page.url, page.images)
        etag, modified = found.answer.header("etag"), found.answer.header("last-modified")
        # While works are missing from a picture's answer the page is asked without conditions.
        self._frontier.done(due, 200, found.body, etag, modified)
        if reason:
            log.info("page not used", url=due.url, reason=reason)

    def _ask_again_on(self, page_url: str) -> None:
        """An unchanged page: its pictures are still looked at, for works that are new and for licences that ran out."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(sightings).where(sightings.c.page_url == page_url)).all()
        self._look_at(page_url, tuple(FoundImage(r.image_url, r.page_url, r.embedded) for r in rows))

    def _look_at(self, page_url: str, found_images: tuple[FoundImage, ...]) -> None:
        hits: list[_Hit] = []
        for image in found_images:
            try:
                hits += self._ask(image)
            except (FetchError, BadImageError) as problem:
                self._note_image(image, problem=str(problem))
            except Exception as problem:
                log.exception("picture failed", url=image.url)
                self._note_image(image, problem=f"{type(problem).__name__}: {problem}")
        self._record(page_url, hits)

    def _ask(self, image: FoundImage) -> list[_Hit]:
        if not self._robots.allows(image.url):
            raise FetchRefusedError("robots.txt does not allow it")
        self._frontier.wait_for(site_of(host_of(image.url)), self._robots.delay(image.url))
        fetched = self._fetcher.fetch(image.url, headers={"Referer": image.page_url})
        if fetched.status != 200:
            raise FetchError(f"answers {fetched.status}")
        if reason := reserved(fetched.answer):
            raise FetchRefusedError(reason)
        works = self._register.size
        picture = decode_untrusted(fetched.body)
        found = self._register.query(picture, keep=True)
        self._note_image(image, fetched=fetched, picture=picture, works=works)
        return [_Hit(image, picture, m) for m in found if m.match_class is MatchClass.COPY]

    def _note_image(
        self,
        image: FoundImage,
        fetched: Fetched | None = None,
        picture: Picture | None = None,
        works: int = 0,
        problem: str | None = None,
    ) -> None:
        now = int(time.time())
        row = {
            "url": image.url,
            "site": site_of(host_of(image.url)),
            "first_seen": now,
            "last_seen": now,
            "last_modified": fetched.answer.header("last-modified") if fetched else None,
            "sha256": picture.sha256.hex() if picture else None,
            "width": picture.width if picture else None,
            "height": picture.height if picture else None,
            "asked_works": works,
            "problem": problem,
        }
        seen = {
            "image_url": image.url,
            "page_url": image.page_url,
            "embedded": image.embedded,
            "first_seen": now,
            "last_seen": now,
        }
        with self._engine.begin() as connection:
            kept = {k: v for k, v in row.items() if k not in ("url", "first_seen")}
            connection.execute(insert(images).values(row).on_conflict_do_update(index_elements=["url"], set_=kept))
            connection.execute(
                insert(sightings)
                .values(seen)
                .on_conflict_do_update(index_elements=["image_url", "page_url"], set_={"last_seen": now})
            )

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
        m = matches
        with self._engine.begin() as connection:
            known = connection.execute(
                select(m.c.id, m.c.state, m.c.covered_at, m.c.found_at).where(
                    m.c.work_id == hit.match.work_id,
                    m.c.image_url == hit.image.url,
                    m.c.site == site_of(host_of(page_url)),
                )
            ).first()
            if known is None:
                state = "rendition" if rendition else "covered" if covered else "found"
                row = {
                    "work_id": hit.match.work_id,
                    "image_url": hit.image.url,
                    "page_url": page_url,
                    "site": site_of(host_of(page_url)),
                    "state": state,
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


def _retry_after(found: Fetched) -> float | None:
    said = found.answer.header("retry-after") or ""
    return min(float(said), MAX_RETRY_SECONDS) if said.isascii() and said.isdigit() and len(said) < 10 else None
