"""Pictures inside the picture: a photograph in a page, a frame, a collage or a screenshot has straight upright borders,
which scenes seldom have on all four sides. What lies inside is looked at on its own, enlarged.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.pictures.normalise import Pixels, long_side

SIDE = 384
# The shortest border that counts, as a share of the picture's long side.
SHORTEST = 0.08
# How much stronger than beside it (0 … 1) the step must be along three sides, and along the fourth, which may meet like
# with like; and how many greys it must have on the three.
STANDS_OUT, FOURTH, STEP = 0.42, 0.05, 9.0
BESIDE_EDGE = 0.5
BESIDE = 3
MIN_AREA, MAX_AREA = 0.015, 0.85
LINES = 14
# Rectangles that are looked at, the clearest first; tables have thousands.
MOST = 200
MAX_REGIONS = 3
# So many small rectangles (below this share of the picture) beside each other, which together fill so much of it, are a
# page full of pictures: 22 of 24 collages of 4 × 4, 15 of 176 photographs.
CROWD, SMALL, CROWD_FILLS = 4, 0.15, 0.2
# A page where so much has one of four tones (of 32) is full of text and boxes, not of pictures. Of 215 crowded pictures
# that held photographs none had more than 0.83, collages of 4 × 4 at most 0.27; of 274 crowded graphics nine in ten had
# more than 0.87.
TONES, FEW_TONES = 4, 0.85
# Rectangles are one, or beside each other, by what they share of what they cover together.
SAME, BESIDE_EACH_OTHER = 0.7, 0.15
# Share of each side.
QUARTER = 0.55
# Share of the picture that must be left beside a work for another one.
MIN_BESIDE = 0.2


@dataclass(frozen=True)
class Region:
    """A rectangle in pixels of the picture: left, top, width, height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def outline(self) -> NDArray[np.float32]:
        """4 × 2 corners."""
        right, bottom = self.left + self.width, self.top + self.height
        return np.array([(self.left, self.top), (right, self.top), (right, bottom), (self.left, bottom)], np.float32)

    @property
    def area(self) -> int:
        return self.width * self.height

    def cut(self, grey: Pixels) -> Pixels:
        return grey[self.top : self.top + self.height, self.left : self.left + self.width]


def quarters(grey: Pixels) -> list[Region]:
    """The four quarters of an H × W picture, each a little larger: what lies on the middle is in one of them."""
    height, width = grey.shape
    h, w = min(round(QUARTER * height), height), min(round(QUARTER * width), width)
    return [Region(left, top, w, h) for top in (0, height - h) for left in (0, width - w)]


def remainders(known: NDArray[np.float32], shape: tuple[int, ...]) -> list[Region]:
    """What lies left, right, above and below of an outline (n × 2 corners) in a picture (height, width), where there is
    room for another picture."""
    height, width = shape[:2]
    left, top = np.clip(np.floor(known.min(axis=0)), 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(np.ceil(known.max(axis=0)), 0, (width, height)).astype(int).tolist()
    beside = [
        Region(0, 0, left, height),
        Region(right, 0, width - right, height),
        Region(0, 0, width, top),
        Region(0, bottom, width, height - bottom),
    ]
    return [region for region in beside if region.area >= MIN_BESIDE * height * width]


def distinct(regions: list[Region], known: list[Region]) -> list[Region]:
    """The regions without those that are nearly one of the known ones, or of the others; the largest first."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda region: -region.area):
        if all(_overlap(region, other) < SAME for other in (*known, *kept)):
            kept.append(region)
    return kept


def sides(grey: Pixels) -> list[Region]:
    """The left, right, upper and lower half of an H × W picture, each a little larger."""
    height, width = grey.shape
    h, w = min(round(QUARTER * height), height), min(round(QUARTER * width), width)
    return [
        Region(0, 0, w, height),
        Region(width - w, 0, w, height),
        Region(0, 0, width, h),
        Region(0, height - h, width, h),
    ]


@dataclass(frozen=True)
class Inside:
    """Rectangles with visible borders inside a picture, those with the clearest borders first; and whether it is
    `crowded`: full of small ones, of which more are there than are named."""

    regions: list[Region]
    crowded: bool


def look_inside(grey: Pixels) -> Inside:
    """Pictures inside an H × W picture."""
    scale = min(1.0, long_side(grey.shape, SIDE) / max(grey.shape))
    resized = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    shrunk = np.asarray(resized, np.uint8)
    length = max(8, round(SHORTEST * max(shrunk.shape)))
    upright, level = _Borders.of(shrunk, length), _Borders.of(np.ascontiguousarray(shrunk.T), length)
    columns, rows = _pairs(upright.lines, length), _pairs(level.lines, length)
    # Every rectangle of two columns and two rows. How a line stands out depends on where it begins and ends only.
    upright_sides, level_sides = upright.stand_out(level.lines[rows]), level.stand_out(upright.lines[columns])
    p, q = (grid.reshape(-1) for grid in np.indices((columns.shape[1], rows.shape[1])))
    sides = np.stack(
        [upright_sides[columns[at, p], q] for at in (0, 1)] + [level_sides[rows[at, q], p] for at in (0, 1)]
    )
    (x0, x1), (y0, y1) = upright.lines[columns[:, p]], level.lines[rows[:, q]]
    share = (x1 - x0) * (y1 - y0) / shrunk.size
    # Cells of a collage end at the picture's own edge: there the other sides must be the clearer.
    height, width = shrunk.shape
    edge = np.stack([x0 == 0, x1 == width - 1, y0 == 0, y1 == height - 1])
    clear = (np.where(edge, 1.0, sides).min(axis=0) >= BESIDE_EDGE) & (edge.sum(axis=0) <= 2)
    sides = np.sort(np.where(edge, STANDS_OUT, sides), axis=0)
    bordered = np.where(edge.any(axis=0), clear, (sides[1] >= STANDS_OUT) & (sides[0] >= FOURTH))
    good = bordered & (share >= MIN_AREA) & (share <= MAX_AREA)
    quality = sides.sum(axis=0)
    chosen: list[Region] = []
    small: list[Region] = []
    for at in np.flatnonzero(good)[np.argsort(-quality[good], kind="stable")][:MOST]:
        box = Region(int(x0[at]) + 1, int(y0[at]) + 1, int(x1[at] - x0[at]) - 1, int(y1[at] - y0[at]) - 1)
        if len(chosen) < MAX_REGIONS and all(_overlap(box, other) < SAME for other in chosen):
            chosen.append(box)
        is_small = box.area < SMALL * shrunk.size
        if is_small and all(_overlap(box, other) < BESIDE_EACH_OTHER for other in small):
            small.append(box)
    crowded = len(small) >= CROWD and sum(box.area for box in small) >= CROWD_FILLS * shrunk.size
    crowded = crowded and frequent_tones(shrunk, TONES) <= FEW_TONES
    return Inside([_enlarged(box, 1 / scale, grey.shape) for box in chosen], crowded)


def frequent_tones(grey: Pixels, tones: int) -> float:
    """The share of the pixels that have one of the most frequent tones, told in 32 steps of grey."""
    counts = np.sort(np.bincount(grey.reshape(-1) >> 3, minlength=32))
    return float(counts[-tones:].sum() / grey.size)


@dataclass(frozen=True)
class _Borders:
    """Steps across the columns of a picture. `sums` (H + 1) × W cumulates them downwards; `lines` are the columns on
    which a step stands out most over the shortest length."""

    sums: NDArray[np.float32]
    lines: NDArray[np.intp]

    @classmethod
    def of(cls, grey: Pixels, length: int) -> _Borders:
        steps, left, right = np.zeros(grey.shape, np.uint8), grey[:, :-2], grey[:, 2:]
        # Beyond a clear step more says no more: one bright spot is no border.
        steps[:, 1:-1] = np.minimum(np.maximum(left, right) - np.minimum(left, right), 40)
        sums = np.zeros((grey.shape[0] + 1, grey.shape[1]), np.float32)
        np.cumsum(steps, axis=0, dtype=np.float32, out=sums[1:])
        runs = np.asarray((sums[length:] - sums[:-length]) / length, np.float32)
        best = _contrast(runs).max(axis=0, initial=0.0)
        lines: list[int] = []
        for at in np.argsort(-best, kind="stable"):
            if best[at] <= 0 or len(lines) == LINES:
                break
            if all(abs(int(at) - other) > BESIDE for other in lines):
                lines.append(int(at))
        # The picture's own edges are lines too.
        inner = [at for at in lines if BESIDE < at < grey.shape[1] - 1 - BESIDE]
        return cls(sums, np.array([0, *sorted(inner), grey.shape[1] - 1], np.intp))

    def stand_out(self, ends: NDArray[np.intp]) -> NDArray[np.float32]:
        """Lines × n, 0 … 1: how much stronger the step of each line is than beside it, from where to where the 2 × n
        `ends` say."""
        start, stop = ends

        def mean(at: NDArray[np.intp]) -> NDArray[np.float32]:
            at = np.clip(at, 0, self.sums.shape[1] - 1)
            return np.asarray((self.sums[stop][:, at] - self.sums[start][:, at]) / (stop - start)[:, None], np.float32)

        here = mean(self.lines)
        beside = np.maximum(mean(self.lines - BESIDE), mean(self.lines + BESIDE))
        told = np.where(here >= STEP, np.maximum(here - beside, 0) / np.maximum(here, 1), 0)
        return np.asarray(told.T, np.float32)


def _contrast(runs: NDArray[np.float32]) -> NDArray[np.float32]:
    """How many greys each run's step is stronger than those beside it."""
    told = runs.copy()
    told[:, BESIDE:-BESIDE] -= np.maximum(runs[:, 2 * BESIDE :], runs[:, : -2 * BESIDE])
    told[runs < STEP] = 0
    return told


def _pairs(lines: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """2 × n: which two of the ascending lines are far enough apart."""
    pairs = np.stack(np.triu_indices(len(lines), 1))
    return pairs[:, lines[pairs[1]] - lines[pairs[0]] >= length]


def _overlap(one: Region, other: Region) -> float:
    """Intersection over union."""
    width = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    height = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    shared = max(width, 0) * max(height, 0)
    return shared / (one.width * one.height + other.width * other.height - shared)


def _enlarged(box: Region, factor: float, shape: tuple[int, ...]) -> Region:
    left, top = round(box.left * factor), round(box.top * factor)
    width = min(round(box.width * factor), shape[1] - left)
    height = min(round(box.height * factor), shape[0] - top)
    return Region(left, top, width, height)
