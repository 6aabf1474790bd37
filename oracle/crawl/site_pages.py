"""A page as it uses pictures: fetched as the site allows, read with its style sheets, and judged by what it reserves.

Crawler and committee members read pages by this one way, so that they agree on what a page shows.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oracle.crawl.http import Fetched
from oracle.crawl.pages import FoundImage, Page
from oracle.crawl.reading import read_untrusted_page, read_untrusted_sheet
from oracle.crawl.visitor import NOT_NOW, Visitor
from oracle.errors import FetchError
from oracle.names import host_of, site_of

MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_SHEET_BYTES = 512 * 1024
SHEETS_KEPT = 200
_HTML = ("text/html", "application/xhtml+xml")
# A page without a type is sniffed as browsers do it: these beginnings are HTML.
_LIKE_HTML = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<!--",
    b"<script",
    b"<title",
    b"<div",
    b"<a",
    b"<p",
    b"<br",
)


@dataclass(frozen=True)
class ReadPage:
    """What a visit gave. Without a page (304, an error, no HTML) `problem` says why, else why it must not be used."""

    fetched: Fetched
    page: Page | None = None
    problem: str = ""
    follow: bool = False

    @property
    def uses(self) -> list[FoundImage]:
        """Pictures that the page uses: those it shows, and those it names that lie on its own site.

        A link to, or a preview of, a picture on somebody else's server is a lead to that server, not a use here.
        """
        if self.page is None or self.problem:
            return []
        own = site_of(host_of(self.page.url))
        return [i for i in self.page.images if i.is_shown or site_of(host_of(i.url)) == own]


class PageReader:
    """Reads pages. Safe to use from several threads."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._sheets: OrderedDict[str, list[str]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, url: str, conditions: Mapping[str, str] | None = None) -> ReadPage:
        """Visit a page. Raises FetchError for a site that does not allow it, rests, or does not answer."""
        found = self._visitor.fetch(url, headers=conditions, max_bytes=MAX_PAGE_BYTES)
        if found.status in NOT_NOW:
            self._visitor.clock.must_not_rest(site_of(host_of(found.answer.url)))
        if found.status != 200:
            return ReadPage(found, problem=f"returned status {found.status}")
        if not _is_html(found):
            return ReadPage(found, problem=f"returned {found.content_type or 'no content type'}, which is not a page")
        page = read_untrusted_page(found.final_url, found.body, found.charset)
        allowed = self._visitor.reservation(found.answer, page.metas)
        if not allowed.reason:
            page = self._with_sheets(page, page.sheets)
        return ReadPage(found, page, allowed.reason, allowed.follow)

    def _with_sheets(self, page: Page, sheets: Sequence[str]) -> Page:
        """A style sheet that cannot be had shows no picture."""
        for url in sheets:
            try:
                page = page.with_pictures(self._sheet(url, page.url))
            except FetchError:
                continue
        return page

    def _sheet(self, url: str, page_url: str) -> list[str]:
        with self._lock:
            if url in self._sheets:
                self._sheets.move_to_end(url)
                return self._sheets[url]
        found = self._visitor.fetch(url, headers={"Referer": page_url}, max_bytes=MAX_SHEET_BYTES, paced=False)
        pictures = read_untrusted_sheet(found.final_url, found.body, found.charset) if found.status == 200 else []
        with self._lock:
            self._sheets[url] = pictures
            while len(self._sheets) > SHEETS_KEPT:
                self._sheets.popitem(last=False)
        return pictures


def _is_html(found: Fetched) -> bool:
    """By the type that the server states; by its beginning if it states none."""
    if found.content_type:
        return found.content_type in _HTML
    return found.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower().startswith(_LIKE_HTML)
