"""robots.txt (RFC 9309): which addresses a site lets our crawler ask for, and how often."""

from __future__ import annotations

import codecs
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from protego import Protego

from oracle.crawl.hosts import HostMemory, Told
from oracle.crawl.http import AGENT, Exchange, Fetcher, ignore
from oracle.errors import FetchError

KEEP_SECONDS = 3600.0
# How long a site without a readable answer is left alone before it is asked again.
UNREACHABLE_SECONDS = 600.0
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


class Robots:
    """Rules of the sites, fetched once an hour. Safe to use from several threads."""

    def __init__(self, fetcher: Fetcher, heed: Callable[[Exchange], None] = ignore) -> None:
        """`heed` is told of every answer, such as one that asks us to come later."""
        self._fetcher = fetcher
        self._heed = heed
        self._hosts = HostMemory(self._fetch)

    def rules(self, url: str) -> Rules:
        """Rules for the host of the URL (canonical)."""
        return self._hosts.told(url)

    def _fetch(self, place: str) -> Told[Rules]:
        """RFC 9309 § 2.3.1: a client error allows everything; no answer or a server error allows nothing. A server that
        has no time for us now (429) is treated as the latter."""
        try:
            found = self._fetcher.fetch(f"{place}/robots.txt", max_bytes=MAX_ROBOTS_BYTES, cut_off=True)
        except FetchError:
            return Told(Rules(None), time.monotonic() + UNREACHABLE_SECONDS)
        self._heed(found.answer)
        if found.status >= 500 or found.status == 429:
            return Told(Rules(None), time.monotonic() + UNREACHABLE_SECONDS)
        body = found.body if 200 <= found.status < 300 else b""
        return Told(parse_robots(body), time.monotonic() + KEEP_SECONDS, len(body))


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
