"""The decision: geometric (one-to-one pairs, one transform by RANSAC) and photometric (blocks of the warped picture
compared with the work's thumbnail). Only both together make a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.features import Features
from oracle.matching.hashes import orientations
from oracle.matching.index import Candidate, pair_up
from oracle.matching.normalise import Pixels

# The plain rule of DESIGN §4 with its measured bounds.
MIN_INLIERS = 8
MIN_COVERAGE = 0.70
# Without inliers (a near-exact copy of a picture with little texture) nearly everything must agree.
MIN_COVERAGE_BY_HASH = 0.90
MIN_BLOCKS = 10
BLOCK = 16
BLOCK_ZNCC = 0.60
TEXTURE = 5.0  # standard deviation of greys below which a block says nothing
RANSAC_PIXELS = 4.0
MAX_SHIFT = 2

Matrix = NDArray[np.float64]


class MatchClass(StrEnum):
    """What a picture is to a work."""

    COPY = "copy"
    SAME_SCENE = "same scene or series"
    NONE = "no match"


@dataclass(frozen=True)
class Comparison:
    """How a work was found in a picture.

    `to_work` 3 × 3 maps pixels of the (possibly mirrored) query picture onto pixels of the work's thumbnail; `coverage`
    is the share of visible, textured blocks that agree; `visible` the share of the work that is in the picture.
    """

    match_class: MatchClass
    inliers: int
    coverage: float
    visible: float
    mirrored: bool
    to_work: Matrix
    agreeing: NDArray[np.bool_]
    compared: NDArray[np.bool_]

    @property
    def score(self) -> float:
        """0 … 1, higher is surer; 0.5 and more is the class copy. Not yet a calibrated probability."""
        strength = self.inliers / (self.inliers + 4.0) if self.inliers else 0.75
        raw = float(self.coverage * strength)
        return 0.5 + raw / 2 if self.match_class is MatchClass.COPY else min(0.49, raw / 2)


def compare(grey: Pixels, features: Features, candidate: Candidate) -> Comparison:
    """Decide whether the candidate is in the picture (H × W greys, with its features)."""
    if candidate.orientation is not None:
        return _compare_near_exact(grey, candidate)
    view, asked = grey, features
    if candidate.mirrored:
        view, asked = np.ascontiguousarray(grey[:, ::-1]), features.mirrored(grey.shape[1])
    work = candidate.work.fingerprint.features
    at_query, at_work = pair_up(asked, work)
    matrix, inliers = _geometry(asked.points[at_query], work.points[at_work], view.shape)
    if matrix is None or inliers < MIN_INLIERS:
        return _nothing(candidate.mirrored, inliers)
    return _judge(view, candidate, matrix, inliers, MIN_COVERAGE)


def _compare_near_exact(grey: Pixels, candidate: Candidate) -> Comparison:
    """The whole picture laid onto the whole work, in the orientation that the hash tier found."""
    assert candidate.orientation is not None
    view = orientations(grey)[candidate.orientation]
    width, height = candidate.work.fingerprint.thumbnail_size
    matrix = np.diag([width / view.shape[1], height / view.shape[0], 1.0])
    found = _judge(view, candidate, matrix, 0, MIN_COVERAGE_BY_HASH)
    # The transform is told for the picture as it is, or as it is mirrored, never for a turned one.
    turned = matrix @ _turn(candidate.orientation // 2, candidate.mirrored, grey.shape)
    return Comparison(**{**found.__dict__, "to_work": turned})


def _turn(quarters: int, mirrored: bool, shape: tuple[int, ...]) -> Matrix:
    """Maps pixels of the picture (mirrored, if so) onto pixels of its turned view, as `orientations` makes it."""
    height, width = shape
    # np.rot90 turns counter-clockwise: (x, y) of a picture W wide goes to (y, W − 1 − x).
    step, size = np.eye(3), (width, height)
    for _ in range(quarters):
        step = np.array([[0, 1, 0], [-1, 0, size[0] - 1], [0, 0, 1.0]]) @ step
        size = (size[1], size[0])
    if not mirrored:
        return np.asarray(step)
    before = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1.0]])
    after = np.array([[-1, 0, size[0] - 1], [0, 1, 0], [0, 0, 1.0]])
    return np.asarray(after @ step @ before)


def _nothing(mirrored: bool, inliers: int) -> Comparison:
    empty = np.zeros((0, 0), np.bool_)
    return Comparison(MatchClass.NONE, inliers, 0.0, 0.0, mirrored, np.eye(3), empty, empty)


def _geometry(
    at_query: NDArray[np.float32], at_work: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[Matrix | None, int]:
    """Affine transform from picture to work with its inliers on distinct places, or a homography where that explains
    clearly more (perspective)."""
    if len(at_query) < 4:
        return None, 0
    # RANSAC in pixels of the query: the thumbnail may be far smaller or larger than the picture.
    inverse, affine_mask = cv2.estimateAffine2D(
        at_work, at_query, method=cv2.RANSAC, ransacReprojThreshold=RANSAC_PIXELS, maxIters=3000, confidence=0.999
    )
    best, count = None, 0
    if inverse is not None and abs(np.linalg.det(inverse[:, :2])) > 1e-4:
        best = np.linalg.inv(np.vstack([inverse, [0, 0, 1]]))
        count = _distinct_inliers(at_query, at_work, np.asarray(affine_mask))
    full, mask = cv2.findHomography(at_work, at_query, cv2.USAC_MAGSAC, RANSAC_PIXELS, maxIters=3000, confidence=0.999)
    if full is not None and abs(np.linalg.det(full)) > 1e-9:
        homography = _distinct_inliers(at_query, at_work, np.asarray(mask))
        if homography > 1.25 * count + 2:
            best, count = np.linalg.inv(full), homography
    return (best, count) if best is not None and _plausible(best, shape) else (None, count)


def _distinct_inliers(at_query: NDArray[np.float32], at_work: NDArray[np.float32], mask: NDArray[np.generic]) -> int:
    """Inliers that stand on different places in both pictures: many pairs on one spot are one sign, not many."""
    kept = mask.reshape(-1).astype(bool)
    places = {tuple(p) for p in np.rint(at_query[kept] / 3).astype(int)}
    works = {tuple(p) for p in np.rint(at_work[kept]).astype(int)}
    return min(len(places), len(works))


def _plausible(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """No flip, no collapse, no wild perspective: what people do to pictures."""
    height, width = shape
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    laid = cv2.perspectiveTransform(corners, matrix).reshape(-1, 2)
    edges = np.roll(laid, -1, axis=0) - laid
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    if not np.isfinite(laid).all() or (turns <= 0).any():
        return False
    lengths = np.hypot(*edges.T)
    stretch = (lengths[0] + lengths[2]) / width / max((lengths[1] + lengths[3]) / height, 1e-9)
    return bool(lengths.min() > 4 and 0.4 < stretch < 2.5)


def _judge(view: Pixels, candidate: Candidate, matrix: Matrix, inliers: int, needed: float) -> Comparison:
    thumbnail = candidate.work.thumbnail
    refined, agreeing, compared, visible = _dense(view, thumbnail, matrix)
    coverage = float(agreeing.sum() / compared.sum()) if compared.any() else 0.0
    if compared.sum() >= MIN_BLOCKS and coverage >= needed:
        found = MatchClass.COPY
    elif inliers >= MIN_INLIERS:
        found = MatchClass.SAME_SCENE
    else:
        found = MatchClass.NONE
    return Comparison(found, inliers, coverage, visible, candidate.mirrored, refined, agreeing, compared)


def _dense(
    view: Pixels, thumbnail: Pixels, matrix: Matrix
) -> tuple[Matrix, NDArray[np.bool_], NDArray[np.bool_], float]:
    """Blocks that agree, blocks that could be compared, and the visible share, after a small refinement by ECC."""
    height, width = thumbnail.shape
    prepared = _shrunk(view, matrix)
    best: tuple[Matrix, NDArray[np.bool_], NDArray[np.bool_], float] | None = None
    for attempt in (matrix, _refine(prepared, thumbnail, matrix)):
        if attempt is None:
            continue
        warped, mask = _warp(prepared, attempt, (width, height))
        agreeing, compared = _blocks(warped, mask, thumbnail)
        visible = float(mask.mean() / 255.0)
        if best is None or agreeing.sum() * best[2].sum() > best[1].sum() * compared.sum():
            best = attempt, agreeing, compared, visible
        if compared.any() and agreeing.sum() >= 0.95 * compared.sum():
            break
    assert best is not None
    return best


def _shrunk(view: Pixels, matrix: Matrix) -> Pixels:
    """The picture blurred as much as it will be shrunk, so that warping it down does not alias."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if scale >= 0.8:
        return view
    sigma = 0.5 * float(np.sqrt(1.0 / max(scale, 0.02) ** 2 - 1.0))
    return np.asarray(cv2.GaussianBlur(view, (0, 0), sigma), dtype=np.uint8)


def _warp(view: Pixels, matrix: Matrix, size: tuple[int, int]) -> tuple[Pixels, Pixels]:
    whole = np.full(view.shape, 255, np.uint8)
    warped = cv2.warpPerspective(view, matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(whole, matrix, size, flags=cv2.INTER_NEAREST)
    return np.asarray(warped, np.uint8), np.asarray(mask, np.uint8)


def _refine(view: Pixels, thumbnail: Pixels, matrix: Matrix) -> Matrix | None:
    """Enhanced correlation (Evangelidis & Psarakis 2008) over the visible part; None where it does not converge."""
    height, width = thumbnail.shape
    warped, mask = _warp(view, matrix, (width, height))
    step = np.eye(2, 3, dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 25, 1e-4)
    try:
        _, step = cv2.findTransformECC(thumbnail, warped, step, cv2.MOTION_AFFINE, criteria, mask, 5)  # type: ignore[assignment]
    except cv2.error:
        return None
    full = np.vstack([step, [0, 0, 1]]).astype(np.float64)
    if abs(np.linalg.det(full)) < 0.5:
        return None
    return np.asarray(np.linalg.inv(full) @ matrix)


def _blocks(warped: Pixels, mask: Pixels, thumbnail: Pixels) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Zero-mean normalised correlation of each block of the work with its place in the picture, ± MAX_SHIFT pixels."""
    rows, columns = thumbnail.shape[0] // BLOCK, thumbnail.shape[1] // BLOCK
    agreeing = np.zeros((rows, columns), np.bool_)
    compared = np.zeros((rows, columns), np.bool_)
    padded = np.pad(warped, MAX_SHIFT, mode="edge")
    for row in range(rows):
        for column in range(columns):
            y, x = row * BLOCK, column * BLOCK
            block = thumbnail[y : y + BLOCK, x : x + BLOCK]
            if block.std() < TEXTURE or mask[y : y + BLOCK, x : x + BLOCK].min() == 0:
                continue
            compared[row, column] = True
            around = padded[y : y + BLOCK + 2 * MAX_SHIFT, x : x + BLOCK + 2 * MAX_SHIFT]
            if around.std() < 1.0:
                continue
            best = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED).max()
            agreeing[row, column] = np.isfinite(best) and best >= BLOCK_ZNCC
    return agreeing, compared
