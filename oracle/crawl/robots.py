"""What a site allows: robots.txt (RFC 9309), X-Robots-Tag, and the text-and-data-mining reservation (TDMRep)."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from protego import Protego

from oracle.crawl.http import Exchange, Fetcher
from oracle.errors import FetchError

AGENT = "CopyTrackBot"
KEEP_SECONDS = 3600.0
# A site that asks for more is visited less often, not more slowly.
MAX_DELAY = 10.0
MAX_ROBOTS_BYTES = 512 * 1024  # RFC 9309: at least 500 kibibytes are parsed


@dataclass(frozen=True)
class _Rules:
    parsed: Protego | None  # None: nothing is allowed
    until: float


class Robots:
    """Rules of the sites, fetched once an hour."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, _Rules] = {}
        self._lock = threading.Lock()

    def allows(self, url: str) -> bool:
        """Whether the site lets our crawler fetch the URL."""
        parsed = self._rules_for(url).parsed
        return parsed is not None and bool(parsed.can_fetch(url, AGENT))

    def delay(self, url: str) -> float:
        """Seconds that the site asks for between requests; 0 if it does not say."""
        parsed = self._rules_for(url).parsed
        return min(float(parsed.crawl_delay(AGENT) or 0.0), MAX_DELAY) if parsed else 0.0

    def _rules_for(self, url: str) -> _Rules:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._rules.get(place)
        if known is None or known.until < time.monotonic():
            known = _Rules(self._fetch(place), time.monotonic() + KEEP_SECONDS)
            with self._lock:
                self._rules[place] = known
        return known

    def _fetch(self, place: str) -> Protego | None:
        """RFC 9309 § 2.3.1: a client error allows everything, no answer or a server error nothing."""
        try:
            found = self._fetcher.fetch(f"{place}/robots.txt", max_bytes=MAX_ROBOTS_BYTES)
        except FetchError:
            return None
        if found.status >= 500:
            return None
        text = found.body.decode("utf-8", "replace") if found.status < 300 else ""
        return Protego.parse(text)


def reserved(answer: Exchange) -> str | None:
    """Why what was fetched must not be used for discovery, or None."""
    for key, value in answer.headers:
        name, said = key.lower(), value.lower()
        if name == "tdm-reservation" and said.strip() == "1":
            return "the site reserves text and data mining (tdm-reservation)"
        if name == "x-robots-tag" and _binds(said):
            return f"the site says X-Robots-Tag: {value}"
    return None


def _binds(said: str) -> bool:
    agent, _, rest = said.rpartition(":")
    if agent and agent.strip() not in ("", AGENT.lower()):
        return False
    return bool({"none", "noindex", "noimageindex"} & {rule.strip() for rule in rest.split(",")})
