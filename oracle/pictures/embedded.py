"""What an SVG is written in, and the pictures within it: `data:` addresses as browsers read them."""

from __future__ import annotations

import base64
import binascii
import codecs
import io
import re
import urllib.parse
from collections.abc import Callable

from PIL import Image

from oracle.errors import BadImageError

# Of all pictures that the drawing contains.
MAX_EMBEDDED_PIXELS = 25_000_000
# Of those that are read here because resvg would not draw them.
MAX_READ = 16

ReadRaster = Callable[[bytes], Image.Image]

_DATA = re.compile(r"\s*data:([^,]*),", re.IGNORECASE)
_BASE64 = re.compile(r";\s*base64\s*$", re.IGNORECASE)
_DRAWN = ("PNG", "JPEG", "GIF", "WEBP")
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BARE = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
# Looked up now: a decoder may open no files later, and some of Python's other encodings take time without end.
_ENCODINGS = {
    codecs.lookup(name).name
    for name in (
        "utf-8", "ascii", "koi8-r", "koi8-u", "shift_jis", "euc-jp", "iso2022_jp", "euc-kr", "gbk", "gb2312", "gb18030",
        "big5", "mac-roman", *(f"iso8859-{n}" for n in range(1, 17) if n != 12), *(f"cp125{n}" for n in range(9)),
        "cp866", "cp874", "cp437", "cp850",
    )
}  # fmt: skip


def as_text(data: bytes, partly: bool = False) -> str:
    """The characters of an XML file by its byte order mark, else by its declaration, else UTF-8.

    `partly`: the end may be missing. Raises BadImageError for bytes that the encoding does not have.
    """
    name, start = next(((name, len(bom)) for bom, name in _BOMS if data.startswith(bom)), ("", 0))
    if not name:
        name = next((name for begin, name in _BARE if data.startswith(begin)), "") or _declared(data)
    try:
        text = codecs.getincrementaldecoder(name)().decode(data[start:], not partly)
    except UnicodeDecodeError as problem:
        raise BadImageError(f"the SVG is damaged or incomplete ({problem.reason}): convert it to PNG") from problem
    return text.removeprefix("\ufeff")


def _declared(data: bytes) -> str:
    """Encodings that do not go with the declaration's own letters are none, as in browsers."""
    found = _DECLARED.match(data)
    if found:
        try:
            name = codecs.lookup(found[1].decode("ascii")).name
        except (LookupError, UnicodeError, OSError):
            return "utf-8"
        if name in _ENCODINGS:
            return name
    return "utf-8"


class EmbeddedFiles:
    """The pictures within one drawing, of bounded size together."""

    def __init__(self, read_raster: ReadRaster | None) -> None:
        self._read_raster = read_raster
        self._pixels = self._read = 0

    def link(self, value: str) -> str | None:
        """A `data:` address that resvg draws, of the picture that this one holds; None if it holds none.

        Raises BadImageError if there are too many pixels in all of them.
        """
        raster = _payload(value)
        if raster is None:
            return None
        try:
            with Image.open(io.BytesIO(raster), formats=_DRAWN) as image:
                size, kind = image.size, "JPEG" if image.format == "MPO" else str(image.format)
                self._count(*size)
                image.load()
        except BadImageError:
            raise
        except Exception:  # decoders raise nearly everything when a file is damaged
            return self._reread(raster)
        return f"data:image/{kind.lower()};base64,{base64.b64encode(raster).decode()}"

    def _reread(self, raster: bytes) -> str | None:
        self._read += 1
        if self._read_raster is None or self._read > MAX_READ:
            return None
        try:
            image = self._read_raster(raster)
        except Exception:  # it is left out, as browsers do
            return None
        self._count(*image.size)
        out = io.BytesIO()
        image.save(out, "PNG", compress_level=1)
        return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"

    def _count(self, width: int, height: int) -> None:
        self._pixels += width * height
        if self._pixels > MAX_EMBEDDED_PIXELS:
            raise BadImageError(
                f"the pictures in the SVG have more than {MAX_EMBEDDED_PIXELS} pixels in total: convert it to PNG"
            )


def _payload(value: str) -> bytes | None:
    """The bytes of a `data:` address, whatever type it states (RFC 2397; base64 as in WHATWG's Infra)."""
    found = _DATA.match(value)
    if not found:
        return None
    body = value[found.end() :]
    if not _BASE64.search(found[1]):
        return urllib.parse.unquote_to_bytes(body)
    text = b"".join(urllib.parse.unquote_to_bytes(body).split())
    try:
        return base64.b64decode(text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
