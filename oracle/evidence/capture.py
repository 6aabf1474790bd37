"""One visit to a page by headless Chromium, which has no network of its own.

Every request of the browser is answered by our hardened fetcher, so that the rules of `oracle.crawl.http` hold for
pages as well, and the WARC holds just the bytes that the page was shown from.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

import psutil
from playwright.sync_api import Browser, Error, FloatRect, Playwright, Request, Route, ViewportSize, sync_playwright
from playwright.sync_api import Page as BrowserPage

from oracle.crawl.http import Exchange, Fetched, Fetcher
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
    user_agent: str = ""
    browser_version: str = ""


class Camera:
    """A running Chromium. Use it from the thread that made it."""

    def __init__(self, fetcher: Fetcher, chromium: str | None = None, sandbox: bool = True) -> None:
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
            raise EvidenceError(f"Chromium does not start: {problem.message}") from problem

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
        """Visit the page and keep everything. Raises EvidenceError for error pages, walls and browser failures."""
        try:
            first = self._fetcher.fetch(url, headers=_BROWSER_ACCEPT)
        except FetchError as problem:
            raise EvidenceError(f"{url} cannot be fetched: {problem}") from problem
        if first.status != 200:
            raise EvidenceError(f"{url} answers {first.status}: an error page is no evidence")
        # A page whose script never ends cannot be stopped from within: then the browser is ended.
        watchdog = threading.Timer(VISIT_SECONDS, _kill_browsers)
        watchdog.start()
        try:
            return self._visit(url, first)
        except (Error, ValueError, TypeError) as problem:
            raise EvidenceError(f"{url} could not be shown: {problem}") from problem
        finally:
            watchdog.cancel()

    def _visit(self, url: str, first: Fetched) -> PageCapture:
        exchanges: list[Exchange] = list(first.exchanges)
        context = self._browser.new_context(
            viewport=VIEWPORT, service_workers="block", user_agent=self._fetcher.user_agent
        )
        try:
            context.set_default_timeout(NAVIGATION_SECONDS * 1000)

            def answer(route: Route, request: Request) -> None:
                _answer(route, request, self._fetcher, first, exchanges)

            context.route("**/*", answer)
            page = context.new_page()
            page.goto(first.final_url, wait_until="load")
            _scroll_through(page)
            text = page.evaluate("document.body ? document.body.innerText : ''")
            _refuse_walls(url, page.title(), text)
            height = int(page.evaluate("document.documentElement.scrollHeight"))
            clip = FloatRect(x=0, y=0, width=VIEWPORT["width"], height=min(height, MAX_SCREENSHOT_HEIGHT))
            screenshot = page.screenshot(full_page=True, clip=clip)
            devtools = context.new_cdp_session(page)
            mhtml = devtools.send("Page.captureSnapshot", {"format": "mhtml"})["data"]
            return PageCapture(
                url=url,
                final_url=first.final_url,
                title=page.title(),
                seen_at=int(time.time()),
                screenshot=screenshot,
                mhtml=mhtml.encode(),
                exchanges=tuple(exchanges),
                user_agent=self._fetcher.user_agent,
                browser_version=self._browser.version,
            )
        finally:
            context.close()


_BROWSER_ACCEPT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en,de;q=0.8"}


def _answer(route: Route, request: Request, fetcher: Fetcher, first: Fetched, exchanges: list[Exchange]) -> None:
    """Answers one request of the browser from our own fetch, and notes it."""
    used = sum(len(e.raw_body) for e in exchanges)
    if request.method != "GET" or len(exchanges) >= MAX_REQUESTS or used > MAX_VISIT_BYTES:
        route.abort("blockedbyclient")
        return
    if request.is_navigation_request() and request.url == first.final_url:
        found = first
    else:
        try:
            found = fetcher.fetch(request.url)
        except FetchError:
            route.abort("failed")
            return
        exchanges.extend(found.exchanges)
    # Bodies are given decoded and whole, so the headers that describe their form on the wire would be wrong.
    dropped = ("content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive")
    headers = {k: v for k, v in found.answer.headers if k.lower() not in dropped}
    route.fulfill(status=found.status, headers=headers, body=found.body)


def _kill_browsers() -> None:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in child.name():
                child.kill()


def _scroll_through(page: BrowserPage) -> None:
    """Once down and up again, so that pictures which load when they come into view do."""
    page.evaluate(
        """async () => {
            const step = window.innerHeight, end = Math.min(document.documentElement.scrollHeight, 20000);
            for (let y = 0; y < end; y += step) { window.scrollTo(0, y); await new Promise(r => setTimeout(r, 30)); }
            window.scrollTo(0, 0);
            const waiting = [...document.images].filter(i => !i.complete && i.currentSrc);
            const loaded = waiting.map(i => new Promise(r => { i.onload = i.onerror = r; }));
            await Promise.race([Promise.all(loaded), new Promise(r => setTimeout(r, 3000))]);
        }"""
    )


def _refuse_walls(url: str, title: str, text: str) -> None:
    shown = f"{title}\n{text}".lower()
    if len(shown) <= _WALL_TEXT_LENGTH and any(sign in shown for sign in _WALLS):
        raise EvidenceError(f"{url} shows a CAPTCHA or an access wall: that is no evidence")


def find_chromium() -> str:
    """Path of the installed Chromium. Raises EvidenceError."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    raise EvidenceError("Chromium is not installed: apt-get install chromium, or set CHROMIUM_PATH")
