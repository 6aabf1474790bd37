"""Edits of tone, focus and shape, where AugLy has none or a milder one. A picture and dice in, a picture out."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from tests.benchmarks.matching.draw import Draw

Grey = tuple[int, int, int]
NORMAL_SIZE = 500  # pixels of the long side at which blur is stated


def recompress(picture: Image.Image, coder: str, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, coder, quality=quality)
    return Image.open(buffer).convert("RGB")


def hue(picture: Image.Image, draw: Draw) -> Image.Image:
    """Turned by 25 to 335 degrees."""
    channels = np.array(picture.convert("HSV"))
    channels[..., 0] += draw.whole(18, 238)  # bytes wrap as the circle does
    return Image.fromarray(channels, "HSV").convert("RGB")


def sepia(picture: Image.Image, _: Draw) -> Image.Image:
    return ImageOps.colorize(ImageOps.grayscale(picture), (30, 15, 5), (255, 240, 205), mid=(150, 115, 80))


def vintage(picture: Image.Image, draw: Draw) -> Image.Image:
    """Faded blacks, a tint, dark corners, grain."""
    rgb = np.asarray(picture, np.float32) / 255
    height, width = rgb.shape[:2]
    tint = np.array([draw.between(0.95, 1.15), 1.0, draw.between(0.7, 1.0)], np.float32)
    faded = draw.between(0.05, 0.2) + rgb * draw.between(0.65, 0.85)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    corners = 1 - draw.between(0.15, 0.4) * (x**2 + y**2)[..., None]
    grain = draw.rng.normal(0, draw.between(0.005, 0.03), (height, width, 1))
    return _picture(255 * (faded * tint * corners + grain))


def duotone(picture: Image.Image, draw: Draw) -> Image.Image:
    dark = draw.whole(0, 60), draw.whole(0, 60), draw.whole(30, 110)
    light = draw.whole(220, 255), draw.whole(180, 255), draw.whole(120, 220)
    return ImageOps.colorize(ImageOps.autocontrast(ImageOps.grayscale(picture)), dark, light)


def posterise(picture: Image.Image, draw: Draw) -> Image.Image:
    return ImageOps.posterize(picture, draw.whole(2, 3))


def equalise(picture: Image.Image, draw: Draw) -> Image.Image:
    return Image.blend(picture, ImageOps.equalize(picture), draw.between(0.7, 1))


def detail(picture: Image.Image, draw: Draw) -> Image.Image:
    """Clarity as photo apps do it, or edges drawn over the picture."""
    if draw.chance(0.5):
        return picture.filter(ImageFilter.UnsharpMask(draw.between(3, 12), draw.whole(120, 250), 2))
    return Image.blend(picture, picture.filter(ImageFilter.EDGE_ENHANCE_MORE), draw.between(0.5, 0.9))


def blur(picture: Image.Image, draw: Draw) -> Image.Image:
    """Gaussian, sigma 1 to 4 px at 500 px."""
    return picture.filter(ImageFilter.GaussianBlur(draw.between(1, 4) * max(picture.size) / NORMAL_SIZE))


def motion_blur(picture: Image.Image, draw: Draw) -> Image.Image:
    """Along a line of 6 to 18 px at 500 px."""
    length = max(5, round(draw.between(6, 18) * max(picture.size) / NORMAL_SIZE))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), draw.between(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return Image.fromarray(cv2.filter2D(np.asarray(picture), -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT))


def salt_and_pepper(picture: Image.Image, draw: Draw) -> Image.Image:
    rgb = np.array(picture)
    dice = draw.rng.random(rgb.shape[:2])
    share = draw.between(0.01, 0.06)
    rgb[dice < share] = 0
    rgb[dice > 1 - share] = 255
    return Image.fromarray(rgb)


def telling_crop(picture: Image.Image, draw: Draw, area: float) -> Image.Image:
    """A part of this share of the area, of a new aspect, not all sky or wall.

    The first of eight places with at least two thirds of the picture's own contrast, else the richest of them.
    """
    grey = np.asarray(picture.convert("L"), np.float32)
    edges = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    best: tuple[float, tuple[int, int, int, int]] = (-1.0, (0, 0, *picture.size))
    for _ in range(8):
        wider = draw.between(max(area, 0.75) ** 0.5, 1 / max(area, 0.75) ** 0.5)
        width = min(picture.width, round(picture.width * area**0.5 * wider))
        height = min(picture.height, round(picture.height * area**0.5 / wider))
        left, top = draw.whole(0, picture.width - width), draw.whole(0, picture.height - height)
        rich = float(edges[top : top + height, left : left + width].mean())
        if rich > best[0]:
            best = rich, (left, top, left + width, top + height)
        if rich >= edges.mean() * 2 / 3:
            break
    return picture.crop(best[1])


def turned(picture: Image.Image, draw: Draw, angle: float) -> Image.Image:
    """Turned by this many degrees, all of it kept, the corners filled."""
    fill = draw.colour()
    return picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=fill)


def shear(picture: Image.Image, draw: Draw) -> Image.Image:
    """By 0.15 to 0.4 of the other side, along one or both axes; all of it kept."""
    along = draw.between(0.15, 0.4) * draw.one_of([-1, 1])
    across = draw.between(0.1, 0.25) * draw.one_of([-1, 1]) if draw.chance(0.4) else 0.0
    if draw.chance(0.5):
        along, across = across, along
    return warped(picture, np.array([[1, along, 0], [across, 1, 0], [0, 0, 1.0]]), draw.colour())


def tilted(picture: Image.Image, draw: Draw) -> Image.Image:
    """Seen from the side: two neighbouring corners move in by up to 30 %, each by its own share."""
    width, height = picture.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    shares = draw.rng.uniform(0.0, 0.08, (4, 2))
    first = draw.whole(0, 3)
    for corner in (first, (first + 1) % 4):
        shares[corner] = draw.rng.uniform((0.02, 0.1), (0.12, 0.3))[:: 1 if first % 2 else -1]
    moved = corners + inwards * shares * (width, height)
    return warped(picture, cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), draw.colour())


def warped(picture: Image.Image, transform: NDArray[np.float64], fill: Grey) -> Image.Image:
    """The whole picture under a 3 × 3 transform, moved so that it just fits."""
    width, height = picture.size
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    points = cv2.perspectiveTransform(corners, transform)[0]
    left, top = points.min(axis=0)
    size = np.ceil(points.max(axis=0) - (left, top)).astype(int)
    moved = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ transform
    out = cv2.warpPerspective(
        np.asarray(picture), moved, (int(size[0]), int(size[1])), flags=cv2.INTER_AREA, borderValue=fill
    )
    return Image.fromarray(out)


def inverted(picture: Image.Image, _: Draw) -> Image.Image:
    return ImageOps.invert(picture)


def barrel(picture: Image.Image, draw: Draw) -> Image.Image:
    """As a wide lens bends it, or a pincushion: the corners move by 5 to 15 %; cut so that nothing empty shows."""
    width, height = picture.size
    bend = draw.between(0.05, 0.15) * draw.one_of([-1, 1])
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    away = (1 + bend * (x**2 + y**2) / 2) / (1 + max(bend, 0))
    places = (
        ((x * away + 1) / 2 * (width - 1)).astype(np.float32),
        ((y * away + 1) / 2 * (height - 1)).astype(np.float32),
    )
    return Image.fromarray(cv2.remap(np.asarray(picture), *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT))


def brightness_and_contrast(picture: Image.Image, draw: Draw) -> Image.Image:
    """One strongly, the other less; gamma where it is bright enough to bear it."""
    picture = ImageEnhance.Contrast(picture).enhance(draw.one_of([draw.between(0.4, 0.7), draw.between(1.3, 1.9)]))
    gamma = draw.one_of([draw.between(0.5, 0.75), draw.between(1.3, 1.9)])
    return picture.point([round(255 * (v / 255) ** gamma) for v in range(256)] * 3)


def _picture(rgb: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
