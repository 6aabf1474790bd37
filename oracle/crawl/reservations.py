"""What a site says against the use of what it serves: X-Robots-Tag, robots meta tags, and the text-and-data-mining
reservation (TDMRep) in its three forms.

Sources: https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag (the rules and their forms),
https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/ (header, meta tag, /.well-known/tdmrep.json; what
is nearer to the content counts more).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

from oracle.crawl.hosts import HostMemory, Told
from oracle.crawl.http import AGENT, Exchange, Fetched
from oracle.errors import FetchError

TDM_FILE = "/.well-known/tdmrep.json"
KEEP_SECONDS = 86_400.0
MAX_TDM_BYTES = 256 * 1024
MAX_TDM_RULES = 1000

# Rules that end any use of a page or picture by a crawler such as ours; `noai` and `noimageai` are the request of
# artists' platforms that machines leave their pictures alone.
NO_USE = frozenset({"none", "noindex", "noimageindex", "noai", "noimageai"})
NO_LINKS = frozenset({"none", "nofollow"})
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")
_OURS = ("", "*", "robots", AGENT.lower())
_AGENT_PREFIX = re.compile(r"\s*(\*|[A-Za-z][A-Za-z0-9_-]*)(?:/[0-9.]+)?\s*:(.*)", re.DOTALL)
_ZONE_NAME = re.compile(r"\s+[A-Z]{2,4}$")
_DATES = ("%d %b %Y %H:%M:%S", "%d %b %Y", "%Y-%m-%d %H:%M:%S", "%d-%b-%Y %H:%M:%S", "%d %B %Y %H:%M:%S", "%d %B %Y")


def rules_of_header(values: Iterable[str]) -> frozenset[str]:
    """Rules of X-Robots-Tag headers that bind us, in lower case. A name of a crawler counts up to the next one."""
    binding: set[str] = set()
    for value in values:
        agent = ""
        parts = value.lower().split(",")
        for number, part in enumerate(parts):
            prefix = _AGENT_PREFIX.fullmatch(part)
            if prefix and prefix[1] not in _WITH_VALUE:
                agent, part = prefix[1], prefix[2]
            if agent in _OURS:
                # A date may have a comma behind its weekday.
                binding.add(_rule(part, parts[number + 1] if number + 1 < len(parts) else ""))
    return frozenset(binding - {""})


def rules_of_metas(metas: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Rules of all robots meta tags, (name, content) each, that bind us: what any of them forbids is forbidden."""
    binding: set[str] = set()
    for name, content in metas:
        if name.strip().lower() in ("robots", AGENT.lower()):
            parts = content.lower().split(",")
            binding |= {_rule(p, parts[n + 1] if n + 1 < len(parts) else "") for n, p in enumerate(parts)}
    return frozenset(binding - {""})


def _rule(part: str, following: str) -> str:
    """One rule. A date that has passed makes `noindex` of unavailable_after; one that nobody can read does too."""
    rule = part.strip()
    if not rule.startswith("unavailable_after"):
        return rule
    said = rule.partition(":")[2].strip()
    at = _date(said) or _date(f"{said}, {following.strip()}") or _date(following.strip())
    return "noindex" if at is None or at <= datetime.now(UTC) else ""


def _date(said: str) -> datetime | None:
    """RFC 822, RFC 850 or ISO 8601, as the rule allows; zones that have no number are taken as UTC."""
    bare = _ZONE_NAME.sub("", said.upper())
    readers: list[Callable[[], datetime]] = [
        lambda: parsedate_to_datetime(said),
        lambda: datetime.fromisoformat(said.upper()),
        *(partial(datetime.strptime, bare, form) for form in _DATES),
    ]
    for read in readers:
        try:
            found = read()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


@dataclass(frozen=True)
class Reservation:
    """What binds us for one address. `reason` is why nothing there must be used, or empty."""

    reason: str
    follow: bool


def reservation(answer: Exchange, tdm: TdmFiles | None = None, metas: Iterable[tuple[str, str]] = ()) -> Reservation:
    """What headers, meta tags (of a page) and the site's TDMRep file say of an answer."""
    metas = list(metas)
    header, meta = rules_of_header(answer.header_values("x-robots-tag")), rules_of_metas(metas)
    follow = not NO_LINKS & (header | meta)
    if forbidden := NO_USE & header:
        return Reservation(f"the server sends X-Robots-Tag: {', '.join(sorted(forbidden))}", follow)
    if forbidden := NO_USE & meta:
        return Reservation(f"the page's robots meta tag says {', '.join(sorted(forbidden))}", follow)
    said = [content.strip() for name, content in metas if name.strip().lower() == "tdm-reservation"]
    said = said or [value.strip() for value in answer.header_values("tdm-reservation")]
    reserved = "1" in said if said else tdm is not None and tdm.reserves(answer.url)
    # Reading a page for its links is mining it.
    return Reservation("the site reserves text and data mining" if reserved else "", follow and not reserved)


class TdmFiles:
    """The sites' /.well-known/tdmrep.json, each fetched once a day. Safe to use from several threads."""

    def __init__(self, fetch: Callable[[str], Fetched]) -> None:
        """`fetch` gets a file, in the site's turn like anything else that is asked of it."""
        self._fetch_file = fetch
        self._hosts = HostMemory(self._fetch)

    def reserves(self, url: str) -> bool:
        """Whether the site's file reserves the address (canonical). The longest pattern that fits counts."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        fitting = [(len(pattern), reserved) for pattern, reserved in self._hosts.told(url) if fits(pattern, path)]
        return bool(max(fitting, default=(0, False))[1])

    def _fetch(self, place: str) -> Told[list[tuple[str, bool]]]:
        try:
            found = self._fetch_file(place + TDM_FILE)
            body = found.body if found.status == 200 else b""
        except FetchError:
            body = b""
        return Told(read_tdm_file(body), time.monotonic() + KEEP_SECONDS, len(body))


def read_tdm_file(body: bytes) -> list[tuple[str, bool]]:
    """Patterns of paths, and whether each is reserved. What is no such file says nothing."""
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return []
    rules: list[tuple[str, bool]] = []
    for entry in (data if isinstance(data, list) else [data])[:MAX_TDM_RULES]:
        if isinstance(entry, dict) and isinstance(entry.get("location"), str):
            rules.append((entry["location"], str(entry.get("tdm-reservation")).strip() in ("1", "1.0", "True")))
    return rules


def fits(pattern: str, path: str) -> bool:
    """Whether a path begins as the pattern says: `*` stands for anything, `$` for the end (RFC 9309 § 2.2.3).

    In time that grows with the length of both only: the pattern is a stranger's.
    """
    ends = pattern.endswith("$")
    first, *rest = pattern.removesuffix("$").split("*")
    if first and not first.startswith("/"):
        first = f"/{first}"
    if not path.startswith(first):
        return False
    at = len(first)
    for number, piece in enumerate(rest):
        if ends and number == len(rest) - 1:
            return len(path) - len(piece) >= at and path.endswith(piece)
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or at == len(path)
