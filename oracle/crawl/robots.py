"""robots.txt (RFC 9309): which addresses a site lets our crawler ask for, and how often."""

from __future__ import annotations

import codecs
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from oracle.crawl.http import AGENT, Exchange, Fetched, Fetcher, ignore
from oracle.errors import FetchError

KEEP_SECONDS = 3600.0
# How long a site without a readable answer is left alone before it is asked again.
UNREACHABLE_SECONDS = 600.0
# Rules of hosts that are kept at once; those asked longest ago are forgotten.
MAX_HOSTS = 20_000
MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309 § 2.5: at least 500 kibibytes are parsed
# A longer pause is kept too, but by visiting the site less often (see `oracle.crawl.clock`).
MAX_DELAY = 86_400.0

_AGENT_LINE = re.compile(r"^([ \t]*user[ -]?agent[ \t]*:[ \t]*)([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_-]+")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Rules:
    """What one robots.txt says to our crawler."""

    parsed: Protego | None
    """None: nothing is allowed."""

    def allow(self, url: str) -> bool:
        return self.parsed is not None and bool(self.parsed.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for, by Crawl-delay or Request-rate; 0 if it does not say."""
        if self.parsed is None:
            return 0.0
        rate = self.parsed.request_rate(AGENT)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        said = max(float(self.parsed.crawl_delay(AGENT) or 0.0), by_rate)
        return min(said, MAX_DELAY) if said > 0 else 0.0  # no number is neither above nor below


@dataclass(frozen=True)
class _Kept:
    rules: Rules
    until: float


class Robots:
    """Rules of the sites, fetched once an hour. Safe to use from several threads."""

    def __init__(self, fetcher: Fetcher, heed: Callable[[Exchange], None] = ignore) -> None:
        """`heed` is told of every answer, such as one that asks us to come later."""
        self._fetcher = fetcher
        self._heed = heed
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, url: str) -> bool:
        """Whether the site lets our crawler fetch the URL (canonical)."""
        return self.rules(url).allow(url)

    def delay(self, url: str) -> float:
        """Seconds that the site asks for between requests; 0 if it does not say."""
        return self.rules(url).delay

    def rules(self, url: str) -> Rules:
        """Rules for the host of the URL."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._kept.get(place)
        if known is None or known.until < time.monotonic():
            known = self._fetch(place)
            with self._lock:
                self._kept[place] = known
                self._kept.move_to_end(place)
                while len(self._kept) > MAX_HOSTS:
                    self._kept.popitem(last=False)
        return known.rules

    def _fetch(self, place: str) -> _Kept:
        """RFC 9309 § 2.3.1: a client error allows everything; no answer or a server error allows nothing. A server that
        has no time for us now (429) is treated as the latter."""
        try:
            found = self._fetcher.fetch(f"{place}/robots.txt", max_bytes=MAX_ROBOTS_BYTES, cut_off=True)
        except FetchError:
            return _Kept(Rules(None), time.monotonic() + UNREACHABLE_SECONDS)
        self._heed(found.answer)
        if found.status >= 500 or found.status == 429:
            return _Kept(Rules(None), time.monotonic() + UNREACHABLE_SECONDS)
        return _Kept(read_robots(found), time.monotonic() + KEEP_SECONDS)


def read_robots(found: Fetched) -> Rules:
    """Rules of an answer that is no error of the server."""
    if not 200 <= found.status < 300:
        return Rules(Protego.parse(""))
    return parse_robots(found.body)


def parse_robots(body: bytes) -> Rules:
    """Rules of a file. Its last line does not count where it was cut off."""
    body = body[:MAX_ROBOTS_BYTES]
    if len(body) == MAX_ROBOTS_BYTES:
        body = body[: body.rfind(b"\n") + 1]
    bom, encoding = next(((b, e) for b, e in _BOMS if body.startswith(b)), (b"", "utf-8"))
    text = body[len(bom) :].decode(encoding, "replace")
    return Rules(Protego.parse(_AGENT_LINE.sub(_exact_agent, text)))


def _exact_agent(line: re.Match[str]) -> str:
    """RFC 9309 § 2.2.1: the product token of a line binds the crawler of just that name, in any case; a version behind
    it does not matter. Protego would also take any part of the name."""
    token = _TOKEN.match(line[2].strip())
    if line[2].strip() == "*":
        return f"{line[1]}*"
    is_ours = token is not None and token[0].lower() == AGENT.lower()
    return f"{line[1]}{AGENT if is_ours else '-another-'}"
