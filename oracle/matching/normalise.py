"""From untrusted bytes to pixels: one upright RGB picture of bounded size, or a BadImageError that says why not."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from oracle.errors import BadImageError

MAX_BYTES = 50 * 1024 * 1024
MAX_PIXELS = 100_000_000
MIN_SIDE = 32
# Long side at which features are sought: SIFT doubles it first, and its cost grows with the square.
WORK_SIDE = 640
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

_ORIENTATION = 0x0112

Pixels = NDArray[np.uint8]


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
    """Decode the first frame, apply EXIF orientation, put transparency on white, scale down to `work_side`.

    Raises BadImageError for anything that is no picture, is cut off, is tiny, or exceeds MAX_BYTES or MAX_PIXELS.
    """
    if not data:
        raise BadImageError("the file is empty (0 bytes)")
    if len(data) > MAX_BYTES:
        raise BadImageError(f"the file has {len(data)} bytes, at most {MAX_BYTES} are read: send a smaller version")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _decode(image, data, work_side)
    except UnidentifiedImageError as problem:
        raise BadImageError(f"not a picture in a known format ({', '.join(FORMATS)})") from problem
    except Image.DecompressionBombError as problem:
        raise BadImageError("the picture has far too many pixels: send a smaller version") from problem
    except BadImageError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError) as problem:
        raise BadImageError(f"the picture is damaged or cut off ({problem})") from problem


def _decode(image: Image.Image, data: bytes, work_side: int) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadImageError(f"{width} × {height} pixels are more than {MAX_PIXELS}: send a smaller version")
    if min(width, height) < MIN_SIDE:
        raise BadImageError(f"{width} × {height} pixels are too few: {MIN_SIDE} on each side are needed")
    kind = image.format or "?"
    image.draft("RGB", (work_side, work_side))  # JPEG only: decodes at a reduced scale, much faster
    upright = ImageOps.exif_transpose(image)
    if image.getexif().get(_ORIENTATION, 1) >= 5:  # lying: the upright picture has sides swapped
        width, height = height, width
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    elif upright.mode.startswith("I;16") or upright.mode in ("I", "F"):
        upright = _eight_bits(upright)
    rgb = upright.convert("RGB")
    rgb.thumbnail((work_side, work_side), Image.Resampling.LANCZOS)
    return Picture(np.asarray(rgb, dtype=np.uint8), width, height, kind, hashlib.sha256(data).digest())


def _eight_bits(image: Image.Image) -> Image.Image:
    """16-bit and floating-point greys, stretched over 0 … 255."""
    values = np.asarray(image, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / (high - low)) if high > low else np.zeros_like(values)
    return Image.fromarray(scaled.astype(np.uint8))
