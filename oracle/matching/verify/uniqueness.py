"""What tells a work from all others, and works that nothing tells from others.

A block is distinctive if nothing like it stands elsewhere in the same work. Blocks of patterns, straight edges, empty
forms and grids recur; they would agree with any other work of the kind. Photographs consist of distinctive blocks
mostly.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.describe.regions import frequent_tones
from oracle.matching.verify.blocks import BLOCK, STRIDE, TEXTURE, Greys, moments
from oracle.matching.verify.linear import products
from oracle.matching.verify.regression import trained
from oracle.pictures.normalise import Pixels

# Correlation from which a block recurs, and how far away (pixels of the thumbnail) that says something.
RECURS, AWAY = 0.9, 8
# Blocks are sought at half size: the same to half a pixel, in a sixteenth of the time.
HALF = BLOCK // 2
# Works whose character is remembered: some 1.5 kB each.
REMEMBERED = 10_000
# Standard deviation of greys that counts for nothing.
NOISE = 2.0
# A work with fewer distinctive blocks than this, or where they are a smaller share of all with structure, is not told
# from others. Of 835 photographs the poorest had 28, and one in eleven.
MIN_DISTINCTIVE, MIN_SHARE = 24, 0.06
# A work is taken for a graphic from this chance on: the more easily, the less a photograph may be overlaid; the less
# easily, the more graphics are mistaken for others of their template. Of photographs some 3 in 100 are taken for
# graphics (goods on white, night skies), of graphics all but maps on paper.
GRAPHIC = 0.25
# So is a work of which fewer of the blocks with structure are distinctive: what agrees in it is mostly its pattern. Of
# 1,145 photographs 8 are, and cloth of one weave with another piece of clothing on it.
PATTERNED = 0.2
TONES = 4
EVEN, QUIET = 1.0, 1.5
# An edge is told over so many pixels, and is sharp if one of them holds this share of the step.
EDGE_PIXELS, EDGE_STEP, SHARP = 4, 25.0, 0.7
FEW_EDGES = 50
GRAPHIC_NAMES = (
    "share of blocks with structure that are distinctive",
    "share of even blocks",
    "share of the four most frequent tones",
    "share of pixels without slope",
    "share of pixels far from any slope",
    "mean sharpness of edges",
    "share of edges that are sharp",
)


@dataclass(frozen=True)
class Character:
    """What a work is made of. `distinctive` rows × columns of blocks: those with structure that stands nowhere else in
    the thumbnail; none if they are too few to tell the work from others. `graphic`: it was drawn, not photographed, or
    is mostly a pattern."""

    distinctive: NDArray[np.bool_]
    graphic: bool


def character(thumbnail: Pixels) -> Character:
    """Remembered: the same works come into question again and again."""
    asked = _Asked(thumbnail)
    try:
        return _character(asked)
    finally:
        asked.pixels = None


class _Asked:
    """A thumbnail, equal to others of the same pixels. It lets go of them, so that remembering it costs little."""

    def __init__(self, thumbnail: Pixels) -> None:
        self.pixels: Pixels | None = thumbnail
        self._digest = hashlib.blake2b(thumbnail.tobytes(), digest_size=16).digest(), thumbnail.shape

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._digest == other._digest


@lru_cache(maxsize=REMEMBERED)
def _character(asked: _Asked) -> Character:
    assert asked.pixels is not None
    unlike_others = _distinctive(asked.pixels)
    unlike_others.setflags(write=False)
    numbers = graphic_numbers(asked.pixels, unlike_others)
    drawn = trained("graphic", GRAPHIC_NAMES).chance(numbers) >= GRAPHIC
    return Character(unlike_others, bool(numbers[0] < PATTERNED) or drawn)


def _distinctive(thumbnail: Pixels) -> NDArray[np.bool_]:
    greys = thumbnail.astype(np.float32)
    textured = moments(greys)[1] > TEXTURE
    found = np.zeros(textured.shape, np.bool_)
    rows, columns = np.nonzero(textured)
    if not len(rows):
        return found
    step = STRIDE // 2
    size = (textured.shape[1] + 1) * step, (textured.shape[0] + 1) * step
    halved = cv2.resize(greys[: 2 * size[1], : 2 * size[0]], size, interpolation=cv2.INTER_AREA)
    windows = np.lib.stride_tricks.sliding_window_view(halved, (HALF, HALF))
    down, across = windows.shape[:2]
    places = windows.reshape(down * across, HALF * HALF)
    places = places - places.mean(axis=1, keepdims=True)
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), HALF * NOISE)
    blocks = places[rows * step * across + columns * step]
    alike = products(blocks, places).reshape(len(rows), down, across)
    near = AWAY // 2
    for at, (row, column) in enumerate(zip(rows * step, columns * step, strict=True)):
        alike[at, max(0, row - near + 1) : row + near, max(0, column - near + 1) : column + near] = -1.0
    unlike_others = alike.reshape(len(rows), -1).max(axis=1) < RECURS
    enough = unlike_others.sum() >= max(MIN_DISTINCTIVE, MIN_SHARE * len(rows))
    found[rows, columns] = unlike_others & enough
    return found


def graphic_numbers(thumbnail: Pixels, unlike_others: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What tells graphics from photographs; the names stand in GRAPHIC_NAMES."""
    greys = thumbnail.astype(np.float32)
    deviation = moments(greys)[1]
    textured = int((deviation > TEXTURE).sum())
    slope = cv2.magnitude(cv2.Sobel(greys, -1, 1, 0, ksize=1), cv2.Sobel(greys, -1, 0, 1, ksize=1)) / 2
    quiet = (slope < QUIET).astype(np.uint8)
    return np.array(
        [
            unlike_others.sum() / max(textured, 1),
            float((deviation < EVEN).mean()) if deviation.size else 1.0,
            frequent_tones(thumbnail, TONES),
            quiet.mean(),
            cv2.erode(quiet, np.ones((5, 5), np.uint8)).mean(),
            *_sharpness(greys),
        ]
    )


def _sharpness(greys: Greys) -> tuple[float, float]:
    """How much of each step, across or down, lies within one pixel: the mean, and the share of sharp ones."""
    held = np.concatenate([_held_by_one(greys), _held_by_one(greys.T)])
    return (float(held.mean()), float((held > SHARP).mean())) if len(held) >= FEW_EDGES else (0.5, 0.3)


def _held_by_one(greys: Greys) -> NDArray[np.float32]:
    steps = np.abs(np.diff(greys, axis=1))
    whole = np.abs(greys[:, EDGE_PIXELS:] - greys[:, :-EDGE_PIXELS])
    if not whole.size:
        return np.zeros(0, np.float32)
    steepest = np.lib.stride_tricks.sliding_window_view(steps, EDGE_PIXELS, axis=1).max(axis=-1)
    edges = whole > EDGE_STEP
    return np.asarray(steepest[edges] / whole[edges], np.float32)
