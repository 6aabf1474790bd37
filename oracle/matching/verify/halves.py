"""A work of which a picture shows one side, beside something else: a straight border divides blocks that agree from
blocks that do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.blocks import STRIDE
from oracle.matching.verify.photometry import Comparison

# Shares of blocks that agree on the one side, at least, and on the other, at most. Two frames of a scene, one half of
# which stands still, agree in more than that on the other half.
AGREES, DIFFERS = 0.9, 0.25
# Shares of the work's area, and of its blocks that can be compared, that the side which agrees must hold: the strip of
# a frame that bears a caption holds a quarter of the area, and a sixth of the blocks.
MIN_AREA, MIN_BLOCKS = 0.4, 0.3
# Blocks that must be compared on the side that does not agree.
MIN_BESIDE = 24


def agreeing_side(comparison: Comparison) -> NDArray[np.float64] | None:
    """The corners, 4 × 2 in pixels of the thumbnail, of the side that agrees; None if no straight border divides the
    work into one side that agrees and one that does not."""
    compared, agreeing = comparison.compared, comparison.agreeing
    size = (compared.shape[1] + 1) * STRIDE, (compared.shape[0] + 1) * STRIDE
    best, found = 0.0, None
    for axis, length in ((1, size[0]), (0, size[1])):
        seen, good = (np.cumsum(which.sum(axis=1 - axis)).astype(float) for which in (compared, agreeing))
        for at in range(1, len(seen)):
            edge = at * STRIDE
            low = _Side(0, edge, seen[at - 1], good[at - 1])
            high = _Side(edge + STRIDE, length, seen[-1] - seen[at - 1], good[-1] - good[at - 1])
            for one, other in ((low, high), (high, low)):
                if one.is_shown(length, seen[-1]) and other.is_another and one.share - other.share > best:
                    best, found = one.share - other.share, _corners(axis, one, size)
    return found


@dataclass(frozen=True)
class _Side:
    """From where to where it reaches, and how many of its blocks are compared and agree."""

    start: int
    stop: int
    compared: float
    agreeing: float

    @property
    def share(self) -> float:
        return self.agreeing / max(self.compared, 1.0)

    def is_shown(self, length: int, compared: float) -> bool:
        enough = self.stop - self.start >= MIN_AREA * length and self.compared >= MIN_BLOCKS * compared
        return enough and self.share >= AGREES

    @property
    def is_another(self) -> bool:
        return self.compared >= MIN_BESIDE and self.share <= DIFFERS


def _corners(axis: int, side: _Side, size: tuple[int, int]) -> NDArray[np.float64]:
    """4 × 2 of a side that ends at a column (axis 1) or a row (axis 0)."""
    along = (side.start, side.stop)
    (left, right), (top, bottom) = (along, (0, size[1])) if axis else ((0, size[0]), along)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
