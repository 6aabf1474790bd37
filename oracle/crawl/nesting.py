"""Keeps HTML within what a parser bears: time and memory of HTML's own algorithm grow with the square of nesting.

Browsers stop at some depth (Chromium at 512) and go on flat; so do we. An element is made flat by giving it the name of
one that cannot have children, so that its attributes, and the pictures in them, stay.
"""

from __future__ import annotations

import re

MAX_DEPTH = 512
# Open at once; each is repeated in every paragraph that follows.
MAX_FORMATTING = 12
# Behind these many tags a page is cut off.
MAX_TAGS = 100_000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_FLAT = "wbr"
_VOID = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "image", "input", "keygen"}
    | {"link", "meta", "param", "source", "track", "wbr"}
)
# Their end is understood when the next one begins, so that they do not nest by themselves.
_ENDED_BY_NEXT = frozenset(
    {"a", "nobr", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "tbody", "thead", "tfoot", "caption"}
    | {"colgroup", "rb", "rt", "rtc", "rp", "html", "head", "body"}
)
_FORMATTING = frozenset({"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"})


def bounded(text: str) -> str:
    """The text with bounded nesting, formatting and number of tags; the same text if it is within the bounds."""
    if text.count("<") <= MAX_DEPTH:
        return text
    open_count = formatting = tags = 0
    flat: dict[str, int] = {}
    pieces: list[str] = []
    start = 0
    for tag in _TAG.finditer(text):
        tags += 1
        if tags > MAX_TAGS:
            return "".join(pieces) + text[start : tag.start()]
        closing, name = tag[1], tag[2].lower()
        if name in _VOID or name in _ENDED_BY_NEXT:
            continue
        is_formatting = name in _FORMATTING
        if not closing and (open_count < MAX_DEPTH and not (is_formatting and formatting >= MAX_FORMATTING)):
            open_count, formatting = open_count + 1, formatting + is_formatting
            continue
        if closing and not flat.get(name):
            open_count, formatting = max(0, open_count - 1), max(0, formatting - is_formatting)
            continue
        flat[name] = flat.get(name, 0) + (-1 if closing else 1)
        pieces.append(f"{text[start : tag.start()]}<{closing}{_FLAT}")
        start = tag.end()
    return "".join(pieces) + text[start:]
