"""One visit to a page by headless Chromium, which has no network of its own.

Every request of the browser is answered by our hardened fetcher, so that the rules of `oracle.crawl.http` hold for
pages as well, and the WARC holds just the bytes that the page was shown from. What the page's own scripts may change is
never asked for: sizes and text come from the browser itself and from a world of scripts apart from the page's.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import threading
import time
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol

import psutil
from playwright.sync_api import Browser, CDPSession, Error, Playwright, Request, Route, ViewportSize, sync_playwright
from playwright.sync_api import Page as BrowserPage

from oracle.crawl.clock import RestingError
from oracle.crawl.http import Exchange, Fetched
from oracle.errors import EvidenceError, FetchError

VIEWPORT = ViewportSize(width=1280, height=900)
NAVIGATION_SECONDS = 30
MAX_SCREENSHOT_HEIGHT = 12_000
VISIT_SECONDS = 75.0
MAX_REQUESTS = 300
MAX_VISIT_BYTES = 100 * 1024 * 1024
# Signs of a page that shows us something else than it shows to people. Only short pages: articles may use the words.
_WALLS = ("captcha", "verify you are human", "are you a robot", "access denied", "attention required", "rate limit")
_WALL_TEXT_LENGTH = 1500
_BROWSER_ACCEPT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en,de;q=0.8"}
# What the browser says of itself with each request: some servers give a picture only to who comes from their page.
_HANDED_ON = ("accept", "accept-language", "referer", "origin")
# Bodies are given decoded and whole, so the headers that describe their form on the wire would be wrong.
_NOT_HANDED_BACK = ("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_WORLD = "copytrack"

_ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    # WebRTC would speak UDP past the fetcher, and show the node's address.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-first-run",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
]


class Fetches(Protocol):
    """What a camera fetches with: a Fetcher, or a visitor that heeds what sites say."""

    user_agent: str

    def fetch(self, url: str, *, headers: Mapping[str, str] | None = None) -> Fetched: ...


@dataclass(frozen=True)
class PageCapture:
    """What one visit showed. `exchanges` holds each request and response, the page's own first."""

    url: str
    final_url: str
    title: str
    seen_at: int
    screenshot: bytes = field(repr=False)
    mhtml: bytes = field(repr=False)
    exchanges: tuple[Exchange, ...] = field(repr=False)
    fetched: tuple[Fetched, ...] = field(repr=False, default=())
    """What the page loaded, decoded."""
    user_agent: str = ""
    browser_version: str = ""


class Camera:
    """A running Chromium. Use it from the thread that made it."""

    def __init__(self, fetcher: Fetches, chromium: str | None = None, sandbox: bool = True) -> None:
        self._fetcher = fetcher
        self._playwright: Playwright = sync_playwright().start()
        try:
            self._browser: Browser = self._playwright.chromium.launch(
                executable_path=chromium or find_chromium(),
                args=_ARGUMENTS,
                chromium_sandbox=sandbox,
                timeout=NAVIGATION_SECONDS * 1000,
            )
        except Error as problem:
            self._playwright.stop()
            raise EvidenceError(f"Chromium did not start: {problem.message}") from problem

    def __enter__(self) -> Camera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(Error):  # it may have died already
            self._browser.close()
        self._playwright.stop()

    def capture(self, url: str) -> PageCapture:
        """Visit the page and keep everything.

        Raises EvidenceError for error pages, walls and browser failures, RestingError for a site that is left alone.
        """
        try:
            first = self._fetcher.fetch(url, headers=_BROWSER_ACCEPT)
        except RestingError:
            raise
        except FetchError as problem:
            raise EvidenceError(f"{url} cannot be fetched: {problem}") from problem
        if first.status != 200:
            raise EvidenceError(f"{url} returned status {first.status}: an error page is not evidence")
        # A page whose script never ends cannot be stopped from within: then the browser is ended.
        watchdog = threading.Timer(VISIT_SECONDS, _kill_browsers)
        watchdog.start()
        try:
            return self._visit(url, first)
        except (Error, ValueError, TypeError, KeyError) as problem:
            raise EvidenceError(f"{url} could not be displayed: {problem}") from problem
        finally:
            watchdog.cancel()

    def _visit(self, url: str, first: Fetched) -> PageCapture:
        visit = _Visit(self._fetcher, first)
        context = self._browser.new_context(
            viewport=VIEWPORT, service_workers="block", user_agent=self._fetcher.user_agent
        )
        try:
            context.set_default_timeout(NAVIGATION_SECONDS * 1000)
            page = context.new_page()
            visit.page = page
            context.route("**/*", visit.answer)
            devtools = context.new_cdp_session(page)
            documents: list[str] = []
            devtools.on("Page.frameNavigated", lambda event: _note_document(event, documents))
            devtools.send("Page.enable")
            try:
                page.goto(first.final_url, wait_until="load")
            except Error:
                # A script or a meta tag that leads elsewhere was stopped; the page as served is there.
                if not visit.left_alone or _document(devtools)[1].partition("#")[0] != first.final_url:
                    raise
            shown = _document(devtools)
            world = devtools.send("Page.createIsolatedWorld", {"frameId": shown[0], "worldName": _WORLD})
            run = _Isolated(devtools, world["executionContextId"])
            run(_SCROLL_THROUGH)
            title, text = str(run("document.title")), str(run("document.body ? document.body.innerText : ''"))
            _refuse_walls(url, title, text)
            height = devtools.send("Page.getLayoutMetrics")["cssContentSize"]["height"]
            height = min(max(int(height), VIEWPORT["height"]), MAX_SCREENSHOT_HEIGHT)
            clip = {"x": 0, "y": 0, "width": VIEWPORT["width"], "height": height, "scale": 1}
            picture = devtools.send(
                "Page.captureScreenshot",
                {"format": "png", "optimizeForSpeed": True, "captureBeyondViewport": True, "clip": clip},
            )
            mhtml = devtools.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
            if len(set(documents)) != 1 or _document(devtools)[0::2] != shown[0::2]:
                raise EvidenceError(f"{url} changed to another page during the capture, so it is not evidence")
            return PageCapture(
                url=url,
                final_url=first.final_url,
                title=title,
                seen_at=int(time.time()),
                screenshot=b64decode(picture["data"]),
                mhtml=mhtml.encode(),
                exchanges=tuple(visit.exchanges),
                fetched=tuple(visit.fetched),
                user_agent=self._fetcher.user_agent,
                browser_version=self._browser.version,
            )
        finally:
            context.close()


class _Visit:
    """Answers the requests of one visit from our own fetches, and notes them."""

    def __init__(self, fetcher: Fetches, first: Fetched) -> None:
        self._fetcher = fetcher
        self._first = first
        self._is_shown = False
        self.page: BrowserPage | None = None
        self.exchanges: list[Exchange] = list(first.exchanges)
        self.fetched: list[Fetched] = [first]
        self.left_alone = False
        """Whether the page wanted to lead elsewhere."""

    def answer(self, route: Route, request: Request) -> None:
        """One request of the browser. The page itself is shown once: it may not become another one's."""
        used = sum(len(e.raw_body) for e in self.exchanges)
        if request.method != "GET" or len(self.exchanges) >= MAX_REQUESTS or used > MAX_VISIT_BYTES:
            route.abort("blockedbyclient")
            return
        if self._is_of_the_page_itself(request):
            if self._is_shown or request.url.partition("#")[0] != self._first.final_url:
                self.left_alone = True
                route.abort("aborted")
                return
            self._is_shown = True
            _fulfil(route, self._first)
            return
        try:
            found = self._fetcher.fetch(request.url, headers=self._headers(request))
        except FetchError:
            route.abort("failed")
            return
        self.exchanges.extend(found.exchanges)
        self.fetched.append(found)
        _fulfil(route, found)

    def _is_of_the_page_itself(self, request: Request) -> bool:
        return request.is_navigation_request() and self.page is not None and request.frame == self.page.main_frame

    def _headers(self, request: Request) -> dict[str, str]:
        sent = {k.title(): v for k, v in request.headers.items() if k.lower() in _HANDED_ON}
        if self.page is not None:
            cookies = self.page.context.cookies([request.url])
            if cookies:
                sent["Cookie"] = "; ".join(f"{c.get('name')}={c.get('value')}" for c in cookies)
        return sent


def _fulfil(route: Route, found: Fetched) -> None:
    headers: dict[str, str] = {}
    for name, value in found.answer.headers:
        if name.lower() in _NOT_HANDED_BACK or not _HEADER_VALUE.fullmatch(value):
            continue
        # The browser's protocol takes several cookies as lines of one value.
        between = "\n" if name.lower() == "set-cookie" else ", "
        headers[name] = f"{headers[name]}{between}{value}" if name in headers else value
    route.fulfill(status=found.status, headers=headers, body=found.body)


def _note_document(event: Mapping[str, Any], documents: list[str]) -> None:
    """Documents that the page's own frame showed, one after the other; frames inside it have a parent."""
    if "parentId" not in event["frame"]:
        documents.append(str(event["frame"]["loaderId"]))


def _document(devtools: CDPSession) -> tuple[str, str, str]:
    """Id of the page's frame, its address, and the id of the very document that it shows."""
    frame = devtools.send("Page.getFrameTree")["frameTree"]["frame"]
    return str(frame["id"]), str(frame["url"]), str(frame["loaderId"])


class _Isolated:
    """Runs scripts in a world of their own: what the page does to its objects does not reach there."""

    def __init__(self, devtools: CDPSession, context_id: int) -> None:
        self._devtools = devtools
        self._context_id = context_id

    def __call__(self, script: str) -> Any:
        """Value of the script; empty for one that fails, since no answer is no failure of the visit."""
        answer = self._devtools.send(
            "Runtime.evaluate",
            {"expression": script, "contextId": self._context_id, "awaitPromise": True, "returnByValue": True},
        )
        return answer["result"].get("value", "")


def _kill_browsers() -> None:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in child.name():
                child.kill()


# Once down and up again, so that pictures which load when they come into view do.
_SCROLL_THROUGH = """(async () => {
    const step = window.innerHeight, end = Math.min(document.documentElement.scrollHeight, 20000);
    for (let y = 0; y < end; y += step) { window.scrollTo(0, y); await new Promise(r => setTimeout(r, 30)); }
    window.scrollTo(0, 0);
    const waiting = [...document.images].filter(i => !i.complete && i.currentSrc);
    const loaded = waiting.map(i => new Promise(r => { i.onload = i.onerror = r; }));
    await Promise.race([Promise.all(loaded), new Promise(r => setTimeout(r, 3000))]);
})()"""


def _refuse_walls(url: str, title: str, text: str) -> None:
    shown = f"{title}\n{text}".lower()
    if len(shown) <= _WALL_TEXT_LENGTH and any(sign in shown for sign in _WALLS):
        raise EvidenceError(f"{url} shows a CAPTCHA or an access wall, which is not evidence")


def find_chromium() -> str:
    """Path of the installed Chromium. Raises EvidenceError."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    raise EvidenceError("Chromium is not installed: apt-get install chromium, or set CHROMIUM_PATH")
