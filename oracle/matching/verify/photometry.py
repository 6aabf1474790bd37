"""The photometric half of the decision: the picture is laid onto the work and compared with it block by block.

Each block may shift by a few pixels; the shifts first correct the transform until it settles, and what shift remains
tells a copy, which fits everywhere, from another frame of the same scene, where near and far things moved differently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.blocks import Greys, Grid, centres, compare_blocks
from oracle.matching.verify.geometry import ROUNDS, Matrix
from oracle.pictures.normalise import Pixels

MAX_SHIFT = 2
COARSE_SHIFT = 3
AGREES = 0.6
# Corrections at full size, at most; it has settled when half of the blocks are off by less than SETTLED pixels, or by
# less than NEAR and no longer come nearer (further off, all that is seen is that they are beyond reach).
CORRECTIONS, SETTLED, NEAR, NEARER = 8, 0.1, 0.5, 0.98
# Where fewer blocks agree after the correction at half size, nothing comes of more corrections. In 264 copies of the
# hardest families the least was 0.52; half of the other works that came into question were below 0.18.
HOPELESS = 0.25
# The same for the blocks that tell a graphic from others of its template. In 239 copies of graphics the least was 0.63,
# and the next 0.82; they must reach 0.9 in the end (details.AGREEING).
HOPELESS_DRAWN = 0.5
# Blocks that must speak before they may change the transform, or make it a homography, which must then explain their
# places so much better than an affine one.
MIN_FOR_AFFINE, MIN_FOR_HOMOGRAPHY, HOMOGRAPHY_GAIN = 6, 30, 0.8
FIT_PIXELS = 1.0
# Blocks around one that together tell how the picture moved there, and how many of them must agree.
AROUND, TOGETHER = 5, 6
# The work is compared as it is and as a blurred or shrunk copy shows it; sigmas in pixels of the thumbnail. A blurrier
# one must be better by GAIN of mean correlation.
BLURS, GAIN = (0.0, 1.6, 3.2), 0.03
# Drift is told by the sharpest comparison in which at least this share of the blocks agrees that agrees in the best.
SHARP_SHARE = 0.5
# Drift where nothing holds together.
ADRIFT = 3.0


@dataclass(frozen=True)
class Comparison:
    """How far picture and work agree once the one lies on the other.

    `correlation` rows × columns, ZNCC of each block (NaN where nothing can be compared); `shift` rows × columns × 2, by
    how many pixels of the thumbnail each block was still off; `visible` the share of the work that is in the picture;
    `sharp_drift` the mean of `drift`, of the sharpest comparison that can tell it.
    """

    to_work: Matrix
    correlation: Grid
    shift: NDArray[np.float32]
    visible: float
    blur: float
    sharp_drift: float = ADRIFT

    @property
    def compared(self) -> NDArray[np.bool_]:
        return np.isfinite(self.correlation)

    @property
    def agreeing(self) -> NDArray[np.bool_]:
        return np.nan_to_num(self.correlation, nan=-1.0) >= AGREES

    @property
    def coverage(self) -> float:
        """Share of the comparable blocks that agree."""
        n = int(self.compared.sum())
        return float(self.agreeing.sum() / n) if n else 0.0

    @property
    def mean(self) -> float:
        """Mean correlation; −1 where nothing can be compared."""
        values = self.correlation[self.compared]
        return float(values.mean()) if len(values) else -1.0

    @property
    def drift(self) -> NDArray[np.float32]:
        """By how many pixels neighbouring blocks are off together, one value for each agreeing block. Noise and
        overlays move blocks this way and that; parallax moves neighbours alike."""
        agreeing = self.agreeing.astype(np.float32)
        count = _around(agreeing)
        moved = np.stack([_around(agreeing * self.shift[..., axis]) for axis in (0, 1)], axis=-1)
        together = self.agreeing & (count >= TOGETHER)
        return np.asarray(np.hypot(*(moved[together] / count[together][:, None]).T), np.float32)


def _around(values: NDArray[np.float32]) -> NDArray[np.float32]:
    summed = cv2.boxFilter(values, cv2.CV_32F, (AROUND, AROUND), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(summed, np.float32)


def lay(view: Pixels, thumbnail: Pixels, to_work: Matrix, telling: NDArray[np.bool_] | None = None) -> Comparison:
    """Compare a picture (H × W greys) with a thumbnail, the transform corrected on the way. `telling` rows × columns
    are the blocks of a graphic that are not the same in all of its template."""
    prepared, target = shrunk(view, to_work), as_coarse_as(thumbnail, to_work)
    matrix, hopeful, overlay = _settled(prepared, target, to_work, telling)
    overlay = overlay or _Overlay.on(prepared, target, matrix, MAX_SHIFT)
    levels = [Comparison(matrix, overlay.correlation, overlay.shift, float(overlay.mask.mean()), BLURS[0])]
    best = levels[0]
    for blur in BLURS[1:] if hopeful else ():
        if best.mean > 1.0 - GAIN:
            break
        hazy = blurred(overlay.seen, blur), overlay.mask, blurred(target, blur)
        correlation, shift = compare_blocks(*hazy, target, MAX_SHIFT)
        levels.append(replace(best, correlation=correlation, shift=shift, blur=blur))
        if levels[-1].mean > best.mean + GAIN:
            best = levels[-1]
    return replace(best, sharp_drift=_sharp_drift(levels, best))


def _sharp_drift(levels: list[Comparison], best: Comparison) -> float:
    enough = SHARP_SHARE * len(best.drift)
    for level in levels:
        drift = level.drift
        if len(drift) and len(drift) >= enough:
            return float(drift.mean())
    return ADRIFT


def blurred(values: Greys, sigma: float) -> Greys:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32) if sigma else values


def _scale(matrix: Matrix) -> float:
    """Pixels of the thumbnail per pixel of the picture."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def shrunk(view: Pixels, matrix: Matrix) -> Greys:
    """The picture blurred as much as it will be shrunk, so that warping it down does not alias."""
    scale = _scale(matrix)
    if scale >= 0.8:
        return view.astype(np.float32)
    sigma = 0.5 * float(np.sqrt(1.0 / max(scale, 0.02) ** 2 - 1.0))
    return np.asarray(cv2.GaussianBlur(view, (0, 0), sigma), np.float32)


def as_coarse_as(thumbnail: Pixels, matrix: Matrix) -> Greys:
    """The thumbnail as blurred as a picture is that has to be enlarged onto it."""
    scale = _scale(matrix)
    work = thumbnail.astype(np.float32)
    if scale <= 1.2:
        return work
    return np.asarray(cv2.GaussianBlur(work, (0, 0), min(0.5 * float(np.sqrt(scale**2 - 1.0)), 4.0)), np.float32)


def warped(view: Greys, matrix: Matrix, target: Greys) -> tuple[Greys, Greys]:
    """The picture (H × W, or with channels) as it lies on the target, and 1 where it does."""
    size = target.shape[1], target.shape[0]
    seen = cv2.warpPerspective(view, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.ones(view.shape[:2], np.float32), matrix, size, flags=cv2.INTER_NEAREST)
    return np.asarray(seen, np.float32), np.asarray(mask, np.float32)


@dataclass(frozen=True)
class _Overlay:
    """The picture as it lies on the work, 1 where it does, and how each block correlates after which shift."""

    seen: Greys
    mask: Greys
    correlation: Grid
    shift: NDArray[np.float32]

    @classmethod
    def on(cls, view: Greys, target: Greys, matrix: Matrix, reach: int) -> _Overlay:
        seen, mask = warped(view, matrix, target)
        return cls(seen, mask, *compare_blocks(seen, mask, target, target, reach))

    @property
    def good(self) -> NDArray[np.bool_]:
        return np.nan_to_num(self.correlation, nan=-1.0) > AGREES

    @property
    def off(self) -> float:
        """By how many pixels half of the agreeing blocks are off."""
        return float(np.median(np.hypot(*self.shift[self.good].T)))

    def agreeing(self, which: NDArray[np.bool_] | None = None) -> float:
        """The share of the blocks (of these ones) that agree, of all that can be compared."""
        compared = np.isfinite(self.correlation)
        if which is not None:
            compared &= which
        return float(self.good[compared].sum() / max(int(compared.sum()), 1))


def _settled(
    view: Greys, target: Greys, matrix: Matrix, telling: NDArray[np.bool_] | None
) -> tuple[Matrix, bool, _Overlay | None]:
    """The transform corrected once at half size, then at full size until it settles; whether that was worth it; and how
    the picture lies with it, if that is known."""
    half = np.diag([0.5, 0.5, 1.0])
    smaller = np.asarray(cv2.resize(target, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    found = _corrected(_Overlay.on(view, smaller, half @ matrix, COARSE_SHIFT), half @ matrix)
    if found is not None:
        matrix = _scaled(np.linalg.inv(half) @ found)
    last = np.inf
    for _ in range(CORRECTIONS):
        overlay = _Overlay.on(view, target, matrix, MAX_SHIFT)
        if overlay.agreeing() < HOPELESS or (telling is not None and overlay.agreeing(telling) < HOPELESS_DRAWN):
            return matrix, False, overlay
        found = _corrected(overlay, matrix)
        if found is None or (overlay.off < NEAR and overlay.off > NEARER * last):
            return matrix, True, overlay
        matrix, last = _scaled(found), overlay.off
        if last < SETTLED:
            break
    return matrix, True, None


def _scaled(matrix: Matrix) -> Matrix:
    return np.asarray(matrix / matrix[2, 2], np.float64)


def _corrected(overlay: _Overlay, matrix: Matrix) -> Matrix | None:
    """The transform that the blocks' shifts ask for; None if they ask for nothing."""
    good = overlay.good
    if good.sum() < MIN_FOR_AFFINE:
        return None
    wanted = centres(good)
    places = cv2.perspectiveTransform((wanted + overlay.shift[good])[None], np.linalg.inv(matrix))[0]
    return _fitted(np.asarray(places, np.float64), wanted)


def _fitted(places: Matrix, wanted: Matrix) -> Matrix | None:
    """3 × 3 from n × 2 places of the picture to those of the work: fitted anew each time, so that a transform that
    began as a wild homography can become an affine one."""
    ransac, rounds = cv2.RANSAC, ROUNDS
    affine, _ = cv2.estimateAffine2D(places, wanted, method=ransac, ransacReprojThreshold=FIT_PIXELS, maxIters=rounds)
    found = None if affine is None else np.asarray(np.vstack([affine, [0, 0, 1]]), np.float64)
    if len(places) >= MIN_FOR_HOMOGRAPHY:
        bent, _ = cv2.findHomography(places, wanted, ransac, FIT_PIXELS, maxIters=rounds)
        if bent is not None:
            full = np.asarray(bent, np.float64)
            if found is None or _error(full, places, wanted) < HOMOGRAPHY_GAIN * _error(found, places, wanted):
                found = full
    if found is None or abs(np.linalg.det(found)) < 1e-9 or _error(found, places, wanted) > COARSE_SHIFT:
        return None
    return found


def _error(matrix: Matrix, places: Matrix, wanted: Matrix) -> float:
    return float(np.median(np.hypot(*(cv2.perspectiveTransform(places[None], matrix)[0] - wanted).T)))
