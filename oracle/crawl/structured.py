"""Pictures that JSON-LD names (https://schema.org/ImageObject), however the block is written."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

MAX_CHARACTERS = 1024 * 1024
MAX_NODES = 100_000
# Properties whose value is a picture.
_PICTURES = frozenset(
    {"image", "photo", "photos", "logo", "thumbnail", "thumbnailurl", "primaryimageofpage", "contenturl", "screenshot"}
)
_OBJECTS = frozenset({"imageobject", "photograph", "barcode"})
_OPENING = re.compile(r"(?:/\*|//)?[ \t]*<!\[CDATA\[(?:[ \t]*\*/)?|<!--")
_CLOSING = ("-->", ";", "]]>", "//", "/*", "*/")
MAX_WRAPPINGS = 12
_STATED = re.compile(
    r'"(?:image|contentUrl|thumbnailUrl|photo|primaryImageOfPage)"\s*:\s*(?:\[\s*)?"((?:[^"\\]|\\.){1,8192})"',
    re.IGNORECASE,
)


def json_ld_pictures(text: str) -> Iterator[str]:
    """Addresses of pictures in a block, as they are written. Broken JSON is searched for what it states."""
    bare = _unwrapped(text[:MAX_CHARACTERS])
    try:
        data = json.loads(bare, strict=False)
    except (ValueError, RecursionError):
        yield from (html.unescape(said[1].replace("\\/", "/")) for said in _STATED.finditer(bare))
        return
    yield from (html.unescape(said) for said in _walk(data))


def _unwrapped(text: str) -> str:
    """Without what old templates put around a block: comments, CDATA marks, a semicolon."""
    bare = text.strip()
    for _ in range(MAX_WRAPPINGS):
        if opening := _OPENING.match(bare):
            bare = bare[opening.end() :].lstrip()
        ending = next((mark for mark in _CLOSING if bare.endswith(mark)), "")
        if not opening and not ending:
            break
        bare = bare[: len(bare) - len(ending)].rstrip()
    return bare


def _walk(data: Any) -> Iterator[str]:
    """In order of the document, without recursion."""
    waiting: list[tuple[Any, bool]] = [(data, False)]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node, is_picture = waiting.pop()
        if isinstance(node, str):
            if is_picture and node.strip():
                yield node.strip()
        elif isinstance(node, list):
            waiting += [(value, is_picture) for value in reversed(node)]
        elif isinstance(node, dict):
            whole = is_picture or bool(_OBJECTS & _types(node))
            below = []
            for key, value in node.items():
                name = str(key).lower()
                if name in _PICTURES or (whole and name in ("url", "@list", "@id", "@value")):
                    # An @id is an address only where it looks like one of a picture.
                    if name != "@id" or _looks_like_a_picture(value):
                        below.append((value, True))
                elif isinstance(value, dict | list):
                    below.append((value, False))
            waiting += reversed(below)


def _types(node: dict[str, Any]) -> set[str]:
    said = node.get("@type", "")
    return {str(kind).lower() for kind in (said if isinstance(said, list) else [said])}


def _looks_like_a_picture(value: Any) -> bool:
    return isinstance(value, str) and bool(re.search(r"\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|$)", value, re.IGNORECASE))
