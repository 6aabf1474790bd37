"""What is on a page: its links, its pictures and how each is embedded, read as browsers read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from oracle.crawl import srcset
from oracle.crawl.charsets import decode_page, query_in
from oracle.crawl.css import pictures_of_sheet, pictures_of_style
from oracle.crawl.nesting import bounded
from oracle.crawl.reservations import NO_LINKS, NO_USE, rules_of_metas
from oracle.crawl.structured import json_ld_pictures
from oracle.names import BadNameError, join_url

MAX_LINKS = 500
MAX_IMAGES = 500
MAX_SHEETS = 8
MAX_ELEMENTS = 50_000
# Documents within documents: srcdoc frames, and shadow roots that are written down.
MAX_NESTING = 3

# Ways in which a page shows a picture. The others only name one: a link, what a page tells to search engines and to
# those who share it, what it loads ahead.
SHOWN = frozenset({"img", "srcset", "lazy", "css", "svg", "input", "background", "object"})
NAMED = frozenset({"link", "meta", "json-ld", "preload"})

_IMAGE_NAME = re.compile(r"\.(jpe?g|jfif|jpe|png|apng|webp|gif|avif|heic|heif|bmp|tiff?|svgz?|ico)$", re.IGNORECASE)
_LAZY_WORDS = re.compile(
    r"src|set|image|img|photo|pic|original|orig|lazy|full|large|zoom|retina|bg|background|poster|url"
)
_IMG_ATTRIBUTES = frozenset(
    {"src", "srcset", "alt", "title", "class", "id", "style", "sizes", "longdesc", "usemap", "name", "type", "media"}
)
_INLINE = ("data:", "javascript:", "mailto:", "tel:", "#", "blob:", "about:")
_META_IMAGES = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "thumbnail", "image_src"}
)
_REFRESH = re.compile(r"^\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.IGNORECASE)


@dataclass(frozen=True)
class FoundImage:
    """A picture on a page. `embedded` says how: one of SHOWN or NAMED."""

    url: str
    page_url: str
    embedded: str

    @property
    def is_shown(self) -> bool:
        """Whether the page shows the picture, rather than only naming it."""
        return self.embedded in SHOWN


@dataclass(frozen=True)
class Page:
    """A page as the crawler reads it. `metas` are the (name, content) of its meta tags, `sheets` its style sheets."""

    url: str
    title: str
    links: tuple[str, ...]
    images: tuple[FoundImage, ...]
    metas: tuple[tuple[str, str], ...]
    sheets: tuple[str, ...] = ()

    @property
    def noindex(self) -> bool:
        """Whether a robots meta tag, or a TDM reservation in one, forbids the use of the page."""
        reserved = any(n.strip().lower() == "tdm-reservation" and c.strip() == "1" for n, c in self.metas)
        return reserved or bool(NO_USE & rules_of_metas(self.metas))

    def with_pictures(self, urls: Iterable[str]) -> Page:
        """The page with the pictures of a linked style sheet."""
        found = {image.url: image for image in self.images}
        for url in urls:
            if url not in found and len(found) < MAX_IMAGES:
                found[url] = FoundImage(url, self.url, "css")
        return replace(self, images=tuple(found.values()))


def read_sheet(url: str, body: bytes, charset: str = "") -> list[str]:
    """Canonical addresses of the pictures of a style sheet, to which they are relative."""
    text, _ = decode_page(body, charset)
    found = (_joined(url, said) for said in pictures_of_sheet(text))
    return list(dict.fromkeys(address for address in found if address))


def read_page(url: str, body: bytes, charset: str = "") -> Page:
    """Links and pictures of an HTML page, as canonical URLs, without doubles, in order of appearance.

    `charset` is what the server states. A page that says nofollow has no links.
    """
    text, encoding = decode_page(body, charset)
    tree = LexborHTMLParser(bounded(text))
    base_node = tree.css_first("base[href]")
    said_base = (base_node.attributes.get("href") or "") if base_node else ""
    base = _joined(url, said_base) or url
    images: dict[str, FoundImage] = {}
    links: dict[str, None] = {}
    sheets: dict[str, None] = {}

    def absolute(said: str) -> str | None:
        return _joined(base, query_in(encoding, said))

    for source, embedded in _image_sources(tree, 0):
        found = absolute(source)
        if found and len(images) < MAX_IMAGES:
            known = images.get(found)
            # Named first and shown later is shown.
            if known is None or (embedded in SHOWN and not known.is_shown):
                images[found] = FoundImage(found, url, embedded)
    for said in _link_sources(tree):
        found = absolute(said)
        if found and found not in images and len(links) < MAX_LINKS:
            links[found] = None
    for node in tree.css("link[href]"):
        if "stylesheet" in _rel(node) and "alternate" not in _rel(node) and len(sheets) < MAX_SHEETS:
            found = absolute(node.attributes.get("href") or "")
            if found:
                sheets[found] = None
    metas = tuple(
        (node.attributes.get("name") or node.attributes.get("property") or "", node.attributes.get("content") or "")
        for node in tree.css("meta[content]")[:1000]
    )
    title = tree.css_first("title")
    return Page(
        url=url,
        title=title.text(strip=True) if title else "",
        links=() if NO_LINKS & rules_of_metas(metas) else tuple(links),
        images=tuple(images.values()),
        metas=metas,
        sheets=tuple(sheets),
    )


def _image_sources(tree: LexborHTMLParser, depth: int) -> Iterator[tuple[str, str]]:
    for node in tree.css("*")[:MAX_ELEMENTS]:
        tag, said = (node.tag or "").lower(), node.attributes
        read = _READERS.get(tag)
        if read is not None:
            yield from read(node)
        if said.get("style"):
            yield from ((found, "css") for found in pictures_of_style(said["style"] or ""))
        if said.get("background") and tag in ("body", "table", "thead", "tbody", "tr", "td", "th", "div"):
            yield said["background"] or "", "background"
        yield from _lazy(node)
        inner = said.get("srcdoc") if tag == "iframe" else _shadow_root(node) if tag == "template" else None
        if inner and depth < MAX_NESTING:
            yield from _image_sources(LexborHTMLParser(bounded(inner)), depth + 1)


def _img(node: LexborNode) -> Iterator[tuple[str, str]]:
    """A browser takes its pick of srcset, and src only where there is none."""
    best = srcset.largest(node.attributes.get("srcset") or "")
    if best:
        yield best, "srcset"
    elif node.attributes.get("src"):
        yield node.attributes["src"] or "", "img"


def _source(node: LexborNode) -> Iterator[tuple[str, str]]:
    best = srcset.largest(node.attributes.get("srcset") or "")
    if best:
        yield best, "srcset"


def _video(node: LexborNode) -> Iterator[tuple[str, str]]:
    yield node.attributes.get("poster") or "", "img"


def _svg_image(node: LexborNode) -> Iterator[tuple[str, str]]:
    yield node.attributes.get("href") or node.attributes.get("xlink:href") or "", "svg"


def _input(node: LexborNode) -> Iterator[tuple[str, str]]:
    if (node.attributes.get("type") or "").strip().lower() == "image":
        yield node.attributes.get("src") or "", "input"


def _object(node: LexborNode) -> Iterator[tuple[str, str]]:
    said = node.attributes.get("data") or node.attributes.get("src") or ""
    kind = (node.attributes.get("type") or "").strip().lower()
    if kind.startswith("image/") or (not kind and _names_image(said)):
        yield said, "object"


def _style(node: LexborNode) -> Iterator[tuple[str, str]]:
    yield from ((found, "css") for found in pictures_of_sheet(node.text()))


def _meta(node: LexborNode) -> Iterator[tuple[str, str]]:
    said = node.attributes
    names = {(said.get(key) or "").strip().lower() for key in ("property", "name", "itemprop")}
    if names & _META_IMAGES or (said.get("itemprop") or "").strip().lower() in ("image", "thumbnailurl"):
        yield said.get("content") or "", "meta"


def _link(node: LexborNode) -> Iterator[tuple[str, str]]:
    said, rel = node.attributes, _rel(node)
    if "image_src" in rel or (said.get("itemprop") or "").strip().lower() == "image":
        yield said.get("href") or "", "meta"
    elif "preload" in rel and (said.get("as") or "").strip().lower() == "image":
        yield srcset.largest(said.get("imagesrcset") or "") or said.get("href") or "", "preload"


def _script(node: LexborNode) -> Iterator[tuple[str, str]]:
    kind = (node.attributes.get("type") or "").split(";")[0].strip().lower()
    if kind == "application/ld+json":
        yield from ((found, "json-ld") for found in json_ld_pictures(node.text()))


def _anchor(node: LexborNode) -> Iterator[tuple[str, str]]:
    said = node.attributes.get("href") or ""
    if _names_image(said):
        yield said, "link"


_READERS: dict[str, Callable[[LexborNode], Iterator[tuple[str, str]]]] = {
    **dict.fromkeys(("img", "amp-img", "amp-anim"), _img),
    "source": _source,
    "video": _video,
    **dict.fromkeys(("image", "feimage"), _svg_image),
    "input": _input,
    **dict.fromkeys(("object", "embed"), _object),
    "style": _style,
    "meta": _meta,
    "link": _link,
    "script": _script,
    **dict.fromkeys(("a", "area"), _anchor),
}


def _lazy(node: LexborNode) -> Iterator[tuple[str, str]]:
    """Scripts that load pictures late keep the address in some attribute: which one is each script's own choice.

    By rule, not by list: what names a picture by its ending, is a srcset or a CSS url(), or stands on a picture's
    element in a data attribute that speaks of pictures.
    """
    on_picture = node.tag in ("img", "amp-img", "source", "picture")
    for name, value in node.attributes.items():
        said = (value or "").strip()
        is_data = name.startswith("data-")
        if not said or not (is_data or (on_picture and name not in _IMG_ATTRIBUTES)):
            continue
        if said.lower().startswith((*_INLINE, "{", "[", "<")):
            continue
        speaks = is_data and _LAZY_WORDS.search(name) is not None
        if "url(" in said.lower():
            yield from ((found, "lazy") for found in pictures_of_style(said))
        elif speaks and ("srcset" in name or name.endswith("set") or srcset.LIKELY.search(said)):
            yield srcset.largest(said), "lazy"
        elif not re.search(r"\s", said) and (
            _names_image(said) or (on_picture and speaks and re.search(r"[./]", said))
        ):
            yield said, "lazy"


def _shadow_root(node: LexborNode) -> str | None:
    """What a template shows as a shadow root; other templates show nothing by themselves."""
    if (node.attributes.get("shadowrootmode") or "").strip().lower() not in ("open", "closed"):
        return None
    return f"<div{(node.html or '').removeprefix('<template')}"


def _link_sources(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("a[href], area[href], link[href], iframe[src], frame[src], meta[http-equiv]"):
        said = node.attributes
        rel = _rel(node)
        if "nofollow" in rel:
            continue
        if node.tag == "meta":
            if (said.get("http-equiv") or "").strip().lower() == "refresh":
                found = _REFRESH.match(said.get("content") or "")
                if found:
                    yield found[1]
        elif node.tag != "link" or {"next", "prev", "canonical"} & set(rel):
            yield said.get("href") or said.get("src") or ""


def _names_image(said: str) -> bool:
    return _IMAGE_NAME.search(re.split(r"[?#]", said, maxsplit=1)[0].strip()) is not None


def _joined(base: str, said: str) -> str | None:
    if not said.strip() or said.strip().lower().startswith(_INLINE):
        return None
    try:
        return join_url(base, said)
    except BadNameError:
        return None


def _rel(node: LexborNode) -> list[str]:
    return (node.attributes.get("rel") or "").lower().split()
