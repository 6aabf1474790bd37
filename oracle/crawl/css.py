"""Pictures that style sheets name, by tinycss2: in style attributes, style elements and linked sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

MAX_CHARACTERS = 256 * 1024
MAX_PICTURES = 500
# Rules whose addresses are no pictures.
_NOT_PICTURES = ("font-face", "import", "namespace", "charset", "counter-style")
_SETS = ("image-set", "-webkit-image-set")


def pictures_of_style(declarations: str) -> list[str]:
    """Addresses in a style attribute, as they are written."""
    return list(_pictures(tinycss2.parse_component_value_list(declarations[:MAX_CHARACTERS], skip_comments=True)))


def pictures_of_sheet(sheet: str) -> list[str]:
    """Addresses in a style sheet, as they are written."""
    found: list[str] = []
    rules = tinycss2.parse_stylesheet(sheet[:MAX_CHARACTERS], skip_comments=True, skip_whitespace=True)
    for rule in rules:
        if rule.type == "qualified-rule" or (rule.type == "at-rule" and rule.lower_at_keyword not in _NOT_PICTURES):
            found += _pictures(rule.content or [])
        if len(found) >= MAX_PICTURES:
            break
    return found[:MAX_PICTURES]


def _pictures(values: Iterable[Any]) -> Iterator[str]:
    """Walks without recursion: how deep a sheet goes is a stranger's choice."""
    waiting: list[Iterator[Any]] = [iter(values)]
    skip_block = False
    while waiting:
        value = next(waiting[-1], None)
        if value is None:
            waiting.pop()
        elif value.type == "at-keyword":
            skip_block = value.lower_value in _NOT_PICTURES
        elif value.type == "url":
            if not skip_block:
                yield value.value
        elif value.type == "function" and value.lower_name in ("url", "src"):
            if not skip_block:
                yield from (v.value for v in value.arguments if v.type == "string")
        elif value.type == "function" and value.lower_name in _SETS:
            yield from _largest_of_set(value.arguments)
        elif value.type == "function":
            waiting.append(iter(value.arguments))
        elif value.type in ("{} block", "[] block", "() block"):
            if value.type == "{} block" and skip_block:
                skip_block = False
            else:
                waiting.append(iter(value.content))
        elif value.type == "literal" and value.value == ";":
            skip_block = False


def _largest_of_set(arguments: Iterable[Any]) -> Iterator[str]:
    """The address of the highest resolution in image-set()."""
    best, size = "", -1.0
    url, density = "", 1.0
    for value in [*arguments, None]:
        if value is None or (value.type == "literal" and value.value == ","):
            if url and density > size:
                best, size = url, density
            url, density = "", 1.0
        elif value.type in ("string", "url"):
            url = value.value
        elif value.type == "function" and value.lower_name == "url":
            url = next((v.value for v in value.arguments if v.type == "string"), url)
        elif value.type == "dimension":
            density = float(value.value) / {"x": 1, "dppx": 1, "dpi": 96, "dpcm": 96 / 2.54}.get(value.lower_unit, 1)
    if best:
        yield best
