"""What is on a page: its links, its pictures and how each is embedded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from oracle.names import BadNameError, canonical_url

MAX_LINKS = 500
MAX_IMAGES = 500
_IMAGE_NAME = re.compile(r"\.(jpe?g|png|webp|gif|avif|bmp|tiff?)$", re.IGNORECASE)
_CSS_URL = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)""", re.IGNORECASE)


@dataclass(frozen=True)
class FoundImage:
    """A picture on a page. `embedded` says how: img, srcset, lazy, css, meta, json-ld or link."""

    url: str
    page_url: str
    embedded: str


@dataclass(frozen=True)
class Page:
    """A page as the crawler reads it."""

    url: str
    title: str
    links: tuple[str, ...]
    images: tuple[FoundImage, ...]
    noindex: bool


def read_page(url: str, body: bytes) -> Page:
    """Links and pictures of an HTML page, as canonical URLs, without doubles, in order of appearance."""
    tree = LexborHTMLParser(body)
    base_node = tree.css_first("base[href]")
    base = _absolute(url, (base_node.attributes.get("href") or "") if base_node else "") or url
    images: dict[str, FoundImage] = {}
    for source, embedded in _image_sources(tree):
        absolute = _absolute(base, source)
        if absolute and absolute not in images and len(images) < MAX_IMAGES:
            images[absolute] = FoundImage(absolute, url, embedded)
    links: dict[str, None] = {}
    for node in tree.css("a[href], link[rel=next][href], iframe[src]"):
        said = node.attributes.get("href") or node.attributes.get("src") or ""
        absolute = _absolute(base, said)
        if absolute and absolute not in images and len(links) < MAX_LINKS and "nofollow" not in _rel(node):
            links[absolute] = None
    title = tree.css_first("title")
    robots = tree.css_first('meta[name="robots" i]')
    said = (robots.attributes.get("content") or "").lower() if robots else ""
    return Page(
        url=url,
        title=title.text(strip=True) if title else "",
        links=tuple(links),
        images=tuple(images.values()),
        noindex=bool({"none", "noindex", "noimageindex"} & {rule.strip() for rule in said.split(",")}),
    )


def _image_sources(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css("img, source, video[poster]"):
        said = node.attributes
        for name in ("srcset", "data-srcset"):
            largest = _largest(said.get(name) or "")
            if largest:
                yield largest, "srcset"
        for name in ("data-src", "data-original", "data-lazy-src", "data-full"):
            if said.get(name):
                yield said[name] or "", "lazy"
        for name in ("src", "poster"):
            if node.tag != "source" and said.get(name):
                yield said[name] or "", "img"
    for node in tree.css("[style]"):
        for found in _CSS_URL.findall(node.attributes.get("style") or ""):
            yield found, "css"
    for node in tree.css("style"):
        for found in _CSS_URL.findall(node.text()):
            yield found, "css"
    for node in tree.css('meta[property="og:image"], meta[property="og:image:url"], meta[name="twitter:image"]'):
        yield node.attributes.get("content") or "", "meta"
    for node in tree.css('script[type="application/ld+json"]'):
        for found in _json_ld_images(node.text()):
            yield found, "json-ld"
    for node in tree.css("a[href]"):
        said_href = node.attributes.get("href") or ""
        if _IMAGE_NAME.search(re.split(r"[?#]", said_href)[0]):
            yield said_href, "link"


def _largest(srcset: str) -> str:
    """Candidate of a srcset with the largest width or density."""
    best, size = "", -1.0
    for part in re.split(r",\s+", srcset.strip()):
        pieces = part.split()
        if not pieces:
            continue
        said = pieces[1] if len(pieces) > 1 else "1x"
        try:
            value = float(said.rstrip("wxh,"))
        except ValueError:
            value = 1.0
        if value > size:
            best, size = pieces[0].rstrip(","), value
    return best


def _json_ld_images(text: str) -> Iterator[str]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    waiting: list[Any] = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in ("image", "thumbnailUrl", "contentUrl"):
                    for one in value if isinstance(value, list) else [value]:
                        if isinstance(one, str):
                            yield one
                        elif isinstance(one, dict) and isinstance(one.get("url"), str):
                            yield one["url"]
                elif isinstance(value, dict | list):
                    waiting.append(value)


def _absolute(base: str, said: str) -> str | None:
    if not said or said.startswith(("data:", "javascript:", "mailto:", "tel:", "#", "blob:")):
        return None
    try:
        return canonical_url(urljoin(base, said.strip()))
    except (BadNameError, ValueError):
        return None


def _rel(node: Any) -> str:
    return (node.attributes.get("rel") or "").lower()
