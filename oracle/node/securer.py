"""Securing: each found match is captured at once by the member that it falls to, and by the next one if that fails."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Engine, select, update

from oracle.crawl.clock import RestingError
from oracle.crawl.http import Fetched
from oracle.crawl.visitor import Visitor
from oracle.errors import BadImageError, EvidenceError, OracleError
from oracle.evidence.bundle import seal_bundle
from oracle.evidence.capture import Camera, PageCapture
from oracle.evidence.secure import Finding, make_evidence, match_report
from oracle.loop import run_until
from oracle.matching.verify.decision import MatchClass
from oracle.node.database import matches
from oracle.node.methods import Shows
from oracle.node.register import Register
from oracle.node.turns import Turns
from oracle.pictures.decoding import decode_found
from oracle.report.items import make_item
from oracle.sealing import new_key
from oracle.store.base import ContentStore

log = structlog.get_logger()

MAX_ATTEMPTS = 5
RETRY_SECONDS = 30.0
# Pictures of one page are secured from one visit while it is fresh.
VISIT_SECONDS = 60.0
# Findings that are weighed at once.
CANDIDATES = 2000
_NO_PICTURES = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "font/woff2")


class Securer:
    """Turns rows `found` into rows `secured`."""

    def __init__(
        self,
        engine: Engine,
        visitor: Visitor,
        register: Register,
        shows: Shows,
        store: ContentStore,
        turns: Turns,
        open_camera: Callable[[], Camera],
        takeover_seconds: float,
    ) -> None:
        self._engine = engine
        self._visitor = visitor
        self._register = register
        self._shows = shows
        self._store = store
        self._turns = turns
        self._open_camera = open_camera
        self._takeover = takeover_seconds
        self._camera: Camera | None = None
        self._visit: PageCapture | None = None

    def run(self, stop: threading.Event) -> None:
        """Chromium lives in this thread and is replaced when it dies."""
        run_until(stop, self.step, "securing", on_failure=self._drop_camera)
        self._drop_camera()

    def step(self) -> bool:
        """Secure one match that falls to this member. False if there is none."""
        row = self._next()
        if row is None:
            return False
        try:
            self._secure(row)
        except RestingError as problem:  # no fault of the page's: it is asked when its site may be
            self._set(row, problem=str(problem), next_at=problem.until)
        except OracleError as problem:
            self._drop_camera()
            self._failed(row, str(problem))
        except Exception as problem:  # one hostile page must not block the others
            log.exception("securing failed", image=row.image_url)
            self._drop_camera()
            self._failed(row, f"{type(problem).__name__}: {problem}")
        return True

    def _next(self) -> Any:
        now = time.time()
        m = matches
        with self._engine.begin() as connection:
            query = select(m).where(m.c.state == "found", m.c.next_at <= now).order_by(m.c.page_url, m.c.id)
            rows = connection.execute(query.limit(CANDIDATES)).all()
        places = {site: self._turns.place(site) for site in {row.site for row in rows}}
        due = [(p, row) for row in rows if (p := places[row.site]) is not None and self._is_due(row, p, now)]
        # One's own sites first: what falls to another member is taken over only when there is time for it.
        return min(due, key=lambda one: one[0], default=(0, None))[1]

    def _is_due(self, row: Any, place: int, now: float) -> bool:
        """Nobody's turn ever ends: members find a page at different times, and turns that end would leave gaps."""
        return bool(now - row.found_at >= place * self._takeover)

    def _secure(self, row: Any) -> None:
        if self._register.covered(row.work_id, row.page_url, int(time.time())):
            self._set(row, state="covered", covered_at=int(time.time()))
            return
        page = self._page(row.page_url)
        image = self._visitor.fetch(row.image_url, headers={"Referer": row.page_url})
        picture = decode_found(image.body)
        match = next((m for m in self._register.query(picture) if m.work_id == row.work_id), None)
        if match is None or match.match_class is not MatchClass.COPY:
            self._set(row, state="refused", problem="the picture has changed")
            return
        if not self._shows(row.work_id, picture):
            self._set(
                row, state="refused", problem="this node's method of comparing pictures does not confirm the match"
            )
            return
        shown_as = self._shown_as(page, image, row.work_id)
        finding = Finding(row.work_id, row.page_url, row.image_url, match, row.found_at, row.embedded, shown_as)
        work = self._register.work_files(row.work_id)
        bundle = make_evidence(finding, page, image, picture, work, self._turns.account)
        key = new_key()
        cid = self._store.put_folder(seal_bundle(bundle, key))
        seen_at = int(bundle.facts["seenAt"])
        item = make_item(row.work_id, row.page_url, row.image_url, bundle.bundle_hash, cid, seen_at)
        self._set(
            row,
            state="secured",
            seen_at=seen_at,
            item=item.to_json(),
            bundle_cid=cid,
            bundle_key=key,
            match=match_report(match),
            next_at=time.time(),
            attempts=0,
            problem=None,
        )
        log.info("secured", work=row.work_id[:10], image=row.image_url, cid=cid)

    def _shown_as(self, page: PageCapture, image: Fetched, work_id: str) -> str:
        """Address under which the visit loaded a picture of the work: this one, or another rendition of it.

        Raises EvidenceError if it loaded none: what nobody sees on the page is no use of it.
        """
        loaded = [f for f in page.fetched if f.status == 200 and f.content_type not in _NO_PICTURES]
        for found in loaded:
            if found.final_url == image.final_url or found.body == image.body:
                return found.url
        for found in loaded:
            with contextlib.suppress(BadImageError):
                matches_ = self._register.query(decode_found(found.body))
                if any(m.work_id == work_id and m.match_class is MatchClass.COPY for m in matches_):
                    return found.url
        raise EvidenceError("the page did not show the picture when it was visited")

    def _page(self, url: str) -> PageCapture:
        if self._visit is None or self._visit.url != url or self._visit.seen_at < time.time() - VISIT_SECONDS:
            if self._camera is None:
                self._camera = self._open_camera()
            self._visitor.take_turn(url)
            self._visit = self._camera.capture(url)
        return self._visit

    def _drop_camera(self) -> None:
        camera, self._camera, self._visit = self._camera, None, None
        if camera is not None:
            with contextlib.suppress(Exception):  # whatever state the browser is in, a new one is made
                camera.close()

    def _failed(self, row: Any, problem: str) -> None:
        attempts = row.attempts + 1
        log.warning("not secured", image=row.image_url, problem=problem, attempts=attempts)
        if attempts >= MAX_ATTEMPTS:
            self._set(row, state="refused", attempts=attempts, problem=problem)
        else:
            self._set(row, attempts=attempts, problem=problem, next_at=time.time() + RETRY_SECONDS * attempts)

    def _set(self, row: Any, **values: object) -> None:
        """A finding that others reported meanwhile stays as it is."""
        m = matches
        with self._engine.begin() as connection:
            connection.execute(update(m).where(m.c.id == row.id, m.c.state == "found").values(**values))
