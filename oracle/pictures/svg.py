"""Untrusted SVG to pixels: what it refers to outside itself is taken out, then resvg draws it at a bounded size.

resvg runs no scripts and never uses the network, but opens files that `href` names, follows `use` as often as it is
told to, and recurses: so a cleaned copy of bounded extent is what it gets.
"""

from __future__ import annotations

import io
import math
import re
import zlib
from xml.etree import ElementTree as ET
from xml.parsers import expat

import resvg_py
from PIL import Image

from oracle.errors import BadImageError
from oracle.pictures.embedded import EmbeddedFiles, ReadRaster, as_text

# After unpacking and with all entities replaced.
MAX_CHARACTERS = 16 * 1024 * 1024
# With what is drawn several times counted as often. resvg recurses: its stack suffices for some hundred levels.
MAX_ELEMENTS = 200_000
MAX_DEPTH = 64
# Of its file: a drawing has no pixels of its own, so the side asked for may be larger than anybody needs.
MAX_SIDE = 4096

_SVG = "http://www.w3.org/2000/svg"
_GZIP = b"\x1f\x8b"
# What may stand before the root: white space, instructions, comments, a document type.
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*", re.DOTALL)
_ROOT = re.compile(r"<(\w+:)?svg[\s/>]")
# Anything else that begins like this may hold a drawing as XHTML does: told apart by its root.
_XML = re.compile(r"\s*<(\?xml|!--|!DOCTYPE\s+(\w+:)?svg)")
_HEAD = 65_536
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(px|pt|pc|mm|cm|in|em|rem|ex|ch|q|Q)?\s*")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
_PIXELS |= {"em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "q": 96 / 101.6, "Q": 96 / 101.6}
# Of what states neither size nor proportions (CSS Images 3, 5.3).
_DEFAULT_SIZE = (300.0, 150.0)
# A view box may have any unit; beyond these it is no size in pixels.
_USUAL_SIDES = (32.0, 10_000.0)
_USED = re.compile(r"url\(\s*['\"]?#([^'\")\s]+)")


def is_svg(data: bytes) -> bool:
    """Whether the bytes begin as an SVG does, packed with gzip or not. XHTML may too, if it holds a drawing."""
    if data.startswith(_GZIP):
        data = _unpacked(data, MAX_CHARACTERS)
    try:
        head = as_text(data[:_HEAD], partly=True)
        if not _begins_as_xml(head):
            return False
        # Comments may be long.
        text = head if len(data) <= _HEAD else as_text(data[:MAX_CHARACTERS], partly=True)
    except BadImageError:
        return False
    begun = _PROLOG.match(text)
    if _ROOT.match(text, begun.end() if begun else 0):
        return True
    return _XML.match(head) is not None and _ROOT.search(head) is not None


def _begins_as_xml(head: str) -> bool:
    first = head.lstrip()[:1]
    return first == "<" or (not first and len(head) > 1)


class Drawing:
    """A cleaned SVG. `width` and `height` are those that it states, in CSS pixels."""

    def __init__(self, data: bytes, read_raster: ReadRaster | None = None) -> None:
        """Raises BadImageError for what is none, states an impossible size, or is out of all proportion.

        `read_raster` makes pixels of pictures within the drawing that resvg does not know or that are damaged.
        """
        if data.startswith(_GZIP):
            data = _unpacked(data, MAX_CHARACTERS + 1)
        if len(data) > MAX_CHARACTERS:
            raise BadImageError(f"the SVG has more than {MAX_CHARACTERS} characters: convert it to PNG")
        self._root = _Reader(read_raster).read(as_text(data))
        self.width, self.height = _stated_size(self._root)
        _check_extent(self._root)

    def rasterise(self, side: int) -> Image.Image:
        """RGBA with its long side `side`, at most MAX_SIDE. Raises BadImageError if it cannot be drawn."""
        scale = min(side, MAX_SIDE) / max(self.width, self.height)
        self._root.set("width", str(max(1, round(self.width * scale))))
        self._root.set("height", str(max(1, round(self.height * scale))))
        text = ET.tostring(self._root, encoding="unicode")
        try:
            png = resvg_py.svg_to_bytes(svg_string=text, skip_system_fonts=True, dpi=96.0)
        except ValueError as problem:
            raise BadImageError(f"the SVG cannot be drawn ({problem}): convert it to PNG") from problem
        except BaseException as problem:
            if type(problem).__name__ != "PanicException":  # pyo3's; derives from BaseException
                raise
            raise BadImageError("the SVG cannot be drawn: convert it to PNG") from None
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            return image.convert("RGBA")


class _Reader:
    """expat, which neither loads anything nor follows references, with limits and without foreign `href`s."""

    def __init__(self, read_raster: ReadRaster | None) -> None:
        self._embedded_files = EmbeddedFiles(read_raster)
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.buffer_text = True
        self._parser.EntityDeclHandler = self._entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._open: list[ET.Element] = []
        self._root: ET.Element | None = None
        self._characters = self._elements = 0

    def read(self, text: str) -> ET.Element:
        try:
            self._parser.Parse(text, True)
        except expat.ExpatError as problem:
            raise BadImageError(
                f"the SVG is damaged or incomplete ({problem}): export it again from the original"
            ) from problem
        if self._root is None:
            raise BadImageError("the SVG is empty")
        return self._root

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system_id: str | None,
        public_id: str | None,
        notation: str | None,
    ) -> None:
        if is_parameter or (value is not None and "&" in value):
            raise BadImageError("the SVG declares nested entities: convert it to PNG")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count(len(name) + sum(len(key) + len(value) for key, value in attributes.items()))
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise BadImageError("the SVG has too many elements or nests them too deeply: convert it to PNG")
        element = ET.Element(_qualified(name))
        for key, value in attributes.items():
            kept = self._link(value) if key.rpartition("}")[2] == "href" else value
            if kept is not None:
                element.set(_qualified(key), kept)
        if self._open:
            self._open[-1].append(element)
        elif element.tag != f"{{{_SVG}}}svg":
            raise BadImageError("not a picture: this is XML, but not SVG")
        else:
            self._root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._count(len(text))
        if not self._open:
            return
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_CHARACTERS:
            raise BadImageError(f"the SVG has more than {MAX_CHARACTERS} characters: convert it to PNG")

    def _link(self, value: str) -> str | None:
        """The reference if it stays within the file: `#id`, or a picture in base64 of bounded size."""
        if value.lstrip().startswith("#"):
            return value.strip()
        return self._embedded_files.link(value)


def _qualified(name: str) -> str:
    """expat's `namespace}local` as ElementTree's `{namespace}local`."""
    return "{" + name if "}" in name else name


def _unpacked(data: bytes, limit: int) -> bytes:
    """At most `limit` bytes of a gzip stream, of one that is cut off too."""
    try:
        return zlib.decompressobj(31).decompress(data, limit)
    except zlib.error:
        return b""


def _stated_size(root: ET.Element) -> tuple[float, float]:
    """Width and height in CSS pixels as browsers find them: stated, else by the view box; completes the view box."""
    box = [_number(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    has_box = len(box) == 4 and all(math.isfinite(v) for v in box) and box[2] > 0 and box[3] > 0
    width, height = _length(root.get("width")), _length(root.get("height"))
    if has_box:
        ratio = box[2] / box[3]
        if width is None and height is None:
            width, height = _size_of_box(box[2], box[3])
        elif height is None:
            height = (width or 0) / ratio
        elif width is None:
            width = height * ratio
    else:
        width = _DEFAULT_SIZE[0] if width is None else width
        height = _DEFAULT_SIZE[1] if height is None else height
    if not (width and height) or not (0 < width < math.inf and 0 < height < math.inf):
        raise BadImageError("the SVG has no usable size: give it a width, a height and a viewBox")
    if not has_box:
        root.set("viewBox", f"0 0 {width!r} {height!r}")
    return width, height


def _size_of_box(width: float, height: float) -> tuple[float, float]:
    """A view box's own numbers where they make a usual picture, else its proportions within the default size."""
    least, most = _USUAL_SIDES
    if least <= min(width, height) and max(width, height) <= most:
        return width, height
    scale = min(_DEFAULT_SIZE[0] / width, _DEFAULT_SIZE[1] / height)
    return width * scale, height * scale


def _length(value: str | None) -> float | None:
    """CSS pixels; None if it is missing, relative or no length at all."""
    found = _LENGTH.fullmatch(value or "")
    return float(found[1]) * _PIXELS[found[2] or ""] if found else None


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _check_extent(root: ET.Element) -> None:
    """Counts what is drawn, with everything that is used as often as it is used; usvg itself breaks circles."""
    named = {element.get("id"): element for element in root.iter()}
    known: dict[ET.Element, tuple[int, int]] = {}
    running: set[ET.Element] = set()

    def extent(element: ET.Element, above: int) -> tuple[int, int]:
        """Number of elements, and levels of them."""
        if element in known:
            return known[element]
        if element in running:
            return 0, 0
        if above >= MAX_DEPTH:
            raise BadImageError("the SVG nests its elements too deeply: convert it to PNG")
        running.add(element)
        used = [named[name] for name in _used(element) if name in named]
        parts = [extent(part, above + 1) for part in (*element, *used)]
        running.discard(element)
        known[element] = found = 1 + sum(n for n, _ in parts), 1 + max((levels for _, levels in parts), default=0)
        if found[0] > MAX_ELEMENTS or above + found[1] > MAX_DEPTH:
            raise BadImageError("the SVG draws too many elements: convert it to PNG")
        return found

    extent(root, 0)


def _used(element: ET.Element) -> list[str]:
    """Identifiers of what the element draws besides its children."""
    found: list[str] = []
    for key, value in element.items():
        if key.rpartition("}")[2] == "href" and value.startswith("#"):
            found.append(value[1:])
        elif "url(" in value:
            found += _USED.findall(value)
    return found
