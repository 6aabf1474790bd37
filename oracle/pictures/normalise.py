"""From untrusted bytes to pixels: one upright sRGB picture of bounded size, or a BadImageError that says why not.

In the caller's process, so only for pictures that come from us: a `Decoder` (`decoding.py`) runs it for all others.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import warnings
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from oracle.errors import BadImageError
from oracle.pictures import svg
from oracle.pictures.colour import SCALING, eight_bits, to_srgb
from oracle.pictures.damaged import mend
from oracle.pictures.frames import other_frames
from oracle.pictures.icons import is_icon, largest

# JPEGs of 200 megapixels have up to 100 MB as cameras write them.
MAX_BYTES = 128 * 1024 * 1024
# What the largest sensors give (16,320 × 12,240). JPEG is decoded at a reduced scale; a PNG or TIFF of this size takes
# most of the memory that a decoder has (`decoding.MEMORY_BYTES`).
MAX_PIXELS = 200_000_000
# Formats whose libraries hold the picture several times over.
FEWER_PIXELS = dict.fromkeys(("WEBP", "AVIF", "HEIC"), 100_000_000)
MIN_SIDE = 32
# Long side at which features are sought: SIFT doubles it first, and its cost grows with the square.
WORK_SIDE = 640
# What is longer than this, width by height, keeps as many pixels as a picture that is just so long, up to three times
# the side: of a banner or a panorama nothing could be recognised otherwise.
LONG, LONGEST = 3.0, 3
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "ICO", "SVG")

_OPENERS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF", "ICO")
# A JPEG of several pictures, as phones make them, is a JPEG: its first picture is the photograph.
_NAMES = {"MPO": "JPEG", "HEIF": "HEIC"}
# What a damaged file may begin with that Pillow does not even open.
_BEGINNINGS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_AGAIN = "export it again from the original"
# Of a picture within a drawing.
_EMBEDDED_SIDE = 1024
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


# Above this Pillow warns, above twice as much it refuses to open: our own limits are stricter and say what to do.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


@dataclass(frozen=True)
class Picture:
    """An upright picture. `rgb` is H × W × 3, scaled to WORK_SIDE (see `long_side`); `width`, `height` are the file's.

    Of an animation, this is frame number `frame` (from 0); `others` are frames that look otherwise.
    """

    rgb: Pixels
    width: int
    height: int
    format: str
    sha256: bytes
    frame: int = 0
    others: tuple[Picture, ...] = ()

    @property
    def grey(self) -> Pixels:
        """H × W luminance."""
        return np.asarray(cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)

    @property
    def frames(self) -> tuple[Picture, ...]:
        """This one first, then the others."""
        return (self, *self.others)

    def at(self, frame: int) -> Picture:
        """The frame of this number. Raises KeyError if it is none of `frames`."""
        return {picture.frame: picture for picture in self.frames}[frame]


def long_side(size: tuple[int, ...], side: int) -> int:
    """To how many pixels on its long side a picture is scaled that is scaled to `side` unless it is very long."""
    aspect = max(size) / max(min(size), 1)
    return min(round(side * float(np.sqrt(max(1.0, aspect / LONG)))), LONGEST * side)


def is_scaled(size: tuple[int, int], side: int) -> bool:
    """Whether a picture may have come of scaling to `side`."""
    return max(size) <= LONGEST * side and size[0] * size[1] <= side * side


def load_picture(data: bytes, work_side: int = WORK_SIDE) -> Picture:
    """Decode the first frame or page as sRGB, upright, on white where it is transparent, scaled down to `work_side`.

    For a work, which has to be whole. The same bytes give the same pixels. An SVG is drawn with its long side at
    `work_side`, without text (fonts differ between machines) and without anything that it refers to outside itself; of
    an icon, this is the largest picture. Raises BadImageError for anything that is no picture, is damaged or cut off,
    is tiny, or exceeds MAX_BYTES or MAX_PIXELS (FEWER_PIXELS).
    """
    return _load(data, work_side, found=False)


def load_found(data: bytes, work_side: int = WORK_SIDE) -> Picture:
    """Load a picture found on the web as browsers show it, even if it is damaged, and with all frames that differ.

    An intact picture has the same pixels as from `load_picture`. Raises BadImageError where browsers show nothing, or
    less than a tenth.
    """
    return _load(data, work_side, found=True)


def _load(data: bytes, work_side: int, found: bool) -> Picture:
    if not data:
        raise BadImageError("the file is empty (0 bytes)")
    if len(data) > MAX_BYTES:
        raise BadImageError(
            f"the file has {len(data)} bytes, more than the limit of {MAX_BYTES}: use a smaller version"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read(data, work_side, found)
    except BadImageError:
        raise
    except UnidentifiedImageError as problem:
        if data.startswith(_BEGINNINGS):
            raise BadImageError(f"the picture is damaged or incomplete: {_AGAIN}") from problem
        raise BadImageError(f"not a picture in a supported format ({', '.join(FORMATS)})") from problem
    except Image.DecompressionBombError as problem:
        raise BadImageError("the picture has far too many pixels: use a smaller version") from problem
    except MemoryError as problem:
        raise BadImageError(
            "decoding the picture takes too much memory: use a smaller version, or convert it to JPEG"
        ) from problem
    except Exception as problem:  # decoders raise nearly everything when a file is damaged
        raise BadImageError(f"the picture is damaged or incomplete ({problem}): {_AGAIN}") from problem


def _read(data: bytes, side: int, found: bool) -> Picture:
    if svg.is_svg(data):
        return _drawn(data, side, found)
    if is_icon(data):
        shown = _still(largest(data), side, found)
        return replace(shown, format="ICO", sha256=hashlib.sha256(data).digest())
    _check_item_names(data)
    picture = _still(data, side, found)
    if not found:
        return picture
    long = long_side((picture.width, picture.height), side)
    others = tuple(
        replace(picture, rgb=rgb, frame=number)
        for number, rgb in other_frames(data, lambda image: _upright(image, long, _orientation(image)))
    )
    return replace(picture, others=others)


def _still(data: bytes, side: int, found: bool) -> Picture:
    try:
        with Image.open(io.BytesIO(data), formats=_OPENERS) as image:
            return _decoded(image, data, side)
    except MemoryError:
        raise
    except Exception as problem:
        if not found or isinstance(problem, BadImageError):
            raise
        mended = mend(data, side, _check_size)
        if mended is None:
            raise
        return _picture(mended.image, data, side, mended.format, mended.width, mended.height)


def _decoded(image: Image.Image, data: bytes, side: int) -> Picture:
    width, height = image.size
    kind = image.format or "?"
    kind = _NAMES.get(kind, kind)
    _check_size(width, height, kind)
    long = long_side((width, height), side)
    image.draft("RGB", (long, long))  # JPEG only: decodes at a reduced scale, much faster
    image.load()
    if kind != "JPEG":  # a few decoders know the size only now
        width, height = image.size
        _check_size(width, height, kind)
    return _picture(image, data, side, kind, width, height)


def _picture(image: Image.Image, data: bytes, side: int, kind: str, width: int, height: int) -> Picture:
    orientation = _orientation(image)  # after loading: TIFF is upright then
    if orientation >= 5:  # lying: the upright picture has sides swapped
        width, height = height, width
    long = long_side((width, height), side)
    return Picture(_upright(image, long, orientation), width, height, kind, hashlib.sha256(data).digest())


def _upright(image: Image.Image, side: int, orientation: int) -> Pixels:
    rgb = to_srgb(_scaled(image, side), image.info.get("icc_profile"))
    if orientation in _TURNS:
        rgb = rgb.transpose(_TURNS[orientation])
    return np.asarray(rgb, dtype=np.uint8)


def _drawn(data: bytes, side: int, found: bool) -> Picture:
    drawing = svg.Drawing(data, lambda raster: _within_drawing(raster, found))
    width, height = drawing.width, drawing.height
    if found:  # pages show it at any size
        width, height = _usual_size(width, height)
    across, down = max(1, round(width)), max(1, round(height))
    _check_size(across, down)
    rgb = _scaled(drawing.rasterise(side), side)
    return Picture(np.asarray(rgb, dtype=np.uint8), across, down, "SVG", hashlib.sha256(data).digest())


def _within_drawing(data: bytes, found: bool) -> Image.Image:
    """A picture that a drawing contains: another drawing too, but only one within the other."""
    if found and svg.is_svg(data):
        drawing = svg.Drawing(data)
        return drawing.rasterise(_EMBEDDED_SIDE)
    if is_icon(data):
        data = largest(data)
    return Image.fromarray(_still(data, _EMBEDDED_SIDE, found).rgb)


def _usual_size(width: float, height: float) -> tuple[float, float]:
    """The size of a drawing, or one of the same proportions that is neither too small nor too large for a picture."""
    scale = max(1.0, MIN_SIDE / min(width, height))
    scale *= min(1.0, math.sqrt(MAX_PIXELS / 2 / (width * scale) / (height * scale)))
    return width * scale, height * scale


def _check_size(width: int, height: int, kind: str = "") -> None:
    most = FEWER_PIXELS.get(kind, MAX_PIXELS)
    if width * height > most:
        kinds = f" for {kind} (JPEG can have {MAX_PIXELS})" if most < MAX_PIXELS else ""
        raise BadImageError(
            f"the picture has {width} × {height} pixels, more than the limit of {most}{kinds}: use a smaller version"
        )
    if min(width, height) < MIN_SIDE:
        raise BadImageError(f"the picture has only {width} × {height} pixels: each side needs at least {MIN_SIDE}")


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
            raise BadImageError("the picture is damaged (an item has an invalid name)") from problem


def _orientation(image: Image.Image) -> int:
    """By EXIF alone, as browsers do it: Pillow's `getexif` would ask XMP too."""
    try:
        if image.format == "TIFF":
            exif = image.getexif()
        else:
            exif = Image.Exif()
            exif.load(image.info.get("exif") or b"")
        value = exif.get(_ORIENTATION, 1)
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
