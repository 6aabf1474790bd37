"""Two works that explain the same part of a picture: which of them does the picture come from?

Two frames of a burst agree with a copy of either nearly everywhere, and noise of the copy hides by how much better the
one does. Where the frames differ from each other is known without that noise, and only there is worth looking: what
the picture has beyond the mean of both is compared with their difference (a matched filter).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.blocks import BLOCK, Greys
from oracle.matching.verify.geometry import Matrix
from oracle.matching.verify.photometry import Comparison, as_coarse_as, blurred, lay, shrunk, warped
from oracle.pictures.normalise import Pixels

# Drift, in pixels of the thumbnail, that a tenth of the blocks must exceed for two works to be different photographs:
# parallax moves a part of a picture, coding all of it alike. Poorly coded and shrunk copies of one photograph had 0.10
# (median) and 0.28 (97 of 100); of all frames of bursts the twins nearest to each other had 0.53 to 0.94.
DIFFERENT = 0.4
# Without parallax two works are the same photograph if this share of their blocks agrees: goods that lie on one floor,
# or prints on one shirt, do not differ by parallax.
ALIKE = 0.97
# Standard deviation of greys that counts for nothing, and difference of normalised greys that does.
NOISE, SLIGHT = 3.0, 0.005
# Pixels that must speak.
ENOUGH = 500


def duel(view: Pixels, one: tuple[Pixels, Comparison], other: tuple[Pixels, Comparison]) -> float:
    """How far the picture takes the side of `one`: + ½ it comes from that thumbnail, − ½ from the `other`'s, 0 it can't
    be told, or both are the same photograph. The comparisons lay the view (H × W greys) on them."""
    between = lay(other[0], one[0], _from_to(other[1].to_work, one[1].to_work))
    drift = between.drift
    if len(drift) and np.quantile(drift, 0.9) < DIFFERENT and between.coverage >= ALIKE:
        return 0.0
    back = lay(one[0], other[0], _from_to(between.to_work, np.eye(3)))
    return 0.5 * (_side(view, one, other, between) - _side(view, other, one, back))


def _from_to(one: Matrix, other: Matrix) -> Matrix:
    """The transform from where the one leads to where the other leads."""
    return np.asarray(other @ np.linalg.inv(one), np.float64)


def _side(view: Pixels, one: tuple[Pixels, Comparison], other: tuple[Pixels, Comparison], between: Comparison) -> float:
    """How far the picture takes the side of `one`, as seen on it; `between` lays the other work on it."""
    (mine, comparison), (theirs, theirs_comparison) = one, other
    matrix = comparison.to_work
    target = as_coarse_as(mine, matrix)
    rival, rival_mask = warped(as_coarse_as(theirs, theirs_comparison.to_work), between.to_work, target)
    seen, mask = warped(shrunk(view, matrix), matrix, target)
    blur = max(comparison.blur, theirs_comparison.blur)
    (seen, deviation), (target, _), (rival, _) = (_normal(blurred(v, blur)) for v in (seen, target, rival))
    told = (_mean(mask * rival_mask) > 0.999) & (deviation > NOISE)
    if told.sum() < ENOUGH:
        return 0.0
    difference = (target - rival)[told]
    # What was laid over the picture has no say beyond its share of pixels.
    beyond = np.clip((seen - (target + rival) / 2)[told], -1, 1)
    return float((beyond * difference).mean() / ((difference * difference).mean() + SLIGHT))


def _normal(values: Greys) -> tuple[Greys, NDArray[np.float32]]:
    """Greys without the brightness and contrast of their surroundings, and that contrast."""
    mean = _mean(values)
    deviation = np.sqrt(np.maximum(_mean(values * values) - mean * mean, 0.0))
    return np.asarray((values - mean) / np.hypot(deviation, NOISE), np.float32), deviation


def _mean(values: Greys) -> Greys:
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, (BLOCK, BLOCK)), np.float32)
