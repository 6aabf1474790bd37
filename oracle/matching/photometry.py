"""The photometric half of the decision: the picture is laid onto the work and compared with it block by block.

Zero-mean normalised correlation (ZNCC) does not see changes of brightness and contrast. Each block may shift by a few
pixels; the shifts first correct the transform, and what shift remains tells a copy, which fits everywhere, from another
frame of the same scene, where near and far things moved differently.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.geometry import Matrix
from oracle.matching.normalise import Pixels

BLOCK = 16
STRIDE = 8
MAX_SHIFT = 2
COARSE_SHIFT = 3
# Standard deviation of greys below which a block of the work says nothing.
TEXTURE = 5.0
FLAT = 1.0
AGREES = 0.6
# Corrections at full size; and blocks that must speak before they may bend the transform.
CORRECTIONS, MIN_FOR_AFFINE, MIN_FOR_HOMOGRAPHY = 2, 6, 80
# Blocks around one that together tell how the picture moved there, and how many of them must agree.
AROUND, TOGETHER = 5, 6
# The work is compared as it is and as a blurred or shrunk copy shows it; sigmas in pixels of the thumbnail.
BLURS = (0.0, 1.6, 3.2)

Grid = NDArray[np.float32]


@dataclass(frozen=True)
class Comparison:
    """How far picture and work agree once the one lies on the other.

    `correlation` rows × columns, ZNCC of each block (NaN where nothing can be compared); `shift` rows × columns × 2, by
    how many pixels of the thumbnail each block was still off; `visible` the share of the work that is in the picture.
    """

    to_work: Matrix
    correlation: Grid
    shift: NDArray[np.float32]
    visible: float
    blur: float

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


def lay(view: Pixels, thumbnail: Pixels, to_work: Matrix) -> Comparison:
    """Compare a picture (H × W greys) with a thumbnail, the transform corrected twice on the way."""
    prepared = _shrunk(view, to_work)
    target = _as_coarse_as(thumbnail, to_work)
    matrix = _corrected(prepared, target, to_work, COARSE_SHIFT, 2)
    for _ in range(CORRECTIONS):
        matrix = _corrected(prepared, target, matrix, MAX_SHIFT, 1)
    warped, mask = _warp(prepared, matrix, target)
    best: Comparison | None = None
    for blur in BLURS:
        correlation, shift = _blocks(_blurred(warped, blur), mask, _blurred(target, blur), target, MAX_SHIFT)
        found = Comparison(matrix, correlation, shift, float(mask.mean()), blur)
        if best is None or _sum(found) > _sum(best) + 0.03:
            best = found
    assert best is not None
    return best


def _blurred(values: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32) if sigma else values


def _sum(found: Comparison) -> float:
    values = found.correlation[found.compared]
    return float(values.mean()) if len(values) else -1.0


def _scale(matrix: Matrix) -> float:
    """Pixels of the thumbnail per pixel of the picture."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))


def _shrunk(view: Pixels, matrix: Matrix) -> NDArray[np.float32]:
    """The picture blurred as much as it will be shrunk, so that warping it down does not alias."""
    scale = _scale(matrix)
    if scale >= 0.8:
        return view.astype(np.float32)
    sigma = 0.5 * float(np.sqrt(1.0 / max(scale, 0.02) ** 2 - 1.0))
    return np.asarray(cv2.GaussianBlur(view, (0, 0), sigma), np.float32)


def _as_coarse_as(thumbnail: Pixels, matrix: Matrix) -> NDArray[np.float32]:
    """The thumbnail as blurred as a picture is that has to be enlarged onto it."""
    scale = _scale(matrix)
    work = thumbnail.astype(np.float32)
    if scale <= 1.2:
        return work
    return np.asarray(cv2.GaussianBlur(work, (0, 0), min(0.5 * float(np.sqrt(scale**2 - 1.0)), 4.0)), np.float32)


def _warp(
    view: NDArray[np.float32], matrix: Matrix, target: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    size = target.shape[1], target.shape[0]
    warped = cv2.warpPerspective(view, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.ones(view.shape, np.float32), matrix, size, flags=cv2.INTER_NEAREST)
    return np.asarray(warped, np.float32), np.asarray(mask, np.float32)


def _corrected(
    view: NDArray[np.float32], target: NDArray[np.float32], matrix: Matrix, reach: int, shrink: int
) -> Matrix:
    """The transform corrected by an affine one that the blocks' shifts ask for."""
    small = target
    halve = np.diag([1.0 / shrink, 1.0 / shrink, 1.0])
    if shrink > 1:
        resized = cv2.resize(target, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        small = np.asarray(resized, np.float32)
    warped, mask = _warp(view, halve @ matrix, small)
    correlation, shift = _blocks(warped, mask, small, small, reach)
    good = np.nan_to_num(correlation, nan=-1.0) > AGREES
    if good.sum() < MIN_FOR_AFFINE:
        return matrix
    rows, columns = np.nonzero(good)
    centres = np.column_stack([columns * STRIDE + BLOCK / 2, rows * STRIDE + BLOCK / 2])
    step = _correction(centres + shift[good], centres)
    if step is None or not 0.7 < abs(np.linalg.det(step[:2, :2])) < 1.4:
        return matrix
    return np.asarray(np.linalg.inv(halve) @ step @ halve @ matrix)


def _correction(seen: NDArray[np.float64], wanted: NDArray[np.float64]) -> Matrix | None:
    """3 × 3: a homography where blocks enough speak for it, else an affine transform."""
    if len(seen) >= MIN_FOR_HOMOGRAPHY:
        full, _ = cv2.findHomography(seen, wanted, cv2.RANSAC, 1.0, maxIters=300)
        return None if full is None else np.asarray(full, np.float64)
    found, _ = cv2.estimateAffine2D(seen, wanted, method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=300)
    return None if found is None else np.vstack([found, [0, 0, 1]])


def _blocks(
    warped: NDArray[np.float32],
    mask: NDArray[np.float32],
    work: NDArray[np.float32],
    textured: NDArray[np.float32],
    reach: int,
) -> tuple[Grid, NDArray[np.float32]]:
    """The best correlation of each block over all shifts up to `reach` pixels, and that shift (x, y) in the picture."""
    height, width = work.shape
    if height < BLOCK or width < BLOCK:
        return np.zeros((0, 0), np.float32), np.zeros((0, 0, 2), np.float32)
    work_mean, work_dev = (_sampled(values) for values in _moments(work))
    usable = (_sampled(_moments(textured)[1]) > TEXTURE) & (_sampled(_mean(mask)) > 0.999)
    padded = np.pad(warped, reach, mode="edge")
    seen_mean, seen_dev = _moments(padded)
    side = 2 * reach + 1
    scores = np.empty((side, side, *usable.shape), np.float32)
    for dy in range(side):
        for dx in range(side):
            moved = (slice(dy, dy + height), slice(dx, dx + width))
            product = _sampled(_mean(work * padded[moved]))
            mean, dev = _sampled(seen_mean[moved]), _sampled(seen_dev[moved])
            scores[dy, dx] = (product - work_mean * mean) / np.maximum(work_dev * dev, 1e-3)
            scores[dy, dx][dev <= FLAT] = 0.0
    best, shift = _peaks(scores)
    return np.where(usable, best, np.nan).astype(np.float32), shift


def _peaks(scores: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The highest score of each block over all shifts, and its place (x, y) to a part of a pixel, by a parabola through
    its neighbours."""
    side = len(scores)
    reach = side // 2
    off = np.abs(np.arange(side) - reach)
    # Of equal scores, the nearest.
    favoured = scores - 1e-3 * (off[:, None] + off[None, :])[..., None, None].astype(np.float32)
    at = favoured.reshape(side * side, *scores.shape[2:]).argmax(axis=0)
    y, x = at // side, at % side
    rows, columns = np.indices(at.shape)

    def value(down: NDArray[np.intp], across: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.asarray(scores[down, across, rows, columns])

    best = value(y, x)
    inner_x, inner_y = np.clip(x, 1, side - 2), np.clip(y, 1, side - 2)
    part_x = _parabola(value(y, inner_x - 1), value(y, inner_x), value(y, inner_x + 1))
    part_y = _parabola(value(inner_y - 1, x), value(inner_y, x), value(inner_y + 1, x))
    shift_x = x - reach + np.where(x == inner_x, part_x, 0.0)
    shift_y = y - reach + np.where(y == inner_y, part_y, 0.0)
    return best, np.stack([shift_x, shift_y], axis=-1).astype(np.float32)


def _parabola(
    before: NDArray[np.float32], here: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where, − ½ … ½ from the middle one, the parabola through three values is highest."""
    bend = before - 2 * here + after
    moved = 0.5 * (before - after) / np.where(np.abs(bend) > 1e-6, bend, -1.0)
    return np.where(bend < -1e-6, np.clip(moved, -0.5, 0.5), 0.0).astype(np.float32)


def _mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.boxFilter(values, cv2.CV_32F, (BLOCK, BLOCK), borderType=cv2.BORDER_REPLICATE), np.float32)


def _moments(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    mean = _mean(values)
    return mean, np.sqrt(np.maximum(_mean(values * values) - mean * mean, 0.0))


def _sampled(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values of blocks: the box filter's window of an even size begins BLOCK / 2 before its place."""
    half = BLOCK // 2
    return values[half : values.shape[0] - half + 1 : STRIDE, half : values.shape[1] - half + 1 : STRIDE]
