"""Barrel and pincushion distortion: a copy that is bent around the middle of the picture fits no plane, and its blocks
drift as those of another frame of the scene do. One number tells the two apart: how much it is bent.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.blocks import centres
from oracle.matching.verify.photometry import Comparison
from oracle.pictures.normalise import Pixels

# Blocks that must agree, and the share of their shifts' variance that the bend must explain beyond a plane (which
# explains most of it).
MIN_AGREEING, EXPLAINS = 40, 0.1
# Less bends nothing visible, more is no lens.
LEAST, MOST = 0.01, 0.4


@dataclass(frozen=True)
class Bend:
    """The corners of the picture lie by this share further out than they should (or further in, if it is negative)."""

    strength: float

    def straightened(self, view: Pixels) -> Pixels:
        """The picture without the bend, where it is."""
        height, width = view.shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        middle, corner = _frame(view.shape)
        away = np.stack([x - middle[0], y - middle[1]], axis=-1)
        bent = middle + away * (1 + self.strength * _squared(away, corner)[..., None])
        places = bent.astype(np.float32)
        return np.asarray(cv2.remap(view, places[..., 0], places[..., 1], cv2.INTER_LINEAR), np.uint8)


def bend(comparison: Comparison, shape: tuple[int, ...]) -> Bend | None:
    """How the blocks' remaining shifts say that the picture (height, width) is bent; None if they do not.

    The radial model of one coefficient (Brown 1966), fitted together with an affine transform by least squares.
    """
    agreeing = comparison.agreeing
    if agreeing.sum() < MIN_AGREEING:
        return None
    at_work = centres(agreeing)
    back = np.linalg.inv(comparison.to_work)
    expected = cv2.perspectiveTransform(at_work[None], back)[0]
    observed = cv2.perspectiveTransform((at_work + comparison.shift[agreeing])[None], back)[0]
    middle, corner = _frame(shape)
    away = expected - middle
    radial = away * _squared(away, corner)[:, None]
    off = (observed - expected).reshape(-1)
    plane = _planes(away / corner)
    design = np.column_stack([plane, radial.reshape(-1)])
    without = off - plane @ np.linalg.lstsq(plane, off, rcond=None)[0]
    found = np.linalg.lstsq(design, off, rcond=None)[0]
    unexplained = off - design @ found
    strength = float(found[-1])
    if (unexplained**2).sum() > (1 - EXPLAINS) * (without**2).sum() or not LEAST <= abs(strength) <= MOST:
        return None
    return Bend(strength)


def _frame(shape: tuple[int, ...]) -> tuple[NDArray[np.float64], float]:
    """The middle (x, y) of the picture, and how far its corners are from it."""
    middle = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    return middle, float(np.hypot(*middle))


def _squared(away: NDArray[np.floating], corner: float) -> NDArray[np.float64]:
    return np.asarray((away**2).sum(axis=-1) / corner**2, np.float64)


def _planes(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """2n × 6: what an affine transform does to x and y of each place, in turn."""
    x, y = places.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows_x = np.column_stack([x, y, one, zero, zero, zero])
    rows_y = np.column_stack([zero, zero, zero, x, y, one])
    return np.stack([rows_x, rows_y], axis=1).reshape(-1, 6)
