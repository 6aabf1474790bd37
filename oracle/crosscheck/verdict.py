"""Whether a picture is a copy of a work, by the second method: corners, movement, gradients and colours.

It shares neither features nor thresholds with `oracle.matching`. It looks at one work only, so it may take longer. Its
thresholds are few and set by hand; `oracle/crosscheck/README.md` says on what they were measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from oracle.crosscheck.placement import Pixels, placements
from oracle.crosscheck.residual import Grain, Mask, Overlay, overlay, residual, settle
from oracle.matching.describe.fingerprint import decode_thumbnail_colours
from oracle.pictures.normalise import Picture


@dataclass(frozen=True)
class Bar:
    """What a residual must reach to carry the statement that the picture is a copy."""

    grain: Grain
    cells: int
    same: float
    other: float
    drift: float
    visible: float
    colours: float

    def is_reached_by(self, picture: Overlay, work: Pixels) -> bool:
        found = residual(picture, work, self.grain)
        enough = found.cells >= self.cells and found.visible >= self.visible and found.colours >= self.colours
        return enough and found.same >= self.same and found.other <= self.other and found.drift <= self.drift


COARSE, FINE = Grain(12, (0.8, 1.6, 2.8)), Grain(8, (1.6,))
# A photograph may have been written on, framed and recoloured; other frames of its scene move.
PHOTOGRAPH = Bar(COARSE, cells=40, same=0.6, other=0.4, drift=1.2, visible=0.15, colours=-1.0)
# Of a photograph that is cut in two, a half says it alone.
HALF = Bar(COARSE, cells=50, same=0.85, other=0.1, drift=0.9, visible=0.3, colours=-1.0)
# A graphic of the same template agrees in all but what it says: nothing may be something else, nor of another colour.
GRAPHIC = Bar(FINE, cells=60, same=0.99, other=0.0, drift=1.0, visible=0.5, colours=0.5)
# A work was drawn if this share of its cells (side in pixels) is flat, within so many greys, or if MAIN_TONES of 64
# tones hold this share of it. Of photographs some 4 in 100 are taken for drawn.
DRAWN, FLAT, CELL = 0.3, 4.0, 12
MAIN_TONES, FEW_TONES = 4, 0.5


def is_copy(picture: Picture, thumbnail: bytes) -> bool:
    """Whether any frame of the picture shows a copy of the work with this thumbnail. Raises BadFingerprintError."""
    work = decode_thumbnail_colours(thumbnail)
    bars = (GRAPHIC, None) if is_drawn(work) else (PHOTOGRAPH, HALF)
    return any(_shows(frame.rgb, work, *bars) for frame in picture.frames)


def is_drawn(work: Pixels) -> bool:
    """Whether the work (H × W × 3) is of few tones or has many flat cells, as no lens leaves them."""
    grey = np.asarray(cv2.cvtColor(work, cv2.COLOR_RGB2GRAY), np.uint8)
    cell = np.ones((CELL, CELL), np.uint8)
    spread = cv2.dilate(grey, cell).astype(np.int16) - cv2.erode(grey, cell)
    flat = float((spread[CELL // 2 :: CELL, CELL // 2 :: CELL] <= FLAT).mean())
    tones = np.sort(np.bincount(grey.ravel() // 4, minlength=64))[-MAIN_TONES:].sum() / grey.size
    return flat >= DRAWN or bool(tones >= FEW_TONES)


def _shows(picture: Pixels, work: Pixels, whole: Bar, half: Bar | None) -> bool:
    for placement in placements(picture, work):
        seen = placement.seen(picture)
        placed = overlay(seen, settle(seen, work, placement.to_work), work.shape)
        if placed.inside.mean() < whole.visible:
            continue
        if whole.is_reached_by(placed, work):
            return True
        if half and any(half.is_reached_by(part, work) for part in _halves(placed)):
            return True
    return False


def _halves(picture: Overlay) -> Iterator[Overlay]:
    """What lies on the left, right, upper and lower half of the work."""
    height, width = picture.inside.shape
    y, x = np.mgrid[:height, :width]
    windows: list[Mask] = [x < width / 2, x >= width / 2, y < height / 2, y >= height / 2]
    yield from (picture.within(window) for window in windows)
