"""Damaged pictures as browsers show them: as much as there is of them, on white.

Whoever uses a work without permission may cut its file or write a wrong checksum, and nobody who looks at the page
notices. What is tolerated here was tried with Chromium 156 (`tests/oracle/test_pictures_in_chromium.py`); where what
it shows hangs on how the server sends the file, more is tolerated.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from oracle.errors import BadImageError
from oracle.pictures.containers import GIFS, PNG, Png, gif_box, gif_read, jpeg_file, png_read, webp_read
from oracle.pictures.webp import decode_cut

# The search finds a work by a tenth of it; with less of a picture, a match would be a guess. As with intact pictures,
# MIN_SIDE rows are needed too.
MIN_SHARE = 0.1
# Pixels, as long as they are mended: a browser shows more, but filling takes several copies.
MAX_MENDED_PIXELS = 100_000_000

# Of a tag to what a decoder would have to know to fill in; see `_on_white`.
_WHITE: dict[str, int | tuple[int, ...]] = {
    "1": 255, "L": 255, "RGB": (255,) * 3, "RGBA": (255,) * 4, "LA": (255,) * 2, "CMYK": (0,) * 4, "I;16": 65535,
}  # fmt: skip
_Check = Callable[[int, int], None]


@dataclass(frozen=True)
class Mended:
    """A loaded picture, white where nothing is left of it, and the size that it has as a whole."""

    image: Image.Image
    format: str
    width: int
    height: int


def mend(data: bytes, side: int, check_size: _Check) -> Mended | None:
    """What is left of a damaged picture, at least `side` long if it was; None if browsers show nothing of its kind.

    `check_size` is told width and height before anything is decoded, and raises. Raises whatever decoders raise, and
    BadImageError if less than MIN_SHARE of the rows is left.
    """

    def check(width: int, height: int) -> None:
        check_size(width, height)
        if width * height > MAX_MENDED_PIXELS:
            raise BadImageError(f"the picture is damaged and too large to repair ({width} × {height} pixels)")

    if data.startswith(b"\xff\xd8"):
        return _jpeg(data, side, check_size)  # decoded at a reduced scale, so any size will do
    if data.startswith(PNG):
        return _png(data, check)
    if data.startswith(GIFS):
        return _gif(data, check)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data, check)
    if data[:2] == b"BM":
        return _bmp(data, check)
    return None


def _open(data: bytes, kind: str) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(data), formats=(kind,))


def _load(image: ImageFile.ImageFile) -> bool:
    """Decode as far as it goes. Whether that was to the end."""
    try:
        image.load()
    except (OSError, SyntaxError, ValueError, IndexError, struct.error):
        image.tile = []  # what came so far stays
        image.load()
        return False
    return True


def _on_white(image: Image.Image, rows: int, bottom_up: bool = False) -> Image.Image:
    """The first (or last) so many rows. Raises BadImageError if they are too few."""
    height = image.height
    if rows < MIN_SHARE * height:
        raise BadImageError(f"the picture is damaged: only {rows} of its {height} rows can be read")
    if rows >= height:
        return image
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode not in _WHITE:
        image = image.convert("RGB")
    area = (0, 0, image.width, height - rows) if bottom_up else (0, rows, image.width, height)
    image.paste(_WHITE[image.mode], area)
    return image


def _rows_before(empty: NDArray[np.bool_]) -> int:
    """How many rows there are before those that are empty to the end."""
    full = np.flatnonzero(~empty)
    return int(full[-1]) + 1 if len(full) else 0


# ----------------------------------------------------------------------------------------------------------------- jpeg


def _jpeg(data: bytes, side: int, check_size: _Check) -> Mended:
    with _open(jpeg_file(data), "JPEG") as image:
        width, height = image.size
        check_size(width, height)
        image.draft("RGB", (side, side))
        whole = _load(image)
        samples = np.asarray(image).reshape(image.height, -1)
        # libjpeg fills with the middle of the range (inverted: 127); rows that never came are zero.
        empty = ((samples == 127) | (samples == 128)).all(axis=1)
        if not whole:
            empty |= (samples == 0).all(axis=1)
        return Mended(_on_white(image, _rows_before(empty)), "JPEG", width, height)


# ------------------------------------------------------------------------------------------------------------------ png

# Adam7: first column and row of each pass, and the steps between its columns and rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Steps of the grid that is full after so many passes.
_GRIDS = ((8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2), (1, 1))
_PIECE = 64 * 1024


def _png(data: bytes, check_size: _Check) -> Mended | None:
    png = png_read(data)
    if png is None:
        return None
    width, height = png.size
    check_size(width, height)
    with _open(png.file(), "PNG") as opened:
        _load(opened)
        image: Image.Image = opened
        done = _bytes_left(png)
        if not png.interlaced:
            return Mended(_on_white(image, done // png.row_bytes(width)), "PNG", width, height)
        passes = 0
        for left, top, right, down in _PASSES:
            across, along = -(-(width - left) // right), -(-(height - top) // down)
            done -= png.row_bytes(across) * along if across > 0 and along > 0 else 0
            passes += done >= 0
        if not passes:
            raise BadImageError("the picture is damaged: not even its coarsest pass is complete")
        return Mended(_spread(image, _GRIDS[passes - 1]), "PNG", width, height)


def _bytes_left(png: Png) -> int:
    """How many bytes of rows can be unpacked, up to a filter that there is not."""
    width, height = png.size
    row = png.row_bytes(width)
    unpacker, total, place, packed, most = zlib.decompressobj(-zlib.MAX_WBITS), 0, 2, b"", _PIECE
    while not unpacker.eof and total < 2 * row * height:
        if not packed:
            packed, place = png.pixels[place : place + _PIECE], place + _PIECE
            if not packed:
                break
        before = unpacker.copy()
        try:
            piece = unpacker.decompress(packed, most)
        except zlib.error:
            if most == 1:
                break
            unpacker, most = before, max(most // 32, 1)  # nearer to where it breaks
            continue
        if not png.interlaced:
            filters = np.frombuffer(piece, np.uint8)[-total % row :: row]
            wrong = np.flatnonzero(filters > 4)
            if len(wrong):
                return total + -total % row + int(wrong[0]) * row
        total += len(piece)
        packed = unpacker.unconsumed_tail
    return total


def _spread(image: Image.Image, steps: tuple[int, int]) -> Image.Image:
    """Each pixel of the grid over those that are missing to its right and below, as browsers do."""
    across, down = steps
    if steps == (1, 1):
        return image
    size = image.size
    grid = (-(-size[0] // across), -(-size[1] // down))
    kept = image.transform(grid, Image.Transform.AFFINE, (across, 0, (1 - across) / 2, 0, down, (1 - down) / 2))
    spread = kept.transform(size, Image.Transform.AFFINE, (1 / across, 0, 0, 0, 1 / down, 0))
    spread.info = image.info
    return spread


# ------------------------------------------------------------------------------------------------------------------ gif


def _gif(data: bytes, check_size: _Check) -> Mended:
    with _open(completed_gif(data, check_size), "GIF") as opened:
        width, height = opened.size
        check_size(width, height)
        _, box, _, args = opened.tile[0]
        assert box is not None  # a GIF's tile always has one
        interlaced = isinstance(args, tuple) and len(args) > 1 and bool(args[1])
        opened.load()
        image: Image.Image = opened
        rows = height
        if image.mode in ("P", "L"):
            left, top, right, bottom = box
            inside = np.asarray(image)[top:bottom, left:right]
            order = _gif_order(bottom - top, interlaced)
            there = _rows_before((inside[order] == 0).all(axis=1))  # what is filled in below is colour 0
            if not interlaced and top + bottom == height:
                rows = there
            elif interlaced and there:
                image = _gif_spread(image, box, order[:there])
            elif not there:
                rows = 0
        return Mended(_on_white(image, rows), "GIF", width, height)


def completed_gif(data: bytes, check_size: _Check) -> bytes:
    """The GIF with a last frame that is cut off filled up with its first colour.

    Every code of zeros stands for one pixel at least and has 12 bits at most. Raises BadImageError without frames.
    """
    gif = gif_read(data)
    if not gif.frames:
        raise BadImageError("the picture is damaged: none of its pixels can be read")
    if not gif.cut:
        return gif.file(gif.frames)
    _, _, width, height = gif_box(gif.frames[-1])
    check_size(width, height)
    blocks = width * height * 12 // 8 // 255 + 2
    return gif.file([*gif.frames[:-1], gif.frames[-1] + (b"\xff" + bytes(255)) * blocks + b"\0"])


def _gif_order(height: int, interlaced: bool) -> NDArray[np.intp]:
    """Rows in the order in which they are stored."""
    if not interlaced:
        return np.arange(height)
    return np.concatenate([np.arange(start, height, step) for start, step in ((0, 8), (4, 8), (2, 4), (1, 2))])


def _gif_spread(image: Image.Image, box: tuple[int, int, int, int], there: NDArray[np.intp]) -> Image.Image:
    """Each missing row as the nearest above it that is there, as browsers do."""
    left, top, right, bottom = box
    known = np.zeros(bottom - top, dtype=np.intp)
    known[there] = there
    source = np.maximum.accumulate(known)
    pixels = np.array(image)
    pixels[top:bottom, left:right] = pixels[top:bottom, left:right][source]
    spread = Image.fromarray(pixels, "L")
    if image.mode == "P":
        spread = Image.frombytes("P", image.size, pixels.tobytes())
        spread.putpalette(image.getpalette() or [])
    spread.info = image.info
    return spread


# ----------------------------------------------------------------------------------------------------------------- webp


def _webp(data: bytes, check_size: _Check) -> Mended | None:
    file, cut = webp_read(data)
    if not cut:
        with _open(file, "WEBP") as opened:
            check_size(*opened.size)
            opened.load()
            return Mended(opened, "WEBP", *opened.size)
    found = decode_cut(file, check_size)
    if found is None:
        raise BadImageError("the picture is damaged: none of its rows can be read")
    return Mended(_on_white(*found), "WEBP", *found[0].size)


# ------------------------------------------------------------------------------------------------------------------ bmp

_BITFIELDS, _RLE8, _RLE4 = 3, 1, 2
# Moves up to 255 rows on, then to the end: fills what a run-length encoded picture lacks.
_ON = b"\0\2\0\xff"


def _bmp(data: bytes, check_size: _Check) -> Mended | None:
    offset, head, width, height, _, bits, packing = struct.unpack_from("<IIiiHHI", data.ljust(64, b"\0"), 10)
    if head == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data.ljust(64, b"\0"), 18)
        packing = 0
    if width <= 0 or height == 0 or bits not in (1, 4, 8, 16, 24, 32):
        return None
    check_size(width, abs(height))
    top_down, height = height < 0, abs(height)
    if packing in (_RLE8, _RLE4):
        return _bmp_packed(data, width, height)
    stride = (width * bits + 31) // 32 * 4
    offset = max(offset, 14 + head)
    rows = min(max(len(data) - offset, 0) // stride, height)
    filled = data + bytes(max(offset + stride * height - len(data), 0))
    if packing == _BITFIELDS and bits in (16, 32):
        pixels = np.frombuffer(filled, f"<u{bits // 8}", stride * height * 8 // bits, offset).reshape(height, -1)
        image = _masked(pixels[:: 1 if top_down else -1, :width], struct.unpack_from("<III", filled, 54))
    else:
        image = _open(filled, "BMP")
        image.load()
    return Mended(_on_white(image, rows, bottom_up=not top_down), "BMP", width, height)


def _bmp_packed(data: bytes, width: int, height: int) -> Mended:
    for gap in (bytes(514), bytes(515)):  # to the end of a run that is cut off, which may lie on either byte
        try:
            with _open(data + gap + _ON * (height // 255 + 1), "BMP") as image:
                image.load()
                empty = (np.asarray(image) == 0).all(axis=1)[::-1]
                return Mended(_on_white(image, _rows_before(empty), bottom_up=True), "BMP", width, height)
        except ValueError:
            continue
    raise BadImageError("the picture is damaged")


def _masked(pixels: NDArray[np.unsignedinteger], masks: tuple[int, ...]) -> Image.Image:
    """RGB of pixels whose colours lie under masks of any width. No colour is under an empty one."""
    channels = []
    for mask in masks:
        low = (mask & -mask).bit_length() - 1 if mask else 0
        most = mask >> low
        values = (pixels.astype(np.uint32) & mask) >> low
        channels.append((values * 255.0 / most if most else values * 0).astype(np.uint8))
    return Image.fromarray(np.dstack(channels))
