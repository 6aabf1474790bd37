"""srcset attributes, parsed as browsers do (WHATWG HTML, "parse a srcset attribute")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_CANDIDATES = 100
# Looks like a srcset in an attribute that has another name.
LIKELY = re.compile(r"\s\d+(?:\.\d+)?[wxh]\s*(?:,|$)")

_BLANK = " \t\n\f\r"
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


class Candidate(NamedTuple):
    url: str
    size: float
    """Width in pixels where it is stated, else density."""


def candidates(srcset: str) -> Iterator[Candidate]:
    """Candidates in order. An address is a run without blanks; commas at its end end it, those inside are its own."""
    at, found = 0, 0
    while found < MAX_CANDIDATES:
        while at < len(srcset) and srcset[at] in _BLANK + ",":
            at += 1
        if at >= len(srcset):
            return
        start = at
        while at < len(srcset) and srcset[at] not in _BLANK:
            at += 1
        url = srcset[start:at]
        bare = url.rstrip(",")
        if bare != url:
            found += 1
            yield Candidate(bare, 1.0)
            continue
        at, descriptors = _descriptors(srcset, at)
        # No blank behind the comma: browsers take `a.jpg 1x,b.jpg 2x` as two, for the comma ends the descriptors.
        size = _size(descriptors)
        if size is not None:
            found += 1
            yield Candidate(url, size)


def largest(srcset: str) -> str:
    """Address of the candidate with the largest width or density that a fetch can get; empty if there is none."""
    best = max((c for c in candidates(srcset) if not _is_inline(c.url)), key=lambda c: c.size, default=None)
    return best.url if best else ""


def _descriptors(srcset: str, at: int) -> tuple[int, str]:
    """What stands up to the next comma outside of parentheses, and where the next candidate begins."""
    start, depth = at, 0
    while at < len(srcset):
        if srcset[at] == "(":
            depth += 1
        elif srcset[at] == ")":
            depth = max(0, depth - 1)
        elif srcset[at] == "," and not depth:
            return at + 1, srcset[start:at]
        at += 1
    return at, srcset[start:at]


def _size(descriptors: str) -> float | None:
    """None for descriptors with which browsers pass over the candidate."""
    size = 1.0
    for descriptor in descriptors.split():
        number = _NUMBER.fullmatch(descriptor[:-1])
        if number is None or descriptor[-1] not in "wxh" or float(descriptor[:-1]) < 0:
            return None
        if descriptor[-1] != "h":
            size = float(descriptor[:-1])
    return size


def _is_inline(url: str) -> bool:
    return url[:5].lower() in ("data:", "blob:")
