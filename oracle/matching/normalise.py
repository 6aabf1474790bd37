"""From untrusted bytes to pixels: one upright sRGB picture of bounded size, or a BadImageError that says why not.

In the caller's process, so only for pictures that come from us: a `Decoder` (`decoding.py`) runs it for all others.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from oracle.errors import BadImageError
from oracle.matching import decoding_svg
from oracle.matching.decoding_colour import SCALING, eight_bits, to_srgb

MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 100_000_000
MIN_SIDE = 32
# Long side at which features are sought: SIFT doubles it first, and its cost grows with the square.
WORK_SIDE = 640
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "SVG")

_OPENERS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
# A JPEG of several pictures, as phones make them, is a JPEG: its first picture is the photograph.
_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}
_ORIENTATION = 0x0112
# Item information of ISO base media files, versions 2 and 3, up to the item's type; texts follow.
_ITEM_INFO = re.compile(rb"infe(?:\x02.{7}|\x03.{9})", re.DOTALL)
_MAX_ITEM_INFO = 4096
# What has to be done so that the stored picture stands upright, by EXIF orientation.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Pixels = NDArray[np.uint8]

# Threads hand in features in any order, and of equal ones another is kept on each run. Whoever wants more cores takes
# more processes.
cv2.setNumThreads(1)

# One thread: the same work on any machine, and no address space for stacks. Nothing but the picture itself is read.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


@dataclass(frozen=True)
class Picture:
    """An upright picture. `rgb` is H × W × 3, at most WORK_SIDE on its long side; `width`, `height` are the file's."""

    rgb: Pixels
    width: int
    height: int
    format: str
    sha256: bytes

    @property
    def grey(self) -> Pixels:
        """H × W luminance."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def load_picture(data: bytes, work_side: int = WORK_SIDE) -> Picture:
    """Decode the first frame or page as sRGB, upright, on white where it is transparent, scaled down to `work_side`.

    The same bytes give the same pixels. An SVG is drawn with its long side at `work_side`, without text (fonts differ
    between machines) and without anything that it refers to outside itself. Raises BadImageError for anything that is
    no picture, is cut off, is tiny, or exceeds MAX_BYTES or MAX_PIXELS.
    """
    if not data:
        raise BadImageError("the file is empty (0 bytes)")
    if len(data) > MAX_BYTES:
        raise BadImageError(f"the file has {len(data)} bytes, at most {MAX_BYTES} are read: send a smaller version")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if decoding_svg.is_svg(data):
                return _drawn(data, work_side)
            _check_item_names(data)
            with Image.open(io.BytesIO(data), formats=_OPENERS) as image:
                return _decoded(image, data, work_side)
    except BadImageError:
        raise
    except UnidentifiedImageError as problem:
        raise BadImageError(f"not a picture in a known format ({', '.join(FORMATS)})") from problem
    except Image.DecompressionBombError as problem:
        raise BadImageError("the picture has far too many pixels: send a smaller version") from problem
    except MemoryError as problem:
        raise BadImageError("the picture takes too much memory to decode: send a smaller version") from problem
    except Exception as problem:  # decoders raise nearly everything when a file is damaged
        raise BadImageError(f"the picture is damaged or cut off ({problem})") from problem


def _decoded(image: Image.Image, data: bytes, work_side: int) -> Picture:
    width, height = image.size
    _check_size(width, height)
    kind = image.format or "?"
    kind = _NAMES.get(kind, kind)
    image.draft("RGB", (work_side, work_side))  # JPEG only: decodes at a reduced scale, much faster
    image.load()
    if kind != "JPEG":  # a few decoders know the size only now
        width, height = image.size
        _check_size(width, height)
    orientation = _orientation(image)  # after loading: TIFF is upright then
    if orientation >= 5:  # lying: the upright picture has sides swapped
        width, height = height, width
    rgb = to_srgb(_scaled(image, work_side), image.info.get("icc_profile"))
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return Picture(np.asarray(rgb, dtype=np.uint8), width, height, kind, hashlib.sha256(data).digest())


def _drawn(data: bytes, work_side: int) -> Picture:
    drawing = decoding_svg.Drawing(data)
    width, height = max(1, round(drawing.width)), max(1, round(drawing.height))
    _check_size(width, height)
    rgb = _scaled(drawing.rasterise(work_side), work_side)
    return Picture(np.asarray(rgb, dtype=np.uint8), width, height, "SVG", hashlib.sha256(data).digest())


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadImageError(f"{width} × {height} pixels are more than {MAX_PIXELS}: send a smaller version")
    if min(width, height) < MIN_SIDE:
        raise BadImageError(f"{width} × {height} pixels are too few: {MIN_SIDE} on each side are needed")


def _check_item_names(data: bytes) -> None:
    """pi-heif 1.4 reads through a null pointer when an item of a HEIC has a type or name that is no UTF-8."""
    if data[4:8] != b"ftyp":
        return
    for found in _ITEM_INFO.finditer(data):
        start = found.start() - 4
        size = int.from_bytes(data[max(start, 0) : start + 4], "big")
        texts = data[found.end() : start + size] if size <= _MAX_ITEM_INFO else b""
        try:
            texts.decode()
        except UnicodeDecodeError as problem:
            raise BadImageError("the picture is damaged (an item has no proper name)") from problem


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # a picture with damaged EXIF is a picture still
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _scaled(image: Image.Image, side: int) -> Image.Image:
    """As L, RGB, CMYK or LAB of 8 bits without alpha, at most `side` long. Scales first: large pictures fit then."""
    if image.mode.startswith("I") or image.mode == "F":
        return eight_bits(image, side)
    if image.has_transparency_data:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        layer.thumbnail((side, side), SCALING)
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    image.thumbnail((side, side), SCALING)
    return image
